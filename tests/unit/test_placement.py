"""Where workloads run, as a table, and that every choice can explain itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fakes.workloads import CATS, FARGATE_ONLY, POLICY
from hypothesis import given
from hypothesis import strategies as st
from pilotage.errors import Refused
from pilotage.placement import Choice, derived_size, place
from pilotage.policy import Capacity, Policy
from pilotage.workload import Kind, Launch, Pattern, Priority, Size, Wishes, Workload


def asked(policy: Policy = POLICY, /, **fields: Any) -> tuple[Workload, Policy]:
    wishes = {name: fields.pop(name) for name in ("size", "priority", "pattern", "launch") if name in fields}
    return replace(CATS, wishes=Wishes(**wishes), **fields), policy


L, S, COST, OVERHEAD = Size.LARGE, Size.SMALL, Priority.COST, Priority.OVERHEAD
STEADY, BURST, BATCH, PERIODIC = Pattern.STEADY, Pattern.BURST, Pattern.BATCH, Pattern.PERIODIC
SERVICE, TASK, SCHEDULE = Kind.SERVICE, Kind.TASK, Kind.SCHEDULE
FARGATE, SPOT, EC2, MANAGED = Choice.FARGATE, Choice.FARGATE_SPOT, Choice.EC2, Choice.MANAGED_INSTANCES


@pytest.mark.parametrize(
    ("wish", "choice", "kind"),
    [
        ({"size": L, "priority": COST}, EC2, SERVICE),
        ({"size": L, "priority": COST, "pattern": STEADY}, EC2, SERVICE),
        ({"size": L, "priority": OVERHEAD}, FARGATE, SERVICE),
        ({"size": L}, FARGATE, SERVICE),
        ({"size": S}, FARGATE, SERVICE),
        ({"size": S, "priority": COST}, FARGATE, SERVICE),
        ({"size": S, "priority": OVERHEAD}, FARGATE, SERVICE),
        ({"pattern": BURST}, FARGATE, SERVICE),
        ({"size": L, "priority": COST, "pattern": BURST}, FARGATE, SERVICE),
        ({"pattern": BATCH}, FARGATE, TASK),
        ({"size": L, "priority": COST, "pattern": BATCH}, FARGATE, TASK),
        ({"pattern": PERIODIC}, FARGATE, SCHEDULE),
        ({"size": L, "priority": COST, "pattern": PERIODIC}, FARGATE, SCHEDULE),
        ({}, FARGATE, SERVICE),
        ({"priority": COST, "cpu": 2048, "count": 2}, EC2, SERVICE),
        ({"priority": COST, "memory": 8192, "count": 2}, EC2, SERVICE),
        ({"priority": COST, "cpu": 2048, "count": 1}, FARGATE, SERVICE),
        ({"kind": SCHEDULE, "size": L, "priority": COST}, FARGATE, SCHEDULE),
        ({"kind": TASK, "size": L, "priority": COST}, FARGATE, TASK),
    ],
)
def test_the_seed_table_decides(wish: dict[str, Any], choice: Choice, kind: Kind) -> None:
    """A team that tags a repository gets what the documented table promises."""
    placement = place(*asked(**wish))
    assert (placement.choice, placement.kind) == (choice, kind)


@pytest.mark.parametrize(
    ("needs", "word"),
    [
        ({"gpu": 1}, "gpu"),
        ({"privileged": True}, "privileged"),
        ({"network_mode": "host"}, "networkMode"),
        ({"network_mode": "bridge"}, "networkMode"),
        ({"host_paths": ("/var/log",)}, "/var/log"),
        ({"daemon": True}, "DAEMON"),
        ({"cpu": 16385}, "beyond Fargate's largest size"),
        ({"memory": 122881}, "beyond Fargate's largest size"),
    ],
)
def test_what_fargate_cannot_do_goes_to_ec2_with_the_reason(needs: dict[str, Any], word: str) -> None:
    """Nobody learns from a failed task that Fargate has no GPU: the placement says so, and where else it runs."""
    placement = place(*asked(**needs))
    assert placement.choice is EC2
    rejected = {each.option: each.reasons for each in placement.rejected}
    assert any(word in reason for reason in rejected[FARGATE])
    assert any(word in reason for reason in rejected[SPOT])


@pytest.mark.parametrize("needs", [{"gpu": 1}, {"privileged": True}, {"daemon": True}, {"cpu": 32768}])
def test_what_nothing_can_run_is_refused_with_every_reason(needs: dict[str, Any]) -> None:
    """A refusal that hides one of four options sends people in circles."""
    with pytest.raises(Refused) as refused:
        place(*asked(FARGATE_ONLY, **needs))
    for option in Choice:
        assert option.value in str(refused.value.remedy)


@pytest.mark.parametrize(
    ("launch", "choice", "provider"),
    [
        (Launch.FARGATE, FARGATE, "FARGATE"),
        (Launch.FARGATE_SPOT, SPOT, "FARGATE_SPOT"),
        (Launch.EC2, EC2, "instances"),
        (Launch.MANAGED_INSTANCES, MANAGED, "managed"),
    ],
)
@pytest.mark.parametrize("wish", [{"size": L, "priority": COST}, {"size": S}, {"pattern": PERIODIC}])
def test_an_explicit_launch_wins(launch: Launch, choice: Choice, provider: str, wish: dict[str, Any]) -> None:
    """Whoever says `launch` knows why: no rule overrules it."""
    placement = place(*asked(launch=launch, **wish))
    assert (placement.choice, placement.capacity_provider) == (choice, provider)


@pytest.mark.parametrize(
    ("launch", "needs", "policy", "word"),
    [
        (Launch.FARGATE, {"gpu": 1}, POLICY, "gpu"),
        (Launch.FARGATE_SPOT, {}, FARGATE_ONLY, "FARGATE_SPOT capacity provider"),
        (Launch.EC2, {}, FARGATE_ONLY, "EC2 capacity provider"),
        (Launch.EC2, {"ephemeral_storage": 50}, POLICY, "ephemeral"),
        (Launch.MANAGED_INSTANCES, {"network_mode": "bridge"}, POLICY, "awsvpc and host"),
        (Launch.MANAGED_INSTANCES, {"daemon": True}, POLICY, "capacity provider strategy"),
        (Launch.MANAGED_INSTANCES, {"spread": ("zone",)}, POLICY, "placement.spread is for EC2"),
        (Launch.FARGATE, {"operating_system": "WINDOWS_SERVER_2022_CORE", "cpu": 8192}, POLICY, "Windows has at most"),
        (Launch.FARGATE_SPOT, {"operating_system": "WINDOWS_SERVER_2022_CORE"}, POLICY, "Windows"),
        (Launch.FARGATE, {"operating_system": "WINDOWS_SERVER_2016_FULL"}, POLICY, "WINDOWS_SERVER_2016_FULL"),
        (Launch.EC2, {"operating_system": "WINDOWS_SERVER_2022_CORE", "architecture": "ARM64"}, POLICY, "X86_64"),
    ],
)
def test_an_explicit_launch_that_cannot_be_is_refused_with_why(
    launch: Launch, needs: dict[str, Any], policy: Policy, word: str
) -> None:
    """It fails loudly and is never silently replaced."""
    with pytest.raises(Refused, match="launch") as refused:
        place(*asked(policy, launch=launch, **needs))
    assert word in refused.value.remedy
    assert refused.value.value == launch.value


def test_arm_runs_on_spot_and_constraints_on_managed_instances() -> None:
    """What AWS did not support once and does now must not stay refused."""
    assert place(*asked(launch=Launch.FARGATE_SPOT, architecture="ARM64")).choice is SPOT
    constrained = asked(launch=Launch.MANAGED_INSTANCES, constraints=("attribute:ecs.cpu-architecture == arm64",))
    assert place(*constrained).choice is MANAGED


def test_a_wish_that_the_cluster_lacks_falls_to_the_next_and_says_so() -> None:
    """Large and price-conscious on a cluster without instances still runs, and the reasons say what was missed."""
    placement = place(*asked(FARGATE_ONLY, size=L, priority=COST))
    assert placement.choice is FARGATE
    assert any("EC2 would be the choice but cannot be" in reason for reason in placement.reasons)


def test_a_daemon_that_is_no_service_is_refused() -> None:
    """ECS has no daemon that runs now and then: the contradiction is named."""
    with pytest.raises(Refused, match="daemon"):
        place(*asked(daemon=True, pattern=BATCH))


def test_defaults_are_stated() -> None:
    """What nobody said is said in the reasons, so that a surprise can be traced."""
    reasons = " / ".join(place(*asked(size=L)).reasons)
    assert "priority overhead, by default" in reasons
    assert "pattern steady, by default" in reasons
    assert "derived" in " ".join(place(*asked()).reasons)


def test_a_reason_names_the_layer_that_asked() -> None:
    """`size large (repository tag)` is what ends the search for who set it."""
    workload, policy = asked(size=L, priority=COST)
    placement = place(replace(workload, sources={"placement.size": "repository tag pilotage:size"}), policy)
    assert any("size large (repository tag pilotage:size)" in reason for reason in placement.reasons)


@pytest.mark.parametrize(
    ("cpu", "memory", "count", "size"),
    [
        (256, 512, 0, S),
        (2048, 4096, 1, S),
        (4095, 16383, 1, S),
        (4096, 8192, 1, L),
        (256, 512, 16, L),
        (1024, 4096, 4, L),
        (1024, 16384, 1, L),
    ],
)
def test_size_is_derived_from_cpu_memory_and_count(cpu: int, memory: int, count: int, size: Size) -> None:
    """The threshold is one documented number for each, not a feeling."""
    assert derived_size(replace(CATS, cpu=cpu, memory=memory, count=count))[0] is size


workloads = st.builds(
    lambda wishes, fields: replace(CATS, wishes=wishes, **fields),
    st.builds(
        Wishes,
        size=st.sampled_from([None, *Size]),
        priority=st.sampled_from([None, *Priority]),
        pattern=st.sampled_from([None, *Pattern]),
        launch=st.sampled_from([None, None, None, *Launch]),
    ),
    st.fixed_dictionaries(
        {},
        optional={
            "cpu": st.sampled_from([256, 4096, 16384, 65536]),
            "count": st.integers(0, 20),
            "gpu": st.just(1),
            "privileged": st.just(True),
            "daemon": st.just(True),
            "network_mode": st.sampled_from(["awsvpc", "bridge", "host"]),
            "operating_system": st.sampled_from(["LINUX", "WINDOWS_SERVER_2022_CORE"]),
            "architecture": st.sampled_from(["X86_64", "ARM64"]),
        },
    ),
)
capacities = st.builds(
    Capacity,
    fargate=st.booleans(),
    fargate_spot=st.booleans(),
    ec2=st.sampled_from([None, "instances"]),
    managed_instances=st.sampled_from([None, "managed"]),
)


@given(workloads, capacities)
def test_every_choice_and_every_rejection_has_a_reason(workload: Workload, capacity: Capacity) -> None:
    """Promise 4: whatever is asked of whatever cluster, the answer is explained or refused by name."""
    try:
        placement = place(workload, replace(POLICY, capacity=capacity))
    except Refused:
        return
    assert placement.reasons
    assert {placement.choice, *(each.option for each in placement.rejected)} == set(Choice)
    assert all(reason for each in placement.rejected for reason in each.reasons)
    assert all(each.reasons for each in placement.rejected)
    if placement.choice in (SPOT, MANAGED):
        assert workload.wishes.launch is not None
