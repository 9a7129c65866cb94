"""What a function is told by its environment. Read when the handler runs, never at import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pilotage.errors import BadSettings

SLACK_API = "https://slack.com/api/"
GITHUB_API = "https://api.github.com"


@dataclass(frozen=True, slots=True)
class Settings:
    """Names of what the stack made; region and account are those of the state machine."""

    table: str
    policy_bucket: str
    state_machine: str  # ARN
    event_bus: str
    default_environment: str  # for repositories without the tag `pilotage:environment`
    conclude_function: str | None  # name; only the sweep for lost executions is told
    region: str
    account: str
    slack_api: str = SLACK_API
    github_api: str = GITHUB_API
    secrets: str | None = None  # what the names of our secrets begin with; only functions that talk to chats are told
    answer_function: str | None = None  # name; only the entrance for messages is told
    check_function: str | None = None  # ARN; only who plans is told
    hook_role: str | None = None  # ARN of what ECS assumes to invoke it
    start_job_function: str | None = None  # ARN of what starts jobs that must not overlap; only who plans is told
    apply_role: str | None = None  # ARN of what passes roles to ECS; only a terminal is told

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """Raises BadSettings naming the variable."""
        state_machine = _needed(environment, "PILOTAGE_STATE_MACHINE")
        parts = state_machine.split(":")
        if len(parts) != 7 or parts[2] != "states":  # noqa: PLR2004 - arn:partition:states:region:account:stateMachine:name
            raise BadSettings("environment variable PILOTAGE_STATE_MACHINE", state_machine, "It has to be an ARN.")
        return cls(
            table=_needed(environment, "PILOTAGE_TABLE"),
            policy_bucket=_needed(environment, "PILOTAGE_POLICY_BUCKET"),
            state_machine=state_machine,
            event_bus=environment.get("PILOTAGE_EVENT_BUS") or "default",
            default_environment=environment.get("PILOTAGE_DEFAULT_ENVIRONMENT") or "dev",
            conclude_function=environment.get("PILOTAGE_CONCLUDE_FUNCTION") or None,
            region=parts[3],
            account=parts[4],
            slack_api=environment.get("PILOTAGE_SLACK_API") or SLACK_API,
            github_api=environment.get("PILOTAGE_GITHUB_API") or GITHUB_API,
            secrets=environment.get("PILOTAGE_SECRETS") or None,
            answer_function=environment.get("PILOTAGE_ANSWER_FUNCTION") or None,
            check_function=environment.get("PILOTAGE_CHECK_FUNCTION") or None,
            hook_role=environment.get("PILOTAGE_HOOK_ROLE") or None,
            start_job_function=environment.get("PILOTAGE_START_JOB_FUNCTION") or None,
            apply_role=environment.get("PILOTAGE_APPLY_ROLE") or None,
        )


def _needed(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name)
    if not value:
        raise BadSettings(f"environment variable {name}", value, "Set it: template.yaml shows to what.")
    return value
