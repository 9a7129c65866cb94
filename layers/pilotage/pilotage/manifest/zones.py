"""Time zones of a manifest: EventBridge Scheduler would refuse a name that there is not, long after the push."""

from __future__ import annotations

from collections.abc import Iterator

from pilotage.schema import Finding


def zone_findings(path: str, name: str) -> Iterator[Finding]:
    """The IANA time zone database is looked at only where a manifest names something else than UTC."""
    if name == "UTC":
        return
    from pilotage.spans import zone  # noqa: PLC0415 - most manifests name no zone

    try:
        zone(name)
    except LookupError:
        remedy = 'There is no such time zone. Take a name of the IANA database, for example "Europe/Berlin".'
        yield Finding(path, name, remedy)
