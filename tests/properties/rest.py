"""When everything has come to rest: what must be true of the end."""

from __future__ import annotations

from typing import Any

from pilotage.approval import State
from pilotage.outcome import Outcome
from pilotage.record import ReleaseRecord
from pilotage.release import ReleaseRequest, RequestedBy
from properties.account import Account
from properties.again import hold_again
from properties.companions import hold_together
from properties.in_memory import EXECUTIONS
from properties.ledger import Push

MOST_STEPS = 14
STATES_OF_SEVERAL = frozenset({"RollOutOneByOne", "RollOutTogether"})
STANDS = frozenset({Outcome.SUCCEEDED, Outcome.NO_CHANGE, Outcome.UNVERIFIED})


def hold(account: Account) -> None:
    """Raises AssertionError, naming the promise that was broken."""
    _everything_ended(account)
    _nothing_was_done_twice(account)
    for request in account.ledger.requests:
        _it_has_its_outcome(account, request)
        _it_took_few_steps(account, request)
    for record in account.records.records.values():
        if record.members:
            hold_together(account, record)
    hold_again(account)
    for repository in {push.repository for push in account.ledger.pushes}:
        _the_newest_push_had_its_chance(account, repository)


def _everything_ended(account: Account) -> None:
    waiting = [(each.arn.rpartition(":")[2], each.state) for each in account.machine.running()]
    assert not waiting, f"executions that never ended: {waiting}"
    assert not account.leases.held(), f"leases that nobody gave back: {account.leases.held()}"
    assert not account.leases.leaving(), f"displaced, and never told: {account.leases.leaving()}"
    assert not account.rollouts.rollouts, f"rollouts that nobody closed: {account.rollouts.rollouts}"
    assert not account.migrations.migrations, f"migrations that nobody closed: {account.migrations.migrations}"
    assert not account.groups.parked, f"groups that still wait for members: {account.groups.parked}"
    asked = [each for each in account.approvals.by_hook.values() if each.state is State.PENDING]
    assert not asked, f"questions that nobody closed: {asked}"
    lost = [each for each in account.functions.failed if not _is_scheduled(each[1])]
    assert not lost, f"invocations that failed for good: {lost}"
    open_still = [each.request.release_id for each in account.ledger.deployed if not each.history.status.final]
    assert not open_still, f"deployments that never ended: {open_still}"


def _is_scheduled(event: Any) -> bool:
    """A sweep or a reconcile that failed three times is no loss: the next one comes by itself and does its work."""
    return isinstance(event, dict) and (bool(event.get("sweep")) or event.get("source") == "aws.events")


def _nothing_was_done_twice(account: Account) -> None:
    ledger, struck = account.ledger, len(account.faults.struck)
    for content, times in ledger.registered.items():
        assert times <= (2 if struck else 1), f"{content} was registered {times} times"
    for release, times in ledger.writes.items():
        fell_back = sum(each.fell_back and each.request.release_id == release for each in ledger.deployed)
        assert times <= 1 + fell_back + struck, f"{release} wrote {times} times to its service"


def _it_has_its_outcome(account: Account, request: ReleaseRequest) -> None:
    record = account.records.get(request.target, request.release_id)
    execution = account.machine.executions[f"{EXECUTIONS}:{request.release_id}"]
    assert record is not None, f"{request.release_id} left no record"
    assert record.outcome is not None, f"{request.release_id} ({execution.status}) has no outcome"
    if execution.status != "ABORTED":
        ended_in = record.outcome.value.replace("_", "").lower()
        assert execution.state.lower() == ended_in, f"{request.release_id}: {record.outcome}, but {execution.state}"
    if record.outcome is Outcome.ROLLED_BACK:
        assert account.records.ban_of(request.target, request.digest), f"{request.release_id} is not banned"


def _it_took_few_steps(account: Account, request: ReleaseRequest) -> None:
    """As many as a release of one service costs that nothing held up, however long its rollout took."""
    execution = account.machine.executions[f"{EXECUTIONS}:{request.release_id}"]
    straight = not execution.retries and len(set(execution.states)) == len(execution.states)
    if straight and not STATES_OF_SEVERAL & set(execution.states):
        assert len(execution.states) <= MOST_STEPS, f"{request.release_id} went through {execution.states}"


def _the_newest_push_had_its_chance(account: Account, repository: str) -> None:
    """Unless somebody else changed the service: it runs, or its record says why not."""
    push = max((each for each in account.ledger.pushes if each.repository == repository), key=lambda each: each.at)
    service = repository.rpartition("/")[2]
    if not push.delivered or service in account.ledger.meddled or _at_one_moment(account, push):
        return
    record = _record_of(account, push)
    assert record is not None, f"{push} was never released"
    aborted = account.machine.executions[f"{EXECUTIONS}:{record.request.release_id}"].status == "ABORTED"
    if aborted or _somebody_went_back(account, record):
        return
    assert record.outcome is not Outcome.SUPERSEDED, f"{push} is the newest, and {record.reasons}"
    live = account.ledger.service(record.request.target)
    if record.outcome in STANDS and not record.members:
        assert live is not None
        image = live.primary.revision.definition.body["containerDefinitions"][0]["image"]
        assert image.endswith(push.digest), f"{push} is {record.outcome}, and {image} runs"


def _somebody_went_back(account: Account, record: ReleaseRecord) -> bool:
    asked = [each for each in account.ledger.requests if each.requested_by is RequestedBy.PERSON]
    return any(each.target == record.request.target for each in asked)


def _record_of(account: Account, push: Push) -> ReleaseRecord | None:
    """Of the release that took this push, or that found it before its event came."""
    wanted = (push.repository, push.digest, push.tag)
    found = [
        record
        for record in account.records.records.values()
        if (record.request.repository, record.request.digest, record.request.tag) == wanted
        if record.request.group is None
    ]
    return max(found, key=lambda each: (each.request.pushed_at, each.started_at), default=None)


def _at_one_moment(account: Account, push: Push) -> bool:
    """Events tell whole seconds: what was pushed within one has no order."""
    second = push.at.replace(microsecond=0)
    same = [each for each in account.ledger.pushes if each.repository == push.repository]
    return sum(each.at.replace(microsecond=0) == second for each in same) > 1
