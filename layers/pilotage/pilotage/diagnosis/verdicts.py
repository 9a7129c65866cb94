"""Who ended a release, and by what: from its record, which outlives what ECS remembers.

Sources, ECS Developer Guide: "How the Amazon ECS deployment circuit breaker detects failures", "How CloudWatch alarms
detect Amazon ECS deployment failures", "Lifecycle hooks for Amazon ECS service deployments", "Pause lifecycle hooks".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pilotage.diagnosis.finding import GUIDE, Finding, Likelihood
from pilotage.measure import Judged, Measure
from pilotage.migration import Ran
from pilotage.outcome import Outcome
from pilotage.record import ReleaseRecord
from pilotage.rollout import Cause

_ALARM_PAGE = f"{GUIDE}/deployment-alarm-failure.html"
_HOOK_PAGE = f"{GUIDE}/deployment-lifecycle-hooks.html"
_PAUSE_PAGE = f"{GUIDE}/pause-lifecycle-hooks.html"
_LOOK = "What made it so stands beside it."
_GOOD = frozenset({Outcome.SUCCEEDED, Outcome.NO_CHANGE})

# Certain are those behind which there is nothing more to find; the others say who acted, and not why it was needed.
_CAUSES: Mapping[Cause, tuple[Likelihood, str, str, str]] = {
    Cause.BREAKER: (
        Likelihood.MECHANISM,
        "the circuit breaker rolled it back, because its tasks failed again and again",
        "What the tasks died of stands beside it; the policy's rollout.failure_threshold says how many may.",
        f"{GUIDE}/deployment-circuit-breaker.html",
    ),
    Cause.ALARM: (
        Likelihood.CERTAIN,
        "an alarm went off, and ECS rolled it back",
        "Compare the numbers of both revisions at that time: the alarm's own page in CloudWatch shows them.",
        _ALARM_PAGE,
    ),
    Cause.CHECK: (
        Likelihood.CERTAIN,
        "a check of the manifest said no",
        "The numbers and answers stand beside it; `rollout.checks` and `rollout.smoke` say what is expected.",
        _HOOK_PAGE,
    ),
    Cause.HOOK: (
        Likelihood.CERTAIN,
        "a lifecycle hook that is not Pilotage's failed or timed out",
        "The log of the hook's function says why.",
        _HOOK_PAGE,
    ),
    Cause.REFUSED: (
        Likelihood.CERTAIN,
        "it was refused at a pause",
        "Whoever refused it said why: `pilotage audit` has it.",
        _PAUSE_PAGE,
    ),
    Cause.PAUSE_TIMEOUT: (
        Likelihood.CERTAIN,
        "nobody decided at a pause before its time was over",
        "Release it again when somebody is there, or give the pause more time: rollout.pauses[].timeout_minutes.",
        _PAUSE_PAGE,
    ),
    Cause.PERSON: (Likelihood.CERTAIN, "a person rolled it back", "`pilotage audit` says who and why.", ""),
    Cause.DEADLINE: (
        Likelihood.MECHANISM,
        "it did not come to an end before its deadline, and Pilotage stopped it",
        "Tasks that start, pass and die never trip the circuit breaker: look at what they died of.",
        "",
    ),
    Cause.NEWER: (Likelihood.CERTAIN, "a newer release took its place", "Nothing: the newer one counts.", ""),
    Cause.FOREIGN: (
        Likelihood.CERTAIN,
        "somebody else changed the service, past Pilotage",
        "CloudTrail says who called ecs:UpdateService or ecs:StopServiceDeployment. Let one of you deploy it.",
        "",
    ),
    Cause.UNKNOWN: (Likelihood.MECHANISM, "ECS rolled it back and does not say why", _LOOK, ""),
}
_ENDS: Mapping[Outcome, tuple[str, str]] = {
    Outcome.REJECTED: ("it was not let in", "The reason says what has to change; then push again."),
    Outcome.EXPIRED: ("nobody decided in time", "Release it again when somebody is there to decide."),
    Outcome.SUPERSEDED: ("something newer took its place", "Nothing: the newer one counts."),
    Outcome.UNVERIFIED: (
        "nothing has shown that it runs: the service wants no tasks",
        "Scale the service up; Pilotage looks then, and tells.",
    ),
}


def verdicts(record: ReleaseRecord) -> list[Finding]:
    """By the record alone: migrations first, because what they failed at never came to a rollout."""
    return [*_migrations(record), *_measured(record), *_cause(record), *_foreign(record), *_end(record)]


def _migrations(record: ReleaseRecord) -> Iterator[Finding]:
    for run in record.migrations:
        if run.ran is Ran.SUCCEEDED:
            continue
        remedy = "Mend the migration and push again; nothing of the service was touched."
        if run.when == "after":
            remedy = "The new code runs already. Mend the migration and push again; it runs anew then."
        if run.ran is Ran.TIMED_OUT:
            remedy = f"{remedy} Should it need longer: migrations[].timeout_minutes."
        log = f"; its last line: {run.log[-1]}" if run.log else ""
        yield Finding("migration", Likelihood.CERTAIN, run.sentence, remedy, f"{run.reason}{log}")


def _measured(record: ReleaseRecord) -> Iterator[Finding]:
    """The numbers behind an alarm or a check; without data is an answer of its own."""
    if record.outcome in _GOOD:
        return
    latest: dict[str, Measure] = {each.check: each for each in record.measures}
    for measure in latest.values():
        if measure.judged is Judged.WRONG:
            value = "" if measure.value is None else f" was {measure.value:g}, and may be {measure.bound}"
            at = "" if measure.traffic is None else f", at {measure.traffic:g} % of the traffic"
            said = measure.sentence or f"{measure.check}{value}{at}"
            remedy = f"Compare `{measure.check}` of both revisions around {measure.at:%Y-%m-%d %H:%M} UTC."
            yield Finding("check", Likelihood.CERTAIN, said, remedy, f"{measure.check}{value}{at}", _ALARM_PAGE)
        elif measure.judged is Judged.NO_DATA:
            said = f"{measure.check} had no data{f' at {measure.traffic:g} %' if measure.traffic is not None else ''}"
            remedy = "Send some traffic, or say in the manifest what no data means: rollout.checks[].no_data."
            yield Finding("no data", Likelihood.POSSIBLE, said, remedy, measure.sentence, _ALARM_PAGE)


def _cause(record: ReleaseRecord) -> Iterator[Finding]:
    cause = cause_of(record)
    if cause is not None:
        likelihood, sentence, remedy, page = _CAUSES[cause]
        seen = next((each for each in record.reasons[1:]), "") or "; ".join(record.reasons[:1])
        yield Finding(cause.value, likelihood, sentence, remedy, seen, page)


def cause_of(record: ReleaseRecord) -> Cause | None:
    """As the record has it; of records that are older than that, as ECS's reason reads."""
    if record.cause is not None:
        return Cause(record.cause) if record.cause in set(Cause) else Cause.UNKNOWN
    if record.outcome not in {Outcome.ROLLED_BACK, Outcome.FAILED, Outcome.FAILED_DIRTY}:
        return None
    said = " ".join(record.reasons).lower()
    known = (("circuit breaker", Cause.BREAKER), ("alarm", Cause.ALARM), ("the deadline of", Cause.DEADLINE))
    return next((cause for words, cause in known if words in said), None)


def _foreign(record: ReleaseRecord) -> Iterator[Finding]:
    for said in record.findings:
        remedy = "Two that deploy one service undo each other's work: let one of you do it."
        yield Finding("foreign", Likelihood.LIKELY, said, remedy, said)


def _end(record: ReleaseRecord) -> Iterator[Finding]:
    """Ends without a rollout: what was said is the explanation."""
    outcome, said = record.outcome, "; ".join(record.reasons)
    if outcome is None or cause_of(record) is not None:
        return
    if outcome in _ENDS:
        sentence, remedy = _ENDS[outcome]
        told = f"{sentence}: {said}" if said else sentence
        yield Finding(outcome.words.lower(), Likelihood.CERTAIN, told, remedy)
    elif record.service_deployment_arn is None and said and not record.migrations:
        remedy = "The sentence says what has to change; then push again."
        yield Finding("not begun", Likelihood.LIKELY, f"ECS began nothing for it: {said}", remedy)
    if outcome is Outcome.FAILED_DIRTY:
        remedy = "Compare what runs (`pilotage status`) with what should; push again, or `pilotage rollback`."
        yield Finding("dirty", Likelihood.MECHANISM, "nobody can vouch for the service: a person must look", remedy)
