"""Encodes the result of a document as bytes, for the cache and for workers. Does not use pickle."""

from __future__ import annotations

import json
from typing import Any

from keyaudit.core.finding import Finding
from keyaudit.core.location import Span
from keyaudit.core.masked_line import MaskedLine, unpacked
from keyaudit.core.redact import mask_line
from keyaudit.core.report import Notice
from keyaudit.core.result import DocumentResult, Fact, Pending

EMPTY = b""  # of a document in which there is nothing: most of them


def encode(result: DocumentResult) -> bytes:
    """The result as bytes, which `decode` reads; `EMPTY` for an empty result."""
    if result == DocumentResult():
        return EMPTY
    data = {
        "findings": result.findings,
        "pending": [
            [wait.finding, sorted(wait.unless), sorted(wait.needs)] for wait in result.pending
        ],
        "notices": result.notices,
        "call_kinds": sorted(result.call_kinds),
        "dependencies": result.dependencies,
        "exports": sorted(result.exports),
        "gives": sorted(result.gives),
        "facts": result.facts,
        "failed": result.failed,
    }
    return _write(data).encode()


def _fields(record: Any) -> dict[str, Any]:
    """Of a dataclass with slots; what is in them, the encoder asks for in its turn."""
    fields = {name: getattr(record, name) for name in record.__slots__}
    if "cell" in fields and fields["cell"] is None:
        del fields["cell"]  # of nearly all places
    if code := fields.get("code"):
        # No line of a file leaves an analyzer as it is, not even one that nobody has masked.
        masked = code if isinstance(code, MaskedLine) else mask_line(code, ())
        fields["code"] = masked.packed()
    return fields


_write = json.JSONEncoder(separators=(",", ":"), default=_fields).encode


def decode(data: bytes) -> DocumentResult:
    """The result that `encode` wrote. Raises ValueError for any other bytes."""
    if data == EMPTY:
        return DocumentResult()
    try:
        fields = json.loads(data)
        return DocumentResult(
            findings=tuple(Finding.from_json(item) for item in fields["findings"]),
            pending=tuple(
                Pending(Finding.from_json(item), frozenset(unless), frozenset(needs))
                for item, unless, needs in fields["pending"]
            ),
            notices=tuple(_notice(item) for item in fields["notices"]),
            call_kinds=frozenset(fields["call_kinds"]),
            dependencies=tuple((path, content) for path, content in fields["dependencies"]),
            exports=frozenset(fields["exports"]),
            gives=frozenset(fields["gives"]),
            facts=tuple(_fact(item) for item in fields["facts"]),
            failed=tuple(fields["failed"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("is no result") from error


def _fact(fields: dict[str, Any]) -> Fact:
    return Fact(
        **{**fields, "span": Span.from_json(fields["span"]), "code": unpacked(fields["code"])}
    )


def _notice(fields: dict[str, Any]) -> Notice:
    span = fields["span"]
    return Notice(**{**fields, "span": None if span is None else Span.from_json(span)})
