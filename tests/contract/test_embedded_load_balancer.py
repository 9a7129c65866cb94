"""The load balancer of the embedded AWS: weights, target health, counts. Each test fails when MiniStack changes what
the patches lean on.
"""

from __future__ import annotations

import http.server
import json
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pilotage_local import stack

pytestmark = pytest.mark.embedded
Ask = Callable[..., Any]


class Backend(http.server.ThreadingHTTPServer):
    """A target that says its name, and `status` to the health check."""

    def __init__(self, name: str) -> None:
        self.name, self.status = name, 200
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def target(self) -> dict[str, Any]:
        return {"Id": "127.0.0.1", "Port": self.server_address[1]}


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Backend

    def do_GET(self) -> None:
        status = self.server.status if self.path in {"/healthz", "/bad"} else 200
        self.send_response(status)
        self.send_header("Content-Length", str(len(self.server.name)))
        self.end_headers()
        self.wfile.write(self.server.name.encode())

    def log_message(self, *_: Any) -> None:
        """Tests are quiet."""


class Balancer:
    """One load balancer with two target groups, a rule and a test listener, in the words of these tests."""

    def __init__(self, running: stack.Running, name: str) -> None:
        self.running, self.elb = running, stack.client("elbv2", running.endpoint)
        made = self.elb.create_load_balancer(Name=name, Subnets=["subnet-0123456789abcdef0"])["LoadBalancers"][0]
        self.arn, self.name = made["LoadBalancerArn"], name
        self.blue, self.green = (self._group(f"{name}-{colour}") for colour in ("blue", "green"))
        self.listener = self._listener(80)
        self.rule = self.elb.create_rule(
            ListenerArn=self.listener,
            Priority=1,
            Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}],
            Actions=[self.forward(100, 0)],
        )["Rules"][0]["RuleArn"]

    def _group(self, name: str) -> str:
        made = self.elb.create_target_group(
            Name=name,
            Protocol="HTTP",
            Port=80,
            TargetType="ip",
            VpcId="vpc-0123456789abcdef0",
            HealthCheckPath="/healthz",
            HealthCheckIntervalSeconds=5,
            HealthCheckTimeoutSeconds=2,
            HealthyThresholdCount=2,
            UnhealthyThresholdCount=2,
            Matcher={"HttpCode": "200-299"},
        )["TargetGroups"][0]
        return str(made["TargetGroupArn"])

    def _listener(self, port: int) -> str:
        action = {"Type": "forward", "TargetGroupArn": self.green}
        made = self.elb.create_listener(LoadBalancerArn=self.arn, Port=port, Protocol="HTTP", DefaultActions=[action])
        return str(made["Listeners"][0]["ListenerArn"])

    def forward(self, blue: int, green: int) -> dict[str, Any]:
        groups = [{"TargetGroupArn": self.blue, "Weight": blue}, {"TargetGroupArn": self.green, "Weight": green}]
        return {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}

    def weigh(self, blue: int, green: int) -> None:
        self.elb.modify_rule(RuleArn=self.rule, Actions=[self.forward(blue, green)])

    def health(self, group: str) -> list[dict[str, Any]]:
        found = self.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return [one["TargetHealth"] for one in found]

    def get(self, path: str = "/", base: str | None = None) -> tuple[int, str]:
        url = base or f"{self.running.endpoint}/_alb/{self.name}"
        try:
            with urllib.request.urlopen(f"{url}{path}") as answer:  # noqa: S310 - loopback
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def doors(self) -> dict[str, str]:
        with urllib.request.urlopen(f"{self.running.endpoint}/_pilotage/doors") as answer:  # noqa: S310 - loopback
            found: dict[str, str] = json.load(answer)
        return found

    def clear(self) -> None:
        self.elb.delete_load_balancer(LoadBalancerArn=self.arn)
        for group in (self.blue, self.green):
            self.elb.delete_target_group(TargetGroupArn=group)


@pytest.fixture
def balancer(embedded: stack.Running, request: pytest.FixtureRequest) -> Iterator[Balancer]:
    made = Balancer(embedded, f"lb{abs(hash(request.node.name)) % 10**8}")
    yield made
    made.clear()


@pytest.fixture
def backends(balancer: Balancer, until: Ask) -> Iterator[tuple[Backend, Backend]]:
    pair = Backend("blue"), Backend("green")
    for backend, group in zip(pair, (balancer.blue, balancer.green), strict=True):
        balancer.elb.register_targets(TargetGroupArn=group, Targets=[backend.target])
        assert until(lambda group=group: balancer.health(group) == [{"State": "healthy"}])
    yield pair
    for backend in pair:
        backend.shutdown()
        backend.server_close()


def test_a_rule_keeps_its_target_groups_and_weights(balancer: Balancer) -> None:
    """ECS shifts traffic with them, and `pilotage status` reads them."""
    balancer.weigh(90, 10)
    (rule,) = balancer.elb.describe_rules(RuleArns=[balancer.rule])["Rules"]
    (action,) = rule["Actions"]
    assert {one["TargetGroupArn"]: one["Weight"] for one in action["ForwardConfig"]["TargetGroups"]} == {
        balancer.blue: 90,
        balancer.green: 10,
    }


@pytest.mark.parametrize(("blue", "green"), [(100, 0), (90, 10), (50, 50), (0, 100)])
def test_requests_go_by_weight(balancer: Balancer, backends: tuple[Backend, Backend], blue: int, green: int) -> None:
    """A canary of ten percent sees ten of a hundred requests, not a handful more or less."""
    assert backends
    balancer.weigh(blue, green)
    seen = Counter(balancer.get()[1] for _ in range(100))
    assert (seen["blue"], seen["green"]) == (blue, green)


def test_a_target_is_asked_how_it_is(balancer: Balancer, backends: tuple[Backend, Backend], until: Ask) -> None:
    """What answers its check wrongly is unhealthy, with the code, and gets well again: diagnose shows this sentence."""
    backends[0].status = 502
    assert until(
        lambda: (
            balancer.health(balancer.blue)
            == [
                {
                    "State": "unhealthy",
                    "Reason": "Target.ResponseCodeMismatch",
                    "Description": "Health checks failed with these codes: [502]",
                }
            ]
        )
    )
    backends[0].status = 204  # inside the matcher's 200-299
    assert until(lambda: balancer.health(balancer.blue) == [{"State": "healthy"}])


def test_a_target_that_nobody_listens_at_is_unhealthy(balancer: Balancer, until: Ask) -> None:
    """MiniStack alone calls it healthy."""
    gone = Backend("gone")
    target = gone.target
    gone.shutdown()
    gone.server_close()
    balancer.elb.register_targets(TargetGroupArn=balancer.blue, Targets=[target])
    (first,) = balancer.health(balancer.blue)
    assert first["State"] in {"initial", "unhealthy"}
    assert until(lambda: balancer.health(balancer.blue)[0].get("Reason") == "Target.FailedHealthChecks")


def test_a_target_that_leaves_gets_no_more_requests(balancer: Balancer, backends: tuple[Backend, Backend]) -> None:
    """It drains at once where nothing is open, and a group without targets answers 503."""
    target = backends[0].target
    balancer.elb.deregister_targets(TargetGroupArn=balancer.blue, Targets=[target])
    found = balancer.elb.describe_target_health(TargetGroupArn=balancer.blue, Targets=[target])
    (described,) = found["TargetHealthDescriptions"]
    assert described["TargetHealth"]["Reason"] == "Target.NotRegistered"
    assert balancer.get()[0] == 503


def test_what_passed_is_counted_by_target_group(
    balancer: Balancer, backends: tuple[Backend, Backend], until: Ask
) -> None:
    """The alarms of a canary compare the two groups by these metrics."""
    balancer.weigh(50, 50)
    backends[1].status = 500
    for _ in range(20):
        balancer.get("/bad")
    metrics = stack.client("cloudwatch", balancer.running.endpoint)

    def total(metric: str, group: str) -> float:
        names = {"TargetGroup": group.rpartition(":")[2], "LoadBalancer": balancer.arn.rpartition(":loadbalancer/")[2]}
        wanted = {
            "Namespace": "AWS/ApplicationELB",
            "MetricName": metric,
            "Dimensions": [{"Name": name, "Value": value} for name, value in names.items()],
        }
        now = datetime.now(UTC)
        found = metrics.get_metric_data(
            MetricDataQueries=[{"Id": "m", "MetricStat": {"Metric": wanted, "Period": 60, "Stat": "Sum"}}],
            StartTime=now - timedelta(minutes=5),
            EndTime=now + timedelta(minutes=1),
        )
        return float(sum(found["MetricDataResults"][0]["Values"]))

    assert until(lambda: total("HTTPCode_Target_5XX_Count", balancer.green) == 10)
    assert total("HTTPCode_Target_5XX_Count", balancer.blue) == 0
    assert total("HTTPCode_Target_2XX_Count", balancer.blue) == 10
    assert total("RequestCount", balancer.blue) == total("RequestCount", balancer.green) == 10
    assert total("TargetResponseTime", balancer.blue) > 0


def test_every_listener_has_a_door_of_its_own(balancer: Balancer, backends: tuple[Backend, Backend]) -> None:
    """The name of a load balancer resolves nowhere here, but smoke tests need a URL of the test listener."""
    assert backends
    door = balancer.doors()[balancer.listener]
    assert balancer.get(base=door) == (200, "blue")
