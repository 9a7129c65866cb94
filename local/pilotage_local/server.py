"""The embedded AWS as one process: `python -m pilotage_local.server --state-dir DIR [--port N]`.

Binds 127.0.0.1 and, when a Docker engine runs on this host, the bridge's address too: containers and `sam local`
reach it there, the outside world does not. Every listener of a load balancer is also reached at a port of its own on
127.0.0.1 (`doors`), as names of load balancers resolve nowhere. `--minute 2` makes minutes of bakes, steps and alarms
two seconds long; nothing else goes faster. When it is ready it writes `DIR/server.json` and prints the same as one
line. It ends cleanly on SIGTERM and SIGINT: containers are removed, Lambda workers ended.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import socket
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from pilotage_local import engine as docker_engine
from pilotage_local.place import ACCOUNT, REGION, Place, place_file

if TYPE_CHECKING:
    from pilotage_local.engine import Engine

_DOORS = 4  # listeners of load balancers that get a port of their own
_SHORTEST_MINUTE, _LONGEST_MINUTE = 1.0, 60.0  # less than a second is less than the metrics' resolution


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    state_dir = options.state_dir.resolve()
    (state_dir / "tmp").mkdir(parents=True, exist_ok=True)
    found = docker_engine.find() if options.containers == "auto" or options.bridge else None
    engine = found if options.containers == "auto" else None
    sockets, bridge = listen(options.port, found)
    doors = [_bind("127.0.0.1", 0) for _ in range(_DOORS)]
    numbers = tuple(door.getsockname()[1] for door in doors)
    place = Place(
        state_dir=state_dir,
        port=sockets[0].getsockname()[1],
        pid=os.getpid(),
        instance=uuid.uuid4().hex[:12],
        containers="docker" if engine else "simulated",
        bridge=bridge,
        minute=options.minute,
        doors=numbers,
    )
    os.environ.update(ministack_settings(place))

    from pilotage_local.gateway import serve  # noqa: PLC0415 - MiniStack reads its settings when it is imported

    try:
        asyncio.run(
            serve(place, engine, [*sockets, *doors, *also(bridge, numbers)], concurrency=options.lambda_concurrency)
        )
    finally:
        place_file(state_dir).unlink(missing_ok=True)
    return 0


def listen(port: int, engine: Engine | None) -> tuple[list[socket.socket], str | None]:
    """Sockets on loopback and, where possible, on the bridge; the bridge's address if so. `port` 0: any free one."""
    loopback = _bind("127.0.0.1", port)
    if engine is None or engine.bridge is None:
        return [loopback], None
    with contextlib.suppress(OSError):  # an engine in a virtual machine: its bridge is not ours to bind
        return [loopback, _bind(engine.bridge, loopback.getsockname()[1])], engine.bridge
    return [loopback], None


def also(bridge: str | None, ports: tuple[int, ...]) -> list[socket.socket]:
    """The same ports on the bridge, for containers that look at a service through its load balancer; without those
    that somebody else has there.
    """
    bound = []
    for port in ports if bridge else ():
        with contextlib.suppress(OSError):
            bound.append(_bind(bridge or "", port))
    return bound


def ministack_settings(place: Place) -> dict[str, str]:
    """MiniStack takes its settings from the environment, once, at import."""
    return {
        "GATEWAY_PORT": str(place.port),
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_ACCOUNT_ID": place.account,
        "MINISTACK_REGION": place.region,
        "AWS_DEFAULT_REGION": place.region,
        "AWS_ACCESS_KEY_ID": "embedded",
        "AWS_SECRET_ACCESS_KEY": "embedded",
        "TMPDIR": str(place.state_dir / "tmp"),
        "STATE_DIR": str(place.state_dir / "ministack"),
        "S3_DATA_DIR": str(place.state_dir / "s3"),
        "LOG_LEVEL": "WARNING",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # Containers are started here and nowhere else: MiniStack, which would also clear away what it takes for its
        # own leftovers, is shown no engine.
        "DOCKER_HOST": f"unix://{place.state_dir}/no-engine.sock",
        "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.5",
    }


def _bind(address: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
    except OSError:
        listener.close()
        raise
    return listener


def _seconds(text: str) -> float:
    seconds = float(text)
    if not _SHORTEST_MINUTE <= seconds <= _LONGEST_MINUTE:
        raise argparse.ArgumentTypeError(f"{text} is not between {_SHORTEST_MINUTE:g} and {_LONGEST_MINUTE:g}")
    return seconds


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=f"The embedded AWS (account {ACCOUNT}, region {REGION}).")
    parser.add_argument("--state-dir", type=Path, required=True, help="where it keeps its files; one server each")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--containers", choices=("auto", "simulated"), default="auto")
    parser.add_argument("--bridge", action="store_true", help="serve the Docker bridge though tasks are simulated")
    parser.add_argument("--minute", type=_seconds, default=60.0, help="seconds that a minute of bakes and alarms lasts")
    parser.add_argument("--lambda-concurrency", type=int, default=3, help="calls at once of one function")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
