"""`make bench` measures the cold start of every function, or its table says less than it seems to."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "bench"))

from first_use import FUNCTIONS


def test_every_function_has_its_first_use() -> None:
    """A function that is forgotten here has a cold start that nobody looks at."""
    assert set(FUNCTIONS) == {path.stem for path in (Path(__file__).parents[2] / "functions").glob("*.py")}
