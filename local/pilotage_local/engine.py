"""The Docker engine, when one answers."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

import docker
from docker.errors import APIError, DockerException
from requests.exceptions import RequestException

_BEING_REMOVED = {404, 409}  # somebody else was faster
_SOCKET = "unix://"
_USUAL_HOST = f"{_SOCKET}/var/run/docker.sock"
INSTANCE_LABEL = "dev.pilotage.embedded"


@dataclass(frozen=True, slots=True)
class Engine:
    """`bridge` is the host's address on the default bridge network; None when this host does not own it (a Docker
    engine in a virtual machine).
    """

    client: Any
    bridge: str | None


def find() -> Engine | None:
    """The engine that the environment names (DOCKER_HOST, or the default socket); None when none answers."""
    if not _somebody_listens(os.environ.get("DOCKER_HOST") or _USUAL_HOST):
        return None
    try:
        client = docker.from_env(timeout=30)
        client.ping()
        network = client.networks.get("bridge")
    except (DockerException, RequestException):
        return None
    return Engine(client, _gateway((network.attrs.get("IPAM") or {}).get("Config") or []))


def _somebody_listens(host: str) -> bool:
    """False for a socket file that nobody answers on: asked here, since docker-py leaves such a socket unclosed."""
    if not host.startswith(_SOCKET):
        return True
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as there:
        try:
            there.connect(host.removeprefix(_SOCKET))
        except OSError:
            return False
    return True


def _gateway(settings: list[dict[str, str]]) -> str | None:
    """The host's address on the network: the one named, or, as the engine chooses by itself, the subnet's first."""
    for entry in settings:
        if "Gateway" in entry:
            return entry["Gateway"]
        if "Subnet" in entry and ":" not in entry["Subnet"]:
            return str(ip_network(entry["Subnet"])[1])
    return None


def remove_containers(engine: Engine, instance: str) -> int:
    """Remove what a server of that name started; how many there were."""
    ours = engine.client.containers.list(all=True, filters={"label": f"{INSTANCE_LABEL}={instance}"})
    for container in ours:
        try:
            container.remove(force=True, v=True)
        except APIError as error:
            if error.status_code not in _BEING_REMOVED:
                raise
    return len(ours)


def remove_images(engine: Engine, registry: str) -> int:
    """Remove the names of all images of that registry, and with the last name the image; how many names there were."""
    images = engine.client.images.list(filters={"reference": f"{registry}/*"})
    names = [
        name
        for image in images
        for name in (*image.attrs.get("RepoTags", ()), *image.attrs.get("RepoDigests", ()))
        if name.startswith(f"{registry}/")
    ]
    for name in names:
        try:
            engine.client.images.remove(name)
        except APIError as error:
            if error.status_code not in _BEING_REMOVED:
                raise
    return len(names)
