"""One execution of `release`, as far as people are concerned."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fakes.samples import CATS
from greenlet import greenlet
from pilotage import approval
from pilotage.approval import Asked
from pilotage.document import to_document
from pilotage.gate import Decision, Verdict
from pilotage.outcome import Outcome
from pilotage.plan import Plan
from pilotage.ports import Contender
from pilotage.release import ReleaseRequest
from pilotage.usecases.approvals.still_wanted import held_now, refused_now
from pilotage.usecases.last_look import may_begin

if TYPE_CHECKING:
    from properties.quay import Quay

_ENDS = {"rejected": Outcome.REJECTED, "expired": Outcome.EXPIRED, "superseded": Outcome.SUPERSEDED}


class Machine:
    """One execution of `release`, as far as people are concerned. `end` None: it is under way."""

    def __init__(self, quay: Quay, request: ReleaseRequest) -> None:
        self.quay, self.request = quay, request
        self.arn = f"arn:{request.release_id}"
        self.state, self.try_ = "prepare", 0
        self.token: str | None = None
        self.decided: dict[str, Any] = {}
        self.end: Outcome | None = None
        self.went_by: Asked | None = None
        self.function: greenlet | None = None  # that works for this state now
        self.waits = False  # its function did its work, and all depends on the token

    def step(self) -> None:
        """Run the function of this state, again if it died; what the token is told moves the machine without it."""
        if self.end is not None or self.told() or self.waits:
            return
        if self.function is not None and not self.function.dead:
            return
        self.try_ += 1
        getattr(self, f"_{self.state}")(self.try_)

    def told(self) -> bool:
        answer = self.quay.executions.answers.get(self.token or "")
        if self.state != "await_people" or answer is None:
            return False
        said, self.waits, self.function, self.token = answer["said"], False, None, None
        if said in _ENDS:
            self._conclude(_ENDS[said])
        else:
            self.state = "acquire" if said == "go" else "prepare"
        return True

    def _prepare(self, try_: int) -> None:
        self._decide(try_, under_lease=False, go="acquire")

    def _confirm(self, try_: int) -> None:
        self._decide(try_, under_lease=True, go="apply")

    def _decide(self, try_: int, *, under_lease: bool, go: str) -> None:
        quay, state = self.quay, self.state

        def work() -> None:
            plan = quay.plan(self.request)
            quay.plans.put(plan)
            verdict = self._verdict(plan)
            if verdict.decision in {Decision.GO, Decision.ASK, Decision.HOLD} and not under_lease:
                quay.asker.supersede(self.request)
            if self.try_ != try_ or self.state != state:
                return  # the state machine does not wait for a try that it gave up
            self.decided = {
                "decision": verdict.decision.value,
                "reasons": list(verdict.reasons),
                "plan_hash": plan.hash,
                "until": to_document(verdict.until),
                "under_lease": under_lease,
            }
            ends = {Decision.SUPERSEDED: Outcome.SUPERSEDED, Decision.REJECTED: Outcome.REJECTED}
            if verdict.decision in ends:
                self._conclude(ends[verdict.decision])
            else:
                self.state = go if verdict.decision is Decision.GO else "await_people"

        self.function = quay.spawn(work)

    def _verdict(self, plan: Plan) -> Verdict:
        quay = self.quay
        verdict = refused_now(self.request, quay.port("records"))
        verdict = verdict or held_now(self.request, quay.policy, quay.port("stops"), quay.clock.now())
        if verdict is not None:
            return verdict
        asked = quay.port("approvals").get(CATS, self.request.release_id)
        decision = Decision.GO if approval.approved(asked, plan) else Decision.ASK
        return Verdict(decision, ("because",))

    def _await_people(self, try_: int) -> None:
        """Each try has a token of its own; that of the try before resumes nobody."""
        quay = self.quay
        if self.token is not None:
            quay.executions.forget(self.token)
        quay.tokens += 1
        token = self.token = f"t{quay.tokens}"

        def work() -> None:
            quay.asker.await_people(self.request, self.arn, token, self.decided)
            self.waits = self.token == token

        self.function = quay.spawn(work)

    def _acquire(self, try_: int) -> None:
        me = Contender(self.arn, self.request.release_id, self.request.pushed_at)
        if self.quay.leases.acquire(CATS, me):
            self.state = "confirm"

    def _apply(self, try_: int) -> None:
        """The last look and the write are one step here: what is between them is Apply's own business."""
        quay, plan = self.quay, self.quay.plans.get(self.decided["plan_hash"])
        stops: Any = quay.stops
        if plan != quay.plan(self.request) or not may_begin(self.request, plan, quay.approvals, stops, quay.clock):
            self.state = "confirm"
            return
        self.went_by = quay.approvals.get(CATS, self.request.release_id)
        quay.applied.append(self)
        quay.records.applied(CATS, self.request)
        self._conclude(Outcome.SUCCEEDED)

    def _conclude(self, outcome: Outcome) -> None:
        quay, self.end = self.quay, outcome
        record = quay.records.get(CATS, self.request.release_id)
        assert record is not None
        quay.records.save(replace(record, outcome=outcome))
        quay.leases.hand_over(CATS, self.arn)
