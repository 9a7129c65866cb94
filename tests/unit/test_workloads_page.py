"""The examples of docs/workloads.md are manifests, and come to something."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from fakes.asked import ACCOUNT, REGISTRY, artifact, config, policy
from pilotage.boundary import definition_refusals, refusals
from pilotage.definitions import ReleaseStamp, render
from pilotage.placement import place
from pilotage.workload import resolve
from pilotage_cli.build.manifest import parse_manifest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "workloads.md"
MINE = ("Containers", "Logs", "Environments")


def sections() -> dict[str, list[str]]:
    """The examples of each section."""
    parts = re.split(r"^## (.+)$", PAGE.read_text("utf-8"), flags=re.MULTILINE)[1:]
    return {
        heading: re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        for heading, text in zip(parts[::2], parts[1::2], strict=True)
    }


@pytest.mark.parametrize(
    ("heading", "number"), [(name, n) for name, all_ in sections().items() for n in range(len(all_))]
)
def test_every_example_is_a_manifest(heading: str, number: int) -> None:
    """Whoever copies one must not meet an error."""
    assert parse_manifest(sections()[heading][number], f"{heading}, example {number + 1}")


@pytest.mark.parametrize(("heading", "number"), [(name, n) for name in MINE for n in range(len(sections()[name]))])
def test_the_examples_of_containers_come_to_definitions(heading: str, number: int) -> None:
    """And operators can open what they ask for."""
    manifest: dict[str, Any] = dict(parse_manifest(sections()[heading][number], heading))
    rules = policy(
        registries=[REGISTRY, "public.ecr.aws/aws-observability"],
        secrets=[
            f"arn:aws:secretsmanager:*:{ACCOUNT}:secret:{{service}}/*",
            f"arn:aws:ssm:*:{ACCOUNT}:parameter/{{service}}/*",
        ],
        allow={
            "env_files": ["arn:aws:s3:::example-settings/{service}/*"],
            "log_drivers": ["awslogs", "awsfirelens"],
        },
    )
    image = artifact(config(manifest))
    workload = resolve(image, {}, rules)
    assert refusals(workload, image, rules) == ()
    stamp = ReleaseStamp("r1", "cats", "dev", ACCOUNT, "eu-west-1")
    made = render(workload, place(workload, rules), rules, image, stamp)
    assert definition_refusals(made.task_definition, made.service, made.schedule, rules, made.agreed) == ()


def test_the_sections_of_the_page_have_examples() -> None:
    """The tests above hold for no example at all, too."""
    assert all(sections()[name] for name in MINE)
