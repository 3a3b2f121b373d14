"""The other values at a sink: the other side of a comparison, and the roles that the result of
the same call plays."""

from __future__ import annotations

from collections.abc import Collection

from keyaudit.code.matching.context import Context
from keyaudit.code.matching.reaching_values import reaching_origins
from keyaudit.code.matching.sinks import Sink
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.semantics.scopes import Binding
from keyaudit.code.syntax import Attr, Call, Expr, Name, Sub
from keyaudit.core.patterns import regex
from keyaudit.core.rule_patterns import compiled

# What somebody else gives.
_GIVEN = frozenset({"user-input"})
_OF_REQUESTS = regex(
    r"\b(?:request|req|headers|cookies|querystring|query_params|form|POST|GET|META|event)\b|\bjson\.loads\("
    r"|\bget_(?:query_|body_)?argument\(|\bget_(?:secure_|signed_)?cookie\("
)
# ... but what the server itself put there.
_OF_SERVER = regex(
    r"\breq(?:uest)?\.(?:user|session|app|registry|project|account|tenant|site|state|config|settings|db)\b"
)
# What handlers call what they are given.
_BODIES = regex(
    r"(?i)^(?:(?:\w+_)?(?:data|body|payload|form|input)|\w+_request|request_\w+|credentials|auth|login"
    r"|authorization|(?:auth|x)_?header)(?:_in)?$"
)
# ... and the parameters of a URL that they were asked for, which are taken out by their names.
_PARAMETERS = regex(r"^(?:args|params|kwargs|query|query_params)$")
# What a server answered is nobody's guess.
_OF_ANSWERS = regex(r"(?i)\b(?:resp|response|reply|answer|result|res|r)\b")


def is_compared_with_input(context: Context, sink: Sink, reaching: Collection[Origin]) -> bool:
    """Whether one of two compared values is kept by the program and the other was received from
    outside."""
    if sink.opposite is None:
        return False
    against = context.resolver.origins(sink.opposite, sink.scope, None)
    if any(_is_given(origin, sink) for origin in reaching):
        kept = [origin for origin in against if origin.kind not in ("literal", "none")]
        return bool(kept) and not any(_is_given(origin, sink) for origin in against)
    return any(_is_given(origin, sink) for origin in against)


def is_typed_and_compared_with(
    context: Context, sink: Sink, matching: Collection[Origin], pattern: str
) -> bool:
    """Whether a person, or a request, gave one of these values, and all it is compared with are
    texts that are written down, of which one matches."""
    if sink.opposite is None or not any(_is_typed(origin, sink) for origin in matching):
        return False
    against = context.resolver.origins(sink.opposite, sink.scope, None)
    texts = [origin.value for origin in against]
    return all(isinstance(text, str | bytes) for text in texts) and any(
        compiled(pattern).search(text if isinstance(text, str) else text.decode("latin-1"))
        for text in texts
    )


def _is_typed(origin: Origin, sink: Sink) -> bool:
    if origin.kind == "password":  # asked for, and no parameter that is called so
        return isinstance(origin.node, Call)
    return origin.kind not in ("parameter", "password") and _is_given(origin, sink)


def _is_given(origin: Origin, sink: Sink) -> bool:
    """Whether somebody else gave a value, or whoever called the function passed it."""
    if origin.kind in ("parameter", "password"):
        taken_out = any(label.startswith("[") for label in origin.via)
        return origin.scope is sink.scope and not taken_out
    if origin.kind == "unknown" and _is_field_of_input(origin.node, sink):
        return True
    if origin.kind == "unknown":
        text = origin.module.text[origin.node.pos : origin.node.end]
        if _OF_SERVER.search(text):
            return False
        return _OF_REQUESTS.search(text) is not None and not _OF_ANSWERS.search(text)
    return origin.kind in _GIVEN


def _is_field_of_input(node: Expr, sink: Sink) -> bool:
    """Whether an expression is a field of what a handler was given: `data.code` of a parameter
    `data`, or `auth.password` where `auth` was taken out of a request."""
    whole = node
    while isinstance(node, Attr | Sub | Call):
        node = node.func if isinstance(node, Call) else node.value
    if node is whole or not isinstance(node, Name):
        return False
    if any(param.name == node.id for param in sink.scope.params):
        if _PARAMETERS.match(node.id):
            taken = whole.func if isinstance(whole, Call) else whole
            return isinstance(whole, Sub | Call) and getattr(taken, "value", None) is node
        return _BODIES.match(node.id) is not None
    return _BODIES.match(node.id) is not None and any(
        _is_read_from_request(binding) for binding in node.reach or ()
    )


def _is_read_from_request(binding: Binding) -> bool:
    """Whether a variable holds what was taken out of a request."""
    value = binding.assigned
    if value is None:
        return False
    text = binding.scope.module.text[value.pos : value.end]
    return _OF_REQUESTS.search(text) is not None and not _OF_ANSWERS.search(text)


def result_plays_role(context: Context, sink: Sink, roles: Collection[str]) -> bool:
    """Whether the result of the call that takes the value plays one of these roles."""
    if not roles or sink.use is None:
        return False

    def made() -> frozenset[int]:
        return frozenset(
            id(node)
            for other in context.sinks_of(roles)
            # What a variable that is called a password is given, is used for nothing so far.
            if other.role != "password" or other.use is not None
            for origin in reaching_origins(context, other)
            for node in (origin.node, *(inner.node for inner in origin.of))
        )

    found = context.once(("made for", *sorted(roles)), made)
    makers = {id(sink.use.call), *(id(origin.node) for origin in sink.use.receiver)}
    return not found.isdisjoint(makers)
