"""The words behind one instruction of a Dockerfile."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from dockerfile_parse.util import WordSplitter, extract_key_values
from pilotage.errors import BadImage

_MODIFIER = re.compile(r"(?<!\\)\$\{\w+[^\w}]")


@dataclass(frozen=True, slots=True)
class Words:
    """`raw` is the text as it stands, `line` counts from 1, `values` is what `$NAME` stands for."""

    raw: str
    line: int
    values: Mapping[str, str]

    def split(self) -> list[str]:
        """The words, with variables filled in and quotes consumed."""
        self._refuse_modifiers()
        return [str(word) for word in WordSplitter(self.raw, envs=dict(self.values)).split()]

    def text(self) -> str:
        """The whole text as one value."""
        self._refuse_modifiers()
        return str(WordSplitter(self.raw, envs=dict(self.values)).dequote()).strip()

    def pairs(self) -> list[tuple[str, str]]:
        """`a=1 b="2 3"`, or the old form `a 1`."""
        self._refuse_modifiers()
        try:
            return list(
                extract_key_values(env_replace=True, args={}, envs=dict(self.values), instruction_value=self.raw)
            )
        except ValueError as error:
            raise self.bad(self.raw, "Write name=value.") from error

    def json_list(self) -> tuple[str, ...] | None:
        """The exec form, `["a", "b"]`; None for anything else, which Docker takes as the shell form."""
        try:
            found = json.loads(self.raw)
        except ValueError:
            return None
        return tuple(found) if isinstance(found, list) and all(isinstance(word, str) for word in found) else None

    def bad(self, value: object, remedy: str) -> BadImage:
        return BadImage(f"the Dockerfile, line {self.line}", value, remedy)

    def _refuse_modifiers(self) -> None:
        if _MODIFIER.search(self.raw):
            raise self.bad(
                self.raw, "Only a Docker engine knows ${NAME:-default}: write $NAME, and the default at ARG."
            )
