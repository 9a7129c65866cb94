"""Pilotage: a pushed image is running on Amazon ECS, and the outcome told is the true one.

The flow, and the modules in its order. Everything named here is pure: no AWS, no clock, no environment.

push         An `ECR Image Action` event becomes a `Push`, or an `IgnoredPush` with its reason.
artifact     What can run: a repository and a digest, with the labels and configuration of its platforms.
workload     What the owning team asked for: manifest, labels, repository tags and defaults in layers; every field
             knows which layer it came from.
policy       What the operators allow in one environment. A workload asks; the policy answers, by name: first about the
             workload, then about the definitions that came of it. What no rule knows is refused.
placement    Where it runs: hard constraints first, then tags, each choice and each rejection with its reasons.
definitions  The task definition and the service (or schedule) that follow from workload, placement and policy.
plan         The definitions against what is live: frozen, ordered steps, a diff for people, a hash.
gate         May it go now? Bans, order, refusals.
release      One artifact going to one environment: the request that starts it, and the record it leaves.
rollout      The deployment under way: what ECS answered, and whether to keep waiting, stop it, or end.
outcome      How it ended, in one of nine words, with the reasons.

Beside them: `target` (one service in one environment: what leases, bans and rollouts belong to), `pace` (turns at a
token bucket that all releases share), `document`, `schema`, `strict_json`, `names` and `errors`.

Around the core: `ports` (what the use cases need of the world, in our words), `usecases` (one for each entrance),
`aws` (one adapter for each service; the only place where botocore's errors are known), and `bootstrap` (the one place
that puts adapters and use cases together).
"""
