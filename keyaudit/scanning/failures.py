"""Describes failures of analyzers without any of the data they worked on."""

from __future__ import annotations

from pathlib import Path

_HOME = Path(__file__).parent.parent


class AnalyzerError(Exception):
    """An analyzer failed. The message says which one and how, and contains no scanned data."""


def describe(error: Exception, who: str = "the analyzer") -> str:
    """The type of an exception and its place in keyaudit's code, for analyzer `who`.

    The exception's own message is left out, since it may contain scanned data.
    """
    if isinstance(error, AnalyzerError):
        return str(error)
    if isinstance(error, MemoryError):
        return "ran out of memory" if who == "the analyzer" else f"{who} ran out of memory"
    place = ""
    trace = error.__traceback__
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.is_relative_to(_HOME):
            place = f" at {file.relative_to(_HOME.parent).as_posix()}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{who} failed ({type(error).__name__}{place})"
