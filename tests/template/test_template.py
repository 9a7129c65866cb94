"""Rules over the template that neither cfn-lint nor SAM know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from iam_proof.expanded import TEMPLATE, expanded, parsed, resolved, resources

TEXT = TEMPLATE.read_text()
FUNCTIONS = resources("AWS::Lambda::Function")
RULES = resources("AWS::Events::Rule")
# Actions that change something and that IAM knows no resource type for, with the source of that claim.
ON_EVERYTHING = {
    "states:SendTaskSuccess": "Service Authorization Reference, AWS Step Functions: no resource type",
    "states:SendTaskFailure": "Service Authorization Reference, AWS Step Functions: no resource type",
    "ecs:DeregisterTaskDefinition": "Service Authorization Reference, Amazon ECS: no resource type",
    "ecr:GetAuthorizationToken": "Service Authorization Reference, Amazon ECR: no resource type",
}
_SECONDS = {"CheckRolloutFunction": 600, "ReconcileFunction": 300}  # who waits for others, and who looks at everything
READS = re.compile(r"\w[\w-]*:(Describe|List|Get|BatchGet|Query)")


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, role in resources("AWS::IAM::Role").items():
        for policy in role["Properties"]["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                # One that is only there under a condition is held to the same rules.
                yield name, resolved(statement["Fn::If"][1] if "Fn::If" in statement else statement)


@pytest.mark.parametrize(("role", "statement"), list(statements()), ids=lambda v: v if isinstance(v, str) else v["Sid"])
def test_nothing_is_changed_on_everything(role: str, statement: dict[str, Any]) -> None:
    """A right on `*` reaches what Pilotage never made, unless IAM knows no other way to write it."""
    if any(resource == "*" for resource in statement["Resource"]):
        changing = {action for action in statement["Action"] if not READS.match(action)}

        assert changing <= set(ON_EVERYTHING)
    assert not [action for action in statement["Action"] if "*" in action]
    assert "NotAction" not in statement
    assert "NotResource" not in statement


def test_every_exception_is_still_needed() -> None:
    """An exception without a grant would wait for a mistake."""
    granted = {a for _, s in statements() for a in s["Action"] if "*" in s["Resource"]}

    assert set(ON_EVERYTHING) <= granted


def test_roles_are_passed_from_one_path_to_three_services_and_the_hooks_role_to_ecs() -> None:
    """The way from a manifest to administrator rights is a role that can be passed."""
    passing = [(role, s) for role, s in statements() if "iam:PassRole" in s["Action"]]

    assert [(role, statement["Sid"]) for role, statement in passing if role == "ApplyReleaseRole"] == [
        ("ApplyReleaseRole", "PassWorkloadRoles"),
        ("ApplyReleaseRole", "PassHookRole"),
    ]
    for _, statement in passing:
        (resource,) = statement["Resource"]
        assert resource == "arn:aws:iam::123456789012:role/pilotage/workload/*" or "RolloutHookRole" in str(resource)
        assert statement["Condition"]["StringEquals"]["iam:PassedToService"]


def test_no_role_has_policies_that_the_template_does_not_show() -> None:
    """AWSLambdaBasicExecutionRole, say, may write every log group of the account."""
    for role in resources("AWS::IAM::Role").values():
        assert "ManagedPolicyArns" not in role["Properties"]
    assert {f["Properties"]["Role"]["Fn::GetAtt"][0] for f in FUNCTIONS.values()} == {
        name.replace("Function", "Role") for name in FUNCTIONS
    }


def test_only_apply_writes_services_and_schedules() -> None:
    """`Prepare` runs from a laptop as well: it has nothing to write with. Migrations run before Apply and after it."""
    writes: dict[str, set[str]] = {}
    for role, statement in statements():
        for action in statement["Action"]:
            if action.startswith(
                ("ecs:", "scheduler:", "application-auto", "logs:PutRetention", "logs:CreateLogGroup")
            ):
                writes.setdefault(action, set()).add(role)
    before = {"ApplyReleaseRole", "MigrateReleaseRole"}
    migrating = {"MigrateReleaseRole", "FollowRolloutRole"}
    running = {*migrating, "StartJobRole"}

    scaling = (
        *("RegisterScalableTarget", "DeregisterScalableTarget", "PutScalingPolicy", "DeleteScalingPolicy"),
        *("PutScheduledAction", "DeleteScheduledAction", "TagResource"),
    )

    assert {action: roles for action, roles in writes.items() if not READS.match(action)} == {
        **{f"application-autoscaling:{action}": {"ApplyReleaseRole"} for action in scaling},
        "ecs:CreateService": {"ApplyReleaseRole"},
        "ecs:UpdateService": {"ApplyReleaseRole"},
        "scheduler:CreateSchedule": {"ApplyReleaseRole"},
        "scheduler:UpdateSchedule": {"ApplyReleaseRole"},
        "ecs:RegisterTaskDefinition": before,
        "logs:CreateLogGroup": before,
        "logs:PutRetentionPolicy": before,
        "ecs:RunTask": running,
        "ecs:StopTask": migrating,
        "ecs:TagResource": before | running,
        "ecs:StopServiceDeployment": {"FollowRolloutRole"},
        "ecs:ContinueServiceDeployment": {"FollowRolloutRole"},
        "ecs:DeregisterTaskDefinition": {"ReconcileRole"},
    }


def test_every_permission_says_why() -> None:
    """`service:Action # why`: the reason stands where the right is given."""
    actions = re.findall(r"^ +- ([a-z][a-z0-9-]*:[A-Z]\w+)(.*)$", TEXT, re.MULTILINE)

    assert len(actions) > 50
    assert [action for action, rest in actions if not re.fullmatch(r" # .{8,}", rest)] == []
    granted = [a for _, s in statements() for a in s["Action"]]
    assert len(actions) == len(granted)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_logs_that_end_a_deadline_and_a_place_for_failures(name: str) -> None:
    """What fails is kept, what is logged is not kept for ever, and nothing runs for ever."""
    function = FUNCTIONS[name]["Properties"]
    group = resources("AWS::Logs::LogGroup")[function["LoggingConfig"]["LogGroup"]["Ref"]]
    invoke = [c["Properties"] for c in resources("AWS::Lambda::EventInvokeConfig").values()]
    (own,) = [c for c in invoke if c["FunctionName"] == {"Ref": name}]

    assert function["Timeout"] == _SECONDS.get(name, 60)
    assert function["LoggingConfig"]["LogFormat"] == "JSON"
    assert group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert own["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": ["FailedInvocations", "Arn"]}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_knows_its_own_name_and_the_stack(name: str) -> None:
    """The name travels in the user agent: CloudTrail and the recorder tell the functions apart by it."""
    variables = FUNCTIONS[name]["Properties"]["Environment"]["Variables"]

    assert variables["AWS_SDK_UA_APP_ID"] == name
    assert variables["AWS_ENDPOINT_URL"] == {"Ref": "EndpointUrl"}
    assert {"PILOTAGE_TABLE", "PILOTAGE_POLICY_BUCKET", "PILOTAGE_STATE_MACHINE", "PILOTAGE_EVENT_BUS"} <= set(
        variables
    )


def test_functions_are_small_files_on_one_layer() -> None:
    """One file an entrance; the library is shared."""
    handlers = sorted(f["Properties"]["Handler"] for f in FUNCTIONS.values())

    assert len(handlers) == len(set(handlers)) == len([*(TEMPLATE.parent / "functions").glob("*.py")])
    for handler in handlers:
        assert (TEMPLATE.parent / "functions" / f"{handler.removesuffix('.handler')}.py").is_file()
    assert all(len(f["Properties"]["Layers"]) == 1 for f in FUNCTIONS.values())


@pytest.mark.parametrize("name", RULES)
def test_every_rule_keeps_what_it_could_not_deliver(name: str) -> None:
    """EventBridge drops an event after its retries, unless it is told where to put it."""
    for target in RULES[name]["Properties"]["Targets"]:
        assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["UndeliveredEvents", "Arn"]}}
        assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0
        assert int(resolved(target["RetryPolicy"]["MaximumEventAgeInSeconds"])) >= 60
    assert RULES[name]["Properties"]["Name"]["Fn::Sub"].startswith("${AWS::StackName}-")


# They answer people, or end what people were asked; whoever else writes votes down would have made them up.
WRITE_THE_TRAIL = {"AnswerMessageRole", "AwaitPeopleRole", "PrepareReleaseRole", "TakeCommandRole"}


def test_no_function_changes_the_trail_and_few_add_to_it() -> None:
    """What people did has to be true a year later, whatever a function was talked into."""
    writes = {f"dynamodb:{action}Item" for action in ("Put", "Update", "Delete")}
    denied = dict[str, set[str]]()
    for role, statement in statements():
        if statement["Effect"] == "Deny" and "AUDIT#*" in str(statement.get("Condition")):
            denied.setdefault(role, set()).update(statement["Action"])
    for role, statement in statements():
        allowed = writes & set(statement["Action"]) if statement["Effect"] == "Allow" else set()
        if allowed and "LeadingKeys" not in str(statement.get("Condition")):
            added = {"dynamodb:PutItem"} if role in WRITE_THE_TRAIL else set()
            assert allowed - added <= denied.get(role, set()), role


def test_the_queue_takes_events_of_our_rules_only() -> None:
    """The queue's policy lets EventBridge in by the names that all our rules share."""
    (policy,) = [
        q["Properties"]
        for q in resources("AWS::SQS::QueuePolicy").values()
        if "UndeliveredEvents" in str(q["Properties"]["Queues"])
    ]
    allow = next(s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Allow")

    assert allow["Principal"] == {"Service": "events.amazonaws.com"}
    assert resolved(allow["Condition"]) == {
        "ArnLike": {"aws:SourceArn": "arn:aws:events:us-east-1:123456789012:rule/pilotage-*"}
    }


def test_every_queue_failure_and_throttle_calls_somebody() -> None:
    """An event in a queue that nobody looks at is as lost as one that was dropped."""
    alarms = [a["Properties"] for a in resources("AWS::CloudWatch::Alarm").values()]
    watched = {(a["MetricName"], str(d["Value"])) for a in alarms for d in a.get("Dimensions", [])}

    for queue in resources("AWS::SQS::Queue"):
        assert ("ApproximateNumberOfMessagesVisible", str({"Fn::GetAtt": [queue, "QueueName"]})) in watched
    for function in FUNCTIONS:
        assert ("Errors", str({"Ref": function})) in watched
    for metric in ("ExecutionsFailed", "ExecutionThrottled"):
        assert (metric, str({"Ref": "ReleaseStateMachine"})) in watched
    assert "Throttles" in {a["MetricName"] for a in alarms}
    assert all("AlarmActions" in a and a["TreatMissingData"] == "notBreaching" for a in alarms)


def test_what_is_remembered_is_encrypted_recoverable_and_private() -> None:
    """Records outlive the stack; policies keep every version, since a plan's hash names one."""
    (table,) = resources("AWS::DynamoDB::Table").values()
    (bucket,) = resources("AWS::S3::Bucket").values()

    assert table["DeletionPolicy"] == bucket["DeletionPolicy"] == "RetainExceptOnCreate"
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["Properties"]["SSESpecification"] == {"SSEEnabled": True}
    assert table["Properties"]["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert bucket["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
    assert all(q["Properties"]["SqsManagedSseEnabled"] for q in resources("AWS::SQS::Queue").values())


@pytest.mark.parametrize("section", ["Parameters", "Outputs"])
def test_every_parameter_and_output_is_described(section: str) -> None:
    """Whoever deploys reads the console, not the template."""
    for name, value in parsed()[section].items():
        assert len(value.get("Description", "")) > 20, name
    grouped = parsed()["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    if section == "Parameters":
        assert sorted(name for group in grouped for name in group["Parameters"]) == sorted(parsed()[section])


def test_the_code_never_asks_whether_it_is_local() -> None:
    """One template for all: no condition but the optional parts and the build's processor."""
    optional = {"HasAlarmTopic", "HasBuild", "HasCheckNetwork", "HasGitHubKey", "HasSubscriber"}
    assert set(expanded()["Conditions"]) == {*optional, "BuildsOnArm"}
