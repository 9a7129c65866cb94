"""From definitions and what is live to steps: pure, so the remote state is declared and the steps are compared."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fakes.workloads import CATS, NOON, POLICY, STAMP, TARGET_GROUP, artifact, drawn, registered, revision_arn, running
from pilotage.artifact import Artifact
from pilotage.aws.models import check
from pilotage.definitions import Definitions, render
from pilotage.errors import Refused
from pilotage.placement import place
from pilotage.plan import Live, LiveSchedule, Plan, Step, Verb
from pilotage.plan.configured import still_to_do
from pilotage.plan.diff import MASKED
from pilotage.plan.planning import make_plan
from pilotage.policy import Policy
from pilotage.scheduled import run_of, with_revision
from pilotage.workload import Kind, Launch, Schedule, Wishes, Workload

OTHER_IMAGE = artifact("sha256:" + "b" * 64)
NIGHTLY = replace(CATS, kind=Kind.SCHEDULE, count=1, schedule=Schedule("rate(1 hour)"))
ONE_OFF = replace(CATS, kind=Kind.TASK)
OPERATIONS = {
    Verb.REGISTER_TASK_DEFINITION: ("ecs", "RegisterTaskDefinition"),
    Verb.CREATE_SERVICE: ("ecs", "CreateService"),
    Verb.UPDATE_SERVICE: ("ecs", "UpdateService"),
    Verb.CREATE_SCHEDULE: ("scheduler", "CreateSchedule"),
    Verb.UPDATE_SCHEDULE: ("scheduler", "UpdateSchedule"),
    Verb.ENSURE_LOG_GROUP: ("logs", "PutRetentionPolicy"),
}


def plan(
    workload: Workload = CATS,
    live: Live | None = None,
    *,
    policy: Policy = POLICY,
    image: Artifact | None = None,
    release: str = "r-2",
    **rest: Any,
) -> Plan:
    """The plan of `workload`; every step of it is held against the model of AWS."""
    image = image or artifact()
    placement, definitions = drawn(workload, policy, image, replace(STAMP, release_id=release))
    made = make_plan(
        definitions,
        live or Live(),
        policy=policy,
        artifact=image,
        workload=workload,
        placement=placement,
        **{"made_at": NOON, **rest},
    )
    for step in made.steps:
        check(*OPERATIONS[step.verb], step.body)
    return made


def live_service(workload: Workload = CATS, policy: Policy = POLICY, **changed: Any) -> Live:
    return Live(running(drawn(workload, policy)[1], **changed))


def live_schedule(workload: Workload = NIGHTLY) -> Live:
    _, definitions = drawn(workload)
    assert definitions.schedule is not None
    body = copy.deepcopy(dict(definitions.schedule))
    revision = revision_arn(definitions.family)
    body["Target"]["EcsParameters"].update(TaskDefinitionArn=revision, EnableExecuteCommand=False)
    body |= {
        "Arn": "arn:aws:scheduler:eu-west-1:123456789012:schedule/default/dev-cats",
        "ActionAfterCompletion": "NONE",
    }
    body |= {"CreationDate": NOON, "LastModificationDate": NOON}
    return Live(schedule=LiveSchedule(body, revision, registered(definitions.task_definition)))


def paths(made: Plan) -> set[str]:
    return {change.path for change in made.changes}


def verbs(made: Plan) -> list[Verb]:
    return [step.verb for step in made.steps]


def update(made: Plan) -> Step:
    (step,) = [step for step in made.steps if step.verb is Verb.UPDATE_SERVICE]
    return step


def without_tags(live: Live) -> Live:
    """As an adapter answers that did not ask for tags: only the content can be compared."""
    assert live.service is not None
    body = {key: value for key, value in live.service.task_definition.items() if key != "tags"}
    return Live(replace(live.service, task_definition=body))


def test_a_first_release_creates_everything_in_order() -> None:
    """The log group comes before what writes to it, the revision before the service that runs it."""
    made = plan()
    assert verbs(made) == [Verb.ENSURE_LOG_GROUP, Verb.REGISTER_TASK_DEFINITION, Verb.CREATE_SERVICE]
    assert [step.starts_rollout for step in made.steps] == [False, False, True]
    assert made.steps[0].body == {"logGroupName": "/pilotage/dev/cats", "retentionInDays": 30}
    assert made.steps[2].body["taskDefinition"] == "dev-cats"
    assert (made.live_revision, made.live_deployment_id, made.desired_count) == (None, None, 2)


@pytest.mark.parametrize("strip", [without_tags, lambda live: live], ids=["content", "tag"])
def test_an_unchanged_push_changes_nothing(strip: Callable[[Live], Live]) -> None:
    """Case 20: the same definitions, in another release, give no step, by the content itself and by its hash alike."""
    made = plan(live=strip(live_service()))
    assert (made.steps, made.changes) == ((), ())
    assert made.live_revision == revision_arn("dev-cats")


def test_a_new_image_is_registered_and_rolled_out() -> None:
    """The everyday release: one new revision, one update, and nothing else in it."""
    made = plan(live=live_service(), image=OTHER_IMAGE)
    assert verbs(made) == [Verb.ENSURE_LOG_GROUP, Verb.REGISTER_TASK_DEFINITION, Verb.UPDATE_SERVICE]
    assert update(made).body == {"cluster": "ships", "service": "cats", "taskDefinition": "dev-cats"}
    assert made.starts_rollout
    assert paths(made) == {"image"}


def test_an_autoscaled_service_keeps_its_count() -> None:
    """Case 18: whatever autoscaling made of it, Pilotage never writes it back."""
    scaled = live_service(desiredCount=17)
    assert scaled.service is not None
    for live, workload in (
        (scaled, replace(CATS, autoscaled=True)),
        (Live(replace(scaled.service, autoscaled=True)), CATS),
    ):
        made = plan(workload, live, image=OTHER_IMAGE)
        assert "desiredCount" not in update(made).body
        assert made.desired_count is None
        assert plan(workload, live).steps == ()


def test_a_count_that_no_manifest_states_is_not_written_to_a_service_that_exists() -> None:
    """Who scaled by hand is not scaled back by a default."""
    unsaid = replace(CATS, sources={"count": "Pilotage's default"})
    made = plan(unsaid, live_service(desiredCount=5), image=OTHER_IMAGE)
    assert "desiredCount" not in update(made).body
    assert made.desired_count == 5


def test_a_stated_count_alone_is_a_setting_and_starts_no_rollout() -> None:
    """UpdateService documents that desiredCount starts no deployment: waiting for one would hang."""
    made = plan(replace(CATS, count=4), live_service())
    assert verbs(made) == [Verb.UPDATE_SERVICE]
    assert update(made).body == {"cluster": "ships", "service": "cats", "desiredCount": 4}
    assert not made.starts_rollout
    assert made.desired_count == 4


def test_a_capacity_change_forces_the_deployment_that_ecs_would_not_start() -> None:
    """Otherwise tasks would stay on the old capacity until somebody wonders."""
    made = plan(replace(CATS, wishes=Wishes(launch=Launch.FARGATE_SPOT)), live_service())
    body = update(made).body
    assert body["forceNewDeployment"] is True
    assert body["taskDefinition"] == revision_arn("dev-cats")
    assert made.starts_rollout


def test_a_service_that_was_created_with_a_launch_type_moves_to_a_strategy() -> None:
    """Services of other tools can be taken over."""
    live = live_service(launchType="FARGATE", capacityProviderStrategy=[])
    body = update(plan(live=live)).body
    assert body["capacityProviderStrategy"] == [{"capacityProvider": "FARGATE", "weight": 1, "base": 0}]
    assert body["forceNewDeployment"] is True


@pytest.mark.parametrize(
    ("wanted", "field", "rolls"),
    [
        ({"enableExecuteCommand": True}, "enableExecuteCommand", False),
        ({"propagateTags": "SERVICE"}, "propagateTags", False),
        ({"enableECSManagedTags": False}, "enableECSManagedTags", False),
        ({"availabilityZoneRebalancing": "DISABLED"}, "availabilityZoneRebalancing", False),
        ({"healthCheckGracePeriodSeconds": 5}, "healthCheckGracePeriodSeconds", False),
        ({"deploymentConfiguration": {"maximumPercent": 150}}, "deploymentConfiguration", False),
        ({"placementConstraints": [{"type": "distinctInstance"}]}, "placementConstraints", False),
        ({"placementStrategy": [{"type": "random"}]}, "placementStrategy", False),
        ({"platformVersion": "1.4.0"}, "platformVersion", True),
        (
            {"networkConfiguration": {"awsvpcConfiguration": {"assignPublicIp": "ENABLED"}}},
            "networkConfiguration",
            True,
        ),
        ({"serviceRegistries": [{"registryArn": "arn:aws:servicediscovery:x:1:service/a"}]}, "serviceRegistries", True),
        ({"serviceConnectConfiguration": {"enabled": True}}, "serviceConnectConfiguration", True),
    ],
)
def test_each_parameter_starts_a_rollout_or_not_as_ecs_documents_it(
    wanted: dict[str, Any], field: str, rolls: bool
) -> None:
    """A settings-only plan must not wait for a rollout, and a rollout must not go unwatched."""
    made = plan(replace(CATS, overrides={"service": wanted}), live_service())
    assert made.starts_rollout is rolls
    assert set(update(made).body) - {"cluster", "service", "taskDefinition"} == {field}


def test_what_is_no_longer_wanted_is_taken_away() -> None:
    """A route that left the manifest must not keep sending traffic."""
    routed = live_service(replace(CATS, routing="public"))
    body = update(plan(live=routed)).body
    assert body["loadBalancers"] == []
    opened = live_service(replace(CATS, overrides={"service": {"enableExecuteCommand": True}}))
    assert update(plan(live=opened)).body["enableExecuteCommand"] is False


def test_a_new_route_starts_a_rollout() -> None:
    """Load balancers are changed by new tasks only."""
    made = plan(replace(CATS, routing="public"), live_service())
    assert made.starts_rollout
    assert update(made).body["loadBalancers"][0]["targetGroupArn"] == TARGET_GROUP


def test_what_ecs_cannot_change_is_refused_by_name() -> None:
    """A service cannot become a daemon; the message says what to do."""
    with pytest.raises(Refused, match="schedulingStrategy"):
        plan(replace(CATS, daemon=True), live_service())


def test_an_unchanged_daemon_changes_nothing() -> None:
    """It has no count and no strategy to compare."""
    daemon = replace(CATS, daemon=True)
    made = plan(daemon, live_service(daemon, desiredCount=3))
    assert made.steps == ()
    assert made.desired_count is None


def test_members_that_a_newer_ecs_answers_are_no_difference() -> None:
    """Otherwise every push would change the settings of every service for ever."""
    live = live_service()
    assert live.service is not None
    answer = copy.deepcopy(dict(live.service.body))
    answer["deploymentConfiguration"] |= {
        "newThing": {"on": 1},
        "earlySuccessCriteria": {"enable": False, "healthyPercent": 100},
    }
    answer["resourceManagementType"] = "CUSTOMER"
    assert plan(live=Live(replace(live.service, body=answer))).steps == ()


def test_a_schedule_is_created_updated_and_left_alone() -> None:
    """UpdateSchedule replaces the whole, so its body is complete; no schedule starts a rollout."""
    first = plan(NIGHTLY)
    assert verbs(first) == [Verb.ENSURE_LOG_GROUP, Verb.REGISTER_TASK_DEFINITION, Verb.CREATE_SCHEDULE]
    assert not first.starts_rollout
    assert plan(NIGHTLY, live_schedule()).steps == ()
    moved = plan(replace(NIGHTLY, schedule=Schedule("rate(2 hours)")), live_schedule())
    assert verbs(moved) == [Verb.UPDATE_SCHEDULE]
    assert paths(moved) == {"schedule.ScheduleExpression"}
    assert moved.steps[0].body["Target"]["EcsParameters"]["TaskDefinitionArn"] == revision_arn("dev-cats")
    rebuilt = plan(NIGHTLY, live_schedule(), image=OTHER_IMAGE)
    assert verbs(rebuilt) == [Verb.ENSURE_LOG_GROUP, Verb.REGISTER_TASK_DEFINITION, Verb.UPDATE_SCHEDULE]
    assert rebuilt.steps[2].body["Target"]["EcsParameters"]["TaskDefinitionArn"] == "dev-cats"


def test_one_off_work_registers_and_knows_when_it_did_already() -> None:
    """NO_CHANGE holds for it too."""
    made = plan(ONE_OFF)
    assert verbs(made) == [Verb.ENSURE_LOG_GROUP, Verb.REGISTER_TASK_DEFINITION]
    newest = (revision_arn("dev-cats", 4), made.content_hash)
    assert plan(ONE_OFF, newest_revision=newest).steps == ()
    assert plan(ONE_OFF, image=OTHER_IMAGE, newest_revision=newest).steps


def test_a_workload_that_changed_its_kind_leaves_the_old_one_in_place_and_says_so() -> None:
    """Nothing is ever deleted by a push."""
    made = plan(NIGHTLY, live_service())
    assert verbs(made) == [Verb.ENSURE_LOG_GROUP, Verb.REGISTER_TASK_DEFINITION, Verb.CREATE_SCHEDULE]
    (left,) = [change for change in made.changes if change.path == "service cats"]
    assert left.after == "left in place: retire on request"
    back = plan(CATS, live_schedule())
    assert "schedule cats" in paths(back)
    assert verbs(back)[-1] is Verb.CREATE_SERVICE


def test_the_hash_is_bound_to_what_is_approved_and_to_nothing_else() -> None:
    """Promise 3: release and time are not in it; image, policy version, live revision and deployment are."""
    live = live_service()
    assert live.service is not None
    first = plan(live=live, image=OTHER_IMAGE)
    assert plan(live=live, image=OTHER_IMAGE, release="r-9", made_at=NOON + timedelta(days=1)).hash == first.hash
    others = [
        plan(live=live),
        plan(live=live, image=artifact("sha256:" + "c" * 64)),
        plan(live=live, image=OTHER_IMAGE, policy=replace(POLICY, version="v2")),
        plan(live=Live(replace(live.service, primary_deployment_id="ecs-svc/2")), image=OTHER_IMAGE),
        plan(live=Live(replace(live.service, task_definition_arn=revision_arn("dev-cats", 7))), image=OTHER_IMAGE),
        plan(replace(CATS, count=3), live, image=OTHER_IMAGE),
        plan(live=live_service(desiredCount=9), image=OTHER_IMAGE),
    ]
    assert len({first.hash, *(other.hash for other in others)}) == len(others) + 1


CANARY = "canary-7f3a9"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_PASSWORD", CANARY),
        ("STRIPE_KEY", CANARY),
        ("apiToken", CANARY),
        ("DATABASE_URL", f"postgres://cats:{CANARY}@db/cats"),
        ("NOTE", f"-----BEGIN PRIVATE KEY-----{CANARY}"),
        ("NOTE", f"eyJhbGciOiJI.{CANARY}.x"),
    ],
)
def test_no_secret_is_shown_in_a_diff(name: str, value: str) -> None:
    """Case 29: diffs go to chat and logs. The line stays, so that the change is seen; the value does not."""
    made = plan(replace(CATS, environment={name: value}), live_service(replace(CATS, environment={name: "x" + value})))
    assert CANARY not in json.dumps([[change.path, change.before, change.after] for change in made.changes])
    (change,) = made.changes
    assert change.path == f"environment.{name}"
    assert MASKED in (change.before, change.after)


def test_plain_values_are_shown() -> None:
    """A diff that hides everything helps nobody approve."""
    made = plan(
        replace(CATS, environment={"COLOR": "red"}), live_service(replace(CATS, environment={"COLOR": "black"}))
    )
    assert [(change.path, change.before, change.after) for change in made.changes] == [
        ("environment.COLOR", "black", "red")
    ]


def test_a_live_service_whose_revision_was_forgotten_is_registered_anew() -> None:
    """ECS answered no task definition: whatever ran, ours is registered."""
    live = live_service()
    assert live.service is not None
    made = plan(live=Live(replace(live.service, task_definition={})))
    assert Verb.REGISTER_TASK_DEFINITION in verbs(made)


def test_what_was_configured_is_found_by_reading_again() -> None:
    """A settings-only release succeeds by what ECS answers, not by having been sent."""
    made = plan(replace(CATS, count=4), live_service())
    assert still_to_do(made, live_service(desiredCount=4), None) == ()
    assert still_to_do(made, live_service(), None) == ("service.desiredCount",)
    assert still_to_do(made, Live(), None) == ("service cats is missing",)
    scaled = live_service().service
    assert scaled is not None
    assert still_to_do(made, Live(replace(scaled, autoscaled=True)), None) == ()  # the count is not ours any more


def test_a_configured_schedule_is_found_by_reading_again() -> None:
    """The revision in it counts, too."""
    made = plan(NIGHTLY, image=OTHER_IMAGE)
    live = live_schedule()
    assert still_to_do(made, live, revision_arn("dev-cats")) == ()
    assert still_to_do(made, live, revision_arn("dev-cats", 2)) == ("schedule.Target.EcsParameters.TaskDefinitionArn",)
    assert still_to_do(made, Live(), None) == ("schedule dev-cats is missing",)
    assert still_to_do(plan(CATS, live_service()), Live(), None) == ()
    assert still_to_do(plan(CATS), Live(), None) == ()


def test_a_job_of_the_function_is_planned_and_found_like_any_schedule() -> None:
    """Its revision lies in a text: the diff names fields of it, and a new revision is no change of the schedule."""
    starter = "arn:aws:lambda:eu-west-1:123456789012:function:pilotage-start-job"

    def definitions(count: int = 1) -> Definitions:
        job = replace(NIGHTLY, schedule=Schedule("cron(0 3 * * ? *)", overlap="skip"), count=count)
        return render(job, place(job, POLICY), POLICY, artifact(), STAMP, starter=starter)

    def job_plan(count: int, live: Live) -> Plan:
        found = definitions(count)
        place_ = place(NIGHTLY, POLICY)
        facts: dict[str, Any] = {"policy": POLICY, "artifact": artifact(), "workload": NIGHTLY, "placement": place_}
        return make_plan(found, live, **facts, made_at=NOON)

    revision = revision_arn("dev-cats", 7)
    made = job_plan(1, Live())
    assert made.steps[-1].verb is Verb.CREATE_SCHEDULE
    body = with_revision(made.steps[-1].body, revision)
    check("scheduler", "CreateSchedule", body)
    live = Live(schedule=LiveSchedule({**body, "Arn": "arn:x"}, revision, registered(definitions().task_definition)))
    assert job_plan(1, live).steps == ()
    assert still_to_do(made, live, revision) == ()
    assert still_to_do(made, live, revision_arn("dev-cats", 8)) == ("schedule.Target.Input.run.taskDefinition",)
    grown = job_plan(2, live)
    assert [change.path for change in grown.changes] == ["schedule.Target.Input.run.count"]
    run = run_of(grown.steps[-1].body)
    assert run is not None
    assert (run["taskDefinition"], run["count"]) == (revision, 2)


def test_tags_that_ecs_cannot_change_are_told_and_left() -> None:
    """UpdateService takes none; the revision carries the new ones, and so do its tasks."""
    tagged = replace(CATS, tags={"team": "cats", "tier": "1"})
    made = plan(tagged, live_service(replace(CATS, tags={"team": "dogs"})))
    told = {change.path: (change.before, change.after) for change in made.changes if change.path.startswith("service.")}
    assert told.keys() == {"service.tags.team", "service.tags.tier"}
    assert told["service.tags.team"][0] == "dogs"
    assert str(told["service.tags.team"][1]).startswith("cats (left in place: ECS sets a service's tags only when")
    assert told["service.tags.tier"][0] is None
    assert Verb.REGISTER_TASK_DEFINITION in verbs(made)
    assert plan(tagged, live_service(tagged)).changes == ()
    assert plan(tagged, live_service(tagged, tags=None)).changes == ()


def test_definitions_are_not_changed_by_planning() -> None:
    """Plans are made twice from the same definitions: they must stay what they were."""
    placement, definitions = drawn()
    before = copy.deepcopy(definitions)
    kept: Definitions = definitions
    make_plan(
        kept, live_service(), policy=POLICY, artifact=artifact(), workload=CATS, placement=placement, made_at=NOON
    )
    assert kept == before
