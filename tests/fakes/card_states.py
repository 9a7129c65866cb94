"""A release of the cats in every state that people can see."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from pilotage.approval import Asked, State, Vote
from pilotage.card import Card
from pilotage.card.making import card_of
from pilotage.card.notes import notes_of
from pilotage.chat import slack_blocks, teams_cards
from pilotage.deciding import GroupQuorum, Rule
from pilotage.document import to_document
from pilotage.group.outcome import Came, sentence
from pilotage.measure import Judged, Measure
from pilotage.outcome import Outcome
from pilotage.plan import Change, Member, Plan
from pilotage.plan.risk import Point, PointKind, Risk
from pilotage.record import ReleaseRecord, Timings
from pilotage.release import RequestedBy
from pilotage.rollout import Phase, Rollout

from fakes.clock import NOON
from fakes.samples import CATS, DIGEST, OTHER_DIGEST, a_plan, a_request, a_rollout, revision

GOLDEN = Path(__file__).parents[1] / "data" / "cards"
RELEASE = "prod-cats-aaaaaaaa-3f9a2c1b7d04"
REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/cats"
RISKS = Risk(
    (
        Point(PointKind.SECRETS, "a new secret: CATS_API_KEY"),
        Point(PointKind.GROWTH, "cpu up by 100 %, from 256 to 512"),
    )
)
CHANGES = (
    Change("cpu", 256, 512),
    Change("environment.LOG_LEVEL", None, "debug"),
    Change("environment.OLD_FLAG", "on", None),
    Change("image", f"{REGISTRY}@{OTHER_DIGEST}", f"{REGISTRY}@{DIGEST}"),
    Change("secrets.CATS_API_KEY", None, "cats/api-key"),
)
RULE = Rule((GroupQuorum("owners", 2), GroupQuorum("security")), break_glass="on-call")
PLAN = a_plan(
    risk=RISKS,
    changes=CHANGES,
    asks=RULE,
    authors=("ann@example.org",),
    commit="0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
    source="https://git.example.org/team/cats",
    placement="Fargate",
    placement_reasons=("0.5 vCPU is small", "the tag pilotage:priority is overhead"),
)


BEFORE_STEP = "PRE_PRODUCTION_TRAFFIC_SHIFT"
MEASURED = (
    Measure("smoke /healthz", NOON, "POST_TEST_TRAFFIC_SHIFT", Judged.RIGHT, 120, "200 within 500 ms", None, "", 500),
    Measure("errors", NOON, BEFORE_STEP, Judged.RIGHT, 0.2, "at most 1 %", 10, "errors is 0.2 %", 1),
    Measure(
        "errors", NOON, BEFORE_STEP, Judged.WRONG, 3.4, "at most 1 %", 50, "errors is 3.4 %, at most 1 % is right", 1
    ),
)


@dataclass(frozen=True)
class Scene:
    """All that a card is made of."""

    record: ReleaseRecord
    plan: Plan | None = PLAN
    asked: Asked | None = None
    rollout: Rollout | None = None
    members: tuple[Came, ...] = ()

    @property
    def card(self) -> Card:
        return card_of(self.record, self.plan, self.asked, self.rollout, NOON, self.members)

    @property
    def drawn(self) -> str:
        """As its file in GOLDEN has it."""
        document = {
            "card": to_document(self.card),
            "notes": to_document(notes_of(self.record, self.asked, self.rollout)),
            "slack": slack_blocks.card_message(self.card),
            "teams": teams_cards.card_message(self.card),
        }
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def record(**changes: Any) -> ReleaseRecord:
    begun = ReleaseRecord.begun(a_request(RELEASE, CATS, tag="v2.4.0"), NOON)
    return replace(begun.planned(PLAN), **changes)


def asked(*votes: Vote, **changes: Any) -> Asked:
    first = Asked(
        target=CATS,
        release_id=RELEASE,
        binding="3f9a2c1b7d04" + "e" * 52,
        plan_hash=PLAN.hash,
        rule=RULE,
        asked_at=NOON,
        expires_at=NOON + timedelta(hours=24),
        pushed_at=NOON,
        authors=("ann",),
        votes=votes,
        version=len(votes),
    )
    return replace(first, **changes)


def vote(person: str, *, approves: bool = True, **more: Any) -> Vote:
    return Vote(person, approves, NOON, "slack", **more)


def rolling(phase: Phase | None, progress: str | None = None, **more: Any) -> Rollout:
    return a_rollout(RELEASE, phase=phase, progress=progress, **more)


def ended(outcome: Outcome, *reasons: str, **more: Any) -> Scene:
    return Scene(record(outcome=outcome, reasons=reasons, **more))


APPROVED = asked(
    *(vote("bob"), vote("cleo"), vote("dina")),
    state=State.APPROVED,
    because="approved by bob and cleo and dina",
    ended_at=NOON,
)
NOBODY_KNOWN = replace(PLAN, authors=(), commit=None, source=None, risk=Risk())
APPLIED = Timings(applied_at=NOON)

NO_SPOT = "(service cats) was unable to place a task because no Spot capacity is available"
MEMBERS = tuple(
    Member(name, f"cats-{name}", f"prod-cats-{name}-aaaaaaaa-3f9a2c1b7d04", "a" * 64, kind, 3)
    for name, kind in (("worker", "service"), ("web", "service"), ("nightly", "schedule"))
)

SCENES = {
    "preparing": Scene(ReleaseRecord.begun(a_request(RELEASE, CATS, tag="v2.4.0"), NOON), None),
    "held": Scene(record(waits_for="prod is frozen by dina until 2026-11-24 06:00 UTC: the database moves")),
    "waiting": Scene(record(waits_for="the approval of 2 of owners and 1 of security"), asked=asked()),
    "waiting-one-voice": Scene(record(), asked=asked(vote("bob", reason="looked at the dashboard"))),
    "waiting-unknown-author": Scene(
        replace(record().planned(NOBODY_KNOWN), waits_for=None), NOBODY_KNOWN, asked(authors=None, strangers=1)
    ),
    "waiting-too-late": Scene(record(), asked=asked(expires_at=NOON)),
    "void": Scene(record(), asked=asked(state=State.VOID, because="the plan changed", version=3)),
    "approved": Scene(record(decided="approved by bob and cleo and dina"), asked=APPROVED),
    "declined": Scene(
        record(),
        asked=asked(
            vote("bob", approves=False, reason="The risk is too high"),
            state=State.REJECTED,
            because="rejected by bob: The risk is too high",
        ),
    ),
    "rolling": Scene(record(timings=APPLIED), asked=APPROVED, rollout=rolling(Phase.ROLLING, "1 of 2 new tasks run")),
    "paused": Scene(
        record(timings=APPLIED, decided="approved by bob and cleo and dina"),
        asked=asked(
            vote("bob", reason="the numbers are fine"),
            hook="pause-1",
            about="traffic: step 1 of 2, 10 %",
            round=2,
            version=5,
        ),
        rollout=rolling(
            Phase.PAUSED,
            "traffic: step 1 of 2, 10 %",
            about="traffic: step 1 of 2, 10 %",
            hook="pause-1",
            strategy="canary",
        ),
    ),
    "shifting": Scene(
        record(timings=APPLIED),
        asked=asked(
            *(vote("bob"), vote("cleo"), vote("dina")),
            state=State.APPROVED,
            because="approved by bob and cleo and dina",
            ended_at=NOON,
            hook="pause-1",
            about="traffic: step 1 of 2, 10 %",
            round=2,
        ),
        rollout=rolling(Phase.SHIFTING, "10 % of the traffic, step 1 of 2", traffic=10.0, strategy="canary"),
    ),
    "rolling-begins": Scene(record(timings=APPLIED), asked=APPROVED, rollout=rolling(None)),
    "stopping": Scene(
        record(timings=APPLIED),
        asked=APPROVED,
        rollout=rolling(
            Phase.STOPPING,
            "1 of 2 new tasks run",
            stop_because="the deadline of 30 minutes passed",
            stop_reasons=("container cats exited with code 7",),
        ),
    ),
    "rolling-back": Scene(
        record(timings=APPLIED),
        asked=APPROVED,
        rollout=rolling(Phase.ROLLING_BACK, stop_reasons=("container cats exited with code 7",)),
    ),
    "rolling-canary": Scene(record(timings=APPLIED), rollout=rolling(Phase.ROLLING, measures=MEASURED[:2])),
    "rolled-back-by-a-check": Scene(
        record(
            outcome=Outcome.ROLLED_BACK,
            reasons=("prod-cats:2 was rolled back to prod-cats:1", MEASURED[2].sentence),
            rolled_back_to=revision(1),
            measures=MEASURED,
        ),
        asked=APPROVED,
    ),
    "rolled-back-by-an-alarm": Scene(
        record(
            outcome=Outcome.ROLLED_BACK,
            reasons=(
                "prod-cats:2 was rolled back to prod-cats:1",
                "alarm prod-cats-errors-3f9a2c1b went off: CloudWatch alarm(s) in ALARM: prod-cats-errors-3f9a2c1b.",
            ),
            rolled_back_to=revision(1),
            strategy="canary: 10 % for 5 minutes, then all",
            cause="alarm",
            measures=MEASURED[:2],
        ),
        asked=APPROVED,
    ),
    "falling-back": Scene(
        record(timings=APPLIED),
        rollout=rolling(Phase.ROLLING, "0 of 2 new tasks run", no_capacity=NO_SPOT, fell_back=True),
    ),
    "fell-back": ended(
        Outcome.SUCCEEDED, "prod-cats:2 runs: 2 of 2 tasks", fell_back=f"{NO_SPOT}: it went on on demand"
    ),
    "members-rolling": Scene(
        record(timings=APPLIED, members=MEMBERS),
        members=(
            Came(MEMBERS[0], begun=True, outcome=Outcome.SUCCEEDED, because="prod-cats-worker:2 runs: 2 of 2 tasks"),
            Came(MEMBERS[1], begun=True),
            Came(MEMBERS[2]),
        ),
    ),
    "members-brought-back": Scene(
        record(
            outcome=Outcome.ROLLED_BACK,
            members=MEMBERS,
            reasons=tuple(
                sentence(came, all_in=False)
                for came in (
                    Came(MEMBERS[0], begun=True, outcome=Outcome.SUCCEEDED, back=Outcome.SUCCEEDED, back_begun=True),
                    Came(MEMBERS[1], begun=True, outcome=Outcome.ROLLED_BACK, because="alarm cats-5xx went off"),
                    Came(MEMBERS[2]),
                )
            ),
        )
    ),
    "applied-schedule": Scene(record(timings=APPLIED)),
    "succeeded": Scene(
        record(
            outcome=Outcome.SUCCEEDED,
            reasons=("prod-cats:2 runs: 2 of 2 tasks",),
            decided="approved by bob and cleo and dina",
        ),
        asked=APPROVED,
    ),
    "no-change": ended(Outcome.NO_CHANGE, "what is live is what is wanted"),
    "rolled-back": ended(
        Outcome.ROLLED_BACK,
        "prod-cats:2 was rolled back to prod-cats:1",
        "ECS deployment circuit breaker: tasks failed to start",
        "container cats exited with code 7",
        rolled_back_to=revision(1),
    ),
    "failed": ended(Outcome.FAILED, "the first deployment of prod-cats:1 failed: no capacity"),
    "rejected": Scene(
        record(outcome=Outcome.REJECTED, reasons=("rejected by bob: The risk is too high",)),
        asked=asked(
            vote("bob", approves=False, reason="The risk is too high"),
            state=State.REJECTED,
            because="rejected by bob: The risk is too high",
        ),
    ),
    "expired": Scene(
        record(outcome=Outcome.EXPIRED, reasons=("nobody decided within 24 hours",)),
        asked=asked(state=State.EXPIRED, because="nobody decided within 24 hours"),
    ),
    "superseded": ended(Outcome.SUPERSEDED, "prod-cats-bbbbbbbb-77aa01b2c3d4 is newer"),
    "unverified": ended(Outcome.UNVERIFIED, "the service wants 0 tasks: nothing has shown that this revision runs"),
    "failed-dirty": ended(Outcome.FAILED_DIRTY, "the rollback to prod-cats:1 failed: ECS gives no reason"),
    "push-refused": Scene(
        replace(
            ReleaseRecord.begun(a_request(f"refused-{RELEASE}", CATS, tag="v2.4.0"), NOON),
            outcome=Outcome.REJECTED,
            reasons=("repository tag pilotage:size: 'huge'. Write small or large.",),
        ),
        None,
    ),
    "broken-glass": Scene(
        record(timings=APPLIED),
        asked=asked(
            vote("dina", break_glass=True, reason="customers cannot pay"),
            state=State.APPROVED,
            because="dina broke the glass: customers cannot pay",
        ),
        rollout=rolling(Phase.UNKNOWN),
    ),
    "rollback-by-a-person": Scene(
        replace(
            record(timings=APPLIED),
            request=a_request(
                RELEASE, CATS, tag=None, requested_by=RequestedBy.PERSON, person="dina", because="it answers 500"
            ),
        ),
        rollout=rolling(Phase.ROLLING, "0 of 2 new tasks run"),
    ),
}
