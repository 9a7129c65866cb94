"""Other systems decide and ask by signed webhooks, and are told by them; what nobody signed gets nothing: case 26."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from e2e.account import SENDER, SENDER_KEY, SUBSCRIBER_KEY, Account, until
from e2e.house import House, Sent
from e2e.playbill import plays
from e2e.team import Team, image
from pilotage.approval import State
from pilotage.outcome import Outcome
from pilotage.record import ReleaseRecord
from pilotage.signatures import standard

pytestmark = pytest.mark.embedded


def hooked(account: Account) -> Team:
    people = {**account.policy["people"]}
    people["keeper"] = {**people["keeper"], "webhook": [SENDER]}
    house = House(account, "hooked", "always", people=people)
    team = house.team("hooked")
    pushed = team.push(image("1", author="pusher@example.com"), "v1")
    binding = house.asked(team, pushed).binding
    decision = {"decision": "approve", "target": "hooked/hooked", "binding": binding, "reason": "ticket 42"}
    team.seen["waiting"] = house.question("environment=hooked", SENDER, SENDER_KEY)
    signed = house.webhook("/v1/decisions", SENDER, SENDER_KEY, decision)
    team.seen["refused"] = {name: house.send(wrong) for name, wrong in forgeries(house, signed).items()}
    team.seen["still"] = house.asked(team, pushed).state
    team.seen["decided"] = [house.send(signed), house.send(signed)]
    team.seen["record"] = team.concluded(pushed)
    team.seen["asked"] = house.asked(team, pushed)
    team.seen["listed"] = house.question("environment=hooked&service=hooked", SENDER, SENDER_KEY)
    team.seen["trail"] = account.world.trail.newest("hooked", 20)
    team.seen["sent"] = until(lambda: envelopes(account, team.seen["record"]), "signed news of the outcome")
    return team


def envelopes(account: Account, record: ReleaseRecord) -> list[dict[str, str]]:
    """Signed news for the subscriber that tell how this release ended."""
    sent = [event["detail"] for event in account.told() if event["source"] == "pilotage.webhook"]
    return [each for each in sent if record.request.release_id in each["body"] and "SUCCEEDED" in each["body"]]


def forgeries(house: House, signed: Sent) -> dict[str, Sent]:
    """Each differs by one thing from what would be taken."""
    slack = house.typed(house.keeper, "freeze hooked because I can")
    proof, stamp = signed.headers["webhook-signature"], slack.headers["X-Slack-Request-Timestamp"]
    flipped = proof[:-2] + ("A" if proof[-2] != "A" else "B") + proof[-1]
    return {
        "a flipped signature": replace(signed, headers={**signed.headers, "webhook-signature": flipped}),
        "another body": replace(signed, body=signed.body.replace("approve", "reject")),
        "another sender": replace(signed, headers={**signed.headers, "webhook-sender": "nobody"}),
        "no signature": replace(signed, headers={"content-type": "application/json"}),
        "Slack's words changed": replace(slack, body=slack.body.replace("freeze", "unfreeze")),
        "Slack's time changed": replace(
            slack, headers={**slack.headers, "X-Slack-Request-Timestamp": str(int(stamp) - 301)}
        ),
        "a webhook as Slack": replace(signed, path="/slack/commands"),
    }


@plays(hooked)
def test_what_is_not_signed_by_who_it_names_gets_401_and_changes_nothing(played: Team) -> None:
    """Case 26, through the real API: one bit off is a stranger."""
    assert set(played.seen["refused"].values()) == {401}
    assert played.seen["still"] is State.PENDING


@plays(hooked)
def test_a_signed_webhook_decides_once_as_the_person_it_speaks_for(played: Team) -> None:
    """A ticket system approves as its person in the policy; delivered twice, it is one vote."""
    (vote,) = played.seen["asked"].votes

    assert played.seen["decided"] == [202, 202]
    assert (vote.person, vote.channel, vote.reason) == ("keeper", "webhook", "ticket 42")
    assert [entry.person for entry in played.seen["trail"]] == ["keeper"]
    assert played.seen["record"].outcome is Outcome.SUCCEEDED


@plays(hooked)
def test_the_subscriber_is_told_by_what_its_own_key_has_signed(played: Team) -> None:
    """What goes out is verified as what comes in: over the bytes, and by the time."""
    for each in played.seen["sent"]:
        proof = {f"webhook-{name}": each[name] for name in ("id", "timestamp", "signature")}
        at = datetime.fromtimestamp(int(each["timestamp"]), UTC)

        assert standard.verify(each["body"].encode(), proof, [SUBSCRIBER_KEY], at).id == each["id"]


@plays(hooked)
def test_a_signed_question_lists_what_waits_and_what_came_of_it(played: Team) -> None:
    """Another system sees what is to be decided, with the plan to name."""
    (_, waiting), (status, listed) = played.seen["waiting"], played.seen["listed"]

    assert played.seen["asked"].short in json.dumps(waiting["releases"])
    assert status == 200
    assert [release["outcome"] for release in listed["releases"]] == ["SUCCEEDED"]
