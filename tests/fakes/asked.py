"""Policies and artifacts to ask for things with: all that a test has to say is what it is about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pilotage.artifact import MANIFEST_LABEL, Artifact, HealthCheck, ImageConfig, Platform
from pilotage.policy import Policy, read_policy

ACCOUNT = "123456789012"
REGION = "eu-west-1"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
ROLES = f"arn:aws:iam::{ACCOUNT}:role"
TARGET_GROUP = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/web/0123456789abcdef"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:cats/db-AbCdEf"
DIGEST = "sha256:" + "a" * 64


def policy_document(**fields: Any) -> dict[str, Any]:
    """A policy that allows what the services of its tests need, and nothing else; `fields` go over it."""
    return {
        "environment": "dev",
        "cluster": "main",
        "network": {"subnets": ["subnet-1", "subnet-2"], "security_groups": ["sg-1"]},
        "roles": {
            "execution": f"{ROLES}/pilotage/execution",
            "task": [f"{ROLES}/pilotage/workload/{{service}}"],
            "scheduler": f"{ROLES}/pilotage/scheduler",
        },
        "registries": [REGISTRY],
        "capacity": {"fargate": True, "ec2": "instances"},
        "routing": {"web": {"target_group": TARGET_GROUP, "services": ["cats"]}},
        "secrets": [f"arn:aws:secretsmanager:*:{ACCOUNT}:secret:{{service}}/*"],
    } | fields


def policy(**fields: Any) -> Policy:
    return read_policy(json.dumps(policy_document(**fields)), "version-1")


def config(
    manifest: Mapping[str, Any] | str | None = None,
    *,
    architecture: str = "arm64",
    os: str = "linux",
    ports: tuple[str, ...] = ("8080/tcp",),
    health_check: HealthCheck | None = None,
    user: str | None = None,
) -> ImageConfig:
    label = manifest if isinstance(manifest, str) else json.dumps(manifest)
    labels = {} if manifest is None else {MANIFEST_LABEL: label}
    return ImageConfig(Platform(os, architecture), labels, ports, health_check, user)


def artifact(*configs: ImageConfig, repository: str = "team/cats") -> Artifact:
    return Artifact(ACCOUNT, REGION, repository, DIGEST, "v1", configs or (config(),))
