"""From what ECS, containers and records say to what went wrong and what to do. The stop reasons are real ones: from
"Amazon ECS stopped tasks error messages", from the pages that it names, and from issues that people wrote.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fakes.clock import NOON
from fakes.samples import a_record
from hypothesis import given
from hypothesis import strategies as st
from pilotage.diagnosis import Facts, Finding, Likelihood, diagnose
from pilotage.measure import Judged, Measure
from pilotage.migration import MigrationRun, Ran
from pilotage.outcome import Outcome
from pilotage.ports import TargetSeen
from pilotage.record import ReleaseRecord
from pilotage.rollout import Cause
from pilotage.rollout.stop_reasons import why_it_stopped
from pilotage.rollout_words import When

pytestmark = pytest.mark.disable_socket

FAILED = a_record(outcome=Outcome.ROLLED_BACK, cause="circuit breaker", service_deployment_arn="arn:2")
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/cats@sha256:aaaa"
RETRIED = f"pull image manifest has been retried 5 time(s): failed to resolve ref {IMAGE}"
HEAD = f'failed to do request: Head "https://{IMAGE}"'
FORBIDDEN = "is not authorized to perform"
ELB = "(target-group arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/cats/6d0e)"
SECRETS = "ResourceInitializationError: unable to pull secrets or registry auth"
ROLE = "arn:aws:sts::123456789012:assumed-role/ecsTaskExecutionRole/1f2e"
ASM = (
    f"{SECRETS}: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried"
)
LAST = "Essential container in task exited"


def stopped(reason: str = LAST, code: int | None = None, said: str | None = None, stop: str | None = None) -> str:
    """The sentence that the record keeps, made of a task as ECS describes it."""
    container: dict[str, Any] = {"name": "web", "lastStatus": "STOPPED"}
    container |= {key: value for key, value in (("exitCode", code), ("reason", said)) if value is not None}
    task = {"lastStatus": "STOPPED", "stoppedReason": reason, "stopCode": stop, "containers": [container]}
    sentence = why_it_stopped(task)
    assert sentence is not None
    return sentence


def found(facts: Facts) -> Finding:
    """The likeliest."""
    return diagnose(facts)[0]


def after(*deaths: str, **more: Any) -> Facts:
    return Facts(more.pop("record", FAILED), deaths, **more)


STARTS = [
    (f"CannotPullContainerError: {RETRIED}: {IMAGE}: not found", "image gone"),
    (
        "CannotPullContainerError: Error response from daemon: manifest for cats:v9 not found: manifest unknown",
        "image gone",
    ),
    (f"CannotPullContainerError: {RETRIED}: {HEAD}: dial tcp 34.205.13.154:443: i/o timeout", "image route"),
    (
        (
            "CannotPullContainerError: Error response from daemon: Get https://x.dkr.ecr.eu-west-1.amazonaws.com/v2/: "
            "net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)"
        ),
        "image route",
    ),
    (f"CannotPullContainerError: {RETRIED}: pulling from host failed with status code: 403 Forbidden", "image access"),
    (
        "CannotPullContainerError: pull access denied for cats, repository does not exist or may require login",
        "image access",
    ),
    (
        f"CannotPullECRContainerError: AccessDeniedException: User {FORBIDDEN}: ecr:GetAuthorizationToken",
        "image access",
    ),
    (
        "CannotPullContainerError: toomanyrequests: You have reached your pull rate limit.",
        "image rate limit",
    ),
    (
        "CannotPullContainerError: image Manifest does not contain descriptor matching platform 'linux/amd64'",
        "image platform",
    ),
    (
        "CannotPullContainerError: write /var/lib/docker/tmp/GetImageBlob111: no space left on device",
        "image disk",
    ),
    ("CannotPullContainerError: something that nobody has seen yet", "image pull"),
    (
        f"{ASM} 1 time(s): AccessDeniedException: User: {ROLE} {FORBIDDEN}: secretsmanager:GetSecretValue",
        "secret access",
    ),
    (
        f"{ASM} 1 time(s): failed to fetch secret x from secrets manager: RequestCanceled: context deadline exceeded",
        "secret route",
    ),
    (f"{ASM} 1 time(s): ResourceNotFoundException: Secrets Manager can't find the specified secret.", "secret gone"),
    (
        f"{SECRETS}: execution resource retrieval failed: unable to retrieve secrets from ssm: invalid ssm parameters",
        "secret gone",
    ),
    (f"{ASM}: retrieved secret from Secrets Manager did not contain json key password", "secret key"),
    (
        f"{SECRETS}: unable to pull registry auth from ECR: AccessDeniedException: {ROLE} {FORBIDDEN}: ecr:Get",
        "registry access",
    ),
    (
        (
            f"{SECRETS}: The task cannot pull registry auth from Amazon ECR: There is a connection issue between the "
            "task and Amazon ECR. Check your task network configuration."
        ),
        "secret route",
    ),
    (
        (
            "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
            "ResourceNotFoundException: The specified log group does not exist."
        ),
        "log group",
    ),
    ("ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes", "file system"),
    ("ResourceInitializationError: something new", "resources"),
    (
        stopped(said='CannotStartContainerError: exec: "catz": executable file not found in $PATH'),
        "command missing",
    ),
    (
        stopped(said='CannotStartContainerError: exec: "/start.sh": permission denied: unknown'),
        "command denied",
    ),
    (stopped(said="CannotStartContainerError: failed to get container status: x"), "start"),
    (stopped(said="CannotCreateContainerError: API error (500): conflict"), "create"),
    (
        stopped(said="DockerTimeoutError: Could not transition to started; timed out after waiting 3m0s"),
        "engine timeout",
    ),
    (
        (
            "Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-1': "
            "InsufficientFreeAddressesInSubnet"
        ),
        "addresses",
    ),
    ("Timeout waiting for network interface provisioning to complete.", "network interface"),
    ("Your Spot Task was interrupted.", "spot interruption"),
    ("Host EC2 (instance i-0123) terminated.", "instance gone"),
    (stopped("Task stopped by user"), "stopped by hand"),
]
RUNS = [
    (stopped(code=137, said="OutOfMemoryError: Container killed due to memory usage"), "out of memory"),
    (stopped(code=137), "killed"),
    (stopped("Task failed container health checks", 137, stop="ServiceSchedulerInitiated"), "container health check"),
    (
        stopped(
            f"Task failed ELB health checks in {ELB}",
            143,
        ),
        "target group health check",
    ),
    (stopped(code=139), "segmentation fault"),
    (stopped(code=143), "terminated"),
    (stopped(code=126), "not executable"),
    (stopped(code=127), "command not found"),
    (stopped(code=134), "aborted"),
    (stopped(code=1), "application error"),
    (stopped(code=255), "application error"),
    (stopped(code=12), "application error"),
    (stopped(code=0), "exited"),
]


@pytest.mark.parametrize(("said", "kind"), [*STARTS, *RUNS])
def test_a_stop_reason_is_explained_with_a_remedy_and_its_page(said: str, kind: str) -> None:
    """One who reads it can act without searching for the words of ECS."""
    finding = found(after(said))
    assert (finding.kind, finding.seen) == (kind, said)
    assert finding.remedy
    assert finding.page.startswith("https://docs.aws.amazon.com/AmazonECS/")
    assert "{" not in finding.sentence + finding.remedy


def test_the_container_and_the_target_group_are_named() -> None:
    """A task may have ten containers, and a service two target groups."""
    assert found(after(RUNS[0][0])).sentence.startswith("container web used more memory")
    assert found(after(RUNS[3][0])).sentence == "the health check of target group cats failed"


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ("has insufficient memory available.", "RESOURCE:MEMORY"),
        ("has insufficient CPU units available.", "RESOURCE:CPU"),
        ('encountered error "RESOURCE:ENI".', "RESOURCE:ENI"),
    ],
)
def test_a_task_without_a_place_is_explained(event: str, code: str) -> None:
    """Nothing ever died, so only the service's events know."""
    said = f"(service cats) was unable to place a task as no container instance met all of its requirements. {event}"
    finding = found(after(events=[said, said]))
    assert (finding.kind, finding.likelihood) == (f"placement {code}", Likelihood.CERTAIN)


def test_a_place_that_was_found_in_the_end_is_less_likely_the_reason() -> None:
    """The last that was heard is that tasks started."""
    spot = "(service cats) was unable to place a task. Reason: Capacity is unavailable at this time."
    findings = diagnose(after(RUNS[0][0], events=["(service cats) has started 1 tasks: (task 1).", spot]))
    assert [finding.kind for finding in findings] == ["out of memory", "placement CAPACITY", "circuit breaker"]


def test_what_tasks_died_of_stands_before_the_breaker_that_counted_them() -> None:
    """That the breaker tripped is certain, and explains nothing."""
    kinds = [finding.kind for finding in diagnose(after(stopped(code=1), stopped(code=1)))]
    assert kinds == ["application error", "circuit breaker"]


WRONG = Measure("errors", NOON, "BAKE_TIME", Judged.WRONG, 4.2, "at most 1", 10.0)


@pytest.mark.parametrize("cause", list(Cause))
def test_every_cause_is_told(cause: Cause) -> None:
    """A rollback is named by who made it: none falls through."""
    record = replace(FAILED, cause=cause.value, reasons=("x was rolled back", "said by ECS"))
    finding = next(each for each in diagnose(Facts(record)) if each.kind == cause.value)
    assert finding.sentence
    assert finding.remedy
    assert finding.seen == "said by ECS"


def test_an_alarm_comes_with_its_numbers() -> None:
    """`it was the alarm` is half an answer."""
    record = replace(FAILED, cause="alarm", measures=(replace(WRONG, value=0.2, judged=Judged.RIGHT), WRONG))
    findings = diagnose(Facts(record))
    assert findings[0].sentence == "errors was 4.2, and may be at most 1, at 10 % of the traffic"
    assert [finding.kind for finding in findings] == ["check", "alarm"]


def test_no_data_is_told_as_no_data() -> None:
    """It is neither right nor wrong."""
    record = replace(FAILED, cause="check", measures=(replace(WRONG, judged=Judged.NO_DATA, value=None),))
    assert "no data" in [finding.kind for finding in diagnose(Facts(record))]


def migration(ran: Ran, when: When = When.BEFORE) -> MigrationRun:
    ended = NOON + timedelta(minutes=1)
    return MigrationRun(when, ran, 1, NOON, ended, "arn:task", 3, "exit code 3", ("one", "no such table: cats"))


@pytest.mark.parametrize("ran", [Ran.FAILED, Ran.TIMED_OUT])
def test_a_migration_that_failed_is_told_with_its_last_line(ran: Ran) -> None:
    """Its log is gone from ECS long before somebody asks."""
    finding = found(Facts(a_record(outcome=Outcome.FAILED, migrations=(migration(ran),))))
    assert (finding.kind, finding.seen) == ("migration", "exit code 3; its last line: no such table: cats")


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        (a_record(outcome=Outcome.REJECTED, reasons=("it is banned",)), "rejected"),
        (a_record(outcome=Outcome.EXPIRED), "expired"),
        (a_record(outcome=Outcome.SUPERSEDED, reasons=("v3 came",)), "superseded"),
        (a_record(outcome=Outcome.UNVERIFIED), "unverified"),
        (a_record(outcome=Outcome.FAILED, reasons=("cpu: 17. Write another.",)), "not begun"),
        (a_record(outcome=Outcome.FAILED_DIRTY, reasons=("the service changed",)), "not begun"),
        (a_record(outcome=Outcome.ROLLED_BACK, reasons=("x", "the circuit breaker threshold")), "circuit breaker"),
        (a_record(), "under way"),
        (replace(FAILED, cause="foreign", findings=("somebody forced a deployment",)), "foreign"),
    ],
)
def test_ends_without_a_death_are_explained_by_their_record(record: ReleaseRecord, kind: str) -> None:
    """The record outlives what ECS remembers, and what is unknown is said to be."""
    assert found(Facts(record)).kind == kind


@pytest.mark.parametrize("record", [FAILED, replace(FAILED, cause="of a later version")])
def test_what_is_unknown_is_said_to_be_and_where_to_look(record: ReleaseRecord) -> None:
    """Who acted is known, and why it was needed is not."""
    finding = diagnose(Facts(replace(record, reasons=("it was rolled back",))))[-1]
    assert (finding.kind, finding.seen) == ("unknown", "it was rolled back")
    assert record.request.release_id in finding.remedy


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        (["exec /usr/bin/cats: exec format error"], "command format"),
        (["FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory", "bye"], "out of memory"),
        (["OSError: [Errno 98] Address already in use"], "port taken"),
        (["listen tcp :80: bind: permission denied"], "port denied"),
        (["connect ECONNREFUSED 10.0.0.7:5432"], "dependency unreachable"),
        (["KeyError: 'DATABASE_URL'"], "setting missing"),
    ],
)
def test_the_log_gives_a_hint(lines: Sequence[str], kind: str) -> None:
    """An exit code of 1 means nothing; the line before it often does."""
    findings = diagnose(after(stopped(code=1), logs={"web": lines}))
    hint = next(finding for finding in findings if finding.kind == kind)
    assert hint.sentence.startswith("by the log of container web, ")


def test_what_the_load_balancer_says_is_told_once() -> None:
    """Six targets that all answer 502 are one finding."""
    bad = TargetSeen("arn:tg", "10.0.0.1", 80, "unhealthy", "Target.ResponseCodeMismatch", "codes: [502]")
    findings = diagnose(after(targets=[bad, replace(bad, id="10.0.0.2"), replace(bad, state="draining")]))
    assert [finding.sentence for finding in findings if finding.kind == "target health"] == [
        "the load balancer says: codes: [502]"
    ]


@pytest.mark.parametrize("outcome", [Outcome.SUCCEEDED, Outcome.NO_CHANGE])
def test_what_went_well_has_nothing_to_explain(outcome: Outcome) -> None:
    """A task that died on the way does not make it a failure."""
    assert diagnose(after(stopped(code=1), record=a_record(outcome=outcome))) == ()


@given(
    st.lists(st.text(max_size=80), max_size=5),
    st.lists(st.text(max_size=80), max_size=5),
    st.sampled_from([None, *Outcome]),
    st.sampled_from([None, "nonsense", *(cause.value for cause in Cause)]),
)
def test_whatever_was_said_something_is_answered_in_order(
    deaths: list[str], events: list[str], outcome: Outcome | None, cause: str | None
) -> None:
    """Containers and people write what they like: none of it breaks the one who explains."""
    record = a_record(outcome=outcome, cause=cause, reasons=tuple(events))
    findings = diagnose(Facts(record, deaths, events=events, logs={"web": deaths}))
    assert findings or outcome in {Outcome.SUCCEEDED, Outcome.NO_CHANGE}
    assert [*findings] == sorted(findings, key=lambda finding: -finding.likelihood)
