"""How a command ends: every error becomes one sentence on stderr and an exit code, never a traceback."""

from __future__ import annotations

import contextlib
import os
import sys
import time
import traceback
from pathlib import Path

import click

from vecna_notes.errors import VecnaError
from vecna_notes.text import safe_line, safe_text

NOTHING, USAGE, NOT_YET, INTERRUPTED, BUG = 1, 2, 3, 130, 70
"""Exit codes that are given out here; the others are those of the errors."""


def run(program: click.Command, arguments: list[str] | None) -> int:
    """The exit code of a whole command line."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal that is not UTF-8
    try:
        code = program.main(arguments, prog_name="vecna", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except click.ClickException as error:
        return _say(_usage(error), USAGE)
    except VecnaError as error:
        return _say(str(error), error.exit_code)
    except OSError as error:  # a disk that is full, a folder that may not be written
        return _say(_refused(error), USAGE)
    except Exception as error:  # the last net: a bug of ours is told in a sentence, too
        return _say(_bug(error), BUG)


def hang_up() -> None:
    """Whoever read our output is gone (`| head`): write nowhere from now on, and say nothing about it."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(sentence: str, code: int) -> int:
    if os.environ.get("VECNA_DEBUG"):
        traceback.print_exc()
    with contextlib.suppress(OSError):  # whoever would read it is gone
        click.echo(f"vecna: {safe_text(sentence)}", err=True)
    return code


def _usage(error: click.ClickException) -> str:
    message = error.format_message().rstrip(".")
    context = getattr(error, "ctx", None)
    if not isinstance(error, click.UsageError) or context is None:
        return message
    return f"{message[:1].lower()}{message[1:]}; see: {context.command_path} --help"


def _refused(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{(error.strerror or str(error)).lower()}; `vecna doctor` checks the folders"


def _bug(error: Exception) -> str:
    what = f"{type(error).__name__}: {safe_line(str(error))}"
    if os.environ.get("VECNA_DEBUG"):
        return f"this is a bug: {what}"
    if log := _logged(error):
        return f"this is a bug: {what}; details are in {log}"
    return f"this is a bug: {what}; VECNA_DEBUG=1 shows details"


def _logged(error: Exception) -> Path | None:
    """The log that now holds the traceback; None where there is no data folder to keep one in."""
    from vecna_notes.cli.noise import open_log
    from vecna_notes.config import Folders

    context = click.get_current_context(silent=True)
    data_dir = context.obj.data_dir if context and context.obj else None
    log = Folders.standard(data_dir).log
    if not log.parent.is_dir():
        return None
    try:
        with os.fdopen(open_log(log), "a", encoding="utf-8", errors="replace") as stream:
            stream.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} vecna {' '.join(sys.argv[1:])}\n")
            stream.writelines(traceback.format_exception(error))
    except OSError:
        return None
    return log
