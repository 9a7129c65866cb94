"""Recordings of ECS, played to the embedded one: what agrees is confirmed, what differs is named by its claim."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from pilotage.errors import BadRequest
from pilotage_local.ecs import Assumptions
from pilotage_local.replay import Findings, read, replay
from pilotage_local.replay.__main__ import main
from pilotage_local.replay.claims import CLAIMS, rows

HOME = Path(__file__).parents[2]
RECORDINGS = Path(__file__).parents[1] / "recordings"
Lines = list[dict[str, Any]]


@pytest.mark.parametrize("name", ["breaker", "stop", "superseded", "first-failure"])
def test_a_recording_that_agrees_says_which_claims_it_confirms(name: str) -> None:
    """The first recording of a sandbox account has to tell, claim by claim, what may be relied on from now on."""
    found = replay(read(RECORDINGS / f"by-hand-{name}.jsonl"))
    assert [str(difference) for difference in found.differences] == []
    expected = {
        "breaker": {"restart_after", "rollback_resumes_deployment", "trip-rolls-back", "trip-events", "breaker-counts"},
        "stop": {"stop-rolls-back", "stop-events", "stop-after-the-end", "rollback-candidate"},
        "superseded": {"superseded-is-stopped", "supersession-events", "what-deploys", "ecr-push-again", "steady_for"},
        "first-failure": {"first-failure-status", "first-failure-events", "throttle_first", "visible_after"},
    }
    assert expected[name] <= set(found.confirmed)


def _statuses(lines: Lines, was: str, now: str) -> None:
    for line in lines:
        for one in line.get("answer", {}).get("serviceDeployments", ()):
            if one["status"] == was:
                one["status"] = now


def _said(lines: Lines, name: str) -> Lines:
    """The details of deployment events of that name."""
    kind = "ECS Deployment State Change"
    details = [line["event"]["detail"] for line in lines if line.get("event", {}).get("detail-type") == kind]
    return [detail for detail in details if detail["eventName"].endswith(name)]


def _stopped_instead(lines: Lines) -> None:
    _statuses(lines, "ROLLBACK_FAILED", "STOPPED")


def _resumed(lines: Lines) -> None:
    """The rollback goes on under the id of the first deployment."""
    text = json.dumps(lines).replace("ecs-svc/4380412637104862003", "ecs-svc/4380412637104862001")
    lines[:] = json.loads(text)


def _failure_told(lines: Lines) -> None:
    """A stop that is told as a failure."""
    event = next(line for line in lines if line.get("event", {}).get("detail", {}).get("eventName", "").endswith("ESS"))
    at = next(line["at"] for line in lines if line.get("operation") == "StopServiceDeployment")
    told = json.loads(json.dumps(event))
    told["event"]["id"] = "another"
    told["event"]["detail"] |= {"eventName": "SERVICE_DEPLOYMENT_FAILED", "updatedAt": at}
    lines.append({**told, "at": at})


def _superseded_succeeds(lines: Lines) -> None:
    _statuses(lines, "STOPPED", "SUCCESSFUL")


def _silent_trip(lines: Lines) -> None:
    lines[:] = [line for line in lines if line.get("event", {}).get("detail") not in _said(lines, "FAILED")]


def _reworded(lines: Lines) -> None:
    for detail in _said(lines, "FAILED"):
        detail["reason"] = "ECS deployment circuit breaker: tasks did not start."


def _listed_late(lines: Lines) -> None:
    """The list is empty for six seconds after the write."""
    empty = next(line for line in lines if line.get("operation") == "ListServiceDeployments")
    found = next(
        line
        for line in lines
        if line.get("operation") == "ListServiceDeployments" and line["answer"]["serviceDeployments"]
    )
    empty["at"], found["at"] = "2025-03-04T12:00:07+00:00", "2025-03-04T12:00:07.500+00:00"


def _throttled_longer(lines: Lines) -> None:
    for line in lines:
        detail = line.get("event", {}).get("detail", {})
        if detail.get("taskArn", "").endswith("0001") and "stoppedAt" in detail:
            detail["stoppedAt"] = "2025-03-04T12:00:05.000+00:00"


def _silent_push(lines: Lines) -> None:
    events = [line for line in lines if line.get("event", {}).get("detail-type") == "ECR Image Action"]
    lines.remove(events[-1])


def _more_failures(lines: Lines) -> None:
    for line in lines:
        for one in line.get("answer", {}).get("serviceDeployments", ()):
            breaker = one.get("deploymentCircuitBreaker", {})
            if breaker.get("status") == "TRIGGERED":
                breaker["failureCount"] = 5


def _stop_taken(lines: Lines) -> None:
    refused = next(line for line in lines if "error" in line)
    refused["answer"] = {"serviceDeploymentArn": refused["request"]["serviceDeploymentArn"]}
    del refused["error"]


def _killed(lines: Lines) -> None:
    lines[:] = json.loads(json.dumps(lines).replace("Essential container in task exited", "OutOfMemoryError"))


@pytest.mark.parametrize(
    ("name", "change", "claim"),
    [
        ("first-failure", _stopped_instead, "first-failure-status"),
        ("breaker", _resumed, "rollback_resumes_deployment"),
        ("stop", _resumed, "rollback_resumes_deployment"),
        ("stop", _failure_told, "stop-events"),
        ("superseded", _superseded_succeeds, "superseded-is-stopped"),
        ("breaker", _silent_trip, "trip-events"),
        ("first-failure", _silent_trip, "first-failure-events"),
        ("breaker", _reworded, "event-reasons"),
        ("first-failure", _listed_late, "visible_after"),
        ("first-failure", _throttled_longer, "throttle_first"),
        ("superseded", _silent_push, "ecr-push-again"),
        ("breaker", _more_failures, "breaker-counts"),
        ("stop", _stop_taken, "stop-after-the-end"),
        ("breaker", _killed, "stop-reasons"),
    ],
    ids=lambda value: value.__name__ if callable(value) else value,
)
def test_a_recording_that_contradicts_an_assumption_names_it(
    tmp_path: Path, name: str, change: Callable[[Lines], None], claim: str
) -> None:
    """Whoever has to change the model must not search for where it is wrong; nothing else may be blamed."""
    found = _changed(tmp_path, name, change)
    assert {difference.claim for difference in found.differences} == {claim}
    assert claim not in found.confirmed


def _changed(folder: Path, name: str, change: Callable[[Lines], None]) -> Findings:
    lines = [json.loads(text) for text in (RECORDINGS / f"by-hand-{name}.jsonl").read_text().splitlines()]
    change(lines)
    path = folder / "changed.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines))
    return replay(read(path))


def test_duplicated_and_shuffled_events_make_no_difference(tmp_path: Path) -> None:
    """EventBridge delivers at least once and in any order: that is no fault of the model."""

    def disturb(lines: Lines) -> None:
        events = [line for line in lines if line["kind"] == "event"]
        lines += [{**line, "at": "2025-03-04T09:10:00+00:00"} for line in reversed(events)]

    assert _changed(tmp_path, "breaker", disturb).differences == []


def test_the_page_on_fidelity_lists_every_claim() -> None:
    """An assumption that nobody can look up is one that nobody confirms."""
    page = (HOME / "docs" / "fidelity.md").read_text("utf-8")
    assert "\n".join(rows()) in page
    assert {field.name for field in fields(Assumptions)} <= set(CLAIMS)


def test_claims_name_files_that_exist() -> None:
    """A table that points into the void is worse than none."""
    assert [claim.place for claim in CLAIMS.values() if not (HOME / claim.place).is_file()] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "header of format 1"),
        ('{"at":"2026-01-01T00:00:00+00:00","kind":"header","format":2}', "header of format 1"),
        ("no json", ":1"),
        ('{"at":"2026-01-01T00:00:00+00:00","kind":"dance"}', "dance"),
        ('{"at":"2026-01-01T00:00:00","kind":"header","format":1}', "offset"),
        ('{"at":"2026-01-01T00:00:00+00:00","kind":"call","request":{}}', "operation"),
        ("[1]", ":1"),
    ],
)
def test_a_file_that_is_no_recording_is_refused_by_line(tmp_path: Path, text: str, said: str) -> None:
    """A broken file gets one sentence."""
    path = tmp_path / "broken.jsonl"
    path.write_text(text)
    with pytest.raises(BadRequest, match=said):
        read(path)


def test_the_command_says_what_agrees_and_what_does_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1 for a difference, 2 for what cannot be read: scripts can tell them apart."""
    good = str(RECORDINGS / "by-hand-breaker.jsonl")
    assert main([good]) == 0
    assert "agrees   trip-events" in capsys.readouterr().out
    _changed(tmp_path, "breaker", _reworded)
    assert main([good, str(tmp_path / "changed.jsonl")]) == 1
    assert "DIFFERS  event-reasons: web, deployment 2" in capsys.readouterr().out
    assert main([str(tmp_path / "nothing.jsonl")]) == 2
    assert "nothing.jsonl" in capsys.readouterr().err
