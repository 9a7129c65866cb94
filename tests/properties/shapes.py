"""What is pushed in the schedules: how images behave, and what their manifests ask for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from fakes.asked import ACCOUNT, REGION, ROLES, policy, policy_document
from fakes.images import Stored, an_image
from pilotage.artifact import MANIFEST_LABEL
from pilotage.policy import Policy
from pilotage_local.ecs import HEALTHY, Script, dies_healthy, exits, never_starts
from properties.account import ADA
from properties.outside import BROKEN, SILENT

CLUSTER = "main"
CATS, DOGS, FLEET = "team/cats", "team/dogs", "team/fleet"
REPOSITORIES = (CATS, DOGS, FLEET)
PROBE = {"Test": ["CMD", "true"]}
HANGS = Script(healthy_after=1e9)  # it starts, passes no check and fails none: no breaker trips on it
SCRIPTS: Mapping[str, Script] = {
    "good": HEALTHY,
    "better": HEALTHY,
    "best": HEALTHY,
    "crashes": exits(1),
    "fades": dies_healthy(after=40.0),  # the deployment completes, and then its tasks die
    "hangs": HANGS,
    "gone": never_starts("its image"),
}
# What becomes of a task by its command: of a migration, or of a member that behaves unlike its image.
COMMANDS: Mapping[str, Script] = {
    "migrate": exits(0, after=20.0),
    "migrate-slowly": exits(0, after=100.0),
    "migrate-badly": exits(3, after=5.0),
    "migrate-for-ever": HEALTHY,
    "migrate-nowhere": never_starts("its image"),
    "crash": exits(1),
    "hang": HANGS,
}
ELB = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
NIGHTLY = {"at": "cron(0 22 * * ? *)", "min": 1, "max": 2}
FOLLOWS = {"min": 1, "max": 4, "cpu": 60}
SCALED = {"routing": "cats", "scaling": FOLLOWS}
SHARED = {"fargate": {"base": 1, "weight": 1}, "fargate-spot": {"weight": 1}}
ERRORS = {"errors": {"metric": "error_rate", "at_most": 1}}


def _canary(**more: Any) -> dict[str, Any]:
    return {"routing": "cats", "rollout": {"strategy": "canary", "percent": 20, "minutes": 5, "bake": 3, **more}}


def _straight(**more: Any) -> dict[str, Any]:
    return {"routing": "cats", "rollout": {"strategy": "blue_green", "bake": 5, **more}}


def _migrated(**more: Mapping[str, Any]) -> dict[str, Any]:
    return {"routing": "cats", "migrations": {**more}}


# What the manifest of an image of the cats asks for, by name.
SHAPES: Mapping[str, Mapping[str, Any]] = {
    "plain": {"routing": "cats"},
    "unrouted": {},
    "early": {"routing": "cats", "count": 2, "rollout": {"early_success": 50}},
    "watched": {"routing": "cats", "rollout": {"checks": ERRORS}},
    "blue green": _straight(),
    "smoked": _straight(smoke=[{"path": "/ok"}], checks=ERRORS),
    "smokes": _straight(smoke=[{"path": BROKEN}]),
    "silent": _canary(smoke=[{"path": SILENT}]),
    "canary": _canary(checks=ERRORS),
    "unhurried": _canary(minutes=150, checks=ERRORS),
    "as fast": _canary(checks={"slower": {"metric": "p99", "at_most_times": 2}}),
    "slower": _canary(checks={"slower": {"metric": "p99", "at_most_times": 0.5}}),
    "linear": {"routing": "cats", "rollout": {"strategy": "linear", "percent": 25, "minutes": 2, "bake": 2}},
    "asked": _canary(pauses=["before_traffic"], smoke=[{"path": "/ok"}]),
    "asked once": _straight(pauses=["after_start"]),
    "asked, goes on": _straight(pauses=[{"at": "after_test_traffic", "timeout": 2, "on_timeout": "continue"}]),
    "migrates": _migrated(before={"command": ["migrate"]}),
    "migrates, canary": {**_canary(checks=ERRORS), **_migrated(before={"command": ["migrate"]})},
    "migrates slowly": _migrated(before={"command": ["migrate-slowly"], "compatible_with_previous": False}),
    "migrates badly": _migrated(before={"command": ["migrate-badly"], "retries": 1}),
    "migrates for ever": _migrated(before={"command": ["migrate-for-ever"], "timeout": 1}),
    "migrates nowhere": _migrated(before={"command": ["migrate-nowhere"]}),
    "cleans up": _migrated(after={"command": ["migrate"]}),
    "cleans up badly": _migrated(before={"command": ["migrate"]}, after={"command": ["migrate-badly"]}),
    "spot": {"routing": "cats", "placement": {"launch": "fargate-spot"}},
    "shares": {"routing": "cats", "placement": {"capacity": SHARED}},
    "scaled": SCALED,
    "scaled wider": {"routing": "cats", "scaling": {"min": 2, "max": 6, "memory": 70}},
    "scaled by the clock": {"routing": "cats", "scaling": {**FOLLOWS, "times": [NIGHTLY]}},
    "scaled, canary": {**_canary(checks=ERRORS), "scaling": FOLLOWS},
    "sleeps": {"kind": "worker", "scaling": {"max": 4, "min": 0, "queue": {"name": "orders", "per_task": 10}}},
}
SCALING = ("scaled", "scaled", "scaled wider", "scaled by the clock", "scaled, canary", "sleeps")
PAUSED = ("asked", "asked once", "asked, goes on")
WATCHED = ("watched", "smoked", "canary", "unhurried", "migrates, canary")
_ROUTED: Mapping[str, Any] = {"routing": "fleet-web"}
_WEB: Mapping[str, Any] = {**_ROUTED, "rollout": {"strategy": "canary", "minutes": 2, "bake": 1}}
_FLEETS: Mapping[str, Mapping[str, Any]] = {
    "plain": {"services": {"web": _ROUTED, "worker": {}}, "order": ["worker", "web"]},
    "canary": {"services": {"web": _WEB, "worker": {}}, "order": ["worker", "web"]},
    "together": {"services": {"web": _WEB, "worker": {}}, "order": "together"},
    "web crashes": {"services": {"web": {**_ROUTED, "command": ["crash"]}, "worker": {}}, "order": ["worker", "web"]},
    "worker hangs": {"services": {"web": _ROUTED, "worker": {"command": ["hang"]}}, "order": "together"},
    "worker crashes": {"services": {"web": _WEB, "worker": {"command": ["crash"]}}, "order": ["web", "worker"]},
}
SHAPES_OF: Mapping[str, Mapping[str, Mapping[str, Any]]] = {CATS: SHAPES, DOGS: {"plain": {"count": 2}}, FLEET: _FLEETS}


def shape_of(repository: str, shape: str) -> Mapping[str, Any]:
    """As the repository has it: a shape that it has not is its plain one."""
    shapes = SHAPES_OF[repository]
    return shapes.get(shape, shapes["plain"])


@cache
def image_of(name: str, repository: str, shape: str = "plain") -> Stored:
    """The dogs say how many they are; how many cats there are is left to policy and people."""
    labels: dict[str, Any] = {"name": f"{repository}/{name}"}
    manifest = shape_of(repository, shape)
    if manifest:
        labels[MANIFEST_LABEL] = json.dumps(manifest)
    return an_image(labels, "amd64", Healthcheck=PROBE, ExposedPorts={"8080/tcp": {}})


@cache
def rules_of(while_rolling: str, pause_ends: str) -> Policy:
    """What the operators allow: every strategy for cats and the fleet, Spot, and a person who may decide."""
    rollout = {"deadline_minutes": 4, "while_rolling": while_rolling, "early_success": 50, "keep_revisions": 1}
    least = {"minimum_healthy_percent": 50}
    return policy(
        cluster=CLUSTER,
        rollout={**rollout, **least, "pause_minutes": 10, "pause_ends": pause_ends},
        capacity={"fargate_spot": True},
        roles={**policy_document()["roles"], "infrastructure": f"{ROLES}/pilotage/infrastructure"},
        routing={name: _route(name) for name in ("cats", "fleet-web")},
        people={"ada": {"iam": [ADA]}},
        groups={"sre": ["ada"]},
        approval={"when": "never", "rule": {"groups": [{"group": "sre"}], "self_approval": True}},
    )


def _route(service: str) -> dict[str, Any]:
    rule = f"{ELB}:listener-rule/app/{service}/0123456789abcdef/0123456789abcdef"
    return {
        "target_group": f"{ELB}:targetgroup/{service}-a/0123456789abcdef",
        "alternate_target_group": f"{ELB}:targetgroup/{service}-b/fedcba9876543210",
        "listener_rule": f"{rule}/0123456789abcdef",
        "test_listener_rule": f"{rule}/fedcba9876543210",
        "test_url": f"http://{service}.example:8443",
        "services": [service],
    }
