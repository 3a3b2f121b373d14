"""Configuration files of servers and tools: directives, or lines of `name = value`."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.configs.readers import lines, nginx
from keyaudit.configs.templates import blanked, is_template
from keyaudit.configs.tree import Entry, Mapping, Resource, Sequence, text_of
from keyaudit.core.location import Span

_STYLES = {
    "apache": lines.APACHE,
    "haproxy": lines.HAPROXY,
    "postgresql": lines.POSTGRESQL,
    "pg-hba": lines.PG_HBA,
    "sshd": lines.SSHD,
    "ssh": lines.SSHD,
    "openssl": lines.INI,
    "ansible-cfg": lines.INI,
    "mosquitto": lines.PROPERTIES,
    "redis": lines.SSHD,
    "openvpn": lines.OPENVPN,
    "lines": lines.INI,
}
_MOST_REPEATED = 20
FORMS = frozenset({"nginx", *_STYLES})


def resources(form: str, text: str, path: str) -> Iterator[Resource]:
    """The file as one resource of the kind `file`; of `pg_hba.conf`, a `line` for each line.

    Files of general settings (form `lines`) are a `document` of the form `settings`. Raises
    ReadError for nginx configuration with unbalanced braces or quotes.
    """
    if is_template(text):
        text, _ = blanked(text)
    root = nginx.read(text) if form == "nginx" else lines.read(text, _STYLES[form])
    if form == "pg-hba":
        yield from _lines(root, path)
        return
    if form == "lines":
        yield from _settings(root, path)
        return
    first = next(iter(root.entries.values()), None)
    span = root.span if first is None else first.key_span
    yield Resource(form, "file", "", span, path, root, f"the {form} configuration")


def _settings(root: Mapping, path: str) -> Iterator[Resource]:
    """A file of names and values, as the settings that it has."""
    first = next(iter(root.entries.values()), None)
    if first is not None:
        yield Resource("settings", "document", "", first.key_span, path, root, "the configuration")
        yield from _repeated(root, path)
        if path.rpartition("/")[2] == ".env":
            yield Resource("settings", "defaults", "", first.key_span, path, root, "the settings")


def _repeated(root: Mapping, path: str) -> Iterator[Resource]:
    """What names are set to that were set before, as in each of several blocks."""
    for number in range(1, _MOST_REPEATED):
        again: dict[str, Entry] = {}
        for name, entry in root.entries.items():
            listed = entry.value.items if isinstance(entry.value, Sequence) else []
            if len(listed) > number:
                one = Sequence([listed[number]], listed[number].span, path)
                again[name] = Entry(name, listed[number].span, one)
        if not again:
            return
        span = next(iter(again.values())).key_span
        body = Mapping(again, span, path, complete=False)
        yield Resource("settings", "document", "", span, path, body, "the configuration")


def _lines(root: Mapping, path: str) -> Iterator[Resource]:
    from keyaudit.configs.tree import Scalar

    for kind, entry in root.entries.items():
        if not isinstance(entry.value, Sequence):
            continue
        for line in entry.value.items:
            words = [text_of(i) or "" for i in line.items] if isinstance(line, Sequence) else []
            if len(words) < 3:
                continue
            span = Span(line.span.line, 1, line.span.line, line.span.end_column)
            at = 3 if kind != "local" else 2
            if len(words) > at + 1 and words[at][:1].isdigit() and "." in words[at]:
                at += 1  # a netmask stands in a column of its own
            method = words[at] if len(words) > at else ""
            pairs = {"type": kind, "address": words[2] if kind != "local" else "",
                     "method": method.lower()}  # fmt: skip
            entries = {k: Entry(k, span, Scalar(v, span, path)) for k, v in pairs.items()}
            yield Resource("pg-hba", "line", "", span, path, Mapping(entries, span, path),
                           f"`{kind}`")  # fmt: skip
