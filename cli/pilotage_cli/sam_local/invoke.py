"""`sam local invoke` of one function with one event: the runtime interface emulator and the real runtime client, in a
container that reaches the embedded AWS.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from docker.errors import APIError
from pilotage_local import stack

from pilotage_cli.sam_local.image import LambdaImage

# Resolves by itself where the engine runs in a virtual machine; elsewhere it is told the bridge's address.
HOST = "host.docker.internal"
_BUILT_IMAGES = "samcli/lambda-python"  # what SAM builds from the base image and the layer
_BEING_REMOVED = {404, 409}  # somebody else was faster, or uses it
_SECONDS = 180


class InvokeFailed(Exception):
    """SAM could not run the function, or it failed; the message holds the end of what was said."""


@dataclass(frozen=True, slots=True)
class Answered:
    """`document` is what the handler returned; `milliseconds` the wall time with the start of the container."""

    document: Any
    milliseconds: int


class SamLocal:
    """`built` is the template that SAM runs; `variables` are the names that CloudFormation would fill in; `slack_api`
    is the chat's, on loopback.
    """

    def __init__(
        self,
        running: stack.Running,
        image: LambdaImage,
        built: Path,
        folder: Path,
        variables: Mapping[str, str],
        slack_api: str,
    ) -> None:
        self._running, self._image, self._built, self._folder = running, image, built, folder
        self._before, self._fresh = self._built_images(), True
        (folder / "events").mkdir(parents=True, exist_ok=True)
        # The endpoint, too: a variable of SAM's own environment outranks the template's, and is outranked by these.
        own = {
            **variables,
            "AWS_ENDPOINT_URL": f"http://{HOST}:{running.port}",
            "PILOTAGE_SLACK_API": urlsplit(slack_api)._replace(netloc=f"{HOST}:{urlsplit(slack_api).port}").geturl(),
        }
        (folder / "variables.json").write_text(json.dumps({"Parameters": own}))

    def command(self, function: str, event: Path) -> list[str]:
        """The whole command line, as a person could give it."""
        bridge = self._running.bridge
        return [
            *(str(Path(sys.executable).parent / "sam"), "local", "invoke", function),
            *("--event", str(event), "--template-file", str(self._built)),
            *("--env-vars", str(self._folder / "variables.json"), "--skip-pull-image"),
            *("--layer-cache-basedir", str(self._folder / "layers")),
            *("--parameter-overrides", f"Architecture={self._image.architecture}"),
            *(("--add-host", f"{HOST}:{bridge}") if bridge else ()),
        ]

    def invoke(self, function: str, name: str, event: Mapping[str, Any]) -> Answered:
        """Raises InvokeFailed. The event is kept as `events/NAME.json` in the folder."""
        path = self._folder / "events" / f"{name}.json"
        path.write_text(json.dumps(event, indent=2) + "\n")
        began = time.monotonic()
        try:
            ended = subprocess.run(  # noqa: S603 - the SAM CLI of this environment
                [*self.command(function, path), *(["--force-image-build"] if self._fresh else [])],
                cwd=self._folder,
                env=stack.child_environment(self._running.endpoint),
                capture_output=True,
                text=True,
                check=False,
                timeout=_SECONDS,
            )
        except subprocess.TimeoutExpired as late:
            raise InvokeFailed(f"no answer within {_SECONDS} s") from late
        self._fresh = False
        taken = round((time.monotonic() - began) * 1000)
        (self._folder / "events" / f"{name}.log").write_text(ended.stderr)
        return Answered(_answer(ended), taken)

    def close(self) -> None:
        """Remove the images that SAM built for these calls."""
        images = self._image.engine.client.images
        for image in self._built_images() - self._before:
            try:
                images.remove(image, force=True)
            except APIError as error:
                if error.status_code not in _BEING_REMOVED:
                    raise

    def _built_images(self) -> set[str]:
        return {str(image.id) for image in self._image.engine.client.images.list(_BUILT_IMAGES)}


def _answer(ended: subprocess.CompletedProcess[str]) -> Any:
    """The last line of standard output; a failure is told there, too, with exit code 0 (`sam local invoke`)."""
    last = ended.stdout.strip().rpartition("\n")[2]
    if ended.returncode:
        raise InvokeFailed(f"sam ended with {ended.returncode}: {_end_of(ended.stderr)}")
    try:
        document = json.loads(last)
    except ValueError as error:
        raise InvokeFailed(f"no JSON answer but {last!r}: {_end_of(ended.stderr)}") from error
    if isinstance(document, dict) and "errorType" in document:
        raise InvokeFailed(f"{document['errorType']}: {document.get('errorMessage')}")
    return document


def _end_of(text: str) -> str:
    return " / ".join(line for line in text.splitlines()[-6:] if line.strip())


def with_layer(built: Path, layer: str) -> Path:
    """The template that `sam build` wrote with the layer by the ARN of the version that was deployed: SAM makes the
    image of a layer by ARN once, and that of a layer inside the template at every call.
    """
    document = yaml.safe_load(built.read_text())
    document["Globals"]["Function"]["Layers"] = [layer]
    beside = built.with_name("template.sam-local.yaml")
    beside.write_text(yaml.safe_dump(document, sort_keys=False))
    return beside
