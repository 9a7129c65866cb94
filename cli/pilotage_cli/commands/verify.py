"""`pilotage verify`: whether everything is there that a release needs, before it fails for want of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from pilotage.artifact import Artifact
from pilotage.bootstrap import World
from pilotage.errors import BadRequest
from pilotage.names import service_name
from pilotage.policy import Policy
from pilotage.release import ReleaseRequest
from pilotage.usecases.plan_service import Given
from pilotage.usecases.verify_release import Verified, verify_release
from pilotage.verifying import Finding, Level
from pilotage.workload.repository_tags import read_repository_tags, tag_options
from rich.text import Text

from pilotage_cli import offline
from pilotage_cli.commands.place import ManifestOption, TagsOption
from pilotage_cli.commands.plan import asked_for
from pilotage_cli.documents import manifest_here
from pilotage_cli.output import Format, FormatOption, as_json, brief, console, notes, ruled
from pilotage_cli.stage import Stage
from pilotage_cli.world import DEFAULT_STACK, EnvironmentOption, StackOption, world

WRONG = 3
_STYLES = {Level.WRONG: "red", Level.UNKNOWN: "yellow", Level.FINE: "green"}
_EITHER = "Name an image of the registry as the argument, or files: --manifest FILE --image REF."


def verify(
    image: Annotated[
        str | None, typer.Argument(metavar="IMAGE", help="REPOSITORY:TAG or REPOSITORY@DIGEST in this account's ECR.")
    ] = None,
    manifest: ManifestOption = None,
    policy: Annotated[
        Path | None, typer.Option("--policy", metavar="FILE", help="A policy; default: that of the environment.")
    ] = None,
    reference: Annotated[
        str, typer.Option("--image", metavar="REF", help="With --manifest: where its image will lie in ECR.")
    ] = "",
    tag: TagsOption = None,
    environment: EnvironmentOption = None,
    stack: StackOption = DEFAULT_STACK,
    style: FormatOption = Format.TABLE,
) -> None:
    """Look whether everything is there that releasing this image needs: images, secrets, roles and their rights,
    network, load balancer, capacity, limits. Reads only, and never the value of a secret.

    Exit code 3: something is wrong. What could not be looked at is told, with the right that is missing, and fails
    nothing.

    \b
    Examples:
      pilotage verify cats:v2
      pilotage verify --manifest pilotage.yaml --image 123456789012.dkr.ecr.eu-west-1.amazonaws.com/cats
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    if (image is None) == (not reference) or (image is not None and (manifest or tag)):
        raise BadRequest("image", image or reference or "", _EITHER)
    rules = _policy(policy, environment)
    named = rules.environment if rules else environment
    with Stage("asking AWS", notes, keep=False) as stage:
        here = world(stack)
        stage.say("reading what it asks for")
        if image is not None:
            request, artifact, tags = _pushed(asked_for(image, named, here), here)
        else:
            request, artifact, tags = _files(reference, manifest, tag_options(tag or ()), named, here)
        stage.say("looking at what it needs")
        given = Given(artifact, tags, rules or here.policies.current(request.environment))
        found = verify_release(request, given, **here.for_verifying())
    if style is Format.JSON:
        as_json(_document(request, found))
    else:
        _show(request, found)
    if _count(found)[Level.WRONG]:
        raise typer.Exit(WRONG)


Asked = tuple[ReleaseRequest, Artifact, Mapping[str, str]]


def _policy(file: Path | None, environment: str | None) -> Policy | None:
    nothing = offline.artifact(f"{offline.EXAMPLE}:latest", None)
    return None if file is None else offline.policy(file, environment, nothing)[0]


def _pushed(request: ReleaseRequest, here: World) -> Asked:
    account, region, repository = request.account, request.region, request.repository
    artifact = here.registry.artifact(account, region, repository, request.digest, request.tag)
    return request, artifact, here.registry.tags_of(account, region, repository)


def _files(
    reference: str, manifest: Path | None, tags: Mapping[str, str], environment: str | None, here: World
) -> Asked:
    """What the files would become. Their image may be pushed already, or not."""
    artifact = offline.artifact(reference, manifest_here(manifest))
    named = read_repository_tags(tags)
    request = ReleaseRequest(
        release_id="verify",
        service=named.service or service_name(artifact.repository),
        environment=environment or named.environment or here.settings.default_environment,
        account=artifact.account,
        region=artifact.region,
        repository=artifact.repository,
        digest=artifact.digest,
        tag=artifact.tag,
        pushed_at=datetime.now(UTC),
        correlation_id="verify",
    )
    return request, artifact, tags


def _count(found: Sequence[Verified]) -> Counter[Level]:
    return Counter(each.level for one in found for each in one.findings)


def _document(request: ReleaseRequest, found: Sequence[Verified]) -> dict[str, Any]:
    counted = _count(found)
    return {
        "environment": request.environment,
        "service": request.service,
        **{level.value: counted[level] for level in Level},
        "services": found,
    }


def _show(request: ReleaseRequest, found: Sequence[Verified]) -> None:
    for each in found:
        drawn = ruled(f"{request.environment}/{each.service}", ("", "what", "found"))
        for finding in each.findings:
            drawn.add_row(Text(finding.level.value, _STYLES[finding.level]), brief(finding.thing), _said(finding))
        console.print(drawn)
    counted = _count(found)
    console.print("\n" + ", ".join(f"[{_STYLES[level]}]{counted[level]} {level.value}[/]" for level in Level))


def _said(finding: Finding) -> Text:
    """The page stands only where there is something to read up on."""
    said = Text(brief(finding.found))
    if finding.remedy:
        said.append(f"\n{brief(finding.remedy)}", "bold").append(f"\n{finding.page}", "dim")
    return said
