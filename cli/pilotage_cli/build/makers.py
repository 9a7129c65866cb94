"""The two makers of images, each with the registry that it pushes to."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from pilotage.errors import AccessDenied, BadImage, BadRequest

from pilotage_cli.build.context import layer_of
from pilotage_cli.build.dockerfile import SCRATCH, Recipe, read_dockerfile
from pilotage_cli.build.engine import Docker
from pilotage_cli.build.oci import Image, image_of
from pilotage_cli.build.order import Made, Order
from pilotage_cli.build.registry import Registry
from pilotage_cli.build.units import DOCKERFILE

DEFAULT_PLATFORM = "linux/amd64"


class EngineMaker:
    """Builds with Docker."""

    def __init__(self, docker: Docker, registry: Registry | None) -> None:
        self._docker, self._registry = docker, registry

    def check(self, order: Order) -> None:
        if self._registry is not None:
            with contextlib.suppress(AccessDenied):  # Docker may be logged in where we are not
                self._registry.check(order.repository, order.tags[0])

    def make(self, order: Order) -> Made:
        if len(order.platforms) <= 1:
            self._docker.build(order)
        return Made(None)

    def push(self, order: Order) -> str:
        if len(order.platforms) > 1:
            return self._docker.build_and_push(order)
        pushed = {self._docker.push(name) for name in order.names}
        return self._confirmed(order, pushed.pop())

    def _confirmed(self, order: Order, pushed: str) -> str:
        """The registry's own answer for the first tag. Where only Docker is logged in, its word counts."""
        if self._registry is None:
            return pushed
        try:
            known = self._registry.digest(order.repository, order.tags[0])
        except AccessDenied:
            return pushed
        if known != pushed:
            raise BadImage(f"the tag {order.names[0]}", known, f"Somebody else moved it while {pushed} was pushed.")
        return pushed


class PlainMaker:
    """Makes an image from the instructions that need no engine, and pushes it over the registry protocol."""

    def __init__(self, registry: Registry | None, progress: Callable[[str], None]) -> None:
        self._registry, self._progress = registry, progress
        self._made: dict[str, Image] = {}

    def check(self, order: Order) -> None:
        _recipe(order)
        if self._registry is not None:
            self._registry.check(order.repository, order.tags[0])

    def make(self, order: Order) -> Made:
        recipe = _recipe(order)
        complete = recipe.base == SCRATCH
        if not complete:
            self._progress(f"  the base {recipe.base} is recorded, not carried: a container cannot run from this alone")
        layer = layer_of(order.folder, recipe.steps)
        image = image_of(recipe, layer, order.labels, order.created, order.platforms or (DEFAULT_PLATFORM,))
        self._made[order.repository] = image
        return Made(image.top.digest, complete)

    def push(self, order: Order) -> str:
        if self._registry is None:
            raise BadRequest("the registry", None, "A push needs one: --registry HOST.")
        self._registry.push(order.repository, order.tags, self._made[order.repository])
        return self._registry.digest(order.repository, order.tags[0])


def _recipe(order: Order) -> Recipe:
    return read_dockerfile((order.folder / DOCKERFILE).read_text(encoding="utf-8"), order.build_args)
