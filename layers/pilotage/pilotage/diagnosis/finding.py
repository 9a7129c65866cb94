"""One explanation of a failure, and the rules that find explanations in what ECS and containers say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

GUIDE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide"


class Likelihood(IntEnum):
    """How likely it is that this is why. MECHANISM: certain, but what made it so stands elsewhere."""

    CERTAIN = 4
    LIKELY = 3
    POSSIBLE = 2
    MECHANISM = 1
    UNKNOWN = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """`kind`: a word for machines; `seen`: the very words that it rests on; `page`: where AWS says so, "" where the
    source is the record itself.
    """

    kind: str
    likelihood: Likelihood
    sentence: str
    remedy: str
    seen: str = ""
    page: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """`sentence` and `remedy` may name the groups of `pattern`, and `{container}`."""

    kind: str
    pattern: str
    sentence: str
    remedy: str
    page: str
    likelihood: Likelihood = Likelihood.CERTAIN

    def read(self, said: str) -> Finding | None:
        found = re.search(self.pattern, said)
        if found is None:
            return None
        words: Mapping[str, str] = {"container": container_of(said) or "the container", **_named(found)}
        remedy = self.remedy.format(**words)
        return Finding(self.kind, self.likelihood, self.sentence.format(**words), remedy, said, self.page)


def first(rules: Iterable[Rule], said: str) -> Finding | None:
    """By the first rule that knows these words: the telling ones stand before the general ones."""
    return next((found for rule in rules if (found := rule.read(said))), None)


def all_of(rules: Sequence[Rule], sentences: Iterable[str]) -> list[Finding]:
    """A finding for each sentence that some rule knows; one that says the same as an earlier one is left out."""
    found: dict[tuple[str, str], Finding] = {}
    for said in sentences:
        finding = first(rules, said)
        if finding is not None:
            found.setdefault((finding.kind, finding.sentence), finding)
    return list(found.values())


def container_of(said: str) -> str | None:
    """`container web exited ...`, as `rollout.stop_reasons` writes it."""
    found = re.search(r"container (\S+) (?:exited|did not start)", said)
    return f"container {found[1]}" if found else None


def _named(found: re.Match[str]) -> dict[str, str]:
    return {name: value or "?" for name, value in found.groupdict().items()}
