"""`pilotage diagnose`: why a release failed, and what to do."""

from __future__ import annotations

from typing import Annotated

import typer
from pilotage.errors import BadRequest, NotFound
from pilotage.usecases.diagnose_release import Diagnosis
from rich.text import Text

from pilotage_cli.output import Format, FormatOption, as_json, brief, console, indented, notes, outcome, short
from pilotage_cli.stage import Stage
from pilotage_cli.world import DEFAULT_STACK, EnvironmentOption, StackOption, environment_of, world

_STYLES = {"CERTAIN": "red", "LIKELY": "yellow", "POSSIBLE": "cyan"}
_LINES = 10  # of each log


def diagnose(
    name: Annotated[
        str, typer.Argument(metavar="RELEASE|SERVICE", help="A release's id, or a service: its last that failed.")
    ],
    environment: EnvironmentOption = None,
    stack: StackOption = DEFAULT_STACK,
    style: FormatOption = Format.TABLE,
) -> None:
    """Explain a failure: which container, exit code or signal, image pull, secret, health check, placement, alarm,
    check, pause, migration or person; with the last lines of the log, the likely remedy and AWS's page about it.

    The likeliest explanation comes first. Facts come from the release's record, which stays, and from ECS, which
    forgets stopped tasks after an hour: ask soon, and there are logs to show.

    \b
    Examples:
      pilotage diagnose cats
      pilotage diagnose prod-cats-0a018500-1b8517c38627 --environment prod
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    if "/" in name:
        before, _, name = name.partition("/")
        if environment not in {None, before}:
            raise BadRequest("environment", environment, "The argument names another one: leave one of them out.")
        environment = before
    with Stage("asking AWS", notes, keep=False):
        here = world(stack)
        named = environment_of(here, environment)
        try:
            found = here.diagnoser.diagnose(named, name)
        except NotFound as error:
            raise BadRequest("release or service", name, f"{error}: `pilotage history` names them.") from error
    if style is Format.JSON:
        as_json(found)
    else:
        _show(found)


def _show(found: Diagnosis) -> None:
    record = found.record
    image = record.request.tag or brief(record.request.digest)
    console.print(f"[bold]{record.request.target}[/]  {image}  ->  {outcome(record.outcome)}")
    console.print(
        Text(f"{record.request.release_id}   {short(record.previous_revision)} -> {short(record.revision)}", "dim")
    )
    if found.well:
        console.print("It ended well: there is nothing to explain.")
    for finding in found.findings:
        style = _STYLES.get(finding.likelihood.name, "dim")
        console.print(Text.assemble((f"\n{finding.likelihood.name.lower()}", style), f"  {brief(finding.sentence)}"))
        for what, said in (("do", finding.remedy), ("seen", finding.seen), ("page", finding.page)):
            if said and said != finding.sentence:
                indented(f"{what}: {brief(said)}", 2, "" if what == "do" else "dim")
    for container, lines in found.logs.items():
        console.print(Text(f"\nlog of container {container}", "bold"))
        for line in lines[-_LINES:]:
            indented(line, 2)
    if not found.well:
        console.print(Text(f"\nmore: {'; '.join(found.look_at)}", "dim"), soft_wrap=True)
