"""`pilotage sign`: the headers that prove who sent a message, for trying the entrance with curl."""

from __future__ import annotations

import os
import uuid
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pilotage.aws.clock import SystemClock
from pilotage.errors import BadRequest, Unsigned
from pilotage.signatures import github, slack, standard, teams

from pilotage_cli.choices import metavar, one_of
from pilotage_cli.output import Format, FormatOption, as_json, console

SECRET_VARIABLE = "PILOTAGE_SIGNING_SECRET"  # noqa: S105 - its name, not a secret


class Scheme(StrEnum):
    SLACK = "slack"
    TEAMS = "teams"
    STANDARD = "standard"
    GITHUB = "github"


SchemeArgument = Annotated[Scheme, typer.Argument(parser=one_of(Scheme), metavar=metavar(Scheme), help="Who signs.")]
PayloadFile = Annotated[Path, typer.Argument(metavar="FILE", help="The body, byte for byte as it will be sent.")]
SecretFileOption = Annotated[
    Path | None,
    typer.Option(
        "--secret-file", help=f"A file with the secret alone. Default: environment variable {SECRET_VARIABLE}."
    ),
]


def sign(
    scheme: SchemeArgument,
    file: PayloadFile,
    secret_file: SecretFileOption = None,
    style: FormatOption = Format.TABLE,
) -> None:
    """Sign a message as Slack, Teams, GitHub or a sender of Standard Webhooks would, and print its headers for curl.

    A signature of slack or standard is good for five minutes. The secret never stands on the command line, where other
    processes see it.

    \b
    Example:
      pilotage sign slack body.txt --secret-file secret.txt | curl -H @- --data-binary @body.txt URL/slack/commands
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    body, secret = _content(file), _secret(secret_file)
    try:
        headers = _signed(scheme, body, secret, SystemClock().now())
    except Unsigned as error:
        remedy = "It is empty, or no base64: teams and standard need base64, standard with whsec_ before it."
        raise BadRequest(f"the secret for {scheme}", "unusable", remedy) from error
    if style is Format.JSON:
        as_json(headers)
        return
    for name, value in headers.items():
        console.print(f"{name}: {value}", markup=False, soft_wrap=True)


def _signed(scheme: Scheme, body: bytes, secret: str, now: datetime) -> dict[str, str]:
    match scheme:
        case Scheme.SLACK:
            return slack.sign(body, secret, now)
        case Scheme.TEAMS:
            return teams.sign(body, secret, now)
        case Scheme.GITHUB:
            return github.sign(body, secret, now)
        case Scheme.STANDARD:
            return standard.sign(body, secret, now, f"msg_{uuid.uuid4().hex}")


def _secret(file: Path | None) -> str:
    if file is None:
        secret = os.environ.get(SECRET_VARIABLE, "")
        if not secret:
            raise BadRequest(f"environment variable {SECRET_VARIABLE}", None, "Set it, or name a file: --secret-file.")
        return secret
    try:
        return _content(file).decode().strip()
    except UnicodeDecodeError as error:
        raise BadRequest(str(file), f"byte {error.start}", "Write the secret in UTF-8.") from error


def _content(file: Path) -> bytes:
    if not file.is_file():
        raise BadRequest(
            "file", str(file), "It is a folder: name the file." if file.is_dir() else "There is no such file."
        )
    return file.read_bytes()
