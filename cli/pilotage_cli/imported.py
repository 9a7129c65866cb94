"""How an import is answered: the manifest to a file or to standard output, what became of everything beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from pilotage.document import to_document
from pilotage.errors import BadRequest, shown
from pilotage.names import choices

from pilotage_cli.importing import Imported
from pilotage_cli.importing.making import Difference
from pilotage_cli.importing.writing import by_reason, carried, manifest_text, open_values
from pilotage_cli.output import Format, as_json, console, notes

NOT_EQUAL = 3

OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Where the manifest goes; default: standard output.")
]
PolicyOutOption = Annotated[
    Path | None, typer.Option("--policy-out", metavar="FILE", help="Where to write the policy that it needs.")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace files that are there already.")]


@dataclass(frozen=True, slots=True)
class Places:
    """Where an import goes, and how it is told."""

    out: Path | None = None
    policy_out: Path | None = None
    force: bool = False
    style: Format = Format.TABLE

    def check(self) -> None:
        """Raises BadRequest for a file that is there already."""
        for option, file in (("--out", self.out), ("--policy-out", self.policy_out)):
            if file is not None and file.exists() and not self.force:
                raise BadRequest(option, str(file), "There is such a file: name another, or say --force.")


def answer(imported: Imported, differences: Sequence[Difference], source: str, places: Places) -> None:
    """Write and tell. Raises typer.Exit with code 3 when something was left or does not render back."""
    text = manifest_text(imported, source)
    if places.out is not None:
        places.out.write_text(text, encoding="utf-8")
    if places.policy_out is not None:
        places.policy_out.write_text(json.dumps(to_document(imported.policy), indent=2) + "\n", encoding="utf-8")
    if places.style is Format.JSON:
        as_json(_document(imported, differences))
    elif places.out is None:
        console.print(text, markup=False, soft_wrap=True, end="")
    _tell(imported, differences, places)
    if differences or imported.left:
        raise typer.Exit(NOT_EQUAL)


def _document(imported: Imported, differences: Sequence[Difference]) -> dict[str, Any]:
    typed, overridden = carried(imported.manifest)
    return {
        "manifest": imported.manifest,
        "policy": imported.policy,
        "typed": typed,
        "overrides": overridden,
        "left": [{"path": each.path, "value": str(each.value), "why": each.why} for each in imported.left],
        "open": [{"path": path, "name": name} for path, name in open_values(imported.manifest)],
        "differences": differences,
        "equal": not differences and not imported.left,
        "notes": imported.notes,
    }


def _tell(imported: Imported, differences: Sequence[Difference], places: Places) -> None:
    typed, overridden = carried(imported.manifest)
    _say(f"typed: {choices(typed, 'and')}")
    if overridden:
        _say(f"by overrides: {choices(overridden, 'and')}")
    for note in imported.notes:
        _say(note, "dim")
    for path, name in open_values(imported.manifest):
        _say(f"open: {path} has {name}, which nobody has filled in (--set {name}=VALUE)", "yellow")
    for paths, why in by_reason(imported.left):
        _say(f"left: {choices(paths, 'and')}. {why}", "yellow")
    for difference in differences:
        was, became = shown(difference.was), shown(difference.became)
        _say(f"differs: {difference.path} was {was} and would be {became}", "red")
    if differences:
        _say("does not render back equal: see what differs", "bold yellow")
    elif imported.left:
        _say("not everything could be carried over: see what was left", "bold yellow")
    else:
        _say("renders back equal, in the normal form of docs/import.md", "bold green")
    if places.out is not None:
        _say(f"wrote {choices([str(each) for each in (places.out, places.policy_out) if each], 'and')}")


def _say(sentence: str, style: str = "") -> None:
    notes.print(sentence, style=style, markup=False, soft_wrap=True)
