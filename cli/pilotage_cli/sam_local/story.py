"""One release by hand: what EventBridge and the state machine would send, one function after the other.

Each event is the recorded one with the identities of this run in place of the recorded ones; each answer, and what the
function left behind, is checked.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pilotage.outcome import Outcome
from pilotage.rollout import DeploymentStatus

from pilotage_cli.sam_local.harbour import Harbour, NeverCame, Waiting
from pilotage_cli.sam_local.invoke import Answered, InvokeFailed, SamLocal

Document = dict[str, Any]


class Unexpected(Exception):
    """The function answered, and not as it should."""


@dataclass(frozen=True, slots=True)
class Told:
    """One invocation. `milliseconds` None: it gave no answer."""

    function: str
    event: str
    fine: bool
    sentence: str
    milliseconds: int | None


@dataclass
class Story:
    """`tell` plays it and stops at the first step that is not as it should be, since every step needs those before."""

    harbour: Harbour
    sam: SamLocal
    events: Path
    say: Callable[[Told], None]
    told: list[Told] = field(default_factory=list)

    def tell(self) -> bool:
        """Whether everything was as it should be."""
        try:
            self._play()
        except _Stop:
            return False
        return True

    def _play(self) -> None:
        first, second = self._pushes()
        plan_hash = self._prepared(first)
        self.harbour.lease(first)
        confirmed = self._confirmed(first, plan_hash)
        self._parked(second, first)
        applied = self._applied(first, confirmed["plan_hash"])
        self._followed(first, applied)
        course = {
            "request": first.document,
            "decided": {**confirmed, "under_lease": True},
            "applied": applied,
            "rollout": self.harbour.answer(first),
        }
        self._concluded(first, second, course)
        self._reconciled(second)

    def _pushes(self) -> tuple[Waiting, Waiting]:
        """Two pushes, told in both shapes of the event; the second release is to wait behind the first."""
        digest = self._do(lambda: self.harbour.push("v1", "Let three cats in"))
        first = self._pushed("receive_push", "v1", digest)
        digest = self._do(lambda: self.harbour.push("v2", "Let a fourth cat in", patch="v2"))
        return first, self._pushed("receive_push_older_shape", "v2", digest)

    def _pushed(self, name: str, tag: str, digest: str) -> Waiting:
        event = self._recorded(name)
        event["time"] = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        event["detail"] |= {"image-digest": digest, "image-tag": tag}

        def check(answer: Any) -> str:
            _expect(answer.get("new") is True, "a new release", answer)
            return f"release {answer['release']} started"

        answer = self._step("ReceivePushFunction", name, event, check)
        waiting: Waiting = self._do(lambda: self.harbour.started(answer["release"]))
        return waiting

    def _prepared(self, first: Waiting) -> str:
        event = self._recorded("prepare_release") | _of(first)
        answer = self._step("PrepareReleaseFunction", "prepare_release", event, _go)
        return str(answer["plan_hash"])

    def _confirmed(self, first: Waiting, plan_hash: str) -> Document:
        event = self._recorded("prepare_release_confirm") | _of(first) | {"confirming": plan_hash}

        def check(answer: Any) -> str:
            _expect(answer["plan_hash"] == plan_hash, f"the plan {plan_hash[:12]} again", answer)
            return _go(answer)

        confirmed: Document = self._step("PrepareReleaseFunction", "prepare_release_confirm", event, check)
        return confirmed

    def _parked(self, second: Waiting, first: Waiting) -> None:
        event = self._recorded("await_turn") | _of(second) | {"task_token": second.token}

        def check(answer: Any) -> str:
            _expect(answer is None, "no answer but by the token", answer)
            lease = self.harbour.here.leases.holder(first.request.target)
            waits = lease is not None and lease.waiting is not None and lease.waiting.task_token == second.token
            _expect(waits, f"{second.request.release_id} in the next place", lease)
            return f"{second.request.release_id} waits behind {first.request.release_id}"

        self._step("AwaitTurnFunction", "await_turn", event, check)

    def _applied(self, first: Waiting, plan_hash: str) -> Document:
        event = self._recorded("apply_release") | _of(first) | {"plan_hash": plan_hash}

        def check(answer: Any) -> str:
            _expect(answer["next"] == "await_rollout", "a rollout to wait for", answer)
            rollout = self.harbour.here.rollouts.get(first.request.target)
            _expect(rollout is not None and rollout.revision == answer["revision"], "an open rollout of it", rollout)
            return f"{answer['revision'].rpartition('/')[2]} rolls out"

        applied: Document = self._step("ApplyReleaseFunction", "apply_release", event, check)
        return applied

    def _followed(self, first: Waiting, applied: Document) -> None:
        here, target = self.harbour.here, first.request.target
        event = self._recorded("follow_rollout_await")
        event["await"] |= _of(first) | {"task_token": first.token}
        self._follow("follow_rollout_await", event, first)
        rollout = here.rollouts.get(target)
        if rollout is None:
            raise NeverCame(f"{target} has no open rollout")

        event = self._recorded("follow_rollout_task_stopped")
        event["detail"] |= {"taskDefinitionArn": applied["revision"]}
        self._follow("follow_rollout_task_stopped", event, first, saw="exited with code")
        self._follow("follow_rollout_sweep", self._recorded("follow_rollout_sweep"), first)

        self._do(lambda: self.harbour.ecs_is_done(first.request))
        event = self._recorded("follow_rollout_completed") | {"resources": [rollout.service_arn]}
        event["detail"] |= {"deploymentId": rollout.deployment_id}
        self._follow("follow_rollout_completed", event, first, saw=DeploymentStatus.SUCCESSFUL.value, ended=True)

    def _follow(self, name: str, event: Document, first: Waiting, *, saw: str = "", ended: bool | None = None) -> None:
        def check(answer: Any) -> str:
            _expect(len(answer) == 1 and answer[0]["release_id"] == first.request.release_id, "the release", answer)
            _expect(saw in answer[0]["saw"], saw, answer)
            _expect(ended in {None, answer[0]["ended"]}, f"ended: {ended}", answer)
            return str(answer[0]["saw"])

        self._step("FollowRolloutFunction", name, event, check)

    def _concluded(self, first: Waiting, second: Waiting, course: Document) -> None:
        event = self._recorded("conclude_release") | {"execution": first.execution, "course": course}

        def check(answer: Any) -> str:
            _expect(answer["outcome"] == Outcome.SUCCEEDED, Outcome.SUCCEEDED, answer)
            record = self.harbour.here.records.get(first.request.target, first.request.release_id)
            _expect(record is not None and record.outcome is Outcome.SUCCEEDED, "a record that says so", record)
            turn = self.harbour.answer(second)
            _expect(turn["turn"] == "yours", "the next release resumed", turn)
            return f"{answer['sentence']}; the service went to {second.request.release_id}"

        self._step("ConcludeReleaseFunction", "conclude_release", event, check)

    def _reconciled(self, second: Waiting) -> None:
        """The second execution has the service, and ended without a conclusion."""

        def check(answer: Any) -> str:
            _expect(answer["concluded"] == [second.request.release_id], "one lost release", answer)
            _expect(not answer["problems"], "no problem", answer)
            return f"{second.request.release_id} was lost, and is being concluded"

        self._step("ReconcileFunction", "reconcile", self._recorded("reconcile"), check)

    def _step(self, function: str, name: str, event: Document, check: Callable[[Any], str]) -> Any:
        answered: Answered | None = None
        try:
            answered = self.sam.invoke(function, name, event)
            sentence, fine = check(answered.document), True
        except (InvokeFailed, Unexpected, NeverCame) as error:
            sentence, fine = f"{error}", False
        self._note(Told(function, name, fine, sentence, answered.milliseconds if answered else None))
        return answered.document if answered else None

    def _do(self, work: Callable[[], Any]) -> Any:
        """What has to be so before the next event makes sense."""
        try:
            return work()
        except NeverCame as error:
            self._note(Told("-", "-", fine=False, sentence=str(error), milliseconds=None))

    def _note(self, told: Told) -> None:
        self.told.append(told)
        self.say(told)
        if not told.fine:
            raise _Stop

    def _recorded(self, name: str) -> Document:
        event: Document = json.loads((self.events / f"{name}.json").read_text())
        return deepcopy(event)


class _Stop(Exception):
    """The story cannot go on; why has been told."""


def _of(waiting: Waiting) -> Document:
    return {"request": waiting.document, "execution": waiting.execution}


def _go(answer: Any) -> str:
    _expect(answer["decision"] == "go", "go", answer)
    return f"go, plan {answer['plan_hash'][:12]}: {'; '.join(answer['reasons'])}"


def _expect(kept: bool, what: object, found: object) -> None:
    if not kept:
        raise Unexpected(f"expected {what}, found {found}")
