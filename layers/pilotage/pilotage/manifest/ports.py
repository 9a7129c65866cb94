"""A port as a manifest writes it: 8080, "8080/udp", or a mapping."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pilotage.manifest.words import Port
from pilotage.schema import Finding


def port_of(port: object) -> tuple[int, str]:
    """Number and protocol of 8080, "8080/udp" or {"container_port": 8080, "protocol": "udp"}."""
    if isinstance(port, Mapping):
        return int(port["container_port"]), str(port.get("protocol", "tcp"))
    number, _, protocol = str(int(port) if isinstance(port, float) else port).partition("/")
    return int(number), protocol or "tcp"


def read_port(port: object) -> Port:
    """Of a port that was checked before."""
    number, protocol = port_of(port)
    said = port if isinstance(port, Mapping) else {}
    return Port(number, protocol, said.get("name"), said.get("host_port"), said.get("app_protocol"))


def port_findings(path: str, ports: Iterable[object]) -> Iterator[Finding]:
    """`path` is that of the list."""
    seen: set[tuple[int, str]] = set()
    for index, port in enumerate(ports):
        number, protocol = port_of(port)
        if not 1 <= number <= 65535:  # noqa: PLR2004 - TCP's and UDP's range
            yield Finding(f"{path}[{index}]", port, "A port is a number from 1 to 65535.")
        if (number, protocol) in seen:
            yield Finding(f"{path}[{index}]", port, "This port stands there twice: keep one.")
        seen.add((number, protocol))
