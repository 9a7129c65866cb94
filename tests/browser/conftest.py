"""A real browser for the whole session; a chat, an application and a page for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes import browser
from fakes.chat_host import Application, Hosted, hosted, listening
from playwright.sync_api import Browser, Page, sync_playwright

Visit = Callable[[str], Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser.find(), args=list(browser.FLAGS))
        yield running
        running.close()


@pytest.fixture
def application() -> Iterator[Application]:
    with listening() as one:
        yield one
    assert one.unverified == 0


@pytest.fixture
def chat(tmp_path: Path, application: Application) -> Iterator[Hosted]:
    with hosted(tmp_path) as running:
        running.link(application)
        yield running


@pytest.fixture
def visit(chromium: Browser, chat: Hosted) -> Iterator[Visit]:
    """Opens the chat as somebody. At the end nothing may have been complained about: no error, no broken policy."""
    context = chromium.new_context(locale="en-GB", timezone_id="Europe/Berlin")
    context.set_default_timeout(15_000)
    complaints: list[str] = []

    def opened(person: str) -> Page:
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.goto(f"{chat.url}/?as={person}")
        page.get_by_role("heading", name="# releases").wait_for()
        return page

    yield opened
    context.close()
    assert complaints == []
