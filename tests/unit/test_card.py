"""The card of a release in every state, and in what order states may follow each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.card_states import APPLIED, GOLDEN, PLAN, SCENES, Scene, asked, record, rolling, vote
from fakes.clock import NOON
from fakes.samples import DIGEST
from hypothesis import given
from hypothesis import strategies as st
from pilotage.approval import State
from pilotage.card import Button, Stage
from pilotage.card.making import card_of, in_words
from pilotage.card.notes import notes_of, pages_of
from pilotage.card.text import tidy
from pilotage.outcome import Outcome
from pilotage.plan import Change
from pilotage.rollout import Phase


@pytest.mark.parametrize("name", sorted(SCENES))
def test_every_state_is_shown_as_it_was_reviewed(name: str) -> None:
    """A card that says less, or offers what makes no sense, is seen in the diff of its file: scripts/draw-cards."""
    assert (GOLDEN / f"{name}.json").read_text() == SCENES[name].drawn


def test_no_file_is_kept_of_a_state_that_is_gone() -> None:
    """What nobody draws, nobody reviews."""
    assert {file.stem for file in GOLDEN.glob("*.json")} == set(SCENES)


def test_every_stage_and_every_outcome_has_its_scene() -> None:
    """The table above is the promise: it has to be whole."""
    cards = [scene.card for scene in SCENES.values()]
    assert {card.stage for card in cards} == set(Stage)
    assert {card.outcome for card in cards} == {None, *Outcome}


# In the order in which they may happen to one release; those of one line may follow each other in any order.
COURSE = (
    ("preparing", "held"),
    ("waiting",),
    ("waiting-one-voice",),
    ("void",),
    ("rolling-begins", "applied-schedule"),
    ("rolling",),
    ("stopping",),
    ("rolling-back",),
    ("succeeded", "rolled-back", "failed-dirty", "expired", "rejected"),
)


def test_ranks_grow_along_the_course_of_a_release() -> None:
    """A card of an older state is never drawn over a newer one."""
    ranks = [{SCENES[name].card.rank for name in line} for line in COURSE]
    assert all(len(line) == 1 for line in ranks), ranks
    flat = [rank for line in ranks for rank in line]
    assert flat == sorted(set(flat))


def test_a_question_that_was_asked_again_outranks_what_was_approved_before() -> None:
    """The plan changed after the approval: the card has to ask, however far it had come."""
    approved = SCENES["approved"]
    assert approved.asked is not None
    void = replace(approved.asked, state=State.VOID, version=approved.asked.version + 1)
    again = asked(round=2, version=void.version + 1)
    ranks = [replace(approved, asked=each).card.rank for each in (approved.asked, void, again)]
    assert ranks == sorted(set(ranks))


def test_only_an_open_question_can_be_answered() -> None:
    """A button that does nothing but explain itself wastes somebody's minute."""
    for name, scene in SCENES.items():
        answerable = name in {"waiting", "waiting-one-voice", "waiting-unknown-author", "paused"}
        assert (Button.APPROVE in scene.card.buttons) is answerable, name
        assert (Button.REJECT in scene.card.buttons) is answerable, name


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Change("cpu", 256, 512), "cpu 256 -> 512"),
        (Change("environment.LOG_LEVEL", None, "debug"), "environment.LOG_LEVEL added: debug"),
        (Change("user", "root", None), "user removed"),
        (Change("ports", [80], [80, 443]), "ports [80] -> [80,443]"),
        (Change("image", f"r.example/a/cats@{DIGEST}", "v1"), "image cats@aaaaaaaaaaaa -> v1"),
        (Change("x", "a\nb", "\u202ec"), "x a\\nb -> \\u202ec"),
        (Change("long", None, "y" * 200), f"long added: {'y' * 79}\u2026"),
    ],
)
def test_a_change_is_told_in_words(change: Change, words: str) -> None:
    """Whoever approves on a phone reads this and nothing else."""
    assert in_words(change) == words


def test_long_lists_end_with_what_is_left_out() -> None:
    """Nobody scrolls through three hundred variables; that there are more has to be seen."""
    many = tuple(Change(f"environment.V{number}", None, "x") for number in range(300))
    card = replace(SCENES["waiting"], plan=replace(PLAN, changes=many)).card
    assert len(card.changes) == 9
    assert card.changes[-1] == "and 292 more"


@pytest.mark.parametrize(
    ("source", "commit", "url"),
    [
        ("https://github.com/team/cats", "0a1b2c3", "https://github.com/team/cats/commit/0a1b2c3"),
        ("https://github.com/team/cats.git", "0a1b2c3", "https://github.com/team/cats/commit/0a1b2c3"),
        ("http://github.com/team/cats", "0a1b2c3", None),
        ("javascript:alert(1)//https://a.example/b", "0a1b2c3", None),
        ("https://a.example/b|<!channel>", "0a1b2c3", None),
        ("https://user:pass@a.example/b", "0a1b2c3", None),
        ("https://a.example/b?x=1", "0a1b2c3", None),
        ("https://a.example", "0a1b2c3", None),
        ("https://a.example/b", "v1", None),
        ("https://a.example/b", "0a1b2c3-dirty", None),
        ("https://a.example/b", None, None),
        (None, "0a1b2c3", None),
    ],
)
def test_only_a_plain_https_address_becomes_a_link(source: str | None, commit: str | None, url: str | None) -> None:
    """The label is written by whoever can push."""
    card = replace(SCENES["waiting"], record=record(source=source, commit=commit)).card
    assert [link.url for link in card.links] == ([url] if url else [])


def test_what_happened_is_told_in_order_also_to_who_comes_late() -> None:
    """A teller that wakes after the end tells of the decision first; each thing has one name, so it is told once."""
    scene = SCENES["succeeded"]
    ended = replace(scene.record, timings=APPLIED)
    assert [note.id for note in notes_of(ended, scene.asked, None)] == ["decided-3", "rolling", "ended-SUCCEEDED"]


def test_a_broken_glass_is_a_page_and_nothing_else_is() -> None:
    """Somebody is woken by it."""
    scene = SCENES["broken-glass"]
    [page] = pages_of(scene.record, scene.asked)
    assert "dina broke the glass" in page.sentence
    assert "customers cannot pay" in page.sentence
    assert all(not pages_of(each.record, each.asked) for name, each in SCENES.items() if name != "broken-glass")


def test_what_was_approved_a_moment_ago_is_not_held() -> None:
    """The vote is kept before the record says that nothing is waited for: a card and its thread would say "held"."""
    scene = SCENES["approved"]
    between = replace(scene.record, waits_for="approval; still needed: 1 more of owners", decided=None)
    card = card_of(between, scene.plan, scene.asked, None, NOON)
    assert card.stage is Stage.APPROVED
    assert not any("still needed" in text for text in card.reasons)
    assert not any(note.id.startswith("held") for note in notes_of(between, scene.asked, None))


def test_an_expired_question_says_so_before_the_sweep_ends_it() -> None:
    """The sweep comes once a minute; who looks in between must not press a dead button."""
    scene = SCENES["waiting"]
    late = card_of(scene.record, scene.plan, scene.asked, None, NOON + timedelta(hours=24))
    assert late.buttons == (Button.PLAN,)
    assert late.reasons == ("the time to decide is over",)


def test_progress_of_new_tasks_is_not_shown_while_they_go() -> None:
    """`1 of 2 new tasks run` beside a rollback would be read as good news."""
    scene = Scene(record(timings=APPLIED), rollout=rolling(Phase.ROLLING_BACK, "1 of 2 new tasks run"))
    assert scene.card.progress == "ECS is rolling back"


def test_a_plan_that_is_gone_leaves_what_the_record_kept() -> None:
    """Plans are kept for thirty days."""
    card = replace(SCENES["succeeded"], plan=None).card
    assert card.changes == ("cpu", "environment.LOG_LEVEL", "environment.OLD_FLAG", "image", "secrets.CATS_API_KEY")
    assert card.level is None
    assert len(card.points) == 2


def test_votes_are_shown_with_whom_they_stand_in_for() -> None:
    """The auditor asks a year later."""
    [line] = Scene(record(), asked=asked(vote("bob", instead_of="cleo", reason="ok"))).card.votes
    assert line == "bob approved for cleo: ok"


@given(st.text(), st.integers(1, 200))
def test_whatever_the_text_one_printable_line_is_left_of_it(text: str, most: int) -> None:
    """Line ends, text directions, zero-width characters and lone surrogates are how a line is forged."""
    line = tidy(text, most)
    assert len(line) <= most
    assert line.isprintable()
