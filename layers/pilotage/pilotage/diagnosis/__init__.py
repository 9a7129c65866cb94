"""Why a release failed: from facts to findings, each with the words that it rests on, a remedy and AWS's page. Pure.

`starts` knows tasks that never ran, `runs` those that ran and ended, `verdicts` who ended the release and by what,
`rollout.placing` the tasks that found no place. `finding` has what they are made of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pilotage.diagnosis.finding import GUIDE, Finding, Likelihood, all_of
from pilotage.diagnosis.runs import LOGS, RUNS
from pilotage.diagnosis.starts import STARTS
from pilotage.diagnosis.verdicts import verdicts
from pilotage.outcome import Outcome
from pilotage.record import ReleaseRecord
from pilotage.rollout.placing import no_place
from pilotage.rollout.reasons import TargetHealth

__all__ = ["Facts", "Finding", "Likelihood", "diagnose"]

_GOOD = frozenset({Outcome.SUCCEEDED, Outcome.NO_CHANGE})
_TARGETS_PAGE = f"{GUIDE}/troubleshoot-service-load-balancers.html"


@dataclass(frozen=True, slots=True)
class Facts:
    """`deaths`: a sentence for each task that died, the latest first (`rollout.stop_reasons`). `events`: the service's
    own since the release began, the newest first. `logs`: the last lines of each container that failed, by its name.
    """

    record: ReleaseRecord
    deaths: Sequence[str] = ()
    targets: Sequence[TargetHealth] = ()
    events: Sequence[str] = ()
    logs: Mapping[str, Sequence[str]] = field(default_factory=dict)


def diagnose(facts: Facts) -> tuple[Finding, ...]:
    """The likeliest first. A release that failed gets at least one: what is unknown is said to be."""
    if facts.record.outcome in _GOOD:
        return ()
    found = [
        *all_of((*STARTS, *RUNS), facts.deaths),
        *_places(facts.events),
        *_targets(facts.targets),
        *_logged(facts.logs),
        *verdicts(facts.record),
    ]
    known = {finding.sentence: finding for finding in reversed(found)}
    ordered = [finding for finding in found if known.get(finding.sentence) is finding]
    if not any(finding.likelihood > Likelihood.MECHANISM for finding in ordered):
        ordered.append(_unknown(facts))
    return tuple(sorted(ordered, key=lambda finding: -finding.likelihood))  # stable: the rules' order within


def _places(events: Sequence[str]) -> list[Finding]:
    """Only the newest of each kind; a start that came after it means that there was a place in the end."""
    found: dict[str, Finding] = {}
    placed = False
    for event in events:
        placed = placed or "has started" in event or "reached a steady state" in event
        trouble = no_place(event)
        if trouble is not None:
            likelihood = Likelihood.POSSIBLE if placed else Likelihood.CERTAIN
            sentence = f"ECS found no place for a task: {trouble.what} ({trouble.code})"
            kind = f"placement {trouble.code}"
            found.setdefault(kind, Finding(kind, likelihood, sentence, trouble.remedy, event, trouble.page))
    return list(found.values())


def _targets(targets: Sequence[TargetHealth]) -> list[Finding]:
    """What the load balancer says now: of a release that is over, it may speak of the revision that is back."""
    told: dict[str, Finding] = {}
    for target in targets:
        if target.state == "unhealthy":
            said = target.description or target.reason or target.state
            remedy = _REMEDIES.get(target.reason or "", "Look at the health check's path, port and expected codes.")
            finding = Finding(
                "target health", Likelihood.LIKELY, f"the load balancer says: {said}", remedy, said, _TARGETS_PAGE
            )
            told.setdefault(said, finding)
    return list(told.values())


# TargetHealth, Elastic Load Balancing API reference: the reasons of `unhealthy`.
_REMEDIES = {
    "Target.ResponseCodeMismatch": "Look at the path of the health check, at the codes it expects, and at the log.",
    "Target.Timeout": "The service does not answer in time: let the load balancer's security group in, or speed it up.",
    "Target.FailedHealthChecks": "Nothing listens on that port, or it hangs up: look at the container's port.",
    "Elb.InternalError": "The load balancer itself had a failure: look at the AWS Health Dashboard.",
}


def _logged(logs: Mapping[str, Sequence[str]]) -> list[Finding]:
    """The last telling line of each container."""
    found: list[Finding] = []
    for container, lines in logs.items():
        for finding in all_of(LOGS, reversed(lines))[:1]:
            said = f"by the log of container {container}, {finding.sentence}"
            found.append(Finding(finding.kind, finding.likelihood, said, finding.remedy, finding.seen, finding.page))
    return found


def _unknown(facts: Facts) -> Finding:
    """What is known, and where to look."""
    record = facts.record
    known = [*record.reasons, *facts.deaths[:3], *facts.events[:1]]
    if record.outcome is None:
        return Finding("under way", Likelihood.UNKNOWN, "it has not ended: `pilotage status --watch` shows it", "")
    remedy = (
        f"Look at the execution {record.request.release_id} of the state machine, at the service's events in ECS and "
        "at the containers' logs."
    )
    return Finding(
        "unknown", Likelihood.UNKNOWN, "no rule explains it", remedy, "; ".join(known), f"{GUIDE}/troubleshooting.html"
    )
