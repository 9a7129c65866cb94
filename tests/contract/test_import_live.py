"""`pilotage import ecs` on the embedded AWS: what runs there comes back as a manifest that renders to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pilotage_cli.main import app
from pilotage_local import stack
from typer.testing import CliRunner, Result

pytestmark = pytest.mark.embedded
ROLE = "arn:aws:iam::000000000000:role/execution"


@pytest.fixture
def importing(embedded: stack.Running, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    settings = {
        "AWS_ENDPOINT_URL": embedded.endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return lambda *words: CliRunner().invoke(app, ["import", "ecs", *words])


def test_a_live_service_comes_back_equal_with_what_scales_it(
    aws: Callable[[str], Any], importing: Callable[..., Result], tmp_path: Path
) -> None:
    """Teams without files of their own move in from what runs."""
    ecs, scaling = aws("ecs"), aws("application-autoscaling")
    ecs.create_cluster(clusterName="harbour")
    ecs.register_task_definition(
        family="kittens",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="512",
        memory="1024",
        executionRoleArn=ROLE,
        containerDefinitions=[
            {"name": "web", "image": "kittens", "portMappings": [{"containerPort": 8080}], "environment": [
                {"name": "COLOR", "value": "black"}]},
            {"name": "envoy", "image": "public.ecr.aws/example/envoy:1", "essential": False, "dependsOn": [
                {"containerName": "web", "condition": "START"}]},
        ],
    )  # fmt: skip
    awsvpc = {"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED"}
    ecs.create_service(
        cluster="harbour",
        serviceName="kittens",
        taskDefinition="kittens",
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": awsvpc},
    )
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/harbour/kittens",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=40)
    tracked = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}
    scaling.put_scaling_policy(
        **target,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={**tracked, "TargetValue": 60.0},
    )
    manifest, policy = tmp_path / "pilotage.yaml", tmp_path / "policy.json"
    words = ("--cluster", "harbour", "--service", "kittens", "--out", str(manifest), "--policy-out", str(policy))
    result = importing(*words, "--format", "json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["equal"], told["left"], told["differences"]) == (True, [], [])
    assert told["manifest"]["scaling"] == {"min": 1, "max": 40, "cpu": 60}
    assert set(told["manifest"]["sidecars"]) == {"envoy"}
    assert json.loads(policy.read_text())["network"] == {"subnets": ["subnet-1"], "security_groups": ["sg-1"]}
    assert "scaling:" in manifest.read_text()
    assert "There is such a file" in importing(*words).output


@pytest.mark.parametrize(
    ("cluster", "service", "says"),
    [("nowhere", "kittens", "--cluster: 'nowhere'"), ("default", "nothing", "--service: 'nothing'")],
)
def test_what_is_not_there_is_said_by_name(
    aws: Callable[[str], Any], importing: Callable[..., Result], cluster: str, service: str, says: str
) -> None:
    """A mistyped name is the first thing that goes wrong."""
    aws("ecs").create_cluster(clusterName="default")
    result = importing("--cluster", cluster, "--service", service)
    assert result.exit_code == 2
    assert says in result.output
