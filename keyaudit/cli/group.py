"""The click group of all commands: loads them late, and turns what goes wrong into one line."""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, NoReturn

import click

from keyaudit.core.errors import KeyauditError

EXIT_FINDINGS = 1
EXIT_USAGE = 2
EXIT_INCOMPLETE = 3
# What shells report of a command that a signal ended: 128 and the signal's number.
_EXIT_INTERRUPTED = 130
_EXIT_BROKEN_PIPE = 141
# What a stream says on which nothing more can be written.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})
_ISSUES = "https://github.com/keyaudit/keyaudit/issues"


class _ReaderGoneError(Exception):
    """Whoever read the output has gone."""


class Commands(click.Group):
    """A group whose subcommands are named by `module:attribute`, and which ends the process."""

    def __init__(self, *args: Any, subcommands: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._subcommands = subcommands

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._subcommands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = self._subcommands.get(cmd_name)
        if place is None:
            return None
        module, _, attribute = place.partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            # click would end the process with 1, which here means findings.
            raise _ReaderGoneError from error

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command. In standalone mode every error is one line on stderr, and an exit."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        # So many objects are made at the start, none of them garbage, that to look them through
        # at Python's own pace takes a tenth of a short run.
        gc.set_threshold(50_000, 20, 20)
        # What the report says of how it came about.
        extra.setdefault("obj", tuple(sys.argv[1:] if args is None else args))
        try:
            status = super().main(
                args, prog_name or "keyaudit", complete_var, standalone_mode=False, **extra
            )
            sys.stdout.flush()
        except KeyauditError as error:
            _fail(error.line(), EXIT_USAGE)
        except click.UsageError as error:
            if type(error).__name__ == "NoArgsIsHelpError":
                error.show()
                sys.exit(EXIT_USAGE)
            _fail(_usage(error), EXIT_USAGE)
        except click.ClickException as error:
            _fail(error.format_message(), EXIT_USAGE)
        except (click.Abort, KeyboardInterrupt):
            _fail("interrupted; nothing was written", _EXIT_INTERRUPTED)
        except (_ReaderGoneError, BrokenPipeError):
            # What is still buffered must not complain at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(_EXIT_BROKEN_PIPE)
        except Exception as error:
            if isinstance(error, OSError) and error.errno in _FULL and error.filename is None:
                _fail(f"the output cannot be written ({error.strerror})", EXIT_USAGE)
            _crash(error)
        sys.exit(status if isinstance(status, int) else 0)


def _usage(error: click.UsageError) -> str:
    """A usage error as one line that names the command whose help to read."""
    text = error.format_message().rstrip(".")
    command = error.ctx.command_path if error.ctx is not None else "keyaudit"
    return f"{text[:1].lower()}{text[1:]}; see `{command} --help`"


def _fail(text: str, status: int) -> NoReturn:
    from keyaudit.core.redact import mask_quotes
    from keyaudit.reports.terminal import printable

    # What is quoted may come from a file of the scanned tree.
    line = printable(" ".join(mask_quotes(text).split()))
    with contextlib.suppress(OSError):  # the exit status says it, too
        click.echo(f"keyaudit: error: {line}", err=True)
    sys.exit(status)


def _trace(error: BaseException) -> None:
    """Print where an error and those it came from were raised, and their kinds without a text."""
    import traceback

    if cause := error.__cause__ or error.__context__:
        _trace(cause)
    frames = "".join(traceback.format_tb(error.__traceback__))
    click.echo(f"Traceback (most recent call last):\n{frames}", err=True, nl=False)
    click.echo(type(error).__name__, err=True)


def _crash(error: Exception) -> NoReturn:
    """A fault of keyaudit's own. Its message may quote what was scanned, so it is not shown."""
    if os.environ.get("KEYAUDIT_DEBUG"):
        _trace(error)
    trace = error.__traceback__
    place = ""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if f"{os.sep}keyaudit{os.sep}" in file:
            place = f" at {file.rpartition(f'{os.sep}keyaudit{os.sep}')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    from keyaudit import __version__

    _fail(
        f"internal error in keyaudit {__version__}: {type(error).__name__}{place}; please report "
        f"this line at {_ISSUES} (KEYAUDIT_DEBUG=1 shows a traceback)",
        EXIT_INCOMPLETE,
    )
