"""What could go wrong with a plan: points, each with its reason. A policy asks people because of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class PointKind(StrEnum):
    """The closed set of what makes a release risky. Policies name these."""

    FIRST_RELEASE = "first release"
    ROLE = "role"
    SECRETS = "secrets"
    NETWORK = "network"  # ports, subnets, security groups, target groups, public addresses
    PRIVILEGE = "privilege"
    MAJOR_VERSION = "major version"
    SCAN = "scan"  # findings that the running image does not have, or no finished scan
    GROWTH = "growth"  # cpu, memory, count
    EVENING = "evening"  # a time that the policy calls risky
    BANNED_BEFORE = "banned before"  # this digest was banned once
    STRATEGY = "strategy"  # how the rollout goes is to change
    MIGRATION = "migration"  # one that the code of before cannot work with
    SKIPPED_CANARY = "skipped canary"  # traffic is shifted at once, where the last release shifted it in steps


LEVELS = {
    PointKind.FIRST_RELEASE: Level.MEDIUM,
    PointKind.ROLE: Level.HIGH,
    PointKind.SECRETS: Level.HIGH,
    PointKind.NETWORK: Level.HIGH,
    PointKind.PRIVILEGE: Level.HIGH,
    PointKind.MAJOR_VERSION: Level.MEDIUM,
    PointKind.SCAN: Level.HIGH,
    PointKind.GROWTH: Level.MEDIUM,
    PointKind.EVENING: Level.MEDIUM,
    PointKind.BANNED_BEFORE: Level.HIGH,
    PointKind.STRATEGY: Level.MEDIUM,
    PointKind.MIGRATION: Level.HIGH,
    PointKind.SKIPPED_CANARY: Level.MEDIUM,
}
# Of scan findings, the worst first (Amazon ECR API reference, ImageScanFinding and EnhancedImageScanFinding).
SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED", "UNTRIAGED")


@dataclass(frozen=True, slots=True)
class Point:
    kind: PointKind
    reason: str


@dataclass(frozen=True, slots=True)
class Risk:
    points: tuple[Point, ...] = ()

    @property
    def level(self) -> Level:
        """That of the worst point; LOW without any."""
        levels = {LEVELS[point.kind] for point in self.points}
        return next((level for level in (Level.HIGH, Level.MEDIUM) if level in levels), Level.LOW)
