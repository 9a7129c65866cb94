"""EC2 and Elastic Load Balancing: where tasks come to lie."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pilotage.aws.surveying import Seen, asked, of_kind
from pilotage.verifying.things import (
    Rule,
    RuleSeen,
    SecurityGroup,
    SecurityGroupSeen,
    Subnet,
    SubnetSeen,
    TargetGroup,
    TargetGroupSeen,
    Thing,
)

if TYPE_CHECKING:
    from pilotage.aws.clients import Clients

_BALANCING = "elasticloadbalancing"


def look(clients: Clients, things: Sequence[Thing[object]]) -> Seen:
    rules = of_kind(things, Rule)
    listeners = [rule for rule in rules if ":listener/" in rule.name]
    return {
        **asked("ec2:DescribeSubnets", of_kind(things, Subnet), lambda some: _subnets(clients, some)),
        **asked("ec2:DescribeSecurityGroups", of_kind(things, SecurityGroup), lambda some: _groups(clients, some)),
        **asked(
            f"{_BALANCING}:DescribeTargetGroups",
            of_kind(things, TargetGroup),
            lambda some: _target_groups(clients, some),
            ["TargetGroupNotFound"],
        ),
        **asked(
            f"{_BALANCING}:DescribeRules",
            [rule for rule in rules if rule not in listeners],
            lambda some: _rules(clients, some),
            ["RuleNotFound"],
        ),
        **asked(
            f"{_BALANCING}:DescribeListeners",
            listeners,
            lambda some: _listeners(clients, some),
            ["ListenerNotFound"],
        ),
    }


def _named(things: Iterable[Thing[object]]) -> list[str]:
    return [thing.name for thing in things]


def _subnets(clients: Clients, subnets: Sequence[Subnet]) -> Mapping[Subnet, SubnetSeen]:
    """By a filter, which leaves out what is not there; by ids, one that is gone spoils the answer."""
    answer = clients.ec2.describe_subnets(Filters=[{"Name": "subnet-id", "Values": _named(subnets)}])
    return {
        Subnet(each["SubnetId"]): SubnetSeen(
            each["VpcId"], each["AvailabilityZone"], int(each["AvailableIpAddressCount"])
        )
        for each in answer["Subnets"]
    }


def _groups(clients: Clients, groups: Sequence[SecurityGroup]) -> Mapping[SecurityGroup, SecurityGroupSeen]:
    answer = clients.ec2.describe_security_groups(Filters=[{"Name": "group-id", "Values": _named(groups)}])
    return {SecurityGroup(each["GroupId"]): SecurityGroupSeen(each["VpcId"]) for each in answer["SecurityGroups"]}


def _target_groups(clients: Clients, groups: Sequence[TargetGroup]) -> Mapping[TargetGroup, TargetGroupSeen]:
    answer = clients.elbv2.describe_target_groups(TargetGroupArns=_named(groups))
    return {
        TargetGroup(each["TargetGroupArn"]): TargetGroupSeen(
            each.get("TargetType", "instance"),
            each.get("Protocol", ""),
            each.get("VpcId") or None,
            tuple(dict.fromkeys(each.get("LoadBalancerArns", ()))),
        )
        for each in answer["TargetGroups"]
    }


def _rules(clients: Clients, rules: Sequence[Rule]) -> Mapping[Rule, RuleSeen]:
    answer = clients.elbv2.describe_rules(RuleArns=_named(rules))
    return {Rule(each["RuleArn"]): RuleSeen(_led_to(each.get("Actions", ()))) for each in answer["Rules"]}


def _listeners(clients: Clients, listeners: Sequence[Rule]) -> Mapping[Rule, RuleSeen]:
    """A Network Load Balancer has no rules: ECS shifts its listener's default action."""
    answer = clients.elbv2.describe_listeners(ListenerArns=_named(listeners))
    return {
        Rule(each["ListenerArn"]): RuleSeen(_led_to(each.get("DefaultActions", ()))) for each in answer["Listeners"]
    }


def _led_to(actions: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for action in actions:
        for group in (action.get("ForwardConfig") or {}).get("TargetGroups", ()):
            found[group["TargetGroupArn"]] = None
        if action.get("TargetGroupArn"):
            found[action["TargetGroupArn"]] = None
    return tuple(found)
