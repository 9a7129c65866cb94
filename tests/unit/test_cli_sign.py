"""`pilotage sign`: what it prints opens the entrance, and the secret shows up nowhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pilotage.aws.clock import SystemClock
from pilotage.signatures import github, slack, standard, teams
from pilotage_cli.main import app
from typer.testing import CliRunner, Result

BODY = b"command=%2Fpilotage&text=status+cats\n"
SECRETS = {
    "slack": "fake-signing-secret",
    "github": "fake-webhook-secret",
    "teams": "ZmFrZSBzZWNyZXQ=",
    "standard": "whsec_ZmFrZSBzZWNyZXQ=",
}
SCHEMES: dict[str, Any] = {"slack": slack, "github": github, "teams": teams, "standard": standard}


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PILOTAGE_SIGNING_SECRET", raising=False)
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.chdir(tmp_path)
    Path("body").write_bytes(BODY)


def ran(*words: str, **environment: str) -> Result:
    return CliRunner().invoke(app, ["sign", *words], env=environment)


def verified(scheme: str, headers: dict[str, str]) -> bool:
    return bool(SCHEMES[scheme].verify(BODY, headers, [SECRETS[scheme]], SystemClock().now()))


@pytest.mark.parametrize("scheme", SECRETS)
def test_the_headers_are_lines_for_curl(scheme: str) -> None:
    """`curl -H @-` reads one header a line; a narrow terminal must not break them."""
    Path("secret").write_text(SECRETS[scheme] + "\n")
    result = ran(scheme, "body", "--secret-file", "secret")
    assert result.exit_code == 0, result.stderr
    headers = dict(line.split(": ", 1) for line in result.stdout.splitlines())
    assert verified(scheme, headers)
    assert SECRETS[scheme] not in result.output


@pytest.mark.parametrize("scheme", SECRETS)
def test_the_secret_may_come_from_the_environment(scheme: str) -> None:
    """And the headers as JSON, for programs."""
    result = ran(scheme, "body", "--format", "json", PILOTAGE_SIGNING_SECRET=SECRETS[scheme])
    assert verified(scheme, json.loads(result.stdout))


@pytest.mark.parametrize(
    ("words", "secret", "expected"),
    [
        (("slack", "body"), "", "PILOTAGE_SIGNING_SECRET"),
        (("slack", "nothing"), "fake", "There is no such file"),
        (("slack", "."), "fake", "It is a folder"),
        (("slack", "body", "--secret-file", "nothing"), "", "There is no such file"),
        (("slcak", "body"), "fake", "did you mean slack?"),
        (("teams", "body"), "no base64!", "no base64"),
        (("standard", "body"), "whsec_", "It is empty"),
        (("slack", "body", "--secret-file", "binary"), "", "UTF-8"),
    ],
)
def test_bad_input_is_one_sentence(words: tuple[str, ...], secret: str, expected: str) -> None:
    """Thing, value, remedy; and no secret in it."""
    Path("binary").write_bytes(b"\xff\xfe")
    result = ran(*words, PILOTAGE_SIGNING_SECRET=secret)
    assert result.exit_code == 2
    assert expected in " ".join(result.stderr.split())
    assert "no base64!" not in result.output
