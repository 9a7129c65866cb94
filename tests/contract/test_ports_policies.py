"""Policies: read afresh with their version, or refused with what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fakes.checked_client import CheckedClient, refusal
from fakes.policies import FakePolicies
from fakes.wire import client
from moto import mock_aws
from pilotage.aws.policies import S3Policies
from pilotage.errors import AccessDenied, BadPolicy, Throttled
from pilotage.policy import MAX_BYTES
from pilotage.ports import Policies

pytestmark = pytest.mark.disable_socket

BUCKET = "policies-of-the-stack"
DOCUMENT: dict[str, Any] = {
    "environment": "dev",
    "cluster": "main",
    "network": {"subnets": ["subnet-1"], "security_groups": ["sg-1"]},
    "roles": {"execution": "arn:aws:iam::123456789012:role/execution"},
    "registries": ["123456789012.dkr.ecr.eu-west-1.amazonaws.com"],
}


class Bucket(S3Policies):
    """The adapter over moto, with the words of the fake to set it up."""

    def __init__(self, *, versioned: bool = True) -> None:
        self.client = client("s3")
        location = {"LocationConstraint": self.client.meta.region_name}
        self.client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=location)
        if versioned:
            self.client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        super().__init__(self.client, BUCKET)

    def put(self, environment: str, text: str | bytes) -> str:
        answer = self.client.put_object(Bucket=BUCKET, Key=f"policies/{environment}.json", Body=text)
        return str(answer.get("VersionId"))


@pytest.fixture(params=["fake", "s3"])
def policies(request: pytest.FixtureRequest) -> Iterator[FakePolicies | Bucket]:
    with mock_aws():
        yield FakePolicies() if request.param == "fake" else Bucket()


def document(**changes: Any) -> str:
    return json.dumps({**DOCUMENT, **changes})


def test_a_policy_is_read_with_its_version(policies: FakePolicies | Bucket) -> None:
    """The version is part of every plan's hash: a plan made under another policy is never applied."""
    version = policies.put("dev", document())
    policy = policies.current("dev")
    assert (policy.environment, policy.cluster, policy.version) == ("dev", "main", version)


def test_a_changed_policy_holds_at_once(policies: FakePolicies | Bucket) -> None:
    """Operators who tighten a rule need no redeployment, and no warm function remembers the old one."""
    first = policies.put("dev", document())
    assert policies.current("dev").version == first
    second = policies.put("dev", document(cluster="other"))
    assert (policies.current("dev").cluster, policies.current("dev").version) == ("other", second)
    assert first != second


def test_an_environment_without_a_policy_is_refused(policies: FakePolicies | Bucket) -> None:
    """What is allowed nowhere is not allowed; the sentence says what is missing."""
    policies.put("dev", document())
    with pytest.raises(BadPolicy, match="prod"):
        policies.current("prod")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", document(clutser="main")])
def test_a_broken_policy_is_refused(policies: FakePolicies | Bucket, text: str) -> None:
    """Better no release than one under half a policy."""
    policies.put("dev", text)
    with pytest.raises(BadPolicy):
        policies.current("dev")


def test_a_policy_of_another_environment_is_refused(policies: FakePolicies | Bucket) -> None:
    """A copy of prod's document under dev's name must not give dev prod's rights."""
    policies.put("dev", document(environment="prod"))
    with pytest.raises(BadPolicy, match="'prod'"):
        policies.current("dev")


@pytest.mark.parametrize("name", ["", "../dev", "dev/../prod", "DEV", "dev.json", "a" * 100, "dev\n"])
def test_a_name_that_is_no_environment_never_becomes_a_key(name: str) -> None:
    """Repository tags and requests name environments: whoever sets them chooses no objects."""

    def never(operation: str, request: object) -> dict[str, Any]:
        raise AssertionError(operation, request)

    policies: Policies = S3Policies(CheckedClient("s3", never), BUCKET)
    with pytest.raises(BadPolicy, match="environment"):
        policies.current(name)


def test_a_bucket_without_versions_is_refused() -> None:
    """Without them two different policies would have the same plan's hash."""
    with mock_aws():
        bucket = Bucket(versioned=False)
        bucket.put("dev", document())
        with pytest.raises(BadPolicy, match="versioning"):
            bucket.current("dev")


@pytest.mark.parametrize("content", [b" " * (MAX_BYTES + 1), b"\xff\xfe"])
def test_what_cannot_be_a_policy_is_refused(content: bytes) -> None:
    """A wrong file put there by hand: a sentence, never a traceback or a function out of memory."""
    with mock_aws():
        bucket = Bucket()
        bucket.put("dev", content)
        with pytest.raises(BadPolicy, match=r"s3://policies-of-the-stack/policies/dev\.json"):
            bucket.current("dev")


@pytest.mark.parametrize(
    ("code", "raised"),
    [("NoSuchBucket", BadPolicy), ("AccessDenied", AccessDenied), ("SlowDown", Throttled)],
)
def test_other_refusals_are_told_apart(code: str, raised: type[Exception]) -> None:
    """A policy that cannot be read is not a policy that is not there."""

    def refuse(operation: str, _request: object) -> dict[str, Any]:
        raise refusal(operation, code, "No.")

    with pytest.raises(raised):
        S3Policies(CheckedClient("s3", refuse), BUCKET).current("dev")


def test_every_environment_with_a_policy_is_named(policies: FakePolicies | Bucket) -> None:
    """What is for everything is for each of them, also for one whose policy has a mistake."""
    assert list(policies.environments()) == []
    policies.put("prod", document(environment="prod"))
    policies.put("dev", "{")
    assert list(policies.environments()) == ["dev", "prod"]


def test_what_is_no_policy_is_no_environment() -> None:
    """Somebody's notes beside the policies."""
    with mock_aws():
        bucket = Bucket()
        for key in (
            "policies/dev.json",
            "policies/dev.json.bak",
            "policies/old/dev.json",
            "policies/A.json",
            "dev.json",
        ):
            bucket.client.put_object(Bucket=BUCKET, Key=key, Body=b"{}")
        assert list(bucket.environments()) == ["dev"]


def test_a_list_that_goes_on_is_refused() -> None:
    """An environment that is not seen would be one whose people were not asked."""
    policies = S3Policies(CheckedClient("s3", lambda *_: {"IsTruncated": True, "Contents": []}), BUCKET)
    with pytest.raises(BadPolicy, match="more than 1000 objects"):
        policies.environments()
