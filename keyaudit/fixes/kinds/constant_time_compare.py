"""Replaces `mac == given` by `hmac.compare_digest(mac, given)`.

`compare_digest` takes two bytes-like objects or two ASCII strings, and raises TypeError for other
arguments, where `==` returns False. So strings are encoded first, and a value whose type is not
known is tested with `isinstance`. Where the project depends on keyaudit, its `constant_time_equal`
is called, which takes text as it is.
"""

from __future__ import annotations

import ast

from keyaudit.fixes import library
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import dotted, real_name
from keyaudit.fixes.site import Rewrite, Site
from keyaudit.fixes.value_types import Kind, kind_of

_LOOSE = (ast.BoolOp, ast.UnaryOp, ast.Compare, ast.BinOp, ast.Attribute, ast.Subscript, ast.Call,
          ast.Starred, ast.Await)  # fmt: skip
_CHECKS = {Kind.TEXT: "str", Kind.BYTES: "(bytes, bytearray)"}


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    compare = site.node(ast.Compare)
    if len(compare.ops) != 1 or not isinstance(compare.ops[0], ast.Eq | ast.NotEq):
        raise DeclinedError("more than two values are compared at once")
    sides = [compare.left, compare.comparators[0]]
    kinds = [kind_of(site, side) for side in sides]
    kinds = [
        Kind.BYTES if kind is Kind.UNKNOWN and _is_of_message(site, side, other) else kind
        for kind, side, other in zip(kinds, sides, reversed(sides), strict=True)
    ]
    if set(kinds) == {Kind.UNKNOWN}:
        kinds = _by_evidence(site, sides)
    known = {kind for kind in kinds if kind is not Kind.UNKNOWN}
    if len(known) != 1 or Kind.OTHER in known:
        raise DeclinedError("it is not known whether both sides are bytes, or both text")
    kind = known.pop()
    editor = site.editor()
    by_library = library.is_wanted(site)
    if by_library:
        function = library.member(site, "constant_time_equal", compare)
    else:
        function = editor.member("hmac", "compare_digest", compare)
    texts = [_source(site, side) for side in sides]
    guard = ""
    for number, side in enumerate(sides):
        if kinds[number] is Kind.UNKNOWN:
            guard, texts[number] = _asked(site, side, texts[number], _CHECKS[kind])
    if kind is Kind.TEXT and not by_library:
        texts = [f"{text}.encode()" for text in texts]
    text = f"{function}({texts[0]}, {texts[1]})"
    if guard:
        text = f"{guard} and {text}"
    negative = isinstance(compare.ops[0], ast.NotEq)
    if negative:
        text = f"not ({text})" if guard else f"not {text}"
    parent = site.file.parent(compare)
    is_joined = negative and isinstance(parent, ast.BoolOp)
    if (guard or negative) and isinstance(parent, _LOOSE) and not is_joined:
        text = f"({text})"
    editor.replace(compare, text)
    return site.rewrite(f"compare in constant time, with `{function}`")


def _by_evidence(site: Site, sides: list[ast.expr]) -> list[Kind]:
    """The types of both sides: that of the code (the MAC or token) by the last call in the
    evidence, which may be in another module; UNKNOWN for the other side."""
    found = Kind.UNKNOWN
    for step in reversed(site.finding.steps[:-1]):
        if not step.path.endswith(".py"):
            break
        call = site.try_node(ast.Call, step.span, step.path)
        if call is None:
            continue
        found = kind_of(site, call, step.path)
        if found is not Kind.UNKNOWN or not step.text.startswith("returned by"):
            break
    here = [site.place(step.span) for step in site.finding.steps[:-1]
            if step.path == site.finding.path]  # fmt: skip
    places = [site.file.place(side) for side in sides]
    is_code = [any(a <= start and end <= b for start, end in here) for a, b in places]
    if is_code.count(True) != 1:
        return [Kind.UNKNOWN, Kind.UNKNOWN]
    return [found if code else Kind.UNKNOWN for code in is_code]


def _is_of_message(site: Site, side: ast.expr, other: ast.expr) -> bool:
    """Whether a value is part of what the code it is compared with was computed from, which takes
    bytes alone: `packet[-12:]`, where `other` is a MAC over `packet[:-12]`."""
    function = site.file.function(side)
    part, code = _bound_once(site, side), _bound_once(site, other)
    if function is None or not isinstance(part, ast.Subscript):
        return False
    if not isinstance(part.slice, ast.Slice) or not isinstance(part.value, ast.Name):
        return False
    name = part.value.id
    if sum(isinstance(one, ast.Name) and one.id == name and not isinstance(one.ctx, ast.Load)
           for one in ast.walk(function)):  # fmt: skip
        return False
    for call in ast.walk(code):
        if not isinstance(call, ast.Call) or not real_name(site.file, call.func).startswith(
            ("hmac.", "hashlib.")
        ):
            continue
        for given in call.args:
            if isinstance(given, ast.Subscript) and isinstance(given.slice, ast.Slice):
                given = given.value
            if isinstance(given, ast.Name) and given.id == name:
                return True
    return False


def _bound_once(site: Site, node: ast.expr) -> ast.expr:
    """What a name is bound to, where one assignment of the function binds it; else the node
    itself."""
    function = site.file.function(node)
    if not isinstance(node, ast.Name) or function is None:
        return node
    stores = [one for one in ast.walk(function)
              if isinstance(one, ast.Name) and one.id == node.id
              and not isinstance(one.ctx, ast.Load)]  # fmt: skip
    statement = site.file.parent(stores[0]) if len(stores) == 1 else None
    return statement.value if isinstance(statement, ast.Assign) else node


def _source(site: Site, node: ast.expr) -> str:
    """The source of an expression, in parentheses where a method call needs them."""
    text = site.file.source(node)
    simple = isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.Constant)
    return text if simple else f"({text})"


def _asked(site: Site, node: ast.expr, text: str, kind: str) -> tuple[str, str]:
    """An `isinstance` test of a value, and an expression for the value that evaluates it only
    once."""
    site.editor().names.builtin("isinstance")
    if dotted(node) is not None:
        return f"isinstance({text}, {kind})", text
    if not site.file.scopes(node) or not isinstance(
        site.file.scopes(node)[0], ast.FunctionDef | ast.AsyncFunctionDef
    ):
        raise DeclinedError("the value given is looked up outside of a function")
    name = site.editor().names.free("given")
    return f"isinstance({name} := {text}, {kind})", name
