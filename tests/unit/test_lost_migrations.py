"""Executions that are gone in the middle of a migration. Each test was a schedule of the property test once."""

from __future__ import annotations

import pytest
from fakes.harbour import CATS, Deaths, Died, Harbour
from fakes.migrating import ready, wait_out
from pilotage.errors import LeaseLost
from pilotage.outcome import Outcome


def test_a_migration_of_a_release_that_is_over_never_runs() -> None:
    """Its lease went to the next release while a slow function wrote the migration down: it would have run beside
    whatever that release does to the same schema.
    """
    harbour = Harbour()
    execution = ready(harbour)
    with pytest.raises(Died):
        execution.migrate(Deaths(on="FakeMigrations.open"))
    harbour.executions.end(execution.arn)
    execution.fail(LeaseLost("somebody stopped the execution"))
    record = execution.conclude()

    wait_out(harbour)

    assert record.outcome is Outcome.FAILED
    assert harbour.tasks.ran == []
    assert harbour.migrations.get(CATS) is None
