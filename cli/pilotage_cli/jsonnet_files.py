"""Jsonnet, as ecspresso reads it: a file evaluated to JSON, with what it imports. An extra: `pilotage[jsonnet]`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from pilotage.errors import BadRequest

SUFFIXES = frozenset({".jsonnet", ".libsonnet"})
_REMEDY = "Install it with `pip install 'pilotage[jsonnet]'`, or import what `ecspresso render` prints."


def evaluated(file: Path, given: Mapping[str, str], environment: Mapping[str, str]) -> str:
    """The JSON of a Jsonnet file. `given` are external variables, too. Raises BadRequest, with the place of a mistake.

    ecspresso's own functions are there under `std.native`; lookups that need its plugins stay open, as `${...}`.
    """
    try:
        import rjsonnet  # noqa: PLC0415 - an extra that few need
    except ImportError as error:
        raise BadRequest("Jsonnet", str(file), f"It takes the library rjsonnet. {_REMEDY}") from error
    try:
        text: str = rjsonnet.evaluate_file(
            str(file), ext_vars=dict(given), native_callbacks=_natives(given, environment)
        )
    except RuntimeError as error:
        first = next((line.strip() for line in str(error).splitlines() if line.strip()), "no Jsonnet")
        raise BadRequest(
            str(file), first, "Mend the Jsonnet, or give an external variable with --set NAME=VALUE."
        ) from error
    return text


def _natives(
    given: Mapping[str, str], environment: Mapping[str, str]
) -> dict[str, tuple[tuple[str, ...], Callable[..., str]]]:
    known = {**environment, **given}

    def lookup(*words: str) -> str:
        return known.get(" ".join(words), "${" + " ".join(words) + "}")

    return {
        "env": (("name", "default"), lambda name, default: known.get(name) or default),
        "must_env": (("name",), lambda name: known.get(name, "${" + name + "}")),
        "tfstate": (("address",), lookup),
        "ssm": (("name",), lookup),
        "secretsmanager_arn": (("id",), lookup),
        "cfn_output": (("stack", "key"), lookup),
        "cfn_export": (("name",), lookup),
    }
