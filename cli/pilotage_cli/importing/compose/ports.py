"""`ports` and `expose`: a task has the container's ports; those of a host belong to one machine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pilotage_cli.importing.sections import Section

# [IP:][HOST:]CONTAINER[/PROTOCOL], where both may be ranges (Compose specification, "Short syntax").
_SHORT = re.compile(
    r"(?:(?:(?P<ip>\[[^\]]*\]|[0-9.]+):)?(?P<host>\d+(?:-\d+)?)?:)?(?P<first>\d+)(?:-(?P<last>\d+))?"
    r"(?:/(?P<protocol>[a-z]+))?"
)
_HOST = (
    "The container's port {port} is carried. A host's belongs to one machine: a `routing` of the policy, or `connect`, "
    "leads to it."
)
_MOST = 100


def ports(given: Section) -> list[int | str]:
    """Numbers, and `53/udp`, each once."""
    found: list[int | str] = []
    for key in ("ports", "expose"):
        items = given.raw(key) or []
        for index, each in enumerate(items if isinstance(items, list) else [items]):
            where = f"{given.at(key)}[{index}]"
            read = _long(given, each, where) if isinstance(each, Mapping) else _short(given, each, where)
            found += [port for port in read if port not in found]
    if len(found) > _MOST:
        raise given.ledger.wrong(given.at("ports"), f"{len(found)} ports", f"A container has at most {_MOST} ports.")
    return found


def _short(given: Section, each: object, where: str) -> Iterator[int | str]:
    match = _SHORT.fullmatch(str(each))
    if match is None or match["protocol"] not in (None, "tcp", "udp"):
        raise given.ledger.wrong(where, each, "A port is like 8080, 8080:80 or 53/udp.")
    first, last = int(match["first"]), int(match["last"] or match["first"])
    if match["ip"] or match["host"] not in (None, match["first"], f"{first}-{last}"):
        given.ledger.leave(where, each, _HOST.format(port=match["first"]))
    for number in range(first, min(last, first + _MOST) + 1):
        yield from _port(given, number, match["protocol"] or "tcp", where)


def _long(given: Section, each: Mapping[str, Any], where: str) -> Iterator[int | str]:
    port = Section(each, where, given.ledger)
    number = port.take("target", int)
    if number is None:
        raise given.ledger.wrong(f"{where}.target", "", "It is the container's port.")
    protocol = (port.take("protocol", str) or "tcp").lower()
    published = port.take("published", str)
    if published not in (None, str(number)) or port.has("host_ip"):
        given.ledger.leave(where, dict(each), _HOST.format(port=number))
    for key in ("mode", "host_ip", "name", "app_protocol"):
        port.raw(key) if key in ("mode", "host_ip") else port.leave(key, "Write it at the port in the manifest.")
    port.close()
    yield from _port(given, number, protocol, where)


def _port(given: Section, number: int, protocol: str, where: str) -> Iterator[int | str]:
    if not 1 <= number <= 65535 or protocol not in ("tcp", "udp"):  # noqa: PLR2004 - TCP's and UDP's range
        raise given.ledger.wrong(where, f"{number}/{protocol}", "A port is a number up to 65535, of tcp or udp.")
    yield f"{number}/udp" if protocol == "udp" else number
