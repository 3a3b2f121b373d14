"""Terraform's functions, as far as rules need their results.

Each takes evaluated arguments and a span, and returns the result, or None if it is not known. No
file is read, nothing is downloaded, no program is run.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import replace

from keyaudit.configs.resolving.documents import as_tree
from keyaudit.configs.tree import (
    HOLE,
    Choice,
    Mapping,
    Node,
    Scalar,
    Sequence,
    Unknown,
    refs_of,
    text_of,
)
from keyaudit.core.location import Span

Arguments = list[Node]
_LONGEST = 1_000_000
_MOST = 20_000


def _same(arguments: Arguments, _span: Span) -> Node | None:
    return arguments[0] if arguments else None


def _merge(arguments: Arguments, span: Span) -> Node | None:
    found = Mapping({}, span)
    for argument in arguments:
        if isinstance(argument, Mapping):
            found.entries.update(argument.entries)
            found.complete = found.complete and argument.complete
        elif not (isinstance(argument, Scalar) and argument.value is None):
            found.complete = False
            # What comes later goes over what came before.
            found.entries.clear()
    return found


def _concat(arguments: Arguments, span: Span) -> Node | None:
    found = Sequence([], span)
    for argument in arguments:
        if isinstance(argument, Sequence) and len(found.items) + len(argument.items) < _MOST:
            found.items += argument.items
            found.complete = found.complete and argument.complete
        else:
            found.complete = False
    return found


def _flatten(arguments: Arguments, span: Span) -> Node | None:
    if not arguments or not isinstance(arguments[0], Sequence):
        return None
    found = Sequence([], span, complete=arguments[0].complete)
    waiting = list(arguments[0].items)
    while waiting:
        item = waiting.pop(0)
        if isinstance(item, Sequence):
            waiting[:0] = item.items
            found.complete = found.complete and item.complete
        else:
            found.items.append(item)
    return found


def _first_known(arguments: Arguments, span: Span) -> Node | None:
    """`coalesce`: the first that is neither null nor empty."""
    options: list[Node] = []
    for argument in arguments:
        if isinstance(argument, Scalar) and not argument.has_holes:
            if argument.value in (None, ""):
                continue
            options.append(argument)
            break
        options.append(argument)
    if not options:
        return Scalar(None, span)
    return options[0] if len(options) == 1 else Choice(options, span)


def _try(arguments: Arguments, span: Span) -> Node | None:
    if not arguments:
        return None
    first = arguments[0]
    if isinstance(first, Unknown) and len(arguments) > 1:
        return Choice(list(arguments), span)
    # What is missing is null here, and an error in Terraform.
    if isinstance(first, Scalar) and first.value is None:
        return _try(arguments[1:], span) if len(arguments) > 1 else first
    return first


def _lookup(arguments: Arguments, span: Span) -> Node | None:
    if len(arguments) < 2 or not isinstance(arguments[0], Mapping):
        if len(arguments) > 2:
            return Choice([Unknown(span, refs=refs_of(arguments[0])), arguments[2]], span)
        return None
    key = text_of(arguments[1])
    if key is None:
        return None
    found = arguments[0].get(key)
    if found is not None:
        return found
    return arguments[2] if arguments[0].complete and len(arguments) > 2 else None


def _join(arguments: Arguments, span: Span) -> Node | None:
    if len(arguments) != 2 or not isinstance(arguments[1], Sequence):
        return None
    between, listed = text_of(arguments[0]), arguments[1]
    if between is None or not listed.complete:
        return None
    text = between.join(text_of(i) or HOLE for i in listed.items)
    return Scalar(text, span, refs=refs_of(listed)) if len(text) <= _LONGEST else None


def _format(arguments: Arguments, span: Span) -> Node | None:
    form = text_of(arguments[0]) if arguments else None
    if form is None:
        return None
    parts = form.replace("%%", "\0").split("%s")
    if len(parts) != len(arguments):
        return Scalar(HOLE, span)
    text = parts[0]
    refs: frozenset[str] = frozenset()
    for part, argument in zip(parts[1:], arguments[1:], strict=True):
        text += (text_of(argument) or HOLE) + part
        refs |= refs_of(argument)
    return Scalar(text.replace("\0", "%"), span, refs=refs)


def _mapped(function: Callable[[str], object]) -> Callable[[Arguments, Span], Node | None]:
    def run(arguments: Arguments, span: Span) -> Node | None:
        text = text_of(arguments[0]) if arguments else None
        if text is None or len(text) > _LONGEST:
            return None
        try:
            made = function(text)
        except (ValueError, binascii.Error):
            return None
        if not isinstance(made, (str, int, float, bool)):
            return None
        first = arguments[0]
        return Scalar(made, span, hops=first.hops)

    return run


def _to_number(text: str) -> object:
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _decoded(arguments: Arguments, span: Span) -> Node | None:
    """`jsondecode`, `yamldecode`."""
    return as_tree(arguments[0]) if arguments else None


def _length(arguments: Arguments, span: Span) -> Node | None:
    value = arguments[0] if arguments else None
    if isinstance(value, Mapping) and value.complete:
        return Scalar(len(value.entries), span)
    if isinstance(value, Sequence) and value.complete:
        return Scalar(len(value.items), span)
    text = text_of(value)
    return None if text is None else Scalar(len(text), span)


def _keys(arguments: Arguments, span: Span) -> Node | None:
    value = arguments[0] if arguments else None
    if not isinstance(value, Mapping):
        return None
    items: list[Node] = [Scalar(key, e.key_span) for key, e in value.entries.items()]
    return Sequence(items, span, complete=value.complete)


def _values(arguments: Arguments, span: Span) -> Node | None:
    value = arguments[0] if arguments else None
    if not isinstance(value, Mapping):
        return None
    return Sequence([e.value for e in value.entries.values()], span, complete=value.complete)


def _element(arguments: Arguments, span: Span) -> Node | None:
    if len(arguments) != 2 or not isinstance(arguments[0], Sequence) or not arguments[0].complete:
        return None
    items, at = arguments[0].items, text_of(arguments[1])
    if not items or at is None or not at.isdigit():
        return None
    return items[int(at) % len(items)]


def _one(arguments: Arguments, span: Span) -> Node | None:
    value = arguments[0] if arguments else None
    if isinstance(value, Sequence) and len(value.items) == 1 and value.complete:
        return value.items[0]
    return None if value is None else Unknown(span, refs=refs_of(value))


def _contains(arguments: Arguments, span: Span) -> Node | None:
    if len(arguments) != 2 or not isinstance(arguments[0], Sequence):
        return None
    wanted = text_of(arguments[1])
    texts = [text_of(item) for item in arguments[0].items]
    if wanted is not None and wanted in texts:
        return Scalar(True, span)
    if wanted is None or None in texts or not arguments[0].complete:
        return None
    return Scalar(False, span)


def _base64(arguments: Arguments, span: Span) -> Node | None:
    text = text_of(arguments[0]) if arguments else None
    if text is None:
        return None
    made = Scalar(base64.b64encode(text.encode()).decode(), span)
    return replace(made, hops=arguments[0].hops)


FUNCTIONS: dict[str, Callable[[Arguments, Span], Node | None]] = {
    **dict.fromkeys(
        ("jsonencode", "yamlencode", "tolist", "toset", "tomap", "sensitive", "nonsensitive",
         "distinct", "compact", "sort", "reverse", "setunion"),
        _same,
    ),
    "tostring": _mapped(str),
    "tobool": _mapped(lambda text: {"true": True, "false": False}.get(text)),
    "tonumber": _mapped(_to_number),
    "lower": _mapped(str.lower),
    "upper": _mapped(str.upper),
    "title": _mapped(str.title),
    "trimspace": _mapped(str.strip),
    "chomp": _mapped(lambda text: text.rstrip("\n")),
    "base64decode": _mapped(lambda text: base64.b64decode(text, validate=True).decode()),
    "base64encode": _base64,
    "merge": _merge,
    "concat": _concat,
    "flatten": _flatten,
    "coalesce": _first_known,
    "try": _try,
    "lookup": _lookup,
    "join": _join,
    "format": _format,
    "jsondecode": _decoded,
    "yamldecode": _decoded,
    "length": _length,
    "keys": _keys,
    "values": _values,
    "element": _element,
    "one": _one,
    "contains": _contains,
}  # fmt: skip
