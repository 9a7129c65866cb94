"""What an execution has been through, as its document tells: one key for each state that came to an end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pilotage.document import from_document
from pilotage.errors import BadRequest
from pilotage.gate import Decision
from pilotage.outcome import Ending, Outcome
from pilotage.release import ReleaseRequest
from pilotage.rollout import Ended

_OUTCOMES = {
    Decision.NO_CHANGE: Outcome.NO_CHANGE,
    Decision.SUPERSEDED: Outcome.SUPERSEDED,
    Decision.REJECTED: Outcome.REJECTED,
}
_WAITED_FOR = frozenset({Decision.ASK, Decision.HOLD})
_ENDS = {"rejected": Outcome.REJECTED, "expired": Outcome.EXPIRED, "superseded": Outcome.SUPERSEDED}
# Errors after which it is certain that nothing was written, whatever else is true of the service.
_REFUSED_BEFORE_WRITING = frozenset(
    {"LeaseLost", "ForeignWrite", "MigrationFailed", "NotApproved", "NotYourTurn", "PlanMissing"}
)


@dataclass(frozen=True, slots=True)
class Course:
    """`decided` is what Prepare or, behind it, Confirm said; `people`, what came of waiting for them; `error`, what a
    Catch left behind. `allowed`: Confirm said go, so that Apply may have begun.
    """

    request: ReleaseRequest
    decided: Mapping[str, Any] | None = None
    allowed: bool = False
    people: Mapping[str, Any] | None = None
    turn: Mapping[str, Any] | None = None
    applied: Mapping[str, Any] | None = None
    ended: Ended | None = None
    members: tuple[Mapping[str, Any], ...] = ()  # of several services: what each came to
    brought_back: tuple[Mapping[str, Any], ...] = ()
    error: Mapping[str, Any] | None = None

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Course:
        """Raises BadRequest for a document without a request."""
        if not isinstance(document.get("request"), Mapping):
            raise BadRequest("execution document", sorted(document), "It has to carry the `request` of a release.")
        rollout, decided = document.get("rollout"), document.get("decided") or {}
        return cls(
            request=from_document(ReleaseRequest, document["request"]),
            decided=decided or None,
            allowed=bool(decided.get("under_lease")) and decided["decision"] == Decision.GO,
            people=document.get("people"),
            turn=document.get("turn"),
            applied=_applied(document.get("applied")),
            ended=from_document(Ended, rollout) if rollout else None,
            error=document.get("error"),
        )

    @property
    def plan_hash(self) -> str | None:
        return (self.decided or {}).get("plan_hash")

    @property
    def wrote_nothing(self) -> bool:
        """It is certain, by how far it came or by the error, that Apply changed nothing."""
        return not self.allowed or (self.error or {}).get("Error") in _REFUSED_BEFORE_WRITING

    @property
    def error_sentence(self) -> str:
        """The error as people read it: the message of ours when the cause carries one."""
        error = self.error or {}
        return _message(str(error.get("Cause", ""))) or str(error.get("Error", "no error"))

    def ending_before_apply(self) -> Ending | None:
        """The outcome, when the release never came to Apply; None when it did, or when it failed on its way."""
        if self.applied is not None or self.error is not None:
            return None
        if self._waited_for_people():
            return self._what_people_said()
        if self.turn is not None and self.turn.get("turn") == "superseded":
            return Ending(Outcome.SUPERSEDED, tuple(self.turn.get("reasons", ())))
        if self.turn is not None and "Error" in self.turn:
            return Ending(Outcome.EXPIRED, ("it waited its longest for the release before it, and never had its turn",))
        if self.decided is not None and self.decided["decision"] in _OUTCOMES:
            return Ending(_OUTCOMES[Decision(self.decided["decision"])], tuple(self.decided.get("reasons", ())))
        return None

    def _waited_for_people(self) -> bool:
        """The last thing that was decided needed them, and they did not let it go on."""
        waited = (self.decided or {}).get("decision") in _WAITED_FOR
        return waited and (self.people or {}).get("said") != "go"

    def _what_people_said(self) -> Ending:
        """The wait ended without a go. Without any word, the state machine itself gave up waiting."""
        said = (self.people or {}).get("said", "")
        reasons = tuple((self.people or {}).get("reasons", ())) or ("nobody answered in the longest time there is",)
        return Ending(_ENDS.get(said, Outcome.EXPIRED), reasons)


def _applied(answer: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """None when Apply looked a last time and stepped back: what was decided after that counts."""
    return None if answer is None or answer.get("next") == "look_again" else answer


def _message(cause: str) -> str:
    """`errorMessage` of a Lambda failure ("Function errors", Lambda Developer Guide), or the cause as it stands."""
    import json  # noqa: PLC0415 - only on the way of failures

    try:
        parsed = json.loads(cause)
    except ValueError:
        return cause
    return str(parsed.get("errorMessage", cause)) if isinstance(parsed, dict) else cause
