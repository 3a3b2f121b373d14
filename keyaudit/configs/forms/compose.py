"""Compose files: the file, its services and its secrets."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import replace

from keyaudit.configs.forms.whole import first_key
from keyaudit.configs.tree import (
    Entry,
    Mapping,
    Node,
    Resource,
    Scalar,
    Sequence,
    Unknown,
    text_of,
)

FORM = "compose"
_RUNS = ("image", "build")
_MOST_BASES = 10  # a service that extends one that extends one …
# The service of a name in the file of a path, or None.
Elsewhere = Callable[[str, str], Mapping | None]


def is_compose(root: Node) -> bool:
    """Whether a document is a compose file whatever it is called, as those are that others
    include or extend: it has services, of which one has an image or is built."""
    services = root.get("services") if isinstance(root, Mapping) else None
    listed = services.entries.values() if isinstance(services, Mapping) else ()
    return any(
        isinstance(entry.value, Mapping) and not entry.value.entries.keys().isdisjoint(_RUNS)
        for entry in listed
    )


def resources(root: Node, path: str) -> Iterator[Resource]:
    """The compose file, and each of its services and secrets, as resources."""
    if not isinstance(root, Mapping):
        return
    yield Resource(FORM, "file", "", first_key(root), path, root, "the compose file")
    for section, kind in (("services", "service"), ("secrets", "secret")):
        listed = root.get(section)
        if isinstance(listed, Mapping):
            for name, entry in listed.entries.items():
                if isinstance(entry.value, Mapping):
                    yield Resource(FORM, kind, f"{kind}.{name}", entry.key_span, path,
                                   _with_variables(entry.value), f"{kind} `{name}`")  # fmt: skip


def service(root: Node, name: str) -> Mapping | None:
    """The service of that name in a compose file."""
    services = root.get("services") if isinstance(root, Mapping) else None
    found = services.get(name) if isinstance(services, Mapping) else None
    return _with_variables(found) if isinstance(found, Mapping) else None


def extended(made: list[Resource], elsewhere: Elsewhere) -> list[Resource]:
    """The resources of a compose file, each service with what it takes from those it extends.

    That is told where it stands, so it is `Unknown` here: only that it is set, is known.
    `elsewhere` gives, of a file's path, the service of a name in it. `made` itself if nothing is
    extended.
    """
    services = {one.name: one for one in made if one.form == FORM and one.kind == "service"}
    if not any("extends" in one.body.entries for one in services.values()):
        return made

    def named(path: str, name: str) -> Mapping | None:
        own = services.get(f"service.{name}")
        return elsewhere(path, name) if own is None or own.path != path else own.body

    return [
        replace(one, body=_whole(one.body, one.path, named)) if one.name in services else one
        for one in made
    ]


def _whole(body: Mapping, path: str, named: Elsewhere) -> Mapping:
    """A service with the settings of its base, of that one's base, and so on."""
    found = base = body
    for _ in range(_MOST_BASES):
        asked = base.get("extends")
        if asked is None:
            return found
        file = text_of(asked.get("file")) if isinstance(asked, Mapping) else None
        name = text_of(asked.get("service") if isinstance(asked, Mapping) else asked)
        if file is not None:
            path = posixpath.normpath(posixpath.join(posixpath.dirname(path), file))
        other = None if name is None or path.startswith(("../", "/")) else named(path, name)
        if other is None:
            break
        found, base = _merged(found, other, body.entries["extends"], 0), other
    return replace(found, complete=False)


def _merged(own: Mapping, base: Mapping, at: Entry, depth: int) -> Mapping:
    """A service's settings with those of its base that it does not set itself."""
    entries = dict(own.entries)
    for key, entry in base.entries.items():
        if key == "extends":
            continue
        known = own.get(key)
        if isinstance(known, Mapping) and isinstance(entry.value, Mapping) and depth < 2:
            mapping = _merged(known, entry.value, at, depth + 1)
            entries[key] = replace(own.entries[key], value=mapping)
        elif isinstance(known, Sequence):
            entries[key] = replace(own.entries[key], value=replace(known, complete=False))
        elif known is None:
            entries[key] = Entry(key, at.key_span, _unknown(entry.value, at))
    return replace(own, entries=entries)


def _unknown(node: Node, at: Entry) -> Node:
    if not isinstance(node, Mapping):
        return Unknown(at.key_span)
    entries = {key: Entry(key, at.key_span, Unknown(at.key_span)) for key in node.entries}
    return Mapping(entries, at.key_span)


def _with_variables(body: Mapping) -> Mapping:
    """A service whose variables are a mapping, however they are written: `- NAME=value`."""
    given = body.entries.get("environment")
    if given is None or not isinstance(given.value, Sequence):
        return body
    listed = given.value
    found: dict[str, Entry] = {}
    for item in listed.items:
        text = item.value if isinstance(item, Scalar) else None
        if not isinstance(item, Scalar) or not isinstance(text, str):
            continue
        name, equals, value = text.partition("=")
        span = item.span
        if equals and span.line == span.end_line:
            begin = span.column + len(name) + 1 + item.quoted
            span = replace(span, column=min(begin, span.end_column))
        known: Node = replace(item, value=value, span=span) if equals else Unknown(span)
        found[name] = Entry(name, item.span, known)
    variables = Mapping(found, listed.span, listed.path, listed.hops, listed.complete)
    entries = {**body.entries, "environment": replace(given, value=variables)}
    return replace(body, entries=entries)
