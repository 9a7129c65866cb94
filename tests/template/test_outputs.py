"""What the terminal and the documents take from the stack's outputs and parameters."""

from __future__ import annotations

import json
import re
from pathlib import Path

from iam_proof.expanded import parsed

HOME = Path(__file__).parents[2]


def test_a_terminal_finds_every_output_that_it_asks_for() -> None:
    """A missing output is read as its default: `pilotage status` would show dev to an operator of prod."""
    asked = set(re.findall(r'outputs\.get\("(\w+)"', (HOME / "cli" / "pilotage_cli" / "world.py").read_text()))

    assert asked
    assert asked <= set(parsed()["Outputs"])


def test_the_roles_of_the_example_policy_may_be_passed() -> None:
    """Somebody copies the example, and Apply may pass roles of one path only."""
    path = parsed()["Parameters"]["WorkloadRolePath"]["Default"]
    roles = json.loads((HOME / "docs" / "examples" / "policy.json").read_text())["roles"]
    named = [roles["execution"], roles["scheduler"], *roles["task"]]

    assert [role for role in named if f":role{path}" not in role] == []
