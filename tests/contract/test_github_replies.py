"""An answer as a comment at GitHub: below the one that asked, and nothing in it comes alive."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import urllib3
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from fakes.clock import FakeClock
from fakes.github import INSTALLATION, GitHub, github
from fakes.secrets import FakeSecrets
from hypothesis import example, given
from hypothesis import strategies as st
from pilotage.chat.github_app import GitHubApp
from pilotage.chat.github_mirror import GitHubMirror
from pilotage.chat.github_replies import GitHubReplies, comment
from pilotage.errors import BadRequest, NotFound
from pilotage.ports import Mirrored

pytestmark = pytest.mark.enable_socket

KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


class Signer:
    def signature(self, key: str, message: bytes) -> bytes:
        assert key == "arn:the-key"
        return KEY.sign(message, padding.PKCS1v15(), SHA256())


class Scene:
    def __init__(self, host: GitHub, clock: FakeClock) -> None:
        self.host = host
        secrets = FakeSecrets()
        secrets.put("github", {"app_id": 99, "installation_id": INSTALLATION, "private_key_kms": "arn:the-key"})
        self.pool = urllib3.PoolManager(retries=False, timeout=5)
        self.app = GitHubApp(secrets, Signer(), clock, host.url, self.pool)
        self.replies = GitHubReplies(self.app, f"{host.url}/")
        self.thread = f"{host.url}/repos/team/cats/issues/7/comments"


@pytest.fixture
def scene() -> Iterator[Scene]:
    clock = FakeClock()
    public = KEY.public_key()
    with github(lambda signed, given: public.verify(given, signed, padding.PKCS1v15(), SHA256()), clock.now) as host:
        made = Scene(host, clock)
        yield made
        made.pool.clear()


def test_the_answer_stands_below_the_question(scene: Scene) -> None:
    """Who asked is notified by GitHub itself, since they wrote there."""
    assert scene.replies.post(scene.thread, "For ada:\nplan 3f9a2c1b of dev/cats is approved.") == "1001"
    assert scene.host.comments == {"7": ["` For ada: `  \n` plan 3f9a2c1b of dev/cats is approved. `"]}
    assert scene.host.complaints == []


def test_its_token_may_write_comments_and_nothing_else(scene: Scene) -> None:
    """One that leaks cannot forge a deployment; nor can that of deployments write comments."""
    scene.replies.post(scene.thread, "done")
    scene.replies.post(scene.thread, "done")
    GitHubMirror(scene.app).open("team/cats", Mirrored("r1", "4be1" * 10, "dev/cats", "sha256:0", "cats"))
    assert [token["permissions"] for token in scene.host.tokens] == [{"issues": "write"}, {"deployments": "write"}]


@pytest.mark.parametrize(
    "thread",
    [
        "https://elsewhere.example/repos/team/cats/issues/7/comments",
        "{url}.elsewhere.example/repos/team/cats/issues/7/comments",
        "{url}/repos/team/cats/issues/7/comments/../../../keys",
        "{url}/repos/team/cats/issues/7/comments?x=1",
        "/repos/team/cats/issues/7/comments",
        "{url}/repos/team/../issues/7/comments/",
        "",
    ],
)
def test_only_an_issue_of_our_own_github_is_written_to(scene: Scene, thread: str) -> None:
    """The address came with the message: a token of ours goes nowhere else."""
    with pytest.raises(BadRequest, match="comments_url"):
        scene.replies.post(thread.format(url=scene.host.url), "done")
    assert scene.host.tokens == []


def test_an_app_without_the_right_is_told_as_a_mistake(scene: Scene) -> None:
    """Deployments alone are a set-up that is meant: what cannot be said there must not fill a queue."""
    scene.host.granted = {"deployments"}
    with pytest.raises(BadRequest):
        scene.replies.post(scene.thread, "done")


def test_a_repository_where_the_app_is_not_is_a_mistake(scene: Scene) -> None:
    """An issue that was moved or deleted meanwhile, as well."""
    with pytest.raises(NotFound):
        scene.replies.post(scene.thread.replace("cats", "dogs"), "done")


@given(st.text(st.sampled_from("`@#\\<>![]( \n\r\t\u2028\u202ea")))
@example("``` @team ```")
@example("`")
def test_nothing_of_others_leaves_its_code_span(text: str) -> None:
    """Mentions, references, links and images of GitHub need text outside of code."""
    for line in comment(f"For ada:\n{text}").split("  \n"):
        fence = line[: len(line) - len(line.lstrip("`"))]
        inside = line[len(fence) : -len(fence)]
        assert line.startswith(f"{fence} ")
        assert line.endswith(f" {fence}")
        assert fence not in inside
        assert "\n" not in inside


def test_an_answer_has_an_end() -> None:
    """GitHub takes 65,536 characters, and people read less."""
    said = comment("\n".join(f"{number} " + "x" * 5_000 for number in range(500)))
    assert len(said) < 41 * 610
    assert said.endswith("` and 460 more `")
