"""Policies in memory, as documents, so that they are read as they are in AWS."""

from __future__ import annotations

from collections.abc import Sequence

from pilotage.errors import BadPolicy
from pilotage.policy import Policy, read_policy


class FakePolicies:
    """The port Policies. `put` takes a document, `set` a policy as it is."""

    def __init__(self, *policies: Policy) -> None:
        self._texts: dict[str, tuple[str, str]] = {}
        self._policies = {policy.environment: policy for policy in policies}
        self._versions = 0

    def put(self, environment: str, text: str) -> str:
        """The version."""
        self._versions += 1
        self._texts[environment] = text, f"v{self._versions}"
        self._policies.pop(environment, None)
        return f"v{self._versions}"

    def set(self, policy: Policy) -> None:
        self._policies[policy.environment] = policy

    def current(self, environment: str) -> Policy:
        if environment in self._policies:
            return self._policies[environment]
        if environment not in self._texts:
            raise BadPolicy("policy", environment, "This environment has none.")
        policy = read_policy(*self._texts[environment])
        if policy.environment != environment:
            raise BadPolicy("policy: environment", policy.environment, f"In this document it is {environment}.")
        return policy

    def environments(self) -> Sequence[str]:
        return sorted({*self._texts, *self._policies})
