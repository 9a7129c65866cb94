"""A Dockerfile read without an engine."""

from __future__ import annotations

from typing import Any

import pytest
from pilotage.errors import BadImage
from pilotage_cli.build.copying import Copy
from pilotage_cli.build.dockerfile import read_dockerfile

SECOND = 10**9

CONFIGS: list[Any] = [
    pytest.param("EXPOSE 8080 53/udp", "ExposedPorts", {"8080/tcp": {}, "53/udp": {}}, id="ports"),
    pytest.param("USER 65534:65534", "User", "65534:65534", id="user"),
    pytest.param(
        "ENV A=1 B='x y'\nENV C=$A-${B}", "Env", ["A=1", "B=x y", "C=1-x y"], id="variables build on each other"
    ),
    pytest.param("ENV A 1 2", "Env", ["A=1 2"], id="the old form of ENV"),
    pytest.param('LABEL a="1 2" \\\n  b=3', "Labels", {"a": "1 2", "b": "3"}, id="labels over two lines"),
    pytest.param('CMD ["a", "b c"]', "Cmd", ["a", "b c"], id="exec form"),
    pytest.param("CMD a 'b c'", "Cmd", ["/bin/sh", "-c", "a 'b c'"], id="shell form"),
    pytest.param('SHELL ["/bin/bash", "-ec"]\nCMD a', "Cmd", ["/bin/bash", "-ec", "a"], id="another shell"),
    pytest.param('CMD ["x"]\nENTRYPOINT ["e"]', "Cmd", ["x"], id="an entrypoint keeps the command above it"),
    pytest.param('ENTRYPOINT ["e"]', "Entrypoint", ["e"], id="entrypoint"),
    pytest.param("STOPSIGNAL SIGINT", "StopSignal", "SIGINT", id="stop signal"),
    pytest.param('VOLUME ["/data"]', "Volumes", {"/data": {}}, id="volume"),
    pytest.param("HEALTHCHECK NONE", "Healthcheck", {"Test": ["NONE"]}, id="no health check"),
    pytest.param(
        "HEALTHCHECK --interval=1m30s --timeout=500ms --retries=2 CMD curl -f localhost",
        "Healthcheck",
        {"Test": ["CMD-SHELL", "curl -f localhost"], "Interval": 90 * SECOND, "Timeout": SECOND // 2, "Retries": 2},
        id="health check in a shell",
    ),
    pytest.param(
        'HEALTHCHECK --start-period=5s CMD ["check"]',
        "Healthcheck",
        {"Test": ["CMD", "check"], "StartPeriod": 5 * SECOND},
        id="health check without a shell",
    ),
    pytest.param("WORKDIR /a\nWORKDIR b", "WorkingDir", "/a/b", id="directories follow each other"),
]

REFUSED = [
    pytest.param("FROM scratch\nRUN make", "line 2", "Docker engine", id="RUN"),
    pytest.param("FROM scratch\n\nADD a.tar /", "line 3", "Docker engine", id="ADD"),
    pytest.param("FROM a AS x\nFROM b", "line 2", "one stage", id="several stages"),
    pytest.param("FROM scratch\nCOPY --from=x a b", "line 2", "--chown=UID:GID", id="COPY from a stage"),
    pytest.param("FROM scratch\nCOPY --chown=cat a b", "line 2", "--chown=UID:GID", id="an owner by name"),
    pytest.param("FROM scratch\nCOPY <<EOF /a\nx\nEOF", "line 2", "Here-documents", id="a here-document"),
    pytest.param(
        "FROM scratch\nCOPY ../secret /", "line 2", "folder that is built", id="a path that leaves the folder"
    ),
    pytest.param("FROM scratch\nCOPY a", "line 2", "a source and a destination", id="COPY without a destination"),
    pytest.param("FROM scratch\nENV A=${B:-c}", "line 2", "default at ARG", id="a default in a variable"),
    pytest.param("FROM scratch\nENV A=1 B", "line 2", "name=value", id="half a pair"),
    pytest.param("FROM scratch\nEXPOSE http", "line 2", "A port is a number", id="a port by name"),
    pytest.param("FROM scratch\nHEALTHCHECK --retries=x CMD a", "line 2", "whole number", id="retries in letters"),
    pytest.param("FROM scratch\nHEALTHCHECK --interval=5 CMD a", "line 2", "30s", id="a duration without a unit"),
    pytest.param("FROM scratch\nHEALTHCHECK curl x", "line 2", "then CMD", id="a health check without CMD"),
    pytest.param("FROM scratch\nSHELL bash", "line 2", "JSON list", id="SHELL without a list"),
    pytest.param("ARG B\nFROM $B", "line 2", "is the ARG empty", id="a base without a name"),
    pytest.param("USER x\nFROM scratch", "line 1", "after FROM", id="an instruction before FROM"),
    pytest.param("# nothing\n", "nothing", "no FROM", id="no FROM"),
]


@pytest.mark.parametrize(("text", "key", "expected"), CONFIGS)
def test_what_describes_an_image_becomes_its_config(text: str, key: str, expected: Any) -> None:
    """Placement and definitions read the config: it has to say what an engine would have made it say."""
    assert read_dockerfile(f"FROM scratch\n{text}\n", {}).config[key] == expected


@pytest.mark.parametrize(("text", "line", "remedy"), REFUSED)
def test_what_needs_an_engine_or_is_wrong_is_refused_by_line(text: str, line: str, remedy: str) -> None:
    """An image that lacks a step of its Dockerfile must never look like a whole one."""
    with pytest.raises(BadImage) as caught:
        read_dockerfile(text, {})
    assert line in str(caught.value)
    assert remedy in str(caught.value)


@pytest.mark.parametrize(
    ("given", "base", "env"),
    [
        ({}, "python:3.13", "A=1"),
        ({"BASE": "debian", "A": "2"}, "debian", "A=2"),
        ({"OTHER": "x"}, "python:3.13", "A=1"),
    ],
)
def test_build_arguments_replace_the_defaults_of_arg(given: dict[str, str], base: str, env: str) -> None:
    """The demo swaps the base where nothing can be pulled; an argument of another folder does no harm."""
    recipe = read_dockerfile("ARG BASE=python:3.13\nFROM --platform=linux/amd64 ${BASE}\nARG A=1\nENV A=$A\n", given)
    assert recipe.base == base
    assert recipe.config["Env"] == [env]


def test_copy_knows_where_its_files_go() -> None:
    """Relative destinations follow WORKDIR, a trailing slash means a directory, owners and modes are numbers."""
    text = 'FROM scratch\nWORKDIR /srv\nCOPY a b ./\nCOPY --chown=7 --chmod=750 ["c d", "/e"]\n'
    assert read_dockerfile(text, {}).steps == (
        "/srv",
        Copy(("a", "b"), "/srv/", 0, 0, None, 3),
        Copy(("c d",), "/e", 7, 7, 0o750, 4),
    )
