"""What only the command line asks for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from pilotage.bootstrap.for_releases import ForReleases

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pilotage import ports
    from pilotage.plan.last_set import LastSet
    from pilotage.policy import Policy
    from pilotage.usecases.diagnose_release import Diagnoser
    from pilotage.usecases.outlook import Outlook
    from pilotage.usecases.plan_environment import EnvironmentPlanner
    from pilotage.usecases.watch_rollout import Watcher

# ruff: noqa: PLC0415 - an import here is a cold start saved elsewhere


class ForTerminals(ForReleases):
    """One attribute for each command."""

    @property
    def watcher(self) -> Watcher:
        from pilotage.usecases.watch_rollout import Watcher

        return Watcher(
            records=self.records,
            rollouts=self.rollouts,
            migrations=self.migrations,
            approvals=self.approvals,
            plans=self.plans,
            policies=self.policies,
            services=self.services,
            lookout=self.lookout,
            clock=self.clock,
        )

    @cached_property
    def change_log(self) -> ports.ChangeLog:
        from pilotage.aws.change_log import CloudTrailChangeLog

        return CloudTrailChangeLog(self.clients.cloudtrail, self.clock)

    def for_verifying(self) -> dict[str, Any]:
        from pilotage.usecases.survey import Survey

        return {
            "home": self.home,
            "models": self.models,
            "survey": Survey(self.surveyor, self.settings.apply_role),
        }

    @property
    def environment_planner(self) -> EnvironmentPlanner:
        from pilotage.usecases.plan_environment import EnvironmentPlanner

        return EnvironmentPlanner(self.policies, self.last_sets, self._ahead)

    def _ahead(self, policy: Policy, known: Mapping[str, LastSet]) -> Outlook:
        from pilotage.bootstrap.ahead import outlook_ahead

        return outlook_ahead(self.outlook, self.clients, self.settings.table, policy, known)

    @property
    def diagnoser(self) -> Diagnoser:
        from pilotage.usecases.diagnose_release import Diagnoser

        return Diagnoser(self.records, self.rollouts, self.plans, self.policies, self.lookout)
