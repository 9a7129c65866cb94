"""`pilotage plan`: what a release of an image would change now, by the very code that the state machine runs."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pilotage.bootstrap import World
from pilotage.errors import BadRequest
from pilotage.names import service_name
from pilotage.plan import Plan
from pilotage.prices.monthly import dollars
from pilotage.prices.table import shipped
from pilotage.release import ReleaseRequest, RequestedBy
from pilotage.usecases.plan_environment import Found
from pilotage.usecases.prepare_release import Prepared, prepare_release
from pilotage.usecases.receive_push import release_id
from pilotage.workload.repository_tags import read_repository_tags
from rich.text import Text

from pilotage_cli import environment_plan
from pilotage_cli.build.source import pusher
from pilotage_cli.output import Format, FormatOption, as_json, brief, console, indented, notes
from pilotage_cli.plan_lines import Whose, changes_document, show_changes, whose
from pilotage_cli.risks import risk_document, show_risk
from pilotage_cli.rolling import show_rollout
from pilotage_cli.stage import Stage
from pilotage_cli.world import DEFAULT_STACK, EnvironmentOption, StackOption, environment_of, world

WOULD_BE_REFUSED = 3
# Repository names and tags as ECR takes them (API reference, CreateRepository and ImageIdentifier).
_IMAGE = re.compile(
    r"(?P<repository>[a-z0-9][a-z0-9._/-]{1,255})(:(?P<tag>[\w][\w.-]{0,299})|@(?P<digest>sha256:[0-9a-f]{64}))"
)
_REMEDY = "Name one in this account's registry as REPOSITORY:TAG or REPOSITORY@sha256:DIGEST."
_STYLES = {"go": "green", "no_change": "green", "ask": "yellow", "hold": "yellow", "superseded": "yellow"}


def plan(
    image: Annotated[
        str | None, typer.Argument(metavar="IMAGE", help="REPOSITORY:TAG or REPOSITORY@DIGEST in this account's ECR.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Plan every service of the environment again, as it was set last.")
    ] = False,
    environment: EnvironmentOption = None,
    stack: StackOption = DEFAULT_STACK,
    style: FormatOption = Format.TABLE,
) -> None:
    """Show what releasing this image would change, at what risk, who would be asked, where it would run and why.

    What others changed since the last release is told apart. Exit code 3: it would be refused.

    \b
    Examples:
      pilotage plan cats:v2
      pilotage plan --all --environment prod
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    if every == (image is not None):
        raise BadRequest("what to plan", image or "nothing", "Name an image, or say --all, and not both.")
    refused = _one(image, environment, stack, style) if image is not None else _every(environment, stack, style)
    if refused:
        raise typer.Exit(WOULD_BE_REFUSED)


def _one(image: str, environment: str | None, stack: str, style: Format) -> bool:
    """Whether it would be refused."""
    with Stage("asking AWS", notes, keep=False) as stage:
        here = world(stack)
        stage.say("reading the image")
        request = asked_for(image, environment, here)
        stage.say("planning against what is live")
        prepared = prepare_release(request, here.outlook, under_lease=False)
        stage.say("asking who changed what is live")
        who = whose(prepared.plan, here)
    if style is Format.JSON:
        as_json(
            {
                "request": request,
                "verdict": prepared.verdict,
                "risk": risk_document(prepared.plan),
                **changes_document(prepared.plan, who),
                "plan": prepared.plan,
            }
        )
    else:
        _show(request, prepared, who)
    return prepared.verdict.decision == "rejected"


def _every(environment: str | None, stack: str, style: Format) -> bool:
    """Whether one of them would be refused."""
    here = world(stack)
    named = environment_of(here, environment)
    rows, unknown = environment_plan.planned(here, named)
    if style is Format.JSON:
        as_json(environment_plan.document(named, rows, unknown))
    else:
        environment_plan.show(named, rows, unknown)
    return any(row.found is Found.REFUSED for row in rows)


def asked_for(image: str, environment: str | None, here: World) -> ReleaseRequest:
    """The request that a push of this image would become. Raises BadRequest for what ECR does not have."""
    account, region = here.settings.account, here.settings.region
    parts = _IMAGE.fullmatch(image)
    if parts is None:
        raise BadRequest("image", image, _REMEDY)
    repository, tag, digest = parts["repository"], parts["tag"], parts["digest"]
    if digest is None:
        resolved = here.registry.resolve(account, repository, tag)
        if resolved is None:
            raise BadRequest("image", image, f"ECR has no such image. {_REMEDY}")
        digest = resolved.digest
    settings = read_repository_tags(here.registry.tags_of(account, region, repository))
    now = datetime.now(UTC)
    request = ReleaseRequest(
        release_id="",
        service=settings.service or service_name(repository),
        environment=environment or settings.environment or here.settings.default_environment,
        account=account,
        region=region,
        repository=repository,
        digest=digest,
        tag=tag,
        pushed_at=now,
        correlation_id="plan",
        requested_by=RequestedBy.PUSH,
    )
    return replace(request, release_id=release_id(request.service, request.environment, digest, now))


def _show(request: ReleaseRequest, prepared: Prepared, who: Whose | None) -> None:
    made, verdict = prepared.plan, prepared.verdict
    title = Text.assemble((str(request.target), "bold"), f"  {request.tag or brief(request.digest)}  ->  ")
    console.print(title.append(verdict.decision.value, _STYLES.get(verdict.decision.value, "red")))
    for reason in verdict.reasons:
        indented(reason, 2)
    if made is None:
        return
    console.print(f"\n[bold]placement[/]  {made.placement} as a {made.kind}")
    for reason in made.placement_reasons:
        indented(reason, 2)
    if made.monthly is not None:
        indented(f"about {dollars(made.monthly)} a month, by the prices of {shipped().date}", 2)
    _show_members(made)
    show_rollout(made)
    show_risk(made, pusher(Path()))
    show_changes(made, who)
    _show_steps(made)
    console.print(f"\nplan {made.hash[:12]}, policy {made.policy_version}", style="dim", markup=False)


def _show_members(made: Plan) -> None:
    """Each of several services, in the order in which they go."""
    if not made.members:
        return
    console.print(f"\n[bold]members[/]  {'all at once' if made.together else 'one after another'}")
    for number, each in enumerate(made.members, 1):
        what = f"{each.steps} steps" if each.steps else "nothing to change"
        back = f"back to {brief(each.back_to)} if another fails" if each.back_to else "nothing of it ran before"
        console.print(f"  {number}. {each.service} ({each.kind}): {what}; {back}", markup=False)


def _show_steps(made: Plan) -> None:
    if made.steps:
        console.print("\n[bold]steps[/]")
    for number, step in enumerate(made.steps, 1):
        rolls = " (starts a rollout)" if step.starts_rollout else ""
        console.print(f"  {number}. {step.verb.value}{rolls}", markup=False)
