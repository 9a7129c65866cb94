"""`pilotage approve`, `reject`, `rollback`, `pin`, `ban`, `freeze`, `lock`, and how each is lifted.

What a command says is judged where every chat's commands are: here it is only put into fields and signed.
"""

from __future__ import annotations

from typing import Annotated

import typer

from pilotage_cli.commanding import Said, command
from pilotage_cli.output import Format, FormatOption, as_json, console, notes
from pilotage_cli.stage import Stage
from pilotage_cli.trouble import BAD_INPUT
from pilotage_cli.world import DEFAULT_STACK, StackOption

REFUSED = 3

ServiceArgument = Annotated[str, typer.Argument(metavar="ENVIRONMENT/SERVICE", help="Such as dev/cats.")]
ScopeArgument = Annotated[
    str, typer.Argument(metavar="SCOPE", help="A service (dev/cats), an environment (dev), or everything.")
]
PlanArgument = Annotated[
    str, typer.Argument(metavar="PLAN", help="The plan's hash as the card shows it, 8 characters or more.")
]
DigestArgument = Annotated[
    str, typer.Argument(metavar="[DIGEST]", help="sha256: and 7 digits or more; default: what runs now.")
]
BannedArgument = Annotated[
    str, typer.Argument(metavar="DIGEST", help="sha256: and 7 digits or more; `/pilotage status` names them.")
]
Because = Annotated[
    str, typer.Option("--because", metavar="REASON", help="Why: people are told, and the trail keeps it.")
]
For = Annotated[str, typer.Option("--for", metavar="SPAN", help="How long, such as 90m, 2h, 3d or 1w.")]
Until = Annotated[str, typer.Option("--until", metavar="TIME", help="Until when, such as 2026-12-01T18:00 (UTC).")]


def approve(
    service: ServiceArgument,
    plan: PlanArgument,
    because: Because = "",
    break_glass: Annotated[
        bool, typer.Option("--break-glass", help="Release without the others; pages them, and takes a reason.")
    ] = False,
    stack: StackOption = DEFAULT_STACK,
    style: FormatOption = Format.TABLE,
) -> None:
    """Approve the release that waits with this plan. Exit code 3: somebody else decided first, or you may not.

    \b
    Example:
      pilotage approve dev/cats 3f9a2c1b --because "tried it in dev"
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    _say(stack, style, "approve", service, binding=plan, reason=because, break_glass=break_glass)


def reject(
    service: ServiceArgument,
    plan: PlanArgument,
    because: Because,
    stack: StackOption = DEFAULT_STACK,
    style: FormatOption = Format.TABLE,
) -> None:
    """Reject the release that waits with this plan. Exit code 3: somebody else decided first, or you may not.

    \b
    Example:
      pilotage reject dev/cats 3f9a2c1b --because "not on a Friday"
    """  # noqa: D301 - see above
    _say(stack, style, "reject", service, binding=plan, reason=because)


def rollback(
    service: ServiceArgument,
    because: Because,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Also to code that was not made for the schema that it will meet.")
    ] = False,
    stack: StackOption = DEFAULT_STACK,
    style: FormatOption = Format.TABLE,
) -> None:
    """Release again what ran before, and ban what runs now. Exit code 3: a migration stands in the way.

    \b
    Example:
      pilotage rollback dev/cats --because "it answers 500"
    """  # noqa: D301 - see above
    _say(stack, style, "rollback", service, reason=because, anyway=anyway)


def pin(
    service: ServiceArgument,
    digest: DigestArgument = "",
    because: Because = "",
    stack: StackOption = DEFAULT_STACK,
    style: FormatOption = Format.TABLE,
) -> None:
    """Hold a service at a digest against everything, until it is unpinned.

    \b
    Example:
      pilotage pin prod/cats --because "the launch is today"
    """  # noqa: D301 - see above
    _say(stack, style, "pin", service, digest=digest, reason=because)


def unpin(
    service: ServiceArgument,
    because: Because = "",
    stack: StackOption = DEFAULT_STACK,
    style: FormatOption = Format.TABLE,
) -> None:
    """Let a service move again.

    \b
    Example:
      pilotage unpin prod/cats
    """  # noqa: D301 - see above
    _say(stack, style, "unpin", service, reason=because)


def ban(
    service: ServiceArgument,
    because: Because,
    digest: DigestArgument = "",
    stack: StackOption = DEFAULT_STACK,
    style: FormatOption = Format.TABLE,
) -> None:
    """Never give this digest to the service again, until it is unbanned.

    \b
    Example:
      pilotage ban prod/cats sha256:03dc727f5280 --because "it loses orders"
    """  # noqa: D301 - see above
    _say(stack, style, "ban", service, digest=digest, reason=because)


def unban(
    service: ServiceArgument,
    digest: BannedArgument,
    because: Because = "",
    stack: StackOption = DEFAULT_STACK,
    style: FormatOption = Format.TABLE,
) -> None:
    """Let a banned digest be released again.

    \b
    Example:
      pilotage unban prod/cats sha256:03dc727f5280 --because "the database was down, not the image"
    """  # noqa: D301 - see above
    _say(stack, style, "unban", service, digest=digest, reason=because)


def freeze(
    scope: ScopeArgument,
    because: Because,
    span: For = "",
    until: Until = "",
    stack: StackOption = DEFAULT_STACK,
    style: FormatOption = Format.TABLE,
) -> None:
    """Stop the line: nothing is released in this scope until its end, or until it is unfrozen.

    \b
    Example:
      pilotage freeze dev --for 2h --because "the database moves"
    """  # noqa: D301 - see above
    _say(stack, style, "freeze", scope, reason=because, **{"for": span, "until": until})


def unfreeze(
    scope: ScopeArgument,
    because: Because = "",
    stack: StackOption = DEFAULT_STACK,
    style: FormatOption = Format.TABLE,
) -> None:
    """Lift a freeze that somebody set; windows of the policy stay.

    \b
    Example:
      pilotage unfreeze dev
    """  # noqa: D301 - see above
    _say(stack, style, "unfreeze", scope, reason=because)


def lock(
    scope: ScopeArgument,
    because: Because,
    span: For = "",
    until: Until = "",
    stack: StackOption = DEFAULT_STACK,
    style: FormatOption = Format.TABLE,
) -> None:
    """Keep a scope for yourself: only what you ask for is released there.

    \b
    Example:
      pilotage lock dev/cats --for 90m --because "debugging"
    """  # noqa: D301 - see above
    _say(stack, style, "lock", scope, reason=because, **{"for": span, "until": until})


def unlock(
    scope: ScopeArgument,
    because: Because = "",
    stack: StackOption = DEFAULT_STACK,
    style: FormatOption = Format.TABLE,
) -> None:
    """Give a locked scope back to all.

    \b
    Example:
      pilotage unlock dev/cats
    """  # noqa: D301 - see above
    _say(stack, style, "unlock", scope, reason=because)


def _say(stack: str, style: Format, verb: str, target: str, **fields: str | bool) -> None:
    """What is not given is not sent. Raises typer.Exit with 3 for what was refused, with 2 for a mistake."""
    given = {name: value for name, value in fields.items() if value}
    with Stage("asking the stack", notes, keep=False):
        said = command(stack, {"command": verb, "target": target, **given})
    if style is Format.JSON:
        as_json(said)
    else:
        _show(said)
    if not said.done:
        raise typer.Exit(REFUSED if said.understood else BAD_INPUT)


def _show(said: Said) -> None:
    release = f"  (release {said.release})" if said.release else ""
    (console if said.done else notes).print(f"{said.sentence}{release}", markup=False, soft_wrap=True)
