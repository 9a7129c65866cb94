"""The repository's tags: what operators set, and what they are told about a wrong one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pilotage.errors import BadTags
from pilotage.workload import Launch, Pattern, Priority, Size, Wishes
from pilotage.workload.repository_tags import RepositoryTagsSettings, read_repository_tags, tag_options


def test_every_tag_is_read() -> None:
    """The tags of the reference, all together."""
    tags = {
        "pilotage:enabled": "true",
        "pilotage:service": "cats",
        "pilotage:environment": "prod",
        "pilotage:size": "large",
        "pilotage:priority": "cost",
        "pilotage:pattern": "burst",
        "pilotage:launch": "fargate-spot",
        "team": "felines",
    }
    wishes = Wishes(Size.LARGE, Priority.COST, Pattern.BURST, Launch.FARGATE_SPOT)
    assert read_repository_tags(tags) == RepositoryTagsSettings(True, "cats", "prod", wishes)


def test_no_tags_say_nothing() -> None:
    """Not said is not the same as no: the policy decides about opting in."""
    assert read_repository_tags({"Name": "x"}) == RepositoryTagsSettings()


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("pilotage:size", "Large", "Did you mean `large`? It can be small or large."),
        ("pilotage:size", "medium", "It can be small or large."),
        ("pilotage:launch", "fargate_spot", "Did you mean `fargate-spot`? It can be fargate, fargate-spot, ec2"),
        ("pilotage:pattern", " batch", "Did you mean `batch`?"),
        ("pilotage:enabled", "yes", "It can be true or false."),
        ("pilotage:prioriti", "cost", "did you mean `pilotage:priority`?"),
        ("pilotage:Size", "large", "did you mean `pilotage:size`?"),
        ("Pilotage:size", "large", "did you mean `pilotage:size`?"),
        ("PILOTAGE:LAUNCH", "ec2", "did you mean `pilotage:launch`?"),
        ("pilotage:", "x", "The tags are pilotage:enabled"),
        ("pilotage:service", "../payments", "letters, digits, `-` and `_`"),
        ("pilotage:service", "x" * 49, "1 to 48"),
        ("pilotage:environment", "Prod", "lower-case"),
    ],
)
def test_a_wrong_tag_is_named_with_value_and_what_is_allowed(key: str, value: str, told: str) -> None:
    """Case 7: one clear message, naming tag, value and allowed values; nothing is deployed."""
    with pytest.raises(BadTags) as caught:
        read_repository_tags({key: value})
    assert key in str(caught.value)
    assert repr(value)[:100] in str(caught.value)
    assert told in str(caught.value)


def test_all_wrong_tags_are_told_in_one_message() -> None:
    """Case 7 again: operators mend them in one go."""
    with pytest.raises(BadTags, match=r"pilotage:launch.*Also pilotage:size"):
        read_repository_tags({"pilotage:size": "huge", "pilotage:launch": "moon"})


@given(tags=st.dictionaries(st.text() | st.text().map(lambda end: f"pilotage:{end}"), st.text()))
def test_any_tags_whatever_are_settings_or_bad_tags(tags: dict[str, str]) -> None:
    """Tags are free text in AWS."""
    try:
        read_repository_tags(tags)
    except BadTags as error:
        assert str(error).isprintable()  # noqa: PT017 - either way out is right, but this one has a promise


@pytest.mark.parametrize("option", ["size=large", "pilotage:size=large"])
def test_a_terminal_gives_tags_with_or_without_prefix(option: str) -> None:
    """`pilotage place --tag` promises both."""
    assert tag_options([option]) == {"pilotage:size": "large"}


@pytest.mark.parametrize(
    ("options", "told"), [(["size"], "KEY=VALUE"), (["size=small", "pilotage:size=large"], "keep one")]
)
def test_a_malformed_tag_option_is_told(options: list[str], told: str) -> None:
    """An option without a value, or two that contradict each other, would otherwise pick one silently."""
    with pytest.raises(BadTags, match=told):
        tag_options(options)
