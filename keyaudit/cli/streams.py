"""Standard streams that are closed, or break off: they cost the output, never the exit status."""

from __future__ import annotations

import os
import select
import sys
from typing import Any, TextIO

from keyaudit.core.errors import KeyauditError


def open_missing() -> None:
    """Give every closed standard stream something to stand on.

    Else the next file that is opened gets its number, and what is printed goes there. Errors go
    nowhere; output fails when it is written, as the reader of it is missing.
    """
    for number, flags in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            handle = os.open(os.devnull, flags)
            if handle != number:
                os.dup2(handle, number)
                os.close(handle)
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)


def write_all(text: str, stream: TextIO) -> None:
    """Write text to a stream, all of it; characters that its encoding lacks become `?`.

    An unbuffered stream may take a part and say nothing. Raises BrokenPipeError when the reader
    has gone, and KeyauditError when the text cannot be written.
    """
    encoding = stream.encoding or "utf-8"
    data = text.encode(encoding, "replace")
    try:
        stream.flush()
        binary: Any = getattr(stream, "buffer", None)
        if binary is None:
            stream.write(data.decode(encoding))
            stream.flush()
            return
        binary = getattr(binary, "raw", binary)
        view = memoryview(data)
        while view:
            taken = binary.write(view)
            if taken is None:  # it does not block, and takes nothing now
                select.select([], [binary], [])
            else:
                view = view[taken:]
    except BrokenPipeError:
        raise
    except OSError as error:
        raise KeyauditError(
            f"cannot be written ({error.strerror or type(error).__name__})",
            where="standard output" if stream is sys.stdout else "standard error",
            hint="the report is not whole",
        ) from None
