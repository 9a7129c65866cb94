"""What every way to run a workload comes to: packing, dollars, and that no estimate hides what cannot be."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from fakes import placing
from fakes.workloads import CATS, POLICY
from hypothesis import given
from hypothesis import strategies as st
from pilotage.errors import Refused
from pilotage.manifest.shapes import Scaling, Share
from pilotage.placement import CANNOT, Choice, Option, fargate_sizes, place
from pilotage.placement.cost import ec2_or_fargate
from pilotage.placement.options import is_chosen, monthly_of, weigh_options
from pilotage.placement.packing import Need, cheapest, lacks, pack, per_instance
from pilotage.policy import Capacity, Policy
from pilotage.prices.table import Hardware, Rates, Region, Table
from pilotage.workload import Kind, Launch, Pattern, Priority, Schedule, Size, Wishes, Workload

TYPES = {
    "m.large": Hardware(2, 8192, "X86_64", 0, 3),
    "m.xlarge": Hardware(4, 16384, "X86_64", 0, 4),
    "g.large": Hardware(2, 8192, "ARM64", 0, 3),
    "gpu.xlarge": Hardware(4, 16384, "X86_64", 1, 4),
    "tiny": Hardware(2, 1024, "X86_64", 0, 2),
}
PRICES = {"m.large": 0.1, "m.xlarge": 0.2, "g.large": 0.08, "gpu.xlarge": 0.8, "tiny": 0.01}
TABLE = Table(
    "2026-11-01",
    "USD",
    "a test",
    {"fargate_spot": 0.25, "managed_instances": 0.1},
    {
        "here": Region(
            {"X86_64": Rates(0.04, 0.004), "ARM64": Rates(0.03, 0.003), "WINDOWS": Rates(0.05, 0.005, 0.04)},
            0.0001,
            PRICES,
        )
    },
    TYPES,
)
HERE = "here"
ENDS = ", and network interfaces are what ends first"


def with_types(*types: str, mode: str = "awsvpc") -> Policy:
    return replace(POLICY, capacity=replace(POLICY.capacity, instance_types=types, ec2_network_mode=mode))


def options(workload: Workload, policy: Policy = POLICY, **more: Any) -> dict[tuple[Choice, str], Option]:
    placement = place(workload, policy)
    made = weigh_options(workload, policy, placement, HERE, table=TABLE, **more)
    return {(each.choice, each.architecture): each for each in made}


def of(choice: Choice, workload: Workload, policy: Policy = POLICY, architecture: str = "X86_64") -> Option:
    return options(workload, policy)[choice, architecture]


@pytest.mark.parametrize(
    ("cpu", "memory", "gpus", "type_", "interface", "fits", "ends"),
    [
        (1024, 1024, 0, "m.large", True, 2, "CPU"),
        (256, 512, 0, "m.large", True, 2, "network interfaces"),  # three, of which one is its own
        (256, 512, 0, "m.large", False, 8, "CPU"),
        (256, 4096, 0, "m.large", False, 1, "memory"),  # the system and the agent leave less than 8 GiB
        (256, 3800, 0, "m.large", False, 2, "memory"),
        (256, 3900, 0, "m.large", False, 1, "memory"),  # two would leave the agent nothing
        (256, 7987, 0, "m.large", False, 1, "memory"),  # of 8192 MiB the system leaves 7987
        (256, 7988, 0, "m.large", False, 0, ""),
        (512, 512, 1, "gpu.xlarge", False, 1, "GPUs"),
        (512, 512, 2, "gpu.xlarge", False, 0, ""),
        (512, 512, 1, "m.xlarge", False, 0, ""),
        (4097, 512, 0, "m.xlarge", False, 0, ""),
    ],
)
def test_how_many_tasks_an_instance_holds(
    cpu: int, memory: int, gpus: int, type_: str, interface: bool, fits: int, ends: str
) -> None:
    """CPU, what the system leaves of memory, GPUs, and under awsvpc an interface for each task."""
    assert per_instance(Need(cpu, memory, gpus, "X86_64", interface), TYPES[type_]) == (fits, ends)


needs = st.builds(
    Need,
    st.integers(1, 5000),
    st.integers(1, 20000),
    st.integers(0, 2),
    st.sampled_from(["X86_64", "ARM64"]),
    st.booleans(),
    st.booleans(),
)
machines = st.builds(
    Hardware,
    st.sampled_from([1, 2, 4, 8, 48]),
    st.sampled_from([512, 1024, 8192, 16384, 196608]),
    st.sampled_from(["X86_64", "ARM64"]),
    st.integers(0, 8),
    st.none() | st.integers(1, 15),
)


@given(needs, st.integers(0, 300), st.integers(1, 3), machines)
def test_a_packing_holds_all_and_overfills_none(need: Need, tasks: int, least: int, hardware: Hardware) -> None:
    """What is reckoned must be what ECS would place: all tasks, none on an instance that has no room for it."""
    packing = pack(need, tasks, least, "any", hardware)
    if packing is None:
        assert list(lacks(need, hardware))
        return
    each = packing.per_instance
    assert each * packing.instances >= tasks
    assert each * need.cpu <= hardware.vcpu * 1024
    assert each * need.memory <= hardware.memory
    assert each * need.gpus <= hardware.gpus
    assert hardware.architecture == need.architecture
    assert hardware.interfaces is None or not need.interface or each <= hardware.interfaces - 1
    assert each == 1 or not need.alone
    assert packing.instances == max(math.ceil(tasks / each), min(least, tasks))
    assert 0 <= packing.share <= 1


@given(needs, st.integers(1, 50), st.integers(1, 2))
def test_the_cheapest_is_no_dearer_than_any(need: Need, tasks: int, least: int) -> None:
    """Tasks that are all alike need no mix: of each type the whole, and the least of it."""
    best = cheapest(need, tasks, least, TYPES, PRICES)
    packed = (pack(need, tasks, least, name, each) for name, each in TYPES.items())
    costs = [each.instances * PRICES[each.instance] for each in packed if each is not None]
    assert (best is None) == (not costs)
    if best is not None:
        assert best.instances * PRICES[best.instance] == min(costs)


@pytest.mark.parametrize(
    ("choice", "workload", "policy", "monthly", "detail"),
    [
        (Choice.FARGATE, {}, POLICY, 2 * 730 * 0.012, "2 x 0.25 vCPU, 0.5 GB"),
        (Choice.FARGATE, {"cpu": 1100, "memory": 2048}, POLICY, 2 * 730 * 0.096, "2 x 2 vCPU, 4 GB"),
        (Choice.FARGATE, {"operating_system": "WINDOWS_SERVER_2022_CORE"}, POLICY, 2 * 730 * 0.1, "2 x 1 vCPU, 2 GB"),
        (Choice.FARGATE, {"ephemeral_storage": 120}, POLICY, 2 * 730 * 0.022, "2 x 0.25 vCPU, 0.5 GB"),
        (
            Choice.FARGATE_SPOT,
            {},
            POLICY,
            2 * 730 * 0.003,
            "2 x 0.25 vCPU, 0.5 GB, estimated at 75% off",
        ),
        (
            Choice.FARGATE,
            {"scaling": Scaling(max=8)},
            POLICY,
            730 * 0.012,
            "1 to 8 x 0.25 vCPU, 0.5 GB; $70.08 at 8 tasks",
        ),
        (
            Choice.FARGATE,
            {"scaling": Scaling(max=2, min=0)},
            POLICY,
            0,
            "0 to 2 x 0.25 vCPU, 0.5 GB; $17.52 at 2 tasks",
        ),
        (
            Choice.FARGATE,
            {"kind": Kind.SCHEDULE, "count": 1, "schedule": Schedule("rate(1 hour)")},
            POLICY,
            730 / 6 * 0.012,
            "1 x 0.25 vCPU, 0.5 GB; 730 runs a month, assumed to take 10 minutes each",
        ),
        (
            Choice.FARGATE,
            {"kind": Kind.TASK, "count": 1},
            POLICY,
            0.012,
            "1 x 0.25 vCPU, 0.5 GB; for one hour of running",
        ),
        (Choice.EC2, {}, POLICY, None, "the policy names no capacity.instance_types to reckon with"),
        (
            Choice.EC2,
            {},
            with_types("m.large", "m.xlarge"),
            2 * 73,
            "2 x m.large, 12% full (its share: $18.25)",
        ),
        (
            Choice.EC2,
            {"count": 12},
            with_types("m.large", "m.xlarge"),
            6 * 73,
            f"6 x m.large, 25% full (its share: $109.50); with awsvpcTrunking 2 would do{ENDS}",
        ),
        (Choice.EC2, {"count": 16}, with_types("m.large", mode="bridge"), 2 * 73, "2 x m.large, 100% full"),
        (Choice.EC2, {"count": 1}, with_types("m.large"), 73, "1 x m.large, 12% full (its share: $9.12)"),
        (
            Choice.EC2,
            {"daemon": True, "count": 1},
            with_types("m.large"),
            73 / 8,
            "12% of 1 x m.large, on whatever instances there are",
        ),
        (
            Choice.EC2,
            {"operating_system": "WINDOWS_SERVER_2022_CORE"},
            with_types("m.large"),
            None,
            "the table has no prices of instances with Windows",
        ),
        (
            Choice.MANAGED_INSTANCES,
            {"cpu": 1024, "memory": 2048},
            POLICY,
            2 * 73 * 1.1,
            "2 x m.large, 50% full (its share: $80.30), with a fee of 10%",
        ),
        (
            Choice.MANAGED_INSTANCES,
            {"gpu": 1},
            POLICY,
            2 * 730 * 0.8 * 1.1,
            "2 x gpu.xlarge, 100% full, with a fee of 10%",
        ),
    ],
)
def test_what_a_month_comes_to(
    choice: Choice, workload: dict[str, Any], policy: Policy, monthly: float | None, detail: str
) -> None:
    """Whole instances, as they are billed, and the part that this workload fills; each assumption in the detail."""
    option = of(choice, replace(CATS, **workload), policy)
    assert option.detail == detail
    assert option.monthly == (None if monthly is None else pytest.approx(monthly))


def test_a_region_without_prices_has_no_dollars() -> None:
    """No number is better than a wrong one."""
    made = weigh_options(CATS, POLICY, place(CATS, POLICY), "nowhere", table=TABLE)
    assert {each.monthly for each in made} == {None}
    assert made[0].detail == "the table has no prices of nowhere"


def test_another_architecture_needs_an_image_for_it() -> None:
    """What ARM would cost is shown to whoever has no image for it, with what to do; and it is no option before that."""
    arm = options(CATS)[Choice.FARGATE, "ARM64"]
    assert not arm.feasible
    assert arm.reasons == ("the image is built for X86_64 only: build it for linux/arm64, too",)
    assert arm.monthly == pytest.approx(2 * 730 * 0.009)
    assert options(CATS, built_for=["ARM64"])[Choice.FARGATE, "ARM64"].feasible
    own = options(replace(CATS, architecture="ARM64"))
    assert own[Choice.FARGATE, "ARM64"].feasible
    assert own[Choice.FARGATE_SPOT, "ARM64"].feasible


def test_what_cannot_be_says_why_and_what_can_how_it_is_interrupted() -> None:
    """The table answers both questions for all of them."""
    for option in options(replace(CATS, gpu=1), with_types("g5.xlarge")).values():
        assert option.interruption if option.feasible else option.reasons
    assert of(Choice.FARGATE, replace(CATS, gpu=1)).monthly is None


@pytest.mark.parametrize(
    ("types", "needs", "says"),
    [
        (("m7g.large",), {"architecture": "X86_64"}, "it is ARM64 and the task X86_64"),
        (("m7i.large",), {"gpu": 1}, "it has 0 GPU and the task needs 1"),
        (("m7i.large", "m7i.xlarge"), {"cpu": 8192}, "m7i.xlarge comes nearest, and it has 4096 CPU units"),
        (("m7i.large",), {"memory": 8192}, "it has 7987 MiB for tasks and the task needs 8192"),
    ],
)
def test_instances_that_hold_no_task_are_no_option(types: tuple[str, ...], needs: dict[str, Any], says: str) -> None:
    """A service that asks for what no instance of the cluster has would wait for ever, without an error."""
    policy = with_types(*types)
    wished = replace(CATS, wishes=Wishes(launch=Launch.EC2), **needs)
    with pytest.raises(Refused, match="none of the policy's instance types") as refused:
        place(wished, policy)
    assert says in refused.value.remedy
    assert place(wished, with_types(*types, "zz9.plural")).choice is Choice.EC2  # nobody knows what that one holds
    assert place(wished, with_types()).choice is Choice.EC2


def ec2_wins(**fields: Any) -> tuple[Workload, Policy]:
    """Fargate has no size between 1 and 2 vCPU, so it bills 2."""
    return replace(CATS, **{"cpu": 1300, "memory": 4096, "count": 12, **fields}), with_types("m.xlarge")


@pytest.mark.parametrize(
    ("fields", "choice"),
    [
        ({}, Choice.EC2),
        ({"cpu": 1024, "memory": 2048}, Choice.FARGATE),
        ({"scaling": Scaling(max=24, min=12)}, Choice.EC2),
        ({"count": 13}, Choice.FARGATE),  # a hair less than a fifth
        ({"scaling": Scaling(max=13, min=12)}, Choice.FARGATE),
        ({"scaling": Scaling(max=12, min=1)}, Choice.FARGATE),  # an instance for one task saves nothing
    ],
)
def test_dollars_decide_between_fargate_and_ec2(fields: dict[str, Any], choice: Choice) -> None:
    """A fifth, at the least and at the most count: for less, nobody should look after instances."""
    workload, policy = ec2_wins(**fields)
    decided = ec2_or_fargate(workload, policy.capacity, HERE, TABLE)
    assert decided is not None
    assert decided[0] is choice
    assert "$" in decided[1]
    assert TABLE.date in decided[1]
    assert ec2_or_fargate(workload, policy.capacity, "nowhere", TABLE) is None


@pytest.mark.parametrize(
    ("fields", "policy", "region", "choice"),
    [
        ({}, with_types("m7i.xlarge"), "us-east-1", Choice.EC2),
        ({}, with_types("m7i.xlarge"), None, Choice.FARGATE),
        ({}, with_types("m7i.xlarge"), "eu-west-9", Choice.FARGATE),
        ({}, POLICY, "us-east-1", Choice.FARGATE),
        ({"wishes": Wishes(priority=Priority.OVERHEAD)}, with_types("m7i.xlarge"), "us-east-1", Choice.FARGATE),
        ({"wishes": Wishes(pattern=Pattern.BURST)}, with_types("m7i.xlarge"), "us-east-1", Choice.FARGATE),
        ({"wishes": Wishes(pattern=Pattern.BATCH)}, with_types("m7i.xlarge"), "us-east-1", Choice.FARGATE),
        ({"wishes": Wishes(size=Size.SMALL)}, with_types("m7i.xlarge"), "us-east-1", Choice.FARGATE),
        ({"wishes": Wishes(launch=Launch.FARGATE)}, with_types("m7i.xlarge"), "us-east-1", Choice.FARGATE),
        ({"cpu": 1024, "memory": 2048, "wishes": Wishes(priority=Priority.COST)}, POLICY, "us-east-1", Choice.EC2),
    ],
)
def test_cost_decides_only_where_nobody_has(
    fields: dict[str, Any], policy: Policy, region: str | None, choice: Choice
) -> None:
    """Tags and manifest come before dollars; without prices it is as ever."""
    workload, _ = ec2_wins(**fields)
    placement = place(workload, policy, region)
    assert placement.choice is choice
    assert any("cost decides" in reason for reason in placement.reasons) == (not fields and choice is Choice.EC2)


def test_shares_are_paid_each_at_its_own_price() -> None:
    """One task on demand and the rest on Spot costs neither all of the one nor all of the other."""
    shares = {Launch.FARGATE: Share(base=1, weight=1), Launch.FARGATE_SPOT: Share(weight=3)}
    workload = replace(CATS, shares=shares, count=9)
    placement = place(workload, POLICY)
    assert monthly_of(workload, POLICY, placement, HERE, TABLE) == pytest.approx(730 * 0.012 * (3 + 6 * 0.25))
    assert monthly_of(replace(workload, count=2), POLICY, placement, HERE, TABLE) == pytest.approx(730 * 0.012 * 1.25)
    assert monthly_of(replace(workload, count=1), POLICY, placement, HERE, TABLE) == pytest.approx(730 * 0.012)
    assert monthly_of(workload, POLICY, placement, "nowhere", TABLE) is None


fields = st.fixed_dictionaries(
    {"cpu": st.sampled_from([128, 256, 1100, 4096, 16384]), "memory": st.sampled_from([512, 3000, 16384, 122880])},
    optional={
        "count": st.integers(0, 20),
        "network_mode": st.sampled_from(["awsvpc", "bridge", "host"]),
        "ephemeral_storage": st.sampled_from([21, 200, 201]),
        "architecture": st.just("ARM64"),
        "kind": st.sampled_from([Kind.SERVICE, Kind.TASK]),
    },
)
capacities = st.builds(
    Capacity,
    fargate=st.booleans(),
    fargate_spot=st.booleans(),
    ec2=st.sampled_from([None, "instances"]),
    managed_instances=st.sampled_from([None, "managed"]),
    instance_types=st.sampled_from([(), ("m7i.large",), ("m7i.4xlarge", "m7g.4xlarge", "g5.xlarge")]),
)
STRONGER: tuple[dict[str, Any], ...] = (
    {"gpu": 1},
    {"privileged": True},
    {"daemon": True},
    {"host_paths": ("/var/log",)},
    {"operating_system": "WINDOWS_SERVER_2022_CORE"},
    {"cpu": 32768},
    {"memory": 262144},
    {"ephemeral_storage": 250},
    {"spread": ("zone",)},
)


def feasible(workload: Workload, policy: Policy) -> set[Choice]:
    return {choice for choice, check in CANNOT.items() if not any(check(workload, policy.capacity))}


@given(fields, capacities, st.sampled_from(STRONGER))
def test_a_stronger_constraint_never_widens_the_options(
    has: dict[str, Any], capacity: Capacity, needs: dict[str, Any]
) -> None:
    """Whoever asks for more can be given less of a choice, never more."""
    policy, workload = replace(POLICY, capacity=capacity), replace(CATS, **has)
    grown = {key: max(has.get(key, 0), value) if isinstance(value, int) else value for key, value in needs.items()}
    assert feasible(replace(workload, **grown), policy) <= feasible(workload, policy)


@given(fields, capacities, st.sampled_from(({}, *STRONGER)))
def test_no_placement_breaks_a_hard_constraint(has: dict[str, Any], capacity: Capacity, needs: dict[str, Any]) -> None:
    """Whatever the dollars and the tags say: what is taken can be, and what can be is what the options say."""
    policy, workload = replace(POLICY, capacity=capacity), replace(CATS, **{**has, **needs})
    able = feasible(workload, policy)
    try:
        placement = place(workload, policy, "us-east-1")
    except Refused:
        return
    assert placement.choice in able
    made = weigh_options(workload, policy, placement, "us-east-1")
    assert {each.choice for each in made if each.feasible and each.architecture == workload.architecture} == able
    assert len([each for each in made if is_chosen(each, placement, workload)]) == 1
    for each in made:
        assert each.feasible or each.reasons
        assert each.monthly is None or each.monthly >= 0


@given(fields, st.integers(1, 40))
def test_dollars_scale_with_the_count(has: dict[str, Any], times: int) -> None:
    """On Fargate as many times the dollars as tasks; on instances never less for more tasks, and never above that."""
    workload = replace(CATS, **{**has, "count": 1, "kind": Kind.SERVICE})
    policy = with_types("m7i.4xlarge", "m7g.4xlarge")
    try:
        one, many = (
            weigh_options(each, policy, place(each, policy), "us-east-1")
            for each in (workload, replace(workload, count=times))
        )
    except Refused:
        return
    for single, several in zip(one, many, strict=True):
        assert (single.monthly is None) == (several.monthly is None)
        if single.monthly is None or several.monthly is None:
            continue
        if single.choice in (Choice.FARGATE, Choice.FARGATE_SPOT):
            assert several.monthly == pytest.approx(times * single.monthly)
        else:
            assert single.monthly <= several.monthly * 1.0001
            assert several.monthly <= times * single.monthly * 1.0001


@given(st.integers(1, 16384), st.integers(1, 122880))
def test_fargate_never_gives_less_than_was_asked(cpu: int, memory: int) -> None:
    """A size is rounded up; and none is left out that would have been smaller."""
    size = fargate_sizes.holding(cpu, memory)
    assert size is not None
    assert size.cpu >= cpu
    assert size.memory >= memory
    assert not [each for each in fargate_sizes.SIZES if each < size and each.cpu >= cpu and each.memory >= memory]


@pytest.mark.parametrize("name", placing.NAMES)
def test_place_prints_what_was_reviewed(name: str) -> None:
    """Six workloads as people see them; scripts/draw-placements draws them anew."""
    assert placing.drawn(name) == (placing.GOLDEN / f"{name}.txt").read_text()
