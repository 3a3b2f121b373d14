"""Logs an error of a key service, with its traceback, where the handler ignores it.

The handler's own code stays. A bare `except:`, which also catches KeyboardInterrupt and SystemExit,
becomes `except Exception:`.
"""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.logs import logger
from keyaudit.fixes.site import Rewrite, Site


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    if ":caller" in site.finding.subject:
        raise DeclinedError("who calls it has to decide what follows from the error")
    start, _ = site.place(site.finding.span)
    handler = site.file.starting_at(start, ast.ExceptHandler)
    if handler is None:
        raise DeclinedError("it is written in a way that no fix is known for")
    if any(isinstance(one, ast.Return) and isinstance(one.value, ast.Call) for one in handler.body):
        raise DeclinedError("the handler answers with something of its own")
    editor, file = site.editor(), site.file
    name = logger(site, handler)
    first = handler.body[0]
    text = f'{name}.exception("{site.finding.subject.split(":")[0]} failed")'
    if handler.type is None:
        if not file.text.startswith("except", start):
            raise DeclinedError("it is written in a way that no fix is known for")
        editor.insert(start + len("except"), " Exception")
    if isinstance(first, ast.Pass) and len(handler.body) == 1:
        editor.replace(first, text)
    else:
        editor.before(first, [text])
    return site.rewrite("write the error to the log")
