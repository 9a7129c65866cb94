"""What stands in a file for a value that somebody else fills in: ecspresso's `{{ must_env `X` }}`, `${X}`, `<X>`.

What is known is filled in. What is not stays as `${X}`, and whoever needs its value asks for it by name.
Sources: kayac/ecspresso, README, "Template syntax" and "Plugins"; kayac/go-config, `env` and `must_env`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pilotage.errors import BadRequest

OPEN = re.compile(r"\$\{([^{}]*)\}|<([A-Za-z_][A-Za-z0-9 _.:-]*)>|\{\{\s*([^{}]*?)\s*\}\}|%([A-Z][A-Z0-9_]+)%")
_ACTION = re.compile(r"\{\{-?([^{}]*(?:\{[^{}]*\}[^{}]*)*?)-?\}\}", re.DOTALL)
_WORD = re.compile(r'`[^`]*`|"(?:[^"\\]|\\.)*"|\||[^\s|`"]+')
_PROGRAM = frozenset({"if", "else", "end", "range", "with", "define", "template", "block"})
_OF_TOKEN = re.compile(r"[\"'`\\{}\n\r\t]")
# A value may be text, or stand where JSON has a number: then the token that is left there needs quotes of its own.
_OPEN_BARE = re.compile(r'("(?:[^"\\]|\\.)*")|(\$\{[^{}"]*\}|\{\{[^{}"]*\}\}|<[A-Za-z_][A-Za-z0-9 _.:-]*>)')


@dataclass(frozen=True, slots=True)
class Values:
    """`given`: what the command line says, stronger than `environment`."""

    given: Mapping[str, str]
    environment: Mapping[str, str] = field(default_factory=dict)

    def of(self, name: str) -> str | None:
        return self.given.get(name, self.environment.get(name))


def filled(text: str, values: Values, name: str) -> str:
    """`text` with everything in it that is known. Raises BadRequest for a program."""
    done = _ACTION.sub(lambda found: _action(found, values, name), text)
    done = OPEN.sub(lambda found: _given(found, values), done)
    return _quoted(done) if done.lstrip().startswith(("{", "[", "//", "/*")) else done


def _given(found: re.Match[str], values: Values) -> str:
    """Of `${X:-default}` the default, as shells have it; the environment of this terminal is nobody's template."""
    inner = next(each for each in found.groups() if each is not None)
    name, _, default = inner.partition(":-")
    if name in values.given:
        return _escaped(values.given[name])
    return _escaped(default) if ":-" in inner else found[0]


def _quoted(text: str) -> str:
    return _OPEN_BARE.sub(lambda found: found[1] or json.dumps(found[2]), text)


def _action(found: re.Match[str], values: Values, name: str) -> str:
    words = _WORD.findall(found[1])
    if not words or words[0].startswith("/*"):
        return ""
    if words[0] in _PROGRAM:
        remedy = "It is a program: let its own tool render the file (`ecspresso render`), and import what comes of it."
        raise BadRequest(f"{name}, template", found[0], remedy)
    pipe = words.index("|") if "|" in words else len(words)
    call, filters = words[:pipe], words[pipe + 1 :]
    value = _value(call, values)
    if value is None:
        return _token(call)
    return _escaped(value) if "json_escape" in filters else value


def _value(call: list[str], values: Values) -> str | None:
    """None: nobody here knows it, as with `tfstate`, `ssm` or `cfn_output`, which look things up elsewhere."""
    function, arguments = call[0], [_text(each) for each in call[1:]]
    if function == "env" and arguments:
        *names, default = arguments if len(arguments) > 1 else [*arguments, ""]
        return next((value for name in names if (value := values.of(name))), default)
    if function == "must_env" and arguments:
        return values.of(arguments[0])
    key = _key(call)
    return next((values.given[each] for each in (key, " ".join(arguments)) if each in values.given), None)


def _key(call: list[str]) -> str:
    return _OF_TOKEN.sub("", " ".join(_text(each) for each in call))


def _token(call: list[str]) -> str:
    """Of `must_env` the variable alone: it is what `--set` takes."""
    return "${" + _key(call[1:] if call[0] == "must_env" and len(call) > 1 else call) + "}"


def _text(word: str) -> str:
    return word[1:-1] if word[:1] in '`"' and len(word) > 1 else word


def _escaped(value: str) -> str:
    return json.dumps(value)[1:-1]


def open_in(value: object) -> list[str]:
    """The names of what nobody has filled in, in a text."""
    if not isinstance(value, str):
        return []
    return [next(each for each in found.groups() if each is not None) for found in OPEN.finditer(value)]
