"""Removes a setting, with its lines or its comma."""

from __future__ import annotations

from keyaudit.configs.tree import Entry, Mapping, Node, Sequence
from keyaudit.fixes.changes import Change
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.text_file import TextFile


def entry_of(root: Node, value: Node) -> Entry:
    """The entry below `root` with this value. Raises DeclinedError where there is none."""
    todo: list[Node] = [root]
    while todo:
        current = todo.pop()
        if isinstance(current, Mapping):
            for entry in current.entries.values():
                if entry.value is value:
                    return entry
                todo.append(entry.value)
        elif isinstance(current, Sequence):
            todo += current.items
    raise DeclinedError("the setting stands elsewhere")


def without(file: TextFile, entry: Entry) -> Change:
    """The change that removes a setting. Raises DeclinedError where it shares its lines, or is the
    only member of a JSON object."""
    span = entry.value.span
    start = file.offset_of(entry.key_span)
    end = file.offset(span.end_line, span.end_column)
    if file.text[start] == '"':
        return _without_comma(file, start, end)
    first, last = file.start_of_line(entry.key_span.line), file.line_end(span.end_line)
    if file.text[first:start].strip() or file.text[end:last].strip():
        raise DeclinedError("the setting shares its line with others")
    return Change(file.path, first, last, "")


def _without_comma(file: TextFile, start: int, end: int) -> Change:
    """Remove a member of a JSON object with the comma after it, or before it if it is the last
    one."""
    text = file.text
    rest = text[end:].lstrip()
    if rest.startswith(","):
        comma = text.index(",", end) + 1
        following = len(text) - len(text[comma:].lstrip())
        return Change(file.path, start, following, "")
    before = text[:start].rstrip()
    if not before.endswith(","):
        raise DeclinedError("nothing would be left beside the setting")
    return Change(file.path, len(before) - 1, end, "")
