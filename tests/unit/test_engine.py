"""The embedded AWS asks for a Docker engine before it promises real containers."""

from __future__ import annotations

import gc
import socket
import tempfile
from pathlib import Path

import pytest
from pilotage_local import engine

pytestmark = pytest.mark.enable_socket


def test_a_socket_that_nobody_answers_on_is_no_engine_and_leaves_nothing_open(
    monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    """A machine keeps the socket file of an engine that was stopped: the demo then simulates, and says so."""
    with tempfile.TemporaryDirectory() as short:  # the path of a UNIX socket has at most 107 characters
        left_behind = Path(short) / "docker.sock"
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stopped:
            stopped.bind(str(left_behind))
        monkeypatch.setenv("DOCKER_HOST", f"unix://{left_behind}")

        assert engine.find() is None

    gc.collect()
    assert [str(warning.message) for warning in recwarn if issubclass(warning.category, ResourceWarning)] == []


def test_no_socket_is_no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Most laptops without Docker have not even the file."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path / 'docker.sock'}")

    assert engine.find() is None
