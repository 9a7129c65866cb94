"""The steps of a recording, in their order. Each leaves the service of the cats at rest, and most leave v2 running."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from botocore.exceptions import ClientError
from pilotage.outcome import Outcome

from pilotage_cli.trouble import WentWrong
from pilotage_cli.verify.scene import Scene, now

_MANIFEST = """# One small task: what is recorded is a course, not a load.
cpu: 0.25 vCPU
memory: 512 MB
count: {count}
placement: {{size: small, pattern: steady}}
"""
_NEVER = 200  # failures that a breaker has to count first: more than there will be


@dataclass(frozen=True, slots=True)
class Step:
    """`name` is what the claims of `pilotage_local.replay` call it."""

    name: str
    title: str
    play: Callable[[Scene], None]


def _v1(scene: Scene) -> None:
    scene.write("pilotage.yaml", _MANIFEST.format(count=1))
    scene.workshop.commit("Let three cats in")
    _push(scene, "v1", Outcome.SUCCEEDED)


def _v2(scene: Scene) -> None:
    scene.workshop.commit("Let a fourth cat in", patch="v2")
    _push(scene, "v2", Outcome.SUCCEEDED)


def _v3(scene: Scene) -> None:
    scene.workshop.commit("Leave the door open", patch="v3")
    _push(scene, "v3", Outcome.ROLLED_BACK)


def _again(scene: Scene) -> None:
    since = now()
    scene.workshop.push_again("v2", scene.say)
    scene.released(since, "v2", Outcome.NO_CHANGE)


def _loop(scene: Scene) -> None:
    """Tasks die faster than the deadline comes and slower than such a breaker counts."""
    scene.sandbox.publish_policy(failure_threshold=_NEVER, deadline_minutes=scene.means.loop_minutes)
    scene.touch("again")
    scene.workshop.commit("Leave the door open, again")
    _push(scene, "v4", Outcome.ROLLED_BACK)
    scene.sandbox.publish_policy()


def _foreign(scene: Scene) -> None:
    """Somebody deploys v2 again at the console while ours rolls out."""
    scene.workshop.back_to("v2")
    scene.touch("brushed")
    scene.workshop.commit("Brush the cats")
    since = now()
    scene.workshop.push("v5", scene.say)
    scene.under_way(since, "v5")
    scene.update(taskDefinition=_definition(scene, "v2"))
    scene.released(since, "v5", Outcome.SUPERSEDED)
    scene.ended(scene.newest()["serviceDeploymentArn"])


def _stop(scene: Scene) -> None:
    """What crashed in step v3 is deployed by hand and stopped; stopping it once more is refused."""
    before = scene.newest()["serviceDeploymentArn"]
    scene.update(taskDefinition=_definition(scene, "v3"))
    arn = scene.begun(before)
    scene.observer.call("StopServiceDeployment", serviceDeploymentArn=arn, stopType="ROLLBACK")
    scene.ended(arn)
    with suppress(ClientError):  # what is recorded is just how it is refused
        scene.observer.call("StopServiceDeployment", serviceDeploymentArn=arn, stopType="ROLLBACK")


def _missing(scene: Scene) -> None:
    """A revision whose image is not in the registry: its tasks never run, and the throttle shows."""
    known = scene.observer.ask("DescribeTaskDefinition", taskDefinition=_definition(scene, "v2"))["taskDefinition"]
    (container,) = known["containerDefinitions"]
    gone = {**container, "image": f"{container['image'].partition('@')[0]}@sha256:{'0' * 64}"}
    kept = ("family", "networkMode", "requiresCompatibilities", "cpu", "memory", "executionRoleArn", "runtimePlatform")
    body = {key: known[key] for key in kept if key in known}
    registered = scene.observer.call("RegisterTaskDefinition", **body, containerDefinitions=[gone])
    before = scene.newest()["serviceDeploymentArn"]
    scene.update(taskDefinition=registered["taskDefinition"]["taskDefinitionArn"])
    scene.ended(scene.begun(before))


def _zero(scene: Scene) -> None:
    """A release that wants no task, and then one that is scaled by hand."""
    scene.write("pilotage.yaml", _MANIFEST.format(count=0))
    scene.workshop.commit("Let the cats out")
    _push(scene, "v6", Outcome.UNVERIFIED)
    for count in (1, 0):
        scene.update(desiredCount=count)
        scene.running(count)


def _first_failure(scene: Scene) -> None:
    """What crashes is the first that a service ever ran."""
    scene.workshop.back_to("v3")
    repository = f"{scene.cats}-portraits"
    since = now()
    scene.build(repository, "v1")
    scene.released(since, "v1", Outcome.FAILED, repository)


def _naps(scene: Scene) -> None:
    scene.workshop.back_to("v2")
    scene.workshop.commit("Count the naps", folder="naps")
    since = now()
    scene.workshop.push("naps/v1", scene.say)
    scene.released(since, "v1", Outcome.SUCCEEDED, f"{scene.cats}-naps")


def _push(scene: Scene, tag: str, expected: Outcome) -> None:
    since = now()
    scene.workshop.push(tag, scene.say)
    scene.released(since, tag, expected)


def _definition(scene: Scene, tag: str) -> str:
    """The task definition that a release by that tag was to run. Raises WentWrong."""
    records = scene.here.records.history(scene.here.settings.default_environment, scene.cats, 20)
    found = next((record.revision for record in records if record.request.tag == tag and record.revision), None)
    if found is None:
        raise WentWrong(f"no release of {scene.cats}:{tag} got as far as a task definition")
    return found


STEPS = (
    Step("v1", "git push v1: the first success of a service", _v1),
    Step("v2", "git push v2: an update", _v2),
    Step("v3", "git push v3: it dies, and the breaker rolls back", _v3),
    Step("again", "git push v2 again: no change", _again),
    Step("loop", "git push v4: it dies for ever, and the deadline ends it", _loop),
    Step("foreign", "git push v5, overtaken by a deployment from the console", _foreign),
    Step("stop", "a deployment from the console, stopped", _stop),
    Step("missing", "a deployment from the console whose image is missing", _missing),
    Step("zero", "git push v6: desired count 0", _zero),
    Step("first-failure", "a service whose first deployment fails", _first_failure),
    Step("naps", "git push naps/v1: a schedule", _naps),
)
