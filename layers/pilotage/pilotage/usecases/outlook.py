"""Where Prepare stands, and what it looks through."""

from __future__ import annotations

from dataclasses import dataclass

from pilotage.ports import (
    Approvals,
    Clock,
    LastSets,
    Models,
    Pins,
    Policies,
    Records,
    Registry,
    Scaling,
    Scans,
    Schedules,
    Services,
    Stops,
    Surveyor,
)


@dataclass(frozen=True, slots=True)
class Home:
    """The account and region of this stack, where releases run; their images may lie in others.

    `check_function` and `hook_role`: ARNs of what ECS invokes during a rollout and of the role by which it does; None
    where the stack has none, or is not known: then nothing can be checked by a hook. `start_job_function`: the ARN of
    what starts jobs that must not overlap, likewise.
    """

    account: str
    region: str
    check_function: str | None = None
    hook_role: str | None = None
    start_job_function: str | None = None


@dataclass(frozen=True)
class Outlook:
    """The ports that Prepare looks through."""

    home: Home
    registry: Registry
    policies: Policies
    services: Services
    scaling: Scaling
    schedules: Schedules
    records: Records
    last_sets: LastSets
    approvals: Approvals
    stops: Stops
    pins: Pins
    scans: Scans
    models: Models
    surveyor: Surveyor
    clock: Clock
