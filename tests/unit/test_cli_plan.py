"""What `pilotage plan` says: changes by what becomes of the tasks, drift and whose it is, and a whole environment."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from fakes.change_log import FakeChangeLog
from fakes.clock import NOON
from fakes.harbour import Harbour
from fakes.samples import a_plan
from pilotage.document import to_document
from pilotage.errors import AccessDenied, Throttled
from pilotage.plan import Change, Drift, Plan
from pilotage.ports import Writing
from pilotage.usecases.outlook import Home, Outlook
from pilotage.usecases.plan_environment import EnvironmentPlanner, Found, Row
from pilotage_cli import environment_plan, output, plan_lines
from pilotage_cli.plan_lines import Whose, asked, changes_document, show_changes
from pilotage_cli.terminal import Terminal

pytestmark = pytest.mark.disable_socket

PLAN = a_plan(
    changes=(
        Change("image", "repo@sha256:a", "repo@sha256:b"),
        Change("service.healthCheckGracePeriodSeconds", 60, 90),
        Change("service.desiredCount", 5, 2),
        Change("environment.A", "3", "2"),
    ),
    drift=(
        Drift("service.desiredCount", 2, 5, 2),
        Drift("environment.A", "1", "3", "2", both=True),
        Drift("service.platformVersion", "1.4.0", "LATEST", "1.4.0", left_alone=True),
    ),
)
ADA = Whose(Writing("assumed-role/engineer/ada", NOON))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    stream = io.StringIO()
    terminal = Terminal(file=stream, width=100, highlight=False, emoji=False)
    for module in (plan_lines, environment_plan, output):
        monkeypatch.setattr(module, "console", terminal)
    return stream


def test_a_plan_is_told_by_what_becomes_of_the_tasks_and_by_whose_doing_it_is(told: io.StringIO) -> None:
    """Whoever reads it decides in seconds whether to go on."""
    show_changes(PLAN, ADA)
    assert told.getvalue().splitlines() == [
        "",
        "changes",
        "  restarts tasks",
        "    image: repo@sha256:a -> repo@sha256:b",
        "  settings only",
        "    grace_period: 60 -> 90",
        "",
        "drift  changed by others since the last release; this one sets it again",
        "  count: set 2, live 5, will be 2",
        "  environment.A: set 1, live 3, will be 2 (this release changes it too)",
        "  restarts tasks: environment.A",
        "  starts or stops tasks: count",
        "",
        "left alone  others own it",
        "  platform_version: set 1.4.0, live LATEST",
        "  changed last by assumed-role/engineer/ada, 2026-11-23 12:00 UTC",
    ]


def test_a_plan_without_a_difference_says_nothing(told: io.StringIO) -> None:
    """Headings without lines are noise."""
    show_changes(a_plan(changes=(), drift=()), None)
    assert told.getvalue() == ""


def test_programs_get_the_same(told: io.StringIO) -> None:
    """Paths stay as ECS has them, beside the words."""
    document = json.loads(json.dumps(to_document(changes_document(PLAN, ADA))))
    assert [(each["path"], each["effect"], each["drift"]) for each in document["changes"]] == [
        ("image", "restarts tasks", False),
        ("grace_period", "settings only", False),
        ("count", "starts or stops tasks", True),
        ("environment.A", "restarts tasks", True),
    ]
    assert document["changes"][1]["paths"] == ["service.healthCheckGracePeriodSeconds"]
    assert document["changed_by"] == {"who": "assumed-role/engineer/ada", "at": NOON.isoformat()}
    assert [each["path"] for each in document["left_alone"]] == ["platform_version"]
    assert changes_document(None, None)["changes"] == []


class Refusing:
    """The port ChangeLog, which raises."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def last_writer(self, *_: Any) -> None:
        raise self._error


@pytest.mark.parametrize(
    ("log", "sentence"),
    [
        (FakeChangeLog(), "CloudTrail does not say who changed it"),
        (Refusing(AccessDenied("no")), "CloudTrail does not say who changed it: you may not ask it (cloudtrail:Lookup"),
        (Refusing(Throttled("slow down")), "CloudTrail does not say who changed it: slow down"),
    ],
)
def test_a_plan_does_not_fail_for_want_of_a_log(log: Any, sentence: str) -> None:
    """It says so, and goes on."""
    assert asked(log, PLAN, NOON).sentence.startswith(sentence)


def ordinary(harbour: Harbour) -> EnvironmentPlanner:
    names = [name for name in Outlook.__dataclass_fields__ if name != "home"]
    ports = {name: getattr(harbour, name) for name in names}
    outlook = Outlook(home=Home("123456789012", "eu-west-1"), **ports)
    return EnvironmentPlanner(harbour.policies, harbour.last_sets, lambda _policy, _known: outlook)


def test_what_was_rolled_back_is_planned_as_it_runs() -> None:
    """An environment of which one release failed is at rest, and not waiting for that release."""
    harbour = Harbour()
    harbour.release("v1", environment={"A": "1"})
    last = harbour.last_sets.of_environment("dev")["cats"]
    harbour.begin(harbour.push("v2", environment={"A": "2"})).go()
    harbour.services.clients.ecs.update_service(cluster="main", service="cats", taskDefinition=last.revision)
    harbour.services.run(400)
    planner = ordinary(harbour)
    (row,) = planner.rows("dev", planner.known("dev"))
    assert (row.found, row.why) == (Found.NOTHING, "")
    assert row.plan is not None
    assert row.plan.digest == last.digest


def test_an_environment_of_nothing_has_no_rows() -> None:
    """Nothing was released: nothing is read."""
    harbour = Harbour()
    assert list(ordinary(harbour).rows("dev", {})) == []


ROWS = [
    Row("bats", Found.DRIFT, 3, 1, 2, restarts=True, monthly=12.5, plan=PLAN),
    Row("cats", Found.REFUSED, why="cpu: 8192. The policy allows less."),
]


def test_an_environment_is_a_table_with_its_sum_and_its_reasons(told: io.StringIO) -> None:
    """The reason of a refusal is too long for a cell."""
    environment_plan.show("prod", ROWS, ["old"])
    lines = [" ".join(line.split()) for line in told.getvalue().splitlines()]
    assert "bats drift 3 1 2 restart 12.50" in lines
    assert "cats would be refused - - - - -" in lines
    assert "2 services: 1 would be refused, 1 drift; 12.50 dollars a month for 1" in lines
    assert "cats: cpu: 8192. The policy allows less." in lines
    assert lines[-1] == "not planned, since they were released before it was kept what is set: old"


def test_an_environment_is_a_document(told: io.StringIO) -> None:
    """For a job that looks every night."""
    environment_plan.show("prod", [], [])
    assert told.getvalue() == "prod: nothing was released yet.\n"
    document = environment_plan.document("prod", ROWS, ["old"])
    assert document["services"][0] == {
        "service": "bats",
        "plan": "drift",
        "fields": 3,
        "drifted": 1,
        "left_alone": 2,
        "restarts": True,
        "monthly": 12.5,
        "why": None,
        "hash": "c0ffee",
    }
    assert document["unknown"] == ["old"]


def test_a_plan_of_before_drift_was_known_reads_back() -> None:
    """Plans wait for people for weeks, and Pilotage is upgraded meanwhile."""
    from pilotage.document import from_document  # noqa: PLC0415 - this test's own

    document = {key: value for key, value in to_document(PLAN).items() if key not in {"drift", "sets", "monthly"}}
    old = from_document(Plan, document)
    assert (old.drift, old.sets, old.monthly) == ((), None, None)
