"""A rollback looks at the schema before it acts: old code does not meet a new one unless somebody knows better."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes.harbour import CATS
from fakes.migrating import ready
from fakes.steering import Bridge, execution, released
from fakes.tasks import Life
from pilotage.command import CommandVerb
from pilotage.errors import BadRequest
from pilotage.incoming.words import read_fields, read_words
from pilotage.outcome import Outcome
from pilotage.rollout import Phase

pytestmark = pytest.mark.disable_socket


def migrated(tag: str, bridge: Bridge, **settings: object) -> str:
    """A release with a migration that the code of before cannot work with, to its end. Its id."""
    harbour = bridge.harbour
    course = ready(harbour, tag, **{"compatible_with_previous": False, **settings})
    course.migrate()
    harbour.clock.advance(seconds=60)
    harbour.migration_follower().sweep()
    assert course.told_migration() is not None
    course.apply()
    course.follow()
    assert course.conclude().outcome is Outcome.SUCCEEDED
    return course.request.release_id


def test_code_that_is_older_than_the_schema_does_not_come_back_unasked() -> None:
    """It is told before anything is done, with the release whose migration stands in the way and the way past it."""
    bridge = released("v1")
    release_id = migrated("v2", bridge)
    answer = bridge.say("rollback", reason="the page is blank")
    assert not answer.done
    assert f"release {release_id} ran a migration" in answer.sentence
    assert "rollback dev/cats --anyway the page is blank" in answer.sentence
    assert bridge.started() == []
    assert bridge.harbour.records.banned == {}


def test_somebody_who_knows_better_says_so() -> None:
    """The sentence may be wrong for this very change: then one word is enough."""
    bridge = released("v1")
    migrated("v2", bridge)
    answer = bridge.say("rollback", reason="it works, I tried", anyway=True)
    assert answer.done
    assert answer.release_id is not None
    assert execution(bridge, answer.release_id).sail().outcome is Outcome.SUCCEEDED


def test_code_that_came_after_the_migration_is_gone_back_to() -> None:
    """v2 brought the schema, v3 is bad: v2 was made for it. One further back is not, however young its last release."""
    bridge = released("v1")
    migrated("v2", bridge)
    assert bridge.harbour.release("v3").outcome is Outcome.SUCCEEDED
    answer = bridge.say("rollback")
    assert answer.done
    assert answer.release_id is not None
    assert execution(bridge, answer.release_id).sail().outcome is Outcome.SUCCEEDED
    assert not bridge.say("rollback").done


def test_a_compatible_migration_is_in_nobodys_way() -> None:
    """Expand first, contract later: that is how it is meant."""
    bridge = released("v1")
    migrated("v2", bridge, compatible_with_previous=True)
    assert bridge.say("rollback").done


def test_a_rollout_behind_such_a_migration_is_not_stopped_unasked() -> None:
    """Stopping it would bring the old code back just the same."""
    bridge = released("v1")
    harbour = bridge.harbour
    course = ready(harbour, "v2", compatible_with_previous=False)
    course.migrate()
    harbour.clock.advance(seconds=60)
    harbour.migration_follower().sweep()
    course.apply()
    course.await_rollout()
    assert not bridge.say("rollback").done
    assert bridge.say("rollback", anyway=True).done
    rollout = harbour.rollouts.get(CATS)
    assert rollout is not None
    assert rollout.stop_because is not None


def test_a_migration_that_runs_is_never_stopped_half_way() -> None:
    """Before the rollout and after it, whoever asks is told to wait for it."""
    bridge = released("v1")
    harbour = bridge.harbour
    harbour.tasks.lives = [Life(seconds=3600)]
    course = ready(harbour, "v2")
    course.migrate()
    answer = bridge.say("rollback", anyway=True)
    assert not answer.done
    assert "migrates since" in answer.sentence
    assert harbour.tasks.stops == []
    harbour.clock.advance(hours=1)
    harbour.migration_follower().sweep()
    course.apply()
    rollout = harbour.rollouts.get(CATS)
    assert rollout is not None
    harbour.rollouts.save(replace(rollout, succeeded=True, phase=Phase.MIGRATING))
    answer = bridge.say("rollback", anyway=True)
    assert not answer.done
    assert "the migration after it runs" in answer.sentence


@pytest.mark.parametrize(
    ("text", "anyway", "reason"),
    [
        ("rollback dev/cats --anyway it answers 500", True, "it answers 500"),
        ("rollback dev/cats \N{EM DASH}anyway because it answers 500", True, "it answers 500"),
        ("rollback dev/cats it is bad anyway", False, "it is bad anyway"),
        ("rollback dev/cats because --anyway was said", False, "--anyway was said"),
    ],
)
def test_anyway_is_a_flag_and_no_word_of_a_reason(text: str, anyway: bool, reason: str) -> None:
    """Nobody is to override a warning by the way."""
    command = read_words(text, Bridge().harbour.clock.now())
    assert (command.verb, command.anyway, command.reason) == (CommandVerb.ROLLBACK, anyway, reason)


def test_anyway_is_of_rollbacks_alone() -> None:
    """A flag that a verb does not take was meant for another."""
    now = Bridge().harbour.clock.now()
    with pytest.raises(BadRequest, match="anyway of ban"):
        read_words("ban dev/cats --anyway it leaks", now)
    with pytest.raises(BadRequest, match="true or false"):
        read_fields({"command": "rollback", "target": "dev/cats", "reason": "x", "anyway": "yes"}, "command", now)
    fields = {"command": "rollback", "target": "dev/cats", "reason": "x", "anyway": True}
    assert read_fields(fields, "command", now).anyway


def test_the_plan_of_such_a_rollback_says_what_it_risks() -> None:
    """Whoever approves it, or looks at the card, reads which migration it is; a newer image has no such point."""
    bridge = released("v1")
    release_id = migrated("v2", bridge)
    answer = bridge.say("rollback", anyway=True)
    assert answer.release_id is not None
    record = execution(bridge, answer.release_id).sail()
    [point] = [point for point in record.risk if point.startswith("migration: ")]
    assert release_id in point
    newer = bridge.harbour.release("v3")
    assert [point for point in newer.risk if point.startswith("migration: ")] == []
