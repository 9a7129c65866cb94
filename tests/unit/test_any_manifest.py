"""Whatever the schema accepts becomes requests that AWS takes, or is refused with a place and a remedy."""

from __future__ import annotations

import json
from typing import Any

from fakes.anything import accepted_by, some_fields
from fakes.asked import ACCOUNT, REGISTRY, artifact, config, policy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pilotage.aws.models import check
from pilotage.boundary import definition_refusals, refusals
from pilotage.choosing import choose
from pilotage.definitions import Definitions, ReleaseStamp, render
from pilotage.errors import BadManifest, Refused
from pilotage.manifest import manifest_findings
from pilotage.placement import place
from pilotage.schema import schema
from pilotage.workload import resolve

STAMP = ReleaseStamp("r1", "cats", "dev", ACCOUNT, "eu-west-1")
# What a manifest is made of beside fields that stand for themselves; `overrides` say anything at all.
AROUND = frozenset({"$schema", "service", "services", "order", "environments", "overrides"})
FIELDS = some_fields(schema("manifest"), without=AROUND, most=6)
OPEN = policy(
    registries=[REGISTRY, "public.ecr.aws"],
    secrets=["*"],
    limits={"cpu": 196608, "memory": 25165824, "count": 5000},
    capacity={
        "fargate": True,
        "fargate_spot": True,
        "ec2": "i",
        "managed_instances": "m",
        "ec2_network_mode": "bridge",
    },
    allow={
        **dict.fromkeys(("privileged", "host_network", "gpu", "daemon", "execute_command"), True),
        "host_paths": ["/"],
        "env_files": ["*"],
        "file_systems": ["fs-0123456789abcdef0"],
        "log_drivers": ["awslogs", "awsfirelens", "splunk", "json-file", "fluentd", "gelf", "journald", "syslog"],
    },
)


def drawn(manifest: dict[str, Any]) -> Definitions:
    """As `usecases.plan_service.draw`: the first half of the boundary, the result, and its second half."""
    image = artifact(config(manifest))
    workload = resolve(image, {}, OPEN)
    asked = refusals(workload, image, OPEN)
    if asked:
        raise Refused("asks for", "", " ".join(asked))
    placement = place(workload, OPEN)
    made = render(workload, placement, OPEN, image, STAMP, choose(workload, placement, OPEN))
    told = definition_refusals(made.task_definition, made.service, made.schedule, OPEN, made.agreed)
    # Nothing typed may be left to the second half, which tells people of `overrides` that they never wrote.
    assert told == ()
    return made


@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(manifest=FIELDS, special=st.one_of(st.none(), FIELDS))
def test_what_the_schema_accepts_is_what_aws_takes_or_is_refused_by_name(
    manifest: dict[str, Any], special: dict[str, Any] | None
) -> None:
    """An error of AWS comes after the approval, in words that name no field of a manifest."""
    whole = manifest if special is None else {**manifest, "environments": {"dev": special}}
    found = manifest_findings(whole)
    if found:
        assert all(each.path and each.remedy for each in found)
        return
    try:
        made = drawn(whole)
    except (BadManifest, Refused) as error:
        told = error
    else:
        check("ecs", "RegisterTaskDefinition", made.task_definition)
        check("ecs", "CreateService", made.service or {"serviceName": "none"})
        if made.schedule is not None:
            check("scheduler", "CreateSchedule", made.schedule)
        assert json.dumps(drawn(whole).task_definition) == json.dumps(made.task_definition)
        return
    assert told.thing
    assert told.remedy


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(sidecar=accepted_by(schema("manifest")["properties"]["sidecars"]["additionalProperties"]))
def test_any_sidecar_is_what_aws_takes_or_is_refused_by_name(sidecar: dict[str, Any]) -> None:
    """The largest shape of a manifest, by itself: among others it would be drawn too seldom."""
    manifest = {"memory": 8192, "cpu": 4096, "sidecars": {"side": sidecar}, "volumes": {"data": {}}}
    if manifest_findings(manifest):
        return
    try:
        made = drawn(manifest)
    except (BadManifest, Refused) as error:
        told = error
    else:
        check("ecs", "RegisterTaskDefinition", made.task_definition)
        return
    assert told.remedy
