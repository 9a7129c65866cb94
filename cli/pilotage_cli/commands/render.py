"""`pilotage render`: the task definition, and the service or schedule, that a release would send to AWS."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from pilotage.artifact import Artifact
from pilotage.aws.models import BotocoreModels
from pilotage.document import to_document
from pilotage.names import service_name
from pilotage.release import ReleaseRequest
from pilotage.usecases.plan_service import Home, draw
from pilotage.usecases.preview import definitions_document
from pilotage.workload.repository_tags import read_repository_tags, tag_options

from pilotage_cli import offline
from pilotage_cli.commands.place import ManifestOption, PolicyOption, TagsOption
from pilotage_cli.output import Format, FormatOption, as_json, console, indented, notes
from pilotage_cli.rolling import migration, show_strategy
from pilotage_cli.world import DEFAULT_STACK

NamedEnvironment = Annotated[
    str | None, typer.Option("--environment", "-e", metavar="NAME", help="Environment; default: the policy's.")
]


def render(
    manifest: ManifestOption = None,
    image: Annotated[str, typer.Option("--image", metavar="REF", help="An image in ECR, by tag, digest or both.")] = "",
    environment: NamedEnvironment = None,
    policy: PolicyOption = None,
    tag: TagsOption = None,
    style: FormatOption = Format.TABLE,
) -> None:
    """Render the definitions of a release from files alone, checked against the policy and botocore's model.

    \b
    Example:
      pilotage render --manifest pilotage.yaml \\
        --image 123456789012.dkr.ecr.eu-west-1.amazonaws.com/cats:v1
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    artifact = offline.artifact(image or f"{offline.EXAMPLE}:latest", manifest)
    rules, named = offline.policy(policy, environment, artifact)
    tags = tag_options(tag or ())
    request = ReleaseRequest(
        release_id="render",
        service=read_repository_tags(tags).service or service_name(artifact.repository),
        environment=rules.environment,
        account=artifact.account,
        region=artifact.region,
        repository=artifact.repository,
        digest=artifact.digest,
        tag=artifact.tag,
        pushed_at=datetime.fromtimestamp(0, UTC),
        correlation_id="render",
    )
    sketch = draw(request, _home(artifact), artifact, tags, rules, BotocoreModels())
    document = definitions_document(sketch.definitions)
    if style is Format.JSON:
        as_json(document)
        return
    if not artifact.digest:
        notes.print("note: the image has no digest here; a release always names one", style="yellow", soft_wrap=True)
    console.print(f"{request.target} on {sketch.placement.choice}, under {named}", style="bold")
    for note in sketch.definitions.notes:
        console.print(f"  {note}", markup=False)
    if sketch.strategy.reasons:
        show_strategy(sketch.strategy)
    for each in sketch.workload.migrations:
        indented(migration(each), 2)
    for part, body in document.items():
        if body is not None:
            console.print(f"\n[bold]{part.replace('_', ' ')}[/]")
            console.print_json(json.dumps(to_document(body)))


def _home(artifact: Artifact) -> Home:
    """The stack is not asked: what it names by itself stands here under the names of the default stack's."""
    function = f"arn:aws:lambda:{artifact.region}:{artifact.account}:function:{DEFAULT_STACK}-CheckRollout"
    role = f"arn:aws:iam::{artifact.account}:role/{DEFAULT_STACK}-RolloutHook"
    starter = f"arn:aws:lambda:{artifact.region}:{artifact.account}:function:{DEFAULT_STACK}-start-job"
    return Home(artifact.account, artifact.region, function, role, starter)
