"""Resolves names: the bindings that a name reads, and the dotted path it stands for."""

from __future__ import annotations

import builtins
import re
from typing import TYPE_CHECKING

from keyaudit.code.semantics.scopes import Binding, Scope
from keyaudit.code.syntax import Attr, Call, Expr, Name

if TYPE_CHECKING:
    from keyaudit.code.provenance.resolver import Resolver
    from keyaudit.code.semantics.scopes import Module

_BUILTINS = frozenset(dir(builtins))
_MAX_ALIAS = 6


def is_builtin(name: str) -> bool:
    """Whether a name is a builtin of the language, unless it is bound to something else."""
    return name in _BUILTINS


def bindings_of(name: Name, scope: Scope) -> list[Binding]:
    """The bindings that a name may be read from; empty when it is a builtin or unknown."""
    home = name.scope or scope
    if name.reach is None:
        return _outward(home, name.id)
    found: list[Binding] = []
    for binding in name.reach:
        if binding.kind != "entry":
            found.append(binding)
        elif binding.scope.kind == "module":
            found += binding.scope.module.before(binding.scope, name.id)
        elif binding.scope.kind == "class":
            found += _outward(binding.scope, name.id)
    if home.kind == "function" and home.children:
        found += _set_inside(home, name.id)
    return found


def is_defined_beside(name: Name, scope: Scope) -> bool:
    """Whether a name that a function reads is that of a function or class of its module, told
    without reading that."""
    home = name.scope or scope
    if name.reach is not None or home.kind == "module":
        return False
    outer = home.parent
    while outer is not None and outer.kind != "module":
        if outer.kind != "class" and name.id in outer.bound and name.id not in outer.outer:
            return False
        outer = outer.parent
    return home.module.defines(name.id)


def _set_inside(scope: Scope, name: str) -> list[Binding]:
    """What inner functions give a name of this one by `nonlocal`."""
    found: list[Binding] = []
    for child in scope.children:
        if name in child.outer:
            found += child.bindings.get(name, ())
            found += _set_inside(child, name)
    return found


def _outward(scope: Scope, name: str) -> list[Binding]:
    """The bindings of a name that is not local: enclosing functions, then the module."""
    outer = scope.parent
    while outer is not None and outer.kind != "module":
        if outer.kind != "class" and name in outer.bound and name not in outer.outer:
            return outer.bindings.get(name, [])
        outer = outer.parent
    if scope.kind == "module":
        # An annotation is no use that flows are followed to; where the file is one piece, what it
        # names stands in the same.
        return scope.module.before(scope, name) or scope.bindings.get(name, [])
    return scope.module.globals(name)


def is_fallback(binding: Binding) -> bool:
    """Whether a binding takes effect only when the name has no value yet: `if not key: key = …`."""
    for kind, number, _ in reversed(binding.context):
        test = binding.scope.tests.get(number) if kind == "if" else None
        if test is not None:
            text = binding.scope.module.text[test.pos : test.end]
            return re.search(rf"\b{re.escape(binding.name)}\b", text) is not None
    return False


def import_path(binding: Binding) -> str:
    """The dotted path of an import binding, relative imports made absolute by file path."""
    if not binding.level:
        return binding.target
    module = binding.scope.module
    package = module.name.split(".")
    keep = len(package) - binding.level + (1 if module.is_package else 0)
    base = package[: max(0, keep)]
    return ".".join([*base, binding.target] if binding.target else base)


def dotted_names(resolver: Resolver, expr: Expr, scope: Scope, depth: int = 0) -> list[str]:
    """The dotted paths an expression such as `hashlib.md5` or an alias of it stands for."""
    if depth > _MAX_ALIAS:
        return []
    if isinstance(expr, Attr):
        bases = dotted_names(resolver, expr.value, scope, depth + 1)
        return [resolver.canonical(f"{base}.{expr.name}") for base in bases]
    if not isinstance(expr, Name):
        return []
    bindings = bindings_of(expr, scope)
    if not bindings:
        return _unbound(resolver, expr, scope)
    found: list[str] = []
    for binding in bindings:
        if binding.kind == "import":
            found.append(resolver.canonical(import_path(binding)))
        elif binding.kind == "value" and isinstance(binding.value, Name | Attr):
            found += dotted_names(resolver, binding.value, binding.scope, depth + 1)
        elif binding.kind == "value" and isinstance(binding.value, Call):
            found += _imported_by_call(resolver, binding.value, binding.scope)
    return list(dict.fromkeys(found))


def modelled_reexports(resolver: Resolver, module: Module, rest: list[str]) -> list[str]:
    """The modelled names that a module of the tree re-exports as the dotted path `rest`:
    `Crypto.Cipher.AES.new` for `["AES", "new"]` of a `compat.py` that imports AES."""
    if not rest:
        return []
    found = [
        resolver.canonical(".".join([import_path(binding), *rest[1:]]))
        for binding in module.globals(rest[0])
        if binding.kind == "import"
    ]
    return [name for name in dict.fromkeys(found) if resolver.is_modelled(name)]


def _unbound(resolver: Resolver, expr: Name, scope: Scope) -> list[str]:
    located = None
    for star in scope.module.stars():
        name = resolver.canonical(f"{import_path(star)}.{expr.id}")
        if resolver.is_modelled(name):
            return [name]
        home = resolver.program.locate(name, scope.module)
        if home is not None and (located is None or home[0].globals(expr.id)):
            located = name
            if home[0].globals(expr.id):
                break
    if located is not None:
        return [located]
    return [f"builtins.{expr.id}"] if expr.id in _BUILTINS else []


def _imported_by_call(resolver: Resolver, call: Call, scope: Scope) -> list[str]:
    """`importlib.import_module("hashlib")` and `pytest.importorskip("jwt")` name a module."""
    func = call.func
    if not isinstance(func, Attr) or func.name not in ("import_module", "importorskip"):
        return []
    first = call.args[0].value if call.args else None
    value = getattr(first, "value", None)
    return [resolver.canonical(value)] if isinstance(value, str) else []
