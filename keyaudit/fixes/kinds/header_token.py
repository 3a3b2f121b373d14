"""Sends a token in a header in place of the URL, to a service that is known to take it there.

RFC 6750 has `access_token` as a parameter (2.3), and says that every server must take such a token
in the `Authorization` header (2.1). Other names are those of services that say so in their
documentation. Declined for all others, and for clients that are given no headers.
"""

from __future__ import annotations

import ast
import re
from typing import NamedTuple

from keyaudit.core.patterns import regex
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import PythonFile, dotted
from keyaudit.fixes.site import Rewrite, Site

_CLIENTS = ("requests.", "httpx.", "aiohttp.")
_METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "request", "options"})
_UNKNOWN = "only the other side knows how else it takes the secret"
_MIGRATE = (
    "the service must take the token in the header: one that keeps to RFC 6750 does. Tokens that "
    "were in URLs stand in its logs and in those on the way, and should be replaced",
)


class _Header(NamedTuple):
    host: re.Pattern[str]
    parameter: str
    name: str
    prefix: str


_HEADERS = (
    _Header(regex(r""), "access_token", "Authorization", "Bearer "),
    _Header(regex(r"^https://slack\.com/api/"), "token", "Authorization", "Bearer "),
    _Header(regex(r"/api/v4\b"), "private_token", "PRIVATE-TOKEN", ""),
    _Header(regex(r"^https://newsapi\.org/"), "apiKey", "X-Api-Key", ""),
)


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    call = _request(site)
    url = site.argument(call, "url") or (call.args[0] if call.args else None)
    address = _known(site, url)
    found = _in_params(site, call, address)
    if found is None and url is not None:
        found = _in_url(site, url, address)
    if found is None:
        raise DeclinedError(_UNKNOWN)
    header, value = found
    _add(site, call, header, value)
    return site.rewrite(f"send the token in the `{header.name}` header", migrate=_MIGRATE)


def _request(site: Site) -> ast.Call:
    node = site.node(ast.expr)
    for outer in (node, *site.file.ancestors(node)):
        if not isinstance(outer, ast.Call):
            if isinstance(outer, ast.stmt):
                break
            continue
        use = site.use(outer)
        named = isinstance(outer.func, ast.Attribute) and outer.func.attr in _METHODS
        if named and use is not None and use.model.name.startswith(_CLIENTS):
            if any(one.arg in (None, "auth") for one in outer.keywords):
                raise DeclinedError("the call has credentials already")
            return outer
    raise DeclinedError(_UNKNOWN)


def _known(site: Site, url: ast.expr | None) -> str:
    """What is known of an address: a literal, or a literal at its beginning."""
    match url:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr():
            return site.file.source(url).lstrip("fFrR").strip("\"'")
        case ast.BinOp(left=left):
            return _known(site, left)
    return ""


def _header(address: str, parameter: str) -> _Header | None:
    for one in _HEADERS:
        if one.parameter == parameter and one.host.search(address):
            return one
    return None


def _in_params(site: Site, call: ast.Call, address: str) -> tuple[_Header, str] | None:
    given = next((one for one in call.keywords if one.arg == "params"), None)
    if given is None or not isinstance(given.value, ast.Dict):
        return None
    entries = list(zip(given.value.keys, given.value.values, strict=True))
    for at, (key, value) in enumerate(entries):
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
            continue
        header = _header(address, key.value)
        if header is None:
            continue
        editor, file = site.editor(), site.file
        if len(entries) == 1:
            editor.remove_argument(call, given)
        elif line := _own_line(file, key, value):
            editor.replace_place(*line, "")
        elif at:
            editor.replace_place(file.end(entries[at - 1][1]), file.end(value), "")
        else:
            following = entries[1][0]
            end = file.start(following) if following is not None else file.end(value)
            if following is None:
                raise DeclinedError("the parameters are put together from parts")
            editor.replace_place(file.start(key), end, "")
        return header, file.source(value)
    return None


def _in_single_quotes(file: PythonFile, call: ast.Call) -> bool:
    """Whether most string literals of a call are written in single quotes."""
    found = [file.source(one).lstrip("bBfFrRuU")[:1] for one in ast.walk(call)
             if isinstance(one, ast.Constant) and isinstance(one.value, str)
             and not file.is_in_text(one)]  # fmt: skip
    return found.count("'") > found.count('"')


def _own_line(file: PythonFile, key: ast.expr, value: ast.expr) -> tuple[int, int] | None:
    """The offsets of the line of a dict's entry, where it ends in a comma and has nothing else."""
    first = file.start_of_line(file.line_of(file.start(key)))
    last = file.start_of_line(file.line_of(file.end(value)) + 1)
    before, after = file.text[first : file.start(key)], file.text[file.end(value) : last]
    return (first, last) if not before.strip() and after.strip() == "," else None


def _in_url(site: Site, url: ast.expr, address: str) -> tuple[_Header, str] | None:
    """The token in an f-string, `?access_token={token}`, which leaves it."""
    if isinstance(url, ast.BinOp):
        return _in_sum(site, url, address)
    if not isinstance(url, ast.JoinedStr):
        return None
    source = site.file.source(url)
    for found in re.finditer(r"(?P<mark>[?&])(?P<name>\w+)=\{(?P<value>[\w.]+)\}", source):
        header = _header(address, found["name"])
        if header is None:
            continue
        rest = source[found.end() :]
        mark = found["mark"] if rest.startswith("&") else ""
        text = source[: found.start()] + mark + rest[len(mark) :]
        if "{" not in text and text[:1] in "fF":
            text = text[1:]
        site.editor().replace(url, text)
        return header, found["value"]
    return None


def _in_sum(site: Site, url: ast.BinOp, address: str) -> tuple[_Header, str] | None:
    """The token at the end of `base + "/path?access_token=" + token`, which leaves it."""
    left, value = url.left, url.right
    before = left.right if isinstance(left, ast.BinOp) else left
    if dotted(value) is None or not isinstance(before, ast.Constant):
        return None
    source = site.file.source(before)
    found = re.search(r"[?&](?P<name>\w+)=(?=[\"']$)", source)
    header = _header(address, found["name"]) if found is not None else None
    gap = site.file.text[site.file.end(before) : site.file.start(value)]
    if header is None or found is None or source[:1] not in "\"'" or gap.strip() != "+":
        return None
    text = source[: found.start()] + source[-1]
    start = site.file.start(before)
    if len(text) == 2 and isinstance(left, ast.BinOp):
        start, text = site.file.end(left.left), ""
    site.editor().replace_place(start, site.file.end(value), text)
    return header, site.file.source(value)


def _add(site: Site, call: ast.Call, header: _Header, value: str) -> None:
    quote = "'" if _in_single_quotes(site.file, call) else '"'
    if not header.prefix:
        text = value
    elif re.fullmatch(r"[\w.]+", value):
        text = f"f{quote}{header.prefix}{{{value}}}{quote}"
    else:
        text = f"{quote}{header.prefix}{quote} + {value}"
    entry = f"{quote}{header.name}{quote}: {text}"
    editor = site.editor()
    given = next((one.value for one in call.keywords if one.arg == "headers"), None)
    if given is None:
        editor.set_keyword(call, "headers", f"{{{entry}}}")
        return
    if not isinstance(given, ast.Dict) or not given.values or None in given.keys:
        raise DeclinedError("the headers are made elsewhere")
    names = {str(one.value).lower() for one in given.keys if isinstance(one, ast.Constant)}
    if header.name.lower() in names or len(names) != len(given.keys):
        raise DeclinedError("the call has such a header already")
    editor.insert(site.file.end(given.values[-1]), f", {entry}")
