"""The Lambda image of this host's processor, with the runtime that template.yaml names."""

from __future__ import annotations

from dataclasses import dataclass

from docker.errors import DockerException, ImageNotFound
from pilotage_local import engine
from pilotage_local.engine import Engine
from requests.exceptions import RequestException

RUNTIME = "python3.13"  # of template.yaml; a test holds the two together
_REPOSITORY = "public.ecr.aws/lambda/python"
_ARM = {"aarch64", "arm64"}


class CannotRun(Exception):
    """Something that `sam local` needs cannot be had here; the sentence says what, and the remedy."""


@dataclass(frozen=True, slots=True)
class LambdaImage:
    """`architecture` as the template's parameter of that name has it."""

    engine: Engine
    name: str
    architecture: str


def lambda_image() -> LambdaImage:
    """The image, pulled where it is missing. Raises CannotRun."""
    found = engine.find()
    if found is None:
        raise CannotRun("No Docker engine answers, and `sam local` needs one: start it, or let DOCKER_HOST name it.")
    architecture = "arm64" if found.client.info()["Architecture"] in _ARM else "x86_64"
    tag = f"{RUNTIME.removeprefix('python')}-{architecture}"
    _have(found, tag)
    return LambdaImage(found, f"{_REPOSITORY}:{tag}", architecture)


def _have(found: Engine, tag: str) -> None:
    name = f"{_REPOSITORY}:{tag}"
    try:
        found.client.images.get(name)
    except ImageNotFound:
        try:
            found.client.images.pull(_REPOSITORY, tag=tag)
        except (DockerException, RequestException) as error:
            raise CannotRun(
                f"The image {name}, in which `sam local` runs the functions, is not here and cannot be pulled "
                f"({error}): `docker pull` it where the network allows, or `docker load` a saved one."
            ) from error
