"""A release watched to its end, and one that failed explained: by the use cases, and by the commands over them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from fakes.clock import FakeClock
from fakes.harbour import CATS, Execution, Harbour
from fakes.lookout import FakeLookout
from fakes.samples import a_rollout, an_asked
from pilotage.errors import NotFound, Unavailable
from pilotage.measure import Judged, Measure
from pilotage.outcome import Outcome
from pilotage.plan import Step, Verb
from pilotage.rollout import DeploymentStatus, Hook, ServiceDeployment
from pilotage.usecases.diagnose_release import Diagnoser
from pilotage.usecases.sights import Sight, target_groups
from pilotage.usecases.watch_rollout import Watcher
from pilotage_cli import watching
from pilotage_cli.commands import diagnose, status
from pilotage_cli.main import app
from pilotage_local.ecs import exits
from rich.console import Console
from typer.testing import CliRunner, Result

pytestmark = pytest.mark.disable_socket


@pytest.fixture
def harbour() -> Harbour:
    return Harbour()


@pytest.fixture
def lookout(harbour: Harbour) -> FakeLookout:
    return FakeLookout(harbour.services)


@pytest.fixture
def watcher(harbour: Harbour, lookout: FakeLookout) -> Watcher:
    at = harbour
    return Watcher(
        at.records, at.rollouts, at.migrations, at.approvals, at.plans, at.policies, at.services, lookout, at.clock
    )


@pytest.fixture
def diagnoser(harbour: Harbour, lookout: FakeLookout) -> Diagnoser:
    return Diagnoser(harbour.records, harbour.rollouts, harbour.plans, harbour.policies, lookout)


def rolling(harbour: Harbour, tag: str = "v1") -> Execution:
    """A release that waits for ECS."""
    execution = harbour.begin(harbour.push(tag))
    execution.go()
    execution.await_rollout()
    return execution


def failed(harbour: Harbour, tag: str = "bad") -> Execution:
    push = harbour.push(tag)
    harbour.services.tasks.script(push.digest, exits(137, after=2))
    execution = harbour.begin(push)
    execution.sail()
    return execution


def test_a_rollout_is_seen_from_its_first_task_to_its_end(harbour: Harbour, watcher: Watcher) -> None:
    """Phase, reason, counts and time, at every look; and the outcome in the end."""
    execution = rolling(harbour)
    watched = watcher.begin(CATS)
    first = watcher.look(watched)
    assert (first.over, first.wanted) == (False, 2)
    assert first.reason.startswith("waiting: ")
    assert (first.estimate or "").endswith(" s so far")
    execution.follow()
    execution.conclude()
    last = watcher.look(watched)
    assert (last.over, last.outcome, last.phase) == (True, Outcome.SUCCEEDED, "over")
    assert "runs: 2 of 2 tasks" in last.reason


def test_what_ecs_has_ended_is_not_shown_where_it_was_before(harbour: Harbour, watcher: Watcher) -> None:
    """Between ECS's end and the outcome, a rollback must not be seen to shift traffic again."""
    push = harbour.push("bad")
    harbour.services.tasks.script(push.digest, exits(3, after=2))
    rolling_back = harbour.begin(push)
    rolling_back.go()
    rolling_back.await_rollout()
    watched = watcher.begin(CATS)
    harbour.services.run(600)
    sight = watcher.look(watched)
    assert (sight.over, sight.phase) == (False, "ECS is done")
    assert "circuit breaker" in sight.reason


def test_earlier_releases_tell_how_long_it_usually_takes(harbour: Harbour, watcher: Watcher) -> None:
    """Only those that succeeded: how fast something fails says nothing."""
    for number in range(3):
        harbour.release(f"v{number}")
        harbour.clock.advance(minutes=1)
    failed(harbour)
    rolling(harbour, "v9")
    sight = watcher.look(watcher.begin(CATS))
    assert sight.usually is not None
    assert "of 3 releases); " in (sight.estimate or "")


def test_a_look_costs_what_it_says(harbour: Harbour, watcher: Watcher) -> None:
    """It is repeated every two seconds."""
    rolling(harbour)
    harbour.services.run(20)
    watched = watcher.begin(CATS)
    watcher.look(watched)
    harbour.services.checked.calls.clear()
    watcher.look(watched)
    assert len(harbour.services.checked.calls) <= 7


def test_what_tasks_die_of_is_seen_while_it_rolls(harbour: Harbour, watcher: Watcher) -> None:
    """Nobody waits for the circuit breaker to learn that it crashes."""
    push = harbour.push("bad")
    harbour.services.tasks.script(push.digest, exits(3, after=2))
    execution = harbour.begin(push)
    execution.go()
    harbour.services.run(4)
    sight = watcher.look(watcher.begin(CATS))
    assert "the last because container cats exited with code 3" in sight.reason


def test_a_pause_says_who_has_to_decide_and_how(harbour: Harbour, watcher: Watcher, monkeypatch: Any) -> None:
    """The command is there to be copied."""
    execution = rolling(harbour)
    release = execution.request.release_id
    pause = Hook("hook-1", "AWAITING_ACTION", None, harbour.clock.now() + timedelta(minutes=5))
    answer = ServiceDeployment(
        "arn:2", DeploymentStatus.IN_PROGRESS, None, None, None, None, stage="POST_SCALE_UP", hooks=(pause,)
    )
    monkeypatch.setattr(harbour.services, "deployment", lambda _arn: answer)
    asked = an_asked(release, CATS, hook="hook-1", about="new tasks: they run")
    monkeypatch.setattr(harbour.approvals, "get", lambda _target, _release: asked)
    sight = watcher.look(watcher.begin(CATS))
    assert sight.decide == asked.short
    assert sight.reason.startswith("paused: decision about new tasks: they run, until ")
    monkeypatch.setattr(harbour.approvals, "get", lambda _target, _release: replace(asked, hook="hook-0"))
    assert watcher.look(watcher.begin(CATS)).decide is None


def test_what_waits_before_its_rollout_says_for_what(harbour: Harbour, watcher: Watcher) -> None:
    """People, a turn, a migration: none of it is a rollout yet."""
    execution = harbour.begin(harbour.push())
    assert watcher.look(watcher.begin(CATS)).phase == "preparing"
    record = harbour.records.get(CATS, execution.request.release_id)
    assert record is not None
    harbour.records.save(replace(record, waits_for="leads to approve"))
    assert watcher.look(watcher.begin(CATS)).reason == "waiting: leads to approve"


def test_a_stage_that_changes_under_our_eyes_is_timed_from_then(
    harbour: Harbour, watcher: Watcher, monkeypatch: Any
) -> None:
    """Where it was at the first look, it may have been for long."""
    rolling(harbour)
    stages = iter(["BAKE_TIME", "CLEAN_UP", "CLEAN_UP"])

    def deployment(_arn: str) -> ServiceDeployment:
        return ServiceDeployment("a", DeploymentStatus.IN_PROGRESS, None, None, None, None, stage=next(stages))

    monkeypatch.setattr(harbour.services, "deployment", deployment)
    watched = watcher.begin(CATS)
    watcher.look(watched)
    assert watched.since is None
    watcher.look(watched)
    began = watched.since
    assert began == harbour.clock.now()
    harbour.clock.advance(seconds=30)
    watcher.look(watched)
    assert watched.since == began


def test_a_service_without_a_release_is_named(watcher: Watcher) -> None:
    """A typing error gets no empty picture."""
    with pytest.raises(NotFound, match="dev/cats has no release"):
        watcher.begin(CATS)


def test_target_groups_of_a_plan_are_both_that_its_service_has(harbour: Harbour) -> None:
    """Green's targets lie in the alternate one."""
    rolling(harbour)
    (plan,) = {each.plan_hash for each in harbour.records.history("dev", "cats", 1)}
    assert plan is not None
    body = {"loadBalancers": [{"targetGroupArn": "a", "advancedConfiguration": {"alternateTargetGroupArn": "b"}}]}
    made = replace(harbour.plans.get(plan), steps=(Step(Verb.UPDATE_SERVICE, body), Step(Verb.CREATE_SERVICE, body)))
    assert target_groups(made) == ["a", "b"]


# --- why it failed ---------------------------------------------------------------------------------------------------
def test_a_crash_is_explained_with_its_log(harbour: Harbour, lookout: FakeLookout, diagnoser: Diagnoser) -> None:
    """Exit code, remedy, and the container's last words, without what it said of its secrets."""
    harbour.release("v1")
    execution = failed(harbour)
    task = next(each for each in lookout.tasks("main", "cats") if each.status == "STOPPED" and each.why)
    number = task.task.rsplit("/", 1)[-1]
    lookout.streams["/pilotage/dev/cats", f"cats/cats/{number}"] = [
        "starting with password=hunter2",
        "KeyError: 'DATABASE_URL'",
    ]
    found = diagnoser.diagnose("dev", "cats")
    assert found.record.request.release_id == execution.request.release_id
    kinds = [finding.kind for finding in found.findings]
    assert {"killed", "setting missing", "circuit breaker"} <= set(kinds)
    assert found.logs == {"cats": ["starting with password=***", "KeyError: 'DATABASE_URL'"]}
    assert found.remembered


def test_a_sidecars_last_words_are_found_under_its_own_name(
    harbour: Harbour, lookout: FakeLookout, diagnoser: Diagnoser, monkeypatch: Any
) -> None:
    """Each container's stream begins with its name: it is not always the service's container that crashed."""
    harbour.release("v1")
    failed(harbour)
    dead = [replace(each, exit_codes={"cats": 0, "proxy": 1}) for each in lookout.tasks("main", "cats") if each.why]
    monkeypatch.setattr(lookout, "tasks", lambda _cluster, _service: dead)
    number = dead[0].task.rsplit("/", 1)[-1]
    lookout.streams["/pilotage/dev/cats", f"proxy/proxy/{number}"] = ["no upstream"]
    assert diagnoser.diagnose("dev", "cats").logs == {"proxy": ["no upstream"]}


def test_the_record_explains_what_ecs_has_forgotten(
    harbour: Harbour, diagnoser: Diagnoser, monkeypatch: Any, lookout: FakeLookout
) -> None:
    """A day later, stopped tasks are gone, and their reasons are not."""
    execution = failed(harbour)
    monkeypatch.setattr(lookout, "tasks", lambda _cluster, _service: [])
    found = diagnoser.diagnose("dev", execution.request.release_id)
    assert "killed" in [finding.kind for finding in found.findings]
    assert not found.remembered
    assert "log group /pilotage/dev/cats" in found.look_at


def test_a_service_is_diagnosed_by_its_last_failure(harbour: Harbour, diagnoser: Diagnoser) -> None:
    """Whoever asks after the mend wants to know about what was mended; one that never failed has nothing to explain."""
    harbour.release("v1")
    assert diagnoser.diagnose("dev", "cats").well
    execution = failed(harbour)
    harbour.release("v2")
    assert diagnoser.diagnose("dev", "cats").record.request.release_id == execution.request.release_id
    with pytest.raises(NotFound, match="neither a release nor a service called dogs"):
        diagnoser.diagnose("dev", "dogs")


# --- the commands ----------------------------------------------------------------------------------------------------
class Looks:
    """A watcher that shows these, one after another; an exception is raised instead."""

    def __init__(self, *sights: Sight | BaseException) -> None:
        self._sights = list(sights)

    def begin(self, target: Any) -> Any:
        return SimpleNamespace(target=target)

    def look(self, _watched: Any) -> Sight:
        found = self._sights.pop(0)
        if isinstance(found, BaseException):
            raise found
        return found


ROLLING = Sight(
    release="r1",
    target=CATS,
    image="cats:v1",
    outcome=None,
    phase="traffic shifts to the new revision",
    reason="step 1 of 2: 10 % of the traffic, 2 min left",
    strategy="canary: 10 % for 5 minutes, then all",
    revision=a_rollout().revision,
    previous_revision=a_rollout().previous_revision,
    wanted=4,
    running=3,
    traffic=10.0,
    so_far=80.0,
    usually=180.0,
    estimate="usually 3 min (2 min to 5 min, of 7 releases); 1 min 20 s so far",
    decide="a1b2c3d4e5f6",
    chart=("errors: at most 1 %",),
    migrations=("the migration before the rollout succeeded: exit code 0",),
    members=("worker: SUCCEEDED",),
)
OVER = replace(ROLLING, outcome=Outcome.SUCCEEDED, phase="over", reason="prod-cats:2 runs: 4 of 4 tasks", decide=None)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch, harbour: Harbour, diagnoser: Diagnoser) -> Callable[..., Result]:
    def run(looks: Looks | None, *words: str) -> Result:
        here = SimpleNamespace(
            watcher=looks,
            diagnoser=diagnoser,
            clock=FakeClock(),
            policies=harbour.policies,
            settings=SimpleNamespace(default_environment="dev"),
        )
        for module in (status, diagnose):
            monkeypatch.setattr(module, "world", lambda _stack: here)
        monkeypatch.setattr(status, "look", lambda *_: [])
        return CliRunner().invoke(app, list(words))

    return run


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome.SUCCEEDED, 0),
        (Outcome.NO_CHANGE, 0),
        (Outcome.ROLLED_BACK, 3),
        (Outcome.UNVERIFIED, 3),
        (Outcome.FAILED_DIRTY, 3),
    ],
)
def test_a_watch_ends_with_the_release_and_its_exit_code_says_how(
    ran: Callable[..., Result], outcome: Outcome, code: int
) -> None:
    """A pipeline goes on by it."""
    result = ran(Looks(ROLLING, ROLLING, replace(OVER, outcome=outcome)), "status", "dev/cats", "--watch")
    assert result.exit_code == code
    lines = result.stdout.splitlines()
    assert len(lines) == 2
    assert "pilotage approve dev/cats a1b2c3d4e5f6" in lines[0]
    assert outcome.value in lines[1]


def test_a_watch_as_json_is_a_document_for_each_change(ran: Callable[..., Result]) -> None:
    """For machines."""
    result = ran(Looks(ROLLING, OVER), "status", "cats", "--watch", "--format", "json")
    documents = [json.loads(text) for text in result.stdout.replace("}\n{", "}\x00{").split("\x00")]
    assert [document["outcome"] for document in documents] == [None, "SUCCEEDED"]


def test_a_watch_outlives_an_answer_that_did_not_come(ran: Callable[..., Result]) -> None:
    """A throttle is no end; Ctrl-C is one, and the release goes on."""
    result = ran(Looks(ROLLING, Unavailable("ecs: no answer"), OVER), "status", "cats", "--watch")
    assert result.exit_code == 0
    assert "looking again" in result.stderr
    left = ran(Looks(ROLLING, KeyboardInterrupt()), "status", "cats", "--watch")
    assert left.exit_code == 130


def test_two_names_for_the_environment_are_refused(ran: Callable[..., Result]) -> None:
    """Which of them was meant, nobody knows."""
    for command in (("status", "dev/cats", "--watch"), ("diagnose", "dev/cats")):
        assert ran(None, *command, "-e", "prod").exit_code == 2


def test_the_picture_shows_all_that_is_known() -> None:
    """What goes where, why it waits, how far it is, what was measured, who decides."""
    shown = Console(width=100, color_system=None, record=True, file=io.StringIO())
    shown.print(watching.drawn(ROLLING, "as of the last answer; throttled"))
    text = shown.export_text()
    for part in (
        "dev/cats  cats:v1  canary: 10 % for 5 minutes, then all",
        "prod-cats:1 -> prod-cats:2   r1",
        "step 1 of 2: 10 % of the traffic, 2 min left",
        "3 of 4",
        "10 %",
        "usually 3 min",
        "errors: at most 1 %",
        "migration: the migration before the rollout succeeded",
        "member: worker: SUCCEEDED",
        "pilotage approve dev/cats a1b2c3d4e5f6",
        "as of the last answer",
    ):
        assert part in text, text


def test_the_picture_of_the_end_is_its_outcome() -> None:
    """No bar runs on after it."""
    shown = Console(width=100, color_system=None, record=True, file=io.StringIO())
    shown.print(watching.drawn(OVER))
    assert "SUCCEEDED  prod-cats:2 runs: 4 of 4 tasks" in shown.export_text()


def test_diagnose_tells_findings_with_remedies_and_pages(ran: Callable[..., Result], harbour: Harbour) -> None:
    """In the order of likelihood; for machines with every field."""
    execution = failed(harbour)
    result = ran(None, "diagnose", "cats")
    assert result.exit_code == 0
    assert "was killed (137, SIGKILL)" in result.stdout
    assert "page: https://docs.aws.amazon.com/" in result.stdout
    document = json.loads(ran(None, "diagnose", execution.request.release_id, "--format", "json").stdout)
    assert document["findings"][0]["kind"] == "killed"


def test_diagnose_of_what_went_well_or_never_was(ran: Callable[..., Result], harbour: Harbour) -> None:
    """One is no failure; the other is a typing error."""
    harbour.release("v1")
    assert "there is nothing to explain" in ran(None, "diagnose", "dev/cats").stdout
    assert ran(None, "diagnose", "dogs").exit_code == 2


def test_numbers_that_were_measured_are_drawn(harbour: Harbour, watcher: Watcher) -> None:
    """The chart is that of the card."""
    execution = rolling(harbour)
    wrong = Measure("errors", harbour.clock.now(), "BAKE_TIME", Judged.WRONG, 4.2, "at most 1", 10.0)
    harbour.rollouts.measured(CATS, execution.request.release_id, wrong)
    assert watcher.look(watcher.begin(CATS)).chart[0].startswith("errors: at most 1")
