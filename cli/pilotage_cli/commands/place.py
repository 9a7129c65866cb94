"""`pilotage place`: where a workload would run, and why there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pilotage.placement import Placement
from pilotage.placement import place as decide
from pilotage.usecases.preview import place_document
from pilotage.workload import resolve
from pilotage.workload.repository_tags import tag_options

from pilotage_cli import offline
from pilotage_cli.output import Format, FormatOption, as_json, console, indented

ManifestOption = Annotated[
    Path | None, typer.Option("--manifest", metavar="FILE", help="The team's pilotage.yaml; default: none.")
]
PolicyOption = Annotated[
    Path | None, typer.Option("--policy", metavar="FILE", help="The environment's policy; default: a sample.")
]
TagsOption = Annotated[
    list[str] | None,
    typer.Option("--tag", metavar="KEY=VALUE", help="A repository tag, with or without `pilotage:`; may be repeated."),
]


def place(
    manifest: ManifestOption = None,
    tag: TagsOption = None,
    policy: PolicyOption = None,
    style: FormatOption = Format.TABLE,
) -> None:
    """Decide where a workload would run: the choice, its reasons, and why each other option was not taken.

    \b
    Example:
      pilotage place --tag size=large --tag priority=cost
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    artifact = offline.artifact(f"{offline.EXAMPLE}:latest", manifest)
    rules, named = offline.policy(policy, None, artifact)
    placement = decide(resolve(artifact, tag_options(tag or ()), rules, must_run=False), rules)
    if style is Format.JSON:
        as_json(place_document(placement))
    else:
        _show(placement, named)


def _show(placement: Placement, policy: str) -> None:
    console.print(f"[bold green]{placement.choice}[/] as a {placement.kind}, under {policy}")
    for reason in placement.reasons:
        indented(reason, 2)
    for rejected in placement.rejected:
        console.print(f"[dim]not {rejected.option}[/]")
        for reason in rejected.reasons:
            indented(reason, 2, "dim")
