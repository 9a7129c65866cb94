"""What the embedded AWS and Pilotage itself take for true although no page, or no recording, has settled it.

The claims lie in `claims.json`. The id of one about a duration or a switch is the field of `Assumptions`.
`docs/fidelity.md` carries the table that `rows` makes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Claim:
    """`place` is the file in which it is assumed; `step` the step of `make verify-aws` whose recording settles it, and
    None where no step does.
    """

    statement: str
    place: str
    step: str | None


def _read() -> Mapping[str, Claim]:
    document = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    return {name: Claim(**claim) for name, claim in document.items()}


CLAIMS = _read()


def rows() -> Iterator[str]:
    """The table of `docs/fidelity.md`."""
    yield "| claim | what is assumed | where | settled by the step |"
    yield "|---|---|---|---|"
    for name, claim in CLAIMS.items():
        yield f"| `{name}` | {claim.statement} | `{claim.place}` | {claim.step or 'none'} |"
