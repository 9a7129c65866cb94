"""Where one embedded AWS lives. Several run side by side: each has its own port, directory and name."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

ACCOUNT = "123456789012"  # the account of AWS's own examples
REGION = "us-east-1"  # the region of samconfig.toml's section `embedded`


@dataclass(frozen=True, slots=True)
class Place:
    """`instance` names this very run: containers carry it as a label. `containers` is `docker` or `simulated`."""

    state_dir: Path
    port: int
    pid: int
    instance: str
    containers: str
    bridge: str | None = None  # the Docker bridge's address, when it is served too
    minute: float = 60.0  # seconds that a minute of bakes, steps and alarms lasts here
    doors: tuple[int, ...] = ()  # ports on 127.0.0.1: one for each listener of a load balancer, in their order
    account: str = ACCOUNT
    region: str = REGION

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def registry(self) -> str:
        """Where images are pushed to and pulled from."""
        return f"127.0.0.1:{self.port}"

    @property
    def container_endpoint(self) -> str | None:
        """The endpoint as containers reach it."""
        return f"http://{self.bridge}:{self.port}" if self.bridge else None

    def write(self) -> None:
        path = place_file(self.state_dir)
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps({**asdict(self), "state_dir": str(self.state_dir), "endpoint": self.endpoint}))
        draft.replace(path)


def place_file(state_dir: Path) -> Path:
    return state_dir / "server.json"


def read(state_dir: Path) -> Place | None:
    """What the server wrote when it was ready; None when there is none."""
    try:
        document = json.loads(place_file(state_dir).read_text())
    except FileNotFoundError:
        return None
    document.pop("endpoint")
    return Place(**{**document, "state_dir": Path(document["state_dir"]), "doors": tuple(document["doors"])})


def is_alive(place: Place) -> bool:
    """Whether its process runs."""
    return runs(place.pid)


def runs(pid: int) -> bool:
    """Whether a process of this id runs. A zombie that nobody has collected yet does not count."""
    try:
        os.kill(pid, 0)
        status = Path(f"/proc/{pid}/stat")
        return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
