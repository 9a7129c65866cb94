"""Which story a test looks at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from e2e.account import Account

Story = Callable[[Account], Any]


def plays(story: Story) -> pytest.MarkDecorator:
    """A mark with a function as its argument: called plainly, the mark would take the function for a test."""
    return pytest.mark.plays.with_args(story)
