"""What the migrations of a release make of its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pilotage.migration import MigrationRun, Ran
from pilotage.outcome import Ending, Outcome
from pilotage.rollout_words import When

_CAME_IN = frozenset({Outcome.SUCCEEDED, Outcome.UNVERIFIED})
_OLD_CODE_STAYS = frozenset({Outcome.ROLLED_BACK, Outcome.FAILED, Outcome.FAILED_DIRTY, Outcome.SUPERSEDED})


def with_migrations(ending: Ending, runs: Sequence[MigrationRun], previous: str | None) -> Ending:
    """The end, with the migration after the rollout that failed, and with code that meets a schema it was not made for.

    `previous`: ARN of the task definition that ran before; None: nothing did.
    """
    after = next((run for run in reversed(runs) if run.when is When.AFTER and run.last), None)
    if after is not None and after.ran is not Ran.SUCCEEDED and ending.outcome in _CAME_IN:
        said = f"the new revision runs, but {after.sentence}"
        return replace(ending, outcome=Outcome.FAILED_DIRTY, reasons=(said, *ending.reasons), came_in=True)
    if previous is None or ending.outcome not in _OLD_CODE_STAYS or not any(run.leaves_incompatible for run in runs):
        return ending
    first, *others = ending.reasons
    old = previous.rsplit("/", 1)[-1]
    said = f"the migration of this release stays, and {old} was not made for the schema that it left behind"
    return replace(ending, reasons=(first, said, *others))
