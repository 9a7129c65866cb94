"""Manifests of people who mean harm, or who made a mistake: case 27."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from e2e.account import Account
from e2e.playbill import plays
from e2e.team import Team, image
from pilotage.outcome import Outcome

pytestmark = pytest.mark.embedded

_ADMIN = "arn:aws:iam::123456789012:role/admin"
_FOREIGN = "docker.io/somebody/miner:latest"
_SIDECAR = [{"name": "miner", "image": _FOREIGN}]

# What is attempted -> the manifest, and the words that its refusal has to contain.
HOSTILE: Mapping[str, tuple[dict[str, Any] | str, tuple[str, ...]]] = {
    "admin-role": ({"task_role": _ADMIN}, ("task_role", _ADMIN)),
    "admin-role-override": ({"overrides": {"task_definition": {"taskRoleArn": _ADMIN}}}, ("taskRoleArn", _ADMIN)),
    "privileged": ({"privileged": True}, ("privileged",)),
    "host-mount": ({"host_paths": ["/var/run/docker.sock"]}, ("host_paths", "/var/run/docker.sock")),
    "path-upwards": ({"host_paths": ["/data/../etc"]}, ("host_paths[0]", "/data/../etc")),
    "foreign-registry": (
        {"overrides": {"task_definition": {"containerDefinitions": _SIDECAR}}},
        ("containerDefinitions", _FOREIGN),
    ),
    "too-large": ({"cpu": "16 vCPU", "memory": "120 GB"}, ("cpu", "16384")),
    "yaml-bomb": ("a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]", ("the manifest",)),
    "deep-nesting": ("[" * 100_000, ("the manifest",)),
    "chat-markup": ({"<!channel>": "click here"}, ("channel",)),
    "ten-megabytes": ({"environment": {"A": "x" * 10_000_000}}, ("bytes",)),
}


def hostile(account: Account) -> dict[str, Team]:
    """Each in a repository of its own, one after the other few at a time."""

    def release(name: str) -> Team:
        team = Team(account, f"hostile-{name}")
        team.seen["record"] = team.release(image("1", HOSTILE[name][0]), "v1")
        return team

    with ThreadPoolExecutor(3) as teams:
        return dict(zip(HOSTILE, teams.map(release, HOSTILE), strict=True))


@pytest.mark.parametrize("attempt", HOSTILE)
@plays(hostile)
def test_a_hostile_manifest_is_refused_by_name_and_registers_nothing(played: dict[str, Team], attempt: str) -> None:
    """Case 27: who can push an image asks; the policy answers, and the sentence says what to change."""
    team = played[attempt]
    record, said = team.seen["record"], " ".join(team.seen["record"].reasons)

    assert record.outcome is Outcome.REJECTED
    assert all(word in said for word in HOSTILE[attempt][1])
    assert len(said) < 2000
    assert not team.live()
    assert not team.writes("ecs:RegisterTaskDefinition")
