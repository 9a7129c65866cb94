"""Puts the embedded AWS together: MiniStack, what it lacks, the ECS model and who runs its tasks; then serves it.

Import this only after MiniStack's settings stand in the environment (see `server`).
"""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config
from ministack import app as ministack
from ministack.core import lambda_runtime

from pilotage_local.balancing.probing import ask
from pilotage_local.ecs import BRISK, EcsModel
from pilotage_local.engine import Engine
from pilotage_local.pages import with_pages
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
    iam_simulation,
    invocations,
    lambda_concurrency,
    lambda_errors,
    load_balancer,
    load_balancer_groups,
    metric_data,
    scheduler_ecs_target,
    token_failures,
)
from pilotage_local.patches.alarms import Alarms
from pilotage_local.patches.balancer import LoadBalancer
from pilotage_local.patches.call_recorder import Recorder
from pilotage_local.patches.doors import Doors
from pilotage_local.patches.ecs_control_plane import ControlPlane, Telling
from pilotage_local.patches.injections import Injections
from pilotage_local.patches.lambda_hooks import LambdaHooks
from pilotage_local.patches.scaler import Scaler
from pilotage_local.place import Place
from pilotage_local.scaling.store import Store
from pilotage_local.tasks.docker_tasks import DockerTasks
from pilotage_local.tasks.simulated import SimulatedTasks

_GRACE_SECONDS = 2.0
_THREADS = 64


async def serve(place: Place, engine: Engine | None, sockets: list[socket.socket], concurrency: int) -> None:
    """Until SIGTERM or SIGINT. `concurrency`: calls at once of one function."""
    recorder = Recorder(place.state_dir / "calls.jsonl")
    tasks = DockerTasks(engine, place, _now) if engine else SimulatedTasks(_now)
    balancer = LoadBalancer(place, tasks, ask)
    alarms = Alarms(place, balancer.tell)
    told = Telling(place)
    model = EcsModel(
        _now,
        tasks,
        told.emit,
        place.account,
        place.region,
        assumptions=replace(BRISK, minute=place.minute),
        seed=place.instance,
        hooks=LambdaHooks(place),
        alarms=alarms,
        balancer=balancer,
    )
    lock = threading.RLock()
    injections = told.injections = balancer.injections = Injections(model.faults, lock)
    control_plane = ControlPlane(model, place, lock, injections)
    store = Store(place.account, place.region)
    scaler = Scaler(place, store, balancer.tell)
    assemble(place, recorder, concurrency, store)
    load_balancer.apply(balancer)
    metric_data.apply(place, balancer.tell)
    alarms.apply()
    control_plane.apply()
    scaler.start()
    try:
        await _listen(place, sockets, with_pages(ministack.app, recorder, Doors(place), injections))
    finally:
        scaler.close()
        control_plane.close()
        alarms.close()
        balancer.close()
        tasks.close()
        lambda_runtime.reset()


def assemble(place: Place, recorder: Recorder, concurrency: int, store: Store) -> None:
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
    iam_simulation.apply()
    load_balancer_groups.apply()
    lambda_errors.apply()
    token_failures.apply()
    lambda_concurrency.apply(concurrency)
    application_autoscaling.apply(store)
    call_recorder.apply(recorder)
    invocations.apply(recorder)


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


def _now() -> datetime:
    return datetime.now(UTC)
