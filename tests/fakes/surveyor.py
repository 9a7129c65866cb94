"""The port Surveyor: everything is there and fine, but for what a test says."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pilotage.verifying import things as known
from pilotage.verifying.things import Thing

NOTHING = known.Seen()
# By the class of a thing: what is seen where nothing else was said.
FINE: Mapping[type[Thing[object]], object] = {
    known.Image: known.ImageSeen(
        frozenset({("linux", "amd64"), ("linux", "arm64"), ("windows", "amd64"), ("windows", "arm64")})
    ),
    known.Parameter: known.ParameterSeen(),
    known.File: NOTHING,
    known.Queue: NOTHING,
    known.Namespace: NOTHING,
    known.Right: known.RightSeen("allowed"),
    known.SecretPolicy: None,
    known.LogGroup: known.LogGroupSeen(30),
    known.Subnet: known.SubnetSeen("vpc-1", "eu-west-1a", 4091),
    known.SecurityGroup: known.SecurityGroupSeen("vpc-1"),
    known.TargetGroup: known.TargetGroupSeen("ip", "HTTP", "vpc-1", ("arn:aws:elasticloadbalancing:::loadbalancer/1",)),
    known.FileSystem: known.FileSystemSeen(frozenset({"eu-west-1a"})),
    known.Cluster: known.ClusterSeen("ACTIVE", ("FARGATE", "FARGATE_SPOT", "instances")),
    known.Provider: known.ProviderSeen("ACTIVE", "arn:aws:autoscaling:::autoScalingGroup:1:autoScalingGroupName/ec2"),
    known.ScalingGroup: known.ScalingGroupSeen(0, 10),
    known.Instances: (),
}
SERVICES = frozenset({"ecs-tasks.amazonaws.com", "ecs.amazonaws.com", "scheduler.amazonaws.com"})


class FakeSurveyor:
    """`says` is what a test wants to be seen instead, by thing; `asked`, everything that was looked at."""

    def __init__(self, says: Mapping[Thing[object], object] | None = None) -> None:
        self.says: dict[Thing[object], object] = dict(says or {})
        self.asked: list[Thing[object]] = []

    def look(self, things: Collection[Thing[object]]) -> Mapping[Thing[object], object]:
        self.asked += things
        return {thing: self.says[thing] if thing in self.says else _fine(thing) for thing in things}


def _fine(thing: Thing[object]) -> object:
    if isinstance(thing, known.Secret):
        return known.SecretSeen(thing.name, versions={"v1": frozenset({"AWSCURRENT"})})
    if isinstance(thing, known.Role):
        return known.RoleSeen(thing.name, SERVICES)
    if isinstance(thing, known.Rule):
        return known.RuleSeen(())
    return FINE[type(thing)]
