"""One deployed account for all stories, and one stage on which they play at once.

A story is a function that takes the account, lets things happen and returns its Team. A test is marked with the story
that it looks at; the stories of all chosen tests start together, so that a run takes as long as the longest of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from e2e.account import Account, settled, workspace
from e2e.playbill import Story
from pilotage_local import chat, stack

_AT_ONCE = 12
_MINUTE = 2.0  # seconds of a minute of bakes, steps and alarms


@pytest.fixture(scope="package")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    state_dir = tmp_path_factory.mktemp("e2e")
    running = stack.up(state_dir, containers="simulated", minute=_MINUTE)
    try:
        chat.start(state_dir, workspace=workspace())
        yield settled(running, state_dir)
    finally:
        stack.down(state_dir)


@pytest.fixture(scope="package")
def playing(account: Account, request: pytest.FixtureRequest) -> Iterator[Mapping[Story, Future[Any]]]:
    """Every story that a chosen test looks at, begun."""
    marks = [mark for item in request.session.items for mark in item.iter_markers("plays")]
    stories: list[Story] = list(dict.fromkeys(mark.args[0] for mark in marks))
    with ThreadPoolExecutor(_AT_ONCE) as stage:
        yield {story: stage.submit(story, account) for story in stories}


@pytest.fixture
def played(playing: Mapping[Story, Future[Any]], request: pytest.FixtureRequest) -> Any:
    """What the test's own story returned. Raises what the story raised."""
    mark = request.node.get_closest_marker("plays")
    return playing[mark.args[0]].result()


@pytest.fixture(scope="package")
def all_played(playing: Mapping[Story, Future[Any]], account: Account) -> Account:
    """The account after every story has ended. Raises what a story raised."""
    for story in playing.values():
        story.result()
    return account
