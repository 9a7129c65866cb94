"""The parts `rollout` and `migrations` of a manifest: from what is written to what is meant.

What the schema cannot say of them stands in `rollout_checks`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pilotage.manifest.units import cpu_units, mebibytes
from pilotage.rollout_words import (
    Check,
    Metric,
    Migration,
    Moment,
    NoData,
    PauseWish,
    RolloutWishes,
    SmokeTest,
    StrategyKind,
    When,
)

# As CodeDeploy calls its own ("Deployment configurations on an Amazon ECS compute platform"), in lower case.
_CANARY = re.compile(r"canary-([0-9]+)-percent-([0-9]+)-minutes")
_LINEAR = re.compile(r"linear-([0-9]+)-percent-every-([0-9]+)-minutes")
_ALL_AT_ONCE = "all-at-once"


@dataclass(frozen=True, slots=True)
class Named:
    """What a `strategy` says: with its numbers when it is a preset of a canary or of a linear rollout."""

    kind: StrategyKind
    percent: float | None = None
    minutes: int | None = None


def read_strategy(text: str) -> Named:
    """A strategy of ECS, or a preset, as the schema lets them through."""
    for kind, pattern in ((StrategyKind.CANARY, _CANARY), (StrategyKind.LINEAR, _LINEAR)):
        found = pattern.fullmatch(text)
        if found is not None:
            return Named(kind, float(found[1]), int(found[2]))
    return Named(StrategyKind.BLUE_GREEN if text == _ALL_AT_ONCE else StrategyKind(text))


def read_rollout(rollout: Mapping[str, Any]) -> RolloutWishes:
    """Of a `rollout` that was checked before."""
    plain = {key: rollout[key] for key in ("strategy", "percent", "minutes", "bake", "early_success") if key in rollout}
    return RolloutWishes(
        **plain,
        alarms=tuple(rollout.get("alarms", ())),
        pauses=tuple(_pause(each) for each in rollout.get("pauses", ())),
        smoke=tuple(SmokeTest(**each) for each in rollout.get("smoke", ())),
        checks=tuple(_check(name, said) for name, said in sorted(rollout.get("checks", {}).items())),
    )


def read_migrations(migrations: Mapping[str, Any]) -> tuple[Migration, ...]:
    """The one before the rollout first."""
    return tuple(_migration(when, migrations[when]) for when in When if when in migrations)


def moments(pauses: Iterable[Any]) -> list[str]:
    """When each of the `pauses` is, as it is written."""
    return [each if isinstance(each, str) else str(each["at"]) for each in pauses]


def _pause(said: str | Mapping[str, Any]) -> PauseWish:
    if isinstance(said, str):
        return PauseWish(Moment(said))
    return PauseWish(Moment(said["at"]), said.get("timeout"), said.get("on_timeout"))


def _check(name: str, said: Mapping[str, Any]) -> Check:
    plain = {key: value for key, value in said.items() if key not in ("metrics", "no_data")}
    metrics = {id_: Metric(**metric) for id_, metric in sorted(said.get("metrics", {}).items())}
    return Check(name=name, metrics=metrics, no_data=NoData(said.get("no_data", NoData.CONTINUE)), **plain)


def _migration(when: When, said: Mapping[str, Any]) -> Migration:
    return Migration(
        when=when,
        command=tuple(said["command"]),
        cpu=cpu_units(said["cpu"]) if "cpu" in said else None,
        memory=mebibytes(said["memory"]) if "memory" in said else None,
        timeout_minutes=said.get("timeout", 30),
        retries=said.get("retries", 0),
        compatible_with_previous=said.get("compatible_with_previous", True),
    )
