"""A release as GitHub's Deployment: the App's key stays in KMS, and what is sent is what GitHub documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import urllib3
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from fakes.clock import FakeClock
from fakes.github import INSTALLATION, GitHub, github
from fakes.mirror import FakeMirror
from fakes.samples import DIGEST
from fakes.secrets import FakeSecrets
from fakes.wire import client
from moto import mock_aws
from pilotage.aws.signing import KmsSigner
from pilotage.chat.github_app import GitHubApp
from pilotage.chat.github_mirror import GitHubMirror, cut
from pilotage.errors import AccessDenied, BadRequest, BadSettings, NotFound, PilotageError, Throttled, Unavailable
from pilotage.ports import Mirror, Mirrored, MirrorState

pytestmark = pytest.mark.enable_socket

COMMIT = "4be1" * 10
RELEASE = Mirrored("dev-cats-1", COMMIT, "dev/cats", DIGEST, "cats v1 to dev")
STATE = MirrorState("in_progress", "the rollout is under way", "https://console.example/executions/1")


class Scene:
    """A mirror, and the GitHub that it speaks to."""

    def __init__(self, host: GitHub, kms: Any, key: str, clock: FakeClock) -> None:
        self.host, self.clock = host, clock
        self.secrets = FakeSecrets()
        self.secrets.put("github", {"app_id": 99, "installation_id": INSTALLATION, "private_key_kms": key})
        self.pool = urllib3.PoolManager(retries=False, timeout=5)
        self.mirror = GitHubMirror(GitHubApp(self.secrets, KmsSigner(kms), clock, host.url, self.pool))


@pytest.fixture
def scene() -> Iterator[Scene]:
    clock = FakeClock()
    with mock_aws():
        kms = client("kms")
        key = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
        public = load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
        assert isinstance(public, RSAPublicKey)
        with github(lambda signed, given: public.verify(given, signed, PKCS1v15(), SHA256()), clock.now) as host:
            made = Scene(host, kms, key, clock)
            yield made
            made.pool.clear()


@pytest.fixture(params=["fake", "github"])
def mirror(request: pytest.FixtureRequest) -> Mirror:
    if request.param == "fake":
        return FakeMirror()
    made: Scene = request.getfixturevalue("scene")
    return made.mirror


def test_one_release_is_one_deployment(mirror: Mirror) -> None:
    """A teller that died after it had opened one would leave a second that is never ended."""
    first = mirror.open("team/cats", RELEASE)
    mirror.say("team/cats", first, STATE)
    assert mirror.open("team/cats", RELEASE) == first
    assert mirror.open("team/cats", replace(RELEASE, release_id="dev-cats-2")) != first


def test_a_deployment_merges_nothing_and_waits_for_no_check(scene: Scene) -> None:
    """What is released was built already: GitHub's defaults would merge branches and refuse for a missing check."""
    scene.mirror.open("team/cats", RELEASE)
    [deployment] = scene.host.deployments
    assert (deployment["ref"], deployment["environment"]) == (COMMIT, "dev/cats")
    assert (deployment["auto_merge"], deployment["required_contexts"]) == (False, [])
    assert deployment["payload"] == {"release": "dev-cats-1", "digest": DIGEST}
    assert scene.host.complaints == []


@pytest.mark.parametrize("state", ["queued", "in_progress", "pending", "success", "failure", "error", "inactive"])
def test_every_state_of_ours_is_one_of_githubs(scene: Scene, state: str) -> None:
    """A status that GitHub refuses would leave the deployment as it was."""
    deployment = scene.mirror.open("team/cats", RELEASE)
    scene.mirror.say("team/cats", deployment, replace(STATE, state=state, description="x" * 500))
    [status] = scene.host.statuses
    assert (status["state"], status["log_url"]) == (state, STATE.log_url)
    assert len(status["description"]) == 140
    assert scene.host.complaints == []


def test_a_token_is_for_one_repository_and_deployments_alone(scene: Scene) -> None:
    """Whoever got hold of it could do no more than that, for an hour; and it is asked for once."""
    for number in range(3):
        scene.mirror.open("team/cats", replace(RELEASE, release_id=str(number)))
    expected = {"repositories": ["cats"], "permissions": {"deployments": "write"}, "iss": "99"}
    assert scene.host.tokens == [expected]
    scene.clock.advance(minutes=56)
    scene.mirror.open("team/cats", RELEASE)
    assert scene.host.tokens == [expected, expected]


@pytest.mark.parametrize(
    ("status", "headers", "raised"),
    [
        (500, {}, Unavailable),
        (502, {}, Unavailable),
        (429, {}, Throttled),
        (403, {"retry-after": "60"}, Throttled),
        (403, {"x-ratelimit-remaining": "0"}, Throttled),
        (403, {"x-ratelimit-remaining": "17"}, AccessDenied),
        (401, {}, BadSettings),
        (404, {}, NotFound),
        (302, {"location": "http://127.0.0.1:9/"}, BadRequest),
        (422, {}, BadRequest),
    ],
)
def test_what_githubs_answers_mean(
    scene: Scene, status: int, headers: dict[str, str], raised: type[PilotageError]
) -> None:
    """Some are worth another try, others need an operator; none of them shows a token."""
    scene.host.broken.append((status, headers))
    with pytest.raises(raised) as error:
        scene.mirror.open("team/cats", RELEASE)
    assert "Bearer" not in str(error.value)


def test_a_host_that_does_not_answer_is_worth_another_try(scene: Scene) -> None:
    """The release goes on meanwhile: nothing waits for its mirror."""
    app = GitHubApp(scene.secrets, KmsSigner(client("kms")), scene.clock, "http://127.0.0.1:9", scene.pool)
    with pytest.raises(PilotageError, match=r"NewConnectionError"):
        app._send("GET", "/", "token", None)


@pytest.mark.parametrize("change", [{"app_id": ""}, {"installation_id": "../1"}, {"private_key_kms": None}])
def test_a_secret_that_is_not_whole_is_named(scene: Scene, change: dict[str, Any]) -> None:
    """One sentence for the operator, without anything that is in it."""
    [document] = scene.secrets.of("github")
    scene.secrets.put("github", {**document, **change})
    with pytest.raises(BadSettings, match="secret github"):
        scene.mirror.open("team/cats", RELEASE)


def test_descriptions_are_one_line() -> None:
    """They come from commits and reasons, and GitHub takes 140 characters."""
    assert cut("a\nb\t c\u202e") == "a b c"
    assert cut("x" * 141) == "x" * 137 + "..."
