"""A hook that ECS invokes during a rollout: smoke tests before any traffic, numbers and comparisons at every step.

What is checked stands in `hookDetails`, so that a deployment which somebody started in the console is checked as well;
only the open rollout of a release keeps what was measured. ECS rolls back when a hook fails ("Lambda hooks for Amazon
ECS service deployments", Developer Guide), so that a throttled call or a number that is not there yet asks to be called
again, a bounded number of times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pilotage.checking.answered import Answered
from pilotage.checking.details import Details, Tried, address, read_details
from pilotage.checking.figures import Finding, Point, judge_numbers, without
from pilotage.checking.hook import ALL_SHIFTED, BEFORE_STEP, TESTED, HookAnswer, HookCall, HookStatus, read_call
from pilotage.checking.queries import OF_TARGET_GROUP, Where, dimension_of, queries, result_id
from pilotage.checking.smoke import judge_smoke, nobody_answers, within
from pilotage.document import to_document
from pilotage.errors import BadManifest, PilotageError, Transient
from pilotage.measure import Judged, Measure
from pilotage.ports import Clock, Metrics, Policies, Prober, Revisions, Rollouts
from pilotage.rollout import Rollout
from pilotage.rollout_words import Check

SOON = 10  # seconds until a service that does not answer is asked again
A_MINUTE = 60  # seconds until there is another number
_ANSWERS = 6  # times that a service may be silent
_TROUBLE = 10  # times that AWS may be
_LATE = 2  # minutes that CloudWatch may lag behind
_LONG_AGO = 60  # minutes that the old revision is looked back at, once it has no traffic any more
_ALL = 100


@dataclass(frozen=True, slots=True)
class Checked:
    """`rollout`: of the release that it belongs to; None: a deployment that no release of ours started."""

    answer: HookAnswer
    rollout: Rollout | None = None


class Checker:
    def __init__(
        self,
        *,
        rollouts: Rollouts,
        policies: Policies,
        revisions: Revisions,
        metrics: Metrics,
        prober: Prober,
        clock: Clock,
    ) -> None:
        self._rollouts, self._policies, self._revisions = rollouts, policies, revisions
        self._metrics, self._prober, self._clock = metrics, prober, clock

    def check(self, event: Mapping[str, Any]) -> Checked:
        """Raises BadEvent for what is no call of a hook of ours; ECS rolls back then."""
        call = read_call(event)
        if call.details is None:
            return Checked(_go_on("the hook has no details: nothing is checked"))
        details = read_details(call.details)
        try:
            return self._checked(call, details)
        except Transient as error:
            if details.times(call.stage, call.traffic) >= _TROUBLE:
                raise
            return Checked(_again(call, details, A_MINUTE // 2, f"AWS has no answer now: {error}"))

    def _checked(self, call: HookCall, details: Details) -> Checked:
        rollout = self._ours(call)
        if call.stage == TESTED:
            answer, measures = self._smoke(call, details)
        elif call.stage == ALL_SHIFTED or (call.stage == BEFORE_STEP and call.traffic != 0):
            answer, measures = self._numbers(call, details)
        else:
            return Checked(_go_on(f"{call.stage}: the new revision has no traffic that could be measured"), rollout)
        if rollout is not None and answer.status is not HookStatus.IN_PROGRESS:
            for measure in measures:
                self._rollouts.measured(rollout.target, rollout.release_id, measure)
        return Checked(answer, rollout)

    def _ours(self, call: HookCall) -> Rollout | None:
        """The open rollout, unless its deployment is known to be another one."""
        rollout = self._rollouts.by_service_arn(call.service_arn)
        known = rollout.service_deployment_arn if rollout is not None else None
        return rollout if known in {None, call.deployment_arn} else None

    def _smoke(self, call: HookCall, details: Details) -> tuple[HookAnswer, Sequence[Measure]]:
        if not details.smoke:
            return _go_on("there are no smoke tests"), ()
        now = self._clock.now()
        refused = self._refused(details)
        answers = [(test, refused or self._asked(details, test.path, within(test))) for test in details.smoke]
        measures = [judge_smoke(test, answered, now) for test, answered in answers]
        silent = refused is None and any(nobody_answers(test, answered) for test, answered in answers)
        if silent and details.times(call.stage, call.traffic) < _ANSWERS:
            return _again(call, details, SOON, *_sentences(measures)), ()
        wrong = [each for each in measures if each.judged is Judged.WRONG]
        return _judged(bool(wrong), wrong or measures), measures

    def _refused(self, details: Details) -> Answered | None:
        """Only what a route of the policy names is called: hookDetails can be written by whoever updates a service."""
        routes = self._policies.current(details.environment).routing.values()
        if details.url in {route.test_url for route in routes} and details.url:
            return None
        return Answered(None, 0, error=f"{details.url} is the test_url of no route of {details.environment}'s policy")

    def _asked(self, details: Details, path: str, milliseconds: int) -> Answered:
        try:
            return self._prober.get(address(details.url or "", path), milliseconds)
        except BadManifest as error:
            return Answered(None, milliseconds, error=str(error))

    def _numbers(self, call: HookCall, details: Details) -> tuple[HookAnswer, Sequence[Measure]]:
        if not details.checks:
            return _go_on("there are no numbers to check"), ()
        new, old = self._target_groups(call, details)
        findings = [self._finding(check, call, details, new, old) for check in details.checks]
        sure = [each for each in findings if each.rolls_back and not each.unsure]
        unsure = [each for each in findings if each.unsure]
        patience = max((each.check.minutes for each in unsure), default=0) + _LATE
        if unsure and not sure and details.times(call.stage, call.traffic) < patience:
            return _again(call, details, A_MINUTE, *_sentences([each.measure for each in unsure])), ()
        # What decides comes last: it is what the outcome names.
        findings.sort(key=lambda each: each.rolls_back)
        deciding = [each.measure for each in findings if each.rolls_back]
        measures = [each.measure for each in findings]
        return _judged(bool(deciding), deciding or measures), measures

    def _target_groups(self, call: HookCall, details: Details) -> tuple[str | None, str | None]:
        """The new revision's and the old one's. Which is which changes with every rollout that shifts traffic."""
        if len(details.target_groups) < 2:  # noqa: PLR2004 - there is no other
            return next(iter(details.target_groups), None), None
        of_new = set(self._revisions.target_groups(call.revision_arn)) & set(details.target_groups)
        if len(of_new) != 1:
            return None, None
        (new,) = of_new
        return new, next(group for group in details.target_groups if group != new)

    def _finding(self, check: Check, call: HookCall, details: Details, new: str | None, old: str | None) -> Finding:
        point = Point(self._clock.now(), call.stage, call.traffic)
        compares, by_group = check.at_most_times is not None, check.metric in OF_TARGET_GROUP
        if compares and not by_group:
            return _settled(check, f"{check.metric or 'an expression'} is not measured by target group", point)
        if by_group and details.target_groups and (new is None or (compares and old is None)):
            return _settled(check, "ECS does not say which target group the new revision has", point)
        window = check.minutes + _LATE
        before = _LONG_AGO if call.traffic == _ALL else window
        try:
            of_new = self._values(check, details, new, window)
            of_old = self._values(check, details, old, before) if compares else ()
        except Transient:
            raise
        except PilotageError as error:  # CloudWatch does not take the expression, or may not be asked
            return _settled(check, str(error), point)
        return judge_numbers(check, of_new, of_old, point)

    def _values(self, check: Check, details: Details, target_group: str | None, minutes: int) -> Sequence[float]:
        group = dimension_of(target_group) if target_group else None
        where = Where(details.cluster, details.service, group, details.load_balancer)
        return self._metrics.values(queries(check, where), minutes)[result_id(check)]


def _settled(check: Check, why: str, point: Point) -> Finding:
    """No number, and waiting brings none."""
    return replace(without(check, why, point), unsure=False)


def _go_on(*why: str) -> HookAnswer:
    return HookAnswer(HookStatus.SUCCEEDED, why)


def _judged(wrong: bool, measures: Sequence[Measure]) -> HookAnswer:
    return HookAnswer(HookStatus.FAILED if wrong else HookStatus.SUCCEEDED, _sentences(measures))


def _again(call: HookCall, details: Details, delay: int, *why: str) -> HookAnswer:
    tried = Tried(call.stage, call.traffic, details.times(call.stage, call.traffic) + 1)
    handed_back = {**(call.details or {}), "tried": to_document(tried)}
    return HookAnswer(HookStatus.IN_PROGRESS, why, delay, handed_back)


def _sentences(measures: Sequence[Measure]) -> tuple[str, ...]:
    return tuple(each.sentence for each in measures)
