"""HCL's operators, applied to known values."""

from __future__ import annotations

from keyaudit.configs.tree import Choice, Node, Scalar, Unknown, refs_of

_ORDERED = {
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b if b else None,
    "%": lambda a, b: a % b if b else None,
}


def negated(sign: str, value: Node) -> Node:
    """`!value` or `-value`; `Unknown` if the value is not known or of another type."""
    if isinstance(value, Scalar):
        known = value.value
        if sign == "!" and isinstance(known, bool):
            return Scalar(not known, value.span, value.path, value.hops)
        if sign == "-" and isinstance(known, (int, float)) and not isinstance(known, bool):
            return Scalar(-known, value.span, value.path, value.hops)
    if isinstance(value, Choice):
        return Choice([negated(sign, option) for option in value.options], value.span)
    return Unknown(value.span, value.path, refs=refs_of(value))


def binary(sign: str, one: Node, other: Node) -> Node | None:
    """The value of `one sign other`; None if it is not known.

    `&&` and `||` may be known if only one side is.
    """
    if sign in ("&&", "||"):
        return _logical(sign, one, other)
    if not isinstance(one, Scalar) or not isinstance(other, Scalar):
        return None
    if one.has_holes or other.has_holes:
        return None
    hops = (*one.hops, *other.hops)
    left, right = one.value, other.value
    if sign in ("==", "!="):
        same = left == right and isinstance(left, bool) == isinstance(right, bool)
        return Scalar(same == (sign == "=="), one.span, one.path, hops)
    function = _ORDERED.get(sign)
    if function is None or not _is_number(left) or not _is_number(right):
        return None
    made = function(left, right)  # type: ignore[no-untyped-call]
    return None if made is None else Scalar(made, one.span, one.path, hops)


def _logical(sign: str, one: Node, other: Node) -> Node | None:
    """One side may decide alone."""
    decides = sign == "||"
    sides = [s.value if isinstance(s, Scalar) else HOLE_VALUE for s in (one, other)]
    if decides in [s for s in sides if isinstance(s, bool)]:
        return Scalar(decides, one.span, one.path, (*one.hops, *other.hops))
    if all(isinstance(side, bool) for side in sides):
        return Scalar(not decides, one.span, one.path, (*one.hops, *other.hops))
    return None


HOLE_VALUE = object()


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e15
