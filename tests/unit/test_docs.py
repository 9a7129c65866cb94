"""The documents are true of the project: their links lead somewhere, and the commands that they print exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer
from pilotage.command import CommandVerb
from pilotage_cli.main import app

HOME = Path(__file__).resolve().parents[2]
ELSEWHERE = {"build", "node_modules"}
PAGES = sorted(
    page.relative_to(HOME).as_posix()
    for page in HOME.rglob("*.md")
    if not any(part.startswith(".") or part in ELSEWHERE for part in page.relative_to(HOME).parts)
)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^ *```[a-z]*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
TARGET = re.compile(r"^([a-z-]+):.*## ", re.MULTILINE)
INNER = re.compile(r"\$\((?!\S*pilotage)[^()]*\)")  # another command's words
COMMAND = re.compile(r"(?:^|[\s/(])pilotage ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?([^`\n]*)")


def text_of(page: str) -> str:
    return (HOME / page).read_text("utf-8")


def code_of(page: str) -> Iterator[str]:
    """What stands in code: lines of blocks, joined where a backslash goes on, and spans in the text."""
    text = text_of(page)
    for block in FENCED.findall(text):
        yield from block.replace("\\\n", " ").splitlines()
    yield from INLINE.findall(FENCED.sub("", text))


@cache
def anchors(page: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", text_of(page)), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@cache
def commands() -> dict[str, set[str]]:
    """Every command with its options; a group's commands by both words."""
    found: dict[str, set[str]] = {}
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        if inner is None:
            found[name] = options(command)
        else:
            found[name] = set()
            found |= {f"{name} {each}": options(inner[each]) for each in inner}
    return found


def options(command: object) -> set[str]:
    """A group within a group has those of all its commands."""
    inner = getattr(command, "commands", {}).values()
    own = {opt for each in command.params for opt in each.opts}  # type: ignore[attr-defined]
    return own.union({"--help"}, *(options(each) for each in inner))


def wrong_commands(line: str) -> Iterator[str]:
    bare = INNER.sub("", line)
    for match in COMMAND.finditer(bare):
        first, second, rest = match.groups()
        if match.group().startswith("/") and bare[: match.start()].strip(" \t(") == "":
            if first not in set(CommandVerb):  # what is said in a chat
                yield match.group()
            continue
        if first not in commands():
            yield match.group().strip()
            continue
        whole = f"{first} {second}"
        group = any(each.startswith(f"{first} ") for each in commands())
        if group and second is not None and whole not in commands():
            yield match.group().strip()
        known = commands()[whole if whole in commands() else first]
        if whole in commands() or not group:
            yield from sorted(set(re.findall(r"(?<!\S)\[?(--[a-z-]+)", rest.partition("|")[0])) - known)


def test_there_are_pages() -> None:
    """The tests below hold for no page at all, too."""
    assert {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/README.md", "docs/cli.md"} <= set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """A newcomer follows them in order, and a dead one is where they give up."""
    dead = []
    for link in LINK.findall(FENCED.sub("", text_of(page))):
        where, _, anchor = unquote(link).partition("#")
        if "://" in where or where.startswith("mailto:"):
            continue
        target = ((HOME / page).parent / where).resolve() if where else HOME / page
        known = target.exists() and target.is_relative_to(HOME)
        if known and anchor and target.suffix == ".md":
            known = anchor in anchors(target.relative_to(HOME).as_posix())
        if not known:
            dead.append(link)

    assert dead == []


@pytest.mark.parametrize("page", PAGES)
def test_make_targets_exist(page: str) -> None:
    """What a page tells people to type has to work."""
    targets = set(TARGET.findall((HOME / "Makefile").read_text("utf-8")))
    named = {word for line in code_of(page) for words in make_words(line) for word in words}

    assert targets
    assert named - targets == set()


def make_words(line: str) -> Iterator[list[str]]:
    called = re.match(r"^\s*make ((?:[a-z-]+ ?)+)", line.partition("#")[0])
    if called:
        yield called.group(1).split()


@pytest.mark.parametrize("page", PAGES)
def test_commands_and_their_options_exist(page: str) -> None:
    """`pilotage --help` is not where people look first: the page is."""
    assert [wrong for line in code_of(page) for wrong in wrong_commands(line)] == []


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("pilotage plan cats:v2 --environment prod", []),
        (".venv/bin/pilotage policy check prod.json", []),
        ("eval $(pilotage local env --state-dir build/demo)", []),
        ("pilotage lift cats", ["pilotage lift cats"]),
        ("pilotage policy drop prod.json", ["pilotage policy drop prod.json"]),
        ("pilotage status --colour", ["--colour"]),
    ],
)
def test_a_command_that_is_not_there_is_found(line: str, wrong: list[str]) -> None:
    """A check that finds nothing would pass every page."""
    assert list(wrong_commands(line)) == wrong


@pytest.mark.parametrize("page", PAGES)
def test_nothing_of_one_machine_is_told(page: str) -> None:
    """A path of the writer's machine is of no use to a reader."""
    assert re.findall(r"(?<![\w.])(?:/work/|/root/|/home/|/Users/)\S*", text_of(page)) == []


def test_every_decision_is_in_the_index() -> None:
    """A decision that cannot be found is made again; and numbers are given once."""
    folder = HOME / "docs" / "decisions"
    pages = sorted(page.name for page in folder.glob("0*.md"))
    index = text_of("docs/decisions/README.md")

    assert [page for page in pages if f"]({page})" not in index] == []
    assert len({page[:4] for page in pages}) == len(pages)
    for page in pages:
        assert text_of(f"docs/decisions/{page}").startswith(f"# {int(page[:4])}. ")
        assert f"| [{page[:4]}]({page}) | " in index


def test_every_page_is_in_the_index() -> None:
    """The index is the way in."""
    index = text_of("docs/README.md")

    assert [
        page
        for page in PAGES
        if page.startswith("docs/")
        and page.count("/") == 1
        and page != "docs/README.md"
        and f"({page.removeprefix('docs/')})" not in index
    ] == []
