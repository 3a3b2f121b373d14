"""Hashes stored passwords with scrypt: new ones at once, old ones when their owner logs in next.

What is stored begins with a mark, so that both kinds of hashes are verified. Declined where the
place that checks a password, the one that stores it, or what the hash is stored in, is not known.
"""

from __future__ import annotations

from keyaudit.fixes.columns import limits
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.passwords.functions import TEXT_LENGTH
from keyaudit.fixes.passwords.login import Login
from keyaudit.fixes.passwords.mending import Mending
from keyaudit.fixes.passwords.scheme import scheme
from keyaudit.fixes.site import Rewrite, Site

_MIGRATE = (
    "hashes that are stored already stay as weak as they are until their owner logs in: after some "
    "months, remove the rest and let these people set a new password",
    f"a stored hash has up to {TEXT_LENGTH} characters from now on: see that there is room for it",
)


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    found = site.project.once("passwords", lambda: scheme(site))
    mending = Mending(site, found)
    mending.hash_anew()
    names: set[str] = set()
    for one in found.checks:
        mending.check(one, Login(site, found, mending.hasher_name, names))
    for name in sorted(names):
        if any(size < TEXT_LENGTH for _, size in limits(site.project, name)):
            raise DeclinedError("the column of the hash has no room for a longer one")
    return site.rewrite("hash passwords with scrypt, old ones at the next login", migrate=_MIGRATE)
