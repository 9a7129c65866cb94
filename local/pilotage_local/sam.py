"""Deploys to the embedded AWS with the real SAM CLI."""

from __future__ import annotations

import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from pilotage_local.children import DidNotStart, child
from pilotage_local.stack import child_environment, client

_TAIL_LINES = 20


@contextmanager
def building(endpoint: str, template: Path, build_dir: Path) -> Iterator[None]:
    """`sam build` goes on beside the block, and has ended after it. What did not change since the last build in this
    place is taken from there. Raises DidNotStart.
    """
    options = ("--template-file", str(template), "--build-dir", str(build_dir))
    cache = ("--cached", "--cache-dir", str(build_dir.parent / f"{build_dir.name}-cache"))
    with _sam(endpoint, template.parent, "build", *options, *cache) as process:
        yield
        _ended(process, "build")


def deploy_built(
    endpoint: str, template: Path, build_dir: Path, parameters: Mapping[str, str] | None = None
) -> dict[str, str]:
    """`sam deploy --config-env embedded` of what was built; the stack's outputs.

    `parameters` come on top of those of samconfig.toml's section `embedded` (the command line replaces the file's, as a
    whole) and of the EndpointUrl by which the functions reach the embedded AWS. Raises DidNotStart.
    """
    project = template.parent
    section = tomllib.loads((project / "samconfig.toml").read_text())["embedded"]["deploy"]["parameters"]
    written = dict(pair.split("=", 1) for pair in shlex.split(section.get("parameter_overrides", "")))
    overrides = {**written, "EndpointUrl": endpoint, **(parameters or {})}
    sam(
        endpoint,
        project,
        "deploy",
        *("--template-file", str(build_dir / "template.yaml")),
        *("--config-file", str(project / "samconfig.toml"), "--config-env", "embedded"),
        *("--no-confirm-changeset", "--no-fail-on-empty-changeset", "--parameter-overrides"),
        *(f"{name}={value}" for name, value in sorted(overrides.items())),
    )
    described = client("cloudformation", endpoint).describe_stacks(StackName=section["stack_name"])
    return {output["OutputKey"]: output["OutputValue"] for output in described["Stacks"][0].get("Outputs", [])}


def sam(endpoint: str, project: Path, *arguments: str) -> None:
    """Run the SAM CLI of this environment in `project`. Raises DidNotStart with the end of what it said."""
    with _sam(endpoint, project, *arguments) as process:
        _ended(process, arguments[0])


@contextmanager
def _sam(endpoint: str, project: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The SAM CLI, running. What it says goes to a file: nobody reads along, and a pipe would fill up."""
    with (
        TemporaryFile("w+", encoding="utf-8", errors="replace") as said,
        child(
            [str(Path(sys.executable).parent / "sam"), *arguments],
            cwd=project,
            env=child_environment(endpoint),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        process.stdout = said
        yield process


def _ended(process: subprocess.Popen[str], verb: str) -> None:
    code = process.wait()
    if code and process.stdout is not None:
        process.stdout.seek(0)
        lines = process.stdout.read().splitlines()[-_TAIL_LINES:]
        raise DidNotStart(f"`sam {verb}` failed with {code}:\n" + "\n".join(lines))
