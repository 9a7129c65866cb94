"""What no AWS page settles, as numbers and switches that a test or the embedded AWS may set.

`docs/fidelity.md` lists each with what would confirm it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Durations are seconds of the injected clock. The defaults are as close to AWS as its pages allow."""

    visible_after: float = 1.0
    """From a write until the new service deployment is listed and named as `currentServiceDeployment`."""

    healthy_after: float = 40.0
    """From RUNNING until a task without any health check counts as healthy. This one is documented: API reference,
    DeploymentConfiguration, minimumHealthyPercent."""

    steady_for: float = 5.0
    """How long running has to equal desired, with the old tasks gone, before a deployment is COMPLETED."""

    restart_after: float = 1.0
    """From the death of a task that had been RUNNING until its replacement is started. Such tasks are not throttled
    (developer guide, service throttle logic), but the scheduler is not instantaneous either."""

    throttle_first: float = 10.0
    """The first delay after a task that never got to RUNNING. It doubles with each further one."""

    throttle_most: float = 27 * 60.0
    """The longest such delay. Documented: developer guide, service throttle logic."""

    stopped_tasks_kept: float = 3600.0
    """For how long DescribeTasks knows a stopped task. Documented: API reference, DescribeTasks ("at least 1 hour")."""

    minute: float = 60.0
    """How long a minute of a bake or a step lasts. The embedded AWS makes it shorter for a person who watches."""

    hook_again_after: float = 30.0
    """From IN_PROGRESS until a Lambda hook without a callBackDelay is invoked again. Documented: developer guide,
    Lambda hooks for Amazon ECS service deployments."""

    stage_lasts_most: float = 24 * 3600.0
    """After that a stage without a pause fails and rolls back. Documented: developer guide, blue/green service
    deployments workflow. That bakes are exempt is an assumption."""

    deployment_lasts_most: float = 30 * 24 * 3600.0
    """The same of a whole deployment. Documented on the same page."""

    placed_again_after: float = 30.0
    """From a failure to place a task until the next attempt."""

    instances: int = 2
    """Container instances in a cluster that has a capacity provider with an Auto Scaling group: a daemon has a task on
    each. Nothing else counts them."""

    rollback_resumes_deployment: bool = False
    """False: a rollback is a new deployment with a new `ecs-svc/` id, and replaces what still runs. True: the last
    COMPLETED deployment becomes PRIMARY again under its old id and keeps its running tasks. The developer guide's
    circuit breaker page can be read either way."""

    def __post_init__(self) -> None:
        if min(self.restart_after, self.throttle_first, self.hook_again_after, self.placed_again_after) <= 0:
            message = "what failed is tried again after a delay, or at one instant it is tried for ever"
            raise ValueError(message)


AS_DOCUMENTED = Assumptions()

BRISK = Assumptions(
    visible_after=0.5,
    healthy_after=1.0,
    steady_for=1.0,
    restart_after=0.25,
    throttle_first=0.5,
    throttle_most=5.0,
    minute=2.0,
    hook_again_after=2.0,
    placed_again_after=1.0,
)
"""The same course in seconds instead of minutes, for a person who watches the embedded AWS."""
