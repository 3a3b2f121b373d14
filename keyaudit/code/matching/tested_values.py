"""What a value is in a branch whose test has just said so: `if mode == AES.MODE_CBC:`."""

from __future__ import annotations

from keyaudit.code import syntax as s
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.semantics.mutations import path_of
from keyaudit.code.semantics.scopes import Scope


def as_tested(
    resolver: Resolver,
    expr: s.Expr,
    found: list[Origin],
    scope: Scope,
    branches: tuple[tuple[str, int, str], ...],
) -> list[Origin]:
    """The origins of a variable or attribute where it is used: in a branch whose test compared it
    with a constant, those that are that constant, or the constant itself."""
    path = path_of(expr) if isinstance(expr, s.Name | s.Attr) else None
    if path is None:
        return found
    for kind, number, part in reversed(branches):
        test = scope.tests.get(number) if (kind, part) == ("if", "body") else None
        match test:
            case s.Compare(left=left, rest=[("==", right)]):
                other = right if path_of(left) == path else left if path_of(right) == path else None
                known = resolver.origins(other, scope, None) if other is not None else ()
                if known and all(o.kind == "literal" for o in known):
                    values = [o.value for o in known]
                    return [o for o in found if o.value in values] or list(known)
    return found
