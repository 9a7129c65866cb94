"""GitHub's Deployments: the port Mirror.

Shapes: docs.github.com, REST API, "Deployments" and "Deployment statuses". Nothing is merged and no check is waited
for: what is released was built already. GitHub itself marks an earlier success in the same environment inactive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from pilotage.errors import Unavailable

if TYPE_CHECKING:
    from pilotage.chat.github_app import GitHubApp
    from pilotage.ports import Mirrored, MirrorState

LONGEST = 140  # characters of a description ("Create a deployment status")
_LOOKED_AT = 30


class GitHubMirror:
    def __init__(self, app: GitHubApp) -> None:
        self._app = app

    def open(self, repository: str, release: Mirrored) -> str:
        """The id of its deployment; one that is there already is found again, by the release in its payload."""
        found = self._found(repository, release)
        if found is None:
            found = self._app.call("POST", repository, "/deployments", _deployment(release))
        if not isinstance(found.get("id"), int):
            raise Unavailable(f"GitHub, deployments of {repository}: the answer has no id")
        return str(found["id"])

    def say(self, repository: str, deployment: str, state: MirrorState) -> None:
        body = {
            "state": state.state,
            "description": cut(state.description),
            "log_url": state.log_url,
            "auto_inactive": True,
        }
        self._app.call("POST", repository, f"/deployments/{int(deployment)}/statuses", body)

    def _found(self, repository: str, release: Mirrored) -> Any:
        query = urlencode({"sha": release.commit, "environment": release.environment, "per_page": _LOOKED_AT})
        for deployment in self._app.call("GET", repository, f"/deployments?{query}"):
            payload = deployment.get("payload")
            if isinstance(payload, dict) and payload.get("release") == release.release_id:
                return deployment
        return None


def _deployment(release: Mirrored) -> dict[str, Any]:
    return {
        "ref": release.commit,
        "task": "deploy",
        "auto_merge": False,
        "required_contexts": [],
        "environment": release.environment,
        "description": cut(release.description),
        "payload": {"release": release.release_id, "digest": release.digest},
        "transient_environment": False,
        "production_environment": False,  # GitHub leaves earlier ones of production active
    }


def cut(text: str) -> str:
    line = "".join(character for character in " ".join(text.split()) if character.isprintable())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."
