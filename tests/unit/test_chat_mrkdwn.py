"""mrkdwn as Slack reads it: the chat must show what Slack would, and nothing else may become markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pilotage_local.chat.mrkdwn import Span, plain, spans

NAMES = {"U1": "@marlow", "C1": "#releases"}


def short(made: list[Span]) -> list[Any]:
    """`["a", ("bold", ["b"])]`: easier to read in a table."""
    return [_short(span) for span in made]


def _short(span: Span) -> Any:
    if span["kind"] == "text":
        return span["text"]
    if "inside" in span:
        return (span["kind"], short(span["inside"]))
    return (span["kind"], *([span["url"]] if "url" in span else []), span["text"])


CASES: list[tuple[str, list[Any]]] = [
    ("words", ["words"]),
    ("*bold* _it_ ~gone~", [("bold", ["bold"]), " ", ("italic", ["it"]), " ", ("strike", ["gone"])]),
    ("*_both_*", [("bold", [("italic", ["both"])])]),
    ("2 * 3 * 4", ["2 * 3 * 4"]),
    ("snake_case_name", ["snake_case_name"]),
    ("a*b*c", ["a*b*c"]),
    ("_snake_case_ *a *b*", [("italic", ["snake_case"]), " *a ", ("bold", ["b"])]),
    ("*over\nlines*", ["*over\nlines*"]),
    ("`a *b* &lt;`", [("code", "a *b* <")]),
    ("```\n*x* <y>\n```", [("pre", "*x* <y>")]),
    ("*a `*` b*", [("bold", ["a ", ("code", "*"), " b"])]),
    ("&gt; said\n&gt; again\nafter", [("quote", ["said\nagain"]), "after"]),
    ("> said", [("quote", ["said"])]),
    ("&lt;b&gt; &amp;lt; &quot;", ["<b> &lt; &quot;"]),
    ("<https://example.com/?a=1&amp;b|the *page*>", [("link", "https://example.com/?a=1&b", "the *page*")]),
    ("<mailto:a@example.com>", [("link", "mailto:a@example.com", "mailto:a@example.com")]),
    ("see https://example.com/x.", ["see ", ("link", "https://example.com/x", "https://example.com/x"), "."]),
    ("<javascript:alert(1)|click>", ["<javascript:alert(1)|click>"]),
    ("<data:text/html,x>", ["<data:text/html,x>"]),
    ("<script>alert(1)</script>", ["<script>", "alert(1)", "</script>"]),
    ("<@U1> <#C1>", [("mention", "@marlow"), " ", ("mention", "#releases")]),
    ("<@U9> <@U9|old>", [("mention", "@U9"), " ", ("mention", "@old")]),
    ("<!here> <!subteam^S1|@platform>", [("mention", "@here"), " ", ("mention", "@platform")]),
    ("<!date^1700000000^{date} at {time}|then>", [("date", "then")]),
    (":rocket: :no_such_thing: 10:20:30", ["🚀 :no_such_thing: 10:20:30"]),
    ("<>", ["<>"]),
    ("<@>", [("mention", "@")]),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_markup_is_read_as_slack_reads_it(text: str, expected: list[Any]) -> None:
    """What a card shows here is what people will see there."""
    assert short(spans(text, NAMES)) == expected


def test_plain_text_knows_no_markup() -> None:
    """A header with a star in it keeps the star."""
    assert short(plain("*a* <https://x|y> &amp; :anchor:")) == ["*a* <https://x|y> & ⚓"]


def leaves(made: list[Span]) -> Iterator[Span]:
    for span in made:
        if "inside" in span:
            yield from leaves(span["inside"])
        else:
            yield span


MARKUP = st.text(alphabet="*_~`<>|&;@#!:/\n ab1", max_size=60)


@given(st.text() | MARKUP)
def test_escaped_text_is_shown_as_it_was(text: str) -> None:
    """A commit message that was escaped, and holds no marks, comes out letter by letter."""
    text = re.sub(r"[*_~`:]", "", text)
    text = re.sub(r"(?m)^>+", "", text)
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    made = spans(escaped, NAMES)
    assert {span["kind"] for span in made} <= {"text"}
    assert "".join(span["text"] for span in made) == text


@given(st.text() | MARKUP)
def test_no_text_leads_anywhere_but_to_the_web_or_mail(text: str) -> None:
    """Whatever somebody writes: no span of an unknown kind, no link that runs a script."""
    for leaf in leaves(spans(text, NAMES)):
        assert leaf["kind"] in {"text", "code", "pre", "link", "mention", "date"}
        assert leaf.get("url", "https://").lower().startswith(("https://", "http://", "mailto:"))


@pytest.mark.parametrize("text", ["*" * 40_000, "`" * 40_000, "<" * 40_000, "*a " * 13_000, "*<a>`b" * 6_000])
def test_a_long_text_of_marks_is_read_all_the_same(text: str) -> None:
    """40,000 characters is what Slack takes: a text must not be able to hang the chat."""
    assert "".join(str(leaf["text"]) for leaf in leaves(spans(text, NAMES)))
