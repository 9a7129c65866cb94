"""The language of commands as people type it: `verb environment/service [plan or digest] [for 2h] reason`.

docs/chat.md has all of it. Words may come as phones write them: curly quotes, and a dash for two hyphens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pilotage.command import Command, CommandVerb
from pilotage.errors import BadRequest
from pilotage.incoming.wanted import TAKES, Takes, Wanted, command_of, verb_of
from pilotage.names import choices, nearest

LONGEST = 2_000  # characters of a whole command
BREAK_GLASS = "break-glass"
ANYWAY = "anyway"
_FLAGS = (BREAK_GLASS, ANYWAY)
_ALL_FLAGS = " and ".join(f"--{flag}" for flag in _FLAGS)
_DASHES = re.compile(r"^[-\u2010-\u2015\u2212]+")


def read_words(text: str, now: datetime) -> Command:
    """Raises BadRequest. An empty text asks for help."""
    if len(text) > LONGEST:
        raise BadRequest("command", f"{len(text)} characters", f"At most {LONGEST} are read.")
    words = text.split()
    if not words:
        return command_of(Wanted("help"), now)
    verb = verb_of(words[0])
    if verb is CommandVerb.HELP:
        return command_of(Wanted("help"), now)
    return command_of(_wanted(verb, words[1:]), now)


def read_fields(document: Mapping[str, Any], verb_field: str, now: datetime) -> Command:
    """The same command as a document: `{verb_field: "freeze", "target": "dev", "for": "2h", "reason": "..."}`.

    Raises BadRequest, also for a field that there is not: a misspelt one would be a command that says less.
    """
    known = {verb_field: "verb", "target": "target", "release": "release", "binding": "binding", "digest": "digest"}
    known |= {"reason": "reason", "for": "span", "until": "until"}
    flags = ("break_glass", ANYWAY)
    for name in document:
        if name not in known and name not in flags:
            near = nearest(name, [*known, *flags])
            raise BadRequest("field", name, f"Did you mean {near}?" if near else f"There are {choices(known, 'and')}.")
    said = {name: _flag(name, document.get(name, False)) for name in flags}
    if document.get(verb_field) is None:
        raise BadRequest(verb_field, "", "Say what to do, such as approve.")
    given = {part: _text(name, document.get(name)) for name, part in known.items()}
    return command_of(Wanted(**given, break_glass=said[flags[0]], anyway=said[ANYWAY]), now)


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadRequest(name, value, "It is true or false.")
    return value


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > LONGEST:
        raise BadRequest(name, value, f"It is a text of at most {LONGEST} characters.")
    return value.strip()


def _wanted(verb: CommandVerb, words: list[str]) -> Wanted:
    flags, words = _without_flags(words)
    takes = TAKES[verb]
    # Status may be about nothing at all; everything else begins with what it is about, or is refused for want of it.
    target, words = (words[0], words[1:]) if words else ("", [])
    binding, words = (words[0], words[1:]) if takes.binding and words else ("", words)
    digest, words = (words[0], words[1:]) if words and words[0].lower().startswith("sha256:") else ("", words)
    span, until, words = _time(takes, words)
    return Wanted(
        verb=verb,
        target=target,
        binding=binding,
        digest=digest,
        reason=" ".join(_reason(words)),
        span=span,
        until=until,
        break_glass=BREAK_GLASS in flags,
        anyway=ANYWAY in flags,
    )


def _without_flags(words: list[str]) -> tuple[set[str], list[str]]:
    """A flag counts before the reason begins: what is quoted in a reason breaks no glass."""
    flags: set[str] = set()
    kept: list[str] = []
    for number, word in enumerate(words):
        if word.lower() == "because":
            return flags, [*kept, *words[number:]]
        bare, dashes = _DASHES.subn("", word)
        if dashes and bare.lower() in _FLAGS:
            flags.add(bare.lower())
            continue
        if dashes and len(bare) > 1 and number < 3:  # noqa: PLR2004 - target, plan, flag: then a reason may say anything
            near = nearest(bare, _FLAGS)
            raise BadRequest("option", word, f"Did you mean --{near}?" if near else f"There are only {_ALL_FLAGS}.")
        kept.append(word)
    return flags, kept


def _time(takes: Takes, words: list[str]) -> tuple[str, str, list[str]]:
    """`for` and `until` only of verbs that take an end: in any other place they are words of a reason."""
    if not takes.end or not words or words[0].lower() not in {"for", "until"}:
        return "", "", words
    if len(words) == 1:
        raise BadRequest(words[0], "", "Say how long, such as: for 2h, or until 2026-12-01T18:00.")
    end = words[1]
    return (end, "", words[2:]) if words[0].lower() == "for" else ("", end, words[2:])


def _reason(words: Iterable[str]) -> list[str]:
    said = list(words)
    return said[1:] if said and said[0].lower() in {"because", "because:"} else said
