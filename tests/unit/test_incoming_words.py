"""The language of commands: what people type, and what they are told when it cannot be meant."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from fakes.clock import NOON
from hypothesis import given
from hypothesis import strategies as st
from pilotage.command import Command, CommandVerb
from pilotage.errors import BadRequest
from pilotage.incoming.wanted import TAKES
from pilotage.incoming.words import read_fields, read_words
from pilotage.stops import Scope

pytestmark = pytest.mark.disable_socket

V = CommandVerb
CATS = Scope("dev", "cats")
PLAN = "3f9a2c1b"
DIGEST = "sha256:" + "a" * 64

READ = {
    "": Command(V.HELP, Scope()),
    "help": Command(V.HELP, Scope()),
    "HELP freeze": Command(V.HELP, Scope()),
    "status": Command(V.STATUS, Scope()),
    "status dev": Command(V.STATUS, Scope("dev")),
    "status dev/cats": Command(V.STATUS, CATS),
    "plan dev/cats": Command(V.PLAN, CATS),
    "approve dev/cats 3f9a2c1b": Command(V.APPROVE, CATS, binding=PLAN),
    "approve dev/cats 3F9A2C1B": Command(V.APPROVE, CATS, binding=PLAN),
    "approve  dev/cats\t3f9a2c1b because  I tried it": Command(V.APPROVE, CATS, binding=PLAN, reason="I tried it"),
    "approve dev/cats 3f9a2c1b --break-glass because the shop is down": Command(
        V.APPROVE, CATS, binding=PLAN, reason="the shop is down", break_glass=True
    ),
    # iPhones make one long dash of two hyphens.
    "approve dev/cats 3f9a2c1b \u2014break-glass because the shop is down": Command(
        V.APPROVE, CATS, binding=PLAN, reason="the shop is down", break_glass=True
    ),
    "approve --break-glass dev/cats 3f9a2c1b because of it": Command(
        V.APPROVE, CATS, binding=PLAN, reason="of it", break_glass=True
    ),
    "approve dev/cats 3f9a2c1b because nobody needs --break-glass": Command(
        V.APPROVE, CATS, binding=PLAN, reason="nobody needs --break-glass"
    ),
    "reject dev/cats 3f9a2c1b not on a Friday": Command(V.REJECT, CATS, binding=PLAN, reason="not on a Friday"),
    "rollback dev/cats it answers 500": Command(V.ROLLBACK, CATS, reason="it answers 500"),
    "pin dev/cats": Command(V.PIN, CATS),
    f"pin dev/cats {DIGEST} until the fair is over": Command(
        V.PIN, CATS, digest=DIGEST, reason="until the fair is over"
    ),
    "unpin dev/cats": Command(V.UNPIN, CATS),
    f"ban dev/cats {DIGEST.upper()} loses orders": Command(V.BAN, CATS, digest=DIGEST, reason="loses orders"),
    "ban dev/cats loses orders": Command(V.BAN, CATS, reason="loses orders"),
    f"unban dev/cats {DIGEST}": Command(V.UNBAN, CATS, digest=DIGEST),
    "freeze dev/cats for 2h the database moves": Command(
        V.FREEZE, CATS, reason="the database moves", until=NOON + timedelta(hours=2)
    ),
    "freeze dev until 2026-12-01T18:00 the fair": Command(
        V.FREEZE, Scope("dev"), reason="the fair", until=datetime(2026, 12, 1, 18, tzinfo=UTC)
    ),
    "freeze dev until 2026-12-01T18:00+01:00 the fair": Command(
        V.FREEZE, Scope("dev"), reason="the fair", until=datetime(2026, 12, 1, 17, tzinfo=UTC)
    ),
    "freeze everything because the network burns": Command(V.FREEZE, Scope(), reason="the network burns"),
    "unfreeze everything": Command(V.UNFREEZE, Scope()),
    "lock dev/cats for 90m debugging": Command(V.LOCK, CATS, reason="debugging", until=NOON + timedelta(minutes=90)),
    "unlock dev/cats": Command(V.UNLOCK, CATS),
}


@pytest.mark.parametrize("text", READ)
def test_what_people_type_is_read(text: str) -> None:
    """One language for every chat: what stands in docs/chat.md works."""
    assert read_words(text, NOON) == READ[text]


MISTAKES = {
    "aprove dev/cats 3f9a2c1b": "command: 'aprove'. Did you mean approve?",
    "deploy dev/cats": "command: 'deploy'. Write help to see what there is.",
    "approve": "target of approve is missing. Name environment and service, such as: approve dev/cats",
    "approve 3f9a2c1b": "target of approve: '3f9a2c1b'. Name environment and service",
    "approve cats 3f9a2c1b": "target of approve: 'cats'.",
    "approve everything 3f9a2c1b": "target of approve: 'everything'.",
    "approve dev/cats": "plan of approve is missing. Name it by its hash, 8 characters or more",
    "approve dev/cats 3f9a2c1": "plan of approve: '3f9a2c1'.",
    "approve dev/cats because I say so": "plan of approve: 'because'.",
    "approve dev/cats 3f9a2c1b --break-glass": "reason of approve is missing. Say why, such as: approve dev/cats",
    "approve dev/cats 3f9a2c1b --brake-glass because": "option: '--brake-glass'. Did you mean --break-glass?",
    "approve dev/cats 3f9a2c1b --force": "option: '--force'. There are only --break-glass and --anyway.",
    "reject dev/cats 3f9a2c1b": "reason of reject is missing. Say why",
    "reject dev/cats 3f9a2c1b --break-glass no": "break-glass of reject: '--break-glass'. reject takes none",
    "rollback dev/cats": "reason of rollback is missing. Say why, such as: rollback dev/cats it answers 500.",
    "rollback dev because": "target of rollback: 'dev'.",
    "rollback ../cats because": "environment of rollback: '..'.",
    "rollback dev/ because of it": "service of rollback is missing.",
    "rollback dev/a/b because of it": "service of rollback: 'a/b'.",
    "rollback <@U1>/cats because of it": "environment of rollback: '\\x3c@U1\\x3e'.",
    "pin everything": "target of pin: 'everything'.",
    "pin dev/cats sha256:abc": "digest: 'sha256:abc'. Write sha256: and at least 7",
    f"unpin dev/cats {DIGEST}": "digest of unpin: 'sha256:aaa",
    "freeze": "target of freeze is missing. Name a service, an environment, or everything, such as: freeze dev for 2h",
    "freeze dev": "reason of freeze is missing.",
    "freeze dev for": "for is missing. Say how long",
    "freeze dev for maintenance": "for: 'maintenance'. Write a number and m, h, d or w",
    "freeze dev for 0h nothing": "end: '0h'. It has to be after now (2026-11-23T12:00 UTC)",
    "freeze dev for 9999w ever": "end: '9999w'. It has to be after now",
    "freeze dev until tomorrow the fair": "until: 'tomorrow'. Write it as 2026-12-01T18:00, which is UTC.",
    "freeze dev until 0001-01-01T00:00+14:00 x": "until: '0001-01-01T00:00+14:00'.",
    "freeze dev until 2020-01-01T00:00 the fair": "end: '2020-01-01T00:00'. It has to be after now",
    "status dev/cats now": "more of status: 'now'. status takes none",
    "lock dev " + "x" * 501: "reason: '501 characters'. Say it in at most 500.",
    "lock dev " + "x" * 2000: "command: '2009 characters'. At most 2000 are read.",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_told_with_its_remedy_and_nothing_is_guessed(text: str) -> None:
    """On a phone at night, the difference between `dev` and `dev/cats` is an outage."""
    with pytest.raises(BadRequest) as caught:
        read_words(text, NOON)
    assert str(caught.value).startswith(MISTAKES[text])


@pytest.mark.parametrize("verb", TAKES)
def test_the_example_of_every_verb_works(verb: CommandVerb) -> None:
    """It is what a mistake is answered with."""
    example = TAKES[verb].example.replace("sha256:…", DIGEST)
    assert read_words(example, NOON).verb is verb


def test_a_reason_keeps_no_control_characters() -> None:
    """It stands on a card and in an operator's terminal: no escapes, no reversed text, but emoji stay whole."""
    command = read_words("rollback dev/cats bad \x1b[31m\u202eevil\u202c \U0001f469\u200d\U0001f4bb", NOON)
    assert command.reason == "bad [31mevil \U0001f469\u200d\U0001f4bb"


@given(
    text=st.text(max_size=200) | st.from_regex(r"(approve|freeze|pin|lock) [a-z/. ]{0,30}( for | until |--|sha256:).*")
)
def test_no_text_ends_in_anything_but_a_command_or_a_mistake(text: str) -> None:
    """Whoever is in the chat can write anything."""
    with suppress(BadRequest):
        assert read_words(text, NOON).verb in CommandVerb


def test_the_same_command_can_come_as_a_document() -> None:
    """Systems do not write sentences."""
    document = {"decision": "freeze", "target": "dev", "for": "2h", "reason": "the database moves"}
    assert read_fields(document, "decision", NOON) == read_words("freeze dev for 2h the database moves", NOON)
    glass = {"decision": "approve", "target": "dev/cats", "binding": PLAN, "reason": "down", "break_glass": True}
    assert read_fields(glass, "decision", NOON) == Command(
        V.APPROVE, CATS, binding=PLAN, reason="down", break_glass=True
    )
    bound = {"decision": "approve", "target": "dev/cats", "binding": PLAN, "release": "dev-cats-1", "until": None}
    assert read_fields(bound, "decision", NOON) == Command(V.APPROVE, CATS, "dev-cats-1", PLAN)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({}, "decision is missing. Say what to do"),
        ({"decision": 7}, "decision: 7. It is a text"),
        ({"decision": "approve", "target": ["dev/cats"]}, "target: ['dev/cats']. It is a text"),
        ({"decision": "approve", "person": "kim"}, "field: 'person'."),
        ({"decision": "approve", "targets": "dev/cats"}, "field: 'targets'. Did you mean target?"),
        ({"decision": "approve", "break_glass": "yes"}, "break_glass: 'yes'. It is true or false."),
        (
            {"decision": "freeze", "target": "dev", "for": "1h", "until": "2027-01-01", "reason": "x"},
            "end: '1h and 2027",
        ),
        ({"decision": "plan", "target": "dev/cats", "release": "a b"}, "release: 'a b'."),
        ({"decision": "pin", "target": "dev/cats", "until": "2027-01-01"}, "until of pin"),
    ],
)
def test_a_document_that_says_something_else_is_refused(document: dict[str, object], said: str) -> None:
    """A field that is not known may have been the one that mattered."""
    with pytest.raises(BadRequest) as caught:
        read_fields(document, "decision", NOON)
    assert str(caught.value).startswith(said)
