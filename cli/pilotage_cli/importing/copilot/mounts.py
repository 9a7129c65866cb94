"""`efs` of a volume: a file system by its id, one that Copilot made, or space that the containers share."""

from __future__ import annotations

from typing import Any

from pilotage_cli.importing.sections import Section

_MANAGED = (
    "Copilot made this file system. Its id is in the outputs of the service's stack: name it under "
    "`volumes.{name}.efs.file_system`. Until then the containers share space that is gone with the task."
)
_EXPORT = "It is an output of another CloudFormation stack: look the id up and write it under `volumes.{name}.efs`."


def efs_of(volume: Section) -> dict[str, Any]:
    """`{"efs": {...}}`, or {} for shared space. IAM decides unless it says otherwise (`efs.auth.iam`)."""
    name = volume.path.rsplit(".", 1)[-1]
    if volume.peek("efs") is False or not volume.has("efs"):
        volume.raw("efs")
        return {}
    if volume.peek("efs") is True:
        volume.leave("efs", _MANAGED.format(name=name))
        return {}
    efs = volume.inside("efs")
    if isinstance(efs.peek("id"), dict):
        volume.leave("efs", _EXPORT.format(name=name))
        return {}
    file_system = efs.take("id", str)
    if file_system is None:
        volume.leave("efs", _MANAGED.format(name=name))
        return {}
    made: dict[str, Any] = {"file_system": file_system, "iam": True}
    root = efs.take("root_dir", str)
    if root not in (None, "", "/"):
        made["root"] = root
    auth = efs.section("auth")
    if auth is not None:
        made["iam"] = auth.take("iam", bool) is not False
        point = auth.take("access_point_id", str)
        if point:
            made["access_point"] = point
        auth.close()
    efs.close()
    return {"efs": made}
