"""`environments` of Copilot: each lies over the rest of its file, and becomes what is different in Pilotage's words.

Maps are merged key by key, everything else is replaced. Of fields that exclude each other, such as `build` and
`location`, the overlay's takes the other's place (Copilot, "Environment overrides").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotage.manifest.members import BY_KEY
from pilotage.names import ENVIRONMENT_RULE, is_environment_name

from pilotage_cli.importing import Left
from pilotage_cli.importing.copilot.workload import workload
from pilotage_cli.importing.interpolation import fill
from pilotage_cli.importing.sections import Ledger, Section, keyed
from pilotage_cli.importing.surroundings import Surroundings

_EXCLUSIVE = (frozenset({"build", "location"}), frozenset({"spot", "range"}))
_NONE = (
    "What scales elsewhere has one task here at the least. To have none, move `scaling` into the environments that "
    "scale, and say `count: 0` here."
)
_STAYS = "It is in the rest of the file, and an overlay cannot take it out: move it into the other environments."


def overlays(
    base: Mapping[str, Any],
    over: object,
    manifest: Mapping[str, Any],
    ledger: Ledger,
    around: Surroundings,
    on_demand: Mapping[str, Any],
) -> dict[str, Any]:
    """`{"environments": {...}}`; {} where no environment is different."""
    if not isinstance(over, Mapping):
        raise ledger.wrong("environments", over, "It is a map of environments.")
    found = {}
    for name, patch in keyed(over).items():
        if not is_environment_name(name):
            ledger.leave(f"environments.{name}", patch, f"An environment is called by {ENVIRONMENT_RULE}: rename it.")
            continue
        different = _overlay(base, name, patch, manifest, ledger, around, on_demand)
        if different:
            found[name] = different
    return {"environments": found} if found else {}


def _overlay(
    base: Mapping[str, Any],
    name: str,
    patch: object,
    manifest: Mapping[str, Any],
    ledger: Ledger,
    around: Surroundings,
    on_demand: Mapping[str, Any],
) -> dict[str, Any]:
    where = f"environments.{name}"
    if not isinstance(patch, Mapping | None):
        raise ledger.wrong(where, patch, "It is a map of fields.")
    variables = {**around.variables, "COPILOT_ENVIRONMENT_NAME": name}
    own = Ledger(ledger.file)
    document = fill(merged(base, keyed(patch or {})), variables, own)
    wanted = workload(Section(document, "", own), around, on_demand)
    ledger.left += [_under(where, each) for each in own.left if each not in ledger.left]
    for note in own.notes:
        if note not in ledger.notes:
            ledger.note(f"{where}: {note}")
    if "scaling" in manifest and wanted.get("count") == 0:
        ledger.leave(f"{where}.count", 0, _NONE)
    different = _difference(manifest, wanted)
    for path in _lost(manifest, different, wanted):
        ledger.leave(where, path, _STAYS)
    return different


def _under(where: str, left: Left) -> Left:
    return Left(f"{where}.{left.path}", left.value, left.why)


def merged(base: Any, over: Any) -> Any:
    """`over` over `base`, neither of which is changed."""
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return over
    found = {str(key): value for key, value in base.items()}
    for key, value in over.items():
        for rivals in _EXCLUSIVE:
            if key in rivals:
                found = {each: kept for each, kept in found.items() if each == key or each not in rivals}
        found[str(key)] = merged(found.get(str(key)), value)
    return found


def _difference(base: Mapping[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """What has to lie over `base` to make it `wanted`. A fixed count over a scaled one is a range of one number,
    which is 1 at the least.
    """
    if "scaling" in base and "scaling" not in wanted and "count" in wanted:
        number = max(1, wanted.pop("count"))
        wanted["scaling"] = {**base["scaling"], "min": number, "max": number}
    different = {}
    for key, value in wanted.items():
        below = base.get(key)
        if key in BY_KEY and isinstance(value, dict) and isinstance(below, dict):
            value = {each: own for each, own in value.items() if below.get(each) != own}  # noqa: PLW2901 - the rest is base's
            if value:
                different[key] = value
        elif value != below:
            different[key] = value
    return different


def _lost(base: Mapping[str, Any], different: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """What `base` has and this environment does not."""
    lost = [key for key in base if key not in wanted and not (key == "count" and "scaling" in different)]
    for key in BY_KEY & base.keys() & wanted.keys():
        if isinstance(base[key], dict) and isinstance(wanted[key], dict):
            lost += [f"{key}.{each}" for each in base[key] if each not in wanted[key]]
    return lost
