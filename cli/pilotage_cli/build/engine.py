"""The Docker engine, through its own command line: it knows contexts, plug-ins and credential helpers; no SDK does."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from pilotage.errors import BadImage, BadRequest, NotFound

from pilotage_cli.build.credentials import Credentials
from pilotage_cli.build.order import Order

Progress = Callable[[str], None]

# What takes time. The lines that only describe the image would bury it.
_STEP = re.compile(r"^(Step \d+/\d+ : (FROM|RUN|COPY|ADD) |#\d+ \[)")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_DIGEST = re.compile(r"digest: (sha256:[0-9a-f]{64})")
_UNKNOWN_REPOSITORY = re.compile(r"name unknown|does not exist|repository name not known", re.IGNORECASE)
_KEPT_LINES = 20


# Attestations carry the hour of the build, and would make two images out of one source.
_NO_PROVENANCE = "--provenance=false"


@dataclass(frozen=True, slots=True)
class Docker:
    """`progress` gets a line for each step. `buildx` says whether BuildKit's plug-in answers."""

    progress: Progress
    buildx: bool

    def login(self, host: str, credentials: Credentials) -> None:
        """Raises BadRequest."""
        command = ["docker", "login", "--username", credentials.user, "--password-stdin", host]
        done = subprocess.run(command, input=credentials.password, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise BadRequest("docker login", host, _last(done.stderr.splitlines()))

    def build(self, order: Order) -> None:
        """Build and name an image. Raises BadImage; the end of Docker's log has gone to `progress` by then."""
        command = ("docker", "buildx", "build", "--load", _NO_PROVENANCE) if self.buildx else ("docker", "build")
        self._run([*command, *_arguments(order)], f"the build of {order.folder}", _dated(order))

    def build_and_push(self, order: Order) -> str:
        """One image for several platforms: only BuildKit can, and it pushes what it cannot keep. The index's digest.
        Raises BadImage, and BadRequest when there is no BuildKit.
        """
        if not self.buildx:
            remedy = "Several platforms need Docker's buildx plug-in: install it, or build one."
            raise BadRequest("the platforms", ",".join(order.platforms), remedy)
        with TemporaryDirectory() as folder:
            noted = Path(folder) / "metadata.json"
            command = ("docker", "buildx", "build", "--push", _NO_PROVENANCE, "--metadata-file", str(noted))
            self._run([*command, *_arguments(order)], f"the build of {order.folder}", _dated(order))
            return str(json.loads(noted.read_text(encoding="utf-8"))["containerimage.digest"])

    def push(self, name: str) -> str:
        """The digest that the registry took it under. Raises NotFound (no such repository) and BadImage."""
        lines = self._run(["docker", "push", name], f"the push of {name}", {})
        found = [match[1] for line in lines if (match := _DIGEST.search(line))]
        if not found:
            raise BadImage(f"the push of {name}", _last(lines), "docker push named no digest.")
        return found[-1]

    def _run(self, command: Sequence[str], what: str, added: Mapping[str, str]) -> Sequence[str]:
        kept: deque[str] = deque(maxlen=_KEPT_LINES)
        environment = {**os.environ, "DOCKER_BUILDKIT": "1" if self.buildx else "0", **added}
        with subprocess.Popen(  # noqa: S603 - a list of arguments, no shell
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", env=environment
        ) as running:
            for written in running.stdout or ():
                line = _COLOUR.sub("", written).rstrip()
                if line:
                    kept.append(line)
                if _STEP.match(line):
                    self.progress(f"  {line}")
        if running.returncode:
            self._explain(kept, what)
        return kept

    def _explain(self, lines: Sequence[str], what: str) -> None:
        if any(_UNKNOWN_REPOSITORY.search(line) for line in lines):
            raise NotFound(_last(lines))
        for line in lines:
            self.progress(f"  | {line}")
        raise BadImage(what, _last(lines), "The end of Docker's log stands above.")


def find_docker(progress: Progress) -> Docker | None:
    """The engine that answers on this machine; None without a client or without an engine behind it."""
    if not _answers("docker", "version", "--format", "{{.Server.Version}}"):
        return None
    return Docker(progress, _answers("docker", "buildx", "version"))


def _arguments(order: Order) -> tuple[str, ...]:
    return (
        *(word for name in order.names for word in ("--tag", name)),
        *(word for key, value in order.labels.items() for word in ("--label", f"{key}={value}")),
        *(word for key, value in order.build_args.items() for word in ("--build-arg", f"{key}={value}")),
        *(("--platform", ",".join(order.platforms)) if order.platforms else ()),
        str(order.folder),
    )


def _dated(order: Order) -> Mapping[str, str]:
    """BuildKit then dates the image by its source instead of by the clock."""
    if order.created is None:
        return {}
    return {"SOURCE_DATE_EPOCH": str(int(datetime.fromisoformat(order.created).timestamp()))}


def _answers(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603
    except FileNotFoundError:
        return False


def _last(lines: Sequence[str]) -> str:
    return next((line for line in reversed(lines) if line.strip()), "docker said nothing")
