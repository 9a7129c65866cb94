"""What looks like a credential is taken out of what is kept, and nothing else is."""

from __future__ import annotations

import time

import pytest
from pilotage.credentials import HIDDEN, looks_like_a_credential, without_credentials

pytestmark = pytest.mark.disable_socket

FAKE = "notrealnotrealnotreal"


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        (f"key {'AKIA' + 'X' * 16} expired", "key *** expired"),
        (f"clone with {'ghp_' + 'x' * 36}", "clone with ***"),
        (f"slack {'xoxb-' + '1' * 12}-{FAKE}", "slack ***"),
        (f"redis://:{FAKE}@cache:6379/0", "redis://:***@cache:6379/0"),
        (f"mysql://cats:{FAKE}@db/cats?ssl=1", "mysql://cats:***@db/cats?ssl=1"),
        (f"PGPASSWORD={FAKE} psql", "PGPASSWORD=*** psql"),
        (f"aws_secret_access_key = {FAKE}", "aws_secret_access_key = ***"),
        (f'{{"token": "{FAKE} {FAKE}", "user": "cats"}}', '{"token": ***, "user": "cats"}'),
        (f"API-KEY: {FAKE}", "API-KEY: ***"),
        ("relation cats exists", "relation cats exists"),
        ("connected to https://db.example:5432/cats", "connected to https://db.example:5432/cats"),
        ("passwords are hashed", "passwords are hashed"),
        ("sha256:" + "a" * 64, "sha256:" + "a" * 64),
    ],
)
def test_a_line_loses_its_credentials_and_keeps_its_sense(line: str, kept: str) -> None:
    """The last lines of a log are there to be understood."""
    assert list(without_credentials([line])) == [kept]


def test_a_private_key_goes_from_its_first_line_to_its_last() -> None:
    """Its own lines look like nothing."""
    kind = "RSA PRIVATE"
    lines = ["before", f"-----BEGIN {kind} KEY-----", FAKE, f"-----END {kind} KEY-----", "after"]
    assert list(without_credentials(lines)) == ["before", HIDDEN, HIDDEN, HIDDEN, "after"]
    assert looks_like_a_credential(lines[1])


def test_no_line_takes_long() -> None:
    """Whoever can push writes them."""
    began = time.perf_counter()
    for part in ("://a", "password", "token=", "-----BEGIN ", "xoxb-", "A"):
        list(without_credentials([part * 5000]))
    assert time.perf_counter() - began < 10
