"""From merged layers to the typed fields of a workload. What two fields say together is judged here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotage.artifact import Artifact, HealthCheck, ImageConfig
from pilotage.errors import BadImage, BadManifest
from pilotage.manifest.containers import text_of, value_from
from pilotage.manifest.ports import read_port
from pilotage.manifest.rollouts import read_migrations, read_rollout
from pilotage.manifest.units import cpu_units, mebibytes
from pilotage.manifest.words import DAEMON, WORKER, Kind, Pattern, Schedule, read_wishes
from pilotage.names import choices
from pilotage.rollout_words import RolloutWishes
from pilotage.workload.around_containers import around_containers
from pilotage.workload.containers import containers
from pilotage.workload.layers import CHECKS, PILOTAGE, POLICY_DEFAULTS, Merged

# 256 units and 512 MiB are the smallest task of Fargate; there a vCPU needs 2 GB at the least (ECS developer guide,
# "Task CPU and memory").
SMALLEST_CPU = 256
MEMORY_PER_UNIT = 2
_ECS_ARCHITECTURE = {"amd64": "X86_64", "arm64": "ARM64", "X86_64": "X86_64", "ARM64": "ARM64"}
_KIND_OF_PATTERN = {Pattern.PERIODIC: Kind.SCHEDULE, Pattern.BATCH: Kind.TASK}
# A kind that does not keep a service alive suits a pattern that has no steady work, and the other way round.
_KINDS_FOR_PATTERN = {Pattern.PERIODIC: (Kind.SCHEDULE,), Pattern.BATCH: (Kind.TASK, Kind.SCHEDULE)}
_AS_THEY_ARE = {
    "autoscaled": bool, "privileged": bool,
    "count": int, "ephemeral_storage": int, "gpu": int, "grace_period": int, "stop_timeout": int,
    "network_mode": str, "routing": str, "task_role": str, "user": str,
    "command": tuple, "entrypoint": tuple, "host_paths": tuple, "ignore": tuple,
    "overrides": dict,
}  # fmt: skip


def architecture(artifact: Artifact, asked: Merged, defaults: Merged) -> tuple[str, str]:
    """As ECS writes it, and why. Raises BadManifest when the image was not built for what was asked."""
    built = [name for config in artifact.configs if (name := ecs_architecture(config)) is not None]
    if artifact.configs and not built:
        found = choices([f"{each.os}/{each.architecture}" for each in artifact.platforms], "and")
        raise BadImage(artifact.image, found, "Build it for linux/amd64 or linux/arm64: ECS runs nothing else.")
    wanted = asked.get("architecture")
    if wanted is not None:
        name = _ECS_ARCHITECTURE[wanted]
        if built and name not in built:
            remedy = f"The image was built for {choices(built, 'and')}: build it for {name} too, or ask for another."
            raise BadManifest("the manifest, architecture", wanted, remedy)
        return name, asked.sources["architecture"]
    if len(built) == 1:
        return built[0], "image platform"
    usual = defaults.get("architecture")
    if usual is not None and (not built or _ECS_ARCHITECTURE[usual] in built):
        return _ECS_ARCHITECTURE[usual], POLICY_DEFAULTS
    return ("X86_64" if not built or "X86_64" in built else built[0]), PILOTAGE


def ecs_architecture(config: ImageConfig) -> str | None:
    """None for a platform that ECS does not run."""
    return _ECS_ARCHITECTURE.get(config.platform.architecture) if config.platform.os in ("linux", "windows") else None


def config_of(artifact: Artifact, name: str) -> ImageConfig | None:
    return next((config for config in artifact.configs if ecs_architecture(config) == name), None)


def operating_system(merged: Merged, config: ImageConfig | None) -> str:
    """An OCI image says `windows`, ECS wants the very version: 2022 Core unless the manifest says another."""
    derived = "WINDOWS_SERVER_2022_CORE" if config is not None and config.platform.os == "windows" else "LINUX"
    asked = str(merged.get("operating_system", derived))
    if config is not None and asked.startswith("WINDOWS") != derived.startswith("WINDOWS"):
        remedy = f"The image was built for {config.platform.os}: take operating_system out of pilotage.yaml."
        raise BadManifest("the manifest, operating_system", asked, remedy)
    return asked


def size(merged: Merged) -> tuple[int, int, Mapping[str, str]]:
    """CPU units, MiB, and the sources of what nobody said."""
    cpu = cpu_units(merged.get("cpu", SMALLEST_CPU)) or SMALLEST_CPU
    memory = mebibytes(merged.get("memory", cpu * MEMORY_PER_UNIT)) or cpu * MEMORY_PER_UNIT
    return cpu, memory, {field: PILOTAGE for field in ("cpu", "memory") if field not in merged.values}


def kind(merged: Merged, *, must_run: bool) -> tuple[Kind, str]:
    """The kind that was asked for, or that schedule and pattern imply. Raises BadManifest when they disagree."""
    pattern = Pattern(merged.get("placement.pattern", Pattern.STEADY))
    timed = "schedule.expression" in merged.values
    found, source = _kind(merged, pattern, timed=timed)
    suitable = _KINDS_FOR_PATTERN.get(pattern, tuple(Kind))
    if found not in suitable:
        remedy = (
            f"The pattern is {pattern} ({merged.sources['placement.pattern']}), which goes with {choices(suitable)}: "
            "change one of them."
        )
        raise BadManifest(f"kind ({source})", str(found), remedy)
    if timed and found is not Kind.SCHEDULE:
        remedy = f"There is a schedule ({merged.sources['schedule.expression']}): say `kind: schedule`, or take it out."
        raise BadManifest(f"kind ({source})", str(found), remedy)
    if must_run and found is Kind.SCHEDULE and not timed:
        remedy = (
            f"A schedule (because of {source}) needs to know when: add `schedule: {{expression: rate(1 hour)}}` to "
            "pilotage.yaml, or choose another pattern."
        )
        raise BadManifest("the manifest, schedule.expression", None, remedy)
    return found, source


def _kind(merged: Merged, pattern: Pattern, *, timed: bool) -> tuple[Kind, str]:
    if "kind" in merged.values:
        said = merged.get("kind")
        return Kind.SERVICE if said in (WORKER, DAEMON) else Kind(said), merged.sources["kind"]
    if timed:
        return Kind.SCHEDULE, f"schedule ({merged.sources['schedule.expression']})"
    if pattern in _KIND_OF_PATTERN:
        return _KIND_OF_PATTERN[pattern], f"pattern {pattern} ({merged.sources['placement.pattern']})"
    return Kind.SERVICE, PILOTAGE


def plain(merged: Merged) -> dict[str, Any]:
    """The fields that no other field has a say in, as arguments of Workload."""
    found = {name: make(merged.get(name)) for name, make in _AS_THEY_ARE.items() if name in merged.values}
    timing = merged.under("schedule")
    return {
        **found,
        "wishes": read_wishes(merged.under("placement")),
        "ports": tuple(read_port(each) for each in merged.get("ports", ())),
        "environment": {name: text_of(value) for name, value in sorted(merged.under("environment").items())},
        "secrets": {name: value_from(value) for name, value in sorted(merged.under("secrets").items())},
        "health_check": _health_check(merged),
        "schedule": Schedule(**timing) if "expression" in timing else None,
        "rollout": _rollout(merged),
        "migrations": read_migrations(merged.under("migrations")),
        **_services(merged),
        **containers(merged),
        **around_containers(merged),
    }


def _rollout(merged: Merged) -> RolloutWishes:
    said = {key: value for key, value in merged.under("rollout").items() if not key.startswith("checks.")}
    return read_rollout({**said, "checks": merged.under(CHECKS)})


def _services(merged: Merged) -> dict[str, Any]:
    """What the kind says beyond ECS's own. A worker does without what operators have for services with requests."""
    said, found = merged.get("kind"), {"daemon": bool(merged.get("daemon", False))}
    if said == WORKER:
        usual = [name for name in ("routing", "grace_period") if merged.sources.get(name) == POLICY_DEFAULTS]
        return {**found, "worker": True, **dict.fromkeys(usual)}
    return {**found, "daemon": True} if said == DAEMON else found


def _health_check(merged: Merged) -> HealthCheck | None:
    """Raises BadManifest for settings of a check that is nowhere to be found."""
    settings = merged.under("health_check")
    if "command" in settings:
        times = {name: int(value) for name, value in settings.items() if name != "command"}
        return HealthCheck(command=tuple(settings["command"]), **times)
    asked = [name for name in settings if merged.sources[f"health_check.{name}"] != POLICY_DEFAULTS]
    if asked:
        remedy = (
            "The image has no HEALTHCHECK to go with it: add `command`, such as [CMD-SHELL, curl -f http://localhost/]."
        )
        raise BadManifest(f"the manifest, health_check.{asked[0]}", settings[asked[0]], remedy)
    return None
