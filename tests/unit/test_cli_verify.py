"""`pilotage verify`: what is wrong first, exit code 3, and the same for programs; from an image or from files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fakes import asked
from fakes.images import an_image
from fakes.policies import FakePolicies
from fakes.registry import FakeRegistry
from fakes.samples import ACCOUNT, REGION
from fakes.surveyor import FakeSurveyor
from pilotage.artifact import MANIFEST_LABEL
from pilotage.aws.models import BotocoreModels
from pilotage.usecases.outlook import Home
from pilotage.usecases.survey import Survey
from pilotage.verifying import things as known
from pilotage.verifying.things import Thing, Unseen
from pilotage_cli.commands import verify
from pilotage_cli.main import app
from typer.testing import CliRunner, Result

APPLY = f"arn:aws:iam::{ACCOUNT}:role/pilotage-ApplyReleaseRole"
REFERENCE = f"{asked.REGISTRY}/team/cats"


class Here:
    """A stack whose registry has `team/cats:v1`."""

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        self.registry, self.surveyor, self.policies = FakeRegistry(), FakeSurveyor(), FakePolicies(asked.policy())
        self.settings = SimpleNamespace(account=ACCOUNT, region=REGION, default_environment="dev")
        image = an_image({MANIFEST_LABEL: json.dumps(manifest)}, ExposedPorts={"8080/tcp": {}})
        self.registry.create("team/cats")
        self.registry.push("team/cats", image, "v1")

    def for_verifying(self) -> dict[str, Any]:
        return {"home": Home(ACCOUNT, REGION), "models": BotocoreModels(), "survey": Survey(self.surveyor, APPLY)}


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Here:
    made = Here({"count": 2})
    monkeypatch.setattr(verify, "world", lambda _stack: made)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    return made


def ran(*words: str) -> Result:
    return CliRunner().invoke(app, ["verify", *words])


def test_an_image_that_has_all_it_needs_is_fine(here: Here) -> None:
    result = ran("team/cats:v1")
    assert result.exit_code == 0, result.stderr
    assert "0 wrong, 0 unknown" in result.stdout
    assert "dev/cats" in result.stdout


def test_what_is_wrong_comes_first_with_its_remedy_and_its_page(here: Here) -> None:
    """Exit code 3, as `pilotage plan` ends for what would be refused."""
    here.surveyor.says[known.Subnet("subnet-2")] = None
    here.surveyor.says[known.Subnet("subnet-1")] = Unseen("ec2:DescribeSubnets is not allowed", "ec2:DescribeSubnets")
    result = ran("team/cats:v1")
    assert result.exit_code == verify.WRONG
    words = [
        "subnet subnet-2",
        "EC2 has no such subnet",
        "Correct the policy's network.subnets.",
        "docs.aws.amazon.com",
    ]
    words += ["ec2:DescribeSubnets is not allowed", "Allow ec2:DescribeSubnets", "Fargate size"]
    places = [result.stdout.index(word) for word in words]
    assert places == sorted(places)
    assert "1 wrong, 1 unknown" in result.stdout


def test_programs_get_every_finding(here: Here) -> None:
    here.surveyor.says[known.Cluster("main")] = None
    result = ran("team/cats:v1", "--format", "json")
    document = json.loads(result.stdout)
    (service,) = document["services"]
    assert (result.exit_code, document["wrong"], service["service"]) == (3, 1, "cats")
    assert service["findings"][0] == {
        "level": "wrong",
        "thing": "cluster main",
        "found": "ECS has no such cluster",
        "remedy": "Create it, or correct the policy's cluster.",
        "page": "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-capacity-providers.html",
    }


def test_files_are_verified_before_there_is_an_image(here: Here) -> None:
    """Its platform cannot be looked at yet; everything else can, under a policy that is not published either."""
    Path("pilotage.yaml").write_text(f"secrets: {{DB: '{asked.SECRET}'}}\narchitecture: arm64\n")
    Path("policy.json").write_text(json.dumps(asked.policy_document(environment="next", cluster="other")))
    here.surveyor.says[known.Secret(asked.SECRET)] = None
    result = ran("--manifest", "pilotage.yaml", "--policy", "policy.json", "--image", REFERENCE, "--format", "json")
    document = json.loads(result.stdout)
    found = {each["thing"]: each["level"] for each in document["services"][0]["findings"]}
    assert (result.exit_code, document["environment"]) == (3, "next")
    assert found[f"secret {asked.SECRET} (cats, DB)"] == "wrong"
    assert found[f"image {REFERENCE}:latest"] == "unknown"
    assert found["cluster other"] == "fine"


def test_the_image_that_files_name_by_a_tag_is_looked_at(here: Here) -> None:
    thing: Thing[Any] = known.Image(f"{REFERENCE}:v9")
    here.surveyor.says[thing] = None
    result = ran("--image", f"{REFERENCE}:v9")
    assert result.exit_code == verify.WRONG, result.stderr
    assert "ECR has no such image" in result.stdout


def test_each_service_of_an_image_has_its_own_table(monkeypatch: pytest.MonkeyPatch, here: Here) -> None:
    several = Here({"services": {"web": {}, "worker": {"command": ["./work"]}}, "order": ["web", "worker"]})
    monkeypatch.setattr(verify, "world", lambda _stack: several)
    result = ran("team/cats:v1")
    assert result.exit_code == 0, result.stderr
    assert "dev/cats-web" in result.stdout
    assert "dev/cats-worker" in result.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "image is missing. Name an image of the registry"),
        (("team/cats:v1", "--image", REFERENCE), "or files: --manifest FILE --image REF"),
        (("team/cats:v1", "--manifest", "pilotage.yaml"), "or files: --manifest FILE --image REF"),
        (("team/cats:v9",), "ECR has no such image."),
        (("--image", "nginx:1"), "Name one in ECR"),
        (("team/cats:v1", "--policy", "none.json"), "There is no such file."),
    ],
)
def test_what_people_mistype_is_answered_in_a_sentence(here: Here, words: tuple[str, ...], said: str) -> None:
    """Never a traceback."""
    result = ran(*words)
    assert result.exit_code == 2
    assert said in result.stderr
