"""The order of a build: everything is read and checked first, then everything is made, then pushed.

What can be wrong in what people wrote is found before the first image is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar
from urllib.parse import urlsplit

from pilotage.errors import BadRequest, NotFound

from pilotage_cli.build.credentials import ecr_credentials, ecr_region
from pilotage_cli.build.dockerfile import SCRATCH, read_dockerfile
from pilotage_cli.build.engine import Docker, find_docker
from pilotage_cli.build.labels import labels_of
from pilotage_cli.build.makers import EngineMaker, PlainMaker
from pilotage_cli.build.manifest import label_text, read_manifest
from pilotage_cli.build.options import BuildOptions, Built, Engine
from pilotage_cli.build.order import Made, Maker, Order
from pilotage_cli.build.registry import Registry, address_of
from pilotage_cli.build.source import folder_of, head, pusher, read_source, repository_name, tag_of
from pilotage_cli.build.units import DOCKERFILE, MANIFEST_FILE, Unit, find_units

Progress = Callable[[str], None]
T = TypeVar("T")

# The grammar of a tag in the OCI distribution spec.
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


def build(options: BuildOptions, progress: Progress) -> list[Built]:
    """Build every image that the options name, and push them when they say so. `progress` gets one line at a time.

    Raises BadRequest, BadManifest and BadImage for what somebody has to change; AccessDenied and Unavailable when the
    registry does not let us or does not answer.
    """
    only = folder_of(options.ref, options.directory)
    tags = options.tags or (tag_of(options.ref, head(options.directory, options.commit), only),)
    _check(options, tags)
    name = options.repository or repository_name(options.directory)
    units = find_units(options.directory, name, every=options.every, only=only)
    # Beside other images it would differ with every pusher, and release services that the push left alone.
    pushed_by = pusher(options.directory) if len(units) == 1 else None
    orders = [_order(unit, tags, options, pushed_by) for unit in units]
    maker = _maker(options, orders, progress)
    for order in orders:
        _named(order, maker.check)
    made = [_make(maker, order, options, progress) for order in orders]
    return [_finish(maker, order, one, options, progress) for order, one in zip(orders, made, strict=True)]


def _check(options: BuildOptions, tags: Sequence[str]) -> None:
    if options.push and not options.registry:
        raise BadRequest("the registry", options.registry, "A push needs one: --registry HOST.")
    for tag in tags:
        if not _TAG.fullmatch(tag):
            raise BadRequest("the tag", tag, "A tag holds letters, digits, _ . - and at most 128 of them.")
    if len(options.platforms) > 1 and not options.push:
        raise BadRequest(
            "the platforms", ",".join(options.platforms), "Several at once can only be pushed: add --push."
        )


def _order(unit: Unit, tags: tuple[str, ...], options: BuildOptions, pushed_by: str | None) -> Order:
    file = unit.folder / MANIFEST_FILE
    manifest = read_manifest(file) if file.is_file() else None
    source = read_source(unit.folder, options.commit, options.source)
    return Order(
        folder=unit.folder,
        host=urlsplit(address_of(options.registry)).netloc if options.registry else None,
        repository=unit.repository,
        tags=tags,
        labels=labels_of(source, None if manifest is None else label_text(manifest), options.version, pushed_by),
        build_args=options.build_args,
        platforms=options.platforms,
        created=source.created,
        manifest=manifest,
    )


def _maker(options: BuildOptions, orders: Sequence[Order], progress: Progress) -> Maker:
    """The engine that was asked for. `auto` does without one only where that changes nothing for whoever runs it."""
    docker = None if options.engine is Engine.NONE else find_docker(progress)
    if docker is not None:
        return EngineMaker(docker, _registry(options, docker))
    if options.engine is Engine.DOCKER:
        raise BadRequest("the engine", "docker", "No Docker engine answers: start one, or say --engine none.")
    if options.engine is Engine.AUTO:
        _refuse_bases(orders)
    return PlainMaker(_registry(options, None), progress)


def _refuse_bases(orders: Sequence[Order]) -> None:
    for order in orders:
        base = read_dockerfile((order.folder / DOCKERFILE).read_text(encoding="utf-8"), order.build_args).base
        if base != SCRATCH:
            remedy = "No Docker engine answers to build on it: start one, or say --engine none to only record its name."
            raise BadRequest(f"the base image of {order.repository}", base, remedy)


def _registry(options: BuildOptions, docker: Docker | None) -> Registry | None:
    """The registry to push to, with ECR's own login where its host is ECR's."""
    if not options.push or not options.registry:
        return None
    address = address_of(options.registry)
    host = urlsplit(address).netloc
    region = ecr_region(host)
    if region is None:
        return Registry(address)
    credentials = ecr_credentials(region)
    if docker is not None:
        docker.login(host, credentials)
    return Registry(address, credentials.header)


def _make(maker: Maker, order: Order, options: BuildOptions, progress: Progress) -> Made:
    progress(f"building {order.names[0]} ({order.folder.relative_to(options.directory)}/)")
    return maker.make(order)


def _finish(maker: Maker, order: Order, made: Made, options: BuildOptions, progress: Progress) -> Built:
    if options.push:
        progress(f"pushing {', '.join(order.names)}")
        made = replace(made, digest=_named(order, maker.push))
    image = f"{order.place}@{made.digest}" if made.digest else order.names[0]
    progress(f"{'pushed' if options.push else 'built'} {image}")
    return Built(order.repository, order.tags, made.digest, image, order.manifest, made.complete)


def _named(order: Order, call: Callable[[Order], T]) -> T:
    try:
        return call(order)
    except NotFound as error:
        remedy = (
            "The registry has none of that name: create it, with the tag pilotage:enabled = true to have it released."
        )
        raise BadRequest("the repository", order.place, remedy) from error
