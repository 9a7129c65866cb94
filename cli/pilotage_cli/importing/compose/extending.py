"""`extends`: a service that begins with another's fields (Compose specification, "extends" and "Merge").

Maps are merged, lists appended, and commands replaced.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotage_cli.importing.interpolation import fill_compose
from pilotage_cli.importing.sections import Ledger, keyed
from pilotage_cli.importing.surroundings import Surroundings
from pilotage_cli.importing.yaml_text import load_yaml

_REPLACED = frozenset({"command", "entrypoint", "test"})
_AS_MAPS = frozenset({"environment", "labels", "extra_hosts"})
_GONE = "There is no such file here: put its fields into this one, with `docker compose config`."


def extended(
    services: Mapping[str, Any], ledger: Ledger, around: Surroundings, variables: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """The services with all that they extend. Raises BadRequest for one that is no map, and for a circle."""
    maps: dict[str, dict[str, Any]] = {}
    for name, each in services.items():
        if not isinstance(each, Mapping | None):
            raise ledger.wrong(f"services.{name}", each, "It has to be a map.")
        maps[str(name)] = keyed(each or {})
    resolver = _Resolver(ledger, around, variables)
    return {name: resolver.resolve(name, maps, ()) for name in maps}


class _Resolver:
    def __init__(self, ledger: Ledger, around: Surroundings, variables: Mapping[str, str]) -> None:
        self._ledger, self._around, self._variables = ledger, around, variables

    def resolve(self, name: str, services: Mapping[str, Any], above: tuple[str, ...]) -> dict[str, Any]:
        own = keyed(services[name])
        extends = own.pop("extends", None)
        if extends is None:
            return own
        where = f"services.{name}.extends"
        asked = keyed(extends) if isinstance(extends, Mapping) else {"service": extends}
        base, file = str(asked.get("service")), asked.get("file")
        if f"{file}:{base}" in above:
            raise self._ledger.wrong(where, base, "It extends itself.")
        others = services if file is None else self._of_file(str(file), where)
        if others is None:
            return own
        if not isinstance(others.get(base), Mapping):
            raise self._ledger.wrong(where, base, "There is no such service.")
        made: dict[str, Any] = joined(self.resolve(base, others, (*above, f"{file}:{base}")), own)
        return made

    def _of_file(self, file: str, where: str) -> Mapping[str, Any] | None:
        text = self._around.read(file)
        if text is None:
            self._ledger.leave(where, file, _GONE)
            return None
        document = load_yaml(text, file)
        services = document.get("services") if isinstance(document, dict) else None
        if not isinstance(services, dict):
            raise self._ledger.wrong(where, file, "A Compose file is a map with `services`.")
        filled: Mapping[str, Any] = fill_compose(services, self._variables, self._ledger)
        return filled


def joined(base: Any, over: Any, key: str = "") -> Any:
    """`over` over `base`."""
    if key in _REPLACED:
        return over
    if key in _AS_MAPS:
        base, over = as_map(base), as_map(over)
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        return {**base, **{each: joined(base.get(each), value, str(each)) for each, value in over.items()}}
    if isinstance(base, list) and isinstance(over, list):
        return [*base, *(each for each in over if each not in base)]
    return base if over is None else over


def as_map(value: Any) -> Any:
    """`NAME=VALUE` texts of a list as a map; a name without a value has null."""
    if not isinstance(value, list):
        return value
    found: dict[str, Any] = {}
    for each in value:
        name, equals, text = str(each).partition("=")
        found[name] = text if equals else None
    return found
