"""Sets an expiry date of one year (365 days) for a new key or secret."""

from __future__ import annotations

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.site import Rewrite, Site

_NOTE = ("make the next one before this ends: from then on it is refused",)


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    call, editor = site.call(), site.editor()
    use = site.use(call)
    name = use.model.name if use is not None else ""
    if name.startswith("azure.keyvault."):
        datetime = editor.module("datetime", call)
        value = f"{datetime}.datetime.now({datetime}.timezone.utc) + {datetime}.timedelta(days=365)"
        editor.set_keyword(call, "expires_on", value)
    elif name.startswith("gnupg."):
        editor.set_keyword(call, "expire_date", '"1y"')
    else:
        raise DeclinedError("it is not known how to give it an end there")
    return site.rewrite("let it end after a year", migrate=_NOTE)
