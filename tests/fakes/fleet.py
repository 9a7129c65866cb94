"""An environment with many services on the embedded AWS, as releases leave it: by Pilotage's own plans and adapters,
without its stack.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from pilotage.aws.clients import Clients
from pilotage.bootstrap import World
from pilotage.plan import Verb
from pilotage.plan.last_set import next_set
from pilotage.release import ReleaseRequest
from pilotage.settings import Settings
from pilotage.target import Target
from pilotage.usecases.plan_service import Given, plan_service
from pilotage_local.stack import Running

from fakes import tiny_image

ENVIRONMENT, TABLE, BUCKET, CLUSTER = "fleet", "fleet-table", "fleet-policies", "fleet"
_ROLE = "arn:aws:iam::{account}:role/fleet/{name}"
_JOB_EVERY = 10  # one of so many is a scheduled job
_THREADS = 4
Client = Callable[[str], Any]


class Fleet:
    """`settle` makes it; `here` is what a terminal works with. The process's environment names the endpoint."""

    def __init__(self, running: Running, client: Client) -> None:
        self._running, self._client = running, client
        machine = f"arn:aws:states:{running.region}:{running.account}:stateMachine:fleet-release"
        self.here = World(
            Settings(TABLE, BUCKET, machine, "default", ENVIRONMENT, None, running.region, running.account), Clients()
        )

    def settle(self, count: int) -> list[str]:
        """The services' names."""
        self._surroundings()
        names = [f"service-{number:03d}" for number in range(count)]
        with ThreadPoolExecutor(_THREADS) as crew:
            list(crew.map(self.release, names, range(count)))
        return names

    def request(self, name: str) -> ReleaseRequest:
        resolved = self.here.registry.resolve(self._running.account, name, "v1")
        assert resolved is not None
        return ReleaseRequest(
            f"{ENVIRONMENT}-{name}-1",
            name,
            ENVIRONMENT,
            self._running.account,
            self._running.region,
            name,
            resolved.digest,
            "v1",
            datetime.now(UTC),
            "fleet",
        )

    def release(self, name: str, number: int) -> None:
        """What push, Prepare and Apply come to."""
        self._client("ecr").create_repository(repositoryName=name, tags=[{"Key": "pilotage:enabled", "Value": "true"}])
        job = {"schedule": {"expression": "rate(1 hour)"}} if number % _JOB_EVERY == _JOB_EVERY - 1 else {"count": 1}
        label = json.dumps({"environment": {"NUMBER": str(number)}, **job})
        pushed = tiny_image.image(labels={"dev.pilotage.manifest": label, "number": str(number)})
        tiny_image.push(self._running.endpoint, name, pushed, "v1")
        self._apply(self.request(name))

    def _apply(self, request: ReleaseRequest) -> None:
        here = self.here
        artifact = here.registry.artifact(
            request.account, request.region, request.repository, request.digest, request.tag
        )
        given = Given(artifact, {"pilotage:enabled": "true"}, here.policies.current(ENVIRONMENT))
        plan = plan_service(request, given, here.outlook).plan
        revision = ""
        for step in plan.steps:
            match step.verb:
                case Verb.REGISTER_TASK_DEFINITION:
                    revision = here.services.register(step.body)
                case Verb.CREATE_SERVICE:
                    self._client("ecs").create_service(**{**step.body, "taskDefinition": revision})
                case Verb.CREATE_SCHEDULE:
                    target = step.body["Target"]
                    ecs = {**target["EcsParameters"], "TaskDefinitionArn": revision}
                    here.schedules.create({**step.body, "Target": {**target, "EcsParameters": ecs}})
        last = next_set(plan, request.release_id, revision, None, datetime.now(UTC))
        assert last is not None
        here.last_sets.put(Target(ENVIRONMENT, request.service), last)

    def _surroundings(self) -> None:
        names = ("pk", "sk", "gsi1pk", "gsi1sk")
        self._client("dynamodb").create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=_schema(*names[:2]),
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "gsi1",
                    "KeySchema": _schema(*names[2:]),
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
        )
        s3 = self._client("s3")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        body = json.dumps(self._policy()).encode()
        s3.put_object(Bucket=BUCKET, Key=f"policies/{ENVIRONMENT}.json", Body=body)
        self._client("ecs").create_cluster(clusterName=CLUSTER, capacityProviders=["FARGATE", "FARGATE_SPOT"])

    def _policy(self) -> dict[str, Any]:
        account, region = self._running.account, self._running.region
        role = _ROLE.format(account=account, name="{name}")
        return {
            "environment": ENVIRONMENT,
            "cluster": CLUSTER,
            "network": {"subnets": ["subnet-11111111"], "security_groups": ["sg-11111111"]},
            "roles": {"execution": role.format(name="execution"), "scheduler": role.format(name="scheduler")},
            "registries": [f"{account}.dkr.ecr.{region}.amazonaws.com"],
        }


def _schema(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]
