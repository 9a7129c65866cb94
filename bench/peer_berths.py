"""The services that the deployers deploy to, alike but for their names."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "tests"))  # the images of a few hundred bytes live with the tests

from fakes import tiny_image  # noqa: E402 - see above
from peer_cases import Case  # noqa: E402 - see above
from pilotage.bootstrap import World  # noqa: E402 - see above
from pilotage.record import ReleaseRecord  # noqa: E402 - see above
from pilotage_cli.demo.watch import Awaited, conclusion  # noqa: E402 - see above
from pilotage_local.foundation import upload_policy  # noqa: E402 - see above
from pilotage_local.home import ENVIRONMENT, Home  # noqa: E402 - see above
from pilotage_local.stack import client  # noqa: E402 - see above
from stable_waiter import TAKEN  # noqa: E402 - see above
from verdicts import End  # noqa: E402 - see above

PEERS = "peers"  # the environment: like dev, with the shortest deadline that a policy can have
_GOOD, _NEXT = "v1", "v2"
_PATIENCE_SECONDS = 180.0
_LOOK_SECONDS = 0.25
_EVER = datetime.fromtimestamp(0, UTC)
_ALIKE = ("desiredCount", "capacityProviderStrategy", "deploymentConfiguration", "networkConfiguration")


class Berths:
    """Three services for each case: Pilotage's own and a copy of it for each of the others."""

    def __init__(self, endpoint: str, home: Home, here: World, others: Sequence[str]) -> None:
        self.endpoint, self.here = endpoint, here
        self.cluster = home.foundation["ClusterName"]
        self._others = others
        self._ecs = client("ecs", endpoint)
        bucket = home.outputs["PolicyBucketName"]
        stored = client("s3", endpoint).get_object(Bucket=bucket, Key=f"policies/{ENVIRONMENT}.json")
        policy = json.loads(stored["Body"].read())
        rollout = {**policy["rollout"], "deadline_minutes": 1, "failure_threshold": 3}
        upload_policy(endpoint, bucket, PEERS, json.dumps({**policy, "environment": PEERS, "rollout": rollout}))

    def make(self, cases: Sequence[Case]) -> None:
        """All of them, with a first image that is good. Raises NeverConcluded."""
        tags = [{"Key": "pilotage:enabled", "Value": "true"}, {"Key": "pilotage:environment", "Value": PEERS}]
        for case in cases:
            client("ecr", self.endpoint).create_repository(repositoryName=own(case), tags=tags)
            self.push(case, _GOOD)
        for case in cases:
            awaited = Awaited(PEERS, own(case), _GOOD, _EVER)
            record = conclusion(self.here, awaited, _PATIENCE_SECONDS, lambda _record, _word: None)
            if record.outcome != "SUCCEEDED":
                raise RuntimeError(f"{own(case)} was to start, and came to {record.outcome}: {record.reasons}")
            for tool in self._others:
                self._copy(own(case), name(case, tool))
        for case in cases:
            for tool in self._others:
                self._steady(name(case, tool))

    def push(self, case: Case, tag: str = _NEXT) -> str:
        """Its digest."""
        return tiny_image.push(self.endpoint, own(case), _image(case, tag), tag)

    def image(self, case: Case) -> tuple[str, str]:
        """The container, and the next image as a task definition names it."""
        live = self._ecs.describe_services(cluster=self.cluster, services=[own(case)])["services"][0]
        running = self._ecs.describe_task_definition(taskDefinition=live["taskDefinition"])["taskDefinition"]
        container = running["containerDefinitions"][0]
        registry, _, repository = container["image"].partition("@")[0].rpartition("/")
        return container["name"], f"{registry}/{repository.partition(':')[0]}@{_image(case, _NEXT).digest}"

    def record(self, case: Case, tag: str = _NEXT) -> ReleaseRecord | None:
        found = self.here.records.history(PEERS, own(case), 5)
        return next((record for record in found if record.request.tag == tag), None)

    def deployments(self, service: str, since: datetime) -> list[dict[str, Any]]:
        """Oldest first."""
        listed = self._ecs.list_service_deployments(cluster=self.cluster, service=service)["serviceDeployments"]
        return sorted((one for one in listed if one["createdAt"] >= since), key=lambda one: str(one["createdAt"]))

    def end(self, arn: str | None) -> End:
        """What ECS says of a deployment that is over, or not."""
        if arn is None:
            return End(None, None)
        (one,) = self._ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"]
        return End(one["status"], one.get("finishedAt") or one.get("stoppedAt"))

    def runs(self, service: str) -> str:
        """The revision that the service was given last."""
        live = self._ecs.describe_services(cluster=self.cluster, services=[service])["services"][0]
        return str(live["taskDefinition"])

    def go_over(self, service: str, revision: str) -> None:
        """Somebody else deploys this revision, by force."""
        self._ecs.update_service(
            cluster=self.cluster, service=service, taskDefinition=revision, forceNewDeployment=True
        )

    def _copy(self, source: str, service: str) -> None:
        live = self._ecs.describe_services(cluster=self.cluster, services=[source])["services"][0]
        running = self._ecs.describe_task_definition(taskDefinition=live["taskDefinition"])["taskDefinition"]
        definition = {key: running[key] for key in TAKEN if key in running} | {"family": service}
        registered = self._ecs.register_task_definition(**definition)["taskDefinition"]["taskDefinitionArn"]
        settings = {key: live[key] for key in _ALIKE if key in live}
        self._ecs.create_service(cluster=self.cluster, serviceName=service, taskDefinition=registered, **settings)

    def _steady(self, service: str) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            found = self.deployments(service, _EVER)
            if found and found[-1]["status"] == "SUCCESSFUL":
                return
            time.sleep(_LOOK_SECONDS)
        raise RuntimeError(f"{service} did not start in {_PATIENCE_SECONDS:.0f} s")


def own(case: Case) -> str:
    return f"peer-{case.name}"


def name(case: Case, tool: str) -> str:
    return f"peer-{case.name}-{tool}"


def _image(case: Case, tag: str) -> tiny_image.Image:
    """Two tasks with a health check: what nothing checks, ECS calls healthy by itself."""
    check = {"command": ["CMD-SHELL", "exit 0"], "interval": 5, "timeout": 2, "retries": 1}
    placement = {"launch": "fargate-spot" if case.spot else "fargate"}
    manifest = {"count": 2, "health_check": check, "placement": placement}
    labels = {"org.opencontainers.image.version": f"{case.name} {tag}", "dev.pilotage.manifest": json.dumps(manifest)}
    return tiny_image.image(labels=labels)
