"""How tasks are shared among capacity providers: `placement.capacity` of a manifest.

What is wrong with it: `manifest.sharing_checks`.
"""

from __future__ import annotations

from collections.abc import Mapping

from pilotage.manifest.shapes import Share
from pilotage.manifest.words import Launch


def read_shares(said: Mapping[str, Mapping[str, int]]) -> dict[Launch, Share]:
    """In the order of the options, from `placement.capacity` of a manifest that was checked before."""
    return {launch: Share(**said[launch.value]) for launch in Launch if launch.value in said}
