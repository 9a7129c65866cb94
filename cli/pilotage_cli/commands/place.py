"""`pilotage place`: where a workload would run, and why there; and how it would be rolled out."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pilotage.choosing import choose
from pilotage.errors import Refused
from pilotage.placement import Placement
from pilotage.placement import place as decide
from pilotage.placement.options import is_chosen, weigh_options
from pilotage.policy import Policy
from pilotage.prices.table import shipped
from pilotage.strategy import Strategy
from pilotage.usecases.preview import place_document
from pilotage.workload import Kind, Workload, resolve
from pilotage.workload.repository_tags import tag_options

from pilotage_cli import offline
from pilotage_cli.choices import metavar, one_of
from pilotage_cli.documents import manifest_here
from pilotage_cli.output import Format, FormatOption, as_json, console, indented
from pilotage_cli.rolling import show_strategy
from pilotage_cli.weighing import show_options

ManifestOption = Annotated[
    Path | None,
    typer.Option("--manifest", metavar="FILE", help="The team's manifest; default: pilotage.yaml, if it is here."),
]
PolicyOption = Annotated[
    Path | None, typer.Option("--policy", metavar="FILE", help="The environment's policy; default: a sample.")
]
TagsOption = Annotated[
    list[str] | None,
    typer.Option("--tag", metavar="KEY=VALUE", help="A repository tag, with or without `pilotage:`; may be repeated."),
]


class BuiltFor(StrEnum):
    AMD64 = "linux/amd64"
    ARM64 = "linux/arm64"


_ARCHITECTURES = {BuiltFor.AMD64: "X86_64", BuiltFor.ARM64: "ARM64"}


def place(
    manifest: ManifestOption = None,
    tag: TagsOption = None,
    policy: PolicyOption = None,
    environment: Annotated[
        str | None, typer.Option("--environment", "-e", metavar="NAME", help="Environment; default: the policy's.")
    ] = None,
    member: Annotated[
        str | None, typer.Option("--member", metavar="NAME", help="Which of several services of the manifest.")
    ] = None,
    region: Annotated[
        str, typer.Option("--region", metavar="REGION", help="Whose prices count.")
    ] = offline.EXAMPLE_REGION,
    platform: Annotated[
        list[BuiltFor] | None,
        typer.Option(
            "--platform",
            parser=one_of(BuiltFor),
            metavar=metavar(BuiltFor),
            help="A further platform that the image is built for; may be repeated.",
        ),
    ] = None,
    style: FormatOption = Format.TABLE,
) -> None:
    """Decide where a workload would run: the choice, its reasons, and every option with what it costs or why not.

    \b
    Example:
      pilotage place --tag size=large --tag priority=cost
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    artifact = offline.artifact(f"{offline.EXAMPLE}:latest", manifest_here(manifest))
    rules, named = offline.policy(policy, environment, artifact)
    workload = resolve(artifact, tag_options(tag or ()), rules, must_run=False, member=member)
    prices = shipped()
    placed = decide(workload, rules, region)
    built_for = [_ARCHITECTURES[each] for each in platform or ()]
    options = weigh_options(workload, rules, placed, region, built_for=built_for, table=prices)
    placement = replace(placed, options=options, prices_of=prices.date)
    strategy, refused = _chosen(workload, placement, rules)
    if style is Format.JSON:
        as_json(place_document(placement, strategy, refused))
        return
    _show(placement, named)
    taken = next(each for each in options if is_chosen(each, placement, workload))
    show_options(options, taken, prices.date, prices.source, _per(placement.kind))
    if strategy is not None and strategy.reasons:
        show_strategy(strategy)
    if refused is not None:
        console.print("\n[bold]rollout[/]  [red]refused[/]")
        indented(refused, 2)


def _per(kind: Kind) -> str:
    return "an hour" if kind is Kind.TASK else "a month"


def _chosen(workload: Workload, placement: Placement, rules: Policy) -> tuple[Strategy | None, str | None]:
    """How it would be rolled out, or why it cannot be so: where it would run is asked for all the same."""
    try:
        return choose(workload, placement, rules), None
    except Refused as error:
        return None, str(error)


def _show(placement: Placement, policy: str) -> None:
    console.print(f"[bold green]{placement.choice}[/] as a {placement.kind}, under {policy}")
    for reason in placement.reasons:
        indented(reason, 2)
