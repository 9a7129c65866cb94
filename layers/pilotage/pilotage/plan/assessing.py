"""What could go wrong with a plan, point by point, each with the values that it is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pilotage.artifact import Artifact
from pilotage.artifact.version import major, version_of
from pilotage.definitions.stamp import DIGEST, VERSION, as_mapping
from pilotage.errors import shown
from pilotage.plan import Live, Plan
from pilotage.plan.growth import growth
from pilotage.plan.risk import SEVERITIES, Point, PointKind, Risk
from pilotage.plan.touched import touched
from pilotage.policy import Policy

_TOLD = 3  # findings that a reason names
_ALL = 100.0  # percent
_IN_STEPS = {"CANARY": "canary", "LINEAR": "linear"}  # as ECS and as manifests call them


@dataclass(frozen=True, slots=True)
class Scanned:
    """Severity by finding, of the image to release and of the one that runs. None: there is no finished scan."""

    ours: Mapping[str, str] | None
    running: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What stands neither in the plan nor in the policy.

    `applied_tag`: the tag that was applied last. `scanned` None: nobody asked for scans. `evenings`: why it is a bad
    time. `banned_before`: why this digest was banned once. `newer_schema`: the release whose migration
    this digest was not made for.
    """

    successes: int = 0
    applied_tag: str | None = None
    scanned: Scanned | None = None
    evenings: tuple[str, ...] = ()
    banned_before: str | None = None
    newer_schema: str | None = None


def assess(plan: Plan, live: Live, policy: Policy, artifact: Artifact, seen: Circumstances) -> Risk:
    """The risk of a plan. One without a step changes nothing, and has none."""
    if not plan.steps:
        return Risk()
    running = {"service": live.service, "schedule": live.schedule}.get(plan.kind)
    return Risk(
        (
            *_first_release(plan, seen, runs=running is not None),
            *touched(plan.changes, policy, compared=running is not None),
            *_major_version(artifact, stamp(plan, live), seen),
            *growth(plan, live, policy.approval.growth_percent),
            *_scan(policy, seen),
            *(Point(PointKind.EVENING, each) for each in seen.evenings),
            *_banned_before(seen),
            *_newer_schema(seen),
            *_migrations(plan),
            *_skipped_canary(plan, live),
        )
    )


def stamp(plan: Plan, live: Live) -> Mapping[str, str]:
    """The tags of the task definition that runs: what release, digest and version it is of. Empty where none runs."""
    running = {"service": live.service, "schedule": live.schedule}.get(plan.kind)
    if running is None:
        return {}
    body = running.task_definition
    inner = body.get("taskDefinition")
    return as_mapping(body.get("tags") or (inner.get("tags") if isinstance(inner, Mapping) else None) or ())


def running_digest(plan: Plan, live: Live) -> str | None:
    return stamp(plan, live).get(DIGEST)


def _first_release(plan: Plan, seen: Circumstances, *, runs: bool) -> Iterator[Point]:
    """Of one-off work nothing is ever live: what counts is whether a release of it succeeded."""
    if runs or (plan.kind == "task" and seen.successes):
        return
    never = f"nothing of {plan.service} was released to {plan.environment} before"
    again = f"no {plan.kind} of {plan.service} is there now, although it was released before: it would be made anew"
    yield Point(PointKind.FIRST_RELEASE, again if seen.successes else never)


def _major_version(artifact: Artifact, running: Mapping[str, str], seen: Circumstances) -> Iterator[Point]:
    before, after = running.get(VERSION) or seen.applied_tag, version_of(artifact)
    was, will_be = major(before), major(after)
    if was is None or will_be is None or was == will_be:
        return
    way = "up" if will_be > was else "back"
    yield Point(PointKind.MAJOR_VERSION, f"{way} from {shown(before)} to {shown(after)}")


def _scan(policy: Policy, seen: Circumstances) -> Iterator[Point]:
    scanned = seen.scanned
    if scanned is None:
        return
    if scanned.ours is None:
        yield Point(PointKind.SCAN, "there is no finished scan of this image")
        return
    known = scanned.running or {}
    new = {
        name: severity
        for name, severity in scanned.ours.items()
        if severity in policy.approval.severities and name not in known
    }
    if new:
        yield Point(PointKind.SCAN, _findings(new, compared=scanned.running is not None))


def _findings(new: Mapping[str, str], *, compared: bool) -> str:
    order = sorted(new, key=lambda name: (SEVERITIES.index(new[name]), name))
    told = [f"{shown(name)[1:-1]} ({new[name]})" for name in order[:_TOLD]]
    if len(order) > _TOLD:
        told.append(f"and {len(order) - _TOLD} more")
    number = "1 finding" if len(order) == 1 else f"{len(order)} findings"
    which = "that the running image does not have" if compared else "and no finished scan of a running image beside it"
    return f"{number} {which}: {', '.join(told)}"


def _migrations(plan: Plan) -> Iterator[Point]:
    apart = [each for each in plan.migrations if not each.compatible_with_previous]
    if apart:
        told = " and ".join(
            f"the one {each.when} the rollout ({shown(' '.join(each.command))[1:-1]})" for each in apart
        )
        yield Point(PointKind.MIGRATION, f"the code of before cannot work with what it leaves behind: {told}")


def _skipped_canary(plan: Plan, live: Live) -> Iterator[Point]:
    """Only where something rolls out: a service that is merely set up otherwise shifts nothing. A larger share at once
    and a shorter look at it skip a part.
    """
    if live.service is None or plan.kind != "service" or not plan.starts_rollout:
        return
    before = live.service.body.get("deploymentConfiguration") or {}
    was, now = _IN_STEPS.get(str(before.get("strategy"))), plan.strategy
    if was is not None and now.kind.value not in _IN_STEPS.values():
        yield Point(PointKind.SKIPPED_CANARY, f"the last release was a {was} one, this is {now}")
    elif was == now.kind.value:
        percent, minutes = _steps(before.get(f"{was}Configuration") or {})
        if (now.percent or 0) > percent or (now.minutes or 0) < minutes:
            last = f"the last release shifted {percent:g} % for {minutes} minutes"
            yield Point(PointKind.SKIPPED_CANARY, f"{last}, this is {now}")


def _steps(configuration: Mapping[str, Any]) -> tuple[float, int]:
    """Percent and minutes of a canaryConfiguration or a linearConfiguration."""
    percent = configuration.get("canaryPercent", configuration.get("stepPercent", _ALL))
    minutes = configuration.get("canaryBakeTimeInMinutes", configuration.get("stepBakeTimeInMinutes", 0))
    return float(percent), int(minutes)


def _newer_schema(seen: Circumstances) -> Iterator[Point]:
    if seen.newer_schema is not None:
        ran = f"release {seen.newer_schema} ran a migration since"
        yield Point(PointKind.MIGRATION, f"this image is older than the schema that it meets: {ran}")


def _banned_before(seen: Circumstances) -> Iterator[Point]:
    if seen.banned_before is not None:
        reason = shown(seen.banned_before)[1:-1] or "no reason was given"
        yield Point(PointKind.BANNED_BEFORE, f"this digest was banned before: {reason}")
