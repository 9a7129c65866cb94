"""The chat, as slack_sdk's own client sees it: what is written against it must work against Slack."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3
from fakes.chat_host import WORKSPACE, Hosted, a_card, hosted, mrkdwn
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

pytestmark = pytest.mark.enable_socket
ROOM = "C0RELEASES"


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    with hosted(tmp_path_factory.mktemp("chat")) as running:
        yield running


@pytest.fixture
def slack(chat: Hosted) -> WebClient:
    return chat.client


def refused(call: Any, **arguments: Any) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as error:
        call(**arguments)
    data = error.value.response.data
    assert isinstance(data, dict)
    return data


def test_a_card_is_posted_updated_and_read_back(slack: WebClient) -> None:
    """The whole life of a release's card: one message, changed in place."""
    posted = slack.chat_postMessage(channel="#releases", text="cats is ready", blocks=a_card())
    ts = posted["ts"]
    assert posted["channel"] == ROOM
    assert [block["type"] for block in posted["message"]["blocks"]] == ["header", "section", "input", "actions"]
    updated = slack.chat_update(channel=ROOM, ts=ts, text="cats is out", blocks=[])
    assert (updated["ts"], updated["text"]) == (ts, "cats is out")
    newest = slack.conversations_history(channel=ROOM)["messages"][0]
    assert (newest["ts"], newest["text"], "blocks" in newest) == (ts, "cats is out", False)
    assert newest["edited"]["user"] == slack.auth_test()["user_id"]


def test_an_update_of_the_text_alone_keeps_the_blocks(slack: WebClient) -> None:
    """So does Slack: buttons that should go have to be taken away."""
    ts = slack.chat_postMessage(channel=ROOM, text="a", blocks=a_card())["ts"]
    assert len(slack.chat_update(channel=ROOM, ts=ts, text="b")["message"]["blocks"]) == 4


def test_a_thread_is_its_parent_and_its_replies_in_order(slack: WebClient) -> None:
    """One thread a release; the channel shows the card alone."""
    ts = slack.chat_postMessage(channel=ROOM, text="card")["ts"]
    for text in ("10 %", "50 %"):
        slack.chat_postMessage(channel=ROOM, text=text, thread_ts=ts)
    replies = slack.conversations_replies(channel=ROOM, ts=ts)["messages"]
    assert [message["text"] for message in replies] == ["card", "10 %", "50 %"]
    newest = slack.conversations_history(channel=ROOM)["messages"][0]
    assert (newest["ts"], newest["reply_count"]) == (ts, 2)


def test_a_whisper_is_in_no_history(slack: WebClient) -> None:
    """An ephemeral message can be neither read nor changed afterwards."""
    before = slack.conversations_history(channel=ROOM)["messages"]
    ts = slack.chat_postEphemeral(channel=ROOM, user="U0PUSHER", text="not you")["message_ts"]
    assert slack.conversations_history(channel=ROOM)["messages"] == before
    assert refused(slack.chat_update, channel=ROOM, ts=ts, text="x")["error"] == "message_not_found"


def test_a_message_can_be_deleted_once(slack: WebClient) -> None:
    """The second time there is none."""
    ts = slack.chat_postMessage(channel=ROOM, text="oops")["ts"]
    slack.chat_delete(channel=ROOM, ts=ts)
    assert refused(slack.chat_delete, channel=ROOM, ts=ts)["error"] == "message_not_found"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ({"channel": ROOM}, "no_text"),
        ({"channel": ROOM, "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": ROOM, "text": "x", "blocks": "nonsense"}, "invalid_blocks_format"),
        ({"channel": ROOM, "text": "x", "thread_ts": "1.0"}, "thread_not_found"),
    ],
)
@pytest.mark.filterwarnings("ignore:The top-level `text` argument is missing")
def test_a_post_that_slack_refuses_is_refused_by_name(slack: WebClient, arguments: dict[str, Any], error: str) -> None:
    """Code that handles these errors must meet them here first."""
    assert refused(slack.chat_postMessage, **arguments)["error"] == error


def test_bad_blocks_are_refused_with_the_place(slack: WebClient) -> None:
    """`invalid_blocks` alone would leave one guessing which of twelve blocks it was."""
    data = refused(slack.chat_postMessage, channel=ROOM, text="x", blocks=[{"type": "section", "text": mrkdwn("")}])
    assert data["error"] == "invalid_blocks"
    reason = "must be more than 0 characters [json-pointer:/blocks/0/text/text]"
    assert data["errors"] == [reason]
    assert data["response_metadata"] == {"messages": [f"[ERROR] {reason}"]}


def test_an_update_takes_less_than_a_post(slack: WebClient) -> None:
    """4,000 characters against 40,000."""
    ts = slack.chat_postMessage(channel=ROOM, text="x" * 4001)["ts"]
    assert refused(slack.chat_update, channel=ROOM, ts=ts, text="x" * 4001)["error"] == "msg_too_long"


@pytest.mark.parametrize(("token", "error"), [("xoxb-another", "invalid_auth"), ("", "not_authed")])
def test_only_the_bot_of_this_workspace_gets_in(chat: Hosted, token: str, error: str) -> None:
    """A wrong secret must show on the laptop, not first in production."""
    answer = urllib3.request(
        "POST", f"{chat.url}/api/auth.test", headers={"Authorization": f"Bearer {token}"} if token else {}
    )
    assert answer.json() == {"ok": False, "error": error}


def test_a_form_with_the_token_inside_is_taken_too(chat: Hosted) -> None:
    """The way of curl, and that of older clients."""
    fields = {"token": WORKSPACE.bot_token, "channel": "releases", "blocks": '[{"type": "divider"}]'}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    url = f"{chat.url}/api/chat.postMessage"
    answer = urllib3.request("POST", url, body=urlencode(fields), headers=form).json()
    assert answer["ok"]
    assert answer["message"]["blocks"][0]["type"] == "divider"


def test_the_clients_own_handling_of_rate_limits_is_exercised(chat: Hosted, slack: WebClient) -> None:
    """429 with Retry-After, twice; the third try goes through."""
    slow = {"method": "chat.postMessage", "times": 2, "seconds": 0}
    assert urllib3.request("POST", f"{chat.url}/_chat/slow-down", json=slow).status == 200
    assert refused(slack.chat_postMessage, channel=ROOM, text="x")["error"] == "ratelimited"
    slack.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=1))
    assert slack.chat_postMessage(channel=ROOM, text="x")["ok"]


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "text/plain"}, b'{"as": "U0PUSHER"}', 400),
        ({"Content-Type": "application/json", "Origin": "https://evil.example"}, b"{}", 400),
        ({"Content-Type": "application/json"}, b"[", 400),
        ({"Content-Type": "application/json"}, b"[]", 400),
        ({"Content-Type": "application/json"}, b'{"as": "U0PUSHER", "channel": "C0RELEASES"}', 400),
        ({"Content-Type": "application/json"}, b'{"as": "U0NOBODY", "channel": "C0RELEASES"}', 400),
    ],
)
@pytest.mark.parametrize("deed", ["click", "say"])
def test_only_the_page_itself_acts_for_people(
    chat: Hosted, deed: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    """Another site in the same browser must not be able to approve a release, nor a broken request upset the chat."""
    assert urllib3.request("POST", f"{chat.url}/_chat/{deed}", headers=headers, body=body).status == status


@pytest.mark.parametrize("path", ["/", "/_chat/view", "/api/auth.test"])
def test_the_chat_answers_under_its_own_name_alone(chat: Hosted, path: str) -> None:
    """A foreign name that was made to resolve to loopback would make a foreign page the chat's own."""
    assert urllib3.request("GET", f"{chat.url}{path}", headers={"Host": "evil.example"}).status == 400


def test_the_page_is_told_no_secret_and_allowed_no_foreign_script(chat: Hosted) -> None:
    """It is shown to whoever looks over a shoulder."""
    seen = b"".join(urllib3.request("GET", f"{chat.url}{path}").data for path in ("/", "/_chat/view", "/page/chat.js"))
    assert b"Pilotage" in seen
    assert WORKSPACE.signing_secret.encode() not in seen
    assert WORKSPACE.bot_token.encode() not in seen
    policy = urllib3.request("GET", chat.url).headers["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
