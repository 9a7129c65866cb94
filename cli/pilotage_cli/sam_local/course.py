"""What a rollout may have beside the straight way: a migration before it, checks that ECS asks for, and members."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pilotage.checking.hook import HookStatus
from pilotage.checking.queries import dimension_of
from pilotage.definitions.service import network_configuration

from pilotage_cli.sam_local.harbour import Waiting
from pilotage_cli.sam_local.steps import Document, Steps, expect, of

MIGRATES = """\
cpu: 0.25 vCPU
memory: 512 MB
count: 2
routing: web
migrations:
  before: {command: [python3, -c, "print('the cats moved in')"]}
"""
TWO_SERVICES = """\
cpu: 0.25 vCPU
memory: 512 MB
services:
  web: {}
  worker: {command: [python3, -c, "import time; time.sleep(9999)"]}
"""


@dataclass(frozen=True, slots=True)
class Course:
    steps: Steps

    def migrated(self, first: Waiting, plan_hash: str) -> Waiting:
        """The task runs before anything of the service is touched, and ECS's event of its end resumes the release."""
        event = self.steps.recorded("migrate_release") | of(first) | {"plan_hash": plan_hash, "task_token": first.token}
        harbour = self.steps.harbour

        def begun(answer: Any) -> str:
            expect(answer is None, "no answer but by the token", answer)
            open_one = harbour.here.migrations.get(first.request.target)
            expect(open_one is not None and open_one.task is not None, "a task that migrates", open_one)
            return "the migration runs as a task of its own"

        self.steps.step("MigrateReleaseFunction", "migrate_release", event, begun)
        migration = self.steps.do(lambda: harbour.migration(first.request))
        event = self.steps.recorded("follow_rollout_migration_stopped")
        event["detail"] |= {"taskArn": migration.task, "taskDefinitionArn": migration.revision}

        def over(answer: Any) -> str:
            expect([each["ended"] for each in answer] == [True], "one end", answer)
            return str(answer[0]["saw"])

        self.steps.step("FollowRolloutFunction", "follow_rollout_migration_stopped", event, over)
        said, goes_on = self.steps.do(lambda: harbour.goes_on(first))
        self.steps.do(lambda: expect(bool(said["ran"]), "a migration that ran", said))
        return goes_on

    def checked(self, first: Waiting) -> None:
        """ECS's hooks: the test listener answers; numbers that are not there yet are waited for."""
        deployed = self.steps.do(lambda: self.steps.harbour.deployed(first.request))
        self._check("check_rollout_smoke", deployed, HookStatus.SUCCEEDED)
        kept = self.steps.harbour.here.rollouts.get(first.request.target)
        self.steps.do(lambda: expect(bool(kept and kept.measures), "a measure of the smoke test", kept))
        self._check("check_rollout_step", deployed, HookStatus.IN_PROGRESS)
        self._check("check_rollout_shifted", deployed, HookStatus.IN_PROGRESS)

    def not_twice(self, first: Waiting, revision: str) -> None:
        """A job that is due is started; the next is not, since it still runs. It is stopped behind them."""
        here, target = self.steps.harbour.here, first.request.target
        policy = here.policies.current(target.environment)
        event = self.steps.recorded("start_job")
        event |= {"cluster": policy.cluster, "environment": target.environment, "service": target.service}
        event["run"] |= {"taskDefinition": revision, "networkConfiguration": network_configuration(policy.network)}

        def begun(answer: Any) -> str:
            expect(bool(answer["task"]), "a task", answer)
            return f"{answer['task'].rpartition('/')[2]} is started"

        task = self.steps.step("StartJobFunction", "start_job", event, begun)["task"]

        def skipped(answer: Any) -> str:
            expect(answer["task"] is None, "no second task", answer)
            return "the last run still goes: nothing is started"

        event["at"] = "2026-11-23T21:00:00Z"
        self.steps.step("StartJobFunction", "start_job", event, skipped)
        self.steps.do(lambda: here.tasks.stop(policy.cluster, task, "the story of the job is told"))

    def led(self, group: Waiting, prepared: Document) -> None:
        """The first member begins by a release of its own; nobody has come in yet."""
        members = prepared["members"]
        event = self.steps.recorded("roll_out_member")
        event |= {"group": group.document, "member": members[0], "task_token": group.token}

        def begun(answer: Any) -> str:
            expect(answer["release_id"] == members[0]["release_id"], members[0]["release_id"], answer)
            awaited = self.steps.harbour.started(answer["release_id"])
            expect(awaited.request.member == members[0]["name"], "an execution of its own", awaited)
            return f"{answer['release_id']} is begun: {answer['because']}"

        self.steps.step("RollOutMemberFunction", "roll_out_member", event, begun)
        event = self.steps.recorded("roll_out_member_weigh")
        event["weigh"] |= {"group": group.document, "members": members}

        def weighed(answer: Any) -> str:
            expect(answer["all_came_in"] is False, "members that are under way", answer)
            return f"{len(members)} members, not all came in"

        self.steps.step("RollOutMemberFunction", "roll_out_member_weigh", event, weighed)

    def _check(self, name: str, deployed: Mapping[str, Any], expected: HookStatus) -> None:
        event = self._at(self.steps.recorded(name), deployed)

        def check(answer: Any) -> str:
            expect(answer["hookStatus"] == expected, expected, answer)
            again = answer.get("callBackDelay")
            return f"{event['lifecycleStage']}: {answer['hookStatus']}" + (f", again in {again} s" if again else "")

        self.steps.step("CheckRolloutFunction", name, event, check)

    def _at(self, event: Document, deployed: Mapping[str, Any]) -> Document:
        """The recorded call, about the deployment of this run and through the route of its policy."""
        environment = "dev"
        policy = self.steps.harbour.here.policies.current(environment)
        route, new = policy.routing["web"], deployed["targetServiceRevision"]["arn"]
        execution = event["executionDetails"] | {
            "serviceArn": deployed["serviceArn"],
            "targetServiceRevisionArn": new,
        }
        if execution["productionTrafficWeights"]:
            execution["productionTrafficWeights"] = {new: 10}
        details = event["hookDetails"] | {
            "environment": environment,
            "cluster": policy.cluster,
            "url": route.test_url,
            "target_groups": [route.target_group, route.alternate_target_group],
            "load_balancer": dimension_of(route.listener_rule or ""),
        }
        about = {"resourceArn": deployed["serviceDeploymentArn"], "executionDetails": execution, "hookDetails": details}
        return event | about
