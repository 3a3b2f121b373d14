"""Objects that are told as a whole, with a secret among what they hold: `vars(settings)`,
`account.model_dump()`, a dataclass that becomes a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations.own_texts import secret_among
from keyaudit.code.provenance.attributes import set_in_methods
from keyaudit.code.provenance.call_targets import class_lineage
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.semantics.scopes import Scope, has_made_constructor
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import BARE_TOKEN, SECRETS, reading

# Methods that give all that is in an object that is made of fields.
EXPORTS = frozenset({"dict", "json", "model_dump", "model_dump_json", "asdict", "to_dict"})
# What hides its value when it is shown.
_HIDDEN = regex(r"Secret(?:Str|Bytes|\[)|repr\s*=\s*False|exclude\s*=\s*True|ClassVar")
_SHOWS = ("__str__", "__repr__", "__rich_repr__")
# Methods whose first argument is a table or a question for its rows.
_OF_TABLE = frozenset({"query", "get", "get_one", "scalar", "scalars", "exec", "execute", "select"})
# Methods that give a row, or rows.
_GIVES_ROW = regex(
    r"(?:get|find|fetch|load|create)(?:_one|_or_\w+|_by\w*|_object\w*)?|first\w*|one|one_or_\w+|scalar_?\w*"
    r"|all|last|latest"
)
_MOST_CALLS = 8


def of_object(resolver: Resolver, value: s.Expr, scope: Scope, as_text: bool) -> str:
    """Whether an expression is an object, or all that is in one, with a secret among that."""
    base: s.Expr | None = None
    match value:
        case s.Attr(name="__dict__", value=holder):
            base = holder
        case s.Call(func=s.Name(id="vars" | "asdict"), args=[s.Arg(value=holder)]):
            base = holder
        case s.Call(func=s.Attr(name="asdict"), args=[s.Arg(value=holder)]):
            base = holder
        case s.Call(func=s.Attr(name=name, value=holder), args=args) if name in EXPORTS:
            if all(arg.name is not None for arg in args):  # `self.json(answer)` is of the answer
                base = holder
        case s.Name() | s.Attr() if as_text:
            name = _shown_secret(resolver, value, scope)
            return f"an object with `{name}` in it" if name else ""
    if base is None:
        return ""
    for cls in _classes(resolver, base, scope):
        exported = last_part(value.func) if isinstance(value, s.Call) else ""
        if any(binding.kind == "def" for binding in cls.bindings.get(exported, ())):
            continue  # it says itself what it gives
        for name in _names_in(resolver, cls):
            if reading(name) in SECRETS - {BARE_TOKEN} and not _is_hidden(cls, name):
                return f"all that is in an object, with `{name}` in it"
    return ""


def _shown_secret(resolver: Resolver, value: s.Expr, scope: Scope) -> str:
    """The secret that an object made of fields shows when it becomes a text; "" for none."""
    for cls in _classes(resolver, value, scope):
        lineage = class_lineage(resolver, cls)
        shows = next(
            (bound[-1].definition for each in lineage for name in _SHOWS
             if (bound := each.bindings.get(name))), None
        )  # fmt: skip
        if shows is not None:
            own = secret_among(_names_in(resolver, cls), shows)
            if own:
                return own
        if not all(has_made_constructor(each) for each in lineage[:1]):
            continue
        if any(name in each.bindings for each in lineage for name in _SHOWS):
            continue
        for name in _names_in(resolver, cls):
            if reading(name) in SECRETS - {BARE_TOKEN} and not _is_hidden(cls, name):
                return name
    return ""


def _classes(resolver: Resolver, value: s.Expr, scope: Scope) -> Iterator[Scope]:
    """The classes of the scanned code that an expression may be an object of: as it is made, or
    as the parameter is annotated."""
    for origin in resolver.origins(value, scope, None):
        if origin.kind == "instance" and origin.scope is not None:
            yield origin.scope
    if isinstance(value, s.Name):
        for binding in value.reach or ():
            row_of = _table(binding.value) if binding.kind == "value" and binding.value else None
            if row_of is not None:
                for origin in resolver.origins(row_of, scope, None):
                    if origin.kind == "class" and origin.scope is not None:
                        yield origin.scope
            param = binding.param if binding.kind == "param" else None
            if param is not None and param.annotation is not None and scope.parent is not None:
                for origin in resolver.origins(param.annotation, scope.parent, None):
                    if origin.kind == "class" and origin.scope is not None:
                        yield origin.scope


def _table(made: s.Expr) -> s.Expr | None:
    """The class of which an expression gives a row, by the names of the calls that look for it:
    `Client.query.filter_by(…).first()`, `session.get(Client, id)`, `session.exec(select(Client))`.
    """
    if isinstance(made, s.Await):
        made = made.value
    if not isinstance(made, s.Call) or not _GIVES_ROW.fullmatch(last_part(made.func)):
        return None
    asked: s.Expr = made
    for _ in range(_MOST_CALLS):
        match asked:
            case s.Await(value=inner):
                asked = inner
            case s.Call(func=func, args=[s.Arg(value=s.Name() | s.Call() as of), *_]) if last_part(
                func
            ) in _OF_TABLE and (isinstance(of, s.Call) or _is_class(of)):
                asked = of
            case s.Call(func=s.Attr(value=holder)) | s.Attr(value=holder):
                asked = holder
            case s.Name():
                return asked if _is_class(asked) else None
            case _:
                return None
    return None


def _is_class(name: s.Name) -> bool:
    return name.id[:1].isupper() and not name.id.isupper()


def _names_in(resolver: Resolver, cls: Scope) -> list[str]:
    """What the objects of a class hold, by name."""
    held: list[str] = []
    for each in class_lineage(resolver, cls):
        held += resolver.once((each, set_in_methods), partial(set_in_methods, each))
        # Fields of a class whose base, in another class or file, makes the constructor of them.
        held += (n for n, bound in each.bindings.items() if any(b.kind == "value" for b in bound))
    return held


def _is_hidden(cls: Scope, name: str) -> bool:
    """Whether the field is declared as one that hides what it holds."""
    text = cls.module.text
    start = cls.node.pos if cls.node is not None else 0
    declared = re.compile(rf"^[ \t]+{re.escape(name)}[ \t]*:[^\n]*", re.MULTILINE)
    line = declared.search(text, start)
    return line is not None and _HIDDEN.search(line[0]) is not None
