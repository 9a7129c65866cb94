"""Puts the embedded AWS together: MiniStack, what it lacks, the ECS model and who runs its tasks; then serves it.

Import this only after MiniStack's settings stand in the environment (see `server`).
"""

from __future__ import annotations

import asyncio
import json
import signal
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config
from ministack import app as ministack
from ministack.core import lambda_runtime

from pilotage_local.balancing.probing import ask
from pilotage_local.ecs import BRISK, Assumptions, EcsModel
from pilotage_local.engine import Engine
from pilotage_local.patches import (
    api_callers,
    api_destinations,
    api_endpoints,
    application_autoscaling,
    call_recorder,
    cloudformation_ecs,
    ecr_events,
    ecr_images,
    ecr_scans,
    eventbridge_delivery,
    invocations,
    lambda_concurrency,
    lambda_errors,
    load_balancer,
    metric_data,
    scheduler_ecs_target,
    token_failures,
)
from pilotage_local.patches.alarms import Alarms
from pilotage_local.patches.balancer import LoadBalancer
from pilotage_local.patches.call_recorder import Recorder
from pilotage_local.patches.doors import Doors
from pilotage_local.patches.ecs_control_plane import ControlPlane, emitter
from pilotage_local.place import Place
from pilotage_local.tasks.docker_tasks import DockerTasks
from pilotage_local.tasks.simulated import SimulatedTasks

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_CALLS, _DOORS = "/_pilotage/calls", "/_pilotage/doors"
_GRACE_SECONDS = 2.0
_THREADS = 64


async def serve(place: Place, engine: Engine | None, sockets: list[socket.socket], concurrency: int) -> None:
    """Until SIGTERM or SIGINT. `concurrency`: calls at once of one function."""
    recorder = Recorder(place.state_dir / "calls.jsonl")
    tasks = DockerTasks(engine, place, _now) if engine else SimulatedTasks(_now)
    model = EcsModel(
        _now, tasks, emitter(place), place.account, place.region, assumptions=_paced(place), seed=place.instance
    )
    balancer = LoadBalancer(place, tasks, ask)
    alarms = Alarms(place, balancer.tell)
    control_plane = ControlPlane(model, place)
    assemble(place, recorder, concurrency)
    load_balancer.apply(balancer)
    metric_data.apply(place, balancer.tell)
    alarms.apply()
    control_plane.apply()
    try:
        await _listen(place, sockets, application(recorder, Doors(place)))
    finally:
        control_plane.close()
        alarms.close()
        balancer.close()
        tasks.close()
        lambda_runtime.reset()


def assemble(place: Place, recorder: Recorder, concurrency: int) -> None:
    """Every change to MiniStack itself."""
    ecr_images.apply(place.endpoint)
    ecr_events.apply()
    ecr_scans.apply()
    eventbridge_delivery.apply()
    api_destinations.apply()
    api_callers.apply()
    api_endpoints.apply(place.endpoint)
    scheduler_ecs_target.apply()
    cloudformation_ecs.apply()
    lambda_errors.apply()
    token_failures.apply()
    lambda_concurrency.apply(concurrency)
    application_autoscaling.apply()
    call_recorder.apply(recorder)
    invocations.apply(recorder)


def application(recorder: Recorder, doors: Doors) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """MiniStack's, with two more pages: `GET /_pilotage/calls?principal=NAME&since=ISO8601` and `GET /_pilotage/doors`,
    the URLs of load balancers' listeners by ARN.
    """

    async def serve_one(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await ministack.app(scope, receive, send)
        elif scope["path"] == _CALLS:
            query = parse_qs(scope["query_string"].decode())
            calls = recorder.calls(query.get("principal", [None])[0], query.get("since", [""])[0])
            await _answer(send, calls)
        elif scope["path"] == _DOORS:
            await _answer(send, doors.addresses())
        else:
            await ministack.app(doors.entered(scope), receive, send)

    return serve_one


async def _answer(send: Send, document: Any, status: int = 200) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(document).encode()})


async def _listen(place: Place, sockets: list[socket.socket], served: Any) -> None:
    config = Config()
    config.bind = [f"fd://{listener.fileno()}" for listener in sockets]
    config.keep_alive_timeout = 75
    config.graceful_timeout = _GRACE_SECONDS
    config.loglevel = "WARNING"
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS))  # a hung target must not hold up all
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    ready = asyncio.create_task(_announce(place))
    await hypercorn_serve(served, config, shutdown_trigger=over.wait)
    ready.cancel()


async def _announce(place: Place) -> None:
    """Written when the first request is answered, not before."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", place.port)
        except OSError:
            await asyncio.sleep(0.02)
            continue
        writer.close()
        break
    place.write()
    print(json.dumps({"endpoint": place.endpoint, "port": place.port, "pid": place.pid}), flush=True)  # noqa: T201


def _paced(place: Place) -> Assumptions:
    """Minutes of manifests are minutes, unless this place has shorter ones."""
    return replace(BRISK, minute=place.minute)


def _now() -> datetime:
    return datetime.now(UTC)
