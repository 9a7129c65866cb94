"""What a release of several services came to, from what became of each of its members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pilotage.outcome import Ending, Outcome
from pilotage.plan import Member

CAME_IN = frozenset({Outcome.SUCCEEDED, Outcome.NO_CHANGE, Outcome.UNVERIFIED})
_CHANGED = frozenset({Outcome.SUCCEEDED, Outcome.UNVERIFIED})  # what there is to bring back
# A member with one of these runs what it ran before, or was never touched.
_AS_BEFORE = frozenset(
    {Outcome.NO_CHANGE, Outcome.ROLLED_BACK, Outcome.FAILED, Outcome.REJECTED, Outcome.EXPIRED, Outcome.SUPERSEDED}
)
_WORDS = {
    Outcome.SUCCEEDED: "came in",
    Outcome.NO_CHANGE: "ran already",
    Outcome.UNVERIFIED: "came in, but nothing shows that it runs",
    Outcome.ROLLED_BACK: "was rolled back",
    Outcome.FAILED: "failed",
    Outcome.REJECTED: "was rejected",
    Outcome.EXPIRED: "expired",
    Outcome.SUPERSEDED: "gave way to another release",
    Outcome.FAILED_DIRTY: "failed, and somebody has to look",
}


@dataclass(frozen=True, slots=True)
class Came:
    """What became of one member. `begun` without an `outcome`: it is under way, or nobody knows.

    `back`: how the release ended that was to bring it back; None when there was none, or when it has no end.
    `because` and `back_because` are the last words of each.
    """

    member: Member
    begun: bool = False
    outcome: Outcome | None = None
    because: str = ""
    back: Outcome | None = None
    back_begun: bool = False
    back_because: str = ""

    @property
    def came_in(self) -> bool:
        return self.outcome in CAME_IN

    @property
    def to_bring_back(self) -> bool:
        return self.outcome in _CHANGED and self.member.steps > 0

    @property
    def brought_back(self) -> bool:
        return self.to_bring_back and self.back in CAME_IN

    @property
    def untouched(self) -> bool:
        """It is certain that it runs what it ran before."""
        return not self.begun or self.outcome in _AS_BEFORE or (self.came_in and not self.to_bring_back)


def all_came_in(members: Sequence[Came]) -> bool:
    return all(each.came_in for each in members)


def to_bring_back(members: Sequence[Came]) -> tuple[Member, ...]:
    """Those that came in although another did not, the last first."""
    if all_came_in(members):
        return ()
    return tuple(each.member for each in reversed(members) if each.to_bring_back)


def first_that_failed(members: Sequence[Came]) -> str:
    """Why the others are brought back, in words."""
    failed = [each for each in members if each.begun and not each.came_in]
    return f"{failed[0].member.name} {_state(failed[0])}" if failed else "the release did not come to its end"


def standing_in_words(members: Sequence[Came]) -> tuple[str, ...]:
    """How each is while the release of the whole is under way."""
    return tuple(_on_its_way(each) for each in members)


def steps_taken(members: Sequence[Came]) -> int:
    """A number that grows as long as anything happens to any of them."""
    moments = ((each.begun, each.outcome is not None, each.back_begun, each.back is not None) for each in members)
    return sum(sum(each) for each in moments)


def _on_its_way(came: Came) -> str:
    if came.back_begun:
        how = (
            "was brought back" if came.brought_back else "could not be brought back" if came.back else "is brought back"
        )
    elif came.outcome is not None:
        how = _WORDS[came.outcome]
    else:
        how = "is under way" if came.begun else "waits for its turn"
    return f"{came.member.name} {how}"


def judge_group(members: Sequence[Came], *, error: str | None = None) -> Ending:
    """One outcome for all. `error`: what broke the release of the whole, if anything did."""
    reasons = (*((error,) if error else ()), *(sentence(each, all_came_in(members)) for each in members))
    return Ending(_outcome(members, broke=error is not None), reasons)


def _outcome(members: Sequence[Came], *, broke: bool) -> Outcome:
    if all_came_in(members):
        return _all_in(members)
    if not all(each.untouched or each.brought_back for each in members):
        return Outcome.FAILED_DIRTY
    failed = [each for each in members if each.begun and not each.came_in and each.outcome is not Outcome.SUPERSEDED]
    if not failed and not broke:
        return Outcome.SUPERSEDED
    turned = any(each.brought_back or each.outcome is Outcome.ROLLED_BACK for each in members)
    return Outcome.ROLLED_BACK if turned else Outcome.FAILED


def _all_in(members: Sequence[Came]) -> Outcome:
    outcomes = {each.outcome for each in members}
    if outcomes <= {Outcome.NO_CHANGE}:
        return Outcome.NO_CHANGE
    return Outcome.UNVERIFIED if Outcome.UNVERIFIED in outcomes else Outcome.SUCCEEDED


def sentence(came: Came, all_in: bool) -> str:
    """`web came in, and was brought back`; `worker failed: the first deployment of worker:1 failed`."""
    said = f"{came.member.name} {_state(came)}"
    if all_in or not came.to_bring_back:
        because = "" if came.came_in or not came.because else f": {came.because}"
        return f"{said}{because}"
    if came.brought_back:
        return f"{said}, and was brought back"
    return f"{said}, and is not brought back: {_why_not(came)}"


def _state(came: Came) -> str:
    if not came.begun:
        return "was not begun"
    return _WORDS[came.outcome] if came.outcome is not None else "has not come to an end"


def _why_not(came: Came) -> str:
    if came.member.back_to is None:
        return "nothing of it ran before"
    if came.back is None:
        return "the way back has not come to an end" if came.back_begun else "the way back was not begun"
    return came.back_because or _WORDS[came.back]
