"""Secrets: two valid at once while one is rotated, read seldom, there when AWS is not, and never written anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from fakes.checked_client import CheckedClient, refusal
from fakes.clock import FakeClock
from fakes.secrets import FakeSecrets
from fakes.wire import client
from moto import mock_aws
from pilotage.aws.secrets import FRESH, SOON, SecretsManagerSecrets
from pilotage.errors import AccessDenied, BadSettings, Throttled, Unavailable
from pilotage.ports import Secrets

pytestmark = pytest.mark.disable_socket

FIRST, SECOND, THIRD = ({"signing_secret": f"fake-{number}"} for number in ("one", "two", "three"))
ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:pilotage/slack-AbCdEf"


class Manager(SecretsManagerSecrets):
    """The adapter over moto, with the words of the fake to set it up; a change is seen when the copy is old."""

    def __init__(self) -> None:
        self.client, self.clock = client("secretsmanager"), FakeClock()
        super().__init__(self.client, "pilotage", self.clock)

    def put(self, name: str, document: Mapping[str, Any]) -> None:
        self.put_text(name, json.dumps(document))

    def put_text(self, name: str, text: str) -> None:
        try:
            self.client.create_secret(Name=f"pilotage/{name}", SecretString=text)
        except self.client.exceptions.ResourceExistsException:
            self.client.put_secret_value(SecretId=f"pilotage/{name}", SecretString=text)
        self.clock.advance(seconds=FRESH.total_seconds())


@pytest.fixture(params=["fake", "secretsmanager"])
def secrets(request: pytest.FixtureRequest) -> Iterator[FakeSecrets | Manager]:
    with mock_aws():
        yield FakeSecrets() if request.param == "fake" else Manager()


def of(secrets: Secrets, name: str) -> list[Mapping[str, Any]]:
    return list(secrets.of(name))


def test_a_secret_that_is_not_there_is_none(secrets: FakeSecrets | Manager) -> None:
    """Whoever uses no Teams fills in no secret of Teams."""
    secrets.put("slack", FIRST)
    assert of(secrets, "teams") == []


def test_two_secrets_are_valid_while_one_is_rotated(secrets: FakeSecrets | Manager) -> None:
    """The newest first; the last but one is over."""
    secrets.put("slack", FIRST)
    assert of(secrets, "slack") == [FIRST]
    secrets.put("slack", SECOND)
    assert of(secrets, "slack") == [SECOND, FIRST]
    secrets.put("slack", THIRD)
    assert of(secrets, "slack") == [THIRD, SECOND]


class Vault:
    """Counts what is asked of AWS. `trouble` is answered in place of a secret."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.trouble: Exception | None = None
        self.client = CheckedClient("secretsmanager", self._answer)
        self.secrets = SecretsManagerSecrets(self.client, "pilotage", self.clock)
        self.text: str | None = json.dumps(FIRST)

    def _answer(self, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        if self.trouble is not None:
            raise self.trouble
        if self.text is None or request["VersionStage"] == "AWSPREVIOUS":
            raise refusal(operation, "ResourceNotFoundException", "No.")
        return {"ARN": ARN, "Name": request["SecretId"], "SecretString": self.text}


def test_a_process_reads_a_secret_once_in_five_minutes() -> None:
    """Every call costs time, money and quota: a crowd of clicks reads nothing more."""
    vault = Vault()
    for _ in range(100):
        vault.secrets.of("slack")
    assert len(vault.client.calls) == 2
    vault.clock.advance(seconds=FRESH.total_seconds())
    vault.secrets.of("slack")
    assert len(vault.client.calls) == 4


def test_a_secret_that_was_just_filled_in_is_soon_seen() -> None:
    """Somebody sets this up and tries; floods of messages to an unused door read nothing all the same."""
    vault = Vault()
    vault.text = None
    assert [vault.secrets.of("slack") for _ in range(9)] == [()] * 9
    assert len(vault.client.calls) == 1
    vault.text = json.dumps(FIRST)
    vault.clock.advance(seconds=SOON.total_seconds())
    assert vault.secrets.of("slack") == (FIRST,)


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServiceError", "ServiceUnavailable"])
def test_an_old_copy_serves_when_aws_does_not_answer(code: str) -> None:
    """People can still stop a release while Secrets Manager has a bad day; it is asked again before long."""
    vault = Vault()
    vault.secrets.of("slack")
    vault.trouble = refusal("GetSecretValue", code, "No.")
    vault.trouble.response["ResponseMetadata"]["HTTPStatusCode"] = 500
    vault.clock.advance(hours=5)
    assert [vault.secrets.of("slack") for _ in range(9)] == [(FIRST,)] * 9
    assert len(vault.client.calls) == 3
    vault.trouble, vault.text = None, json.dumps(SECOND)
    vault.clock.advance(seconds=SOON.total_seconds())
    assert vault.secrets.of("slack") == (SECOND,)


@pytest.mark.parametrize(
    ("code", "raised"),
    [("ThrottlingException", Throttled), ("RequestTimeout", Unavailable), ("AccessDeniedException", AccessDenied)],
)
def test_without_any_copy_the_trouble_is_told(code: str, raised: type[Exception]) -> None:
    """A secret that cannot be read is not a secret that is not there."""
    vault = Vault()
    vault.trouble = refusal("GetSecretValue", code, "No.")
    with pytest.raises(raised):
        vault.secrets.of("slack")


def test_a_grant_that_was_taken_away_holds_at_once_when_the_copy_is_old() -> None:
    """Whoever takes the grant away wants the door shut."""
    vault = Vault()
    vault.secrets.of("slack")
    vault.trouble = refusal("GetSecretValue", "AccessDeniedException", "No.")
    vault.clock.advance(seconds=FRESH.total_seconds())
    with pytest.raises(AccessDenied):
        vault.secrets.of("slack")


@pytest.mark.parametrize("text", [" ", "a word that somebody typed", "[]", '"text"', "{"])
def test_what_is_no_document_is_named_and_not_shown(text: str) -> None:
    """The sentence ends in a log."""
    vault = Vault()
    vault.text = text
    with pytest.raises(BadSettings, match="pilotage/slack") as refused:
        vault.secrets.of("slack")
    assert "typed" not in str(refused.value)


def test_a_first_version_that_was_no_document_does_no_harm() -> None:
    """Secrets are made with a word in them, and filled in afterwards."""
    with mock_aws():
        manager = Manager()
        manager.put_text("slack", "to be filled in")
        manager.put("slack", FIRST)
        assert of(manager, "slack") == [FIRST]


def test_a_stack_without_secrets_says_so() -> None:
    """The remedy stands beside it."""
    vault = Vault()
    with pytest.raises(BadSettings, match=r"PILOTAGE_SECRETS.*template\.yaml"):
        SecretsManagerSecrets(vault.client, None, vault.clock).of("slack")


def test_no_picture_of_the_adapter_shows_a_secret() -> None:
    """Debuggers and loggers print what they are given."""
    vault = Vault()
    vault.secrets.of("slack")
    assert "fake-one" not in repr(vault.secrets) + repr(vars(vault.secrets))
    assert FRESH > SOON > timedelta(0)
