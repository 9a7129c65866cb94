"""Commands from a terminal: what is sent, how it is signed, and what a person reads of the answer."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from fakes.clock import NOON
from fakes.harbour import Harbour
from fakes.samples import a_plan, a_record, a_request
from pilotage import approval
from pilotage.audit import Entry
from pilotage.deciding import GroupQuorum, Rule
from pilotage.outcome import Outcome
from pilotage.people import Channel, Identity
from pilotage.settings import Settings
from pilotage_cli import commanding
from pilotage_cli.commands import audit, releases
from pilotage_cli.main import app
from typer.testing import CliRunner, Result

pytestmark = pytest.mark.enable_socket
ARN = "arn:aws:states:eu-west-1:123456789012:stateMachine:pilotage-release"
SETTINGS = Settings.read(
    {"PILOTAGE_TABLE": "t", "PILOTAGE_POLICY_BUCKET": "b", "PILOTAGE_STATE_MACHINE": ARN},
)
DONE = {"sentence": "dev is frozen by anna until it is lifted: the fair", "done": True, "release": None}


class Api(HTTPServer):
    """Answers each request with the next of `answers`, the last one for ever; `requests`: path, headers and body."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.answers: list[tuple[int, bytes]] = []
        self.requests: list[tuple[str, dict[str, str], bytes]] = []

    def will_say(self, *answers: tuple[int, Any]) -> None:
        self.answers = [(status, json.dumps(document).encode()) for status, document in answers]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Taking(BaseHTTPRequestHandler):
    server: Api

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.requests.append((self.path, {key.lower(): value for key, value in self.headers.items()}, body))
        status, said = self.server.answers.pop(0) if len(self.server.answers) > 1 else self.server.answers[0]
        self.send_response(status)
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the signature is http.server's
        """A test reads the requests, not the terminal."""


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "fake-secret-of-a-test")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    monkeypatch.setattr(commanding, "_RETRY", commanding._RETRY.new(backoff_factor=0))
    with Api() as server:
        monkeypatch.setattr(commanding, "outputs", lambda _: {"ApiUrl": server.url})
        monkeypatch.setattr(commanding, "settings_of", lambda *_: SETTINGS)
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        yield server
        server.shutdown()
        serving.join()


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words)


SENT = {
    ("approve", "dev/cats", "3f9a2c1b", "--because", "tried it"): {
        "command": "approve",
        "target": "dev/cats",
        "binding": "3f9a2c1b",
        "reason": "tried it",
    },
    ("approve", "dev/cats", "3f9a2c1b", "--break-glass", "--because", "the shop is down"): {
        "command": "approve",
        "target": "dev/cats",
        "binding": "3f9a2c1b",
        "reason": "the shop is down",
        "break_glass": True,
    },
    ("reject", "dev/cats", "3f9a2c1b", "--because", "no"): {
        "command": "reject",
        "target": "dev/cats",
        "binding": "3f9a2c1b",
        "reason": "no",
    },
    ("rollback", "dev/cats", "--because", "500"): {"command": "rollback", "target": "dev/cats", "reason": "500"},
    ("pin", "dev/cats"): {"command": "pin", "target": "dev/cats"},
    ("pin", "dev/cats", "sha256:0123456"): {"command": "pin", "target": "dev/cats", "digest": "sha256:0123456"},
    ("unpin", "dev/cats"): {"command": "unpin", "target": "dev/cats"},
    ("ban", "dev/cats", "--because", "x"): {"command": "ban", "target": "dev/cats", "reason": "x"},
    ("unban", "dev/cats", "sha256:0123456"): {"command": "unban", "target": "dev/cats", "digest": "sha256:0123456"},
    ("freeze", "dev", "--for", "2h", "--because", "x"): {
        "command": "freeze",
        "target": "dev",
        "for": "2h",
        "reason": "x",
    },
    ("unfreeze", "everything"): {"command": "unfreeze", "target": "everything"},
    ("lock", "dev", "--until", "2026-12-01T18:00", "--because", "x"): {
        "command": "lock",
        "target": "dev",
        "until": "2026-12-01T18:00",
        "reason": "x",
    },
    ("unlock", "dev/cats"): {"command": "unlock", "target": "dev/cats"},
}


@pytest.mark.parametrize("words", SENT)
def test_a_command_is_sent_as_its_fields(api: Api, words: tuple[str, ...]) -> None:
    """What the function reads is what was typed, and nothing that was not."""
    api.will_say((200, DONE))
    ended = run(*words)
    assert ended.exit_code == 0, ended.output
    assert ended.stdout.strip() == DONE["sentence"]
    [(path, _, body)] = api.requests
    assert (path, json.loads(body)) == ("/v1/commands", SENT[words])


def test_the_request_is_signed_for_the_api_that_it_goes_to(api: Api) -> None:
    """API Gateway makes the same signature of what arrives: host, body, key and time are all in it."""
    api.will_say((200, DONE))
    run("unfreeze", "dev")
    [(path, headers, body)] = api.requests
    assert headers["host"] == api.url.removeprefix("http://")
    given = headers["authorization"]
    assert re.search(r"Credential=AKIAIOSFODNN7EXAMPLE/\d{8}/eu-west-1/execute-api/aws4_request", given)
    named = re.search(r"SignedHeaders=([^,]+)", given)
    assert named is not None
    assert named[1].split(";") == ["content-type", "host", "idempotency-key", "x-amz-date"]
    signed = {name: headers[name] for name in named[1].split(";")}
    again = AWSRequest("POST", f"{api.url}{path}", data=body, headers=signed)
    again.context["timestamp"] = headers["x-amz-date"]
    auth = SigV4Auth(Credentials("AKIAIOSFODNN7EXAMPLE", "fake-secret-of-a-test"), "execute-api", "eu-west-1")
    signature = auth.signature(auth.string_to_sign(again, auth.canonical_request(again)), again)
    assert given.endswith(f"Signature={signature}")


def test_what_is_tried_again_carries_the_same_key(api: Api) -> None:
    """A gateway that timed out may have done it: the second try is known as the same command."""
    api.will_say((503, {"message": "Service Unavailable"}), (200, DONE))
    assert run("rollback", "dev/cats", "--because", "500").exit_code == 0
    first, second = (headers["idempotency-key"] for _, headers, _ in api.requests)
    assert first == second
    run("rollback", "dev/cats", "--because", "500")
    assert api.requests[-1][1]["idempotency-key"] != first


def test_a_refusal_is_a_sentence_and_an_exit_code(api: Api) -> None:
    """A script sees it by 3, a person reads why; JSON says both."""
    refused = {"sentence": "dev/cats: too late: approved by anna", "done": False, "release": "r1"}
    api.will_say((403, refused))
    ended = run("approve", "dev/cats", "3f9a2c1b")
    assert (ended.exit_code, ended.stdout) == (3, "")
    assert "approved by anna  (release r1)" in ended.stderr
    shown = json.loads(run("approve", "dev/cats", "3f9a2c1b", "--format", "json").stdout)
    assert shown == {**refused, "understood": True}


def test_a_mistake_is_told_as_the_chat_would_tell_it(api: Api) -> None:
    """The same sentence, and the exit code of all bad input."""
    sentence = "for: 'maintenance'. Write a number and m, h, d or w, such as 90m or 2h."
    api.will_say((400, {"sentence": sentence, "done": False, "release": None}))
    ended = run("freeze", "dev", "--for", "maintenance", "--because", "x")
    assert (ended.exit_code, ended.stderr.strip()) == (2, sentence)


def test_who_may_not_call_the_api_learns_what_to_allow(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """API Gateway itself says only Forbidden."""
    monkeypatch.setattr(commanding, "_who", lambda: "arn:aws:iam::123456789012:user/anna")
    answer = (403, b'{"message": "Forbidden"}')
    monkeypatch.setattr(commanding, "_post", lambda *_: answer)
    monkeypatch.setattr(
        commanding, "outputs", lambda _: {"ApiUrl": "https://abcdef12.execute-api.eu-west-1.amazonaws.com"}
    )
    ended = run("unlock", "dev")
    assert ended.exit_code == 2
    assert "user/anna" in ended.stderr
    resource = "arn:aws:execute-api:eu-west-1:123456789012:abcdef12/*/POST/v1/commands"
    assert f"allow execute-api:Invoke on {resource}" in ended.stderr


@pytest.mark.parametrize("answer", [(500, {"message": "Internal Server Error"}), (200, ["?"]), (404, {})])
def test_an_api_that_answers_something_else_is_said_so(api: Api, answer: tuple[int, Any]) -> None:
    """No traceback, and a place to look."""
    api.will_say(answer)
    ended = run("unlock", "dev")
    assert ended.exit_code == 1
    assert f"answered {answer[0]}; the log of TakeCommandFunction" in ended.stderr


def test_an_api_that_is_not_there_is_said_so(monkeypatch: pytest.MonkeyPatch, api: Api) -> None:
    """The stack was deleted, or a proxy stands between."""
    monkeypatch.setattr(commanding, "outputs", lambda _: {"ApiUrl": "http://127.0.0.1:9"})
    ended = run("unlock", "dev")
    assert ended.exit_code == 1
    assert "does not answer" in ended.stderr


def test_an_older_stack_is_named(monkeypatch: pytest.MonkeyPatch, api: Api) -> None:
    """It takes no commands yet."""
    monkeypatch.setattr(commanding, "outputs", lambda _: {})
    ended = run("unlock", "dev")
    assert ended.exit_code == 2
    assert "no output ApiUrl" in ended.stderr


def test_without_credentials_nothing_is_sent(monkeypatch: pytest.MonkeyPatch, api: Api) -> None:
    """The remedy is to sign in."""
    monkeypatch.setattr("boto3.Session.get_credentials", lambda _: None)
    ended = run("unlock", "dev")
    assert ended.exit_code == 2
    assert "Sign in first" in ended.stderr
    assert api.requests == []


@pytest.fixture
def harbour(monkeypatch: pytest.MonkeyPatch) -> Harbour:
    """Where `releases` and `audit` look, in place of a stack's table."""
    harbour = Harbour()
    for command in (releases, audit):
        monkeypatch.setattr(command, "world", lambda _: harbour)
        monkeypatch.setattr(command, "environment_of", lambda _, named: named or "dev")
    return harbour


def asks(harbour: Harbour) -> str:
    """A release of dev/cats waits for people; its plan's short hash."""
    request = replace(a_request("r1"), environment="dev")
    harbour.records.open(replace(a_record("r1"), request=request, waits_for="1 more of owners"))
    plan = replace(a_plan(), environment="dev", asks=Rule((GroupQuorum("owners"),)))
    policy = harbour.policies.current("dev")
    return harbour.approvals.open(approval.ask(plan, request, policy, NOON)).short


def test_releases_name_the_plan_that_a_decision_has_to_name(harbour: Harbour) -> None:
    """From the list, a person can go on to `approve` without looking anywhere else."""
    short = asks(harbour)
    done = replace(a_request("r0"), environment="dev")
    harbour.records.open(replace(a_record("r0"), request=done, outcome=Outcome.SUCCEEDED, decided="approved by ada"))
    waiting = json.loads(run("releases", "--waiting", "--format", "json").stdout)
    assert [(each["plan"], each["record"]["request"]["release_id"]) for each in waiting] == [(short, "r1")]
    shown = " ".join(run("releases").stdout.split())
    assert f"plan {short}" in shown
    assert "approved by ada" in shown


def test_audit_shows_who_did_what_and_who_was_refused(harbour: Harbour) -> None:
    """A year later, this is what an auditor reads."""
    nobody = Identity(Channel.SLACK, "T0CATS/U0EVE")
    entry = Entry("m1", NOON, "dev", "cats", "approve", None, nobody, "nobody knows [you]", refused=True)
    harbour.trail.add(entry)
    harbour.trail.add(replace(entry, id="m2", service="dogs", at=NOON + timedelta(minutes=1)))
    shown = " ".join(run("audit", "--service", "cats").stdout.split())
    assert "approve dev/cats" in shown
    assert "refused" in shown
    assert "dogs" not in shown
    found = json.loads(run("audit", "--format", "json").stdout)
    assert [each["id"] for each in found] == ["m2", "m1"]
    assert found[1]["sentence"] == "nobody knows [you]"
