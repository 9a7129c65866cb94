"""`make events`: the signed messages of events/, as an HTTP API gives them to a function (payload format 2.0).

The secrets are nobody's. A message is good for five minutes: `signed(name, now)` signs one anew, and
`signed(name, now, {RELEASE: ..., PLAN: ...})` one about another release.
Bodies are shaped as the senders document them: Slack's "block_actions payload" and "Slash commands", Teams' "Create an
outgoing webhook", GitHub's `deployment_review`, and our own POST /v1/decisions.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from pilotage.signatures import github, slack, standard, teams

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
_SAID = "2026-11-23T11:59:59"
_WEBHOOK_SECRET = "whsec_" + b64encode(b"fake secret of nobody, for tests").decode()
SECRETS: Mapping[str, Mapping[str, Any]] = {
    "slack": {"signing_secret": "fake-signing-secret-of-nobody", "bot_token": "fake-bot-token"},
    "teams": {
        "security_token": b64encode(b"fake token of nobody, for tests").decode(),
        "workflow_url": "https://workflow.example/fake",
    },
    "github": {"webhook_secret": "fake-webhook-secret-of-nobody"},
    "webhooks": {"senders": {"pager": _WEBHOOK_SECRET}, "subscriber": _WEBHOOK_SECRET},
}
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_API = "abcdefghij"
_TEAM = {"id": "T0000FAKE", "domain": "harbour"}
RELEASE, PLAN = "dev-cats-4d3c2b1a-0123456789ab", "3f9a2c1b7d5e"
_ACTION = {
    "type": "block_actions",
    "user": {"id": "U0000ANNA", "username": "anna", "name": "anna", "team_id": _TEAM["id"]},
    "api_app_id": "A0000FAKE",
    "token": "deprecated-and-fake",
    "container": {
        "type": "message",
        "message_ts": "1795435190.000100",
        "channel_id": "C0000FAKE",
        "is_ephemeral": False,
    },
    "trigger_id": "1111111111.2222222222.fake",
    "team": _TEAM,
    "channel": {"id": "C0000FAKE", "name": "releases"},
    "message": {"type": "message", "ts": "1795435190.000100", "text": "cats v2 to dev asks for a decision"},
    "state": {"values": {}},
    "response_url": "https://hooks.slack.com/actions/T0000FAKE/1111111111/fake",
    "actions": [
        {
            "type": "button",
            "block_id": "decide",
            "action_id": "approve",
            "text": {"type": "plain_text", "text": "Approve"},
            "value": json.dumps({"v": "approve", "t": "dev/cats", "r": RELEASE, "b": PLAN}, separators=(",", ":")),
            "action_ts": "1795435199.000200",
        }
    ],
}
_COMMAND = {
    "token": "deprecated-and-fake",
    "team_id": _TEAM["id"],
    "team_domain": _TEAM["domain"],
    "channel_id": "C0000FAKE",
    "channel_name": "releases",
    "user_id": "U0000ANNA",
    "user_name": "anna",
    "command": "/pilotage",
    "text": "status dev/cats",
    "api_app_id": "A0000FAKE",
    "response_url": "https://hooks.slack.com/commands/T0000FAKE/3333333333/fake",
    "trigger_id": "3333333333.2222222222.fake",
}
_MENTION = {
    "type": "message",
    "id": "1795435199000",
    "timestamp": f"{_SAID}.000Z",
    "serviceUrl": "https://smba.trafficmanager.net/emea/",
    "channelId": "msteams",
    "from": {"id": "29:fake", "name": "anna", "aadObjectId": "00000000-0000-4000-8000-0000000000aa"},
    "conversation": {
        "isGroup": True,
        "id": "19:fake@thread.tacv2;messageid=1795435199000",
        "conversationType": "channel",
    },
    "recipient": None,
    "textFormat": "plain",
    "text": "<at>Pilotage</at> status dev/cats\n",
    "channelData": {
        "teamsChannelId": "19:fake@thread.tacv2",
        "teamsTeamId": "19:fake@thread.tacv2",
        "tenant": {"id": "00000000-0000-4000-8000-0000000000cc"},
    },
}
_REVIEW = {
    "action": "approved",
    "approver": {"login": "anna", "id": 1, "type": "User"},
    "comment": f"dev/cats {PLAN} ship it",
    "reviewers": [{"type": "User", "reviewer": {"login": "anna", "id": 1}}],
    "since": f"{_SAID}Z",
    "workflow_job_run": {"id": 1, "environment": "dev", "status": "completed", "conclusion": "success"},
    "repository": {"id": 1, "name": "cats", "full_name": "harbour/cats"},
    "sender": {"login": "anna", "id": 1},
}
_DECISION = {
    "decision": "reject",
    "target": "dev/cats",
    "release": RELEASE,
    "binding": PLAN,
    "reason": "the pager rings already",
}

Signer = Callable[[bytes, datetime], Mapping[str, str]]


def _by_slack(body: bytes, at: datetime) -> Mapping[str, str]:
    return {"content-type": _FORM, **slack.sign(body, SECRETS["slack"]["signing_secret"], at)}


def _by_teams(body: bytes, at: datetime) -> Mapping[str, str]:
    return {"content-type": _JSON, **teams.sign(body, SECRETS["teams"]["security_token"], at)}


def _by_github(body: bytes, at: datetime) -> Mapping[str, str]:
    delivery = {"x-github-event": "deployment_review", "x-github-delivery": "00000000-0000-4000-8000-000000000001"}
    return {"content-type": _JSON, **delivery, **github.sign(body, SECRETS["github"]["webhook_secret"], at)}


def _by_pager(body: bytes, at: datetime) -> Mapping[str, str]:
    return {"content-type": _JSON, "webhook-sender": "pager", **standard.sign(body, _WEBHOOK_SECRET, at, "msg_fake1")}


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


# By the event's file: where it goes, what it says and who signs it.
MESSAGES: Mapping[str, tuple[str, str, Signer]] = {
    "receive_message_slack_action": ("/slack/actions", urlencode({"payload": _json(_ACTION)}), _by_slack),
    "receive_message_slack_command": ("/slack/commands", urlencode(_COMMAND), _by_slack),
    "receive_message_teams": ("/teams", _json(_MENTION), _by_teams),
    "receive_message_github": ("/github", _json(_REVIEW), _by_github),
    "receive_message_decision": ("/v1/decisions", _json(_DECISION), _by_pager),
}


def signed(name: str, at: datetime = AT, instead: Mapping[str, str] = MappingProxyType({})) -> dict[str, Any]:
    """The event of that name, said a second before `at` and signed then. Forms are in base64, as API Gateway passes on
    what may be binary.

    `instead`: what stands in the body in place of words of it, of letters that a form leaves as they are.
    """
    path, text, sign = MESSAGES[name]
    for word, other in {_SAID: f"{at - timedelta(seconds=1):%Y-%m-%dT%H:%M:%S}", **instead}.items():
        text = text.replace(word, other)
    body = text.encode()
    headers = dict(sorted({"host": f"{_API}.execute-api.us-east-1.amazonaws.com", **sign(body, at)}.items()))
    is_form = headers["content-type"] == _FORM
    return {
        "version": "2.0",
        "routeKey": f"POST {path}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": _context(path, headers["host"], at),
        "body": b64encode(body).decode() if is_form else text,
        "isBase64Encoded": is_form,
    }


def _context(path: str, host: str, at: datetime) -> dict[str, Any]:
    return {
        "accountId": "123456789012",
        "apiId": _API,
        "domainName": host,
        "domainPrefix": _API,
        "http": {
            "method": "POST",
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": "192.0.2.1",
            "userAgent": "nobody/1.0",
        },
        "requestId": "fakeRequest=",
        "routeKey": f"POST {path}",
        "stage": "$default",
        "time": f"{at:%d/%b/%Y:%H:%M:%S +0000}",
        "timeEpoch": int(at.timestamp() * 1000),
    }


def write(folder: Path) -> None:
    for name in MESSAGES:
        (folder / f"{name}.json").write_text(json.dumps(signed(name), indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    write(Path("events"))
