"""Each chat's messages, in the shapes that their documentation gives: who, where, and what was asked."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fakes import spoken
from fakes.spoken import Change
from hypothesis import given
from hypothesis import strategies as st
from pilotage.command import Command, CommandVerb, ReplyTo
from pilotage.errors import BadRequest
from pilotage.incoming import hear
from pilotage.incoming.heard import Heard
from pilotage.people import Channel, Identity
from pilotage.raw_message import RawMessage
from pilotage.stops import Scope

pytestmark = pytest.mark.disable_socket

CATS = Scope("dev", "cats")
PLAN, RELEASE = "3f9a2c1b7d5e", "dev-cats-aaaaaaaa-0123456789ab"
KIM_IN_SLACK = Identity(Channel.SLACK, "T1DC2JH3J/U2CERLKJA")
KIM_AT_GITHUB = Identity(Channel.GITHUB, "kim-cats")
TENANT, KIM = "72f988bf-86f1-41af-91ab-2d7cd011db47", "9d3e08f9-a7ae-43aa-a4d3-de3f319a8a9c"


def heard(raw: RawMessage) -> Heard:
    found = hear(raw)
    assert found is not None
    return found


def asked(raw: RawMessage) -> Command:
    command = heard(raw).asked
    assert isinstance(command, Command), command
    return command


def put(*path: Any, value: Any) -> Change:
    """Puts `value` at the end of this path of a payload."""

    def change(document: dict[str, Any]) -> None:
        *outer, last = path
        place: Any = document
        for key in outer:
            place = place[key]
        place[last] = value

    return change


def test_a_button_says_who_pressed_it_and_what_it_is_bound_to() -> None:
    """A click on one card decides nothing about another: verb, service, release and plan travel in the button."""
    assert heard(spoken.clicked()) == Heard(
        KIM_IN_SLACK,
        Command(CommandVerb.APPROVE, CATS, RELEASE, PLAN, reason="the fair & the database"),
        ReplyTo("C0DEPLOYS1", "U2CERLKJA", "1763899200.000100"),
    )


def test_the_reason_to_reject_is_chosen_or_typed_on_the_card() -> None:
    """No modal: its trigger dies after three seconds. A reason chosen to reject is no reason of an approval."""
    assert asked(spoken.clicked(v="reject")).reason == "Not now: the fair & the database"
    nothing_typed = put("state", "values", "why", "typed", "value", value=None)
    assert asked(spoken.clicked(nothing_typed, v="reject")).reason == "Not now"
    assert asked(spoken.clicked(nothing_typed)).reason == ""
    nothing_chosen = put("state", "values", "why", "chosen", "selected_option", value=None)
    assert asked(spoken.clicked(nothing_chosen, v="reject")).reason == "the fair & the database"


def test_rejecting_without_a_reason_is_answered_with_what_is_missing() -> None:
    """Whoever pushed has to learn why."""
    mistake = heard(spoken.clicked(put("state", value=None), v="reject")).asked
    assert isinstance(mistake, BadRequest)
    assert "reason of reject" in str(mistake)


def test_a_button_may_break_the_glass() -> None:
    """Only a literal true does."""
    assert asked(spoken.clicked(g=True)).break_glass
    assert not asked(spoken.clicked(g="true")).break_glass


def test_a_choice_on_a_card_is_nothing_said_yet() -> None:
    """Slack sends every change of an input; only a button sends a decision."""
    select = {"type": "static_select", "action_id": "chosen", "selected_option": None}
    assert hear(spoken.clicked(put("actions", value=[select]))) is None
    link = {"type": "button", "action_id": "open", "url": "https://example.com"}
    assert hear(spoken.clicked(put("actions", value=[link]))) is None


def test_somebody_of_another_workspace_is_known_by_that_one() -> None:
    """In a shared channel, `team` is ours and the person is not."""
    foreign = spoken.clicked(put("user", "team_id", value="TFOREIGN1"))
    assert heard(foreign).identity == Identity(Channel.SLACK, "TFOREIGN1/U2CERLKJA")


def test_a_slash_command_is_read_as_it_was_typed() -> None:
    """Slack escapes &, < and >, and nothing else."""
    said = spoken.payload("slack_command")["text"]
    assert heard(spoken.typed(said)) == Heard(
        KIM_IN_SLACK,
        Command(CommandVerb.ROLLBACK, CATS, reason="it answers 500 & loses <orders>"),
        ReplyTo("C0DEPLOYS1", "U2CERLKJA"),
    )
    assert asked(spoken.typed("")).verb is CommandVerb.HELP


def test_a_mention_in_teams_is_read_without_its_markup() -> None:
    """The text is HTML; what was written as an entity is text, and stays."""
    assert heard(spoken.mentioned()) == Heard(
        Identity(Channel.TEAMS, f"{TENANT}/{KIM}"),
        Command(CommandVerb.REJECT, CATS, binding=PLAN, reason="not now: 3 < 4"),
        ReplyTo("19:253b1f341670408fb6fe51050b6e5ceb@thread.skype;messageid=1763899200000", "Kim"),
    )
    older = put("channelData", "tenant", value=None)
    assert heard(spoken.mentioned(older)).identity.id == f"{TENANT}/{KIM}"


def test_what_is_no_message_in_teams_is_passed_by() -> None:
    """Activities of other types say nothing to us."""
    assert hear(spoken.mentioned(put("type", value="conversationUpdate"))) is None


def test_a_comment_at_github_is_a_command_by_its_first_line() -> None:
    """The rest of a comment is for people."""
    assert heard(spoken.happened("issue_comment")) == Heard(
        KIM_AT_GITHUB,
        Command(CommandVerb.APPROVE, CATS, binding=PLAN, reason="it was tried"),
        ReplyTo("https://api.github.com/repos/team/cats/issues/7/comments", "kim-cats"),
    )
    said = put("comment", "body", value="/pilotage status dev/cats")
    assert asked(spoken.happened("issue_comment", said)) == Command(CommandVerb.STATUS, CATS)


@pytest.mark.parametrize(
    "change",
    [
        put("action", value="edited"),
        put("action", value="deleted"),
        put("comment", "body", value="I would /deploy approve dev/cats 3f9a2c1b7d5e"),
        put("comment", "body", value="> /deploy approve dev/cats 3f9a2c1b7d5e"),
        put("comment", "body", value="/deployment approve dev/cats 3f9a2c1b7d5e"),
    ],
)
def test_other_comments_at_github_are_passed_by(change: Change) -> None:
    """An edit may be somebody else's, and a quotation is not a command."""
    assert hear(spoken.happened("issue_comment", change)) is None


def test_the_review_of_a_deployment_decides_about_the_plan_that_its_comment_names() -> None:
    """An Actions environment is not a plan: without its hash, a review says nothing about ours."""
    assert heard(spoken.happened("deployment_review")) == Heard(
        KIM_AT_GITHUB,
        Command(CommandVerb.REJECT, CATS, binding=PLAN, reason="not on a Friday"),
        ReplyTo(user="kim-cats"),
    )
    approved = put("action", value="approved")
    assert asked(spoken.happened("deployment_review", approved)).verb is CommandVerb.APPROVE
    for change in (put("comment", value="fine"), put("comment", value=None), put("action", value="requested")):
        assert hear(spoken.happened("deployment_review", change)) is None


LATE = {
    "teams": lambda made: spoken.mentioned(put("timestamp", value=made)),
    "github": lambda made: spoken.happened("issue_comment", put("comment", "created_at", value=made)),
}


@pytest.mark.parametrize(
    ("channel", "made", "late"),
    [
        ("teams", "2026-11-23T11:45:00.0000000Z", False),
        ("teams", "2026-11-23T11:44:59Z", True),
        ("teams", "2026-11-23T12:15:01", True),
        ("teams", None, False),
        ("teams", "yesterday", False),
        ("github", "2026-11-22T12:00:00Z", False),
        ("github", "2026-11-22T13:59:59+02:00", True),
        ("github", None, False),
    ],
)
def test_what_was_said_long_ago_is_not_done_now(channel: str, made: str | None, late: bool) -> None:
    """Neither scheme signs a time, but both sign a body with one: what was caught once is of no use for ever, not even
    when the first delivery of it failed.
    """
    found = heard(LATE[channel](made)).asked
    assert isinstance(found, BadRequest) is late
    assert not late or "It comes too late" in str(found)


def test_other_events_of_github_are_passed_by() -> None:
    """A protection rule asks us; nobody has decided anything."""
    body = json.dumps(spoken.payload("github_issue_comment"))
    for event in ("deployment_protection_rule", "push", ""):
        assert hear(spoken.raw("github", "event", body, headers={"x-github-event": event})) is None


def test_who_decides_by_a_webhook_is_who_signed_it() -> None:
    """A document that names a person proves nothing, and is refused for trying."""
    decision = {
        "decision": "approve",
        "target": "dev/cats",
        "release": RELEASE,
        "binding": PLAN,
        "reason": "tests pass",
    }
    assert heard(spoken.sent(decision)) == Heard(
        Identity(Channel.WEBHOOK, "pipeline"),
        Command(CommandVerb.APPROVE, CATS, RELEASE, PLAN, reason="tests pass"),
        ReplyTo(user="pipeline"),
    )
    for wrong in ({**decision, "person": "kim"}, ["approve"], "approve", None, {**decision, "target": None}):
        assert isinstance(heard(spoken.sent(wrong)).asked, BadRequest)


NOBODY = {
    "another channel": spoken.raw("smoke", "signals", "{}"),
    "no form": spoken.raw("slack", "action", "not=a&payload"),
    "no JSON": spoken.raw("slack", "action", "payload=%7B"),
    "no UTF-8": spoken.raw("slack", "command", "text=%FF"),
    "a hundred fields": spoken.raw("slack", "command", "&".join(f"a{number}=1" for number in range(100))),
    "a field twice": spoken.raw("slack", "command", "user_id=U1&user_id=U2&team_id=T1"),
    "no user": spoken.typed("help", user_id=""),
    "a user with a slash": spoken.typed("help", user_id="U1/U2"),
    "a view": spoken.clicked(put("type", value="view_submission")),
    "no team": spoken.clicked(lambda document: document["user"].pop("team_id")),  # the card's says nothing of the user
    "two actions": spoken.clicked(lambda document: document["actions"].append(document["actions"][0])),
    "no actions": spoken.clicked(put("actions", value={})),
    "a guest in Teams": spoken.mentioned(put("from", "aadObjectId", value=None)),
    "a name in place of an id": spoken.mentioned(put("from", "aadObjectId", value="kim")),
    "no tenant": spoken.mentioned(lambda document: [document.pop("channelData"), document.pop("conversation")]),
    "another sender at GitHub": spoken.happened("issue_comment", put("sender", "login", value="mallory")),
    "an app in somebody's name": spoken.happened(
        "issue_comment", put("comment", "performed_via_github_app", value={"id": 1, "slug": "helper"})
    ),
    "a bot at GitHub": spoken.happened("issue_comment", put("comment", "user", "type", value="Bot")),
    "no approver": spoken.happened("deployment_review", put("approver", value=None)),
    "a webhook without a sender": spoken.sent({"decision": "help"}, sender=""),
}


@pytest.mark.parametrize("case", NOBODY)
def test_without_a_sender_that_can_be_read_there_is_no_message(case: str) -> None:
    """Nobody is guessed."""
    with pytest.raises(BadRequest):
        hear(NOBODY[case])


BUTTONS = {
    "no JSON": "approve",
    "a list": "[]",
    "another verb": '{"v": "explode", "t": "dev/cats"}',
    "no plan": '{"v": "approve", "t": "dev/cats"}',
    "numbers": '{"v": 1, "t": 2, "r": 3, "b": 4}',
}


@pytest.mark.parametrize("case", BUTTONS)
def test_a_button_that_means_nothing_is_answered_so(case: str) -> None:
    """A card of an older version of Pilotage may still hang in a channel."""
    value = put("actions", 0, "value", value=BUTTONS[case])
    assert isinstance(heard(spoken.clicked(value)).asked, BadRequest)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PLACES = st.lists(st.integers(0, 30), min_size=1, max_size=6)
MESSAGES = {
    "slack_block_actions": lambda changed: spoken.raw("slack", "action", f"payload={spoken.quoted(changed)}"),
    "teams_mention": lambda changed: spoken.raw("teams", "mention", json.dumps(changed)),
    "github_issue_comment": lambda changed: spoken.raw(
        "github", "event", json.dumps(changed), headers={"x-github-event": "issue_comment"}
    ),
    "github_deployment_review": lambda changed: spoken.raw(
        "github", "event", json.dumps(changed), headers={"x-github-event": "deployment_review"}
    ),
}


def replaced(document: Any, places: list[int], value: Any) -> Any:
    """The document with another value at a place that these numbers walk to."""
    if not places or not document or not isinstance(document, (dict, list)):
        return value
    keys = list(document) if isinstance(document, dict) else range(len(document))
    chosen = keys[places[0] % len(keys)]
    changed = dict(document) if isinstance(document, dict) else list(document)
    changed[chosen] = replaced(document[chosen], places[1:], value)
    return changed


@given(name=st.sampled_from(sorted(MESSAGES)), places=PLACES, value=JSON)
def test_whatever_stands_in_a_payload_ends_in_an_answer_or_a_refusal(name: str, places: list[int], value: Any) -> None:
    """Signed means that a chat sent it, not that it is well made."""
    try:
        found = hear(MESSAGES[name](replaced(spoken.payload(name), places, value)))
    except BadRequest:
        return
    assert found is None or isinstance(found.asked, (Command, BadRequest))


@given(
    body=st.text(max_size=300),
    channel=st.sampled_from(["slack", "teams", "github", "webhook"]),
    kind=st.text(max_size=8),
)
def test_no_body_ends_in_a_traceback(body: str, channel: str, kind: str) -> None:
    """Not even one that is no payload at all."""
    headers = {"x-github-event": "issue_comment"}
    try:
        found = hear(spoken.raw(channel, kind, body, "pipeline", headers))
    except BadRequest:
        return
    assert found is None or isinstance(found, Heard)
