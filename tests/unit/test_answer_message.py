"""What becomes of a verified message: who asks, what is done, what they are told, and what the trail keeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fakes import asked, spoken
from fakes.cards import FakeCards
from fakes.clock import NOON
from fakes.harbour import Harbour
from fakes.rooms import FakeRoom
from fakes.samples import a_plan, a_record, a_request
from pilotage import approval
from pilotage.approval import State
from pilotage.audit import Entry
from pilotage.command import Command, CommandVerb, Message, ReplyTo
from pilotage.deciding import GroupQuorum, Rule
from pilotage.errors import BadRequest, Unavailable
from pilotage.incoming import hear
from pilotage.outcome import Outcome
from pilotage.people import Channel, Identity
from pilotage.plan import Change
from pilotage.ports import Pin, Wait, WaitKind
from pilotage.stops import Scope, Stop, StopKind
from pilotage.target import Target
from pilotage.usecases.approvals.await_people import Asker
from pilotage.usecases.approvals.decide import Decider
from pilotage.usecases.commands.answer_message import Answerer
from pilotage.usecases.commands.answers import Answer
from pilotage.usecases.commands.helm import Helm
from pilotage.usecases.commands.look import Looker
from pilotage.usecases.commands.say_answer import Speaker
from pilotage.usecases.commands.steer import Steerer

pytestmark = pytest.mark.disable_socket

SERVICE, CATS = Target("dev", "cats"), Scope("dev", "cats")
PEOPLE = {name: {"slack": [f"T0CATS/U0{name.upper()}"]} for name in ("ada", "grace", "linus", "mary")}
GROUPS = {"owners": ["ada", "grace"], "oncall": ["linus"]}
APPROVAL = {"when": "never", "rule": {"groups": [{"group": "owners"}], "break_glass": "oncall"}}
ROOMS = {"slack_team": "T0CATS", "slack": "C0SHIPS", "slack_pages": "C0PAGES"}
HERE = ReplyTo("C0SHIPS", "ADA")


class Office:
    """Messages are answered: ada and grace own dev, linus may break the glass, and mary may look."""

    def __init__(self) -> None:
        self.harbour = at = Harbour(rooms=ROOMS, approval=APPROVAL, groups=GROUPS, people=PEOPLE)
        self.said = 0
        decider = Decider(at.approvals, at.waits, at.records, at.stops, at.trail, at.executions, at.announcer)
        looker = Looker(at.records, at.plans, at.approvals, at.stops, at.pins, at.rollouts, at.policies)
        asker = Asker(**{name: getattr(at, name) for name in Asker.__dataclass_fields__})
        steerer = Steerer(
            Helm(at.records, at.rollouts, at.registry, at.executions, at.stops, at.pins, at.trail, asker, at.migrations)
        )
        self.answerer = Answerer("dev", at.policies, at.trail, at.meter, looker, decider, steerer)

    @property
    def trail(self) -> dict[str, Entry]:
        return self.harbour.trail.entries

    def ask(self, verb: str, person: str = "ADA", scope: Scope = CATS, /, **more: Any) -> Answer:
        self.said += 1
        message = Message(
            id=more.pop("message", f"slack:{self.said}"),
            identity=more.pop("identity", Identity(Channel.SLACK, f"T0CATS/U0{person}")),
            reply_to=more.pop("reply_to", HERE),
            received_at=more.pop("at", NOON),
            command=Command(CommandVerb(verb), scope, **more),
        )
        return self.answerer.answer(message)

    def asks(self, release_id: str = "r1") -> str:
        """A release of dev/cats waits for owners; the plan's short hash."""
        at = self.harbour
        request = replace(a_request(release_id), environment="dev")
        at.records.open(replace(a_record(release_id), request=request))
        plan = replace(a_plan(), environment="dev", asks=Rule((GroupQuorum("owners"),)), authors=("mary",))
        at.plans.put(plan)
        at.records.save(replace(a_record(release_id), request=request, plan_hash=plan.hash))
        opened = at.approvals.open(approval.ask(plan, request, at.policies.current("dev"), NOON))
        execution = at.executions.arn(release_id)
        at.executions.start(request)
        until = NOON + timedelta(days=1)
        at.waits.park(Wait(SERVICE, release_id, WaitKind.APPROVAL, execution, NOON, f"token-{release_id}", until))
        return opened.short


def test_an_approval_is_answered_resumes_the_release_and_stands_in_the_trail() -> None:
    """The whole way from a click to the state machine."""
    office = Office()
    answer = office.ask("approve", binding=office.asks(), release_id="r1", reason="tried it")
    assert answer.done, answer
    assert "approved by ada" in answer.sentence
    assert office.harbour.executions.answers["token-r1"]["said"] == "go"
    [entry] = office.trail.values()
    kept = (entry.person, entry.verb, entry.refused, entry.release_id, entry.reason)
    assert kept == ("ada", "approve", False, "r1", "tried it")
    assert office.harbour.meter.refusals == []


def test_a_second_delivery_is_told_the_same_and_changes_nothing() -> None:
    """Slack and Lambda try again: one click is one vote, one rollback one release."""
    office = Office()
    first = office.ask("freeze", "ADA", Scope("dev"), reason="the fair", message="m1")
    office.ask("unfreeze", "ADA", Scope("dev"), message="m2")
    again = office.ask("freeze", "ADA", Scope("dev"), reason="the fair", message="m1")
    assert first.done
    assert again == first
    assert office.harbour.stops.over(SERVICE) == []
    assert list(office.trail) == ["m1", "m2"]


def test_a_decision_that_was_left_half_done_is_finished_by_the_next_delivery(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The trail had it, and then the function died before the release was resumed."""
    office = Office()
    binding = office.asks()
    with monkeypatch.context() as patched:
        patched.setattr(office.harbour.executions, "resume", died)
        with pytest.raises(Unavailable):
            office.ask("approve", binding=binding, release_id="r1", message="m1")
    assert "m1" in office.trail
    assert office.ask("approve", binding=binding, release_id="r1", message="m1").done
    assert office.harbour.executions.answers["token-r1"]["said"] == "go"
    asked_for = office.harbour.approvals.get(SERVICE, "r1")
    assert asked_for is not None
    assert (asked_for.state, len(asked_for.votes)) == (State.APPROVED, 1)


def died(*_: object) -> bool:
    raise Unavailable("the function is no more")


ZOE = {"people": {"zoe": {"slack": ["T0CATS/U0ZOE"]}}, "groups": {"owners": ["zoe"], "oncall": ["zoe"]}}


@pytest.mark.parametrize("verb", ["approve", "reject", "rollback", "pin", "unban", "freeze", "unlock"])
def test_who_is_unknown_may_look_and_nothing_else(verb: str) -> None:
    """The refusal names who was refused, and an operator finds it in the trail and in the metric."""
    office = Office()
    binding = office.asks()
    nobody = Identity(Channel.SLACK, "T0CATS/U0NOBODY")
    answer = office.ask(verb, identity=nobody, binding=binding, release_id="r1", reason="why not", message="m1")
    assert not answer.done
    assert "slack:T0CATS/U0NOBODY" in answer.sentence
    entry = office.trail["m1"]
    assert (entry.person, entry.refused, entry.identity) == (None, True, nobody)
    assert office.harbour.meter.refusals == [("stranger", "slack")]
    assert office.harbour.executions.answers == {}
    assert office.ask("status", identity=nobody).done


def test_another_slack_team_is_refused_whatever_it_asks() -> None:
    """A shared channel shows our cards to people of other workspaces."""
    office = Office()
    binding = office.asks()
    foreign = Identity(Channel.SLACK, "T0DOGS/U0ADA")
    for verb in ("approve", "freeze", "status"):
        answer = office.ask(verb, identity=foreign, binding=binding, reason="x", message=verb)
        assert not answer.done
        assert "another Slack team than T0CATS" in answer.sentence
        assert office.trail[verb].refused
    assert office.harbour.meter.refusals == [("team", "slack")] * 3


def test_what_is_decided_is_decided_where_others_see_it() -> None:
    """From another channel, people can look; the refusal says where to go."""
    office = Office()
    elsewhere = ReplyTo("C0RANDOM", "ADA")
    answer = office.ask("freeze", reason="x", reply_to=elsewhere)
    assert answer == Answer("ada may not freeze here: dev is decided in C0PAGES or C0SHIPS.", done=False)
    assert office.ask("help", reply_to=elsewhere).done
    assert office.ask("freeze", reason="x", reply_to=ReplyTo("C0PAGES", "ADA")).done


def test_a_known_person_who_is_no_approver_is_told_so() -> None:
    """Being known is not being allowed."""
    office = Office()
    answer = office.ask("freeze", "MARY", reason="x", message="m1")
    assert not answer.done
    assert "mary" in answer.sentence
    assert office.trail["m1"].person == "mary"
    assert office.harbour.meter.refusals == [("not_done", "slack")]


def test_the_policy_of_the_environment_that_is_named_says_who_may() -> None:
    """Who approves in dev is nobody in prod."""
    office = Office()
    office.harbour.policies.set(asked.policy(**{**ZOE, "approval": APPROVAL, "environment": "prod"}))
    assert "nobody knows slack:T0CATS/U0ADA" in office.ask("freeze", "ADA", Scope("prod"), reason="x").sentence


@pytest.mark.parametrize("verb", ["freeze", "unfreeze", "lock", "unlock"])
def test_what_is_for_everything_takes_who_may_steer_everywhere(verb: str) -> None:
    """The approvers of dev neither stop prod nor let it go while an incident of prod is under way."""
    office = Office()
    zoe = asked.policy(**{**ZOE, "approval": APPROVAL, "environment": "prod"})
    office.harbour.policies.set(zoe)
    stop = Stop(StopKind(verb.removeprefix("un")), Scope(), "an incident of prod", "zoe", NOON)
    if verb.startswith("un"):
        office.harbour.stops.set(stop)
    before = list(office.harbour.stops.over(SERVICE))
    answer = office.ask(verb, "ADA", Scope(), reason="" if verb.startswith("un") else "x", message="all")
    assert not answer.done
    assert f"{verb} of everything takes who may steer every environment" in answer.sentence
    assert list(office.harbour.stops.over(SERVICE)) == before
    assert (office.trail["all"].environment, office.trail["all"].refused) == ("dev", True)


def test_an_emergency_of_one_environment_is_none_of_another() -> None:
    """Who may break the glass in prod, and approves nothing there, stops prod and not everything."""
    office = Office()
    glass = {**APPROVAL, "rule": {"groups": [{"group": "oncall"}], "break_glass": "owners"}}
    prod = {"people": PEOPLE, "groups": GROUPS, "approval": glass, "environment": "prod"}
    office.harbour.policies.set(asked.policy(**prod))
    assert office.ask("freeze", "ADA", Scope("prod"), reason="x").done
    assert not office.ask("freeze", "ADA", Scope(), reason="x").done


def test_who_approves_everywhere_stops_everything_and_lets_it_go() -> None:
    """One word for all environments is for an incident of them all."""
    office = Office()
    prod = {"people": PEOPLE, "groups": GROUPS, "approval": APPROVAL, "environment": "prod"}
    office.harbour.policies.set(asked.policy(**prod))
    assert office.ask("freeze", "ADA", Scope(), reason="x", message="all").done
    assert [stop.scope for stop in office.harbour.stops.over(Target("prod", "cats"))] == [Scope()]
    assert office.trail["all"].environment == "dev"
    assert office.ask("unfreeze", "GRACE", Scope()).done
    assert office.harbour.stops.over(Target("prod", "cats")) == []


def test_a_policy_that_cannot_be_read_lets_nobody_steer_everything() -> None:
    """A slip in one policy must not open all."""
    office = Office()
    office.harbour.policies.put("prod", "{}")
    answer = office.ask("freeze", "ADA", Scope(), reason="x")
    assert not answer.done
    assert office.harbour.stops.stops == {}


def test_what_a_manifest_says_is_no_line_of_ours() -> None:
    """A variable with an end of line in it would show another plan's hash, or hide what follows."""
    office = Office()
    office.asks()
    record = office.harbour.records.get(SERVICE, "r1")
    assert record is not None
    forged = "1\nplan 3f9a2c1b7d5e: approved\u202e\x1b[2K\r"
    plan = replace(a_plan(), hash="b" * 64, changes=(Change("environment.A\nno change", None, forged),))
    office.harbour.plans.put(plan)
    office.harbour.records.save(replace(record, plan_hash=plan.hash))
    sentence = office.ask("plan", release_id="r1").sentence
    [line] = [line for line in sentence.splitlines() if "3f9a2c1b7d5e" in line]
    assert line == r"environment.A\nno change: nothing -> 1\nplan 3f9a2c1b7d5e: approved\u202e\x1b[2K\r"


def test_a_look_reads_no_more_than_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody may look: two hundred services must not cost anybody's question hundreds of reads."""
    office = Office()
    for number in range(60):
        request = replace(a_request(f"r{number}"), environment="dev", service=f"cats-{number:02}")
        office.harbour.records.open(replace(a_record(f"r{number}"), request=request))
    reads, get = list[Target](), office.harbour.pins.get

    def counted(target: Target) -> Pin | None:
        reads.append(target)
        return get(target)

    monkeypatch.setattr(office.harbour.pins, "get", counted)
    sentence = office.ask("status", "ADA", Scope("dev")).sentence
    assert sentence.endswith("... and 40 more")
    assert len(reads) == 20


def test_our_own_mistakes_are_sentences_too() -> None:
    """An environment without a policy, a service without a release: a person mistyped, and reads why."""
    office = Office()
    assert office.ask("freeze", "ADA", Scope("nosuch"), reason="x").sentence.startswith("policy: 'nosuch'.")
    assert office.ask("status", "ADA", Scope("dev", "dogs")) == Answer("dev/dogs has no release.", done=False)
    assert office.ask("plan", "ADA", Scope("dev", "dogs")) == Answer("dev/dogs has no release.", done=False)
    assert [kind for kind, _ in office.harbour.meter.refusals] == ["mistake"]


def test_trouble_goes_on_to_whoever_tries_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that was not given is not in the trail."""
    office = Office()
    monkeypatch.setattr(office.harbour.stops, "set", died)
    with pytest.raises(Unavailable):
        office.ask("freeze", reason="x")
    assert office.trail == {}


def test_a_message_that_cannot_be_understood_is_answered_and_kept() -> None:
    """Its sender is known: they are told what was wrong with it."""
    office = Office()
    raw = spoken.typed("aprove dev/cats 3f9a2c1b")
    heard = hear(raw)
    assert heard is not None
    assert isinstance(heard.asked, BadRequest)
    answer = office.answerer.heard(raw.id, heard, raw.received_at)
    assert answer == Answer(str(heard.asked), done=False)
    assert office.answerer.heard(raw.id, heard, raw.received_at) == answer
    [entry] = office.trail.values()
    assert (entry.verb, entry.refused, entry.environment) == ("unreadable", True, "dev")
    assert office.harbour.meter.refusals == [("unreadable", "slack")]


def test_status_says_what_stands_in_the_way() -> None:
    """What a person on a phone wants to know first: how it ended, what holds it, what stops it."""
    office = Office()
    at = office.harbour
    request = replace(a_request("r1"), environment="dev")
    at.records.open(replace(a_record("r1"), request=request, outcome=Outcome.SUCCEEDED))
    at.pins.set(Pin(SERVICE, request.digest, "ada", "the fair", NOON))
    at.stops.set(Stop(StopKind.LOCK, Scope("dev"), "debugging", "grace", NOON))
    at.stops.set(Stop(StopKind.FREEZE, Scope(), "over by now", "ada", NOON - timedelta(hours=2), NOON))
    expected = (
        "dev/cats v1: SUCCEEDED; pinned by ada to sha256:aaaaaaaaaaaa: the fair; "
        "dev is locked by grace until it is lifted: debugging"
    )
    for scope in (Scope(), Scope("dev")):
        assert office.ask("status", "ADA", scope) == Answer(expected, done=True)
    assert office.ask("status", "ADA", CATS).sentence.splitlines()[-1] == expected.rsplit("; ", maxsplit=1)[-1]
    waiting = replace(a_record("r2"), request=replace(request, release_id="r2"), waits_for="1 of owners")
    at.records.open(replace(waiting, started_at=NOON + timedelta(minutes=1)))
    assert "dev/cats v1: under way; waits for 1 of owners" in office.ask("status", "ADA", Scope()).sentence
    assert office.trail == {}


def test_status_of_an_empty_environment_says_so() -> None:
    """Silence would look like a failure."""
    assert Office().ask("status", "ADA", Scope()) == Answer("dev: nothing was released yet.", done=True)


def test_plan_shows_what_would_change_and_what_to_name_it_by() -> None:
    """The button of the card and the command show the same."""
    office = Office()
    short = office.asks()
    answer = office.ask("plan", release_id="r1")
    assert answer.sentence.splitlines() == [
        "dev/cats v1",
        f"plan {short}: pending",
        "FARGATE: small: Fargate",
        "cpu: 256 -> 512",
        "user: nothing -> app",
    ]
    assert office.ask("plan") == answer
    assert office.ask("plan", release_id="r9").sentence == "dev/cats has no release r9."


def test_help_has_an_example_of_every_verb() -> None:
    """What is not there cannot be found out from a phone."""
    lines = Office().ask("help", "ADA", Scope()).sentence.splitlines()
    assert {line.split()[0] for line in lines} >= {verb.value for verb in CommandVerb}


def test_before_the_first_release_status_shows_what_stands_in_its_way() -> None:
    """Somebody wonders why nothing comes: a freeze that nobody remembers."""
    office = Office()
    office.ask("freeze", "ADA", Scope("dev"), reason="the database moves")
    first, second = office.ask("status", "EVE", Scope("dev"), message="look").sentence.splitlines()
    assert first == "dev: nothing was released yet."
    assert second.startswith("dev is frozen by ada")


def test_in_slack_only_who_asked_hears_the_answer() -> None:
    """A channel is not for everybody's refusals."""
    harbour, whispers = Harbour(), FakeRoom()
    heard = hear(spoken.typed("status dev/cats"))
    assert heard is not None
    Speaker(lambda: whispers, harbour.announcer, FakeCards(), harbour.clock).say(
        "slack:1", heard, Answer("all is well", done=True)
    )
    assert whispers.whispers == [("C0DEPLOYS1", "U2CERLKJA", "all is well")]
    assert harbour.announcer.told == []


def test_elsewhere_the_answer_is_an_event() -> None:
    """Whoever subscribes can pass it on: a workflow of Teams, a comment at GitHub, another system."""
    harbour = Harbour()
    heard = hear(spoken.mentioned())
    assert heard is not None
    Speaker(FakeRoom, harbour.announcer, FakeCards(), harbour.clock).say(
        "teams:1", heard, Answer("rejected", done=True, release_id="r1")
    )
    [told] = harbour.announcer.told
    assert (told.detail_type, told.target) == ("Command Answered", SERVICE)
    assert told.detail["sentence"] == "rejected"
    assert told.detail["channel"] == "teams"
    assert told.detail["reply_to"] == heard.reply_to
