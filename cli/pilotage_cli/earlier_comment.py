"""Which comment of a pull request is this action's own, of an earlier run: `action.yml` runs it.

A comment's own begins with the same marker, and a bot wrote it: a person who quotes the marker is somebody else.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any


def earlier(answers: str, body: str) -> int | None:
    """The id of the first. `answers`: what `gh api --paginate` wrote, a JSON list a page, one behind the other."""
    marker = body.split("\n", 1)[0]
    for each in _comments(answers):
        user = each.get("user") or {}
        if user.get("type") == "Bot" and str(each.get("body", "")).split("\n", 1)[0] == marker:
            return int(each["id"])
    return None


def _comments(answers: str) -> Iterator[dict[str, Any]]:
    decoder, at = json.JSONDecoder(), 0
    text = answers.strip()
    while at < len(text):
        page, at = decoder.raw_decode(text, at)
        yield from page
        at += len(text[at:]) - len(text[at:].lstrip())


def main(words: Sequence[str]) -> None:
    """`ANSWERS BODY`: two files; the id goes to standard output, and nothing where there is none."""
    answers, body = (Path(each).read_text("utf-8") for each in words)
    found = earlier(answers, json.loads(body)["body"])
    if found is not None:
        sys.stdout.write(f"{found}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
