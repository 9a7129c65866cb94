"""Everything that a demonstration or a working day needs of the embedded AWS: foundation, stack and policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pilotage_local.foundation import filled_policy, foundation, upload_policy
from pilotage_local.stack import building, deploy_built

ENVIRONMENT = "dev"


@dataclass(frozen=True, slots=True)
class Home:
    """Outputs of the two stacks, by their keys."""

    foundation: Mapping[str, str]
    outputs: Mapping[str, str]


def settle(endpoint: str, project: Path, state_dir: Path) -> Home:
    """Deploy both stacks and publish the example's policy. Idempotent. Raises DidNotStart.

    The foundation is deployed while the functions are built.
    """
    examples = project / "examples" / "foundation"
    template, build_dir = project / "template.yaml", (state_dir / "sam").resolve()
    with building(endpoint, template, build_dir):
        made = foundation(endpoint, examples)
    outputs = deploy_built(endpoint, template, build_dir)
    document = filled_policy((examples / "policy.dev.json").read_text(), made)
    upload_policy(endpoint, outputs["PolicyBucketName"], ENVIRONMENT, document)
    return Home(made, outputs)
