"""What a qualified name such as `hashlib.md5` stands for: a model's name, or one of the tree."""

from __future__ import annotations

from keyaudit.code import syntax as s
from keyaudit.code.provenance import constant_folding, modelled_returns
from keyaudit.code.provenance.names import modelled_reexports
from keyaudit.code.provenance.origin import Origin, Symbol
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.semantics.scopes import Scope


def of_path(resolver: Resolver, name: str, expr: s.Expr, scope: Scope) -> list[Origin]:
    """The origins of a canonical dotted path, which `expr` in `scope` names."""
    if name in constant_folding.CONSTANTS:
        return [resolver.literal(expr, scope, constant_folding.CONSTANTS[name])]
    symbol = resolver.models.symbols.get(name)
    if symbol is not None:
        origin = Origin("literal", scope.module, expr, Symbol(symbol), source=name)
        return [origin.with_step(scope.module, expr.pos, expr.end, f"`{name.split('.')[-1]}`")]
    spec = resolver.models.attributes.get(name)
    if spec is not None:
        return modelled_returns.of_modelled_attribute(resolver, spec, name, expr, scope, ())
    if name in resolver.models.calls:
        return [Origin("callable", scope.module, expr, source=name)]
    located = resolver.program.locate(name, scope.module)
    if located is not None:
        others = modelled_reexports(resolver, *located)
        if others:
            return resolver.origins_of_path(others[0], expr, scope)
        return resolver.origins_in_module(*located)
    if name in resolver.model_index.modules:
        return [Origin("module", scope.module, expr, source=name)]
    return [Origin("unknown", scope.module, expr, source=name)]
