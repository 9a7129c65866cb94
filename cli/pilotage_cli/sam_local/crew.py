"""Who is who in the events: the chat's workspace, the policy's people, and the secrets that messages are signed with.

Bert pushes, and whatever he pushes asks for one of the keepers.
"""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass
from urllib.parse import urlsplit

import urllib3
from pilotage_local.chat import Channel, Chat, Person, Workspace
from pilotage_local.foundation import upload_policy
from pilotage_local.home import ENVIRONMENT
from pilotage_local.place import ACCOUNT
from pilotage_local.stack import client
from slack_sdk import WebClient

from pilotage_cli.sam_local.harbour import STACK
from pilotage_cli.sam_local.messages import SECRETS

DASHBOARD = "whsec_" + b64encode(b"fake-secret-of-a-dashboard").decode()
_TEAM, _ANNA, _ROOM = "T0000FAKE", "U0000ANNA", "C0000FAKE"
_PUSHER = "pusher@example.com"  # who commits in the workshop


def workspace() -> Workspace:
    """That of the signed messages in events/."""
    return Workspace(
        team_id=_TEAM,
        channels=(Channel(_ROOM, "releases"), Channel("C0000PAGE", "on-call")),
        people=(Person(_ANNA, "anna"), Person("U0000BERT", "bert")),
        signing_secret=SECRETS["slack"]["signing_secret"],
        bot_token=SECRETS["slack"]["bot_token"],
    )


def with_crew(document: str) -> str:
    """The policy document with the people of the events, who are asked about everything."""
    people = {
        "anna": {
            "slack": [f"{_TEAM}/{_ANNA}"],
            "teams": ["00000000-0000-4000-8000-0000000000cc/00000000-0000-4000-8000-0000000000aa"],
            "github": ["anna"],
            "iam": [f"arn:aws:iam::{ACCOUNT}:user/anna"],
        },
        "bert": {"slack": [f"{_TEAM}/U0000BERT"], "email": [_PUSHER]},
        "pager": {"webhook": ["pager"]},
    }
    decided = {
        "people": people,
        "groups": {"keepers": ["anna", "pager"]},
        "approval": {"when": "always", "rule": {"groups": [{"group": "keepers"}]}},
        "rooms": {"slack_team": _TEAM, "slack": _ROOM},
    }
    return json.dumps({**json.loads(document), **decided})


def seen_from_containers(document: str, host: str) -> str:
    """The policy document with the test URLs of its routes as a container reaches them: loopback is its own there."""
    policy = json.loads(document)
    for route in policy["routing"].values():
        url = urlsplit(route["test_url"])
        route["test_url"] = url._replace(netloc=f"{host}:{url.port}").geturl()
    return json.dumps(policy)


def settle(endpoint: str, bucket: str, host: str) -> None:
    """The people go into the policy that is there; what the other chats and systems sign with, beside the local one.
    `host`: the name by which containers reach this machine.
    """
    policy = (
        client("s3", endpoint).get_object(Bucket=bucket, Key=f"policies/{ENVIRONMENT}.json")["Body"].read().decode()
    )
    upload_policy(endpoint, bucket, ENVIRONMENT, with_crew(seen_from_containers(policy, host)))
    webhooks = {**SECRETS["webhooks"], "senders": {**SECRETS["webhooks"]["senders"], "dashboard": DASHBOARD}}
    for name in ("teams", "github", "webhooks"):
        held = webhooks if name == "webhooks" else SECRETS[name]
        client("secretsmanager", endpoint).create_secret(Name=f"{STACK}/{name}", SecretString=json.dumps(held))


@dataclass(frozen=True, slots=True)
class Room:
    """What anna sees in the chat."""

    chat: Chat

    def cards(self) -> list[str]:
        """The texts of what Pilotage posted to the channel, the oldest first."""
        slack = WebClient(token=self.chat.workspace.bot_token, base_url=self.chat.api_url)
        history = slack.conversations_history(channel=_ROOM)
        return [str(message["text"]) for message in reversed(history["messages"])]

    def whispers(self) -> list[str]:
        """What was told to her eyes alone."""
        seen = urllib3.request("GET", f"{self.chat.url}/_chat/view", fields={"as": _ANNA}).json()
        said = [message for channel in seen["channels"] for message in channel["messages"] if message["private"]]
        return ["".join(span.get("text", "") for span in message["spans"]) for message in said]
