"""Takes a user's name and password out of a URL and hands them over as credentials, which the
client sends in the `Authorization` header."""

from __future__ import annotations

import ast

from keyaudit.core.patterns import regex
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.site import Rewrite, Site

_URL = regex(
    r"""(?P<head>[fF](?P<quote>["'])https://)\{(?P<user>[\w.]+)\}:\{(?P<password>[\w.]+)\}@"""
)
_CLIENTS = ("requests.", "httpx.")


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    try:
        call = site.call()
    except DeclinedError:
        raise DeclinedError("only the other side knows how else it takes the secret") from None
    use = site.use(call)
    if use is None or not use.model.name.startswith(_CLIENTS):
        raise DeclinedError("only the other side knows how else it takes the secret")
    url = site.argument(call, "url")
    found = _URL.match(site.file.source(url)) if isinstance(url, ast.JoinedStr) else None
    if found is None or url is None:
        raise DeclinedError("only the other side knows how else it takes the secret")
    if use.bound.open or any(one.arg == "auth" for one in call.keywords):
        raise DeclinedError("the call has credentials already")
    for name in (found["user"], found["password"]):
        _require_plain(site, name.rpartition(".")[2])
    source = site.file.source(url)
    rest = source[found.end() :]
    quote = found["quote"]
    head = found["head"] if "{" in rest else f"{quote}https://"
    editor = site.editor()
    editor.replace(url, f"{head}{rest}")
    editor.set_keyword(call, "auth", f"({found['user']}, {found['password']})")
    return site.rewrite("send the password in the `Authorization` header")


def _require_plain(site: Site, name: str) -> None:
    """Raise DeclinedError where the value was encoded for a URL, since the header takes it as it
    is."""
    for node in site.file.walk():
        if not isinstance(node, ast.Assign) or not any(
            (isinstance(one, ast.Name) and one.id == name)
            or (isinstance(one, ast.Attribute) and one.attr == name)
            for one in node.targets
        ):
            continue
        if "quote" in site.file.source(node.value):
            raise DeclinedError("the password is encoded for the URL")
