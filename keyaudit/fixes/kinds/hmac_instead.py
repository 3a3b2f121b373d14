"""Replaces a hash over a secret and a message by HMAC with the same hash function, where the codes
are made, and where they are checked."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from keyaudit.core.patterns import regex
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.passwords.hashings import check_of
from keyaudit.fixes.python_file import PythonFile, dotted, real_name
from keyaudit.fixes.results import calls_of
from keyaudit.fixes.site import Rewrite, Site
from keyaudit.fixes.value_types import Kind, kind_of

_SECRET = regex(r"(?i)secret|key$|pepper|signing")
_HASHES = frozenset({"md5", "sha1", "sha224", "sha256", "sha384", "sha512"})
_MIGRATE = (
    "codes that were made before are refused: accept both for a while where some are still out, "
    "in links or cookies for instance",
)
_UNUSUAL = "the secret is hashed in an unusual way"


@dataclass(frozen=True, slots=True)
class _Code:
    """A hash `call` over the parts of a message, and whether it is made of text."""

    file: PythonFile
    call: ast.Call
    digest: str
    secret: ast.expr
    message: tuple[ast.expr, ...]
    is_text: bool


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    codes = site.project.once("home-made codes", lambda: _codes(site))
    place = site.place(site.finding.span)
    if not any(
        one.file.path == site.finding.path
        and one.file.start(one.call) <= place[0]
        and place[1] <= one.file.end(one.call)
        for one in codes
    ):
        raise DeclinedError(_UNUSUAL)
    ends = {end for one in codes for end in _ends(site, one)}
    if ends != {True, False}:
        raise DeclinedError("the other end is not in the scanned files")
    if len({(one.digest, one.file.source(one.secret).rpartition(".")[2]) for one in codes}) != 1:
        raise DeclinedError("several codes are made in the scanned files")
    for one in codes:
        _mend(site, one)
    return site.rewrite("authenticate with HMAC, at both ends", migrate=_MIGRATE)


def _codes(site: Site) -> list[_Code]:
    found = []
    for file in site.project.python_with("hashlib"):
        for node in file.walk():
            one = _code(file, node) if isinstance(node, ast.Call) else None
            if one is not None:
                found.append(one)
    return found


def _code(file: PythonFile, call: ast.Call) -> _Code | None:
    name = file.source(call.func)
    digest = real_name(file, call.func).rpartition(".")[2]
    if digest not in _HASHES or len(call.args) != 1 or call.keywords:
        return None
    whole, is_text = call.args[0], False
    if _is_utf_8(whole):
        whole, is_text = _bare(whole), True
    parts = list(_parts(whole))
    if len(parts) < 2:
        return None
    for at in (0, len(parts) - 1):
        bare = _bare(parts[at])
        if _SECRET.search((dotted(bare) or "").rpartition(".")[2]):
            rest = tuple(part for number, part in enumerate(parts) if number != at)
            return _Code(file, call, name, parts[at], rest, is_text)
    return None


def _parts(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*_parts(node.left), *_parts(node.right)]
    return [node]


def _bare(node: ast.expr) -> ast.expr:
    """A part without `.encode()`."""
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "encode"
    ):
        return node.func.value
    return node


def _is_utf_8(node: ast.expr) -> bool:
    """Whether an expression is `….encode()`, in UTF-8."""
    if not isinstance(node, ast.Call) or _bare(node) is node or node.keywords:
        return False
    given = [one.value if isinstance(one, ast.Constant) else None for one in node.args]
    return all(str(one).lower().replace("_", "-") in ("utf-8", "utf8") for one in given)


def _ends(site: Site, one: _Code) -> list[bool]:
    """For each use of a code, whether it is checked there, and else made."""
    file = one.file
    whole = file.parent(one.call)
    result = file.parent(whole) if isinstance(whole, ast.Attribute) else None
    if not isinstance(result, ast.Call) or getattr(whole, "attr", "") not in (
        "digest",
        "hexdigest",
    ):
        raise DeclinedError(_UNUSUAL)
    if check_of(file, result) is not None:
        return [True]
    function = file.function(one.call)
    if function is None:
        return [False]
    calls = list(calls_of(site, function.name))
    found = [check_of(other, call) is not None for other, call in calls]
    return [*found, False] if not any(found) else found


def _mend(site: Site, one: _Code) -> None:
    editor, file = site.editor(one.file.path), one.file
    hmac = editor.module("hmac", one.call)
    secret = file.source(one.secret)
    message = " + ".join(_source(file, part) for part in one.message)
    if one.is_text:
        kinds = {kind_of(site, part, file.path) for part in (one.secret, *one.message)}
        if Kind.BYTES in kinds:
            raise DeclinedError(_UNUSUAL)
        secret = f"{_source(file, one.secret)}.encode()"
        message = f"({message}).encode()" if len(one.message) > 1 else f"{message}.encode()"
    if "\n" in secret + message or file.has_comment(*file.place(one.call)):
        raise DeclinedError(_UNUSUAL)
    editor.replace(one.call, f"{hmac}.new({secret}, {message}, {one.digest})")


def _source(file: PythonFile, part: ast.expr) -> str:
    text = file.source(part)
    return text if isinstance(part, ast.Name | ast.Attribute | ast.Call | ast.Constant |
                              ast.Subscript | ast.JoinedStr) else f"({text})"  # fmt: skip
