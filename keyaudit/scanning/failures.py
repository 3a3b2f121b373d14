"""What is said of an analyzer that fails: its kind and place, and nothing of what it worked on."""

from __future__ import annotations

from pathlib import Path

_HOME = Path(__file__).parent.parent


class AnalyzerError(Exception):
    """An analyzer failed; the text says which and how, and is fit to be shown."""


def describe(error: Exception, who: str = "the analyzer") -> str:
    """Of an error its kind and its place in our code; its text may hold what it is about."""
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
