"""Adds a setting to an HCL block, formatted as by `terraform fmt`."""

from __future__ import annotations

from collections.abc import Sequence as Several

from keyaudit.configs.tree import Entry, Mapping, Sequence
from keyaudit.core.patterns import regex
from keyaudit.fixes.changes import Change
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.settings.values import Value, quoted
from keyaudit.fixes.text_file import TextFile

_ATTRIBUTE = regex(r"(?P<indent>[ \t]*)(?P<name>[\w-]+)(?P<space>[ \t]*)=")


def add(file: TextFile, block: Mapping, head: int, names: Several[str], value: Value) -> Change:
    """The change that adds the setting at `names` to a block whose opening brace is the first after
    the offset `head`: an attribute, or new nested blocks with one.

    Raises DeclinedError where the block has an unsupported form.
    """
    opening = file.text.index("{", head)
    own = [
        entry
        for entry in block.entries.values()
        if entry.value.path in ("", file.path) and file.offset_of(entry.key_span) > opening
    ]
    indent = _indent_of(file, opening) + "  "
    if len(names) == 1:
        anchor = _last_attribute(file, own)
        if anchor is None:
            return _first(file, opening, [f"{indent}{names[0]} = {quoted(value)}"])
        return _after(file, anchor, names[0], quoted(value))
    lines = _nested(names, value, indent)
    if not own:
        return _first(file, opening, lines)
    place = max(file.line_end(entry.value.span.end_line) for entry in own)
    text = "".join(f"{line}{file.newline}" for line in ["", *lines])
    return Change(file.path, place, place, text)


def _nested(names: Several[str], value: Value, indent: str) -> list[str]:
    if len(names) == 1:
        return [f"{indent}{names[0]} = {quoted(value)}"]
    inner = _nested(names[1:], value, indent + "  ")
    return [f"{indent}{names[0]} {{", *inner, f"{indent}}}"]


def is_block(entry: Entry) -> bool:
    """Whether an entry is a block rather than an attribute."""
    return isinstance(entry.value, Sequence) and entry.value.span == entry.key_span


def _last_attribute(file: TextFile, entries: list[Entry]) -> Entry | None:
    """The last attribute before the first multi-line one or block; else the last before the first
    block."""
    in_order = sorted(entries, key=lambda entry: file.offset_of(entry.key_span))
    first = next((n for n, entry in enumerate(in_order) if is_block(entry)), len(in_order))
    attributes = in_order[:first]
    is_long = [one.key_span.line != one.value.span.end_line for one in attributes]
    short = is_long.index(True) if True in is_long else len(attributes)
    if short:
        return attributes[short - 1]
    return attributes[-1] if attributes else None


def _after(file: TextFile, anchor: Entry, name: str, value: str) -> Change:
    """Insert a line below an attribute, with its `=` aligned to that one's."""
    last = anchor.value.span.end_line
    place = file.line_end(last)
    known = _ATTRIBUTE.match(file.line_text(anchor.key_span.line))
    if known is None:
        raise DeclinedError("the block is written in an unusual way")
    width = len(known["name"] + known["space"])
    is_single = anchor.key_span.line == last
    head = ""
    if is_single and len(name) < width:
        name = name.ljust(width)
    else:
        name = f"{name} "
        # A wider name, or one below a long value, begins a group of its own.
        head = file.newline
    return Change(file.path, place, place, f"{head}{known['indent']}{name}= {value}{file.newline}")


def _first(file: TextFile, opening: int, lines: list[str]) -> Change:
    """Insert lines directly after an opening brace."""
    after = opening + 1
    end = file.line_end(file.line_of(opening))
    tail = file.text[after:end].strip()
    text = "".join(f"{line}{file.newline}" for line in lines)
    if not tail:
        return Change(file.path, end, end, text)
    if tail != "}":
        raise DeclinedError("the block is written in an unusual way")
    close = file.text.index("}", after)
    return Change(file.path, after, close, f"{file.newline}{text}{_indent_of(file, opening)}")


def _indent_of(file: TextFile, offset: int) -> str:
    line = file.line_text(file.line_of(offset))
    return line[: len(line) - len(line.lstrip(" \t"))]
