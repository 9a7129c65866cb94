"""Whatever is sent to the entrance: no exception, no 5xx, nothing let in that was not signed, no secret in the log."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest
from fakes.entrance import Entrance, with_headers
from fakes.hostile import HIDDEN, ROUTES, WORDS, event, is_genuine
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pilotage.signatures import github, slack, standard, teams
from pilotage.telemetry import logger
from pilotage_cli.sam_local.messages import AT, MESSAGES, signed

# `make soak` sends as many as it is told, others each time; `make test` sends the same 20,000 every time.
SOAK = int(os.environ.get("SOAK", "0"))
INPUTS = SOAK or 20_000
CROWD = 50


def sent(share: float, at_a_time: int = 1) -> settings:
    """A share of all inputs."""
    return settings(
        max_examples=max(1, round(INPUTS * share / at_a_time)),
        derandomize=not SOAK,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.function_scoped_fixture),
    )


@contextmanager
def _watched() -> Iterator[list[str]]:
    handler = logger.registered_handler
    before, lines = handler.emit, []  # type: ignore[var-annotated]
    handler.emit = lambda record: lines.append(handler.format(record))  # type: ignore[method-assign]
    logger._logger.propagate = False  # pytest would keep every line
    try:
        yield lines
    finally:
        logger._logger.propagate = True
        handler.emit = before  # type: ignore[method-assign]


@pytest.fixture(scope="module")
def log() -> Iterator[list[str]]:
    """What the handler wrote for one event."""
    with _watched() as lines:
        yield lines


def hold(entrance: Entrance, made: Any, log: list[str]) -> None:
    log.clear()
    answer = entrance.call(made)
    assert answer["statusCode"] in (200, 202, 400, 401, 404, 413)
    is_refusal = answer["statusCode"] >= 400
    assert (answer["body"] == "{}") or not is_refusal
    assert bool(entrance.meter.refusals) == is_refusal
    assert is_refusal or is_genuine(made)
    assert not entrance.taken or not is_refusal
    assert len(log) == 1
    assert not any(hidden in log[0] for hidden in HIDDEN)


@sent(0.8, at_a_time=CROWD)
@given(seed=st.integers(0, 2**63))
def test_a_signed_message_that_was_tampered_with_never_gets_in(seed: int, log: list[str]) -> None:
    """Flipped bits, exchanged routes, headers doubled, bodies cut, junk for base64, a megabyte."""
    random = Random(seed)  # noqa: S311 - it draws events, no secrets
    for _ in range(CROWD):
        hold(Entrance(), event(random), log)


_VALUES = st.one_of(
    st.sampled_from(WORDS), st.text(max_size=30), st.binary(max_size=30).map(lambda raw: b64encode(raw).decode())
)
_HEADERS = st.dictionaries(
    st.one_of(st.sampled_from([name for made in MESSAGES for name in signed(made)["headers"]]), st.text(max_size=12)),
    _VALUES,
    max_size=8,
)
_EVENTS = st.fixed_dictionaries(
    {"routeKey": st.sampled_from(ROUTES)},
    optional={"headers": _HEADERS | _VALUES, "body": _VALUES, "isBase64Encoded": st.booleans() | _VALUES},
)


@sent(0.1)
@given(made=_EVENTS)
def test_nonsense_never_gets_in(made: dict[str, Any], log: list[str]) -> None:
    """Any header, any body, of any type."""
    hold(Entrance(), made, log)


_BODIES = st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
# Hypothesis reads constants in our sources, and so knows the secrets of nobody: this is about who does not.
_KEYS = (
    st.binary(min_size=1, max_size=40)
    .filter(bytes.strip)
    .map(lambda raw: b64encode(raw).decode())
    .filter(lambda key: not any(key in hidden for hidden in HIDDEN))
)
_SCHEMES = {"slack_action": slack, "slack_command": slack, "teams": teams, "github": github, "decision": standard}
CHANNELS = {
    "slack_action": "slack",
    "slack_command": "slack",
    "teams": "teams",
    "github": "github",
    "decision": "webhook",
}


@sent(0.1)
@given(name=st.sampled_from(sorted(_SCHEMES)), body=_BODIES, key=_KEYS, encoded=st.booleans())
def test_a_message_signed_with_another_key_never_gets_in(
    name: str, body: bytes, key: str, encoded: bool, log: list[str]
) -> None:
    """Right in every way, and by somebody who does not know the secret."""
    module: Any = _SCHEMES[name]
    headers = module.sign(body, key, AT, *(["msg_1"] if module is standard else []))
    text = b64encode(body).decode() if encoded else body.decode("utf-8", "replace")
    made = with_headers({**signed(f"receive_message_{name}"), "body": text, "isBase64Encoded": encoded}, **headers)
    entrance = Entrance()
    hold(entrance, made, log)
    assert entrance.meter.refusals == [("mismatch", CHANNELS[name])]
