"""The lease under everything at once: contenders in any order, crashes after any call, others writing in between.

Releases are played as the functions play them. Three promises are watched after every step: nobody believes to be the
owner who is not; nobody who waits is forgotten; the newest has the next place. And in the end everybody has had its
turn, has been told to go, or is dead.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Protocol

import pytest
from fakes.clock import NOON
from fakes.dynamodb import NAME, dynamodb
from fakes.leases import FakeLeases
from fakes.meddled import Meddled
from fakes.samples import CATS, a_contender
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from pilotage.aws.leases import TableLeases
from pilotage.aws.table import Table
from pilotage.errors import LeaseLost
from pilotage.ports import Contender, Leases

pytestmark = pytest.mark.disable_socket

Action = Callable[[], None]


class Phase(Enum):
    ARRIVING = auto()  # its function has to look (again)
    WAITING = auto()  # its function is done, its token is out
    RUNNING = auto()  # it was told that it is the owner
    GONE = auto()  # it was told to go
    DONE = auto()
    DEAD = auto()  # aborted: it will never do anything again


@dataclass
class Release:
    me: Contender
    phase: Phase = Phase.ARRIVING

    @property
    def alive(self) -> bool:
        return self.phase in (Phase.ARRIVING, Phase.WAITING, Phase.RUNNING)


class Place(Protocol):
    leases: Leases

    def before_next_write(self, action: Action) -> None: ...


class InMemory:
    """Every call is one step, so what happens in between happens before."""

    def __init__(self, stack: ExitStack) -> None:
        self.leases: Leases = FakeLeases()

    def before_next_write(self, action: Action) -> None:
        action()


class OnTable:
    def __init__(self, stack: ExitStack) -> None:
        self.client = Meddled(stack.enter_context(dynamodb()))
        self.leases: Leases = TableLeases(Table(self.client, NAME))

    def before_next_write(self, action: Action) -> None:
        self.client.pending.append(action)


class LeaseProtocol(RuleBasedStateMachine):
    place_of: Callable[[ExitStack], Place]

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.place = type(self).place_of(self.stack)
        self.leases = self.place.leases
        self.releases: list[Release] = []
        self.tokens = 0

    # What the world does.

    @rule(seconds=st.integers(0, 9), crash=st.booleans())
    def a_push_arrives(self, seconds: int, crash: bool) -> None:
        name = f"r{len(self.releases):02}"
        release = Release(a_contender(name, pushed_at=NOON + timedelta(seconds=seconds)))
        self.releases.append(release)
        self.look_for_a_place(release, crash=crash)

    @precondition(lambda self: self.of(Phase.ARRIVING, Phase.WAITING))
    @rule(data=st.data(), crash=st.booleans())
    def the_wait_is_tried_again(self, data: st.DataObject, crash: bool) -> None:
        """The function is retried with another token, because it crashed or its answer got lost."""
        release = data.draw(st.sampled_from(self.of(Phase.ARRIVING, Phase.WAITING)))
        self.look_for_a_place(release, crash=crash)

    @precondition(lambda self: self.of(Phase.RUNNING))
    @rule(crash=st.booleans())
    def the_owner_ends(self, crash: bool) -> None:
        (release,) = self.of(Phase.RUNNING)
        self.conclude(release, crash=crash)

    @precondition(lambda self: self.of(Phase.DONE))
    @rule(data=st.data())
    def a_conclusion_is_tried_again(self, data: st.DataObject) -> None:
        self.conclude(data.draw(st.sampled_from(self.of(Phase.DONE))), crash=False)

    @precondition(lambda self: self.alive())
    @rule(data=st.data())
    def an_execution_is_aborted(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from(self.alive())).phase = Phase.DEAD

    @rule()
    def the_sweep_comes(self) -> None:
        self.sweep()

    @precondition(lambda self: self.of(Phase.RUNNING) and self.of(Phase.ARRIVING, Phase.WAITING))
    @rule(data=st.data(), crash=st.booleans())
    def the_owner_ends_while_another_looks(self, data: st.DataObject, crash: bool) -> None:
        release = data.draw(st.sampled_from(self.of(Phase.ARRIVING, Phase.WAITING)))
        (owner,) = self.of(Phase.RUNNING)
        self.place.before_next_write(lambda: self.conclude(owner, crash=crash))
        self.look_for_a_place(release, crash=False)

    @precondition(lambda self: self.of(Phase.RUNNING))
    @rule(seconds=st.integers(0, 9))
    def a_push_arrives_while_the_owner_ends(self, seconds: int) -> None:
        (owner,) = self.of(Phase.RUNNING)
        self.place.before_next_write(lambda: self.a_push_arrives(seconds, crash=False))
        self.conclude(owner, crash=False)

    @rule(seconds=st.integers(0, 9), other=st.integers(0, 9))
    def two_pushes_arrive_at_once(self, seconds: int, other: int) -> None:
        self.place.before_next_write(lambda: self.a_push_arrives(other, crash=False))
        self.a_push_arrives(seconds, crash=False)

    @rule(seconds=st.integers(0, 9))
    def a_push_arrives_during_the_sweep(self, seconds: int) -> None:
        self.place.before_next_write(lambda: self.a_push_arrives(seconds, crash=False))
        self.sweep()

    # What must hold.

    @invariant()
    def whoever_runs_is_the_owner(self) -> None:
        running = self.of(Phase.RUNNING)
        assert len(running) <= 1
        lease = self.leases.holder(CATS)
        assert not running or (lease is not None and lease.owner.execution == running[0].me.execution)

    @invariant()
    def whoever_waits_is_remembered(self) -> None:
        lease = self.leases.holder(CATS)
        places = [] if lease is None else [lease.owner, lease.waiting]
        known = {(each.execution, each.task_token) for each in places if each is not None}
        known |= {(each.execution, each.task_token) for _, each in self.leases.leaving()}
        for release in self.of(Phase.WAITING):
            assert (release.me.execution, release.me.task_token) in known

    def teardown(self) -> None:
        """Nothing new comes, nothing crashes any more: everything ends."""
        try:
            for _ in range(3 * len(self.releases) + 3):
                self.sweep()
                for release in self.of(Phase.ARRIVING):
                    self.look_for_a_place(release, crash=False)
                for release in self.of(Phase.RUNNING):
                    self.conclude(release, crash=False)
            assert self.alive() == []
            assert self.leases.holder(CATS) is None
            assert list(self.leases.leaving()) == []
        finally:
            self.stack.close()

    # What the functions do.

    def look_for_a_place(self, release: Release, *, crash: bool) -> None:
        """await_turn. A crash loses whatever the last call answered."""
        self.tokens += 1
        me = a_contender(release.me.release_id, pushed_at=release.me.pushed_at, token=f"token-{self.tokens}")
        release.me, release.phase = me, Phase.ARRIVING
        lease = self.leases.holder(CATS)
        if lease is None or lease.owner.execution == me.execution:
            if self.leases.acquire(CATS, me) and not crash and self.resume(me.task_token, Phase.RUNNING):
                self.leases.resumed(CATS, me.execution)
            return
        try:
            to_go = self.leases.park(CATS, me, behind=lease.owner.execution)
        except LeaseLost:
            return
        self.newest_waits(me)
        if crash:
            return
        if to_go is None or to_go.execution != me.execution:
            release.phase = Phase.WAITING
        if to_go is not None:
            self.tell(to_go)

    def newest_waits(self, me: Contender) -> None:
        lease = self.leases.holder(CATS)
        assert lease is not None
        assert lease.waiting is not None
        assert not me.newer_than(lease.waiting)

    def conclude(self, release: Release, *, crash: bool) -> None:
        if release.phase is Phase.RUNNING:
            release.phase = Phase.DONE
        self.hand_on(release.me.execution, crash=crash)

    def hand_on(self, owner: str, *, crash: bool) -> None:
        heir = self.leases.hand_over(CATS, owner)
        while heir is not None and not crash:
            if self.resume(heir.task_token, Phase.RUNNING) or self.named(heir.execution).alive:
                self.leases.resumed(CATS, heir.execution)
                return
            heir = self.leases.hand_over(CATS, heir.execution)

    def sweep(self) -> None:
        for _, leaver in self.leases.leaving():
            self.tell(leaver)
        for lease in self.leases.held():
            owner = lease.owner
            if not self.named(owner.execution).alive:
                self.hand_on(owner.execution, crash=False)
            elif owner.task_token is not None and self.resume(owner.task_token, Phase.RUNNING):
                self.leases.resumed(CATS, owner.execution)

    def tell(self, leaver: Contender) -> None:
        self.resume(leaver.task_token, Phase.GONE)
        self.leases.told(CATS, leaver.execution)

    def resume(self, token: str | None, phase: Phase) -> bool:
        """SendTaskSuccess: the newest token of one that waits, or whose function is at it, once."""
        for release in self.of(Phase.ARRIVING, Phase.WAITING):
            if token is not None and release.me.task_token == token:
                release.phase = phase
                return True
        return False

    def of(self, *phases: Phase) -> list[Release]:
        return [release for release in self.releases if release.phase in phases]

    def alive(self) -> list[Release]:
        return [release for release in self.releases if release.alive]

    def named(self, execution: str) -> Release:
        return next(release for release in self.releases if release.me.execution == execution)


class InMemoryProtocol(LeaseProtocol):
    place_of = InMemory


class OnTableProtocol(LeaseProtocol):
    place_of = OnTable


TestLeaseProtocolInMemory = InMemoryProtocol.TestCase
TestLeaseProtocolInMemory.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
TestLeaseProtocolOnTable = OnTableProtocol.TestCase
TestLeaseProtocolOnTable.settings = settings(max_examples=10, stateful_step_count=20, deadline=None)
