"""What the use cases need from the world, in our words. Adapters in `pilotage.aws` keep these promises; the fakes of
the tests pass the same contract suite.

Every method may raise `Throttled`, `Unavailable` or `AccessDenied`; what else it raises stands in its docstring.
"""

from __future__ import annotations

from pilotage.ports.images import Registry, RepositoryTags, Resolved, TaggedImage
from pilotage.ports.memory import Head, Plans, Policies, Records, Watch
from pilotage.ports.people import (
    Approvals,
    Cards,
    Mirror,
    Mirrored,
    MirrorState,
    Pin,
    Pins,
    Posted,
    Replies,
    Room,
    Scans,
    Stops,
    Trail,
    Wait,
    WaitKind,
    Waits,
)
from pilotage.ports.surroundings import (
    Announcer,
    Clock,
    Conclusions,
    Executions,
    Messages,
    Meter,
    Secrets,
    Signer,
    Subscribers,
)
from pilotage.ports.targets import Models, Running, Schedules, Services, Started
from pilotage.ports.turns import Contender, Lease, Leases, Pace, Rollouts

__all__ = [
    "Announcer",
    "Approvals",
    "Cards",
    "Clock",
    "Conclusions",
    "Contender",
    "Executions",
    "Head",
    "Lease",
    "Leases",
    "Messages",
    "Meter",
    "Mirror",
    "MirrorState",
    "Mirrored",
    "Models",
    "Pace",
    "Pin",
    "Pins",
    "Plans",
    "Policies",
    "Posted",
    "Records",
    "Registry",
    "Replies",
    "RepositoryTags",
    "Resolved",
    "Rollouts",
    "Room",
    "Running",
    "Scans",
    "Schedules",
    "Secrets",
    "Services",
    "Signer",
    "Started",
    "Stops",
    "Subscribers",
    "TaggedImage",
    "Trail",
    "Wait",
    "WaitKind",
    "Waits",
    "Watch",
]
