"""What a policy says of people: who may approve, when to ask them, when nothing may be released, and where to tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# Whom a longer wait would serve: a week is what the state machine waits at most.
LONGEST_WAIT_MINUTES = 7 * 24 * 60


@dataclass(frozen=True, slots=True)
class Window:
    """A time that comes again (`cron`, five fields, and `minutes`), or once (`start` and `end`, ISO 8601, local time of
    `time_zone`). `services`: patterns of the services that it is for.
    """

    reason: str
    cron: str | None = None
    minutes: int | None = None
    start: str | None = None
    end: str | None = None
    time_zone: str = "UTC"
    services: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True)
class GroupQuorum:
    """So many different people of this group."""

    group: str
    quorum: int = 1


@dataclass(frozen=True, slots=True)
class Rule:
    """Who has to say yes: in every group its quorum. `delegates`: who may stand in for whom (absent -> stand-in)."""

    groups: tuple[GroupQuorum, ...]
    self_approval: bool = False
    expires_minutes: int = 24 * 60
    delegates: Mapping[str, str] = field(default_factory=dict)
    break_glass: str | None = None  # the group that may release without the others, with a reason


@dataclass(frozen=True, slots=True)
class Approval:
    """`when`: never, always, or by risk: when the plan has one of `points` (default: any point).

    `rollbacks` False: a rollback that a person of the approvers asked for needs nobody else.
    """

    when: str = "never"
    points: tuple[str, ...] = ()
    rule: Rule = field(default_factory=lambda: Rule(()))
    rollbacks: bool = False
    growth_percent: int = 50  # cpu, memory or count up by more than this is a risk
    severities: tuple[str, ...] = ("CRITICAL", "HIGH")  # of scan findings that are a risk when they are new
    evenings: tuple[Window, ...] = ()  # times at which any release is a risk, such as a Friday evening


@dataclass(frozen=True, slots=True)
class Freeze:
    """`meets`: what a release does that meets a freeze or a lock: `wait` for its end, or `end` REJECTED."""

    windows: tuple[Window, ...] = ()
    meets: str = "wait"
    rollbacks: bool = True  # a rollback that a person asked for passes a freeze (never a lock of somebody else)


@dataclass(frozen=True, slots=True)
class Rooms:
    """Where people are told. Slack: ids of the team and of channels; a page goes to `slack_pages`."""

    slack_team: str | None = None
    slack: str | None = None
    slack_pages: str | None = None
    teams: bool = False
    github: bool = False
