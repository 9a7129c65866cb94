"""Show a release beside the commit that it is of: a Deployment of GitHub's, with the statuses of its course.

Like the cards (`tell_people`), it is woken by events and shows what is true when it looks. The repository is the one
that the image's labels name: the App's installation bounds which ones can be written to.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pilotage.document import content_hash
from pilotage.errors import BadPolicy, PlanMissing, Unavailable
from pilotage.outcome import Outcome
from pilotage.ports import Mirrored, MirrorState, Posted

if TYPE_CHECKING:
    from pilotage.ports import Cards, Clock, Executions, Mirror, Plans, Policies, Records
    from pilotage.record import ReleaseRecord
    from pilotage.target import Target

_REPOSITORY = re.compile(r"https://github\.com/([A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}/[A-Za-z0-9._-]{1,100})")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_STATES = {
    Outcome.SUCCEEDED: "success",
    Outcome.NO_CHANGE: "success",
    Outcome.ROLLED_BACK: "failure",
    Outcome.FAILED: "failure",
    Outcome.REJECTED: "failure",
    Outcome.EXPIRED: "failure",
    Outcome.SUPERSEDED: "inactive",
    Outcome.UNVERIFIED: "pending",  # nothing has shown yet that it runs
    Outcome.FAILED_DIRTY: "error",
}
_QUEUED, _IN_PROGRESS, _ENDED = 1, 2, 3
_LOOKS = 5


@dataclass(frozen=True, slots=True)
class Mirrorer:
    """`mirror` is made when a policy first asks for it. `page_of` is the web page of an execution's ARN."""

    policies: Policies
    records: Records
    plans: Plans
    executions: Executions
    cards: Cards
    mirror: Callable[[], Mirror]
    page_of: Callable[[str], str]
    clock: Clock

    def show(self, target: Target, release_id: str) -> str | None:
        """The state that was said, if any was. Raises what the mirror raises; Throttled and Unavailable are worth
        another try.
        """
        record = self.records.get(target, release_id)
        if record is None or not self._wanted(target):
            return None
        repository = self._repository(record)
        if repository is None or record.commit is None or _COMMIT.fullmatch(record.commit) is None:
            return None
        posted = self._opened(repository, record, record.commit)
        return self._said(repository, posted)

    def _wanted(self, target: Target) -> bool:
        try:
            return self.policies.current(target.environment).rooms.github
        except BadPolicy:
            return False

    def _repository(self, record: ReleaseRecord) -> str | None:
        try:
            plan = self.plans.get(record.plan_hash) if record.plan_hash else None
        except PlanMissing:
            return None
        return repository_of(plan.source) if plan is not None and plan.source else None

    def _opened(self, repository: str, record: ReleaseRecord, commit: str) -> Posted:
        target, release_id, room = record.request.target, record.request.release_id, f"github:{repository}"
        posted = self.cards.get(target, release_id, room)
        if posted is not None:
            return posted
        if not self.cards.claim(target, release_id, room, self.clock.now()):
            raise Unavailable(f"{room}: somebody else opens the deployment of {release_id}")
        request = record.request
        described = f"{request.service} {request.tag or request.digest} to {request.environment}"
        mirrored = Mirrored(release_id, commit, str(target), request.digest, described)
        posted = Posted(target, release_id, room, self.mirror().open(repository, mirrored))
        return posted if self.cards.save(posted, None) else self.cards.get(target, release_id, room) or posted

    def _said(self, repository: str, posted: Posted) -> str | None:
        """GitHub shows the last status that it got: who finds that another one wrote meanwhile looks and says again."""
        said, overwrote = None, False
        for _ in range(_LOOKS):
            rank, state = self._state(posted)
            content = content_hash(state)
            if not overwrote and (posted.shown > rank or posted.content == content):
                return said
            self.mirror().say(repository, posted.message, state)
            said, now = state.state, replace(posted, shown=rank, content=content)
            if self.cards.save(now, posted):
                return said
            overwrote = True
            posted = self.cards.get(posted.target, posted.release_id, posted.room) or posted
        raise Unavailable(f"{posted.room}: others keep changing the deployment of {posted.release_id}")

    def _state(self, posted: Posted) -> tuple[int, MirrorState]:
        record = self.records.get(posted.target, posted.release_id)
        if record is None:
            raise Unavailable(f"the record of {posted.release_id} is gone")
        log_url = self.page_of(self.executions.execution(posted.release_id))
        rank, state, description = state_of(record)
        return rank, MirrorState(state, description, log_url)


def repository_of(source: str) -> str | None:
    """`OWNER/NAME`, of nothing else than a repository's own address on github.com."""
    found = _REPOSITORY.fullmatch(source.removesuffix("/").removesuffix(".git"))
    return found[1] if found and found[1].partition("/")[2] not in {".", ".."} else None


def state_of(record: ReleaseRecord) -> tuple[int, str, str]:
    """How far it is, GitHub's word for it, and a sentence."""
    if record.outcome is not None:
        return _ENDED, _STATES[record.outcome], f"{record.outcome}: {'; '.join(record.reasons)}"
    if record.waits_for is not None:
        return _QUEUED, "queued", f"waits for {record.waits_for}"
    if record.timings.applied_at is not None:
        return _IN_PROGRESS, "in_progress", "the rollout is under way"
    return _QUEUED, "queued", "planned"
