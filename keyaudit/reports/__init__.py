"""Reports: one module a format. They write what a `Report` says and know nothing of the scanner.

No report is written in part: `write` makes a temporary file and renames it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from keyaudit.catalogue.types import Rule
from keyaudit.core.errors import KeyauditError
from keyaudit.core.report import Report

FORMATS = ("text", "json", "sarif")


def render(
    format: str,
    report: Report,
    rules: Mapping[str, Rule],
    *,
    color: bool = False,
    quiet: bool = False,
) -> str:
    """The report in one of `FORMATS`, ending in a line feed unless it is empty.

    `rules` are those of the catalogue by id. `color` and `quiet` (findings, and nothing said
    about the scan) matter to text only. ValueError for an unknown format.
    """
    if format == "text":
        from keyaudit.reports import text

        return text.render(report, rules, color=color, quiet=quiet)
    if format == "json":
        from keyaudit.reports import json

        return json.render(report, rules)
    if format == "sarif":
        from keyaudit.reports import sarif

        return sarif.render(report, rules)
    raise ValueError(f"{format!r} is none of: {', '.join(FORMATS)}")


def write(text: str, file: Path) -> None:
    """Write the text as UTF-8, whole or not at all: into a file beside it, then renamed.

    A link is followed, so that what it leads to is replaced. KeyauditError when the folder is
    missing, `file` is a folder or no regular file, or the file system refuses.
    """
    import os
    import tempfile

    target = Path(os.path.realpath(file))
    check_target(file)
    try:
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", dir=target.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.chmod(mode)
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise KeyauditError(
            f"cannot be written ({error.strerror or type(error).__name__})",
            where=str(file),
            hint="nothing was written; name another file",
        ) from None


def check_target(file: Path) -> None:
    """KeyauditError when `write` could not write there: worth asking before a long scan."""
    if file.is_dir():
        raise KeyauditError("is a folder", where=str(file), hint="name a file in it")
    try:
        parent = Path(file.resolve()).parent
    except (OSError, RuntimeError):
        raise KeyauditError("is a link that leads nowhere", where=str(file)) from None
    if not parent.is_dir():
        raise KeyauditError(
            f"there is no folder {str(parent)!r}", where=str(file), hint="make it first"
        )
    if file.exists() and not file.is_file():
        raise KeyauditError(
            "is a device, socket or fifo", where=str(file), hint="leave --output out and redirect"
        )


def _umask() -> int:
    import os

    mask = os.umask(0o077)
    os.umask(mask)
    return mask
