"""`pilotage import`: files of other tools, and live services, as a manifest."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from pilotage.aws.models import BotocoreModels
from pilotage.errors import BadRequest
from pilotage.names import ENVIRONMENT_RULE, is_environment_name

from pilotage_cli import jsonnet_files
from pilotage_cli.imported import ForceOption, OutOption, Places, PolicyOutOption, answer
from pilotage_cli.importing.ecspresso import Project, project_of, with_project
from pilotage_cli.importing.files import File, Options, document, original_from
from pilotage_cli.importing.making import imported_of
from pilotage_cli.importing.original import Original, Wanted, original_of
from pilotage_cli.importing.reading.text import MAX_BYTES
from pilotage_cli.importing.reading.unwrap import service_of, task_of
from pilotage_cli.importing.typed.scaling import scaling_of
from pilotage_cli.live_services import LiveAnswers, live_service
from pilotage_cli.output import Format, FormatOption, notes
from pilotage_cli.stage import Stage

_ACCOUNT_DIGITS = 12

NameOption = Annotated[
    str | None, typer.Option("--name", metavar="NAME", help="What the service is called; default: as it is now.")
]
ContainerOption = Annotated[
    str | None, typer.Option("--container", metavar="NAME", help="Which of several containers runs the pushed image.")
]
TargetOption = Annotated[
    str, typer.Option("--environment", "-e", metavar="NAME", help="The environment that the policy is for.")
]
AccountOption = Annotated[
    str | None, typer.Option("--account", metavar="ID", help="The AWS account, where the file does not tell.")
]
RegionOption = Annotated[
    str | None, typer.Option("--region", metavar="NAME", help="The AWS region, where the file does not tell.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="What a variable of the file stands for; may be repeated."),
]


def taskdef(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A task definition; `-` for standard input.")],
    service: Annotated[
        Path | None, typer.Option("--service", metavar="FILE", help="The service definition that belongs to it.")
    ] = None,
    name: NameOption = None,
    container: ContainerOption = None,
    environment: TargetOption = "dev",
    account: AccountOption = None,
    region: RegionOption = None,
    values: SetOption = None,
    resource: Annotated[
        str | None, typer.Option("--resource", metavar="ID", help="Which task definition of a CloudFormation template.")
    ] = None,
    out: OutOption = None,
    policy_out: PolicyOutOption = None,
    force: ForceOption = False,
    style: FormatOption = Format.TABLE,
) -> None:
    """Turn a task definition into a manifest: JSON, YAML, an answer of the AWS CLI, or a CloudFormation template.

    Exit code 3: something was left, or does not render back equal.

    \b
    Example:
      pilotage import taskdef task-definition.json --service service.json --out pilotage.yaml
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    places = Places(out, policy_out, force, style)
    places.check()
    given = given_values(values or ())
    wanted = wanted_of(name, container, environment, account, region)
    options = Options(wanted, given, os.environ, resource)
    original = original_from(_file(file, given), _file(service, given) if service else None, options)
    _answer(original, file.name, places)


def ecspresso(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="ecspresso.yml, or .json or .jsonnet.")],
    name: NameOption = None,
    container: ContainerOption = None,
    environment: TargetOption = "dev",
    account: AccountOption = None,
    region: RegionOption = None,
    values: SetOption = None,
    out: OutOption = None,
    policy_out: PolicyOutOption = None,
    force: ForceOption = False,
    style: FormatOption = Format.TABLE,
) -> None:
    """Turn what ecspresso deploys into a manifest: its configuration, and the two files that it names.

    `env` and `must_env` read this terminal's environment, as ecspresso does. Exit code 3: something was left, or does
    not render back equal.

    \b
    Example:
      pilotage import ecspresso ecspresso.yml --set 'tfstate aws_subnet.a.id=subnet-0abc' --out pilotage.yaml
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    places = Places(out, policy_out, force, style)
    places.check()
    given = given_values(values or ())
    wanted = wanted_of(name, container, environment, account, region)
    project = project_of(document(_file(file, given), Options(wanted, given, os.environ), []), file.name)
    options = Options(with_project(wanted, project), given, os.environ)
    task, service = _beside(file, project)
    beside = _file(service, given) if service else None
    original = original_from(_file(task, given), beside, options, project)
    _answer(original, file.name, places)


def ecs(
    cluster: Annotated[str, typer.Option("--cluster", metavar="NAME", help="The cluster, by name or ARN.")],
    service: Annotated[str, typer.Option("--service", metavar="NAME", help="The service, by name or ARN.")],
    name: NameOption = None,
    container: ContainerOption = None,
    environment: TargetOption = "dev",
    out: OutOption = None,
    policy_out: PolicyOutOption = None,
    force: ForceOption = False,
    style: FormatOption = Format.TABLE,
) -> None:
    """Turn a live service into a manifest: its task definition, its settings, and what scales it. Changes nothing.

    Exit code 3: something was left, or does not render back equal.

    \b
    Example:
      pilotage import ecs --cluster main --service cats --out pilotage.yaml --policy-out policy.json
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    places = Places(out, policy_out, force, style)
    places.check()
    wanted = wanted_of(name, container, environment, None, None)
    with Stage("asking AWS", notes, keep=False) as stage:
        live = live_service(cluster, service, stage.say)
    _answer(_of_live(live, wanted), f"service {service} of cluster {cluster}", places)


def _of_live(live: LiveAnswers, wanted: Wanted) -> Original:
    found = task_of(live.task, "task definition", None, {})
    body, left = service_of(live.service, "service", {})
    scaling, unscaled = scaling_of(live.scaled)
    where = replace(wanted, account=live.account, region=live.region)
    original = original_of(found.task, body, (*found.left, *left, *unscaled), where)
    return replace(original, scaling=scaling)


def _answer(original: Original, source: str, places: Places) -> None:
    result = imported_of(original, BotocoreModels())
    answer(result.imported, result.differences, source, places)


def wanted_of(
    name: str | None, container: str | None, environment: str, account: str | None, region: str | None
) -> Wanted:
    if not is_environment_name(environment):
        raise BadRequest("--environment", environment, f"An environment has {ENVIRONMENT_RULE}.")
    if account is not None and not (account.isdigit() and len(account) == _ACCOUNT_DIGITS):
        raise BadRequest("--account", account, "The id of an AWS account has 12 digits.")
    return Wanted(name, container, environment, account, region)


def given_values(values: Sequence[str]) -> Mapping[str, str]:
    """Raises BadRequest for what is no `NAME=VALUE`."""
    for each in values:
        if "=" not in each:
            raise BadRequest("--set", each, "Write it as NAME=VALUE.")
    return dict(each.split("=", 1) for each in values)


def _beside(file: Path, project: Project) -> tuple[Path, Path | None]:
    folder = file.parent
    return folder / project.task, folder / project.service if project.service else None


def _file(path: Path, given: Mapping[str, str]) -> File:
    """Raises BadRequest for what is not there, too long, or no text."""
    if str(path) == "-":
        return File("standard input", sys.stdin.read(MAX_BYTES + 1))
    if not path.is_file():
        remedy = "It is a folder: name the file." if path.is_dir() else "There is no such file."
        raise BadRequest("file", str(path), remedy)
    if path.suffix in jsonnet_files.SUFFIXES:
        return File(str(path), jsonnet_files.evaluated(path, given, os.environ))
    if path.stat().st_size > MAX_BYTES:
        raise BadRequest(str(path), f"{path.stat().st_size} bytes", f"It holds at most {MAX_BYTES}.")
    try:
        return File(str(path), path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadRequest(str(path), f"byte {error.start}", "Write it in UTF-8.") from error
