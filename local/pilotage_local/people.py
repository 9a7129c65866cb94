"""Who is who on the laptop: the people of its chat, as a policy names them."""

from __future__ import annotations

import json

from pilotage_local.chat import Workspace
from pilotage_local.place import ACCOUNT

# Who may approve, in the order of the workspace: whoever pushes, and a second person. Everybody else may look.
_DECIDE = 2


def with_people(document: str, workspace: Workspace) -> str:
    """The policy document with the chat's people in it, what they are asked about, and where they are told.

    Only growth asks, so that a small change of a demonstration goes by itself.
    """
    deciders = [person.name for person in workspace.people[:_DECIDE]]
    people = {
        person.name: {"slack": [f"{workspace.team_id}/{person.id}"], "email": [f"{person.name}@example.com"]}
        for person in workspace.people
    }
    rooms = [channel.id for channel in workspace.channels]
    # Whoever may use the embedded AWS at all is its root; at the terminal that is the second person.
    people[deciders[-1]]["iam"] = [f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:iam::{ACCOUNT}:user/*"]
    decided = {
        "people": people,
        "groups": {"keepers": deciders},
        "approval": {
            "when": "risk",
            "points": ["growth"],
            "rule": {"groups": [{"group": "keepers"}], "break_glass": "keepers"},
        },
        "rooms": {"slack_team": workspace.team_id, "slack": rooms[0], "slack_pages": rooms[-1]},
    }
    return json.dumps({**json.loads(document), **decided}, indent=2)
