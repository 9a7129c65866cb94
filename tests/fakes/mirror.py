from __future__ import annotations

from pilotage.ports import Mirrored, MirrorState


class FakeMirror:
    """The port Mirror. `opened` and `said` are open to the tests."""

    def __init__(self) -> None:
        self.opened: dict[str, tuple[str, Mirrored]] = {}
        self.said: list[tuple[str, MirrorState]] = []

    def open(self, repository: str, release: Mirrored) -> str:
        for deployment, known in self.opened.items():
            if known == (repository, release):
                return deployment
        deployment = str(len(self.opened) + 1)
        self.opened[deployment] = (repository, release)
        return deployment

    def say(self, repository: str, deployment: str, state: MirrorState) -> None:
        self.said.append((deployment, state))

    @property
    def states(self) -> list[str]:
        return [state.state for _, state in self.said]
