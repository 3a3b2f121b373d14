"""Flattens long chains of one operator: `"a" + b + "c" + …`, as generated code has them."""

from __future__ import annotations

from keyaudit.code import syntax as s

# A sum of more parts is read as one of sums. Its tree is then as deep as the logarithm of their
# number; what goes through it would need as much stack as it has parts.
_LONG = 48


def chained(first: s.Expr, rest: list[tuple[str, s.Expr]]) -> s.Expr:
    """`first op part op part …`, computed from the left; `rest` are the operators and parts."""
    left = first
    at = 0
    while at < len(rest):
        operator = rest[at][0]
        run = [left]
        while at < len(rest) and rest[at][0] == operator:
            run.append(rest[at][1])
            at += 1
        left = _sum(run) if operator == "+" and len(run) > _LONG else _from_left(operator, run)
    return left


def _from_left(operator: str, parts: list[s.Expr]) -> s.Expr:
    left = parts[0]
    for right in parts[1:]:
        left = s.BinOp(left.pos, right.end, operator, left, right)
    return left


def _sum(parts: list[s.Expr]) -> s.Expr:
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    left, right = _sum(parts[:middle]), _sum(parts[middle:])
    return s.BinOp(left.pos, right.end, "+", left, right)
