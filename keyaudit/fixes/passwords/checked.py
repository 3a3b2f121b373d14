"""Whether what is derived of a password is compared with what is stored."""

from __future__ import annotations

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.passwords.hashings import check_of, hashings
from keyaudit.fixes.results import require_new_each_time
from keyaudit.fixes.site import Site


def require_unchecked(site: Site) -> None:
    """Raise DeclinedError where the result of the finding's derivation, or of another one of the
    scanned files, is compared: with another cost or hash, nobody could log in any more."""
    for one in site.project.once("hashings", lambda: hashings(site)):
        if check_of(one.file, one.node) is not None:
            raise DeclinedError("passwords are checked by it, which are stored already")
        if one.file.path == site.finding.path:
            require_new_each_time(site, one.file, one.function)
