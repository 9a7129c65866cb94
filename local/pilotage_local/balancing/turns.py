"""Whose turn it is, by weight: of ten requests at 10 percent exactly one goes there, and not in bursts."""

from __future__ import annotations

import threading
from collections.abc import Mapping


class Turns:
    """Smooth weighted round robin: everybody gains their weight, the richest is chosen and pays for all."""

    def __init__(self) -> None:
        self._credit: dict[str, dict[str, float]] = {}
        self._lock = threading.Lock()

    def next(self, among: str, weights: Mapping[str, float]) -> str | None:
        """The one of `weights` whose turn it is in the round named `among`; None when no weight is above 0."""
        total = sum(weights.values())
        if total <= 0:
            return None
        with self._lock:
            before = self._credit.get(among, {})
            credit = {name: before.get(name, 0.0) + weight for name, weight in weights.items() if weight > 0}
            chosen = max(credit, key=lambda name: credit[name])
            credit[chosen] -= total
            self._credit[among] = credit
        return chosen
