"""One embedded AWS for all contract tests (tasks simulated), and one with real containers for those marked `docker`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pilotage_local import stack

Aws = Callable[[str], Any]


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[stack.Running]:
    state_dir = tmp_path_factory.mktemp("embedded")
    yield stack.up(state_dir, containers="simulated")
    stack.down(state_dir)


@pytest.fixture(scope="session")
def embedded_docker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[stack.Running]:
    state_dir = tmp_path_factory.mktemp("embedded-docker")
    yield stack.up(state_dir)
    stack.down(state_dir)


@pytest.fixture(scope="session")
def aws(embedded: stack.Running) -> Aws:
    """A botocore client of a service of the embedded AWS."""
    return lambda service: stack.client(service, embedded.endpoint)


@pytest.fixture(scope="session")
def until() -> Callable[..., Any]:
    """Ask until the answer is true, and give it back: the embedded AWS works on threads and processes of its own."""

    def ask(question: Callable[[], Any], seconds: float = 20.0) -> Any:
        deadline = time.monotonic() + seconds
        while True:
            answer = question()
            if answer or time.monotonic() > deadline:
                return answer
            time.sleep(0.05)

    return ask
