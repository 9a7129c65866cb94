"""What scales a service, as it should be and as it is: one step that makes them one, and what it changes in the
manifest's words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pilotage.plan import Change, LiveService, Step, Verb
from pilotage.plan.diff import differences
from pilotage.scaling_names import QUEUE, word_of

Scaling = Mapping[str, Any]  # as definitions.scaling shapes it; live ones have `foreign` too

_IDENTITY = ("ServiceNamespace", "ResourceId", "ScalableDimension")
_TRACKING, _STEPS = "TargetTrackingScalingPolicyConfiguration", "StepScalingPolicyConfiguration"
_LOOKED_AT = (
    *("ActionsEnabled", "EvaluationPeriods", "DatapointsToAlarm", "Threshold", "ComparisonOperator"),
    *("TreatMissingData", "Metrics"),
)


@dataclass(frozen=True, slots=True)
class ScalingPart:
    """The scaling's part of a plan."""

    steps: tuple[Step, ...] = ()
    changes: tuple[Change, ...] = ()


def scaling_part(wanted: Scaling | None, live: LiveService | None) -> ScalingPart:
    """Nothing to do where nothing is wanted and nothing is Pilotage's, or where all is as it should be."""
    have = live.scaling if live is not None else None
    if wanted is None:
        if have is None or not is_ours(have):
            return ScalingPart()
        target = {key: have["target"][key] for key in _IDENTITY}
        nothing = Step(Verb.ENSURE_SCALING, {"target": target, "policies": [], "times": [], "wake": None})
        return ScalingPart((nothing,), (*scaling_changes(have, None), *_left_alone(have)))
    body = with_bounds_of_now(wanted, have)
    changes = scaling_changes(have, body)
    if not changes:
        return ScalingPart()
    return ScalingPart((Step(Verb.ENSURE_SCALING, body),), (*changes, *_left_alone(have or {})))


def is_ours(scaling: Scaling) -> bool:
    """Whether anything on the target is Pilotage's: a target itself says not who registered it."""
    return bool(scaling["policies"] or scaling["times"] or scaling["wake"])


def scaled_by_us(live: LiveService) -> bool:
    return live.scaling is not None and is_ours(live.scaling)


def not_counted(sets: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """What was set of a service before: the count that Auto Scaling makes on our behalf is nobody else's doing."""
    return {key: value for key, value in sets.items() if key != "desiredCount"} if sets is not None else None


def gives_back(live: LiveService) -> bool:
    """Whether nothing scales the service once Pilotage's own is gone: then its count is the manifest's again."""
    return live.scaling is not None and is_ours(live.scaling) and not live.scaling.get("foreign")


def with_bounds_of_now(wanted: Scaling, have: Scaling | None) -> Scaling:
    """Bounds that one of `times` has set stay as they are until the next of them."""
    if have is None or not wanted["times"]:
        return wanted
    target = dict(wanted["target"])
    for bound in ("MinCapacity", "MaxCapacity"):
        set_by_times = {each["ScalableTargetAction"].get(bound) for each in wanted["times"]}
        if have["target"].get(bound) in set_by_times:
            target[bound] = have["target"][bound]
    return {**wanted, "target": target}


def scaling_changes(have: Scaling | None, wanted: Scaling | None) -> tuple[Change, ...]:
    """In the manifest's words. What these do not tell is told as Application Auto Scaling has it."""
    before, after = (_words(each) if each is not None else {} for each in (have, wanted))
    said = differences(before, after, "scaling")
    if said or have is None or wanted is None:
        return said
    return differences(_content(have), _content(wanted), "scaling")


def _left_alone(have: Scaling) -> tuple[Change, ...]:
    return tuple(
        Change(f"scaling by {name}", "is there", "left alone: not Pilotage's") for name in have.get("foreign", ())
    )


def _words(scaling: Scaling) -> dict[str, Any]:
    target = scaling["target"]
    words: dict[str, Any] = {}
    if "MaxCapacity" in target:
        words |= {"min": target["MinCapacity"], "max": target["MaxCapacity"]}
    for policy in scaling["policies"]:
        tracking = policy[_TRACKING]
        value = _number(tracking["TargetValue"])
        word = _word(policy["PolicyName"], policy)
        words[word] = {"name": _queue_of(tracking), "per_task": value} if word == QUEUE else value
        words |= {"out_after": tracking.get("ScaleOutCooldown"), "in_after": tracking.get("ScaleInCooldown")}
    times = {_word(each["ScheduledActionName"], each).removeprefix("at-"): _time(each) for each in scaling["times"]}
    return {**words, **({"times": times} if times else {})}


def _time(action: Mapping[str, Any]) -> dict[str, Any]:
    bounds = action["ScalableTargetAction"]
    zone = action.get("Timezone") or "UTC"
    told = {"at": action["Schedule"], "min": bounds.get("MinCapacity"), "max": bounds.get("MaxCapacity")}
    return {key: value for key, value in {**told, "timezone": zone}.items() if value is not None}


def _word(name: str, body: Mapping[str, Any]) -> str:
    return word_of(name, str(body["ResourceId"]).rpartition("/")[2]) or name


def _queue_of(tracking: Mapping[str, Any]) -> str | None:
    metrics: Sequence[Mapping[str, Any]] = (tracking.get("CustomizedMetricSpecification") or {}).get("Metrics") or ()
    stats = (each["MetricStat"]["Metric"] for each in metrics if "MetricStat" in each)
    named = (pair for metric in stats for pair in metric.get("Dimensions") or () if pair["Name"] == "QueueName")
    return next((str(pair["Value"]) for pair in named), None)


def _content(scaling: Scaling) -> dict[str, Any]:
    """What a document asks for, without what only names it, and in an order of its own."""
    wake = scaling["wake"]
    return {
        "policies": {_word(each["PolicyName"], each): _bare(each[_TRACKING]) for each in scaling["policies"]},
        "wake": None if wake is None else {
            "policy": _bare(wake["policy"].get(_STEPS) or {}),
            "alarm": _bare({key: (wake["alarm"] or {}).get(key) for key in _LOOKED_AT}),
        },
    }  # fmt: skip


def _bare(value: Any) -> Any:
    """Without what is off or says nothing, which AWS answers in one way or the other; lists of named things by name."""
    if isinstance(value, Mapping):
        kept = {key: _bare(item) for key, item in value.items() if key != "Label"}
        return {key: item for key, item in kept.items() if item not in (None, [], {}) and item is not False}
    if isinstance(value, (list, tuple)):
        for key in ("Id", "Name"):
            if value and all(isinstance(each, Mapping) and key in each for each in value):
                return {str(each[key]): _bare(each) for each in value}
        return [_bare(each) for each in value]
    return _number(value)


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value
