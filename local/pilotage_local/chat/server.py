"""The chat as one process: `python -m pilotage_local.chat.server FOLDER [--port N]`.

The workspace, with its secrets, is read from the folder; where the application listens, too, once that is known. When
the chat is ready it writes `FOLDER/place.json`. It ends cleanly on SIGTERM and SIGINT.

It binds 127.0.0.1; with `--bridge` the address of the Docker bridge, too, where functions in containers reach its API.
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
from collections.abc import Awaitable, Callable, Sequence
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

_CONTAINERS = "host.docker.internal"  # by this name, or by the bridge's address
_GRACE_SECONDS = 1.0
_LOOK_SECONDS = 0.02


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="A chat on loopback that stands in for Slack.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--bridge", action="store_true", help="serve its API on the Docker bridge, too")
    options = parser.parse_args(arguments)
    workspace = from_json((options.folder / WORKSPACE).read_text())
    listeners, to_containers = _listen(options.port, bridge=options.bridge)
    place = Place(listeners[0].getsockname()[1], os.getpid())
    try:
        asyncio.run(_until_told(workspace, listeners, options.folder, place, to_containers))
    finally:
        place.forget(options.folder)
        for listener in listeners:
            listener.close()
    return 0


def _listen(port: int, *, bridge: bool) -> tuple[list[socket.socket], tuple[str, ...]]:
    """The sockets, and the names by which containers come. An engine in a virtual machine comes by loopback itself."""
    if not bridge:
        return [socket.create_server(("127.0.0.1", port))], ()
    from pilotage_local import engine, server  # noqa: PLC0415 - the chat of an ordinary day needs no client of Docker

    listeners, address = server.listen(port, engine.find())
    return listeners, (_CONTAINERS, *([address] if address else []))


def site(workspace: Workspace, links_file: Path, base: str, to_containers: tuple[str, ...] = ()) -> Site:
    """`base`: the chat's own address, for response URLs."""
    changes = Changes(uuid.uuid4().hex[:8])
    messages = Messages(workspace, time.time, changes.made)
    urls = ResponseUrls(messages, time.time, base)
    return Site(Conversation(messages, urls, links_file, time.time), changes, to_containers)


async def serve(chat: Site, listeners: Sequence[socket.socket], over: Callable[[], Awaitable[Any]]) -> None:
    """Until `over` returns. Pages that wait are let go first. Takes the listeners over, and closes them."""
    config = Config()
    config.bind = [f"fd://{listener.detach()}" for listener in listeners]
    config.graceful_timeout = _GRACE_SECONDS
    config.loglevel = "WARNING"

    async def ending() -> None:
        await over()
        chat.changes.made()

    await hypercorn_serve(application(chat), config, shutdown_trigger=ending)  # type: ignore[arg-type]


async def _until_told(
    workspace: Workspace,
    listeners: Sequence[socket.socket],
    folder: Path,
    place: Place,
    to_containers: tuple[str, ...],
) -> None:
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    announcing = asyncio.create_task(_announce(folder, place))
    await serve(site(workspace, folder / LINKS, place.url, to_containers), listeners, over.wait)
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
