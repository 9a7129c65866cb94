"""Pilotage: a pushed image is running on Amazon ECS, people agreed where they were asked, and the outcome told is true.

The flow, and the modules in its order. Everything named here is pure: no AWS, no clock, no environment.

push         An `ECR Image Action` event becomes a `Push`, or an `IgnoredPush` with its reason.
artifact     What can run: a repository and a digest, with the labels and configuration of its platforms.
manifest     What a team writes in `pilotage.yaml`, and how it is read.
policy       What the operators allow in one environment.
workload     What the owning team asked for: manifest, labels, repository tags and defaults in layers; every field
             knows which layer it came from.
boundary     The workload, and later the definitions, held against the policy: what may not be is refused by name, and
             so is what no rule knows.
placement    Where it runs: hard constraints first, then tags, each choice and each rejection with its reasons.
choosing     How the new revision comes in, and why: the `strategy`, with its pauses and checks.
definitions  The task definition and the service (or schedule) that follow from workload, placement and policy.
plan         The definitions against what is live: ordered steps, a diff for people, a risk with reasons, a hash.
group        Several services from one image: their manifests taken apart, one plan, one outcome.
gate         May it go now, or are people asked first? Bans, pins, order, freezes and locks (`stops`; those of the
             policy, `windows`, by `spans`).
approval     A person's decision, bound to what will be applied: what is asked, and how it ends.
voting       How a vote is held against it: who may speak, and when enough have (`voices` counts them).
release      One artifact going to one environment: the request that starts it.
migration    A one-off task before or after the rollout, whose exit code decides.
rollout      The deployment under way: what ECS answered, and whether to keep waiting, ask people, stop it, or end.
checking     What ECS asks at a step: smoke tests, numbers and comparisons, judged (`measure`, drawn by `chart`).
outcome      How it ended, in one of nine words, with the reasons.
record       What is kept of a release, from its start to its outcome.
diagnosis    Why it failed: from facts to findings, each with its remedy.
card         What people are shown of it, whichever chat they use.

signatures   Who sent a message: the schemes of Slack, Teams, GitHub and Standard Webhooks, over raw bytes; what passes
             goes on as a `raw_message`.
incoming     What a verified message says: who, in which chat, and the command in it.
rights       Who may steer: roll back, pin, ban, freeze and lock.

people       Who is who: the ids that a channel proves, and the names that a policy gives them.
deciding     What a policy says of people: when they are asked, whom, when nothing is released, and where they are told.
command      What a person asks for, in one of a closed set of verbs.
stops        Freezes, locks and pins that people set, and what each of them covers.
audit        One entry of the trail: who did what, or was refused.

Beside them: `target` (one service in one environment: what leases, bans and rollouts belong to), `pace` (turns at a
token bucket that all releases share), `rollout_words`, `alarm_names`, `document`, `schema`, `strict_json`, `images`,
`names` and `errors`.

Around the core: `ports` (what the use cases need of the world, in our words), `usecases` (one for each entrance),
`aws` (one adapter for each service; the only place where botocore's errors are known), `chat` (what cards
look like in each chat, and how it is spoken to), and `bootstrap` (the one place that puts adapters and use cases
together).
"""
