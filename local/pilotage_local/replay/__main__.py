"""`python -m pilotage_local.replay RECORDING...`: 1 when ECS did otherwise than the model, 2 for bad input."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pilotage.errors import BadRequest

from pilotage_local.replay.claims import CLAIMS
from pilotage_local.replay.compare import Findings, replay
from pilotage_local.replay.recording import read


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Play recordings of ECS to the embedded one, and name the differences."
    )
    parser.add_argument(
        "recordings", type=Path, nargs="+", metavar="RECORDING", help="a .jsonl file of `make verify-aws`"
    )
    try:
        found = [(path, replay(read(path))) for path in parser.parse_args(arguments).recordings]
    except BadRequest as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for path, findings in found:
        sys.stdout.write(f"{path}\n{report(findings)}")
    return 1 if any(findings.differences for _, findings in found) else 0


def report(findings: Findings) -> str:
    """Differences first, each with where the claim behind it is assumed."""
    lines = [f"  DIFFERS  {each} (assumed in {CLAIMS[each.claim].place})" for each in findings.differences]
    lines += [f"  agrees   {name}: {CLAIMS[name].statement}" for name in findings.confirmed]
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
