"""Files within files: those that a script writes, or that a ConfigMap or cloud-init holds.

Each is read in the format that its own name tells; places of its resources are those of the file
that contains it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from keyaudit.configs.formats import form_of
from keyaudit.configs.tree import (
    Choice,
    Entry,
    Mapping,
    Node,
    Resource,
    Scalar,
    Sequence,
    text_of,
)
from keyaudit.core.location import Span
from keyaudit.core.patterns import regex

_DEEPEST = 30
# Settings that name the file that a text goes to, and those that hold the text.
_NAMES = ("path", "dest", "destination")
_TEXTS = ("content", "contents", "block", "inline")
_FILE = regex(r"[\w${}./-]*\.[A-Za-z]\w{1,9}|[\w./-]*_config")
# Files of variables, and scripts of a login, which have their form by the place where they are.
_PLACES = (
    ("lines", regex(r"/etc/(?:environment|(?:default|sysconfig)/[\w.-]+)")),
    ("shell", regex(r"(?:[\w${}~./-]*/)?\.(?:bash|zsh)?(?:rc|_?profile|env)|/etc/profile")),
)
# What a server of Vault, Consul or the like is set up by, whatever the file is called.
_STANZA = regex(r"^\s*(?:listener|seal|storage|backend)\s+\"\w+\"\s*\{", re.MULTILINE)
Reader = Callable[[str, str, str, str], Iterable[Resource]]


def of_document(document: Node, text: str, path: str, read: Reader) -> Iterator[Resource]:
    """The resources of the files that a YAML document contains as block scalars.

    `text` is the whole file's. `read` reads an inner file, given its format, the path of the outer
    file, its text and its own name.
    """
    lines = re.split(r"\r\n|\r|\n", text)
    for name, node in _files(document, 0):
        begin = node.span.line
        if not 0 < begin <= len(lines) or lines[begin - 1].rstrip()[-1:] not in "|>+-123456789":
            continue
        own = str(node.value)
        first = next((line for line in lines[begin : node.span.end_line] if line.strip()), "")
        indent = len(first) - len(first.lstrip())
        yield from _placed(name, own, begin, indent, path, read)


def of_commands(resources: Iterable[Resource], path: str, read: Reader) -> Iterator[Resource]:
    """The resources of files that commands write: `cat > FILE <<EOF`, `echo … >> FILE`, `tee FILE`,
    also `cat <<EOF | tee FILE`.

    `resources` are the commands, `path` is the file they stand in, `read` is as for `of_document`.
    """
    for resource in resources:
        to = resource.body.get("to")
        named = [text_of(item) or "" for item in to.items] if isinstance(to, Sequence) else []
        given = resource.body.get("input")
        words = resource.body.get("words")
        if resource.kind == "tee" and isinstance(words, Sequence):
            named += [text_of(item) or "" for item in words.items]
        if resource.kind in ("echo", "printf") and given is None and isinstance(words, Sequence):
            given = next((w for w in words.items if not (text_of(w) or "-").startswith("-")), None)
        if not isinstance(given, Scalar) or given.path not in ("", path):
            continue
        name = next((n for n in named if _FILE.fullmatch(n) or _by_place(n)), None)
        if name is None and _STANZA.search(str(given.value)):
            name = "server.hcl"
        if name is not None and given.hops == ():
            yield from _placed(name, str(given.value), given.span.line - 1, 0, path, read)


def _placed(
    name: str, text: str, lines: int, columns: int, path: str, read: Reader
) -> Iterator[Resource]:
    form = form_of(name.rpartition("/")[2] if "$" in name else name, text.encode())
    form = form or _by_place(name)
    if not form and _STANZA.search(text):
        form = "hcl"
    if not form or form == "terraform":
        return
    for found in read(form, path, text, name):
        body = moved(found.body, lines, columns)
        if isinstance(body, Mapping):
            yield replace(found, span=shifted(found.span, lines, columns), body=body)


def _by_place(name: str) -> str:
    return next((form for form, place in _PLACES if place.fullmatch(name)), "")


def _files(node: Node, depth: int) -> Iterator[tuple[str, Scalar]]:
    """Names and texts of files in a document."""
    if depth > _DEEPEST:
        return
    if isinstance(node, Sequence):
        for item in node.items:
            yield from _files(item, depth + 1)
        return
    if not isinstance(node, Mapping):
        return
    named = next((t for key in _NAMES if (t := text_of(node.get(key)))), None)
    for key, entry in node.entries.items():
        value = entry.value
        if isinstance(value, Mapping) and key == "contents" and named is not None:
            value = value.get("inline") or value
        if isinstance(value, Scalar):
            if not isinstance(value.value, str) or "\n" not in value.value:
                continue
            name = named if key in _TEXTS else key
            if name is not None and _FILE.fullmatch(name):
                yield name, value
        else:
            yield from _files(value, depth + 1)


def shifted(span: Span, lines: int, columns: int) -> Span:
    """A span moved down by `lines` and right by `columns`."""
    return Span(span.line + lines, span.column + columns,
                span.end_line + lines, span.end_column + columns)  # fmt: skip


def moved(node: Node, lines: int, columns: int) -> Node:
    """A copy of a value with its places moved down by `lines` and right by `columns`."""
    at = shifted(node.span, lines, columns)
    if isinstance(node, Mapping):
        entries = {
            key: Entry(key, shifted(entry.key_span, lines, columns),
                       moved(entry.value, lines, columns))
            for key, entry in node.entries.items()
        }  # fmt: skip
        return replace(node, entries=entries, span=at)
    if isinstance(node, Sequence):
        return replace(node, items=[moved(i, lines, columns) for i in node.items], span=at)
    if isinstance(node, Choice):
        return replace(node, options=[moved(o, lines, columns) for o in node.options], span=at)
    return replace(node, span=at)
