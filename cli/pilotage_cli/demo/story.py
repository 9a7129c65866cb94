"""The acts of the demo, and what each of them must come to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pilotage.outcome import Outcome
from pilotage.rollout import Cause

from pilotage_cli.demo.conversation import Conversation
from pilotage_cli.demo.workshop import Workshop

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Act:
    """`does` is the team's part, `decides` what people do in the chat meanwhile; the rest is what must come of it.
    `page`: the version that the cats page shows. `cause`: of a rollback. `visited`: people look at the page the whole
    time, and the audience sees what they get.
    """

    number: str
    title: str
    does: Callable[[Workshop, Say], None]
    service: str
    tag: str
    outcome: Outcome
    kind: str = "service"
    placement: str = "FARGATE"
    page: str | None = None
    decides: Callable[[Conversation, Say], None] | None = None
    cause: Cause | None = None
    visited: bool = False

    @property
    def repository(self) -> str:
        return self.service


def _first(workshop: Workshop, say: Say) -> None:
    workshop.commit("Let three cats in")
    workshop.push("v1", say)


def _second(workshop: Workshop, say: Say) -> None:
    workshop.commit("Let a fourth cat in", patch="v2")
    workshop.push("v2", say)


def _third(workshop: Workshop, say: Say) -> None:
    workshop.commit("Leave the door open", patch="v3")
    workshop.push("v3", say)


def _naps(workshop: Workshop, say: Say) -> None:
    workshop.back_to("v2")
    workshop.commit("Count the naps", folder="naps")
    workshop.push("naps/v1", say)


def _portraits(workshop: Workshop, say: Say) -> None:
    workshop.commit("Paint the cats", folder="portraits")
    workshop.push("portraits/v1", say)


def _second_again(workshop: Workshop, say: Say) -> None:
    workshop.push_again("v2", say)


def _fourth(workshop: Workshop, say: Say) -> None:
    workshop.back_to("v2")
    workshop.commit("Give the cats more room", patch="v4")
    workshop.push("v4", say)


def _fifth(workshop: Workshop, say: Say) -> None:
    workshop.commit("Let the cats have moods", patch="v5")
    workshop.push("v5", say)


def _two_people(conversation: Conversation, say: Say) -> None:
    """Whoever made the change may not approve it; somebody else may."""
    for person in (conversation.pusher, conversation.keeper):
        said = conversation.press_approve(person, "v4")
        say(f"{person.name} presses Approve: {said}")


ACTS = (
    Act("1.", "git push v1: the first release, a new service", _first, "cats", "v1", Outcome.SUCCEEDED, page="v1"),
    Act("2.", "git push v2: an update", _second, "cats", "v2", Outcome.SUCCEEDED, page="v2"),
    Act(
        "3.",
        "git push v3: it starts, and dies",
        _third,
        "cats",
        "v3",
        Outcome.ROLLED_BACK,
        page="v2",
        cause=Cause.BREAKER,
    ),
    Act("4a.", "git push naps/v1: periodic work", _naps, "cats-naps", "v1", Outcome.SUCCEEDED, kind="schedule"),
    Act(
        "4b.",
        "git push portraits/v1: large, minding the bill",
        _portraits,
        "cats-portraits",
        "v1",
        Outcome.SUCCEEDED,
        placement="EC2",
    ),
    Act("5.", "git push v2 once more", _second_again, "cats", "v2", Outcome.NO_CHANGE, page="v2"),
    Act(
        "6.",
        "git push v4: twice the memory, so people are asked",
        _fourth,
        "cats",
        "v4",
        Outcome.SUCCEEDED,
        page="v4",
        decides=_two_people,
    ),
    Act(
        "7.",
        "git push v5: a canary that answers with errors",
        _fifth,
        "cats",
        "v5",
        Outcome.ROLLED_BACK,
        page="v4",
        cause=Cause.ALARM,
        visited=True,
    ),
)
