"""One release by hand: what EventBridge and the state machine would send, one function after the other.

Each event is the recorded one with the identities of this run in place of the recorded ones; each answer, and what the
function left behind, is checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pilotage.outcome import Outcome
from pilotage.rollout import DeploymentStatus

from pilotage_cli.sam_local.course import MIGRATES, TWO_SERVICES, Course
from pilotage_cli.sam_local.harbour import NeverCame, Waiting
from pilotage_cli.sam_local.steps import Document, Steps, Stopped, expect, of
from pilotage_cli.sam_local.talk import Talk


@dataclass(frozen=True, slots=True)
class Story:
    """`tell` plays it and stops at the first step that is not as it should be."""

    steps: Steps
    talk: Talk
    course: Course

    def tell(self) -> bool:
        """Whether everything was as it should be."""
        try:
            self._play()
        except Stopped:
            return False
        return True

    def _play(self) -> None:
        first, second = self._pushes()
        first = self.talk.approved(first, self._prepared(first))
        second = self.talk.held(second)
        self.steps.harbour.lease(first)
        confirmed = self._confirmed(first)
        self._parked(second, first)
        first = self.course.migrated(first, confirmed["plan_hash"])
        applied = self._applied(first, confirmed["plan_hash"])
        self._followed(first, applied)
        self.course.not_twice(first, applied["revision"])
        course = {
            "request": first.document,
            "decided": {**confirmed, "under_lease": True},
            "applied": applied,
            "rollout": self.steps.harbour.answer(first),
        }
        self._concluded(first, second, course)
        self.talk.told_of_the_end(first)
        self._reconciled(second)
        third = self._third()
        self.course.led(third, self._prepared(third))

    def _pushes(self) -> tuple[Waiting, Waiting]:
        """Two pushes, told in both shapes of the event; the second release is to wait behind the first."""
        digest = self.steps.do(lambda: self.steps.harbour.push("v1", "Let three cats in", manifest=MIGRATES))
        first = self._pushed("receive_push", "v1", digest)
        digest = self.steps.do(lambda: self.steps.harbour.push("v2", "Let a fourth cat in", patch="v2"))
        return first, self._pushed("receive_push_older_shape", "v2", digest)

    def _third(self) -> Waiting:
        """One image, two services."""
        digest = self.steps.do(lambda: self.steps.harbour.push("v3", "Let the cats work", manifest=TWO_SERVICES))
        return self._pushed("receive_push", "v3", digest)

    def _pushed(self, name: str, tag: str, digest: str) -> Waiting:
        event = self.steps.recorded(name)
        event["time"] = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        event["detail"] |= {"image-digest": digest, "image-tag": tag}

        def check(answer: Any) -> str:
            expect(answer.get("new") is True, "a new release", answer)
            return f"release {answer['release']} started"

        answer = self.steps.step("ReceivePushFunction", name, event, check)
        waiting: Waiting = self.steps.do(lambda: self.steps.harbour.started(answer["release"]))
        return waiting

    def _prepared(self, first: Waiting) -> Document:
        event = self.steps.recorded("prepare_release") | of(first)
        prepared: Document = self.steps.step(
            "PrepareReleaseFunction", "prepare_release", event, lambda answer: _plans(answer, "ask")
        )
        return prepared

    def _confirmed(self, first: Waiting) -> Document:
        """What was approved is what is confirmed."""
        asked = self.talk.asked(first)
        event = self.steps.recorded("prepare_release_confirm") | of(first) | {"confirming": asked.plan_hash}

        def check(answer: Any) -> str:
            expect(answer["plan_hash"] == asked.plan_hash, f"the plan {asked.plan_hash[:12]} again", answer)
            return _plans(answer, "go")

        confirmed: Document = self.steps.step("PrepareReleaseFunction", "prepare_release_confirm", event, check)
        return confirmed

    def _parked(self, second: Waiting, first: Waiting) -> None:
        event = self.steps.recorded("await_turn") | of(second) | {"task_token": second.token}

        def check(answer: Any) -> str:
            expect(answer is None, "no answer but by the token", answer)
            lease = self.steps.harbour.here.leases.holder(first.request.target)
            waits = lease is not None and lease.waiting is not None and lease.waiting.task_token == second.token
            expect(waits, f"{second.request.release_id} in the next place", lease)
            return f"{second.request.release_id} waits behind {first.request.release_id}"

        self.steps.step("AwaitTurnFunction", "await_turn", event, check)

    def _applied(self, first: Waiting, plan_hash: str) -> Document:
        event = self.steps.recorded("apply_release") | of(first) | {"plan_hash": plan_hash}

        def check(answer: Any) -> str:
            expect(answer["next"] == "await_rollout", "a rollout to wait for", answer)
            rollout = self.steps.harbour.here.rollouts.get(first.request.target)
            expect(rollout is not None and rollout.revision == answer["revision"], "an open rollout of it", rollout)
            return f"{answer['revision'].rpartition('/')[2]} rolls out"

        applied: Document = self.steps.step("ApplyReleaseFunction", "apply_release", event, check)
        return applied

    def _followed(self, first: Waiting, applied: Document) -> None:
        here, target = self.steps.harbour.here, first.request.target
        event = self.steps.recorded("follow_rollout_await")
        event["await"] |= of(first) | {"task_token": first.token}
        self._follow("follow_rollout_await", event, first)
        rollout = here.rollouts.get(target)
        if rollout is None:
            raise NeverCame(f"{target} has no open rollout")

        self.talk.told_of_progress(first)
        event = self.steps.recorded("follow_rollout_task_stopped")
        event["detail"] |= {"taskDefinitionArn": applied["revision"]}
        self._follow("follow_rollout_task_stopped", event, first, saw="exited with code")
        self._follow("follow_rollout_sweep", self.steps.recorded("follow_rollout_sweep"), first)

        self.steps.do(lambda: self.steps.harbour.ecs_is_done(first.request))
        self.course.checked(first)
        event = self.steps.recorded("follow_rollout_completed") | {"resources": [rollout.service_arn]}
        event["detail"] |= {"deploymentId": rollout.deployment_id}
        self._follow("follow_rollout_completed", event, first, saw=DeploymentStatus.SUCCESSFUL.value, ended=True)

    def _follow(self, name: str, event: Document, first: Waiting, *, saw: str = "", ended: bool | None = None) -> None:
        def check(answer: Any) -> str:
            expect(len(answer) == 1 and answer[0]["release_id"] == first.request.release_id, "the release", answer)
            expect(saw in answer[0]["saw"], saw, answer)
            expect(ended in {None, answer[0]["ended"]}, f"ended: {ended}", answer)
            return str(answer[0]["saw"])

        self.steps.step("FollowRolloutFunction", name, event, check)

    def _concluded(self, first: Waiting, second: Waiting, course: Document) -> None:
        event = self.steps.recorded("conclude_release") | {"execution": first.execution, "course": course}

        def check(answer: Any) -> str:
            expect(answer["outcome"] == Outcome.SUCCEEDED, Outcome.SUCCEEDED, answer)
            record = self.steps.harbour.here.records.get(first.request.target, first.request.release_id)
            expect(record is not None and record.outcome is Outcome.SUCCEEDED, "a record that says so", record)
            turn = self.steps.harbour.answer(second)
            expect(turn["turn"] == "yours", "the next release resumed", turn)
            return f"{answer['sentence']}; the service went to {second.request.release_id}"

        self.steps.step("ConcludeReleaseFunction", "conclude_release", event, check)

    def _reconciled(self, second: Waiting) -> None:
        """The second execution has the service, and ended without a conclusion."""

        def check(answer: Any) -> str:
            expect(answer["concluded"] == [second.request.release_id], "one lost release", answer)
            expect(not answer["problems"], "no problem", answer)
            return f"{second.request.release_id} was lost, and is being concluded"

        self.steps.step("ReconcileFunction", "reconcile", self.steps.recorded("reconcile"), check)


def _plans(answer: Any, decision: str) -> str:
    expect(answer["decision"] == decision, decision, answer)
    return f"{decision}, plan {answer['plan_hash'][:12]}: {'; '.join(answer['reasons'])}"
