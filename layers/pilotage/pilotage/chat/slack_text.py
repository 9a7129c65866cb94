"""Texts of others inside Slack's mrkdwn, where nothing of them may come alive.

mrkdwn has no escape character but the entities of `& < >` ("Formatting message text", docs.slack.dev). So what would
mark text up is replaced by a character that looks the same and means nothing. Angle brackets are what links, mentions
and `<!channel>` need; bare addresses and `@channel` come alive in some settings, so they are broken, too. Blocks say
`verbatim` besides, which forbids Slack to look for links and names in plain text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pilotage.card.text import more

_ENTITIES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))
_ALIKE = {"*": "\u2217", "~": "\u223c", "`": "\u02cb"}  # asterisk operator, tilde operator, modifier letter grave
_LOW_LINE = "\u02cd"  # modifier letter low macron
_ANGLE = "\u203a"  # single angle quotation mark
_RATIO = "\u2236"  # looks like a colon
_JOINER = "\u2060"  # word joiner: nothing to be seen, and no break of the line

# An underscore within a word is one; at its edge it makes italics.
_EDGE = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_QUOTE = re.compile(r"^>", re.MULTILINE)  # a line that begins with it is a quotation, also as an entity
_EMOJI = re.compile(r":(?=[\w+'\-]+:)")
# Addresses without a scheme are linked as well: `example.com`, `www.example.com`, `someone@example.com`.
_DOMAIN = re.compile(r"(?<=[^\W_])\.(?=[^\W\d_]{2,})")
_NAMES = re.compile(r"[@#]")
_CALLS = re.compile(r"(?i)@(?=channel|here|everyone|group)")
_SCHEME = re.compile(r"(?i)(https?|ftp|slack|mailto|tel):")


def prose(text: str) -> str:
    """A sentence of somebody's, as a part of ours."""
    for mark, alike in _ALIKE.items():
        text = text.replace(mark, alike)
    text = _QUOTE.sub(_ANGLE, _EDGE.sub(_LOW_LINE, text))
    text = _NAMES.sub(_broken, _SCHEME.sub(rf"\1{_RATIO}", text))
    return _entities(_DOMAIN.sub(_broken, _EMOJI.sub(_RATIO, text)))


def code(text: str) -> str:
    """Data, in a code span: marks mean nothing in there, and it can be copied. What would end it, or come alive even
    there, is replaced.
    """
    inside = _SCHEME.sub(rf"\1{_RATIO}", _CALLS.sub(_broken, text.replace("`", _ALIKE["`"])))
    return f"`{_entities(inside)}`" if inside.strip() else "`\u2026`"


def plain(text: str) -> str:
    """For plain_text objects, whose only markup is emoji. Slack escapes the rest itself."""
    return _EMOJI.sub(_RATIO, text)


def within(lines: Iterable[str], most: int) -> str:
    """As many whole lines as fit into `most` characters, and how many more there are: half an entity is none."""
    every = [line for line in lines if line]
    kept, length = list[str](), 0
    for line in every:
        length += len(line) + 1
        if length > most - len(more(len(every))) - 1:
            return "\n".join([*kept, more(len(every) - len(kept))])
        kept.append(line)
    return "\n".join(kept)


def _broken(found: re.Match[str]) -> str:
    return f"{found[0]}{_JOINER}"


def _entities(text: str) -> str:
    for character, entity in _ENTITIES:
        text = text.replace(character, entity)
    return text
