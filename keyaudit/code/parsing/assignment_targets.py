"""The names that a target of an assignment, a loop or a `with` binds."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s


def bound_names(target: s.Expr) -> Iterator[str]:
    """The names that a target binds; attributes and items bind none."""
    if isinstance(target, s.Name):
        yield target.id
    elif isinstance(target, s.Seq):
        for item in target.items:
            yield from bound_names(item)
    elif isinstance(target, s.Starred):
        yield from bound_names(target.value)
