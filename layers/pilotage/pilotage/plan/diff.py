"""What would change, as lines for people. Works on canonical documents (pilotage.definitions.canonical)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pilotage.plan import Change

MASKED = "(masked)"
_SECRET_NAME = re.compile(
    r"pass(word|wd|phrase)?|pwd|secret|token|credential|private|api_?key|access_?key|signing|auth|salt|dsn|(^|_)key$|conn(ection)?_?str",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(
    r"://[^/\s:@]*:[^/\s@]+@"  # a URL with a password
    r"|(AKIA|ASIA)[A-Z0-9]{16}"  # an AWS access key id
    r"|eyJ[\w-]+\.[\w-]+\.[\w-]*"  # a JSON Web Token
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|(gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk_live_|sk-)[\w-]{10,}"
)


def differences(before: Mapping[str, Any], after: Mapping[str, Any], prefix: str = "") -> tuple[Change, ...]:
    """Every leaf that differs, sorted by path; what could be a secret is masked, but its line stays."""
    return tuple(sorted(_walk(before, after, prefix), key=lambda change: change.path))


def task_differences(before: Mapping[str, Any], after: Mapping[str, Any], main: str) -> tuple[Change, ...]:
    """Those of two task definitions. Fields of the container `main` stand without its name, as in `environment.X`."""
    changes = differences(flat(before, main), flat(after, main))
    return tuple(sorted(changes, key=lambda change: change.path))


def flat(task: Mapping[str, Any], main: str) -> dict[str, Any]:
    """A canonical task definition with the fields of the container `main` beside its own."""
    containers = dict(task.get("containerDefinitions") or {})
    own = {key: value for key, value in containers.pop(main, {}).items() if key != "name"}
    rest = {key: value for key, value in task.items() if key != "containerDefinitions"}
    # Both levels know cpu and memory: the task's are what the manifest means.
    clash = {f"container.{key}": own.pop(key) for key in own.keys() & rest.keys()}
    return {**rest, **own, **clash, **({"containers": containers} if containers else {})}


def _walk(before: Any, after: Any, path: str) -> Iterator[Change]:
    if before == after and type(before) is type(after):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in before.keys() | after.keys():
            yield from _walk(before.get(key), after.get(key), f"{path}.{key}" if path else str(key))
    elif isinstance(after, Mapping) and before is None and after:
        for key, value in after.items():
            yield from _walk(None, value, f"{path}.{key}" if path else str(key))
    elif isinstance(before, Mapping) and after is None and before:
        for key, value in before.items():
            yield from _walk(value, None, f"{path}.{key}" if path else str(key))
    else:
        yield Change(path, masked(path, before), masked(path, after))


def masked(path: str, value: Any) -> Any:
    """A variable named like a secret, or any text that looks like one, is not shown."""
    if value is None:
        return None
    if ".environment." in f".{path}." and _SECRET_NAME.search(path.rpartition("environment.")[2]):
        return MASKED
    if isinstance(value, (list, tuple)):
        return [masked(path, item) for item in value]
    return MASKED if isinstance(value, str) and _SECRET_VALUE.search(value) else value
