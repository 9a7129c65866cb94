"""One card that is true, in whatever order, however often and from however many functions at once events come."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fakes.approvals import FakeApprovals
from fakes.asked import policy
from fakes.card_states import APPLIED, RELEASE, SCENES, Scene, asked, vote
from fakes.cards import FakeCards
from fakes.clock import FakeClock
from fakes.plans import FakePlans
from fakes.policies import FakePolicies
from fakes.records import FakeRecords
from fakes.rollouts import FakeRollouts
from fakes.rooms import FakeRoom, chats_of
from fakes.samples import CATS, a_rollout
from hypothesis import given
from hypothesis import strategies as st
from pilotage.approval import State
from pilotage.deciding import Rooms
from pilotage.errors import BadSettings, Throttled, Unavailable
from pilotage.ports import Posted
from pilotage.usecases.news.tell_people import Teller

ROOM, PAGES = "C0001", "C0911"
SLACK = Rooms(slack_team="T0001", slack=ROOM, slack_pages=PAGES)


class Died(Exception):
    """The function was killed."""


class Stage:
    """A world in which one release is set to any scene, and its teller."""

    def __init__(self, rooms: Rooms = SLACK) -> None:
        self.clock = FakeClock()
        self.policies = FakePolicies(replace(policy(), environment="prod", rooms=rooms))
        self.records, self.approvals, self.rollouts = FakeRecords(), FakeApprovals(), FakeRollouts()
        self.plans, self.cards = FakePlans(self.clock), FakeCards()
        self.slack, self.teams = FakeRoom(), FakeRoom()

    @property
    def teller(self) -> Teller:
        chats = chats_of(self.slack, self.teams)
        return Teller(
            policies=self.policies,
            records=self.records,
            approvals=self.approvals,
            plans=self.plans,
            rollouts=self.rollouts,
            cards=self.cards,
            chats=chats,
            clock=self.clock,
        )

    def set(self, name: str) -> Scene:
        """What the tables hold of the release from now on."""
        scene = SCENES[name]
        key = CATS, scene.record.request.release_id
        self.records.records[key] = scene.record
        self.approvals.kept.pop(key, None)
        self.rollouts.rollouts.pop(CATS, None)
        if scene.plan is not None:
            self.plans.put(scene.plan)
        if scene.asked is not None:
            self.approvals.kept[key] = scene.asked
        if scene.rollout is not None:
            self.rollouts.open(scene.rollout)
        return scene

    def tell(self, detail_type: str = "Rollout Progress") -> list[str]:
        return self.teller.tell(CATS, RELEASE, detail_type)

    def shown(self) -> str:
        [card] = self.slack.cards(ROOM)
        return str(card.body["headline"])


def test_a_release_has_one_card_that_changes_with_it() -> None:
    """A room with seven messages of one release is a room that nobody reads."""
    stage = Stage()
    for name in ("preparing", "held", "waiting", "waiting-one-voice", "approved", "rolling", "succeeded"):
        scene = stage.set(name)
        assert stage.tell()
        assert stage.shown() == scene.card.headline
    [card] = stage.slack.cards(ROOM)
    assert card.updates == 6
    assert stage.slack.thread()[1:] == ["decided-3", "rolling", "ended-SUCCEEDED"]
    assert {said.thread for said in stage.slack.said.values()} == {None, "1.0"}


@pytest.mark.parametrize("name", sorted(SCENES))
def test_an_event_that_comes_again_sends_nothing(name: str) -> None:
    """EventBridge delivers at least once."""
    stage = Stage()
    scene = stage.set(name)
    teller, release_id = stage.teller, scene.record.request.release_id
    assert teller.tell(CATS, release_id, "Release Succeeded")
    calls = stage.slack.calls
    for kind in ("Release Succeeded", "Push Refused", "Approval Requested"):
        assert teller.tell(CATS, release_id, kind) == []
    assert stage.slack.calls == calls


def test_late_progress_shows_the_outcome() -> None:
    """Events come in any order: what is true now is shown, whatever woke us."""
    stage = Stage()
    stage.set("succeeded")
    stage.tell("Rollout Progress")
    stage.tell("Rollout Started")
    assert stage.shown() == SCENES["succeeded"].card.headline


def test_a_teller_that_read_before_the_outcome_does_not_draw_over_it() -> None:
    """It was slow; another function has shown the end meanwhile. Whoever is slower looks again."""
    stage = Stage()
    stage.set("waiting")
    stage.tell()
    stage.set("rolling")

    def overtaken() -> None:
        stage.set("succeeded")
        stage.tell("Release Succeeded")

    stage.slack.before = overtaken
    stage.tell()
    assert stage.shown() == SCENES["succeeded"].card.headline
    [posted] = [each for each in stage.cards.posted.values() if each.room == f"slack:{ROOM}"]
    assert posted.shown == SCENES["succeeded"].card.rank


def test_an_older_state_is_left_alone_even_if_it_is_read() -> None:
    """What the table says was shown counts: `shown` never falls."""
    stage = Stage()
    stage.set("succeeded")
    stage.tell()
    stage.set("rolling")
    assert [line for line in stage.tell() if "/" not in line] == []
    assert stage.shown() == SCENES["succeeded"].card.headline


def test_two_tellers_at_once_post_one_card() -> None:
    """A push of one image starts several events within a second."""
    stage = Stage()
    stage.set("waiting")
    inner: list[str] = []

    def meanwhile() -> None:
        with pytest.raises(Unavailable, match="another teller"):
            stage.tell()
        inner.append("waited")

    stage.slack.before = meanwhile
    stage.tell()
    assert inner == ["waited"]
    assert len(stage.slack.cards(ROOM)) == 1
    assert stage.tell() == []


def test_who_waits_for_another_shows_what_is_newer() -> None:
    """The news of the one that came second must not be lost."""
    stage = Stage()
    stage.set("waiting")
    stage.cards.claim(CATS, RELEASE, f"slack:{ROOM}", stage.clock.now())
    asleep = stage.clock.sleep

    def posted_meanwhile(seconds: float) -> None:
        asleep(seconds)
        message = stage.slack.post(ROOM, {"headline": "old"})
        stage.cards.save(Posted(CATS, RELEASE, f"slack:{ROOM}", message, 0, "old"), None)

    stage.clock.sleep = posted_meanwhile  # type: ignore[method-assign]
    stage.tell()
    assert stage.shown() == SCENES["waiting"].card.headline


def test_a_crash_after_the_claim_delays_the_card_by_a_minute() -> None:
    """Somebody has to be asked; a claim of a dead function is worth nothing."""
    stage = Stage()
    stage.set("waiting")
    stage.slack.before = dies
    with pytest.raises(Died):
        stage.tell()
    with pytest.raises(Unavailable):
        stage.tell()
    stage.clock.advance(minutes=1)
    stage.tell()
    assert stage.shown() == SCENES["waiting"].card.headline


def test_a_crash_after_the_post_costs_one_message_more_and_no_truth() -> None:
    """No chat takes a message once: the second is the one that changes from then on."""
    stage = Stage()
    stage.set("waiting")
    saved = stage.cards.save
    stage.cards.save = lambda *_: dies()  # type: ignore[assignment, method-assign]
    with pytest.raises(Died):
        stage.tell()
    stage.cards.save = saved  # type: ignore[method-assign]
    stage.clock.advance(minutes=1)
    stage.tell()
    stage.set("succeeded")
    stage.tell()
    first, second = stage.slack.cards(ROOM)
    assert first.body["headline"] == SCENES["waiting"].card.headline
    assert second.body["headline"] == SCENES["succeeded"].card.headline
    assert {said.thread for said in stage.slack.said.values()} == {None, "2.0"}


def test_a_crash_after_an_update_is_repaired_by_the_next_try() -> None:
    """The chat is told before the table, so the table never claims what nobody sees."""
    stage = Stage()
    stage.set("waiting")
    stage.tell()
    stage.set("rolling")
    saved = stage.cards.save
    stage.cards.save = lambda *_: dies()  # type: ignore[assignment, method-assign]
    with pytest.raises(Died):
        stage.tell()
    stage.cards.save = saved  # type: ignore[method-assign]
    stage.tell()
    assert stage.shown() == SCENES["rolling"].card.headline
    assert stage.tell() == []


def test_a_message_that_somebody_deleted_is_posted_again() -> None:
    """And what follows goes into the new one."""
    stage = Stage()
    stage.set("waiting")
    stage.tell()
    stage.slack.said["1.0"].room = "gone"
    stage.set("succeeded")
    stage.tell()
    assert stage.shown() == SCENES["succeeded"].card.headline
    assert {said.thread for said in stage.slack.said.values()} == {None, "2.0"}


def test_without_rooms_nothing_is_read_or_sent() -> None:
    """Who uses no chat pays for none: not one read of a table."""
    stage = Stage(Rooms())
    stage.set("waiting")
    stage.records.get = lambda *_: dies()  # type: ignore[method-assign]
    assert stage.tell() == []
    assert (stage.slack.calls, stage.teams.calls) == (0, 0)


def test_an_environment_without_a_policy_has_no_rooms() -> None:
    """A push is refused for just that, and its event comes here, too."""
    stage = Stage()
    stage.policies = FakePolicies()
    stage.set("push-refused")
    assert stage.tell("Push Refused") == []


def test_a_refused_push_is_told() -> None:
    """Whoever pushed waits for something that never comes."""
    stage = Stage()
    scene = stage.set("push-refused")
    stage.teller.tell(CATS, scene.record.request.release_id, "Push Refused")
    assert stage.shown() == "cats in prod was rejected"


def test_events_of_something_else_wake_nobody() -> None:
    """The bus carries what later versions say, too."""
    stage = Stage()
    stage.set("waiting")
    assert stage.tell("Command Answered") == []
    assert stage.teller.tell(CATS, "unknown", "Release Succeeded") == []


def test_a_broken_glass_pages_the_second_channel_once() -> None:
    """Somebody has to look at it, now, and not twice."""
    stage = Stage()
    stage.set("broken-glass")
    stage.tell("People Paged")
    stage.tell("Approval Decided")
    [page] = stage.slack.cards(PAGES)
    assert "dina broke the glass to release prod/cats: customers cannot pay" in page.body["page"]


def test_teams_gets_a_message_for_each_thing_worth_knowing() -> None:
    """No message can be changed there: the question, the decision and the end, and no word of each task."""
    stage = Stage(Rooms(teams=True))
    for name in ("preparing", "waiting", "waiting-one-voice", "approved", "rolling", "succeeded", "succeeded"):
        stage.set(name)
        stage.tell()
    headlines = [said.body["headline"] for said in stage.teams.said.values()]
    assert headlines == [SCENES[name].card.headline for name in ("waiting", "approved", "succeeded")]


def test_a_chat_that_is_down_does_not_silence_the_other() -> None:
    """Both are told; the one that failed is tried again by whoever sent the event."""
    stage = Stage(replace(SLACK, teams=True))
    stage.set("waiting")
    stage.slack.failing = Throttled("slow down")
    with pytest.raises(Throttled):
        stage.tell()
    assert len(stage.teams.said) == 1
    stage.slack.failing = None
    stage.clock.advance(minutes=1)
    stage.tell()
    assert stage.shown() == SCENES["waiting"].card.headline
    assert len(stage.teams.said) == 1


def test_what_another_try_may_cure_is_raised_first() -> None:
    """A wrong token in one chat must not hide that the other asked for another try."""
    stage = Stage(replace(SLACK, teams=True))
    stage.set("waiting")
    stage.slack.failing = BadSettings("secret slack", None, "Set it.")
    stage.teams.failing = Unavailable("down")
    with pytest.raises(Unavailable):
        stage.tell()


def test_a_rollout_of_another_release_is_not_shown_as_ours() -> None:
    """A newer release rolls while this one waits for its turn."""
    stage = Stage()
    stage.set("preparing")
    stage.rollouts.open(a_rollout("another"))
    stage.tell()
    assert stage.shown() == SCENES["preparing"].card.headline


def test_every_round_of_asking_is_told() -> None:
    """The plan changed after it was approved: the thread says that the first answer does not count."""
    stage = Stage()
    stage.set("approved")
    stage.tell()
    key = CATS, RELEASE
    void = replace(stage.approvals.kept[key], state=State.VOID, because="the plan changed", version=4)
    stage.approvals.kept[key] = void
    stage.tell()
    stage.approvals.kept[key] = asked(round=2, version=5)
    stage.tell()
    stage.approvals.kept[key] = asked(vote("bob"), round=2, version=6, state=State.APPROVED, because="approved by bob")
    stage.tell()
    assert stage.slack.thread() == ["decided-3", "void-4", "asked-2", "decided-6"]


COURSE = ("preparing", "held", "waiting", "waiting-one-voice", "approved", "rolling", "rolling-back", "rolled-back")


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(["no", "claim", "post", "save"])), max_size=14))
def test_whatever_dies_in_between_the_last_word_is_the_truth(course: list[tuple[bool, str]]) -> None:
    """Any number of tellers that die anywhere, and one that comes through in the end."""
    stage = Stage()
    states = iter(COURSE)
    stage.set(next(states))
    for onward, death in course:
        following = next(states, None) if onward else None
        if following is not None:
            stage.set(following)
        mortally(stage, death)
        stage.clock.advance(minutes=1)
    scene = stage.set("rolled-back")
    stage.clock.advance(minutes=1)
    stage.tell()
    assert stage.slack.cards(ROOM)[-1].body["headline"] == scene.card.headline
    deaths = sum(death == "save" for _, death in course)
    assert len(stage.slack.cards(ROOM)) <= 1 + deaths
    assert stage.tell() == []


def mortally(stage: Stage, death: str) -> None:
    """A teller that is killed at this point, if it comes there."""
    saved, claimed = stage.cards.save, stage.cards.claim

    def after_claim(*named: Any) -> bool:
        claimed(*named)
        raise Died

    if death == "claim":
        stage.cards.claim = after_claim  # type: ignore[assignment, method-assign]
    if death == "post":
        stage.slack.before = dies
    if death == "save":
        stage.cards.save = lambda *_: dies()  # type: ignore[assignment, method-assign]
    try:
        stage.tell()
    except Died:
        pass
    finally:
        stage.cards.save, stage.cards.claim = saved, claimed  # type: ignore[method-assign]
        stage.slack.before = None


def dies() -> None:
    raise Died


def test_the_scenes_of_the_course_are_ranked_as_they_follow() -> None:
    """Or the property above would promise nothing."""
    ranks = [SCENES[name].card.rank for name in COURSE]
    assert ranks == sorted(ranks)
    assert SCENES["rolling"].record.timings == APPLIED
