"""What a command over a store says, and how it ends, when it does not do what was asked."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from typing import NoReturn

import click

from keyaudit import remediation as r
from keyaudit.cli.group import EXIT_INCOMPLETE
from keyaudit.cli.output import put
from keyaudit.core.errors import KeyauditError
from keyaudit.reports.terminal import printable

EXIT_REFUSED = 1


class Refused(Exception):  # noqa: N818
    """What was asked for is not done; the command ends with 1."""

    def __init__(self, message: str, reasons: tuple[str, ...] = ()) -> None:
        self.reasons = reasons
        super().__init__(message)


@contextlib.contextmanager
def told(form: str) -> Iterator[None]:
    """Turns what is raised within into what a user reads, and the exit status of `keyaudit keys`.
    `form`: json has a refusal on standard output too."""
    try:
        with _as_json(form):
            yield
    except (r.KeyStateError, r.KeyInUseError, r.AuditLogError, r.ScanError, Refused) as error:
        found = next(
            (
                getattr(error, name)
                for name in ("usages", "places", "reasons")
                if hasattr(error, name)
            ),
            (),
        )
        _refuse(error, tuple(found), form)
    except (r.StoreError, r.BackendError) as error:
        put(f"keyaudit: error: {printable(str(error))}\n", sys.stderr)
        if form == "json":
            put(json.dumps({"error": str(error)}, indent=2) + "\n")
        raise click.exceptions.Exit(EXIT_INCOMPLETE) from None
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        where = str(error.filename) if error.filename else None
        raise KeyauditError(error.strerror or str(error), where=where) from None
    except (r.RemediationError, ValueError) as error:
        raise KeyauditError(str(error)) from None


@contextlib.contextmanager
def _as_json(form: str) -> Iterator[None]:
    """Has wrong use answered on standard output too, where `form` is json."""
    try:
        yield
    except (KeyauditError, OSError, r.RemediationError, ValueError) as error:
        told_elsewhere = (r.KeyStateError, r.KeyInUseError, r.StoreError, r.ScanError,
                          r.BackendError, BrokenPipeError)  # fmt: skip
        if form == "json" and not isinstance(error, told_elsewhere):
            put(json.dumps({"error": str(error)}, indent=2) + "\n")
        raise


def _refuse(error: Exception, reasons: tuple[str, ...], form: str) -> NoReturn:
    message = str(error)
    if reasons:
        message = message.removesuffix(f": {'; '.join(reasons)}")
    lines = [f"keyaudit: refused: {message}", *(f"  - {reason}" for reason in reasons)]
    put("".join(f"{printable(line)}\n" for line in lines), sys.stderr)
    if form == "json":
        answer: dict[str, object] = {"refused": message, "reasons": list(reasons)}
        record = getattr(error, "record", None)
        if record is not None:
            answer["record"] = record
        put(json.dumps(answer, indent=2) + "\n")
    raise click.exceptions.Exit(EXIT_REFUSED)
