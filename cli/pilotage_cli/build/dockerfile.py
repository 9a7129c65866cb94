"""A Dockerfile without an engine: the instructions that only describe an image, and those that copy files into it.

What needs an engine (RUN, ADD, several stages) is refused by name and line. Source: Docker's "Dockerfile reference";
the keys of `config` are those of the OCI image config, with Docker's `Healthcheck`.
"""

from __future__ import annotations

import io
import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dockerfile_parse import DockerfileParser
from pilotage.errors import BadImage

from pilotage_cli.build.copying import Copy, copy_of
from pilotage_cli.build.health import health_of
from pilotage_cli.build.words import Words

SCRATCH = "scratch"


@dataclass(frozen=True, slots=True)
class Recipe:
    """`base` is the image that FROM names. `steps` are directories to make and files to copy, in order."""

    base: str
    steps: tuple[Copy | str, ...]
    config: Mapping[str, Any]


@dataclass(slots=True)
class _Stage:
    """What has been read so far."""

    given: Mapping[str, str]  # --build-arg
    preset: dict[str, str] = field(default_factory=dict)  # ARGs before FROM
    arguments: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    base: str | None = None
    steps: list[Copy | str] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)
    directory: str = "/"
    shell: tuple[str, ...] = ("/bin/sh", "-c")


def read_dockerfile(text: str, build_args: Mapping[str, str]) -> Recipe:
    """The recipe. Raises BadImage with the line of an instruction that is wrong or needs an engine.

    A build argument that no ARG declares is left alone, as an engine does: with `--all` it may be another folder's.
    """
    stage = _Stage(build_args)
    for entry in DockerfileParser(fileobj=io.BytesIO(text.encode()), env_replace=False).structure:
        if entry["instruction"] != "COMMENT":
            _read(stage, entry["instruction"], Words(entry["value"], entry["startline"] + 1, _values(stage)))
    if stage.base is None:
        raise BadImage("the Dockerfile", text[:40], "It has no FROM.")
    if stage.environment:
        stage.config["Env"] = [f"{name}={value}" for name, value in stage.environment.items()]
    return Recipe(stage.base, tuple(stage.steps), stage.config)


def _values(stage: _Stage) -> Mapping[str, str]:
    """What `$NAME` stands for on this line: before FROM the ARGs so far, after it ARGs under the environment."""
    return stage.preset if stage.base is None else {**stage.arguments, **stage.environment}


def _read(stage: _Stage, instruction: str, words: Words) -> None:
    reader = _READERS.get(instruction)
    if reader is None:
        raise words.bad(instruction, "Only a Docker engine can do this: build with one, or do without.")
    if stage.base is None and instruction not in {"FROM", "ARG"}:
        raise words.bad(instruction, "It has to come after FROM.")
    reader(stage, words)


def _from(stage: _Stage, words: Words) -> None:
    if stage.base is not None:
        raise words.bad("FROM", "Several stages need a Docker engine: build with one, or keep one stage.")
    named = [word for word in words.split() if not word.startswith("--platform=")]
    if not named or not named[0]:
        raise words.bad("FROM", "It names no image: is the ARG empty?")
    stage.base = named[0]


def _arg(stage: _Stage, words: Words) -> None:
    for word in words.split():
        name, given, default = word.partition("=")
        value = stage.given.get(name, default if given else stage.preset.get(name))
        if value is not None:
            (stage.preset if stage.base is None else stage.arguments)[name] = value


def _env(stage: _Stage, words: Words) -> None:
    stage.environment.update(words.pairs())


def _label(stage: _Stage, words: Words) -> None:
    stage.config.setdefault("Labels", {}).update(words.pairs())


def _expose(stage: _Stage, words: Words) -> None:
    for port in words.split():
        number, _, protocol = port.partition("/")
        if not number.isdecimal() or protocol.lower() not in {"", "tcp", "udp", "sctp"}:
            raise words.bad("EXPOSE", "A port is a number, with /tcp or /udp behind it if need be.")
        stage.config.setdefault("ExposedPorts", {})[f"{number}/{protocol.lower() or 'tcp'}"] = {}


def _workdir(stage: _Stage, words: Words) -> None:
    stage.directory = posixpath.normpath(posixpath.join(stage.directory, words.text()))
    stage.steps.append(stage.directory)
    stage.config["WorkingDir"] = stage.directory


def _copy(stage: _Stage, words: Words) -> None:
    stage.steps.append(copy_of(words, stage.directory))


def _shell(stage: _Stage, words: Words) -> None:
    stage.shell = words.json_list() or _no_list(words, "SHELL")


def _healthcheck(stage: _Stage, words: Words) -> None:
    stage.config["Healthcheck"] = health_of(words, stage.shell)


def _volume(stage: _Stage, words: Words) -> None:
    for path in words.json_list() or words.split():
        stage.config.setdefault("Volumes", {})[path] = {}


def _command(key: str) -> Callable[[_Stage, Words], None]:
    def read(stage: _Stage, words: Words) -> None:
        stage.config[key] = list(words.json_list() or (*stage.shell, words.raw))

    return read


def _single(key: str) -> Callable[[_Stage, Words], None]:
    def read(stage: _Stage, words: Words) -> None:
        stage.config[key] = words.text()

    return read


def _no_list(words: Words, instruction: str) -> tuple[str, ...]:
    raise words.bad(instruction, 'It takes a JSON list, such as ["/bin/sh", "-c"].')


_READERS: Mapping[str, Callable[[_Stage, Words], None]] = {
    "FROM": _from,
    "ARG": _arg,
    "ENV": _env,
    "LABEL": _label,
    "EXPOSE": _expose,
    "WORKDIR": _workdir,
    "COPY": _copy,
    "SHELL": _shell,
    "HEALTHCHECK": _healthcheck,
    "VOLUME": _volume,
    "CMD": _command("Cmd"),
    "ENTRYPOINT": _command("Entrypoint"),
    "USER": _single("User"),
    "STOPSIGNAL": _single("StopSignal"),
}
