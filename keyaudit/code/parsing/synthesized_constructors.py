"""Classes whose constructor is synthesized from their fields: dataclasses, attrs, NamedTuple,
pydantic.

Such a class is given the `__init__` that its decorator or base would make, so that everything after
sees an ordinary class: `Vault(key)` sets `self.key`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from keyaudit.code import syntax as s

_DECORATORS = frozenset({"dataclass", "define", "frozen", "mutable", "attrs", "attributes", "s"})
_BASES = frozenset({"NamedTuple", "BaseModel", "BaseSettings", "Struct", "SQLModel"})
_DESCRIBES = frozenset({"field", "Field", "ib", "attrib"})
_DEFAULTS = ("default", "default_factory", "factory")


def last_word(expr: s.Expr) -> str:
    """The last word of a dotted name or of what is called; "" for anything else."""
    while isinstance(expr, s.Call):
        expr = expr.func
    return s.last_part(expr)


def has_fields(bases: Sequence[s.Arg], decorators: Sequence[s.Expr]) -> bool:
    """Whether a class with these bases and decorators gets its constructor from its fields."""
    return any(last_word(d) in _DECORATORS for d in decorators) or any(
        # `table=True` is what SQLModel's tables say, whatever class of the project's they extend.
        last_word(base.value) in _BASES if base.name is None else base.name == "table"
        for base in bases
    )


def with_constructor(body: list[s.Stmt], place: tuple[int, int]) -> list[s.Stmt]:
    """The class body with a constructor in place of its fields.

    `place` is where the constructor is said to stand. A class that has one of its own, or no
    fields, keeps its body.
    """
    if any(isinstance(node, s.Def) and node.name == "__init__" for node in body):
        return body
    fields: list[tuple[s.Name, s.Expr | None]] = []
    rest: list[s.Stmt] = []
    for node in body:
        if isinstance(node, s.Assign) and node.annotated and isinstance(node.targets[0], s.Name):
            fields.append((node.targets[0], _default(node.value)))
        elif isinstance(node, s.Declare) and node.annotated and isinstance(node.target, s.Name):
            fields.append((node.target, None))
        else:
            rest.append(node)
    if not fields:
        return body
    return [_constructor(fields, place), *rest]


def _constructor(fields: list[tuple[s.Name, s.Expr | None]], place: tuple[int, int]) -> s.Stmt:
    params = [s.Param("self", None, "", *place)]
    sets: list[s.Stmt] = []
    for name, default in fields:
        at = (name.pos, name.end)
        params.append(s.Param(name.id, default, "", *at))
        target = s.Attr(*at, s.Name(*at, "self"), name.id)
        sets.append(s.Assign(*at, [target], s.Name(*at, name.id)))
    bound = {param.name for param in params}
    return s.Def(*place, "__init__", params, [], sets, bound, set())


def _default(value: s.Expr) -> s.Expr | None:
    """What a field's value says its default is: `field(default_factory=f)` gives `f()`."""
    if not isinstance(value, s.Call) or last_word(value) not in _DESCRIBES:
        return value
    given = dict(_defaults(value))
    if "default" in given:
        # `Field(...)` says that there is none.
        is_required = isinstance(given["default"], s.Const) and given["default"].value is ...
        return None if is_required else given["default"]
    for made in given.values():
        return s.Call(made.pos, made.end, made, [])
    return None


def _defaults(call: s.Call) -> Iterator[tuple[str, s.Expr]]:
    for number, arg in enumerate(call.args):
        if arg.name in _DEFAULTS:
            yield arg.name, arg.value
        elif arg.name is None and not arg.star and number == 0 and last_word(call) == "Field":
            yield "default", arg.value
