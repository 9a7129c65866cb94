"""One workload out of layers: which layer wins, and that every field knows its source."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.asked import ROLES, SECRET, artifact, config, policy
from hypothesis import given
from hypothesis import strategies as st
from pilotage.artifact import Artifact, HealthCheck
from pilotage.errors import BadImage, BadManifest, BadTags
from pilotage.workload import Kind, Launch, Pattern, Port, Priority, Schedule, Size, Workload, resolve

CHECK = HealthCheck(("CMD-SHELL", "curl -f localhost"), interval=20)


def resolved(manifest: dict[str, Any] | None = None, tags: dict[str, str] | None = None, **fields: Any) -> Workload:
    """The workload of a plain arm64 image with this manifest, in a repository with these tags."""
    return resolve(artifact(config(manifest)), tags or {}, policy(**fields))


def test_an_image_without_a_manifest_is_deployable() -> None:
    """Nothing at all must also work: EXPOSE, HEALTHCHECK, USER and the platform say enough."""
    workload = resolve(artifact(config(health_check=CHECK, user="1000")), {}, policy())
    assert workload == Workload(
        service="cats",
        kind=Kind.SERVICE,
        cpu=256,
        memory=512,
        count=1,
        architecture="ARM64",
        ports=(Port(8080),),
        health_check=CHECK,
        user="1000",
        sources=workload.sources,
    )
    assert workload.sources == {
        "architecture": "image platform",
        "count": "Pilotage's default",
        "cpu": "Pilotage's default",
        "health_check.command": "image HEALTHCHECK",
        "health_check.interval": "image HEALTHCHECK",
        "health_check.retries": "image HEALTHCHECK",
        "health_check.start_period": "image HEALTHCHECK",
        "health_check.timeout": "image HEALTHCHECK",
        "kind": "Pilotage's default",
        "memory": "Pilotage's default",
        "ports": "image EXPOSE",
        "service": "repository name",
        "user": "image USER",
    }


def test_an_image_that_says_nothing_at_all_is_deployable() -> None:
    """A worker exposes nothing and checks nothing."""
    workload = resolve(artifact(config(ports=())), {}, policy())
    assert (workload.ports, workload.health_check, workload.kind) == ((), None, Kind.SERVICE)


def test_a_full_manifest_becomes_typed_fields() -> None:
    """Units, short forms and numbers in the environment come out as ECS wants them."""
    manifest = {
        "cpu": "0.5 vCPU",
        "memory": "2 GB",
        "count": 3,
        "ports": [80, "53/udp", {"container_port": 8443, "name": "tls"}],
        "health_check": {"command": ["CMD", "true"], "retries": 5},
        "environment": {"B": 2, "A": True, "C": "x"},
        "secrets": {"TOKEN": f"{SECRET}:token::"},
        "command": ["serve"],
        "entrypoint": ["/bin/cats"],
        "user": 1000,
        "routing": "web",
        "grace_period": 30,
        "stop_timeout": 20,
        "task_role": f"{ROLES}/pilotage/workload/cats",
        "ephemeral_storage": 30,
        "autoscaled": True,
        "placement": {"launch": "fargate"},
        "overrides": {"service": {"platformVersion": "1.4.0"}},
    }
    workload = resolved(manifest)
    assert (workload.cpu, workload.memory, workload.count) == (512, 2048, 3)
    assert workload.ports == (Port(80), Port(53, "udp"), Port(8443, "tcp", "tls"))
    assert workload.health_check == HealthCheck(("CMD", "true"), retries=5)
    assert workload.environment == {"A": "true", "B": "2", "C": "x"}
    assert workload.secrets == {"TOKEN": f"{SECRET}:token::"}
    assert (workload.command, workload.entrypoint, workload.user) == (("serve",), ("/bin/cats",), "1000")
    assert (workload.routing, workload.grace_period, workload.stop_timeout) == ("web", 30, 20)
    assert (workload.ephemeral_storage, workload.autoscaled) == (30, True)
    assert workload.wishes.launch is Launch.FARGATE
    assert workload.overrides == {"service": {"platformVersion": "1.4.0"}}
    assert set(workload.sources.values()) == {"manifest", "repository name", "image platform", "Pilotage's default"}


def test_tags_are_stronger_than_the_manifest_field_by_field() -> None:
    """Operators select by tags; a team that can push must not select something else."""
    workload = resolved(
        {"placement": {"size": "small", "priority": "overhead"}},
        {"pilotage:size": "large"},
        defaults={"placement": {"pattern": "burst", "priority": "cost"}},
    )
    wishes = workload.wishes
    assert (wishes.size, wishes.priority, wishes.pattern) == (Size.LARGE, Priority.OVERHEAD, Pattern.BURST)
    assert workload.sources["placement.size"] == "repository tag pilotage:size"
    assert workload.sources["placement.priority"] == "manifest"
    assert workload.sources["placement.pattern"] == "policy defaults"


@pytest.mark.parametrize(
    ("manifest", "image", "defaults", "field", "value", "source"),
    [
        ({"ports": [1]}, {}, {"ports": [3]}, "ports", (Port(1),), "manifest"),
        ({}, {}, {"ports": [3]}, "ports", (Port(8080),), "image EXPOSE"),
        ({}, {"ports": ()}, {"ports": [3]}, "ports", (Port(3),), "policy defaults"),
        ({"user": "app"}, {"user": "root"}, {}, "user", "app", "manifest"),
        ({}, {"user": "root"}, {"user": "app"}, "user", "root", "image USER"),
        ({}, {}, {"user": "app"}, "user", "app", "policy defaults"),
        ({"cpu": 512}, {}, {"cpu": 1024}, "cpu", 512, "manifest"),
        ({}, {}, {"cpu": 1024}, "cpu", 1024, "policy defaults"),
        ({}, {}, {"cpu": 1024}, "memory", 2048, "Pilotage's default"),
        ({}, {}, {"count": 4}, "count", 4, "policy defaults"),
        ({"count": 0}, {}, {"count": 4}, "count", 0, "manifest"),
    ],
)
def test_the_strongest_layer_that_speaks_wins(
    manifest: dict[str, Any], image: dict[str, Any], defaults: dict[str, Any], field: str, value: Any, source: str
) -> None:
    """Manifest over image over policy defaults over Pilotage's own, and an explicit 0 is something said."""
    workload = resolve(artifact(config(manifest, **image)), {}, policy(defaults=defaults))
    assert getattr(workload, field) == value
    assert workload.sources[field] == source


def test_environment_and_health_check_merge_key_by_key() -> None:
    """Operators set LOG_LEVEL for all; a team that changes its interval keeps the image's command."""
    manifest = {"environment": {"B": "team"}, "health_check": {"interval": 60}}
    defaults = {"environment": {"A": "ops", "B": "ops"}, "health_check": {"timeout": 9}}
    workload = resolve(artifact(config(manifest, health_check=CHECK)), {}, policy(defaults=defaults))
    assert workload.environment == {"A": "ops", "B": "team"}
    assert workload.health_check == HealthCheck(CHECK.command, interval=60)
    assert workload.sources["environment.A"] == "policy defaults"
    assert workload.sources["health_check.interval"] == "manifest"


def test_health_check_none_leaves_out_the_images() -> None:
    """The image may check with a tool that it does not have in production."""
    workload = resolve(artifact(config({"health_check": "none"}, health_check=CHECK)), {}, policy())
    assert workload.health_check is None
    assert not [path for path in workload.sources if path.startswith("health_check")]


def test_health_check_settings_without_a_command_are_a_mistake() -> None:
    """A check that never runs would look like one that always passes."""
    with pytest.raises(BadManifest, match=r"health_check.interval: 60.*add `command`"):
        resolved({"health_check": {"interval": 60}})
    assert resolved(defaults={"health_check": {"interval": 60}}).health_check is None


def test_overrides_of_policy_and_team_are_merged() -> None:
    """The operators' patch stays below the team's, and a null stays a null."""
    workload = resolved(
        {"overrides": {"service": {"tags": None, "a": {"x": 1}}}},
        defaults={"overrides": {"service": {"tags": [], "a": {"x": 2, "y": 3}}, "task_definition": {"b": 1}}},
    )
    assert workload.overrides == {"service": {"tags": None, "a": {"x": 1, "y": 3}}, "task_definition": {"b": 1}}


@pytest.mark.parametrize(
    ("manifest", "tags", "kind"),
    [
        ({}, {}, Kind.SERVICE),
        ({"kind": "task"}, {}, Kind.TASK),
        ({"schedule": {"expression": "rate(1 hour)"}}, {}, Kind.SCHEDULE),
        ({"schedule": {"expression": "rate(1 hour)"}}, {"pilotage:pattern": "periodic"}, Kind.SCHEDULE),
        (
            {"schedule": {"expression": "rate(1 hour)"}, "kind": "schedule"},
            {"pilotage:pattern": "batch"},
            Kind.SCHEDULE,
        ),
        ({}, {"pilotage:pattern": "batch"}, Kind.TASK),
        ({"placement": {"pattern": "batch"}}, {}, Kind.TASK),
        ({}, {"pilotage:pattern": "burst"}, Kind.SERVICE),
    ],
)
def test_the_kind_follows_from_what_is_said(manifest: dict[str, Any], tags: dict[str, str], kind: Kind) -> None:
    """What is batch or periodic becomes tasks and schedules, not services."""
    assert resolved(manifest, tags).kind is kind


@pytest.mark.parametrize(
    ("manifest", "tags", "told"),
    [
        ({}, {"pilotage:pattern": "periodic"}, r"schedule.expression: None.*pilotage:pattern.*rate\(1 hour\)"),
        ({"kind": "schedule"}, {}, r"schedule.expression: None"),
        (
            {"kind": "service"},
            {"pilotage:pattern": "batch"},
            r"'service'.*pattern is batch \(repository tag pilotage:pattern\)",
        ),
        ({"kind": "task"}, {"pilotage:pattern": "periodic"}, r"'task'.*goes with schedule"),
    ],
)
def test_a_kind_that_cannot_be_is_told(manifest: dict[str, Any], tags: dict[str, str], told: str) -> None:
    """A periodic workload without a time would never run, and nobody would notice."""
    with pytest.raises(BadManifest, match=told):
        resolved(manifest, tags)


def test_the_kind_of_the_defaults_does_not_hide_a_schedule() -> None:
    """The two layers contradict each other, and the message names both."""
    with pytest.raises(BadManifest, match=r"kind \(policy defaults\): 'service'. There is a schedule \(manifest\)"):
        resolved({"schedule": {"expression": "rate(1 hour)"}}, defaults={"kind": "service"})


def test_a_look_at_placement_needs_no_schedule_and_no_repository() -> None:
    """`pilotage place` answers before anything is complete."""
    looked_at = resolve(
        artifact(config({"service": "dogs"})), {"pilotage:pattern": "periodic"}, policy(), must_run=False
    )
    assert (looked_at.kind, looked_at.service, looked_at.schedule) == (Kind.SCHEDULE, "dogs", None)


def test_a_schedule_has_a_time_zone() -> None:
    """6 o'clock is somewhere."""
    schedule = resolved(
        {"schedule": {"expression": "cron(0 6 * * ? *)"}}, defaults={"schedule": {"timezone": "Europe/Rome"}}
    )
    assert schedule.schedule == Schedule("cron(0 6 * * ? *)", "Europe/Rome")
    assert resolved(defaults={"schedule": {"timezone": "Europe/Rome"}}).kind is Kind.SERVICE


@pytest.mark.parametrize(
    ("repository", "tags", "name"),
    [
        ("cats", {}, "cats"),
        ("team/cats.web", {}, "cats-web"),
        ("team/cats", {"pilotage:service": "Felines_2"}, "Felines_2"),
    ],
)
def test_the_service_is_named_by_its_repository(repository: str, tags: dict[str, str], name: str) -> None:
    """Operators name it; the name is one that ECS takes."""
    assert resolve(artifact(repository=repository), tags, policy()).service == name


def test_a_manifest_cannot_take_over_another_service() -> None:
    """Case 27: whoever can push cats must not be able to replace payments."""
    with pytest.raises(BadManifest, match=r"service: 'payments'. Repository team/cats is the service `cats`"):
        resolved({"service": "payments"})
    assert resolved({"service": "cats"}).service == "cats"


@pytest.mark.parametrize("repository", ["x" * 49, "team/_"])
def test_a_repository_name_that_is_no_service_name_is_refused(repository: str) -> None:
    """Cut to size it could be another service's name."""
    with pytest.raises(BadTags, match="Set its tag pilotage:service"):
        resolve(artifact(repository=repository), {}, policy())


@pytest.mark.parametrize(
    ("platforms", "manifest", "defaults", "architecture", "source"),
    [
        (["arm64"], {}, {"architecture": "X86_64"}, "ARM64", "image platform"),
        (["amd64", "arm64"], {}, {}, "X86_64", "Pilotage's default"),
        (["amd64", "arm64"], {}, {"architecture": "arm64"}, "ARM64", "policy defaults"),
        (["amd64", "arm64"], {"architecture": "ARM64"}, {}, "ARM64", "manifest"),
        (["arm", "arm64"], {}, {}, "ARM64", "image platform"),
    ],
)
def test_the_architecture_is_one_that_was_built(
    platforms: list[str], manifest: dict[str, Any], defaults: dict[str, Any], architecture: str, source: str
) -> None:
    """A task of the wrong architecture starts, and dies with `exec format error`."""
    built = artifact(*(config(manifest, architecture=each) for each in platforms))
    workload = resolve(built, {}, policy(defaults=defaults))
    assert (workload.architecture, workload.sources["architecture"]) == (architecture, source)


def test_an_architecture_that_was_not_built_is_refused() -> None:
    """It would fail on every task."""
    with pytest.raises(BadManifest, match=r"architecture: 'X86_64'\. The image was built for ARM64"):
        resolved({"architecture": "X86_64"})
    with pytest.raises(BadImage, match="linux/s390x"):
        resolve(artifact(config(architecture="s390x")), {}, policy())


def test_the_chosen_platforms_own_configuration_counts() -> None:
    """Platforms of one image may expose different ports."""
    both = (
        config({"architecture": "ARM64"}, architecture="amd64", ports=("1/tcp",)),
        config({"architecture": "ARM64"}),
    )
    assert resolve(artifact(*both), {}, policy()).ports == (Port(8080),)


def test_a_windows_image_gets_a_windows_family() -> None:
    """ECS wants the very version, which an image index does not say in ECS's words."""
    windows = config(os="windows", architecture="amd64")
    assert resolve(artifact(windows), {}, policy()).operating_system == "WINDOWS_SERVER_2022_CORE"
    chosen = config({"operating_system": "WINDOWS_SERVER_2019_FULL"}, os="windows", architecture="amd64")
    assert resolve(artifact(chosen), {}, policy()).operating_system == "WINDOWS_SERVER_2019_FULL"
    with pytest.raises(BadManifest, match="built for linux"):
        resolved({"operating_system": "WINDOWS_SERVER_2019_FULL"})


def test_exposed_ports_are_read_in_order() -> None:
    """OCI keeps them in no order, and a plan must not change by itself."""
    workload = resolve(artifact(config(ports=("9090/udp", "80", "9090/tcp"))), {}, policy())
    assert workload.ports == (Port(80), Port(9090), Port(9090, "udp"))


@pytest.mark.parametrize("port", ["9999/sctp", "http", "70000/tcp", "0/tcp", "\uff18\uff10/tcp", ""])
def test_an_exposed_port_that_ecs_cannot_map_is_told(port: str) -> None:
    """Unless the manifest names ports, and then nobody looks at it."""
    with pytest.raises(BadImage, match="EXPOSE"):
        resolve(artifact(config(ports=(port,))), {}, policy())
    assert resolve(artifact(config({"ports": [80]}, ports=(port,))), {}, policy()).ports == (Port(80),)


def test_the_policys_task_role_is_the_default() -> None:
    """Without it a workload has no role at all."""
    roles = {"execution": f"{ROLES}/x", "default_task": f"{ROLES}/usual"}
    workload = resolved(roles=roles)
    assert (workload.task_role, workload.sources["task_role"]) == (f"{ROLES}/usual", "policy roles.default_task")
    assert resolved().task_role is None


@given(label=st.text(), tags=st.dictionaries(st.sampled_from(["pilotage:size", "pilotage:service", "x"]), st.text()))
def test_any_label_and_tags_are_a_workload_or_a_named_error(label: str, tags: dict[str, str]) -> None:
    """Case 27: nothing that can be pushed or tagged ends in a traceback."""
    hostile: Artifact = artifact(config(label))
    try:
        resolve(hostile, tags, policy())
    except (BadManifest, BadTags, BadImage) as error:
        assert str(error).isprintable()  # noqa: PT017 - either way out is right, but this one has a promise
