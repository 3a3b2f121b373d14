"""Writes a text into a message in place of one of its values: into the format string, or into the
literals beside it."""

from __future__ import annotations

import ast
import re

from keyaudit.core.patterns import regex
from keyaudit.fixes.editor import Editor
from keyaudit.fixes.messages import conversions
from keyaudit.fixes.python_file import PythonFile

_FIELD = regex(r"\{\{|\}\}|\{(?P<name>\w*)(?:![rsa])?(?::[^{}]*)?\}")


def put_into_format(editor: Editor, node: ast.expr, text: str) -> bool:
    """Write `text` into the message of `"…{}…".format(…, node, …)` in place of its field, and
    remove the argument. False where it is not certain which field that is."""
    file = editor.file
    given = file.parent(node)
    call = file.parent(given) if isinstance(given, ast.keyword) else given
    argument = given if isinstance(given, ast.keyword) else node
    if not (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "format"
        and isinstance(call.func.value, ast.Constant)
        and not any(isinstance(one, ast.Starred) for one in call.args)
        and all(one.arg for one in call.keywords)
    ):
        return False
    message = call.func.value
    start, source = file.start(message), file.source(message)
    if "\\N" in source or file.has_comment(*file.place(message)):
        return False
    found = [one for one in _FIELD.finditer(source) if one["name"] is not None]
    escaped = source.count("{") != len(found)
    places = _places_of(call, argument, found) if not escaped else None
    if not places:
        return False
    if len(call.args) + len(call.keywords) == 1:
        whole = source
        for one in reversed(places):
            whole = whole[: one.start()] + text + whole[one.end() :]
        editor.replace(call, whole)
        return True
    for one in places:
        editor.replace_place(start + one.start(), start + one.end(), text)
    editor.remove_argument(call, argument)
    return True


def _places_of(
    call: ast.Call, argument: ast.expr | ast.keyword, found: list[re.Match[str]]
) -> list[re.Match[str]] | None:
    """The fields that show an argument of `format`; None where they are numbered."""
    if isinstance(argument, ast.keyword):
        return [one for one in found if one["name"] == argument.arg]
    automatic = [one for one in found if not one["name"]]
    if len(automatic) != len(call.args) or any(one["name"].isdigit() for one in found):
        return None
    return [automatic[call.args.index(argument)]]


def put_into_percent(editor: Editor, node: ast.expr, text: str) -> bool:
    """Write `text` into the message of `"…%s…" % (…, node, …)`, or `"…%s…" % node`, in place of its
    conversion, and remove the value. False where it is not certain which conversion that is."""
    file = editor.file
    values = file.parent(node)
    if isinstance(values, ast.BinOp) and isinstance(values.op, ast.Mod) and values.right is node:
        source = file.source(values.left)
        found = conversions(source)
        gap = file.text[file.end(values.left) : file.start(node)]
        if len(found) != 1 or "%%" in source or found[0].name or gap.strip() != "%":
            return False
        only = found[0]
        if not only.is_plain or not isinstance(values.left, ast.Constant):
            return False
        editor.replace(values, f"{source[: only.start]}{text}{source[only.end :]}")
        return True
    whole = file.parent(values) if isinstance(values, ast.Tuple) else None
    if not (
        isinstance(values, ast.Tuple)
        and isinstance(whole, ast.BinOp)
        and isinstance(whole.op, ast.Mod)
        and whole.right is values
        and len(values.elts) > 1
    ):
        return False
    start, source = file.start(whole.left), file.source(whole.left)
    found = conversions(source)
    if len(found) != len(values.elts) or any(one.name or not one.is_plain for one in found):
        return False
    at = values.elts.index(node)
    place = found[at]
    if at:
        first, last = file.end(values.elts[at - 1]), file.end(node)
    else:
        first, last = file.start(node), file.start(values.elts[1])
    # Elements in parentheses of their own, or with a comment, are rare.
    between = file.text[first:last].replace(file.source(node), "", 1)
    if between.strip(" \t\r\n,") or file.has_comment(first, last):
        return False
    editor.replace_place(start + place.start, start + place.end, text)
    editor.replace_place(first, last, "")
    if len(values.elts) == 2 and not file.source(values).rstrip(")").rstrip().endswith(","):
        editor.insert(file.end(values.elts[1 - at]) if not at else last, ",")
    return True


def put_into_sum(editor: Editor, node: ast.expr, text: str) -> bool:
    """Write `text` into the string literals around a summand: `"… " + node + " …"`. False without
    one."""
    file = editor.file
    inner = file.parent(node)
    if not isinstance(inner, ast.BinOp) or not isinstance(inner.op, ast.Add):
        return False
    outer = file.parent(inner)
    if inner.right is node:
        left: ast.expr | None = inner.left
        if isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
            left = left.right
        is_sum = isinstance(outer, ast.BinOp) and isinstance(outer.op, ast.Add)
        right = outer.right if is_sum and outer.left is inner else None  # type: ignore[union-attr]
    else:
        left, right = None, inner.right
    before, after = _quote(file, left), _quote(file, right)
    if before and after and before != after:
        after = ""
    if not before and not after:
        return False
    start = file.end(left) - 1 if before and left is not None else file.start(node)
    end = file.start(right) + 1 if after and right is not None else file.end(node)
    gap = file.text[start:end]
    if file.has_comment(start, end) or gap.count("(") != gap.count(")"):
        return False
    editor.replace_place(start, end, f"{'' if before else after}{text}{'' if after else before}")
    return True


def _quote(file: PythonFile, node: ast.expr | None) -> str:
    """The quote of a plain string literal; "" for anything else."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return ""
    source = file.source(node)
    quote = source[:1]
    is_plain = quote in ("'", '"') and source[-1:] == quote and source[:3] != quote * 3
    return quote if is_plain else ""
