"""What a policy's patterns match: ARNs, registries and host paths, and the look-alikes that they must not."""

from __future__ import annotations

import time

import pytest
from fakes.asked import ACCOUNT, DIGEST, REGISTRY, ROLES, policy
from pilotage.boundary import arns
from pilotage.boundary.workload import is_host_path_allowed
from pilotage.images import is_allowed, source_of

SECRETS = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret"


@pytest.mark.parametrize(
    ("pattern", "arn", "matches"),
    [
        (f"{ROLES}/cats", f"{ROLES}/cats", True),
        (f"{ROLES}/cats", f"{ROLES}/cats2", False),
        (f"{ROLES}/cats", f"{ROLES}/Cats", False),
        (f"{ROLES}/team/*", f"{ROLES}/team/a/b", True),
        (f"{ROLES}/a*", f"{ROLES}/b", False),
        (f"{ROLES}/{{service}}", f"{ROLES}/cats", True),
        (f"{ROLES}/{{service}}", f"{ROLES}/dogs", False),
        (f"{ROLES}/{{environment}}/{{service}}-*", f"{ROLES}/dev/cats-web", True),
        ("arn:aws:iam::*:role/x", f"{ROLES}/x", True),
        ("arn:aws:iam:*", f"{ROLES}/x", False),
        ("arn:*", f"{ROLES}/x", False),
        ("*", f"{ROLES}/x", True),
        (f"{ROLES}/[abc]", f"{ROLES}/a", False),
        (f"{ROLES}/[abc]", f"{ROLES}/[abc]", True),
        (f"{ROLES}/ca?s", f"{ROLES}/cats", False),
        (f"{ROLES}/ca?s", f"{ROLES}/ca?s", True),
        (f"{SECRETS}:cats/*", f"{SECRETS}:cats/db-AbCdEf", True),
        (f"{SECRETS}:cats/*", f"{SECRETS}:cats2/db-AbCdEf", False),
        (f"{SECRETS}:*", f"{SECRETS}:a:b", False),
    ],
)
def test_a_pattern_matches_part_by_part(pattern: str, arn: str, matches: bool) -> None:
    """The star never reaches over a colon, and nothing but the star is special."""
    assert arns.matches(arn, [pattern], service="cats", environment="dev") is matches


def test_a_pattern_of_many_stars_takes_no_time() -> None:
    """A value made to make a matcher try everything must not hold up a release."""
    started = time.monotonic()
    assert not arns.matches("a" * 500 + "b", ["*a" * 12 + "*c"], service="cats", environment="dev")
    assert time.monotonic() - started < 1


@pytest.mark.parametrize(
    "value",
    [
        f"{ROLES}/a/../admin",
        f"{ROLES}/a/./b",
        f"{ROLES}//admin",
        f"{ROLES}/x\n",
        f"{ROLES}/*",
        f"arn:aws:iam::{ACCOUNT}:user/x",
        "arn:aws:iam::1:role/x",
        f"{ROLES}/",
        "admin",
        None,
        7,
    ],
)
def test_what_is_no_plain_role_is_none(value: object) -> None:
    """However wide a pattern is, it gives away roles and nothing else."""
    assert not arns.is_role(value)


@pytest.mark.parametrize(
    ("value", "secret"),
    [
        (f"{SECRETS}:cats/db-AbCdEf", f"{SECRETS}:cats/db-AbCdEf"),
        (f"{SECRETS}:cats/db-AbCdEf:password::", f"{SECRETS}:cats/db-AbCdEf"),
        (f"{SECRETS}:cats/db-AbCdEf:password:AWSCURRENT:", f"{SECRETS}:cats/db-AbCdEf"),
        (f"{SECRETS}:cats/db-AbCdEf:a:b:c:d", None),
        (f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/cats/x", f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/cats/x"),
        (f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/cats/../dogs", None),
        (f"{SECRETS}:cats/../dogs:key::", None),
        ("cats-token", None),
        (f"arn:aws:s3:::{ACCOUNT}", None),
        ({}, None),
    ],
)
def test_a_secret_is_named_by_its_whole_arn(value: object, secret: str | None) -> None:
    """The bare name of a parameter would say nothing about whose it is."""
    assert arns.secret_of(value) == secret


@pytest.mark.parametrize(
    ("image", "registry", "allowed"),
    [
        (f"{REGISTRY}/cats@{DIGEST}", REGISTRY, True),
        (f"{REGISTRY.upper()}/cats:v1", REGISTRY, True),
        (f"{REGISTRY}.evil.example/cats", REGISTRY, False),
        (f"evil.example/{REGISTRY}/cats", REGISTRY, False),
        (f"{REGISTRY}@evil.example/cats", REGISTRY, False),
        (f"{REGISTRY}:443/cats", REGISTRY, False),
        ("public.ecr.aws/datadog/agent:7", "public.ecr.aws/datadog", True),
        ("public.ecr.aws/datadog", "public.ecr.aws/datadog", True),
        ("public.ecr.aws/datadog-fake/agent", "public.ecr.aws/datadog", False),
        ("public.ecr.aws/x/datadog/agent", "public.ecr.aws/datadog", False),
        ("nginx", "docker.io", True),
        ("nginx", "docker.io/library", True),
        ("team/app", "docker.io/library", False),
        ("localhost:5000/cats", "localhost:5000", True),
        ("http://evil.example/x", "evil.example", False),
        ("evil.example/../x", "evil.example", False),
        ("evil.example/x\n", "evil.example", False),
        ("", "docker.io", False),
        (None, "docker.io", False),
    ],
)
def test_a_registry_is_a_whole_host_and_whole_parts_of_a_path(image: object, registry: str, allowed: bool) -> None:
    """Names that begin, end or look like the right one are somebody else's."""
    assert is_allowed(image, [registry]) is allowed


def test_a_reference_is_read_as_docker_reads_it() -> None:
    """Without a host it is Docker Hub's."""
    assert source_of("nginx:1") == ("docker.io", "library/nginx")
    assert source_of("team/app") == ("docker.io", "team/app")
    assert source_of("a" * 2000) is None


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/data", True),
        ("/data/", True),
        ("/data/cats/x", True),
        ("/database", False),
        ("/data/../etc", False),
        ("/data/./x", False),
        ("/data//x", False),
        ("data", False),
        ("/", False),
        ("", False),
        (None, False),
    ],
)
def test_a_host_path_is_allowed_with_what_lies_below(path: object, allowed: bool) -> None:
    """By whole names, and never by way of `..`."""
    assert is_host_path_allowed(policy(allow={"host_paths": ["/data"]}), path) is allowed
    assert not is_host_path_allowed(policy(), path)
