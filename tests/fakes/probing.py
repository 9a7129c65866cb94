"""What a hook sees of a service from inside its network, as a test says it."""

from __future__ import annotations

from pilotage.checking.answered import Answered

FINE = Answered(200, 80, "all ok here")


class FakeProber:
    """The port Prober. `answers` by URL; the others are fine. `asked` lists what was asked, and within how long."""

    def __init__(self) -> None:
        self.answers: dict[str, Answered] = {}
        self.asked: list[tuple[str, int]] = []

    def get(self, url: str, within_milliseconds: int) -> Answered:
        self.asked.append((url, within_milliseconds))
        return self.answers.get(url, FINE)


class FakeRevisions:
    """The port Revisions. `groups` are those of whichever revision."""

    def __init__(self, *groups: str) -> None:
        self.groups = groups

    def target_groups(self, service_revision_arn: str) -> tuple[str, ...]:
        assert ":service-revision/" in service_revision_arn
        return self.groups
