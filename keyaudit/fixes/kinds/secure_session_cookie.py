"""Lets browsers send the cookie of a framework's sessions over TLS alone:
`SESSION_COOKIE_SECURE`."""

from __future__ import annotations

from keyaudit.fixes.framework_settings import beside_secret
from keyaudit.fixes.site import Rewrite, Site

_NAME = "SESSION_COOKIE_SECURE"
_NOTE = (
    "serve the application over TLS, behind a proxy too: over plain HTTP nobody stays logged in; "
    f"let the settings for development set {_NAME} to False"
)


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    statement, place = beside_secret(site, _NAME)
    site.editor().after(statement, [f"{place} = True"])
    return site.rewrite("mark the cookie of sessions as secure", migrate=(_NOTE,))
