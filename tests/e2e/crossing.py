"""A load balancer of the stories' own: each route has its path, two target groups, and a rule on both listeners.

Requests go in by its doors, as those of people do; `Requests` keeps them coming while a rollout shifts them.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import urllib3
from e2e.account import Account
from pilotage_local.foundation import doors

_PRODUCTION, _TEST = 80, 9001
_PAUSE_SECONDS = 0.05
_making = threading.Lock()


class Route:
    """`policy` is what an environment's `routing` says of it."""

    def __init__(self, account: Account, name: str) -> None:
        self.account, self.name = account, name
        self._elb = account.client("elbv2")
        self._http = urllib3.PoolManager(retries=False, timeout=30.0)
        with _making:
            listeners = _listeners(account)
            self.blue, self.green = self._group("blue"), self._group("green")
            self.rule, self._test_rule = (self._rule(listener) for listener in listeners)
        addresses = doors(account.endpoint)
        self.door, self.test_door = (addresses[listener] for listener in listeners)

    @property
    def policy(self) -> dict[str, Any]:
        return {
            "target_group": self.blue,
            "alternate_target_group": self.green,
            "listener_rule": self.rule,
            "test_listener_rule": self._test_rule,
            "test_url": self.test_door,
        }

    @property
    def weights(self) -> dict[str, int]:
        (rule,) = self._elb.describe_rules(RuleArns=[self.rule])["Rules"]
        groups = rule["Actions"][0]["ForwardConfig"]["TargetGroups"]
        return {"blue" if one["TargetGroupArn"] == self.blue else "green": one["Weight"] for one in groups}

    def get(self) -> str:
        """The answer of production: its first line."""
        return self._http.request("GET", f"{self.door}/{self.name}/").data.decode().strip()

    @contextmanager
    def requests(self) -> Iterator[Counter[str]]:
        """All the time, one after the other. What was answered is counted as it comes."""
        seen: Counter[str] = Counter()
        over = threading.Event()

        def ask() -> None:
            while not over.wait(_PAUSE_SECONDS):
                seen[self.get()] += 1

        load = threading.Thread(target=ask, name=f"requests to {self.name}", daemon=True)
        load.start()
        try:
            yield seen
        finally:
            over.set()
            load.join()

    def _group(self, colour: str) -> str:
        made = self._elb.create_target_group(
            Name=f"{self.name}-{colour}", Protocol="HTTP", Port=8080, TargetType="ip", VpcId=_vpc(self.account)
        )
        group = str(made["TargetGroups"][0]["TargetGroupArn"])
        delay = {"Key": "deregistration_delay.timeout_seconds", "Value": "1"}
        self._elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[delay])
        return group

    def _rule(self, listener: str) -> str:
        number = len(self._elb.describe_rules(ListenerArn=listener)["Rules"])
        paths = {"Field": "path-pattern", "PathPatternConfig": {"Values": [f"/{self.name}/*"]}}
        both = [{"TargetGroupArn": self.blue, "Weight": 100}, {"TargetGroupArn": self.green, "Weight": 0}]
        forward = {"Type": "forward", "ForwardConfig": {"TargetGroups": both}}
        made = self._elb.create_rule(ListenerArn=listener, Priority=number, Conditions=[paths], Actions=[forward])
        return str(made["Rules"][0]["RuleArn"])


def routing(*routes: Route) -> Mapping[str, Any]:
    """Of a policy, by their names."""
    return {route.name: route.policy for route in routes}


def _vpc(account: Account) -> str:
    """That of the tasks: a target group of another one is refused."""
    found = account.client("ec2").describe_subnets(SubnetIds=[account.home.foundation["SubnetA"]])
    return str(found["Subnets"][0]["VpcId"])


def _listeners(account: Account) -> tuple[str, str]:
    """Of production and of tests. They are made when the first route is."""
    elb = account.client("elbv2")
    made = [one for one in elb.describe_load_balancers()["LoadBalancers"] if one["LoadBalancerName"] == "e2e"]
    if not made:
        made = elb.create_load_balancer(Name="e2e", Subnets=[account.home.foundation["SubnetA"]])["LoadBalancers"]
        nothing = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
        for port in (_PRODUCTION, _TEST):
            elb.create_listener(
                LoadBalancerArn=made[0]["LoadBalancerArn"], Port=port, Protocol="HTTP", DefaultActions=[nothing]
            )
    listed = elb.describe_listeners(LoadBalancerArn=made[0]["LoadBalancerArn"])["Listeners"]
    by_port = {one["Port"]: str(one["ListenerArn"]) for one in listed}
    return by_port[_PRODUCTION], by_port[_TEST]
