"""`pilotage render`: the task definition, and the service or schedule, that a release would send to AWS."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from pilotage.artifact import Artifact
from pilotage.aws.models import BotocoreModels
from pilotage.document import to_document
from pilotage.errors import BadRequest, Refused
from pilotage.manifest.members import member_service
from pilotage.names import choices, service_name
from pilotage.release import ReleaseRequest
from pilotage.usecases.outlook import Home
from pilotage.usecases.plan_service import Given, Sketch, draw
from pilotage.usecases.preview import definitions_document
from pilotage.workload import members_of
from pilotage.workload.repository_tags import read_repository_tags, tag_options

from pilotage_cli import offline
from pilotage_cli.commands.place import ManifestOption, PolicyOption, TagsOption
from pilotage_cli.documents import manifest_here
from pilotage_cli.hints import hints_of
from pilotage_cli.output import Format, FormatOption, as_json, console, indented, notes
from pilotage_cli.rolling import migration, show_strategy
from pilotage_cli.world import DEFAULT_STACK

WOULD_BE_REFUSED = 3
NamedEnvironment = Annotated[
    str | None, typer.Option("--environment", "-e", metavar="NAME", help="Environment; default: the policy's.")
]


MemberOption = Annotated[
    str | None, typer.Option("--member", metavar="NAME", help="One of the manifest's `services`; default: all of them.")
]


def render(
    manifest: ManifestOption = None,
    image: Annotated[str, typer.Option("--image", metavar="REF", help="An image in ECR, by tag, digest or both.")] = "",
    environment: NamedEnvironment = None,
    member: MemberOption = None,
    policy: PolicyOption = None,
    tag: TagsOption = None,
    style: FormatOption = Format.TABLE,
) -> None:
    """Render the definitions of a release from files alone, checked against the policy and botocore's model.

    Exit code 3: it would be refused, with a sentence that says why; 2: something that was written is wrong.

    \b
    Examples:
      pilotage render --manifest pilotage.yaml --policy prod.json
      pilotage render --manifest pilotage.yaml \\
        --image 123456789012.dkr.ecr.eu-west-1.amazonaws.com/cats:v1
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    artifact = offline.artifact(image or f"{offline.EXAMPLE}:latest", manifest_here(manifest))
    rules, named = offline.policy(policy, environment, artifact)
    tags = tag_options(tag or ())
    whole = _request(artifact, tags, rules.environment)
    drawn = {
        request.member: _drawn(request, Given(artifact, tags, rules)) for request in _requests(whole, artifact, member)
    }
    if style is Format.JSON:
        documents = {name: _document(each) for name, each in drawn.items()}
        as_json(documents.get(None, {"members": documents}))
    else:
        _hint(drawn.values(), artifact, rules.environment)
    for name, each in drawn.items():
        if isinstance(each, Refused):
            notes.print(f"pilotage: {each}", markup=False, soft_wrap=True)
        elif style is not Format.JSON:
            _show(member_target(whole, name), each, named)
    if any(isinstance(each, Refused) for each in drawn.values()):
        raise typer.Exit(WOULD_BE_REFUSED)


def _hint(drawn: Iterable[Sketch | Refused], artifact: Artifact, environment: str) -> None:
    sketched = [each.workload for each in drawn if isinstance(each, Sketch)]
    said = dict.fromkeys(hint for each in sketched for hint in hints_of(each, artifact, environment))
    for hint in said:
        notes.print(f"note: {hint}", style="yellow", markup=False, soft_wrap=True)


def _request(artifact: Artifact, tags: Mapping[str, str], environment: str) -> ReleaseRequest:
    return ReleaseRequest(
        release_id="render",
        service=read_repository_tags(tags).service or service_name(artifact.repository),
        environment=environment,
        account=artifact.account,
        region=artifact.region,
        repository=artifact.repository,
        digest=artifact.digest,
        tag=artifact.tag,
        pushed_at=datetime.fromtimestamp(0, UTC),
        correlation_id="render",
    )


def _requests(whole: ReleaseRequest, artifact: Artifact, member: str | None) -> Iterator[ReleaseRequest]:
    """One for each of the manifest's services, or the whole. Raises BadRequest for a member that it does not have."""
    members = members_of(artifact)
    if member is not None and (members is None or member not in members.names):
        known = choices(members.names, "and") if members else "no `services`"
        raise BadRequest("--member", member, f"The manifest has {known}.")
    if members is None:
        yield whole
        return
    for name in members.names:
        if member in {None, name}:
            yield replace(whole, service=member_service(whole.service, name), member=name)


def member_target(whole: ReleaseRequest, member: str | None) -> str:
    """What a member is released as: `dev/cats-web`."""
    service = whole.service if member is None else member_service(whole.service, member)
    return f"{whole.environment}/{service}"


def _drawn(request: ReleaseRequest, given: Given) -> Sketch | Refused:
    try:
        return draw(request, _home(given.artifact), given.artifact, given.tags, given.policy, BotocoreModels())
    except Refused as error:
        return error


def _document(drawn: Sketch | Refused) -> dict[str, Any]:
    return {"refused": str(drawn)} if isinstance(drawn, Refused) else definitions_document(drawn.definitions)


def _show(target: str, sketch: Sketch, named: str) -> None:
    console.print(f"{target} on {sketch.placement.choice}, under {named}", style="bold")
    for note in sketch.definitions.notes:
        console.print(f"  {note}", markup=False)
    if sketch.strategy.reasons:
        show_strategy(sketch.strategy)
    for each in sketch.workload.migrations:
        indented(migration(each), 2)
    for part, body in definitions_document(sketch.definitions).items():
        if body is not None:
            console.print(f"\n[bold]{part.replace('_', ' ')}[/]")
            console.print_json(json.dumps(to_document(body)))


def _home(artifact: Artifact) -> Home:
    """The stack is not asked: what it names by itself stands here under the names of the default stack's."""
    function = f"arn:aws:lambda:{artifact.region}:{artifact.account}:function:{DEFAULT_STACK}-CheckRollout"
    role = f"arn:aws:iam::{artifact.account}:role/{DEFAULT_STACK}-RolloutHook"
    starter = f"arn:aws:lambda:{artifact.region}:{artifact.account}:function:{DEFAULT_STACK}-start-job"
    return Home(artifact.account, artifact.region, function, role, starter)
