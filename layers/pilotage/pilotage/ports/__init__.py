"""What the use cases need from the world, in our words. Adapters in `pilotage.aws` keep these promises; the fakes of
the tests pass the same contract suite.

Every method may raise `Throttled`, `Unavailable` or `AccessDenied`; what else it raises stands in its docstring.
"""

from __future__ import annotations

from pilotage.checking.answered import Answered
from pilotage.ports.change_log import ChangeLog, Writing
from pilotage.ports.images import Registry, RepositoryTags, Resolved, TaggedImage
from pilotage.ports.last_sets import LastSets
from pilotage.ports.memory import Head, Incompatible, Plans, Policies, Records, Watch
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
from pilotage.ports.scaling import Scaling
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
from pilotage.ports.surveying import Surveyor
from pilotage.ports.targets import (
    Alarms,
    Lookout,
    Metrics,
    Models,
    Prober,
    Revisions,
    Running,
    Schedules,
    Services,
    Started,
    TargetSeen,
    Tasks,
    TaskSeen,
)
from pilotage.ports.tidying import Families
from pilotage.ports.turns import AwaitedMember, Contender, Groups, Lease, Leases, Migrations, Pace, Rollouts

__all__ = [
    "Alarms",
    "Announcer",
    "Answered",
    "Approvals",
    "AwaitedMember",
    "Cards",
    "ChangeLog",
    "Clock",
    "Conclusions",
    "Contender",
    "Executions",
    "Families",
    "Groups",
    "Head",
    "Incompatible",
    "LastSets",
    "Lease",
    "Leases",
    "Lookout",
    "Messages",
    "Meter",
    "Metrics",
    "Migrations",
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
    "Prober",
    "Records",
    "Registry",
    "Replies",
    "RepositoryTags",
    "Resolved",
    "Revisions",
    "Rollouts",
    "Room",
    "Running",
    "Scaling",
    "Scans",
    "Schedules",
    "Secrets",
    "Services",
    "Signer",
    "Started",
    "Stops",
    "Subscribers",
    "Surveyor",
    "TaggedImage",
    "TargetSeen",
    "TaskSeen",
    "Tasks",
    "Trail",
    "Wait",
    "WaitKind",
    "Waits",
    "Watch",
    "Writing",
]
