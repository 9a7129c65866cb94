"""What each function leaves alone at its cold start: the modules that its first invocation does not need.

Each runs in a process of its own, as Lambda starts it, up to its first call to AWS. `make bench` measures it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import botocore
import pilotage
import pytest

pytestmark = pytest.mark.disable_socket

LIBRARY = Path(pilotage.__file__).parents[1]
PROJECT = LIBRARY.parents[1]
SITE = Path(botocore.__file__).parents[1]
STARTED = """
import importlib, json, sys
function, assemble = sys.argv[1:]
importlib.import_module(function)
if assemble:
    if function == "receive_push":
        importlib.import_module("pilotage.usecases.receive_push")  # it waits for the first event that needs it
    from pilotage.bootstrap import world
    here = world()
    used = getattr(here, assemble)
    used() if callable(used) else used
print(json.dumps(sorted(sys.modules)))
"""
# What bootstrap puts together for each.
USES = {
    "receive_push": "for_receiving",
    "prepare_release": "outlook",
    "await_turn": "for_awaiting_turn",
    "roll_out_member": "members",
    "await_people": "asker",
    "migrate_release": "migrator",
    "apply_release": "writer",
    "follow_rollout": "follower",
    "check_rollout": "checker",
    "start_job": "tasks",
    "conclude_release": "concluder",
    "reconcile": "reconciler",
    "tell_people": "everybody",
    "receive_message": "receiver",
    "list_releases": "lister",
    "answer_message": "answerer",
    "take_command": "taker",
}
# boto3 is a second SDK on top of botocore; X-Ray's, pydantic and jsonschema cost over 100 ms of a cold start each.
# What a policy leaves open is the command line's business.
NOBODY = (
    *("boto3", "s3transfer", "aws_xray_sdk", "pydantic", "jsonschema", "yaml", "requests", "asyncio"),
    *("pilotage.policy.notes", "pilotage.policy.people_notes"),
)
POWERTOOLS = ("aws_lambda_powertools.utilities.idempotency", "aws_lambda_powertools.utilities.parser")
# The middle of the flow, which only Prepare walks through.
PLANNING = (
    *("pilotage.boundary", "pilotage.definitions", "pilotage.placement", "pilotage.plan.planning"),
    *("pilotage.plan.configured", "pilotage.usecases.prepare_release"),
)
READING = ("pilotage.manifest", "pilotage.policy", "pilotage.workload", "pilotage.schema", "fastjsonschema")
IMAGES = ("pilotage.artifact",)
# A chat waits three seconds: the entrance for messages verifies and hands over, and knows nothing of releases.
BEHIND_THE_DOOR = (
    *(
        "dacite",
        "slack_sdk",
        "pilotage.ports",
        "standardwebhooks",
        "pilotage.plan",
        "pilotage.record",
        "pilotage.release",
    ),
    *("pilotage.release", "pilotage.rollout", "pilotage.outcome", "pilotage.target", "pilotage.gate"),
)
LEFT_ALONE = {
    "receive_push": PLANNING,
    "prepare_release": (
        *("pilotage.plan.configured", "pilotage.usecases.apply_release", "pilotage.outcome.course"),
        "pilotage.prices",
    ),
    "await_turn": (*PLANNING, *IMAGES, "pilotage.workload", "pilotage.outcome.course"),
    "roll_out_member": (*PLANNING, *IMAGES, "pilotage.policy", "pilotage.workload", "pilotage.outcome.course"),
    "await_people": (*PLANNING, *IMAGES, "pilotage.outcome.course"),
    "migrate_release": (*PLANNING, *READING, *IMAGES),
    "apply_release": (*PLANNING, *READING, *IMAGES),
    "follow_rollout": (*PLANNING, *READING, *IMAGES, "pilotage.outcome", "pilotage.record"),
    "check_rollout": (*PLANNING, *READING, *IMAGES, "pilotage.outcome", "pilotage.record"),
    "start_job": (*PLANNING, *READING, *IMAGES, "pilotage.record", "pilotage.outcome.course"),
    "conclude_release": (*PLANNING, *READING),
    "reconcile": (*PLANNING, "pilotage.usecases.conclude_release", "pilotage.usecases.find_outcome"),
    "tell_people": (*PLANNING, *IMAGES, "fastjsonschema", "slack_sdk", "pilotage.chat"),
    "receive_message": (*PLANNING, *READING, *IMAGES, *BEHIND_THE_DOOR),
    "list_releases": (*PLANNING, *IMAGES, "pilotage.workload", "slack_sdk", "standardwebhooks"),
    "answer_message": (*PLANNING, "slack_sdk", "pilotage.outcome.course", "pilotage.usecases.conclude_release"),
    "take_command": (*PLANNING, "slack_sdk", "pilotage.outcome.course", "pilotage.usecases.conclude_release"),
}


def started(function: str, uses: str) -> list[str]:
    """Every module that a fresh process has after that."""
    paths = (PROJECT / "functions", LIBRARY, SITE)
    ended = subprocess.run(  # noqa: S603 - our own code, in this very interpreter
        [sys.executable, "-S", "-c", STARTED, function, uses],
        env={
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
            "PILOTAGE_TABLE": "pilotage",
            "PILOTAGE_POLICY_BUCKET": "pilotage-policies",
            "PILOTAGE_STATE_MACHINE": "arn:aws:states:eu-west-1:123456789012:stateMachine:pilotage-release",
            "PILOTAGE_CONCLUDE_FUNCTION": "pilotage-conclude-release",
            "PILOTAGE_ANSWER_FUNCTION": "pilotage-answer-message",
            "PILOTAGE_SECRETS": "pilotage",
            "POWERTOOLS_SERVICE_NAME": "pilotage",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    modules: list[str] = json.loads(ended.stdout.splitlines()[-1])
    return modules


def within(modules: list[str], packages: tuple[str, ...]) -> list[str]:
    return [
        name for name in modules if name.startswith(tuple(f"{package}." for package in packages)) or name in packages
    ]


@pytest.mark.parametrize("function", sorted(USES))
def test_a_function_imports_only_what_its_first_invocation_needs(function: str) -> None:
    """A push waits for four cold starts in a row: what one of them imports in vain, every release waits for."""
    modules = started(function, USES[function])
    assert [name for name in modules if name.startswith("pilotage.usecases.") and name.endswith(f".{function}")]
    assert "botocore.session" in modules
    assert within(modules, (*NOBODY, *POWERTOOLS, *LEFT_ALONE[function])) == []


def test_a_push_that_is_left_alone_needs_no_sdk() -> None:
    """Most pushes are the platforms of an index and attestations: they cost next to nothing."""
    modules = started("receive_push", "")
    assert "pilotage.push" in modules
    sdk = ("botocore.session", "botocore.client", "botocore.config", "urllib3")
    assert within(modules, (*NOBODY, *sdk, "pilotage.aws", "pilotage.bootstrap", "pilotage.usecases")) == []


def test_every_function_is_watched() -> None:
    """A new one gets its own list."""
    functions = {path.stem for path in (PROJECT / "functions").glob("*.py")}
    assert functions == set(USES) == set(LEFT_ALONE)
