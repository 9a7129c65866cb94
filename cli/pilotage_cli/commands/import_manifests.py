"""`pilotage import copilot` and `compose`: manifests of tools that think in services, not in task definitions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from pilotage.aws.models import BotocoreModels
from pilotage.errors import BadManifest, BadRequest
from pilotage.manifest import check_manifest

from pilotage_cli.commands.import_ import AccountOption, RegionOption, SetOption, TargetOption, given_values, wanted_of
from pilotage_cli.imported import ForceOption, OutOption, Places, PolicyOutOption, answer
from pilotage_cli.importing import Imported
from pilotage_cli.importing.compose import read_compose
from pilotage_cli.importing.copilot import read_copilot
from pilotage_cli.importing.reading.text import MAX_BYTES
from pilotage_cli.importing.surroundings import Surroundings
from pilotage_cli.importing.variants import tried
from pilotage_cli.importing.yaml_text import load_yaml
from pilotage_cli.output import Format, FormatOption


def copilot(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="copilot/NAME/manifest.yml.")],
    account: AccountOption = None,
    region: RegionOption = None,
    queue: Annotated[
        str | None, typer.Option("--queue", metavar="NAME", help="The queue whose delay a worker scales by.")
    ] = None,
    environment: TargetOption = "dev",
    values: SetOption = None,
    out: OutOption = None,
    policy_out: PolicyOutOption = None,
    force: ForceOption = False,
    style: FormatOption = Format.TABLE,
) -> None:
    """Turn a manifest of AWS Copilot into one of Pilotage, with its environments.

    Exit code 3: something was left.

    \b
    Example:
      pilotage import copilot copilot/api/manifest.yml --out pilotage.yaml \\
        --account 123456789012 --region eu-west-1
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    places = Places(out, policy_out, force, style)
    places.check()
    folder = file.parent
    root = folder.parent.parent if folder.parent.name == "copilot" else folder
    asked = wanted_of(None, None, environment, account, region)
    around = Surroundings(asked.environment, account, region, queue, given_values(values or ()), _reader(root))
    _answer(read_copilot(load_yaml(_text(file), str(file)), str(file), around), file, places)


def compose(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="compose.yaml or docker-compose.yml.")],
    service: Annotated[
        str | None, typer.Option("--service", metavar="NAME", help="The service whose image is released.")
    ] = None,
    sidecars: Annotated[
        bool, typer.Option("--sidecars", help="What it depends on becomes containers of its task.")
    ] = False,
    environment: TargetOption = "dev",
    values: SetOption = None,
    out: OutOption = None,
    policy_out: PolicyOutOption = None,
    force: ForceOption = False,
    style: FormatOption = Format.TABLE,
) -> None:
    """Turn what a Compose file builds into a manifest; several services of one image become its `services`.

    Variables come from `.env` beside the file and from --set. Exit code 3: something was left.

    \b
    Example:
      pilotage import compose compose.yaml --service web --out pilotage.yaml
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    places = Places(out, policy_out, force, style)
    places.check()
    folder = file.resolve().parent
    asked = wanted_of(None, None, environment, None, None)
    around = Surroundings(asked.environment, variables=given_values(values or ()), read=_reader(folder))
    found = read_compose(
        load_yaml(_text(file), str(file)), str(file), around, service=service, sidecars=sidecars, project=folder.name
    )
    _answer(found, file, places)


def _answer(imported: Imported, file: Path, places: Places) -> None:
    check_manifest(imported.manifest, name=f"what {file.name} becomes")
    answer(tried(imported, BotocoreModels()), (), file.name, places)


def _text(file: Path) -> str:
    """Raises BadRequest for what is not there, too long, or no text."""
    text = _contents(file)
    if text is None:
        raise BadRequest("file", str(file), "It is a folder: name the file." if file.is_dir() else "There is none.")
    return text


def _contents(file: Path) -> str | None:
    if not file.is_file():
        return None
    if file.stat().st_size > MAX_BYTES:
        raise BadRequest(str(file), f"{file.stat().st_size} bytes", f"It holds at most {MAX_BYTES}.")
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadManifest(str(file), f"byte {error.start}", "Write it in UTF-8.") from error


def _reader(root: Path) -> Callable[[str], str | None]:
    """The text of a file below the project's folder; one that lies elsewhere is not looked at."""

    def read(path: str) -> str | None:
        found = (root / path).resolve()
        return _contents(found) if found.is_relative_to(root.resolve()) else None

    return read
