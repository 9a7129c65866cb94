"""What Pilotage set last, so that a plan can tell its own changes from what others did since."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from pilotage.plan import Plan, Sets

# What a deployment carries, and what ECS brings back with an older one (Amazon ECS API reference, ServiceRevision).
# Everything else of a service stays as it was set last, whichever revision runs.
_OF_A_REVISION = frozenset(
    {
        "capacityProviderStrategy",
        "launchType",
        "loadBalancers",
        "networkConfiguration",
        "platformVersion",
        "serviceConnectConfiguration",
        "serviceRegistries",
        "volumeConfigurations",
        "vpcLatticeConfigurations",
    }
)


@dataclass(frozen=True, slots=True)
class LastSet:
    """`revision`: ARN of the task definition, `content` its content hash. `before`: what was set before that, when it
    ran until then: ECS brings it back when a rollout fails. `pending`: it was about to be written, and nothing tells
    yet that it was: of the settings, nobody knows who set them.
    """

    release_id: str
    digest: str
    revision: str
    content: str
    sets: Sets
    at: datetime
    before: LastSet | None = None
    member: str | None = None  # which of several services of the image
    pending: bool = False

    def carried_by(self, revision: str) -> LastSet:
        """What was set of a service that runs `revision`: this, or what ECS rolled back to. What no deployment carries
        is this one's in both.
        """
        if self.before is None or revision == self.revision or revision != self.before.revision:
            return self
        stays = {key: value for key, value in (self.sets.service or {}).items() if key not in _OF_A_REVISION}
        carried = {key: value for key, value in (self.before.sets.service or {}).items() if key in _OF_A_REVISION}
        service = {**stays, **carried} if self.sets.service is not None else None
        return replace(self.before, sets=replace(self.before.sets, service=service), pending=self.pending)


def next_set(
    plan: Plan,
    release_id: str,
    revision: str,
    known: LastSet | None,
    at: datetime,
    member: str | None = None,
    *,
    pending: bool = False,
) -> LastSet | None:
    """What is remembered once `plan` was applied, or is about to be (`pending`); None for a plan that does not say what
    it sets (an older one's).
    """
    if plan.sets is None:
        return None
    if known is not None and known.release_id == release_id:  # a try that died right after it was noted
        known = known.before
    before = known.carried_by(plan.live_revision) if known is not None and plan.live_revision is not None else None
    if before is not None and before.revision != plan.live_revision:  # somebody else's ran
        before = None
    previous = replace(before, before=None, pending=False) if before is not None else None
    return LastSet(release_id, plan.digest, revision, plan.content_hash, plan.sets, at, previous, member, pending)
