"""What the schema cannot say of `rollout` and `migrations`: contradictions, and what ECS or CloudWatch do not take.

Sources: Amazon ECS API reference, CanaryConfiguration, LinearConfiguration, DeploymentEarlySuccessCriteria; Developer
Guide, "How CloudWatch alarms detect Amazon ECS deployment failures"; CloudWatch User Guide, "Use metric math".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from pilotage.checking.queries import OF_TARGET_GROUP
from pilotage.manifest.rollouts import moments, read_strategy
from pilotage.manifest.units import cpu_units, mebibytes
from pilotage.names import choices
from pilotage.rollout_words import StrategyKind
from pilotage.schema import Finding

IN_STEPS = frozenset({StrategyKind.CANARY, StrategyKind.LINEAR})
LEAST_STEP = 3  # percent, LinearConfiguration, stepPercent
_MOST_MINUTES = 1440  # at a step, both configurations
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_ID = re.compile(r"(?<![A-Za-z0-9_.])[a-z][A-Za-z0-9_]*")
_WORD = re.compile(r"(?<![A-Za-z0-9_.])[A-Z][A-Za-z0-9_]*")
# "Metric math syntax and functions": what only computes with the metrics that are named. The others look for metrics of
# their own (SEARCH, Metrics Insights, INSIGHT_RULE_METRIC, DB_PERF_INSIGHTS, SERVICE_QUOTA), ask a function (LAMBDA) or
# learn (ANOMALY_DETECTION_BAND).
_COMPUTES = re.compile(
    "ABS|AND|ASC|AVG|CEIL|DATAPOINT_COUNT|DATE|DAY|DESC|DIFF|DIFF_TIME|EPOCH|FILL|FIRST|FLOOR|HOUR|IF|LAST|LINEAR|LOG|"
    "LOG10|MAX|METRICS|METRIC_COUNT|MIN|MINUTE|MONTH|NOT|OR|PERIOD|RATE|REMOVE_EMPTY|REPEAT|RUNNING_SUM|SLICE|SORT|"
    "STDDEV|SUM|TIME_SERIES|YEAR"
)
_BOUNDS = ("at_most", "at_least", "at_most_times")


def rollout_findings(manifest: Mapping[str, Any]) -> Iterator[Finding]:
    rollout = manifest.get("rollout", {})
    yield from _numbers(rollout)
    yield from _fitting(rollout)
    yield from _twice(rollout)
    for name, check in sorted(rollout.get("checks", {}).items()):
        yield from _check(f"rollout.checks.{name}", check)


def migration_findings(manifest: Mapping[str, Any]) -> Iterator[Finding]:
    """As of the manifest's own sizes: the schema bounds numbers; `"0.1 vCPU"` is a text there."""
    for when, said in sorted(manifest.get("migrations", {}).items()):
        for field, read, low, high, unit in (
            ("cpu", cpu_units, 128, 196608, "CPU units"),
            ("memory", mebibytes, 32, 25165824, "MiB"),
        ):
            amount = read(said[field]) if field in said else low
            if amount is None or not low <= amount <= high:
                remedy = f"It has to come to a whole number of {unit} from {low} to {high}."
                yield Finding(f"migrations.{when}.{field}", said[field], remedy)


def _numbers(rollout: Mapping[str, Any]) -> Iterator[Finding]:
    said = rollout.get("strategy")
    named = read_strategy(said) if said is not None else None
    percent = rollout.get("percent")
    if percent is not None and Decimal(str(percent)) % Decimal("0.1"):
        yield Finding("rollout.percent", percent, "ECS takes multiples of 0.1.")
    if named is None:
        return
    for field, value in (("percent", named.percent), ("minutes", named.minutes)):
        if field in rollout and value is not None:
            remedy = f"`{said}` says it already: take it out, or say `strategy: {named.kind}`."
            yield Finding(f"rollout.{field}", rollout[field], remedy)
    least = named.percent if named.percent is not None else percent
    if named.kind is StrategyKind.LINEAR and least is not None and least < LEAST_STEP:
        path, value = ("rollout.percent", percent) if named.percent is None else ("rollout.strategy", said)
        yield Finding(path, value, f"ECS takes steps of {LEAST_STEP} percent at least.")
    if named.minutes is not None and named.minutes > _MOST_MINUTES:
        yield Finding("rollout.strategy", said, f"ECS waits {_MOST_MINUTES} minutes at a step at most.")


def _fitting(rollout: Mapping[str, Any]) -> Iterator[Finding]:
    """What a strategy that stands beside it does not have."""
    if "strategy" not in rollout:
        return
    kind = read_strategy(rollout["strategy"]).kind
    if kind not in IN_STEPS:
        for field in ("percent", "minutes"):
            if field in rollout:
                remedy = f"Only canary and linear shift traffic in steps: take it out, or change `strategy: {kind}`."
                yield Finding(f"rollout.{field}", rollout[field], remedy)
    if kind is StrategyKind.ROLLING:
        for field in ("bake", "pauses", "smoke"):
            if rollout.get(field):
                yield Finding(f"rollout.{field}", rollout[field], NOT_ROLLING[field])
    elif "early_success" in rollout:
        yield Finding("rollout.early_success", rollout["early_success"], ONLY_ROLLING)


NOT_ROLLING = {
    "bake": "ECS computes the bake time of a rolling update from its alarms: take it out, or choose another strategy.",
    "pauses": "A rolling update has no moment to wait at: take them out, or choose a strategy that shifts traffic.",
    "smoke": "A rolling update has no test traffic: take them out, or choose a strategy that shifts traffic.",
}
ONLY_ROLLING = "Only a rolling update can be a success early: take it out, or say `strategy: rolling`."


def _twice(rollout: Mapping[str, Any]) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, moment in enumerate(moments(rollout.get("pauses", ()))):
        if moment in seen:
            yield Finding(f"rollout.pauses[{index}]", moment, "This moment stands there twice: keep one.")
        seen.add(moment)


def _check(path: str, check: Mapping[str, Any]) -> Iterator[Finding]:
    metric, expression = check.get("metric"), check.get("expression")
    if (metric is None) == (expression is None):
        yield Finding(path, metric, "Say what to look at: exactly one of `metric` and `expression`.")
    bounds = [bound for bound in _BOUNDS if bound in check]
    if len(bounds) != 1:
        yield Finding(path, bounds or None, f"Say what is right: exactly one of {choices(list(_BOUNDS), 'and')}.")
    if "metrics" in check and expression is None:
        yield Finding(f"{path}.metrics", sorted(check["metrics"]), "They belong to an `expression`, and there is none.")
    if "at_most_times" in check and expression is not None:
        remedy = f"Two target groups can be compared by {choices(sorted(OF_TARGET_GROUP), 'and')}: say one as `metric`."
        yield Finding(f"{path}.at_most_times", check["at_most_times"], remedy)
    if "at_most_times" in check and metric is not None and metric not in OF_TARGET_GROUP:
        remedy = f"Target groups have no {metric} of their own: compare {choices(sorted(OF_TARGET_GROUP))}."
        yield Finding(f"{path}.at_most_times", check["at_most_times"], remedy)
    if expression is not None:
        yield from _expression(f"{path}.expression", expression, check.get("metrics", {}))


def _expression(path: str, expression: str, metrics: Mapping[str, Any]) -> Iterator[Finding]:
    plain = _QUOTED.sub("", expression)
    unknown = sorted(set(_ID.findall(plain)) - metrics.keys())
    if unknown:
        known = f"they are {choices(sorted(metrics), 'and')}" if metrics else "there are none"
        yield Finding(path, expression, f"It names {choices(unknown, 'and')}, and not as in `metrics`: {known}.")
    elif not metrics:
        yield Finding(path, expression, "It names no metric: add `metrics`, by the ids that it uses.")
    others = sorted({word for word in _WORD.findall(plain) if not _COMPUTES.fullmatch(word)})
    if others:
        remedy = f"It may only compute with `metrics`, and not by {choices(others, 'and')}: name them there."
        yield Finding(path, expression, remedy)
