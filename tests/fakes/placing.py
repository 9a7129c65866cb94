"""What `pilotage place` prints for workloads of every kind: the manifests lie beside what is expected."""

from __future__ import annotations

from pathlib import Path

from pilotage_cli.main import app
from typer.testing import CliRunner

GOLDEN = Path(__file__).parents[1] / "data" / "placements"
NAMES = ("small-web", "large-steady-web", "batch", "gpu-training", "spot-worker", "arm-service")


def drawn(name: str) -> str:
    """As on a terminal of 100 columns without colours."""
    words = ["place", "--manifest", str(GOLDEN / f"{name}.yaml")]
    result = CliRunner().invoke(app, words, env={"COLUMNS": "100"})
    assert result.exit_code == 0, result.output
    return result.stdout
