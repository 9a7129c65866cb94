"""What is refused of a request, in a sentence that knows which layer asked, and so whose file it is."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from pilotage.boundary.judging import Case
from pilotage.errors import shown
from pilotage.names import choices
from pilotage.workload.layers import POLICY_DEFAULTS

if TYPE_CHECKING:
    from pilotage.workload import Workload


def refused_at(case: Case, workload: Workload, path: str, value: object, allowed: Collection[str], rule: str) -> str:
    """Like Case.refused. `path` is that of the field in a manifest."""
    source = source_of(workload, path)
    environment = case.policy.environment
    names = [case.filled(one) for one in allowed]
    whose = f"`defaults` in {case.file}" if source == POLICY_DEFAULTS else "pilotage.yaml"
    return (
        f"{path}: {shown(value)} ({source}). The policy of {environment} allows {choices(names, 'and')}. Change it in "
        f"{whose}, or have the operators widen {rule} in {case.file}."
    )


def source_of(workload: Workload, path: str) -> str:
    """The layer that set the field, or the nearest field above it."""
    parts = path.split(".")
    above = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((workload.sources[each] for each in above if each in workload.sources), "manifest")
