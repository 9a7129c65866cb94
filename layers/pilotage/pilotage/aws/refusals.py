"""What ECS and Scheduler say no to, as our errors with ECS's own sentence and a remedy.

Sources: the errors of each operation in the API references, and the sentences behind InvalidParameterException and
ClientException, which stand for many things.
"""

from __future__ import annotations

from pilotage.aws.errors import Known
from pilotage.errors import BadDefinition, BadPolicy, ForeignWrite, NoCapacity, PilotageError, Unavailable

_REMEDY = "Change what the sentence names: in the manifest, its overrides, or the policy."
# Somebody else has made, or is deleting, a service of this name.
_TAKEN = ("not idempotent", "still Draining")
# The first service of an account: ECS makes its own role, which takes a moment to be usable.
_SOON = ("Unable to assume the service linked role",)
# No room for a task, which is a failure of RunTask mostly and an error sometimes ("Capacity is unavailable at this
# time", AWS re:Post "ecs-fargate-runtask-capacity"; RunTask about the quota of tasks in PROVISIONING).
_FULL = ("Capacity is unavailable", "capacity error", "PROVISIONING", "No Container Instances were found")


def of_a_definition(name: str) -> Known:
    """What RegisterTaskDefinition refuses."""

    def refuse(sentence: str) -> PilotageError:
        return BadDefinition(f"task definition: {sentence}", name, _REMEDY)

    return dict.fromkeys(("ClientException", "InvalidParameterException"), refuse)


def of_a_write(cluster: str, service: str) -> Known:
    """What CreateService and UpdateService refuse."""

    def refuse(sentence: str) -> PilotageError:
        if any(part in sentence for part in _TAKEN):
            return ForeignWrite(
                f"service {service}: {sentence.rstrip('.')}. Somebody else makes or deletes it: look, then push again."
            )
        if any(part in sentence for part in _SOON):
            return Unavailable(sentence)
        return BadDefinition(f"service: {sentence}", service, _REMEDY)

    def gone(sentence: str) -> PilotageError:
        return ForeignWrite(
            f"service {service}: {sentence.rstrip('.')}. Somebody else deleted it: push again to create it."
        )

    final = (
        "ClientException",
        "InvalidParameterException",
        "NamespaceNotFoundException",
        "PlatformTaskDefinitionIncompatibilityException",
        "PlatformUnknownException",
        "UnsupportedFeatureException",
    )
    return {
        **dict.fromkeys(final, refuse),
        **dict.fromkeys(("ServiceNotFoundException", "ServiceNotActiveException"), gone),
        **of_a_read(cluster),
    }


def of_a_task(cluster: str, family: str) -> Known:
    """What RunTask refuses."""

    def refuse(sentence: str) -> PilotageError:
        if any(part in sentence for part in _FULL):
            return NoCapacity(sentence)
        return BadDefinition(f"one-off task: {sentence}", family, _REMEDY)

    final = (
        "BlockedException",
        "ClientException",
        "InvalidParameterException",
        "PlatformTaskDefinitionIncompatibilityException",
        "PlatformUnknownException",
        "UnsupportedFeatureException",
    )
    return {**dict.fromkeys(final, refuse), **of_a_read(cluster)}


def of_a_read(cluster: str) -> Known:
    """Every call that names a cluster: which one that is, the policy says."""

    def refuse(_sentence: str) -> PilotageError:
        return BadPolicy("cluster", cluster, "ECS has no such cluster here: correct the policy of this environment.")

    return {"ClusterNotFoundException": refuse}


def of_a_schedule(name: str) -> Known:
    """What CreateSchedule and UpdateSchedule refuse alike."""

    def refuse(sentence: str) -> PilotageError:
        return BadDefinition(f"schedule: {sentence}", name, _REMEDY)

    return {"ValidationException": refuse, "ServiceQuotaExceededException": refuse}
