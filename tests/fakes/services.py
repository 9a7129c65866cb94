"""The adapter of Services itself, over the ECS model: what the tests of use cases run is what runs in AWS."""

from __future__ import annotations

from typing import Any

from pilotage.aws.models import BotocoreModels
from pilotage.aws.services import EcsServices
from pilotage.scaling_names import identity
from pilotage_local.ecs import AS_DOCUMENTED, Assumptions, EcsError, EcsModel, ScriptedBalancer, ScriptedTasks
from pilotage_local.ecs.ports import AlarmStates, HookRunner

from fakes.checked_client import Answer, CheckedClient, Request, refusal
from fakes.clock import FakeClock
from fakes.samples import ACCOUNT, REGION
from fakes.scaling import ScalingApi


class ModelClients:
    """`ecs` plays an EcsModel, `logs` keeps `log_groups` (retention in days by name), `scaling` plays `scaling_api`."""

    def __init__(self, model: EcsModel) -> None:
        self.model = model
        self.log_groups: dict[str, int | None] = {}
        self.scaling_api = ScalingApi()
        self.continued: list[Request] = []  # of ContinueServiceDeployment
        self.checked = CheckedClient("ecs", self._play)
        self.ecs: Any = self.checked
        self.logs: Any = CheckedClient("logs", self._log)
        self.scaling: Any = self.scaling_api.client

    def _play(self, operation: str, request: Request) -> Answer:
        if operation == "ContinueServiceDeployment":
            self.continued.append(request)
        self.model.advance()
        try:
            answer = self.model.handle(operation, request)
        except EcsError as error:
            raise refusal(operation, error.code, error.message) from error
        self.model.advance()
        return answer

    def _log(self, operation: str, request: Request) -> Answer:
        name = request["logGroupName"]
        if operation == "GetLogEvents":
            raise refusal(operation, "ResourceNotFoundException", "The specified log stream does not exist.")
        if operation == "CreateLogGroup":
            if name in self.log_groups:
                raise refusal(operation, "ResourceAlreadyExistsException", "The specified log group already exists")
            self.log_groups[name] = None
        elif name not in self.log_groups:
            raise refusal(operation, "ResourceNotFoundException", "The specified log group does not exist.")
        else:
            self.log_groups[name] = request["retentionInDays"]
        return {}

    def scaled_by_others(self, cluster: str, service: str) -> None:
        """Somebody has registered it, and put a policy on it."""
        whose = identity(cluster, service)
        self.scaling.register_scalable_target(**whose, MinCapacity=1, MaxCapacity=4)
        self.scaling.put_scaling_policy(**whose, PolicyName="theirs", PolicyType="StepScaling")


class FakeServices(EcsServices):
    """The port Services. `tasks` scripts what becomes of the containers of an image, `events` is what ECS sent.

    `checked` is what the calls of ECS go through: it lists them, and `checked.around` may fail one before or after it.
    """

    def __init__(
        self,
        clock: FakeClock | None = None,
        assumptions: Assumptions = AS_DOCUMENTED,
        tasks: ScriptedTasks | None = None,
        hooks: HookRunner | None = None,
        alarms: AlarmStates | None = None,
    ) -> None:
        self.clock = clock or FakeClock()
        self.tasks = tasks or ScriptedTasks(self.clock.now)
        self.events: list[dict[str, Any]] = []
        self.model = EcsModel(
            self.clock.now,
            self.tasks,
            self.events.append,
            ACCOUNT,
            REGION,
            assumptions=assumptions,
            hooks=hooks,
            alarms=alarms,
            balancer=ScriptedBalancer(self.clock.now),
        )
        self.clients = ModelClients(self.model)
        self.checked, self.continued = self.clients.checked, self.clients.continued
        super().__init__(self.clients, BotocoreModels(), self.clock)

    def cluster(self, name: str, *providers: str) -> None:
        """Make one; Fargate and Fargate Spot are in it unless others are named."""
        self.model.handle(
            "CreateCluster", {"clusterName": name, "capacityProviders": list(providers) or ["FARGATE", "FARGATE_SPOT"]}
        )

    def run(self, seconds: float, step: float = 1.0) -> None:
        """Let time pass, and ECS with it."""
        for _ in range(round(seconds / step)):
            self.clock.advance(seconds=step)
            self.model.advance()
