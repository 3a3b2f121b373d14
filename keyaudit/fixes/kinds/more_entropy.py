"""Draws keys and tokens from all byte values: at their present length, or longer where the length
does not matter."""

from __future__ import annotations

import ast
import re

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import PythonFile, dotted
from keyaudit.fixes.site import Rewrite, Site
from keyaudit.fixes.values import limit

_MARKERS = ("jwt.", "jose.", "itsdangerous.", "hmac.")
_TITLE = "draw a key with all of its bits unpredictable"


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    path, draw = site.first_step(ast.Call)
    editor = site.editor(path)
    file = editor.file
    encoded = _encoded(file, draw)
    if encoded is not None:
        _require_bytes_only(site, path, encoded)
        length = _length(file, draw)
        editor.replace(encoded, f"{editor.module('secrets', draw)}.token_bytes({length})")
        return site.rewrite(_TITLE)
    role = site.finding.subject.partition(":")[2]
    if not (role.startswith("token") or site.finding.subject.startswith(_MARKERS)):
        raise DeclinedError("it is not known whether another length will do")
    name = (dotted(draw.func) or "").rpartition(".")[2]
    whole = _joined(file, draw)
    if name in ("token_hex", "token_urlsafe", "token_bytes") and len(draw.args) == 1:
        if not isinstance(draw.args[0], ast.Constant):
            raise DeclinedError("the length is decided elsewhere")
        if _is_cut(file, draw):
            raise DeclinedError("a part of what is drawn is taken")
        editor.replace(draw.args[0], "32")
    elif whole is not None and not _is_cut(file, whole):
        _require_own_length(file, whole)
        count = _count(whole) if role.startswith("token") else None
        if count is not None:
            # The same characters, and more of them.
            editor.replace(count, str(_enough(site, count)))
        else:
            editor.replace(whole, f"{editor.module('secrets', draw)}.token_urlsafe(32)")
    else:
        raise DeclinedError("it is not known how the value is made")
    return site.rewrite(_TITLE)


def _require_own_length(file: PythonFile, whole: ast.Call) -> None:
    """Raise DeclinedError where a parameter of the function says how long the text is."""
    function = file.function(whole)
    given = (
        {one.arg for one in ast.walk(function.args) if isinstance(one, ast.arg)} if function else ()
    )
    if any(isinstance(one, ast.Name) and one.id in given for one in ast.walk(whole)):
        raise DeclinedError("the length is decided elsewhere")


def _count(whole: ast.Call) -> ast.Constant | None:
    """The number `n` of `"".join(… for … in range(n))`, or of `choices(…, k=n)`."""
    inner = whole.args[0] if len(whole.args) == 1 else None
    found: ast.expr | None = None
    if isinstance(inner, ast.GeneratorExp | ast.ListComp):
        found = _times(inner)
    elif isinstance(inner, ast.Call):
        found = next((one.value for one in inner.keywords if one.arg == "k"), None)
    if isinstance(found, ast.Constant) and type(found.value) is int and found.value > 0:
        return found
    return None


def _times(comprehension: ast.GeneratorExp | ast.ListComp) -> ast.expr | None:
    """The number `n` of `… for … in range(n)`; None for another comprehension."""
    source = comprehension.generators[0].iter
    if (
        len(comprehension.generators) == 1
        and isinstance(source, ast.Call)
        and dotted(source.func) == "range"
        and len(source.args) == 1
    ):
        return source.args[0]
    return None


def _enough(site: Site, count: ast.Constant) -> int:
    """How many of the characters give as many unpredictable bits as the policy asks for."""
    told = re.search(r"at most (\d+)", site.finding.message)
    if told is None or not int(told[1]):
        raise DeclinedError("it is not known how much of the value can be predicted")
    assert isinstance(count.value, int)
    return -(-limit(site) * count.value // int(told[1]))


def _joined(file: PythonFile, draw: ast.Call) -> ast.Call | None:
    """The `"".join(… for … in range(n))` around a draw; None without one."""
    for outer in file.ancestors(draw):
        if isinstance(outer, ast.stmt):
            return None
        if (
            isinstance(outer, ast.Call)
            and isinstance(outer.func, ast.Attribute)
            and outer.func.attr == "join"
            and isinstance(outer.func.value, ast.Constant)
            and outer.func.value.value == ""
        ):
            return outer
    return None


def _is_cut(file: PythonFile, node: ast.AST) -> bool:
    return any(isinstance(outer, ast.Subscript) for outer in file.ancestors(node))


def _encoded(file: PythonFile, draw: ast.Call) -> ast.Call | None:
    """The `….encode()` around a draw, which turns the text into bytes; None without one."""
    for outer in file.ancestors(draw):
        if isinstance(outer, ast.stmt):
            return None
        if isinstance(outer, ast.Call) and isinstance(outer.func, ast.Attribute):
            if outer.func.attr == "encode" and not outer.args:
                return outer
            if outer.func.attr != "join":
                return None
    return None


def _length(file: PythonFile, draw: ast.Call) -> str:
    """The source of the number of characters that the text has. Raises DeclinedError if not
    known."""
    for outer in (draw, *file.ancestors(draw)):
        parent = file.parent(outer)
        if isinstance(parent, ast.Subscript) and isinstance(parent.slice, ast.Slice):
            upper = parent.slice.upper
            if parent.slice.lower is None and parent.slice.step is None and upper is not None:
                return file.source(upper)
            raise DeclinedError("a part of what is drawn is taken")
        if isinstance(outer, ast.GeneratorExp | ast.ListComp):
            times = _times(outer)
            if times is None or outer.generators[0].ifs:
                raise DeclinedError("it is not known how long the key is")
            return file.source(times)
        if isinstance(outer, ast.stmt):
            break
    name = (dotted(draw.func) or "").rpartition(".")[2]
    size = draw.args[0] if len(draw.args) == 1 else None
    if name == "token_hex" and isinstance(size, ast.Constant) and isinstance(size.value, int):
        return str(2 * size.value)
    raise DeclinedError("it is not known how long the key is")


def _require_bytes_only(site: Site, path: str, node: ast.expr) -> None:
    """Raise DeclinedError where the key may be used as text again."""
    file = site.editor(path).file
    for other in file.walk():
        if isinstance(other, ast.Attribute) and other.attr == "decode":
            raise DeclinedError("the key may be read as a text")
    if isinstance(file.parent(node), ast.Attribute):
        raise DeclinedError("the key is put into another form")
