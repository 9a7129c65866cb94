"""The comment on a pull request: what it says, and that nothing of a stranger's manifest gets out of its fence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pilotage_cli.comment import MOST_BYTES, Said, comment, fenced, main, marker, read_said
from pilotage_cli.earlier_comment import earlier


def said(code: int = 0, document: dict[str, Any] | None = None, errors: str = "", command: str = "render") -> str:
    return comment(Said(command, code, document, errors), "cats in prod", "cats/prod")


PLAN = {
    "verdict": {"decision": "ask", "reasons": ["medium risk"]},
    "changes": [{"path": "count", "before": 2, "after": 4}, {"path": "environment.A", "before": None, "after": "x"}],
    "drift": [{"path": "service.enableExecuteCommand", "before": True, "after": False}],
    "left_alone": [],
    "risk": {"level": "medium", "points": [{"kind": "growth", "reason": "cpu goes up by 100 %"}]},
}


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (said(0, {"task_definition": {}}), ["### cats in prod: renders", "<summary>definitions</summary>"]),
        (said(3, {"refused": "no"}, "pilotage: no"), ["cats in prod: would be refused", "```\npilotage: no\n```"]),
        (said(2, None, "m.yaml, line 2"), ["something that was written is wrong", "m.yaml, line 2"]),
        (said(1, None, ""), ["could not be made", "It said nothing: see the job's log."]),
        (
            said(0, {"members": {"web": {"service": {}}, "w": {"refused": "no"}}}),
            ["<summary>definitions of web</summary>"],
        ),
        (
            said(0, PLAN, command="plan"),
            ["would ask for approval", "2 changes", "- count: 2\n+ count: 4", "+ environment.A: x",
             "changed by others, and set again", "risk medium\ngrowth: cpu goes up by 100 %", "medium risk"],
        ),
        (said(0, {"verdict": {"decision": "no_change"}}, command="plan"), ["changes nothing"]),
    ],
)  # fmt: skip
def test_it_says_what_would_happen(text: str, sentences: list[str]) -> None:
    """A reviewer reads one line, and opens the rest."""
    assert text.startswith("<!-- pilotage:cats/prod -->\n### ")
    assert [each for each in sentences if each not in text] == []


@given(st.text(alphabet="`~\n <>!-abc", max_size=60))
def test_a_fence_is_longer_than_what_it_holds(text: str) -> None:
    """Otherwise a manifest could close it, and write to people in Pilotage's name: mentions, links, pictures."""
    lines = fenced(text).split("\n")
    fence = lines[0]
    assert lines[-2] == fence
    assert set(fence) == {"`"}
    assert not [line for line in lines[1:-2] if line.strip().startswith(fence)]


@given(st.text(alphabet="`<>!-#@[]()\n abc", max_size=40), st.integers(0, 4))
def test_titles_and_markers_stay_one_line_of_plain_words(words: str, code: int) -> None:
    """A file's name is the stranger's choice, too."""
    text = comment(Said("render", code, None, ""), words, words)
    first, second = text.split("\n")[:2]
    assert first == marker(words)
    assert first.count("-->") == 1
    assert not set("<>`@[]!") & set(second)


def test_what_is_too_long_is_cut_between_blocks() -> None:
    """GitHub refuses a longer comment outright, and half a fence would let the rest out."""
    many = {f"m{n}": {"service": {"text": "é" * 5000}} for n in range(20)}
    text = said(0, {"members": many})
    assert len(text.encode()) <= MOST_BYTES
    assert text.count("```") % 2 == 0
    assert "... cut: the job's log has all of it." in text
    assert len(said(2, None, "x" * 100_000).encode()) <= MOST_BYTES


def test_an_answer_that_is_no_json_counts_as_nothing() -> None:
    assert read_said("plan", 1, "Traceback", " boom\n") == Said("plan", 1, None, "boom")
    assert read_said("plan", 1, "[1]", "").document is None


def test_the_command_writes_the_body_of_githubs_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {name: tmp_path / name for name in ("output", "errors", "body")}
    files["output"].write_text('{"refused": "no"}')
    files["errors"].write_bytes(b"pilotage: \xff no")
    main(["--command=render", "--exit-code=3", "--title=t", "--key=-k", *(f"--{n}={f}" for n, f in files.items())])
    body = json.loads(files["body"].read_text())["body"]
    assert body == capsys.readouterr().out
    assert "would be refused" in body


@pytest.mark.parametrize(
    ("comments", "found"),
    [
        ("[]", None),
        ('[{"id": 1, "user": {"type": "User"}, "body": "<!-- m -->\\nx"}]', None),
        ('[{"id": 1, "user": null, "body": "hi"}]\n[{"id": 2, "user": {"type": "Bot"}, "body": "<!-- m -->\\nx"}]', 2),
        ('[{"id": 3, "user": {"type": "Bot"}, "body": "<!-- m -->x"}]', None),
    ],
)
def test_only_a_bots_comment_with_the_same_marker_is_its_own(comments: str, found: int | None) -> None:
    """`gh api --paginate` writes one list a page, one behind the other."""
    assert earlier(comments, "<!-- m -->\nnew") == found
