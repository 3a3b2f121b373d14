"""What is put into a URL whose template stands elsewhere: `ITEMS.format(key)`, `self.url % key`.

The template is looked for in the text of the same file: an assignment to the name, of one literal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.semantics.placements import Placement, placements
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex

# A literal with a place in its query or before its host, under the name that it is assigned to.
_TEMPLATE = regex(
    r"^[ \t]*(?:self\.|cls\.)?(\w+)[ \t]*(?::[^=\n]+)?=[ \t]*\(?[ \t\n]*[rRbBuU]?"
    r"(?:\"([^\"\n]*[?&/][^\"\n]*(?:\{\w*\}|%s)[^\"\n]*)\"|'([^'\n]*[?&/][^'\n]*(?:\{\w*\}|%s)[^'\n]*)')",
    re.MULTILINE,
)
# By the names they are assigned to: where, and which.
Templates = dict[str, list[tuple[int, str]]]
_MAY_BE = regex(r"[?&][\w.\-\[\]]+=(?:\{|%s)|/bot(?:\{|%s)")


def templates(text: str) -> Templates:
    """The templates of URLs in the text of a module."""
    if _MAY_BE.search(text) is None:
        return {}
    found: Templates = {}
    for made in _TEMPLATE.finditer(text):
        template = made[2] or made[3]
        found.setdefault(made[1], []).append((made.start(), template))
    return {
        name: given
        for name, given in found.items()
        if any(_MAY_BE.search(template) for _, template in given)
    }


def _used(known: Templates, name: s.Expr) -> str:
    """The template that a name stands for where it is read: the one assigned last before, or else
    the first; "" for none."""
    given = known.get(last_part(name), ())
    before = [template for pos, template in given if pos < name.pos]
    return before[-1] if before else next((template for _, template in given), "")


def placed_by_template(scope: Scope, known: Templates) -> Iterator[Placement]:
    """The values that a scope puts into one of the templates."""
    for call in scope.calls:
        func = call.func
        if isinstance(func, s.Attr) and func.name == "format" and _is_path(func.value):
            template = _used(known, func.value)
            if template:
                literal = s.Const(func.value.pos, func.value.end, template)
                method = s.Attr(func.pos, func.end, literal, "format")
                yield from placements(s.Call(call.pos, call.end, method, call.args))
    for value in _formatted(scope):
        template = _used(known, value.left)
        if template:
            literal = s.Const(value.left.pos, value.left.end, template)
            yield from placements(s.BinOp(value.pos, value.end, "%", literal, value.right))


def _is_path(expr: s.Expr) -> bool:
    return isinstance(expr, s.Name | s.Attr)


def _formatted(scope: Scope) -> Iterator[s.BinOp]:
    """What is formatted with `%` where a scope assigns, passes or returns it."""
    given = [arg.value for call in scope.calls for arg in call.args]
    given += scope.returns
    for bindings in scope.bindings.values():
        given += [b.assigned for b in bindings if b.assigned is not None]
    for value in given:
        if isinstance(value, s.BinOp) and value.op == "%" and _is_path(value.left):
            yield value
