"""Load balancers, Service Connect and the VPC: in Pilotage the policy has them, and a manifest names its route.

What Copilot's `http` and `nlb` say belongs to target group and listener, which the operators make: it is told in one
sentence a route (Copilot's reference, `http` and `nlb`).
"""

from __future__ import annotations

import json
from typing import Any

from pilotage_cli.importing.copilot.containers import duration
from pilotage_cli.importing.sections import Section

_OPERATORS = "The operators' load balancer has it: set it at the target group or listener of the policy's route."
_ONE_ROUTE = "A manifest has one route: the operators can add a listener to its target group."
_SIDECAR = (
    "The route of a manifest leads to the container of the image: give that port to it, or set "
    "`overrides.service.loadBalancers`, which the policy has to allow."
)
_GRACE = 60  # Copilot's default for services behind a load balancer


def traffic(given: Section, name: str, manifest: dict[str, Any]) -> dict[str, Any]:
    """`routing` where Copilot makes a load balancer."""
    balanced = given.peek("http") not in (None, False)
    if given.peek("http") is False:
        given.raw("http")
    made: dict[str, Any] = {}
    if balanced:
        made = _http(given, name, manifest)
    if given.has("nlb"):
        made |= _nlb(given, name, manifest, beside_http=balanced)
    return made


def _http(given: Section, name: str, manifest: dict[str, Any]) -> dict[str, Any]:
    if given.peek("http") is True:
        given.raw("http")
        return {"routing": name, "grace_period": _GRACE}
    http = given.inside("http")
    grace = _GRACE
    check = http.section("healthcheck") if isinstance(http.peek("healthcheck"), dict) else None
    if check is not None:
        asked = duration(check, "grace_period")
        grace = _GRACE if asked is None else asked
    at = _target(http, name, manifest)
    http.leave("additional_rules", _ONE_ROUTE)
    words = [f"{key} {_brief(http.raw(key))}" for key in sorted(http.document) if key in _HTTP and http.has(key)]
    if http.has("healthcheck"):
        words.append(f"health check {_checked(http.raw('healthcheck'))}")
    http.close(_OPERATORS)
    given.ledger.note(
        f"`routing: {name}` needs a route of this name in the policy: the target group (type ip) of port {at}"
        + (f", with {'; '.join(words)}." if words else ".")
    )
    return {"routing": name, "grace_period": grace}


_HTTP = frozenset({"path", "alias", "hosted_zone", "stickiness", "version", "deregistration_delay", "redirect_to_https",
                   "allowed_source_ips", "alb"})  # fmt: skip


def _checked(check: object) -> str:
    """`/health`, or `/health, success_codes 200, interval 30s`; the grace period is the manifest's."""
    if not isinstance(check, dict):
        return _brief(check)
    rest = [f"{key} {_brief(value)}" for key, value in check.items() if key not in ("path", "grace_period")]
    return ", ".join([_brief(check.get("path", "/")), *rest])


def _target(section: Section, name: str, manifest: dict[str, Any]) -> str:
    """The port that the load balancer sends its requests to, of the sidecar where one takes them."""
    ports = manifest.get("ports") or ["?"]
    for key in ("target_container", "targetContainer"):
        if section.peek(key) == name:
            section.raw(key)
        elif section.has(key):
            ports = manifest.get("sidecars", {}).get(str(section.peek(key)), {}).get("ports") or ports
            section.leave(key, _SIDECAR)
    return str(ports[0])


def _nlb(given: Section, name: str, manifest: dict[str, Any], *, beside_http: bool) -> dict[str, Any]:
    if beside_http:
        given.leave("nlb", f"It stands beside `http`. {_ONE_ROUTE}")
        return {}
    nlb = given.inside("nlb")
    listens = nlb.take("port", str) or "?"
    at = _target(nlb, name, manifest)
    nlb.leave("additional_listeners", _ONE_ROUTE)
    check = nlb.section("healthcheck")
    grace = _GRACE if check is None or (asked := duration(check, "grace_period")) is None else asked
    told = "" if check is None else f", health check {_checked(check.document)}"
    port = nlb.take("target_port", int)
    if port is not None and port not in manifest.get("ports", ()):
        manifest["ports"] = [*manifest.get("ports", ()), port]
    nlb.close(_OPERATORS)
    given.ledger.note(
        f"`routing: {name}` needs a route of this name in the policy: the target group (type ip) of a Network Load "
        f"Balancer that listens on {listens}, to port {port or at}{told}."
    )
    return {"routing": name, "grace_period": grace}


def connected(given: Section, name: str, manifest: dict[str, Any]) -> dict[str, Any]:
    """`network`: Service Connect as Copilot sets it up, NAME-sc at the port of the service; the VPC is the policy's."""
    network = given.section("network")
    if network is None:
        return {}
    vpc = network.section("vpc")
    if vpc is not None:
        placement = vpc.raw("placement")
        if placement is not None:
            given.ledger.note(f"network.vpc.placement {_brief(placement)}: the policy's `network` has the subnets.")
        vpc.leave("security_groups", "The policy's `network.security_groups` has them.")
        vpc.close("The policy's `network` says where tasks are attached.")
    made: dict[str, Any] = {}
    alias = name
    if isinstance(network.peek("connect"), dict):
        below = network.inside("connect")
        alias, wanted = below.take("alias", str) or name, True
        below.close()
    else:
        wanted = bool(network.take("connect", bool))
    if wanted:
        ports = manifest.get("ports") or []
        made = {"connect": {"port": ports[0], "name": f"{name}-sc", "as": alias, "at": ports[0]} if ports else {}}
    network.close()
    return made


def _brief(value: object) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
