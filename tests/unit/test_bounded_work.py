"""Whoever can push writes the manifest: however it is made, it costs no function more than a moment, nor more words
than an event and a record hold.
"""

from __future__ import annotations

import json
from time import perf_counter
from typing import Any

import pytest
from fakes.asked import artifact, config, policy
from pilotage.boundary import definition_refusals
from pilotage.definitions.canonical import task_definition_content
from pilotage.errors import BadManifest
from pilotage.images import source_of
from pilotage.manifest import MAX_BYTES, read_manifest
from pilotage.manifest.units import cpu_units, mebibytes
from pilotage.schema import MAX_FINDINGS, a_few
from pilotage.workload import resolve

BLANKS = " " * 60_000
MANY = range(20)  # members, or environments: as many as the schema takes
VARIABLES = {f"V{number}": "x" for number in range(500)}


def in_each_environment(said: dict[str, Any]) -> dict[str, Any]:
    return {"services": {f"m{one}": {"environments": {f"e{each}": said for each in MANY}} for one in MANY}}


@pytest.mark.parametrize(
    "manifest",
    [
        {"cpu": f"1{BLANKS}x"},
        {"memory": f"1{BLANKS}x"},
        {"sidecars": {"side": {"image": "x", "cpu": f"1{BLANKS}x"}}},
        in_each_environment({"cpu": 256}) | {"environment": VARIABLES, "ports": list(range(1, 101))},
        in_each_environment({f"helthchek{number}": 1 for number in range(8)}),
        {f"k{number:04}healthchek": 1 for number in range(2_500)},
    ],
    ids=[
        "blanks in cpu",
        "in memory",
        "in a sidecar",
        "members x environments",
        "unknown fields",
        "nearly known names",
    ],
)
def test_reading_the_worst_manifest_takes_a_moment(manifest: dict[str, Any]) -> None:
    """A pattern that tries blanks at each of their places took ten seconds for one field, and minutes for twenty
    members that inherit it.
    """
    text = json.dumps(manifest, separators=(",", ":"))
    assert len(text) <= MAX_BYTES
    read_manifest("{}")
    said, began = "", perf_counter()
    try:
        read_manifest(text)
    except BadManifest as error:
        said = str(error)
    assert perf_counter() - began < 2
    assert len(said) < 32_768  # what Step Functions takes as the cause of an error


@pytest.mark.parametrize("read", [cpu_units, mebibytes, source_of])
def test_a_value_that_is_mostly_blanks_is_read_in_one_go(read: Any) -> None:
    """Overrides and an importer bring values that no schema has seen."""
    began = perf_counter()
    assert read(f"1{BLANKS}x") is None
    assert perf_counter() - began < 0.2


def test_an_override_of_blanks_is_compared_in_one_go() -> None:
    """What is rendered is brought into canonical form before the boundary judges it."""
    began = perf_counter()
    found = task_definition_content({"family": "f", "cpu": f"1{BLANKS}x", "containerDefinitions": []})
    assert str(found["cpu"]).endswith("x")
    assert perf_counter() - began < 0.2


def test_thousands_of_mistakes_are_counted_and_a_few_are_told() -> None:
    """Eight thousand of them once came to 450 KiB: more than DynamoDB's item, and an event's four-fold."""
    with pytest.raises(BadManifest, match=r"And \d+ more\.") as told:
        read_manifest(json.dumps(in_each_environment({f"helthchek{number}": 1 for number in range(8)})))
    assert str(told.value).count(" Also ") == MAX_FINDINGS - 1
    assert a_few(["One.", "Two."]) == "One. Two."
    assert a_few(["x."] * (MAX_FINDINGS + 3)).endswith("x. And 3 more.")


def test_judging_the_largest_workload_takes_a_moment() -> None:
    """Each variable, secret and tag is looked at, by each pattern of the policy."""
    secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:"
    rules = policy(secrets=[f"{secret}{'*a' * 20}{number}" for number in range(50)])
    manifest = {"secrets": {f"S{number}": f"{secret}{'a' * 60}" for number in range(400)}}
    workload = resolve(artifact(config(manifest)), {}, rules)
    container = {"name": "cats", "secrets": [{"name": k, "valueFrom": v} for k, v in workload.secrets.items()]}
    began = perf_counter()
    assert definition_refusals({"family": "dev-cats", "containerDefinitions": [container]}, None, None, rules)
    assert perf_counter() - began < 2
