"""What a demonstration or a working day needs: foundation, stack and policy on the embedded AWS, and the chat."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pilotage_local import chat
from pilotage_local.chat import Chat, Links
from pilotage_local.foundation import filled_policy, foundation, upload_policy
from pilotage_local.people import with_people
from pilotage_local.sam import building, deploy_built
from pilotage_local.stack import client

ENVIRONMENT = "dev"


@dataclass(frozen=True, slots=True)
class Home:
    """Outputs of the two stacks, by their keys, and the chat that the stack talks to."""

    foundation: Mapping[str, str]
    outputs: Mapping[str, str]
    chat: Chat


def settle(endpoint: str, project: Path, state_dir: Path) -> Home:
    """Deploy both stacks, publish the example's policy, and start the chat, linked to the stack. Idempotent. Raises
    DidNotStart.

    The foundation is deployed while the functions are built.
    """
    examples = project / "examples" / "foundation"
    template, build_dir = project / "template.yaml", (state_dir / "sam").resolve()
    with building(endpoint, template, build_dir):
        made = foundation(endpoint, examples)
        talk = chat.start(state_dir)
        share_secrets(endpoint, stack_name(project), talk)
    outputs = deploy_built(endpoint, template, build_dir, {"SlackApiUrl": talk.api_url})
    chat.link(state_dir, links(outputs))
    document = filled_policy((examples / "policy.dev.json").read_text(), made)
    upload_policy(endpoint, outputs["PolicyBucketName"], ENVIRONMENT, with_people(document, talk.workspace))
    return Home(made, outputs, talk)


def stack_name(project: Path) -> str:
    """Of samconfig.toml's section `embedded`."""
    section = tomllib.loads((project / "samconfig.toml").read_text())["embedded"]
    return str(section["deploy"]["parameters"]["stack_name"])


def share_secrets(endpoint: str, stack: str, talk: Chat) -> None:
    """Put what the chat signs with, and the token that it takes, where the stack's functions read them."""
    secrets = client("secretsmanager", endpoint)
    name = f"{stack}/slack"
    held = {"signing_secret": talk.workspace.signing_secret, "bot_token": talk.workspace.bot_token}
    try:
        secrets.put_secret_value(SecretId=name, SecretString=json.dumps(held))
    except secrets.exceptions.ResourceNotFoundException:
        secrets.create_secret(Name=name, SecretString=json.dumps(held))


def links(outputs: Mapping[str, str]) -> Links | None:
    """Where the stack's HTTP API listens for Slack; None when it has no output ApiUrl."""
    api = outputs.get("ApiUrl")
    return None if api is None else Links(f"{api}/slack/actions", f"{api}/slack/commands")
