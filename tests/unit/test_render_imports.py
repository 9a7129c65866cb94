"""`pilotage render` in a pipeline: from files alone, and at once."""

from __future__ import annotations

import subprocess
import sys

ASKED = """
import sys
from pilotage_cli.main import app
from typer.testing import CliRunner
result = CliRunner().invoke(app, ["render", "--format", "json"])
assert result.exit_code == 0, result.output
print([name for name in ("boto3", "s3transfer") if name in sys.modules])
"""


def test_render_imports_no_sdk() -> None:
    """It asks nobody: botocore's description of ECS is all that it reads of AWS."""
    run = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert run.stdout.strip() == "[]"
