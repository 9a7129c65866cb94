"""The chat as one process: `python -m pilotage_local.chat.server FOLDER [--port N]`.

The workspace, with its secrets, is read from the folder; where the application listens, too, once that is known. When
the chat is ready it writes `FOLDER/place.json`. It ends cleanly on SIGTERM and SIGINT.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config

from pilotage_local.chat.app import Changes, Site, application
from pilotage_local.chat.conversation import Conversation
from pilotage_local.chat.messages import Messages
from pilotage_local.chat.place import LINKS, WORKSPACE, Place
from pilotage_local.chat.response_urls import ResponseUrls
from pilotage_local.chat.workspace import Workspace, from_json

_GRACE_SECONDS = 1.0
_LOOK_SECONDS = 0.02


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="A chat on loopback that stands in for Slack.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    options = parser.parse_args(arguments)
    workspace = from_json((options.folder / WORKSPACE).read_text())
    with socket.create_server(("127.0.0.1", options.port)) as listener:
        place = Place(listener.getsockname()[1], os.getpid())
        try:
            asyncio.run(_until_told(workspace, listener, options.folder, place))
        finally:
            place.forget(options.folder)
    return 0


def site(workspace: Workspace, links_file: Path, base: str) -> Site:
    """`base`: the chat's own address, for response URLs."""
    changes = Changes(uuid.uuid4().hex[:8])
    messages = Messages(workspace, time.time, changes.made)
    urls = ResponseUrls(messages, time.time, base)
    return Site(Conversation(messages, urls, links_file, time.time), changes)


async def serve(chat: Site, listener: socket.socket, over: Callable[[], Awaitable[Any]]) -> None:
    """Until `over` returns. Pages that wait are let go first. Takes the listener over, and closes it."""
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.graceful_timeout = _GRACE_SECONDS
    config.loglevel = "WARNING"

    async def ending() -> None:
        await over()
        chat.changes.made()

    await hypercorn_serve(application(chat), config, shutdown_trigger=ending)  # type: ignore[arg-type]


async def _until_told(workspace: Workspace, listener: socket.socket, folder: Path, place: Place) -> None:
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    announcing = asyncio.create_task(_announce(folder, place))
    await serve(site(workspace, folder / LINKS, place.url), listener, over.wait)
    announcing.cancel()


async def _announce(folder: Path, place: Place) -> None:
    """Written when the first request could be answered, not before."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", place.port)
        except OSError:
            await asyncio.sleep(_LOOK_SECONDS)
            continue
        writer.close()
        break
    place.write(folder)


if __name__ == "__main__":
    sys.exit(main())
