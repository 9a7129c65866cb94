"""Artifacts and policies that a terminal names by files and options, with no AWS behind them."""

from __future__ import annotations

import re
from pathlib import Path

from pilotage.artifact import MANIFEST_LABEL, Artifact, ImageConfig, Platform
from pilotage.document import canonical
from pilotage.errors import BadPolicy, BadRequest
from pilotage.manifest import read_manifest
from pilotage.manifest.members import with_order
from pilotage.policy import Capacity, Network, Policy, Roles, Route, read_policy

from pilotage_cli.documents import as_json_text, manifest_of

# 123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/cats:v1@sha256:...
_REFERENCE = re.compile(
    r"^(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/(?P<repository>[a-z0-9._/-]+?)"
    r"(:(?P<tag>[\w][\w.-]{0,127}))?(@(?P<digest>sha256:[0-9a-f]{64}))?$"
)
EXAMPLE_REGION = "us-east-1"
EXAMPLE = f"123456789012.dkr.ecr.{EXAMPLE_REGION}.amazonaws.com/example"
# Ample and of every kind: what does not fit on one of these is large indeed.
_SIZES = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge")
_SAMPLE_TYPES = (
    *(f"{family}.{size}" for family in ("m7i", "m7g", "c7i", "c7g", "r7i", "r7g") for size in _SIZES),
    *("g6.xlarge", "g6.2xlarge", "g6.4xlarge", "g6.12xlarge", "p5.48xlarge"),
)
_SAMPLE = "the sample policy (name yours with --policy)"


def artifact(reference: str, manifest: Path | None, architecture: str = "amd64") -> Artifact:
    """The artifact that an ECR image reference and a manifest file describe. Raises BadRequest and BadManifest.

    Without a digest the reference stays as it is written: only a registry knows what a tag names.
    """
    parts = _REFERENCE.match(reference)
    if parts is None:
        raise BadRequest("image", reference, "Name one in ECR: ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY@DIGEST.")
    document = manifest_of(manifest) if manifest else {}
    labels = {MANIFEST_LABEL: canonical(with_order(document))} if document else {}
    named = str(document.get("architecture", architecture)).lower().replace("x86_64", "amd64")
    windows = str(document.get("operating_system", "")).startswith("WINDOWS")
    config = ImageConfig(Platform("windows" if windows else "linux", named), labels)
    return Artifact(
        account=parts["account"],
        region=parts["region"],
        repository=parts["repository"],
        digest=parts["digest"] or "",
        tag=parts["tag"],
        configs=(config,),
    )


def policy(file: Path | None, environment: str | None, image: Artifact) -> tuple[Policy, str]:
    """The policy of a file and how to call it, or a sample in which every kind of capacity is there.

    Raises BadPolicy, also when the file is of another environment than the one named.
    """
    if file is None:
        return sample_policy(environment or "dev", image), _SAMPLE
    read = read_policy(as_json_text(file, BadPolicy), "unpublished")
    if environment not in {None, read.environment}:
        raise BadPolicy(str(file), read.environment, f"It is not the policy of {environment}: name that one.")
    return read, str(file)


def sample_policy(environment: str, image: Artifact) -> Policy:
    """What a first look is judged by: ample capacity, the example names of AWS's documentation, nothing dangerous. It
    has whatever routes the manifest names, since which there are is for the operators to say.
    """
    roles = f"arn:aws:iam::{image.account}:role/pilotage/workload"
    return Policy(
        environment=environment,
        version="sample",
        cluster="sample",
        network=Network(("subnet-11111111", "subnet-22222222"), ("sg-11111111",)),
        roles=Roles(
            execution=f"{roles}/execution", task=(f"{roles}/*",), default_task=None, scheduler=f"{roles}/scheduler"
        ),
        registries=(image.registry,),
        capacity=Capacity(
            fargate=True,
            fargate_spot=True,
            ec2="ec2",
            managed_instances="managed-instances",
            instance_types=_SAMPLE_TYPES,
        ),
        routing={name: Route(_target_group(image, name)) for name in _routes(image)},
    )


def _routes(image: Artifact) -> set[str]:
    """Every `routing` of its manifest, be it of the whole, of a member or of an environment."""
    label = image.labels.get(MANIFEST_LABEL)
    found: set[str] = set()
    parts = [read_manifest(label)] if label is not None else []
    for part in parts:
        found.update(filter(None, [part.get("routing")]))
        parts.extend((*part.get("services", {}).values(), *part.get("environments", {}).values()))
    return found


def _target_group(image: Artifact, name: str) -> str:
    where = f"{image.region}:{image.account}"
    return f"arn:aws:elasticloadbalancing:{where}:targetgroup/{name[:32]}/0123456789abcdef"
