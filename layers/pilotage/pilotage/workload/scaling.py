"""What `scaling` makes of the count, once all layers are known."""

from __future__ import annotations

from typing import Any

from pilotage.errors import BadManifest
from pilotage.manifest.scaling import read_scaling
from pilotage.manifest.words import Kind
from pilotage.workload.layers import MANIFEST, Merged


def scaled(merged: Merged, kind: Kind) -> dict[str, Any]:
    """`scaling`, `autoscaled` and `count` as arguments of Workload; none where nothing is said.

    Raises BadManifest for what has no count to scale, and for requests that nothing counts.
    """
    said = merged.get("scaling")
    scaling = read_scaling(said)
    if scaling is None:
        return {}
    source = merged.sources["scaling"]
    if kind is not Kind.SERVICE or merged.get("daemon"):
        what = "daemon" if merged.get("daemon") else str(kind)
        remedy = f"It is a {what}, which has no count that could be scaled: take `scaling` out."
        raise BadManifest(f"scaling ({source})", said, remedy)
    if scaling.requests is not None and merged.get("routing") is None:
        remedy = "A load balancer counts requests: name a `routing`, or follow cpu or memory."
        raise BadManifest(f"scaling.requests ({source})", scaling.requests, remedy)
    stated = merged.sources.get("count", "").startswith(MANIFEST)  # or of one environment
    return {"scaling": scaling, "autoscaled": True, "count": int(merged.get("count")) if stated else scaling.min}
