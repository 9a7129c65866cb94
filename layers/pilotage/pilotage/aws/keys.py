"""The items of the one table: every key by name, and the attributes of the one item that the state machine writes too.

Keys are `pk` and `sk`; the index `gsi1` (`gsi1pk`, `gsi1sk`, all attributes) finds what has to be found across targets;
`expires_at` is the time to live. That shared item is the lease (statemachines/release.asl.json, AcquireLease): what
stands here about it stands there as well, and a test compares the two.

| item | pk | sk | gsi1pk | gsi1sk |
|---|---|---|---|---|
| lease | TARGET#env#service | LEASE | LEASES | env/service, while owned |
| standing | TARGET#env#service | STANDING | | |
| last set | TARGET#env#service | LAST SET | SETS#env | service |
| ban | TARGET#env#service | BAN#digest | | |
| former ban | TARGET#env#service | BANNED#digest | | |
| release | TARGET#env#service | RELEASE#release_id | RELEASES#env | started_at#release_id |
| rollout | TARGET#env#service | ROLLOUT, while open | ROLLOUTS | ARN of the service |
| migration | TARGET#env#service | MIGRATION, while open | MIGRATIONS | ARN of the task |
| incompatible | TARGET#env#service | INCOMPATIBLE | | |
| awaited member | TARGET#env#service | MEMBER#release_id | MEMBERS | env/service#release_id |
| approval | TARGET#env#service | APPROVAL#release_id | | |
| wait | TARGET#env#service | WAIT#release_id | WAITS | env/service#release_id |
| pin | TARGET#env#service | PIN | | |
| card | TARGET#env#service | CARD#release_id#room; of an answer CARD#message#channel:answer | | |
| stop | STOPS | env/service#kind, `*` for all | | |
| audit entry | AUDIT#id | AUDIT | TRAIL#env | at#id |
| watch | TARGET#env#service | WATCH, while unverified | UNVERIFIED | env/service |
| head of a tag | TAG#repository | tag | | |
| plan | PLAN#hash | PLAN | | |
| revision | FAMILY#family | content hash | | |
| bucket | PACE#bucket | PACE | | |
| turn | PACE#bucket | HOLDER#holder | | |
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from pilotage.stops import Scope, StopKind
from pilotage.target import Target

INDEX = "gsi1"
INDEX_PK = "gsi1pk"
INDEX_SK = "gsi1sk"
EXPIRES_AT = "expires_at"

LEASES = "LEASES"
ROLLOUTS = "ROLLOUTS"
UNVERIFIED = "UNVERIFIED"
WAITS = "WAITS"
MIGRATIONS = "MIGRATIONS"
MEMBERS = "MEMBERS"
STOPS = "STOPS"

BANS, APPROVALS, WAIT = "BAN#", "APPROVAL#", "WAIT#"  # how the sort keys of these begin


class Key(NamedTuple):
    pk: str
    sk: str


class Place(NamedTuple):
    """The names of the attributes that hold one contender."""

    execution: str
    release: str
    pushed_at: str
    token: str


OWNER = Place("owner", "owner_release", "owner_pushed_at", "owner_token")
NEXT = Place("next_execution", "next_release", "next_pushed_at", "next_token")
HANDED_BY = "handed_by"  # the former owner, while the owner's token is there
LEAVING = "leaving"  # a set of those who lost the next place and have still to be told


def lease(target: Target) -> Key:
    return Key(_target(target), "LEASE")


def standing(target: Target) -> Key:
    return Key(_target(target), "STANDING")


def last_set(target: Target) -> Key:
    return Key(_target(target), "LAST SET")


def banned(target: Target, digest: str) -> Key:
    """Stays when the ban is lifted."""
    return Key(_target(target), f"BANNED#{digest}")


def ban(target: Target, digest: str) -> Key:
    return Key(_target(target), f"{BANS}{digest}")


def release(target: Target, release_id: str) -> Key:
    return Key(_target(target), f"RELEASE#{release_id}")


def rollout(target: Target) -> Key:
    return Key(_target(target), "ROLLOUT")


def migration(target: Target) -> Key:
    return Key(_target(target), "MIGRATION")


def incompatible(target: Target) -> Key:
    return Key(_target(target), "INCOMPATIBLE")


def member(target: Target, release_id: str) -> Key:
    """`target` and `release_id` are the member's own."""
    return Key(_target(target), f"MEMBER#{release_id}")


def approval(target: Target, release_id: str) -> Key:
    return Key(_target(target), f"{APPROVALS}{release_id}")


def wait(target: Target, release_id: str) -> Key:
    return Key(_target(target), f"{WAIT}{release_id}")


def pin(target: Target) -> Key:
    return Key(_target(target), "PIN")


def stop(scope: Scope, kind: StopKind) -> Key:
    """An environment may be called `everything`: what is for all has a name that none can have."""
    return Key(STOPS, f"{scope.environment or '*'}/{scope.service or '*'}#{kind}")


def card(target: Target, release_id: str, room: str) -> Key:
    return Key(_target(target), f"CARD#{release_id}#{room}")


def watch(target: Target) -> Key:
    return Key(_target(target), "WATCH")


def head(repository: str, tag: str) -> Key:
    return Key(tags(repository), tag)


def tags(repository: str) -> str:
    """The partition with the heads of all tags of a repository."""
    return f"TAG#{repository}"


def plan(plan_hash: str) -> Key:
    return Key(f"PLAN#{plan_hash}", "PLAN")


def revision(family: str, content_hash: str) -> Key:
    return Key(f"FAMILY#{family}", content_hash)


def bucket(name: str) -> Key:
    return Key(f"PACE#{name}", "PACE")


def turn(name: str, holder: str) -> Key:
    return Key(f"PACE#{name}", f"HOLDER#{holder}")


def releases(environment: str) -> str:
    return f"RELEASES#{environment}"


def sets(environment: str) -> str:
    return f"SETS#{environment}"


def audit(entry_id: str) -> Key:
    return Key(f"AUDIT#{entry_id}", "AUDIT")


def trail(environment: str) -> str:
    return f"TRAIL#{environment}"


def stamp(moment: datetime) -> str:
    """A moment as text that sorts as time does: UTC, always with microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _target(target: Target) -> str:
    return f"TARGET#{target.environment}#{target.service}"
