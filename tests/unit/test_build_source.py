"""What a build learns from git."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from pilotage.errors import BadRequest
from pilotage_cli.build.labels import labels_of
from pilotage_cli.build.source import Source, folder_of, head, pusher, read_source, repository_name, tag_of


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), "-c", "user.name=Ann Angler", "-c", "user.email=ann@example.org", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits: the first has the folder `naps`, the second changes something else."""
    folder = tmp_path / "cats"
    (folder / "naps").mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    (folder / "naps" / "a").write_text("1")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "one", "--date=2026-01-02T03:04:05Z")
    (folder / "b").write_text("2")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "two")
    return folder


def test_a_folder_is_named_after_the_last_commit_that_touched_it(repository: Path) -> None:
    """A push that leaves a service alone must not release it again."""
    first, second = git(repository, "rev-parse", "HEAD~1"), git(repository, "rev-parse", "HEAD")
    assert read_source(repository / "naps", None, None).commit == first
    assert read_source(repository, None, None).commit == second
    assert read_source(repository, first, None).commit == first
    assert head(repository, None) == second


def test_the_author_and_the_date_are_the_commits(repository: Path) -> None:
    """Approvals ask who wrote it; the date is no clock's, so that a rebuild makes the same image."""
    source = read_source(repository, None, None)
    assert source.authors == "ann@example.org"
    assert labels_of(source, None, None)["org.opencontainers.image.authors"] == "ann@example.org"
    assert source.created == git(repository, "log", "-1", "--format=%cI")
    assert not source.dirty


def test_who_commits_what_another_wrote_is_an_author_too(repository: Path) -> None:
    """A merge or a rebase is a change, and whoever made it is not the one to approve it."""
    (repository / "b").write_text("3")
    git(repository, "-c", "user.email=bob@example.org", "commit", "-qam", "three", "--author=Eve <eve@example.org>")
    assert read_source(repository, None, None).authors == "eve@example.org, bob@example.org"
    (repository / "b").write_text("4")
    git(repository, "-c", "user.email=noreply@github.com", "commit", "-qam", "four", "--author=Eve <eve@example.org>")
    assert read_source(repository, None, None).authors == "eve@example.org"


def test_whoever_builds_at_home_is_the_pusher(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who pushes somebody else's commit cannot approve it either."""
    monkeypatch.delenv("CODEBUILD_BUILD_ID", raising=False)
    git(repository, "config", "user.email", "bob@example.org")
    assert pusher(repository) == "bob@example.org"
    assert labels_of(Source(), None, None, pusher(repository)) == {"dev.pilotage.pusher": "bob@example.org"}


def test_in_codebuild_the_pusher_is_whose_push_started_it(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address that the build's own git is set up with is nobody's."""
    git(repository, "config", "user.email", "build@example.org")
    monkeypatch.setenv("CODEBUILD_BUILD_ID", "cats:1")
    assert pusher(repository) is None
    monkeypatch.setenv("CODEBUILD_WEBHOOK_ACTOR_ACCOUNT_ID", "1234567")
    assert pusher(repository) == "actor:1234567"


def test_changes_that_no_commit_has_are_marked(repository: Path) -> None:
    """The label must not say that a commit is running when it is not."""
    (repository / "b").write_text("3")
    source = read_source(repository, None, None)
    assert source.dirty
    assert labels_of(source, None, None)["org.opencontainers.image.revision"] == f"{source.commit}-dirty"


def test_an_unknown_commit_is_refused(repository: Path) -> None:
    """A typing error in --commit is named, not labelled."""
    with pytest.raises(BadRequest, match="does not know it"):
        read_source(repository, "0123456789abcdef0123456789abcdef01234567", None)


def test_a_folder_without_git_builds_too(tmp_path: Path) -> None:
    """A zip from a pipeline has no history; what was given is what is known."""
    assert read_source(tmp_path, "abc", None) == Source(commit="abc")
    assert head(tmp_path, "abc") == "abc"


@pytest.mark.parametrize(
    ("remote", "shown"),
    [
        ("https://ann:secret@git.example.org/team/cats.git", "https://git.example.org/team/cats.git"),
        ("git@git.example.org:team/cats.git", "git@git.example.org:team/cats.git"),
        ("../cats.git", None),
        ("file:///srv/cats.git", None),
    ],
)
def test_the_source_label_holds_no_credential_and_no_path(repository: Path, remote: str, shown: str | None) -> None:
    """Labels are read by everyone who can pull; a token in a remote's URL is a leak."""
    git(repository, "remote", "add", "origin", remote)
    assert read_source(repository, None, None).url == shown
    assert repository_name(repository) == "cats"


@pytest.mark.parametrize(
    ("ref", "commit", "tag"),
    [
        ("refs/tags/v1", "a" * 40, "v1"),
        ("refs/tags/rel/1", "a" * 40, "rel-1"),
        ("refs/heads/main", "a" * 40, "main-aaaaaaaaaaaa"),
        ("refs/heads/feat/x", "a" * 40, "feat-x-aaaaaaaaaaaa"),
        (None, "a" * 40, "aaaaaaaaaaaa"),
        (None, None, "latest"),
    ],
)
def test_a_ref_names_the_image_tag(ref: str | None, commit: str | None, tag: str) -> None:
    """A tag keeps its name; a branch moves, so its tag must not."""
    assert tag_of(ref, commit) == tag


def test_nothing_that_is_unknown_becomes_a_label() -> None:
    """An empty label reads like an answer."""
    assert labels_of(Source(), None, None) == {}


def test_a_tag_that_begins_with_a_folder_is_about_that_folder_alone(tmp_path: Path) -> None:
    """One repository holds several images; `naps/v2` releases the naps, and nobody else's image is built."""
    (tmp_path / "naps").mkdir()
    (tmp_path / "naps" / "Dockerfile").write_text("FROM scratch\n")
    assert folder_of("refs/tags/naps/v2", tmp_path) == "naps"
    assert tag_of("refs/tags/naps/v2", None, "naps") == "v2"
    assert folder_of("refs/tags/dogs/v2", tmp_path) == ""
    assert folder_of("refs/heads/naps/v2", tmp_path) == ""


@pytest.mark.parametrize(("said", "known"), [("ada@example.org", "ada@example.org"), ("a,b", "ab"), ("", None)])
def test_who_pushed_is_what_the_git_server_said(
    repository: Path, monkeypatch: pytest.MonkeyPatch, said: str, known: str | None
) -> None:
    """A hook builds on the server, whose own address would name one author for everybody's work."""
    monkeypatch.setenv("PILOTAGE_PUSHER", said)
    assert pusher(repository) == known
