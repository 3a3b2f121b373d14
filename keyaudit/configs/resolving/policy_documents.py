"""The JSON policy that Terraform's `data "aws_iam_policy_document"` produces."""

from __future__ import annotations

from keyaudit.configs.tree import Entry, Mapping, Node, Scalar, Sequence, text_of
from keyaudit.core.location import Span

_LISTS = {
    "actions": "Action",
    "not_actions": "NotAction",
    "resources": "Resource",
    "not_resources": "NotResource",
}


def from_data_source(body: Mapping, path: str, span: Span) -> Mapping:
    """The policy as a mapping with `Statement`, a list of `Effect`, `Principal` and so on.

    The list is incomplete if the data source merges other policies into it.
    """
    listed = body.get("statement")
    complete = body.complete and not any(
        name in body.entries
        for name in ("source_policy_documents", "override_policy_documents", "source_json",
                     "override_json")
    )  # fmt: skip
    statements = Sequence([], span, path, complete=complete)
    if isinstance(listed, Sequence):
        statements.complete = statements.complete and listed.complete
        statements.items = [_statement(s) for s in listed.items if isinstance(s, Mapping)]
    return Mapping({"Statement": Entry("Statement", span, statements)}, span, path)


def _statement(block: Mapping) -> Mapping:
    made = Mapping({}, block.span, block.path, complete=block.complete)

    def put(key: str, value: Node, at: Span) -> None:
        made.entries[key] = Entry(key, at, value)

    effect = block.entries.get("effect")
    if effect is None:
        put("Effect", Scalar("Allow", block.span, block.path), block.span)
    else:
        put("Effect", effect.value, effect.key_span)
    for name, key in _LISTS.items():
        entry = block.entries.get(name)
        if entry is not None:
            put(key, entry.value, entry.key_span)
    for name, key in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        entry = block.entries.get(name)
        if entry is not None and isinstance(entry.value, Sequence):
            put(key, _principal(entry.value), entry.key_span)
    condition = block.entries.get("condition")
    if condition is not None:
        put("Condition", _condition(condition.value), condition.key_span)
    return made


def _principal(listed: Sequence) -> Mapping:
    """`{AWS: […], Service: […]}`; the type `*` is everybody, as `AWS` with `*` is."""
    made = Mapping({}, listed.span, listed.path, complete=listed.complete)
    for item in listed.items:
        if not isinstance(item, Mapping):
            made.complete = False
            continue
        kind = text_of(item.get("type"))
        identifiers = item.get("identifiers")
        if kind is None or identifiers is None:
            made.complete = False
            continue
        made.entries["AWS" if kind == "*" else kind] = Entry(kind, item.span, identifiers)
    return made


def _condition(listed: Node) -> Node:
    """`{test: {variable: values}}`."""
    if not isinstance(listed, Sequence):
        return listed
    made = Mapping({}, listed.span, listed.path, complete=listed.complete)
    for item in listed.items:
        test = text_of(item.get("test")) if isinstance(item, Mapping) else None
        variable = text_of(item.get("variable")) if isinstance(item, Mapping) else None
        values = item.get("values") if isinstance(item, Mapping) else None
        if test is None or variable is None or values is None:
            made.complete = False
            continue
        known = made.get(test)
        inner = known if isinstance(known, Mapping) else Mapping({}, item.span, item.path)
        inner.entries[variable] = Entry(variable, item.span, values)
        made.entries[test] = Entry(test, item.span, inner)
    return made
