"""What strangers try that no other test is about: bombs, borrowed ids, and secrets that a log would show."""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from dataclasses import replace
from time import perf_counter

import pytest
from fakes import spoken
from fakes.clock import NOON, FakeClock
from fakes.harbour import CATS
from fakes.steering import released
from fakes.wire import client
from moto import mock_aws
from pilotage.audit import Entry
from pilotage.aws.secrets import SecretsManagerSecrets
from pilotage.chat.slack_text import prose
from pilotage.errors import BadManifest, BadRequest
from pilotage.incoming import hear
from pilotage.people import Channel, Identity
from pilotage.strict_json import read_json
from pilotage.telemetry import logger

pytestmark = pytest.mark.disable_socket

MANIFEST = 128 * 1024


def test_a_field_that_stands_there_twice_among_thousands_is_found_at_once() -> None:
    """Whoever pushes writes the manifest: comparing each name with each took ten seconds of a function."""
    names = [f'"{number:x}":0' for number in range(12_000)]
    text = "{" + ",".join([*names, names[-1]]) + "}"
    began = perf_counter()
    with pytest.raises(BadManifest, match="twice"):
        read_json(text, thing="manifest", error=BadManifest, max_bytes=MANIFEST)
    assert perf_counter() - began < 1


def test_a_message_with_the_id_of_a_choice_makes_no_choice() -> None:
    """The sender of a webhook chooses ids: one that ends like ours must not say what another message rolls back."""
    bridge = released("v1", "v2")
    identity = Identity(Channel.WEBHOOK, "desk")
    planted = Entry("", NOON, "dev", "cats", "pin", "ada", identity, "", release_id="r0", digest=bridge.digest(1))
    for entry_id in ("webhook:desk:m1/choice", "webhook:desk:choice:m1"):
        bridge.harbour.trail.add(replace(planted, id=entry_id))
    bad = bridge.digest()
    answer = bridge.say("rollback", "ada", reason="x", message="webhook:desk:m1")
    assert answer.done
    assert bad[:19] in answer.sentence
    assert list(bridge.harbour.records.bans(CATS)) == [bad]


@pytest.mark.parametrize("name", ["botocore.parsers", "botocore.endpoint", "urllib3.connectionpool"])
def test_no_level_of_the_log_shows_a_secret(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Lambda sets the root logger to LogLevel, and at DEBUG botocore would log what Secrets Manager answers."""
    assert logger.service
    with mock_aws(), caplog.at_level(logging.DEBUG):
        secrets = client("secretsmanager")
        secrets.create_secret(Name="stack/slack", SecretString=json.dumps({"signing_secret": "obviously-fake"}))
        [document] = SecretsManagerSecrets(secrets, "stack", FakeClock(NOON)).of("slack")
    assert document == {"signing_secret": "obviously-fake"}
    assert "obviously-fake" not in caplog.text
    assert not logging.getLogger(name).isEnabledFor(logging.DEBUG)


@pytest.mark.parametrize("part", ["<at", "&x", "</a", "a/", "a/a ", "0", "-", ":", "_", "``", "[", '{"a":', "%26"])
def test_no_text_takes_long_to_read_or_to_show(part: str) -> None:
    """A pattern that goes back and forth over what strangers wrote would keep a function busy for a minute."""
    text = part * (60_000 // len(part))
    began = perf_counter()
    for raw in (
        spoken.mentioned(lambda document: document.update(text=text)),
        spoken.happened("issue_comment", lambda document: document["comment"].update(body=f"/deploy {text}")),
        spoken.happened("deployment_review", lambda document: document.update(comment=f"dev/cats {text}")),
        spoken.raw("webhook", "decision", text, sender="desk"),
        spoken.raw("slack", "command", f"team_id=T1&user_id=U1&text={text}"),
        spoken.raw("slack", "action", f"payload={text}"),
    ):
        with suppress(BadRequest):
            hear(raw)
    prose(text[:6_000])
    assert perf_counter() - began < 2
