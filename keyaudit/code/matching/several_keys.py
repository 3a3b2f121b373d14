"""Finds out whether a file checks tokens or signatures with more than one key."""

from __future__ import annotations

from collections.abc import Iterable

from keyaudit.code import syntax as s
from keyaudit.code.matching.modelled_calls import Use
from keyaudit.code.provenance.names import bindings_of

# The kind of call that such a check stands for (`keyaudit.catalogue.vocabulary.CALL_KINDS`).
KIND = "several-keys"
_CHECKS = frozenset({"jwt-decode", "verify", "mac-verify"})
_KEYS = ("key", "peer-key")


def checks_several_keys(uses: Iterable[Use]) -> bool:
    """Whether one of the calls checks with each of several keys: the key is what a loop goes
    through, or an item picked out of a collection by a name that is not written down there."""
    return any(
        _is_one_of_several(expr, use)
        for use in uses
        if use.model.kinds & _CHECKS
        for role in _KEYS
        for _, expr in use.arguments.get(role, ())
    )


def _is_one_of_several(expr: s.Expr, use: Use) -> bool:
    if isinstance(expr, s.Name):
        bindings = bindings_of(expr, use.scope)
        return any(
            binding.kind == "iter"
            or (isinstance(binding.value, s.Sub) and _is_picked(binding.value))
            for binding in bindings
        )
    return isinstance(expr, s.Sub) and _is_picked(expr)


def _is_picked(item: s.Sub) -> bool:
    """Whether an item is picked at run time: `keys[header["kid"]]`, and not `config["key"]`."""
    return not isinstance(item.index, s.Const)
