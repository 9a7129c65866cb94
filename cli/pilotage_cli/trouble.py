"""What ends a command: one sentence on standard error and an exit code, never a traceback."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from pilotage.errors import PilotageError
from pilotage_local.stack import DidNotStart

from pilotage_cli.output import notes

BAD_INPUT = 2
FAILED = 1
INTERRUPTED = 130  # 128 and the number of SIGINT, as shells count


class WentWrong(Exception):
    """Nobody's input was wrong, and yet the command could not do its work. The message is for people."""


@contextmanager
def told() -> Iterator[None]:
    """Raises typer.Exit with the right code for every end that a command may come to."""
    try:
        yield
    except PilotageError as error:
        _say(str(error))
        raise typer.Exit(BAD_INPUT) from error
    except (WentWrong, DidNotStart) as error:
        _say(str(error))
        raise typer.Exit(FAILED) from error
    except OSError as error:
        if error.filename is None:
            raise
        _say(f"{os.fsdecode(error.filename)}: {error.strerror}.")
        raise typer.Exit(BAD_INPUT) from error
    except KeyboardInterrupt as error:
        raise typer.Exit(INTERRUPTED) from error


def _say(sentence: str) -> None:
    notes.print(f"pilotage: {sentence}", markup=False, soft_wrap=True)
