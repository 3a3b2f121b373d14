"""Puts the id of the signing key into a token's header, read from an environment variable."""

from __future__ import annotations

import ast

from keyaudit.core.patterns import regex
from keyaudit.fixes.environment import example_line
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import dotted
from keyaudit.fixes.site import Rewrite, Site

_NAME = "JWT_KEY_ID"
# Not an audience or an issuer of a token, which are addresses as well: these are in a dict.
_ADDRESS = regex(r"https://(?!localhost|127\.|[\w.]*example\.)[\w.-]+\.[a-z]{2,}")
_PACKAGING = ("setup.py", "setup.cfg", "pyproject.toml")
_PACKAGED = regex(rb"(?m)^\[(?:project|tool\.poetry|metadata)\]|\bsetup\(")


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    call = site.call()
    use = site.use(call)
    if use is None or use.bound.open:
        raise DeclinedError("it is not known what is passed")
    _require_own_key(site, call)
    _require_own_verifier(site, call)
    editor = site.editor()
    value = f'{editor.module("os", call)}.environ["{_NAME}"]'
    headers = site.argument(call, "headers")
    if headers is None:
        given = site.parameter(call, "headers")
        if any(keyword.arg == given for keyword in call.keywords):
            raise DeclinedError("the header is made elsewhere")
        editor.set_keyword(call, given, f'{{"kid": {value}}}')
    elif isinstance(headers, ast.Constant) and headers.value is None:
        editor.replace(headers, f'{{"kid": {value}}}')
    elif isinstance(headers, ast.Dict) and headers.keys and headers.keys[-1] is not None:
        last = editor.file.end(headers.values[-1])
        editor.insert(last, f', "kid": {value}')
    else:
        raise DeclinedError("the header is made elsewhere")
    return site.rewrite(
        f"put the key's id into the header, from the environment variable {_NAME}",
        migrate=(
            f"set {_NAME} wherever tokens are signed: a name of the key that signs, which changes "
            "with the key",
            "where verifiers choose a key by its id (a JWKS document), publish the public key "
            "under that id first; those that have one key pass the id over",
        ),
        more=example_line(site, _NAME),
    )


def _require_own_verifier(site: Site, call: ast.Call) -> None:
    """Raise DeclinedError where the token goes to a service of somebody else, which knows the key
    by who signed: a request to an address that is written down follows in the function."""
    function = site.file.function(call)
    for node in ast.walk(function) if function is not None else ():
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and _ADDRESS.match(node.value)
            and not isinstance(site.file.parent(node), ast.Dict)
        ):
            raise DeclinedError("the token is for another service, which says what it asks for")


def _require_own_key(site: Site, call: ast.Call) -> None:
    """Raise DeclinedError where callers of a package hand the key over: they know its id, and what
    a package asks for by a variable reaches all who have it installed."""
    if not any(_PACKAGED.search(site.project.read(path) or b"") for path in _PACKAGING):
        return
    key = site.argument(call, "key")
    name = (dotted(key) or "").split(".")[0] if key is not None else ""
    function = site.file.function(call)
    if function is None or name in ("self", "cls", ""):
        return
    arguments = function.args
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    if any(one.arg == name for one in every) or any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
        and any(isinstance(inner, ast.Name) and inner.id in {one.arg for one in every}
                for inner in ast.walk(site.file.statement(node)))
        for node in ast.walk(function)
    ):  # fmt: skip
        raise DeclinedError("the key comes from the caller, who knows its id")
