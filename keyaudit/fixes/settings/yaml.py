"""Adds a setting to a YAML or JSON mapping."""

from __future__ import annotations

from collections.abc import Sequence as Several

from keyaudit.configs.tree import Entry, Mapping, Scalar
from keyaudit.fixes.changes import Change
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.settings.values import Value, in_yaml, quoted
from keyaudit.fixes.text_file import TextFile


def add(file: TextFile, mapping: Mapping, names: Several[str], value: Value) -> Change:
    """The change that adds the setting at `names` to a mapping that lacks the first of them.

    Raises DeclinedError where the mapping is empty or is defined elsewhere.
    """
    entries = [
        entry for entry in mapping.entries.values() if not entry.key.startswith("$")
        or file.text.startswith(entry.key, file.offset_of(entry.key_span))
    ]  # fmt: skip
    if mapping.hops or mapping.path not in ("", file.path) or not entries:
        raise DeclinedError("the settings stand elsewhere")
    first = min(entries, key=lambda entry: file.offset_of(entry.key_span))
    start = file.offset_of(first.key_span)
    before = file.text[:start].rstrip()
    if before.endswith("{"):
        return _in_braces(file, first, len(before), names, value)
    return _in_lines(file, entries, first, names, value)


def _in_braces(
    file: TextFile, first: Entry, opening: int, names: Several[str], value: Value
) -> Change:
    start = file.offset_of(first.key_span)
    is_json = file.text[start] == '"'
    text = quoted(value) if is_json else in_yaml(value)
    for name in reversed(names[1:]):
        text = f'{{"{name}": {text}}}' if is_json else f"{{{name}: {text}}}"
    key = f'"{names[0]}"' if is_json else names[0]
    space = file.text[opening:start]
    if "\n" not in space:
        space = " "
    return Change(file.path, start, start, f"{key}: {text},{space}")


def _in_lines(
    file: TextFile, entries: list[Entry], first: Entry, names: Several[str], value: Value
) -> Change:
    column = first.key_span.column - 1
    indent = " " * column
    lines = []
    for depth, name in enumerate(names):
        tail = f" {in_yaml(value)}" if depth == len(names) - 1 else ""
        lines.append(f"{indent}{'  ' * depth}{name}:{tail}{file.newline}")
    short = [entry for entry in entries if _is_short(file, entry)]
    if short:
        # Below the last setting of one line, where lists and mappings do not begin yet.
        entry = max(short, key=lambda one: file.offset_of(one.key_span))
        place = file.line_end(entry.key_span.line)
    else:
        place = file.start_of_line(first.key_span.line)
        if file.text[place : file.offset_of(first.key_span)].strip(" "):
            raise DeclinedError("the settings are written in an unusual way")
    text = "".join(lines)
    if place == len(file.text) and not file.text.endswith("\n"):
        text = file.newline + text.removesuffix(file.newline)
    return Change(file.path, place, place, text)


def _is_short(file: TextFile, entry: Entry) -> bool:
    """Whether an entry's key and value are on one line."""
    value = entry.value
    if not isinstance(value, Scalar) or value.hops or value.first_line:
        return False
    line = file.line_text(entry.key_span.line)
    is_open = line.split(" #")[0].rstrip().endswith(("|", ">", "|-", ">-", ":", "&"))
    return value.span.line == value.span.end_line == entry.key_span.line and not is_open
