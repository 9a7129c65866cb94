"""AWS Copilot's manifests of services and jobs (https://aws.github.io/copilot-cli/docs/manifest/overview/).

One kind of file, four types that run on ECS. Each part of it has a module here, which takes its keys and says in
Pilotage's words what they mean; where Copilot has defaults of its own (a check every 10 seconds, mounts that may only
be read), they are written out. What a load balancer, a queue or a topic needs lies outside of a task: it is listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotage.errors import BadRequest
from pilotage.names import SERVICE_RULE, is_service_name

from pilotage_cli.importing import Imported
from pilotage_cli.importing.copilot.environments import overlays
from pilotage_cli.importing.copilot.workload import workload
from pilotage_cli.importing.interpolation import fill
from pilotage_cli.importing.needs import policy_for
from pilotage_cli.importing.sections import Ledger, Section, keyed
from pilotage_cli.importing.surroundings import Surroundings

ON_ECS = ("Load Balanced Web Service", "Backend Service", "Worker Service", "Scheduled Job")
_ELSEWHERE = {
    "Request-Driven Web Service": "It runs on AWS App Runner. Make it a Load Balanced Web Service first, or write a "
    "manifest with `pilotage init`.",
    "Static Site": "It is files in S3 behind CloudFront, and no container: keep it there.",
    "Environment": "It describes an environment of Copilot; in Pilotage that is a policy (docs/policy.md). Import the "
    "manifests of its services.",
}
_PIPELINE = "It looks like a pipeline of Copilot: import the manifests of its services (copilot/NAME/manifest.yml)."


def read_copilot(document: object, file: str, around: Surroundings) -> Imported:
    """A manifest of Copilot as one of Pilotage. `file` stands in the errors.

    Raises BadRequest for what is no manifest of a service or job on ECS, with the reason, and for a value of the
    wrong kind, with its path.
    """
    if not isinstance(document, Mapping):
        raise BadRequest(file, document, "A manifest of Copilot is a map that begins with `name` and `type`.")
    found = keyed(document)
    _judge_type(found, file)
    over = found.pop("environments", None) or {}
    ledger = Ledger(file)
    base = Section(fill(found, around.variables, ledger), "", ledger)
    on_demand = _on_demand(found, over)
    manifest = workload(base, around, on_demand)
    manifest |= overlays(found, over, manifest, ledger, around, on_demand)
    return Imported(manifest, policy_for(manifest, around), ledger.settled(), tuple(ledger.notes))


def _on_demand(found: Mapping[str, Any], over: object) -> dict[str, Any]:
    """Copilot knows Fargate alone. Where an environment shares its tasks with Spot, the others say their share, too,
    since `launch` and `capacity` exclude each other.
    """
    every = [found, *(over.values() if isinstance(over, Mapping) else ())]
    counts = [each.get("count") for each in every if isinstance(each, Mapping)]
    shared = any(isinstance(count, Mapping) and _asks_for_spot(count) for count in counts)
    return {"capacity": {"fargate": {"weight": 1}}} if shared else {"launch": "fargate"}


def _asks_for_spot(count: Mapping[str, Any]) -> bool:
    between = count.get("range")
    return "spot" in count or (isinstance(between, Mapping) and "spot_from" in between)


def _judge_type(document: Mapping[str, Any], file: str) -> None:
    kind, name = document.get("type"), document.get("name")
    if kind is None and ("stages" in document or "source" in document):
        raise BadRequest(f"{file}, stages", "", _PIPELINE)
    if kind in _ELSEWHERE:
        raise BadRequest(f"{file}, type", kind, _ELSEWHERE[str(kind)])
    if kind not in ON_ECS:
        raise BadRequest(f"{file}, type", kind or "", f"It has to be one of: {', '.join(ON_ECS)}.")
    if not isinstance(name, (str, int)) or not is_service_name(str(name)):
        raise BadRequest(f"{file}, name", name or "", f"A service is called by {SERVICE_RULE}.")
