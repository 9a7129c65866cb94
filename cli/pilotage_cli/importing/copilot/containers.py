"""What Copilot's main container and its sidecars have in common: commands, checks, dependencies, variables, secrets."""

from __future__ import annotations

import shlex
from typing import Any

from pilotage.credentials import looks_like_a_credential
from pilotage.schema import Hidden

from pilotage_cli.importing.durations import seconds
from pilotage_cli.importing.env_file import env_file
from pilotage_cli.importing.sections import Ledger, Section, text_of
from pilotage_cli.importing.surroundings import Surroundings

_UNTIL = {"start": "start", "healthy": "healthy", "complete": "complete", "success": "success"}
_EXPORT = "It is an output of another CloudFormation stack: look its value up and write that."
_CREDENTIAL = "It looks like a credential: store it in Secrets Manager or SSM, and name its ARN under `secrets`."
_ACCOUNT = "Its ARN has to be written, and nobody said whose: give --account and --region."


def commands(given: Section) -> dict[str, Any]:
    """`entrypoint` and `command`: a list, or a text that is split as a shell would."""
    found: dict[str, Any] = {}
    for key in ("entrypoint", "command"):
        if isinstance(given.peek(key), list):
            found[key] = given.texts(key)
        elif given.has(key):
            found[key] = words(given, key)
    return {key: value for key, value in found.items() if value}


def words(given: Section, key: str) -> list[str]:
    """A command line as a list. Raises BadRequest for a quotation that does not end."""
    text = given.take(key, str) or ""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise given.ledger.wrong(given.at(key), text, f"A shell cannot read it: {error}.") from error


def duration(given: Section, key: str) -> int | None:
    """Whole seconds, rounded up; None where there is none."""
    value = given.raw(key)
    if value is None:
        return None
    read = seconds(value)
    if read is None:
        raise given.ledger.wrong(given.at(key), value, "A duration is written like 30s, 1m30s or 250ms.")
    return -int(-read // 1)


def checked(check: Section | None, into: str) -> dict[str, Any]:
    """A health check of a container, with Copilot's defaults (`healthcheck` in its reference)."""
    if check is None:
        return {}
    command = check.texts("command") if isinstance(check.peek("command"), list) else words(check, "command")
    if command and command[0] not in ("CMD", "CMD-SHELL"):
        command = ["CMD", *command]
    shape = {"interval": 10, "timeout": 5, "start_period": 0}
    made = {key: usual if (asked := duration(check, key)) is None else asked for key, usual in shape.items()}
    retries = check.take("retries", int)
    check.close()
    return {into: {"command": command or _CURL, **made, "retries": 2 if retries is None else retries}}


# What Copilot checks when a healthcheck names no command.
_CURL = ["CMD-SHELL", "curl -f http://localhost/ || exit 1"]


def depended(given: Section) -> dict[str, Any]:
    below = given.section("depends_on")
    if below is None:
        return {}
    found = {}
    for name in below.document:
        until = (below.take(name, str) or "").lower()
        if until not in _UNTIL:
            raise given.ledger.wrong(below.at(name), until, "It is start, healthy, complete or success.")
        found[name] = _UNTIL[until]
    return {"depends_on": found}


def variables_of(given: Section, around: Surroundings) -> dict[str, Any]:
    """`variables`, `env_file` and `secrets`; as in ECS, a variable is stronger than the file's."""
    filed = env_file(given, "env_file", around) if given.has("env_file") else {}
    spoken = _variables(given)
    named = secrets(given.inside("secrets"), around)
    variables = {key: value for key, value in {**filed, **spoken}.items() if key not in named}
    return {**({"environment": variables} if variables else {}), **({"secrets": named} if named else {})}


def _variables(given: Section) -> dict[str, str]:
    below = given.inside("variables")
    found: dict[str, str] = {}
    for name in below.document:
        value = below.raw(name)
        if isinstance(value, dict):
            below.leave(name, _EXPORT)
        elif isinstance(value, list):
            raise given.ledger.wrong(below.at(name), value, "It has to be a text.")
        else:
            keep(found, name, "" if value is None else text_of(value), below.at(name), given.ledger)
    return found


def keep(into: dict[str, str], name: str, value: str, path: str, ledger: Ledger) -> None:
    """A variable, unless it is a credential: that is listed without its value."""
    if looks_like_a_credential(value):
        ledger.leave(path, Hidden(), _CREDENTIAL)
    else:
        into[name] = value


def secrets(below: Section, around: Surroundings) -> dict[str, str]:
    """A name in SSM's Parameter Store, an ARN, or `secretsmanager: NAME` (with `:key:stage:version` behind it)."""
    found = {}
    for name in below.document:
        arn = _secret(below, name, around)
        if arn is not None:
            found[name] = arn
    return found


def _secret(below: Section, name: str, around: Surroundings) -> str | None:
    value = below.raw(name)
    if isinstance(value, dict):
        if "secretsmanager" not in value:
            below.leave(name, _EXPORT)
            return None
        value, service, prefix = text_of(value["secretsmanager"]), "secretsmanager", "secret:"
    else:
        value, service, prefix = text_of(value), "ssm", "parameter/"
    if value.startswith("arn:"):
        return value
    arn = around.arn(service, prefix + value.lstrip("/"))
    if arn is None:
        below.leave(name, _ACCOUNT)
    return arn
