"""Nothing in a message can be forged: whatever stands in a tag, a label, a variable or a reason, it is only shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fakes.card_states import APPLIED, MEASURED, PLAN, RELEASE, SCENES, Scene, asked, record, vote
from fakes.samples import a_rollout
from hypothesis import given
from hypothesis import strategies as st
from pilotage.approval import State
from pilotage.card import Card, Link, Note
from pilotage.card.notes import notes_of, pages_of
from pilotage.chat import slack_blocks, slack_text, teams_cards
from pilotage.measure import Judged
from pilotage.outcome import Outcome
from pilotage.plan import Change
from pilotage.plan.risk import Point, PointKind, Risk
from pilotage.rollout import Phase
from pilotage_local.chat import blocks as block_kit
from pilotage_local.chat import mrkdwn

LIVE = (
    *("<!channel>", "<!here|x>", "<@U0001>", "<#C0001>", "<https://evil.example|ok>", "https://evil.example/x"),
    *(
        "@channel",
        "@here",
        "#general",
        "evil.example",
        "mailto:a@b.example",
        "*bold*",
        "_it_",
        "~no~",
        "`x`",
        "```y```",
    ),
    *(":tada:", "\n> quote", "\u202egnp", "&lt;!channel&gt;", "&amp;lt;", "<!date^1^{date}|x>", "\u2028", "<at>x</at>"),
    *(
        "[a](https://evil.example)",
        "a" * 400,
        "HTTPS://EVIL.EXAMPLE",
        "|",
        ">",
        "\ud800",
        "<",
        "\\",
        "www.evil.example",
    ),
)
hostile = st.lists(st.sampled_from(LIVE) | st.text(max_size=12), max_size=6).map("".join)
HARMLESS = {"text", "code", "bold", "quote", "date"}


def scene(words: list[str]) -> Scene:
    """Every text that others write is one of `words`."""
    tag, commit, author, path, value, reason, person, placement = (words * 8)[:8]
    plan = replace(
        PLAN,
        changes=(Change(path, value, [reason, {value: tag}]), *(Change(f"{path}{n}", None, value) for n in range(9))),
        risk=Risk((Point(PointKind.SCAN, reason),) * 9),
        placement_reasons=(placement, reason),
    )
    request = replace(SCENES["waiting"].record.request, tag=tag, person=person, because=reason)
    noted: dict[str, Any] = {
        "commit": commit,
        "authors": (author, value),
        "source": f"https://{value}",
        "waits_for": reason,
    }
    kept = replace(record().planned(plan), request=request, **noted)
    return Scene(kept, plan, asked(vote(person, reason=reason), because=reason))


def ends(at: Scene) -> Iterator[Scene]:
    """The same release in other states, which show other texts."""
    assert at.asked is not None
    yield at
    yield replace(at, asked=None)
    yield replace(at, asked=replace(at.asked, state=State.VOID))
    yield replace(at, asked=replace(at.asked, state=State.REJECTED))
    yield replace(at, record=replace(at.record, outcome=Outcome.FAILED, reasons=(at.asked.because,) * 9))
    yield from under_way(at, at.asked.because)


def under_way(at: Scene, said: str) -> Iterator[Scene]:
    """What a rollout shows: ECS's reasons quote what a container says, and checks are called as manifests call them."""
    measure = replace(MEASURED[0], check=said, bound=said, sentence=said)
    shown: dict[str, Any] = {
        "progress": said,
        "measures": (measure, replace(measure, value=None, judged=Judged.NO_DATA)),
        "stop_reasons": (said,),
        "stop_because": said,
    }
    rolling = replace(at, record=replace(at.record, timings=APPLIED))
    for phase in (Phase.ROLLING, Phase.STOPPING, Phase.ROLLING_BACK):
        yield replace(rolling, rollout=a_rollout(RELEASE, phase=phase, **shown))
    asked_at = replace(at.asked, hook="pause-1", about=said) if at.asked else None
    paused = a_rollout(RELEASE, phase=Phase.PAUSED, hook="pause-1", about=said, **shown)
    yield replace(rolling, asked=asked_at, rollout=paused)


def texts(node: Any) -> Iterator[dict[str, Any]]:
    return block_kit.texts(node)


def leaves(spans: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for span in spans:
        yield span
        yield from leaves(span.get("inside", []))


def messages(at: Scene) -> Iterator[dict[str, Any]]:
    yield slack_blocks.card_message(at.card)
    for note in notes_of(at.record, at.asked, at.rollout):
        yield slack_blocks.note_message(note)


def assert_inert(message: dict[str, Any], allowed: tuple[Link, ...]) -> None:
    """By the stand-in's reading of Slack's rules, and by Slack's own list of what comes alive."""
    for text in (*texts(message["blocks"]), {"type": "mrkdwn", "text": message["text"], "verbatim": True}):
        if text["type"] != "mrkdwn":
            assert text["emoji"] is False
            continue
        assert text["verbatim"] is True
        for span in leaves(mrkdwn.spans(text["text"], {})):
            if span["kind"] == "link":
                assert span["url"] in {link.url for link in allowed}
            else:
                assert span["kind"] in HARMLESS | {"italic"}
        angles = re.findall(r"<[^>]*>", text["text"])
        ours = {f"<{link.url}|{link.text}>" for link in allowed}
        assert all(angle in ours or angle.startswith("<!date^") for angle in angles), angles
        outside = re.sub(r"`[^`\n]*`|<[^>]*>", "", text["text"])
        assert not re.search(r"[@#][^\s\u2060]", outside), outside
        assert not re.search(r"(?i)@(channel|here|everyone)", text["text"])
        assert not re.search(r"(?i)(https?|mailto):", re.sub(r"<[^>]*>", "", text["text"]))
        assert not re.search(r":[\w+'-]+:", outside)


def assert_fits(message: dict[str, Any]) -> None:
    """docs.slack.dev, the pages that the stand-in's blocks.json names."""
    blocks = message["blocks"]
    assert block_kit.complaints(blocks) == []
    assert 0 < len(blocks) <= 50
    assert 0 < len(message["text"]) <= 4_000  # chat.update
    for block in blocks:
        for each in block_kit.elements(block):
            assert len(each.get("action_id", "")) <= 255
            assert len(each.get("value", "")) <= 2_000
            assert len(each.get("text", {}).get("text", "")) <= 75
        assert all(len(text["text"]) <= 3_000 for text in texts(block))


@given(st.lists(hostile, min_size=8, max_size=8))
def test_no_text_of_others_comes_alive_in_slack(words: list[str]) -> None:
    """A tag that mentions the channel, or an author who is a link, would be a message of ours to whoever reads it."""
    for at in ends(scene(words)):
        for message in messages(at):
            assert_inert(message, at.card.links)
            assert_fits(message)


@pytest.mark.parametrize("word", LIVE)
def test_each_known_trick_is_dead_everywhere(word: str) -> None:
    """Hypothesis draws; these are always tried."""
    for at in ends(scene([word])):
        for message in messages(at):
            assert_inert(message, at.card.links)
            assert_fits(message)


@given(st.lists(hostile, min_size=8, max_size=8))
def test_no_text_of_others_comes_alive_in_teams(words: list[str]) -> None:
    """TextRuns know no markdown; mentions need an entity that we never send; addresses are broken."""
    for at in ends(scene(words)):
        message = teams_cards.card_message(at.card)
        content = message["attachments"][0]["content"]
        assert set(content["msteams"]) == {"width"}
        assert {element["type"] for element in content["body"]} == {"RichTextBlock"}
        runs = [run for element in content["body"] for run in element["inlines"]]
        assert {run["type"] for run in runs} == {"TextRun"}
        assert all("://" not in run["text"] and "<at" not in run["text"] for run in runs)
        assert [action["url"] for action in content["actions"]] == [link.url for link in at.card.links]
        assert len(json.dumps(message).encode()) < 28_000  # "Format cards in Microsoft Teams": size of a message


@given(hostile)
def test_a_page_calls_the_channel_once_and_nobody_else(reason: str) -> None:
    """The reason is a person's; the call is ours."""
    broken = asked(vote("dina", break_glass=True, reason=reason), state=State.APPROVED)
    [page] = pages_of(record(), broken)
    message = slack_blocks.page_message(page)
    assert_fits(message)
    [said] = [text["text"] for text in texts(message["blocks"]) if text["type"] == "mrkdwn"]
    assert said.startswith("<!channel> ")
    assert "<" not in said.removeprefix("<!channel>")


@given(hostile)
def test_prose_reads_as_it_was_written(text: str) -> None:
    """What is replaced looks the same; nothing is lost."""
    shown = mrkdwn.unescape(slack_text.prose(text)).replace("\u2060", "")
    alike = {"\u2217": "*", "\u223c": "~", "\u02cb": "`", "\u02cd": "_", "\u2236": ":", "\u203a": ">"}
    back = "".join(alike.get(each, each) for each in shown)
    assert back == "".join(alike.get(each, each) for each in text.replace("\u2060", ""))


def test_words_with_underscores_stay_what_they_are() -> None:
    """Names of variables are copied from cards."""
    assert slack_text.prose("LOG_LEVEL and _it_") == "LOG_LEVEL and \u02cdit\u02cd"


def test_lines_that_do_not_fit_are_counted() -> None:
    """Half an entity would be shown as one, and half a code span would open the next."""
    lines = [f"`{'&amp;' * 20}`"] * 40
    text = slack_text.within(lines, 1_000)
    assert len(text) <= 1_000
    *kept, last = text.split("\n")
    assert all(line == lines[0] for line in kept)
    assert last == f"and {40 - len(kept)} more"


def test_a_button_names_exactly_what_it_decides() -> None:
    """A click on an old card is held against these, and refused."""
    message = slack_blocks.card_message(SCENES["waiting"].card)
    values = {
        each["action_id"]: json.loads(each["value"])
        for block in message["blocks"]
        for each in block_kit.elements(block)
        if each["type"] == "button"
    }
    named = {"t": "prod/cats", "r": "prod-cats-aaaaaaaa-3f9a2c1b7d04", "b": "3f9a2c1b7d04"}
    assert values == {verb: {"v": verb, **named} for verb in ("approve", "reject", "plan")}


def test_a_note_is_cut_before_slack_refuses_it() -> None:
    """ECS gives long reasons."""
    message = slack_blocks.note_message(Note("ended", "&" * 5_000))
    assert_fits(message)


def test_teams_says_which_words_decide() -> None:
    """There is nothing to press."""
    card: Card = SCENES["waiting"].card
    text = json.dumps(teams_cards.card_message(card))
    assert "@Pilotage approve prod/cats 3f9a2c1b7d04" in text
    assert "@Pilotage reject prod/cats 3f9a2c1b7d04 <why>" in text


@given(hostile)
def test_prose_has_no_markup_at_all(text: str) -> None:
    """Not even bold: `*Decision:* approved` in a reason would look like ours. No name of a host stays whole, either."""
    line = text.replace("\n", " ")
    shown = slack_text.prose(line)
    assert {span["kind"] for span in leaves(mrkdwn.spans(shown, {}))} <= {"text"}
    assert not re.search(r"[^\W_]\.[^\W\d_]{2,}", shown)


@given(hostile)
def test_data_is_one_code_span_and_nothing_else(text: str) -> None:
    """What ends its span goes on as markup."""
    spans = mrkdwn.spans(slack_text.code(text.replace("\n", " ")), {})
    assert [span["kind"] for span in spans] == ["code"]
