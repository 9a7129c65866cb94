"""Ways to run a workload side by side: a table, a chart of their dollars, and of when the prices are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pilotage.placement import Choice, Option
from pilotage.placement.cost import LEAST_SAVING
from pilotage.prices.monthly import dollars
from rich.text import Text

from pilotage_cli.output import console, indented, ruled

# Where AWS does not take tasks away.
_STEADY = frozenset({Choice.FARGATE, Choice.EC2})
_BAR = 40  # characters of the dearest


def show_options(
    options: Sequence[Option], chosen: Option | None, prices_of: str, source: str, per: str = "a month"
) -> None:
    """Print them, with a mark at the one that was chosen. `per`: what the dollars are for."""
    drawn = ruled("options", ("", "option", per, "what it comes to, or why not", "taken away by AWS"))
    for each in options:
        drawn.add_row(*_row(each, each is chosen), style="" if each.feasible else "dim")
    console.print()
    console.print(drawn)
    for line in chart(options, chosen):
        console.print(line)
    for note in cheaper(options, chosen, per):
        indented(note, 2, "yellow")
    said = f"Prices of {prices_of} ({source}), on demand: without discounts, traffic, load balancers and logs."
    console.print(said, style="dim", markup=False)


def chart(options: Sequence[Option], chosen: Option | None) -> Iterator[Text]:
    """A bar for each option that can be and has dollars; nothing when there are no two to compare."""
    priced = [each for each in options if each.feasible and each.monthly is not None]
    most = max((each.monthly or 0.0 for each in priced), default=0.0)
    if len(priced) < 2 or not most:  # noqa: PLR2004 - one bar says nothing
        return
    width = max(len(_name(each)) for each in priced)
    yield Text("")
    amounts = [dollars(each.monthly or 0.0) for each in priced]
    figures = max(map(len, amounts))
    for each, amount in zip(priced, amounts, strict=True):
        cells = max(1, round(_BAR * (each.monthly or 0.0) / most)) if each.monthly else 0
        line = f"  {_name(each):<{width}}  {amount:>{figures}}  {'#' * cells}"
        yield Text(line, "bold green" if each is chosen else "")
    yield Text("")


def cheaper(options: Sequence[Option], chosen: Option | None, per: str) -> Iterator[str]:
    """What tags and manifest chose wins, whatever it costs; that something as steady costs a good deal less is said."""
    if chosen is None or not chosen.monthly:
        return
    for each in options:
        if each.feasible and each.choice in _STEADY and each.monthly is not None:
            saved = chosen.monthly - each.monthly
            if saved >= LEAST_SAVING * chosen.monthly:
                yield f"note: {_name(each)} would cost {dollars(saved)} {per} less"


def _row(option: Option, chosen: bool) -> tuple[Text, ...]:
    name = Text(_name(option), "bold green" if chosen else "")
    price = Text("-" if option.monthly is None else dollars(option.monthly))
    said = "; ".join(part for part in (option.detail, *option.reasons) if part)
    return Text("*" if chosen else ""), name, price, Text(said), Text(option.interruption)


def _name(option: Option) -> str:
    return f"{option.choice} {option.architecture.lower()}"
