"""A file of environment variables beside the one that is imported: its variables go into the manifest.

Lines are `NAME=VALUE`; `#` begins a comment. As ECS reads them, quotation marks are part of the value ("Pass
environment variables to a container", considerations); Compose takes them away (Compose specification, "env_file").
"""

from __future__ import annotations

import re

from pilotage.credentials import looks_like_a_credential
from pilotage.schema import Hidden

from pilotage_cli.importing.sections import Ledger, Section
from pilotage_cli.importing.surroundings import Surroundings

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,254}")
_SECRET_NAME = re.compile(r"(?i)(pass(word|wd)?|secret|token|api_?key|private_?key|credential)s?$")
_GONE = "There is no such file here: put it into S3 and name its ARN under `env_files`, or write out its variables."
_CREDENTIAL = "It looks like a credential: store it in Secrets Manager or SSM, and name its ARN under `secrets`."


def env_file(given: Section, key: str, around: Surroundings, *, quotes: bool = True) -> dict[str, str]:
    """The variables of the file that `key` names; it is listed when it is not there."""
    path = given.take(key, str) or ""
    return variables_of_file(path, given.at(key), given.ledger, around, quotes=quotes)


def variables_of_file(path: str, where: str, ledger: Ledger, around: Surroundings, *, quotes: bool) -> dict[str, str]:
    """The same for a path that was read. `quotes`: they belong to the value."""
    text = around.read(path)
    if text is None:
        ledger.leave(where, path, _GONE)
        return {}
    found: dict[str, str] = {}
    for name, value in parsed(text, quotes=quotes).items():
        if looks_like_a_credential(value) or (value and _SECRET_NAME.search(name)):
            ledger.leave(f"{where} {path}, {name}", Hidden(), _CREDENTIAL)
        else:
            found[name] = value
    ledger.note(f"The variables of {path} are in the manifest now, and no longer read from the file.")
    return found


def parsed(text: str, *, quotes: bool) -> dict[str, str]:
    found = {}
    for line in text.splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#") and _NAME.fullmatch(name.strip()):
            found[name.strip()] = value if quotes else _unquoted(value.strip())
    return found


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return re.split(r"\s+#", value, maxsplit=1)[0]
