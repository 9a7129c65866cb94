"""Secrets stay where they are kept: case 29, checked with values that may turn up nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3
from e2e.account import SENDER, SENDER_KEY, SUBSCRIBER_KEY, Account
from e2e.house import House
from e2e.playbill import plays
from e2e.team import STARTS_AND_DIES, Pushed, Team, image
from pilotage.outcome import Outcome

pytestmark = pytest.mark.embedded

_STORED, _BAKED, _MISPLACED = "canary-stored-7f3a91", "canary-baked-52cc0e", "canary-misplaced-e81d44"
_PASTED = "AKIA" + "CANARYCANARY0042"  # the shape of an access key


def secrets_everywhere(account: Account) -> Team:
    """A good release with a stored secret, one that dies with it, and manifests in which people put secrets wrongly.
    The chat shows all of it, and is asked; another system asks as well.
    """
    arn = account.client("secretsmanager").create_secret(Name="e2e/canary", SecretString=_STORED)["ARN"]
    house = House(account, "secretive", secrets=[f"{arn.rpartition(':')[0]}:e2e/*"])
    team = house.team("secretive")
    manifest = {"secrets": {"DB_PASSWORD": arn}}
    baked = {"DB_PASSWORD": _BAKED}
    team.seen["good"] = team.release(image("1", manifest, environment=baked), "v1")
    dies = image("2", manifest, environment=baked, command=STARTS_AND_DIES)
    team.seen["bad"] = team.release(dies, "v2")
    team.seen["misplaced"] = team.release(image("3", {"secrets": {"DB_PASSWORD": _MISPLACED}}), "v3")
    team.seen["pasted"] = team.release(image("4", {"environment": {"KEY": _PASTED}}), "v4")
    team.seen["answer"] = house.say(house.keeper, "status secretive/secretive")
    team.seen["listed"] = house.question("environment=secretive", SENDER, SENDER_KEY)
    team.seen["card"] = house.card(
        team, Pushed(team.seen["good"].request.digest, "v1", team.seen["good"].started_at), "runs"
    )
    return team


@plays(secrets_everywhere)
def test_a_stored_secret_reaches_the_task_by_its_arn_alone(played: Team) -> None:
    """The value is ECS's business; what Pilotage writes is where it lies."""
    described = played.account.client("ecs").describe_task_definition(taskDefinition=played.seen["good"].revision)
    (container,) = described["taskDefinition"]["containerDefinitions"]

    assert played.seen["good"].outcome is Outcome.SUCCEEDED
    assert played.seen["bad"].outcome is Outcome.ROLLED_BACK
    assert [secret["name"] for secret in container["secrets"]] == ["DB_PASSWORD"]


@plays(secrets_everywhere)
def test_a_secret_in_the_wrong_place_is_refused_without_being_repeated(played: Team) -> None:
    """An error message that shows the value would put it into logs, records and chat."""
    for name, field in (("misplaced", "secrets.DB_PASSWORD"), ("pasted", "environment.KEY")):
        record = played.seen[name]
        assert record.outcome is Outcome.REJECTED
        assert field in " ".join(record.reasons)


@plays(secrets_everywhere)
def test_no_secret_turns_up_anywhere(played: Team) -> None:
    """Case 29: histories, table, logs, events, task definitions, chat, recorded calls. Each of them is read by many.
    With what the releases hold, the keys by which Pilotage talks to others: they were used, and stay unseen.
    """
    chat = played.account.home.chat.workspace
    keys = (chat.signing_secret, chat.bot_token, *(key.removeprefix("whsec_") for key in (SENDER_KEY, SUBSCRIBER_KEY)))
    places = {name: "\n".join(texts) for name, texts in written_down(played.account).items()}
    found = [
        (name, canary)
        for name, text in places.items()
        for canary in (_STORED, _BAKED, _MISPLACED, _PASTED, *keys)
        if canary in text
    ]

    assert "secretive" in played.seen["answer"]
    assert played.seen["listed"][0] == 200
    assert all(places.values()), "a place without any text proves nothing"
    assert found == []


def written_down(account: Account) -> dict[str, Iterator[str]]:
    return {
        "histories": histories(account),
        "table": table(account),
        "logs": logs(account),
        "events": (json.dumps(event) for event in account.told()),
        "task definitions": definitions(account),
        "environments of the functions": environments(account),
        "chat": chat_texts(account),
        "recorded calls": (json.dumps(call) for call in account.calls()),
    }


def histories(account: Account) -> Iterator[str]:
    states = account.client("stepfunctions")
    machine = account.home.outputs["ReleaseStateMachineArn"]
    for execution in states.list_executions(stateMachineArn=machine, maxResults=1000)["executions"]:
        pages = states.get_paginator("get_execution_history").paginate(executionArn=execution["executionArn"])
        yield from (_text(page["events"]) for page in pages)


def table(account: Account) -> Iterator[str]:
    pages = account.client("dynamodb").get_paginator("scan").paginate(TableName=account.home.outputs["TableName"])
    return (_text(page["Items"]) for page in pages)


def logs(account: Account) -> Iterator[str]:
    for group in account.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/pilotage-")["logGroups"]:
        yield from (event["message"] for event in account.log_events(group["logGroupName"]))


def definitions(account: Account) -> Iterator[str]:
    ecs = account.client("ecs")
    for page in ecs.get_paginator("list_task_definitions").paginate(familyPrefix="secretive-secretive"):
        yield from (_text(ecs.describe_task_definition(taskDefinition=arn)) for arn in page["taskDefinitionArns"])


def environments(account: Account) -> Iterator[str]:
    pages = account.client("lambda").get_paginator("list_functions").paginate()
    return (_text(page["Functions"]) for page in pages)


def chat_texts(account: Account) -> Iterator[str]:
    """What each person sees there, the whispers to them among it."""
    chat = account.home.chat
    with urllib3.PoolManager(retries=False) as http:
        for person in chat.workspace.people:
            yield http.request("GET", f"{chat.url}/_chat/view", fields={"as": person.id}).data.decode()


def _text(document: Any) -> str:
    return json.dumps(document, default=str)
