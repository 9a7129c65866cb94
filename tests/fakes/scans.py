from __future__ import annotations

from collections.abc import Mapping


class FakeScans:
    """The port Scans. `asked` lists the digests that somebody wanted to know of."""

    def __init__(self) -> None:
        self._finished: dict[tuple[str, str, str], Mapping[str, str]] = {}
        self.asked: list[str] = []

    def finish(self, account: str, repository: str, digest: str, findings: Mapping[str, str]) -> None:
        """A scan of this digest is through."""
        self._finished[account, repository, digest] = dict(findings)

    def findings(self, account: str, repository: str, digest: str) -> Mapping[str, str] | None:
        self.asked.append(digest)
        return self._finished.get((account, repository, digest))
