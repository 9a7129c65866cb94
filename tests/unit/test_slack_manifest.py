"""The Slack app's manifest asks for what the code uses, and points to where the application listens."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from pilotage.usecases.commands.receive_message import DOORS
from pilotage_local.chat.workspace import COMMAND

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docs" / "slack-app-manifest.yaml"
# docs.slack.dev: which scope each method needs.
SCOPES = {"chat.postMessage": "chat:write", "chat.update": "chat:write", "chat.postEphemeral": "chat:write"}


def manifest() -> dict[str, Any]:
    return dict(yaml.safe_load(FILE.read_text()))


def test_its_addresses_are_routes_of_the_api() -> None:
    """A click that ends in a 404 is told to nobody but the person who clicked."""
    slash = manifest()["features"]["slash_commands"][0]
    urls = [slash["url"], manifest()["settings"]["interactivity"]["request_url"]]
    assert slash["command"] == COMMAND
    assert {f"POST {url.removeprefix('https://API_URL')}" for url in urls} == {
        route for route in DOORS if route.startswith("POST /slack/")
    }


def test_it_asks_for_the_scopes_of_the_methods_that_are_called_and_no_others() -> None:
    """Whoever installs it reads them: a scope to read messages would be refused, and rightly."""
    room = (ROOT / "layers" / "pilotage" / "pilotage" / "chat" / "slack_room.py").read_text()
    called = set(re.findall(r'_call\(\s*"([a-zA-Z.]+)"', room))
    assert called == set(SCOPES)
    assert set(manifest()["oauth_config"]["scopes"]["bot"]) == {*SCOPES.values(), "commands"}
