"""Values that a file writes down for the next time the program starts."""

from __future__ import annotations

from functools import partial

from keyaudit.code.matching.context import Context
from keyaudit.code.provenance.origin import Origin


def is_kept(context: Context, origin: Origin) -> bool:
    """Whether a value that was made here is written to a file as well."""
    made: frozenset[int] = context.once(("kept values",), partial(_kept, context))
    return id(origin.node) in made


def _kept(context: Context) -> frozenset[int]:
    """What made the values that are written to files, by id."""
    return frozenset(
        id(origin.node)
        for sink in context.sinks_of(("file-content", "serialized"))
        if "file-write" in sink.kinds
        for origin in context.resolver.origins(sink.value, sink.scope, None)
        if origin.node is not None
    )
