"""Whether what is derived of a password is compared with what is stored."""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.passwords.hashings import bare, check_of, hashings, only_read
from keyaudit.fixes.python_file import PythonFile
from keyaudit.fixes.results import require_new_each_time
from keyaudit.fixes.site import Site


def require_unchecked(site: Site) -> None:
    """Raise DeclinedError where the result of the finding's derivation, or of another one of the
    scanned files, is compared: with another cost or hash, nobody could log in any more."""
    for one in site.project.once("hashings", lambda: hashings(site)):
        if _is_compared(one.file, one.node):
            raise DeclinedError("passwords are checked by it, which are stored already")
        if one.file.path == site.finding.path:
            require_new_each_time(site, one.file, one.function)


def _is_compared(file: PythonFile, node: ast.expr) -> bool:
    """Whether a hash is compared, at last, however many variables it is put into on the way."""
    while check_of(file, node) is None:
        following = bare(file, only_read(file, node)[0])
        if following is node:
            return False
        node = following
    return True
