"""The hash of a plan."""

from __future__ import annotations

from dataclasses import replace

from pilotage.definitions import Definitions
from pilotage.definitions.canonical import schedule_content, service_content, task_definition_content
from pilotage.document import content_hash, to_document
from pilotage.plan import Plan, Verb


def plan_hash(plan: Plan, definitions: Definitions) -> str:
    """What an approval is bound to. Neither the release nor the time is in it; what is sent to whom is."""
    return content_hash(
        {
            "digest": plan.digest,
            "task_definition": task_definition_content(definitions.task_definition),
            "service": service_content(definitions.service) if definitions.service else None,
            "schedule": schedule_content(definitions.schedule) if definitions.schedule else None,
            "scaling": definitions.scaling,
            "log_group": [definitions.log_group, definitions.log_retention_days],
            "policy": [plan.environment, plan.policy_version],
            "live": [plan.live_revision, plan.live_deployment_id],
            "steps": [[step.verb.value, step.starts_rollout, sorted(step.body)] for step in plan.steps],
            "strategy": to_document(replace(plan.strategy, reasons=())),
            "migrations": to_document(plan.migrations),
            "fallback": to_document(plan.fallback),
            "alarms": [step.body for step in plan.steps if step.verb is Verb.ENSURE_ALARM],
        }
    )
