"""What `pilotage render` and `plan` say, as a comment on a pull request. `action.yml` runs it.

Manifests come from whoever opens a pull request, so nothing of them is trusted here: all of it stands in fences that
are longer than any run of backticks in it, and a comment is never longer than GitHub takes (65,536 characters, "REST
API endpoints for issue comments"; counted in bytes, to be sure).
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_BYTES = 65_536
WOULD_BE_REFUSED, BAD_INPUT = 3, 2
_CUT = "\n... cut: the job's log has all of it.\n"
_FENCED_BY = 3
_TITLE = re.compile(r"[^A-Za-z0-9 ._/:-]")


@dataclass(frozen=True, slots=True)
class Said:
    """What a command left behind. `document`: its JSON, None where there is none; `errors`: its standard error."""

    command: str  # render or plan
    exit_code: int
    document: Mapping[str, Any] | None
    errors: str


def marker(key: str) -> str:
    """By this the action knows its own comment again: one for each `key`."""
    return f"<!-- pilotage:{_TITLE.sub('-', key).replace('--', '-')} -->"


def comment(said: Said, title: str, key: str) -> str:
    """The whole comment, with its marker first."""
    head = f"{marker(key)}\n### {_TITLE.sub('', title)}: {_verdict(said)}\n"
    blocks = [*_blocks(said)]
    room = MOST_BYTES - len(head.encode()) - 1
    return head + "\n" + _fitted(blocks, room)


def fenced(text: str, language: str = "") -> str:
    """Text that stays text, whatever it holds (CommonMark, "Fenced code blocks")."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(_FENCED_BY, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}\n"


def _verdict(said: Said) -> str:
    if said.exit_code == WOULD_BE_REFUSED:
        return "would be refused"
    if said.exit_code == BAD_INPUT:
        return "something that was written is wrong"
    if said.exit_code != 0:
        return "could not be made"
    if said.command == "render":
        return "renders"
    decision = (said.document or {}).get("verdict", {}).get("decision", "go")
    return {"go": "would go", "ask": "would ask for approval", "no_change": "changes nothing"}.get(
        str(decision), "would wait"
    )


def _blocks(said: Said) -> Iterator[str]:
    document = said.document or {}
    if said.exit_code != 0:
        yield fenced(said.errors or "It said nothing: see the job's log.")
    if said.command == "plan":
        yield from _plan(document)
        return
    members = document.get("members", {None: document} if document else {})
    for name, each in members.items():
        if "refused" not in each:
            yield _folded("definitions" if name is None else f"definitions of {_TITLE.sub('', str(name))}", each)


def _plan(document: Mapping[str, Any]) -> Iterator[str]:
    changes = [*document.get("changes", ())]
    if changes:
        yield f"{len(changes)} change{'' if len(changes) == 1 else 's'}\n\n" + fenced(
            "\n".join(_line(each) for each in changes), "diff"
        )
    for key, words in (("drift", "changed by others, and set again"), ("left_alone", "left to others")):
        if document.get(key):
            yield f"{words}\n\n" + fenced("\n".join(_line(each) for each in document[key]), "diff")
    risk = document.get("risk") or {}
    points = [f"{each.get('kind')}: {each.get('reason')}" for each in risk.get("points", ())]
    if risk:
        yield fenced("\n".join([f"risk {risk.get('level')}", *points]))
    reasons = (document.get("verdict") or {}).get("reasons", ())
    if reasons:
        yield fenced("\n".join(str(each) for each in reasons))


def _line(change: Mapping[str, Any]) -> str:
    """As a diff colours it: `-` what is, `+` what would be."""
    path = str(change.get("path", ""))
    pairs = (("-", change.get("before")), ("+", change.get("after")))
    told = [f"{sign} {path}: {_cell(value)}" for sign, value in pairs if value is not None]
    return "\n".join(told) or f"  {path}"


def _cell(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.replace("\n", "\\n")


def _folded(summary: str, document: Any) -> str:
    body = fenced(json.dumps(document, indent=2, ensure_ascii=False), "json")
    return f"<details><summary>{summary}</summary>\n\n{body}\n</details>\n"


def _fitted(blocks: Sequence[str], room: int) -> str:
    """As many whole blocks as there is room for: a block that is cut open would let its text out."""
    kept: list[str] = []
    left = room - len(_CUT.encode())
    for block in blocks:
        size = len(block.encode()) + 1
        if size > left:
            return "\n".join([*kept, _CUT])
        kept.append(block)
        left -= size
    return "\n".join(kept)


def read_said(command: str, exit_code: int, output: str, errors: str) -> Said:
    """From the texts that a command wrote; what is no JSON object counts as nothing."""
    try:
        document = json.loads(output)
    except ValueError:
        document = None
    return Said(command, exit_code, document if isinstance(document, dict) else None, errors.strip())


def main(words: Sequence[str] | None = None) -> None:
    """Write the body of GitHub's request, `{"body": ...}`, to --body, and the Markdown to standard output."""
    parser = argparse.ArgumentParser(prog="python -m pilotage_cli.comment", description="Make a comment.")
    parser.add_argument("--command", choices=("render", "plan"), required=True)
    parser.add_argument("--exit-code", type=int, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--errors", type=Path, required=True)
    parser.add_argument("--title", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--body", type=Path, required=True)
    given = parser.parse_args(words)
    texts = [file.read_text("utf-8", errors="replace") for file in (given.output, given.errors)]
    text = comment(read_said(given.command, given.exit_code, *texts), given.title, given.key)
    given.body.write_text(json.dumps({"body": text}), encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
