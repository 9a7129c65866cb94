"""`pilotage prices`: the dated table that estimates are made with, and its renewal from AWS's price list."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from botocore.config import Config
from pilotage.aws.price_list import REGION, PriceList
from pilotage.prices.monthly import dollars
from pilotage.prices.price_list import INSTANCE_FILTERS, only, renewed
from pilotage.prices.runs import HOURS
from pilotage.prices.table import Region, Table, read_table, shipped_file, write_table

from pilotage_cli.output import Format, FormatOption, as_json, console, notes, table
from pilotage_cli.stage import Stage

# A page of a hundred products takes a second or two; the price list throttles soon.
_CONFIG = Config(connect_timeout=3, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 5})

FileOption = Annotated[
    Path | None, typer.Option("--file", metavar="FILE", help="The table of prices; default: that of this installation.")
]


def show(
    file: FileOption = None,
    region: Annotated[
        str | None, typer.Option("--region", metavar="REGION", help="Only this one; default: all.")
    ] = None,
    style: FormatOption = Format.TABLE,
) -> None:
    """Show the prices that estimates are made with, of when they are and where they come from.

    \b
    Example:
      pilotage prices show --region us-east-1
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    prices = _read(file)
    shown = {name: each for name, each in prices.regions.items() if region in {None, name}}
    if style is Format.JSON:
        as_json(replace(prices, regions=shown))
        return
    console.print(f"[bold]prices of {prices.date}[/], in {prices.currency}")
    console.print(prices.source, style="dim", markup=False)
    if region is not None and region not in prices.regions:
        known = ", ".join(prices.regions)
        console.print(f"No prices of {region}: there are those of {known}. Renew with --region {region}.", markup=False)
    for name, each in shown.items():
        _show_region(name, each, prices)


def refresh(
    region: Annotated[
        list[str] | None,
        typer.Option("--region", metavar="REGION", help="A region, may be repeated; default: those of the table."),
    ] = None,
    instance_type: Annotated[
        list[str] | None,
        typer.Option("--type", metavar="TYPE", help="A further instance type, such as m8g.24xlarge; may be repeated."),
    ] = None,
    file: FileOption = None,
    style: FormatOption = Format.TABLE,
) -> None:
    """Renew the table from the AWS Price List API, which needs pricing:GetProducts. Prices are in the layer with the
    next `sam build`.

    \b
    Example:
      pilotage prices refresh --region us-east-1 --region eu-central-1
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    path = file or shipped_file()
    before = _read(path if path.exists() else None)
    regions = region or list(before.regions)
    types = {*before.hardware, *(instance_type or ())}
    made = replace(before, regions={name: each for name, each in before.regions.items() if name not in regions})
    today = datetime.now(UTC).date().isoformat()
    import boto3  # noqa: PLC0415 - a quarter of a second that only asking AWS pays

    price_list = PriceList(boto3.client("pricing", region_name=REGION, config=_CONFIG))
    with Stage("asking AWS", notes, keep=False) as stage:
        for name in regions:
            stage.say(f"reading the prices of {name}")
            containers = price_list.products("AmazonECS", name)
            instances = price_list.products("AmazonEC2", name, INSTANCE_FILTERS)
            made = renewed(made, name, containers, instances, today)
    path.write_text(write_table(only(made, types)), encoding="utf-8")
    if style is Format.JSON:
        as_json({"file": str(path), "date": made.date, "regions": list(made.regions)})
        return
    told = f"{path}: prices of {made.date}, {len(made.regions)} regions"
    console.print(f"{told}. `sam build` and `sam deploy` bring them to the stack.", markup=False, soft_wrap=True)


def _read(file: Path | None) -> Table:
    return read_table((file or shipped_file()).read_text(encoding="utf-8"))


def _show_region(name: str, region: Region, prices: Table) -> None:
    fargate = [
        (kind, f"${rates.vcpu:.6g}", f"${rates.gb:.6g}", f"${rates.licence:.6g}" if rates.licence else "-")
        for kind, rates in region.fargate.items()
    ]
    table(f"{name}: Fargate, an hour", ("platform", "vCPU", "GB", "licence a vCPU"), fargate)
    share = prices.estimates["fargate_spot"]
    console.print(f"Fargate Spot is estimated at {share:.0%} of that. ", end="", markup=False)
    console.print(f"Storage beyond 20 GB: ${region.storage or 0:.6g} a GB and hour.\n", markup=False)
    instances = [_instance(each, region, prices) for each in region.instances]
    columns = ("type", "vCPU", "GiB", "architecture", "GPUs", "an hour", "fee, if managed", "a month")
    table(f"{name}: EC2 with Linux, on demand", columns, instances)


def _instance(name: str, region: Region, prices: Table) -> tuple[str, ...]:
    hardware, price = prices.hardware[name], region.instances[name]
    return (
        name,
        str(hardware.vcpu),
        f"{hardware.memory / 1024:g}",
        hardware.architecture,
        str(hardware.gpus or "-"),
        f"${price:.6g}",
        f"${prices.fee(region, name):.6g}",
        dollars(price * HOURS),
    )
