"""What the owning team asked for, in layers; every field knows which layer it came from.

From the strongest layer to the weakest:

1. the repository's tags, which operators set: placement only;
2. the manifest in the image's label; in it, what it says of this environment goes over what stands beside that;
3. the image's own configuration: EXPOSE, HEALTHCHECK, USER, its platforms;
4. the policy's `defaults`, and `roles.default_task`;
5. Pilotage's defaults.

The name of the service comes from the repository alone, its tag or its name: whoever can push an image must not take
over the service of another team.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pilotage.artifact import MANIFEST_LABEL, Artifact, HealthCheck, ImageConfig
from pilotage.errors import BadManifest, BadTags
from pilotage.manifest import read_manifest
from pilotage.manifest.members import goes_together, member_names, member_part, member_service, shared_part
from pilotage.manifest.shapes import Connect, Container, Router, Scaling, Share, Sidecar, Volume
from pilotage.manifest.words import Kind, Launch, Pattern, Port, Priority, Schedule, Size, Wishes
from pilotage.names import SERVICE_RULE, choices, is_service_name, service_name
from pilotage.rollout_words import Migration, RolloutWishes
from pilotage.schema import raise_findings
from pilotage.workload import fields, layers, templates
from pilotage.workload.layers import Layer, Merged
from pilotage.workload.repository_tags import RepositoryTagsSettings, read_repository_tags
from pilotage.workload.scaling import scaled
from pilotage.workload.task_checks import task_findings

if TYPE_CHECKING:
    from pilotage.policy import Policy

__all__ = [
    "Kind",
    "Launch",
    "Members",
    "Pattern",
    "Port",
    "Priority",
    "Schedule",
    "Size",
    "Wishes",
    "Workload",
    "members_of",
    "resolve",
]


@dataclass(frozen=True, slots=True)
class Workload:
    """One service, schedule or task as its team wants it, before the policy has spoken.

    `cpu` is in ECS CPU units (1024 = 1 vCPU), `memory` in MiB, times in seconds. `sources` maps the dotted path of a
    field as the manifest writes it (`cpu`, `placement.size`, `health_check.command`) to the layer that set it.
    """

    service: str
    kind: Kind
    cpu: int
    memory: int
    count: int
    architecture: str  # X86_64 or ARM64, as ECS writes it
    operating_system: str = "LINUX"
    wishes: Wishes = field(default_factory=Wishes)
    ports: tuple[Port, ...] = ()
    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)  # variable name -> ARN
    health_check: HealthCheck | None = None
    user: str | None = None
    schedule: Schedule | None = None
    routing: str | None = None  # a name in the policy's `routing`
    grace_period: int | None = None
    stop_timeout: int | None = None
    task_role: str | None = None
    execution_role: str | None = None
    gpu: int = 0
    privileged: bool = False
    daemon: bool = False
    network_mode: str | None = None  # awsvpc, bridge or host; None: as the placement needs
    host_paths: tuple[str, ...] = ()
    ephemeral_storage: int | None = None  # GiB
    autoscaled: bool = False  # the count belongs to Application Auto Scaling
    memory_reservation: int | None = None  # MiB, of the container
    container: Container = field(default_factory=Container)
    sidecars: tuple[Sidecar, ...] = ()
    router: Router | None = None
    volumes: tuple[Volume, ...] = ()
    scaling: Scaling | None = None  # then the count is its
    connect: Connect | None = None
    shares: Mapping[Launch, Share] = field(default_factory=dict)  # of tasks, by capacity provider
    constraints: tuple[str, ...] = ()  # as the manifest writes them
    spread: tuple[str, ...] = ()
    platform_version: str | None = None
    az_rebalancing: bool | None = None
    exec: bool = False
    worker: bool = False  # nobody sends requests to it
    tags: Mapping[str, str] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()  # paths of the plan that others own
    rollout: RolloutWishes = field(default_factory=RolloutWishes)
    migrations: tuple[Migration, ...] = ()  # the one before first
    overrides: Mapping[str, Any] = field(default_factory=dict)  # {"task_definition": {...}, "service": {...}}
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def gpus(self) -> int:
        """Of all containers: an instance has to have them at once."""
        return self.gpu + sum(each.gpu for each in self.sidecars)


@dataclass(frozen=True, slots=True)
class Members:
    """The services that ship from one image, in the order in which they go, or `together`."""

    names: tuple[str, ...]
    together: bool


def members_of(artifact: Artifact) -> Members | None:
    """None for an image of one service. Raises BadManifest."""
    label = artifact.labels.get(MANIFEST_LABEL)
    manifest = {} if label is None else read_manifest(label)
    return Members(member_names(manifest), goes_together(manifest)) if "services" in manifest else None


def resolve(
    artifact: Artifact, tags: Mapping[str, str], policy: Policy, *, must_run: bool = True, member: str | None = None
) -> Workload:
    """The workload of `artifact` in a repository that has `tags`, under `policy`'s defaults; of an image of several
    services, that of `member`.

    `must_run` False does without what only a release needs, for `pilotage place`, which looks at a manifest alone: the
    expression of a schedule, and the repository that the service is named after.
    Raises BadTags, BadManifest, and BadImage when no platform of the image runs on ECS.
    """
    settings = read_repository_tags(tags)
    label = artifact.labels.get(MANIFEST_LABEL)
    manifest = {} if label is None else read_manifest(label)
    alone = not must_run and "service" in manifest and settings.service is None
    service, named_by = (manifest["service"], layers.MANIFEST) if alone else _service(artifact, settings, manifest)
    service, spoken = _of(member, service, manifest)
    asked = [layers.tags_layer(settings), *layers.manifest_layers(spoken, policy.environment)]
    workload = _resolved(artifact, asked, policy, (service, named_by), must_run=must_run)
    raise_findings(BadManifest, "the manifest", task_findings(workload))
    return workload


def _resolved(
    artifact: Artifact, asked: list[Layer], policy: Policy, named: tuple[str, str], *, must_run: bool
) -> Workload:
    """From the layers that were asked for and those beneath. `named`: the service, and by what."""
    service, named_by = named
    defaults = [Layer(layers.POLICY_DEFAULTS, policy.defaults), layers.roles_layer(policy)]
    architecture, chosen_by = fields.architecture(artifact, layers.merge(asked), layers.merge(defaults))
    config = fields.config_of(artifact, architecture)
    merged = _filled(_all(artifact, config, asked, defaults), service, policy)
    kind, kind_from = fields.kind(merged, must_run=must_run)
    cpu, memory, sizes_from = fields.size(merged)
    sources = {**merged.sources, **sizes_from, "service": named_by, "kind": kind_from, "architecture": chosen_by}
    return Workload(
        service=service,
        kind=kind,
        cpu=cpu,
        memory=memory,
        architecture=architecture,
        operating_system=fields.operating_system(merged, config),
        sources=dict(sorted(sources.items())),
        **{**fields.plain(merged), **scaled(merged, kind)},
    )


def _all(artifact: Artifact, config: ImageConfig | None, asked: list[Layer], defaults: list[Layer]) -> Merged:
    """With what the image's own configuration says between the two."""
    named = "ports" in layers.merge(asked).values
    image = layers.image_layer(config, image=artifact.image, ports=not named)
    return layers.merge([*asked, image, *defaults, layers.OWN])


def _filled(merged: Merged, service: str, policy: Policy) -> Merged:
    filled = templates.filled(merged, {"environment": policy.environment, "service": service})
    raise_findings(BadManifest, "the manifest", templates.template_findings(filled))
    return filled


def _of(member: str | None, service: str, manifest: dict[str, Any]) -> tuple[str, list[Mapping[str, Any]]]:
    """The name of one of several services, or of the only one, and what speaks of it, the stronger first."""
    if member is not None:
        return member_service(service, member), [member_part(manifest, member), shared_part(manifest, member)]
    if "services" in manifest:
        names = choices(member_names(manifest), "and")
        raise BadManifest("the manifest, services", names, "These are several services: name the one that is meant.")
    return service, [manifest]


def _service(artifact: Artifact, settings: RepositoryTagsSettings, manifest: Mapping[str, Any]) -> tuple[str, str]:
    if settings.service is not None:
        name, source = settings.service, "repository tag pilotage:service"
    else:
        name, source = service_name(artifact.repository), "repository name"
    if not is_service_name(name):
        raise BadTags(
            f"the service of repository {artifact.repository}",
            name,
            f"Set its tag pilotage:service: {SERVICE_RULE}.",
        )
    asked = manifest.get("service", name)
    if asked != name:
        raise BadManifest(
            "the manifest, service",
            asked,
            f"Repository {artifact.repository} is the service `{name}`. Correct or remove `service` in pilotage.yaml, "
            "or have the operators set the repository's tag pilotage:service.",
        )
    return name, source
