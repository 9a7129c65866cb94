"""From single words to a Command: the one place that says what each verb takes, for texts, buttons and documents.

Nothing is guessed. A command that does not name what it is about, or names it wrongly, is a BadRequest with a remedy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pilotage.approval import SHORTEST_BINDING
from pilotage.command import LOOKS, Command, CommandVerb
from pilotage.errors import BadRequest
from pilotage.names import ENVIRONMENT_RULE, SERVICE_RULE, is_environment_name, is_service_name, nearest
from pilotage.stops import Scope

EVERYTHING = "everything"
LONGEST_REASON = 500  # characters: what a card has room for
LONGEST_STOP = timedelta(days=366)

_BINDING = re.compile(rf"[0-9a-f]{{{SHORTEST_BINDING},64}}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{7,64}")
_RELEASE = re.compile(r"[A-Za-z0-9_-]{1,80}")
_SPAN = re.compile(r"([0-9]{1,4})(m|h|d|w)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True)
class Takes:
    """`about`: service (env/service), scope (also env, or everything) or anything (also nothing at all)."""

    about: str
    binding: bool = False
    reason: bool = False  # whether one has to be given
    digest: bool = False
    end: bool = False
    example: str = ""


TAKES = {
    CommandVerb.STATUS: Takes("anything", example="status dev/cats"),
    CommandVerb.PLAN: Takes("service", example="plan dev/cats"),
    CommandVerb.APPROVE: Takes("service", binding=True, example="approve dev/cats 3f9a2c1b"),
    CommandVerb.REJECT: Takes("service", binding=True, reason=True, example="reject dev/cats 3f9a2c1b too risky today"),
    CommandVerb.ROLLBACK: Takes("service", reason=True, example="rollback dev/cats it answers 500"),
    CommandVerb.PIN: Takes("service", digest=True, example="pin dev/cats"),
    CommandVerb.UNPIN: Takes("service", example="unpin dev/cats"),
    CommandVerb.BAN: Takes("service", reason=True, digest=True, example="ban dev/cats sha256:… it loses orders"),
    CommandVerb.UNBAN: Takes("service", digest=True, example="unban dev/cats sha256:…"),
    CommandVerb.FREEZE: Takes("scope", reason=True, end=True, example="freeze dev for 2h the database moves"),
    CommandVerb.UNFREEZE: Takes("scope", example="unfreeze dev"),
    CommandVerb.LOCK: Takes("scope", reason=True, end=True, example="lock dev/cats debugging"),
    CommandVerb.UNLOCK: Takes("scope", example="unlock dev/cats"),
    CommandVerb.HELP: Takes("anything", example="help"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wrote, part by part; "" is not given. `span` is `2h`, `until` is ISO 8601 (UTC without offset)."""

    verb: str
    target: str = ""
    release: str = ""
    binding: str = ""
    digest: str = ""
    reason: str = ""
    span: str = ""
    until: str = ""
    break_glass: bool = False
    anyway: bool = False


def verb_of(word: str) -> CommandVerb:
    verb = next((each for each in CommandVerb if each.value == word.lower()), None)
    if verb is None:
        near = nearest(word, [each.value for each in CommandVerb])
        remedy = f"Did you mean {near}? " if near else ""
        raise BadRequest("command", word, f"{remedy}Write help to see what there is.")
    return verb


def command_of(wanted: Wanted, now: datetime) -> Command:
    """Raises BadRequest, naming the part that is missing or wrong."""
    verb = verb_of(wanted.verb)
    if verb is CommandVerb.HELP:
        return Command(verb, Scope())
    takes = TAKES[verb]
    _check_absent(verb, wanted, takes)
    return Command(
        verb=verb,
        scope=_scope(verb, wanted.target, takes),
        release_id=_matching("release", wanted.release, _RELEASE, "It is no name of a release.") or None,
        binding=_binding(verb, wanted.binding) if takes.binding else None,
        digest=_digest(wanted.digest),
        until=_end(wanted, now),
        reason=_said(verb, wanted, takes),
        break_glass=wanted.break_glass,
        anyway=wanted.anyway,
    )


def reason_of(text: str) -> str:
    """One line without what only disturbs: control characters, text directions. Raises BadRequest for a long one."""
    line = " ".join(text.split())
    plain = "".join(each for each in line if each.isprintable() or each == "\u200d")  # joins the parts of an emoji
    if len(plain) > LONGEST_REASON:
        raise BadRequest("reason", f"{len(plain)} characters", f"Say it in at most {LONGEST_REASON}.")
    return plain


def _said(verb: CommandVerb, wanted: Wanted, takes: Takes) -> str:
    reason = reason_of(wanted.reason)
    if not reason and (takes.reason or wanted.break_glass):
        example = f"{takes.example} --break-glass because the shop is down" if wanted.break_glass else takes.example
        raise BadRequest(f"reason of {verb}", "", f"Say why, such as: {example}.")
    return reason


def _check_absent(verb: CommandVerb, wanted: Wanted, takes: Takes) -> None:
    """A part that a verb does not take was meant for another one: doing the rest of it would be a guess."""
    given = {
        "digest": wanted.digest if not takes.digest else "",
        "for": wanted.span if not takes.end else "",
        "until": wanted.until if not takes.end else "",
        "more": wanted.reason if verb in LOOKS else "",
        "break-glass": "--break-glass" if wanted.break_glass and verb is not CommandVerb.APPROVE else "",
        "anyway": "--anyway" if wanted.anyway and verb is not CommandVerb.ROLLBACK else "",
    }
    for part, value in given.items():
        if value:
            raise BadRequest(f"{part} of {verb}", value, f"{verb} takes none; write: {takes.example}.")


def _scope(verb: CommandVerb, target: str, takes: Takes) -> Scope:
    if not target and takes.about == "anything":
        return Scope()
    if target == EVERYTHING and takes.about != "service":
        return Scope()
    environment, slash, service = target.partition("/")
    if not target or (takes.about == "service" and not slash):
        names = "environment and service" if takes.about == "service" else "a service, an environment, or everything"
        raise BadRequest(f"target of {verb}", target, f"Name {names}, such as: {takes.example}.")
    if not is_environment_name(environment):
        raise BadRequest(f"environment of {verb}", environment, f"A name has {ENVIRONMENT_RULE}.")
    if slash and not is_service_name(service):
        raise BadRequest(f"service of {verb}", service, f"A name has {SERVICE_RULE}.")
    return Scope(environment, service if slash else None)


def _binding(verb: CommandVerb, text: str) -> str:
    remedy = (
        f"Name it by its hash, {SHORTEST_BINDING} characters or more as the card shows it: {verb} dev/cats 3f9a2c1b."
    )
    if not text:
        raise BadRequest(f"plan of {verb}", text, remedy)
    return _matching(f"plan of {verb}", text.lower(), _BINDING, remedy)


def _digest(text: str) -> str | None:
    return _matching("digest", text.lower(), _DIGEST, "Write sha256: and at least 7 of its hexadecimal digits.") or None


def _matching(thing: str, text: str, shape: re.Pattern[str], remedy: str) -> str:
    """The text, when it has that shape or is not given."""
    if text and shape.fullmatch(text) is None:
        raise BadRequest(thing, text, remedy)
    return text


def _end(wanted: Wanted, now: datetime) -> datetime | None:
    if wanted.span and wanted.until:
        raise BadRequest("end", f"{wanted.span} and {wanted.until}", "Give for or until, not both.")
    if wanted.span:
        end = now + _span(wanted.span)
    elif wanted.until:
        end = _moment(wanted.until)
    else:
        return None
    if not now < end <= now + LONGEST_STOP:
        remedy = f"It has to be after now ({now.astimezone(UTC):%Y-%m-%dT%H:%M} UTC) and within a year."
        raise BadRequest("end", wanted.span or wanted.until, remedy)
    return end


def _span(text: str) -> timedelta:
    found = _SPAN.fullmatch(text.lower())
    if found is None:
        raise BadRequest("for", text, "Write a number and m, h, d or w, such as 90m or 2h.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadRequest("until", text, "Write it as 2026-12-01T18:00, which is UTC.") from error
