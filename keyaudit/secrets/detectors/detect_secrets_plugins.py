"""Runs detect-secrets' own plugins and filters on selected lines. Importing this imports it.

What `detect_secrets.core.scan.scan_file` does for a whole file is done here for some of its
lines: the same transformers, plugins and filters in the same order, with the default settings.
Its global settings are neither read nor changed by this, and nothing is verified over the network.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from keyaudit.core.patterns import regex
from keyaudit.secrets.candidates import (
    is_yaml,
    may_be_ini,
    may_be_settings,
    tags_by_line,
    useful_plugins,
)
from keyaudit.secrets.detection import BASIC_AUTH, GUESSES, PRIVATE_KEY, Detection
from keyaudit.secrets.detectors.deferred_imports import deferred
from keyaudit.secrets.patterns import PATTERNS
from keyaudit.secrets.values import ini_values, yaml_values
from keyaudit.secrets.values.yaml_size import is_bounded, is_crowded

# detect-secrets imports requests to verify what it finds, which is never done here; that alone
# would take longer than all the rest.
with deferred("requests"):
    from detect_secrets import settings, transformers
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
    from detect_secrets.filters import allowlist, heuristic
    from detect_secrets.types import NamedIO
    from detect_secrets.util.code_snippet import get_code_snippet

    get_mapping_from_secret_type_to_class()  # imports the plugins

# Triage: from bytes to numbers of lines by tag.
Scan = Callable[[bytes], Mapping[str, Sequence[int]]]
_LONG = 2000
_VERY_LONG = 20_000
_OVERLAP = 2_000
_NEAR = 100
ENCRYPTED_HEADER = "BEGIN ENCRYPTED PRIVATE KEY"
FILE_FILTERS = (
    heuristic.is_non_text_file,
    heuristic.is_lock_file,
    heuristic.is_swagger_file,
)
LINE_FILTERS = (heuristic.is_indirect_reference,)
# What every indirect reference has, found without the filter's way back from each character.
_INDIRECT = regex(r"[:=!]\s*[\w.-]+[\[(][^\v]*[\])]")
SECRET_FILTERS = (
    heuristic.is_sequential_string,
    heuristic.is_potential_uuid,
    heuristic.is_templated_secret,
    heuristic.is_prefixed_with_dollar_sign,
    heuristic.is_not_alphanumeric_string,
)


def detect(
    path: str, lines: Sequence[str], tags: Mapping[int, set[str]], scan: Scan | None = None
) -> list[Detection]:
    """The detections in a file, given its lines and, by line (from 1), the plugins that may find
    something.

    In order of lines; those on the allowlist are among them. `scan` is triage, with which YAML that
    holds nothing is told faster.
    """
    if any(is_excluded(path) for is_excluded in FILE_FILTERS):
        return []
    with _default_settings():
        reading = yaml_values.read_yaml(lines) if is_yaml(path) else None
        if reading and scan and _is_silent(reading, path, lines, tags, scan):
            return []
        transformed = _rewritten(reading, path, lines)
        if transformed is None:
            found = list(_in_lines(path, lines, tags))
        else:
            changed = _changed(lines, transformed, tags)
            found = list(_in_lines(path, transformed, _asked(path, transformed, changed, scan)))
        if all(detection.allowed for detection in found) and may_be_settings(path, lines):
            made, changed = _as_settings(path, lines, tags)
            found += _in_lines(path, made, _asked(path, made, changed, scan))
    return sorted(set(found), key=lambda d: (d.line, d.detector, d.value))


def dropped_by_readers(
    path: str, lines: Sequence[str], tags: Mapping[int, set[str]]
) -> Iterator[Detection]:
    """The detections in what detect-secrets' readers of YAML and INI drop: tokens and keys in
    comments and in items of lists.

    Only what has a form of its own: a name before such a text may be anything.
    """
    if not (is_yaml(path) or may_be_ini(lines)) or any(drop(path) for drop in FILE_FILTERS):
        return
    kept = {number: names - GUESSES for number, names in tags.items() if names - GUESSES}
    with _default_settings():
        yield from list(_in_lines(path, lines, kept))


class _NamedText(io.StringIO, NamedIO):
    """Text in memory that says which file it is."""


@cache
def plugins() -> Mapping[str, Any]:
    """The plugins that triage has a pattern for, by the names of their classes."""
    kinds: Mapping[str, Any] = get_mapping_from_secret_type_to_class()
    made = {kind.__name__: kind for kind in kinds.values()}
    return {name: made[name]() for name in PATTERNS if name in made}


def encrypted_keys(
    path: str, lines: Sequence[str], tags: Mapping[int, set[str]]
) -> Iterator[Detection]:
    """Private keys in PKCS #8's encrypted form, which detect-secrets does not look for."""
    if any(is_excluded(path) for is_excluded in FILE_FILTERS):
        return
    for number, names in sorted(tags.items()):
        line = lines[number - 1]
        if PRIVATE_KEY in names and ENCRYPTED_HEADER in line:
            allowed = is_allowed(path, lines, number)
            yield Detection(PRIVATE_KEY, number, ENCRYPTED_HEADER, allowed, line)


def is_allowed(path: str, lines: Sequence[str], number: int) -> bool:
    """Whether a `pragma: allowlist secret` covers the line (from 1)."""
    if not any("pragma" in line for line in lines[max(0, number - 2) : number]):
        return False
    context = get_code_snippet(list(lines), number)
    return bool(allowlist.is_line_allowlisted(path, lines[number - 1].rstrip(), context))


def whole_secrets(detection: Detection) -> list[str]:
    """The texts of a detection that must not be shown.

    Some plugins name only a group of their expression: GitHub's says `ghp` of a whole token, and
    says it once of two tokens in a line.
    """
    if len(detection.value) >= 8 or detection.detector == BASIC_AUTH:
        return [detection.value]
    texts = [
        str(match[0])
        for expression in getattr(plugins()[detection.detector], "denylist", ())
        for match in expression.finditer(detection.seen)
        if detection.value in match.groups()
    ]
    return texts or [detection.value]


@contextmanager
def _default_settings() -> Iterator[None]:
    """Plugins ask the global settings whether to verify what they find. Here, they never do."""
    current = settings.get_settings()
    filters = current.filters
    current.filters = {}
    try:
        yield
    finally:
        current.filters = filters


def _in_lines(path: str, lines: Sequence[str], tags: Mapping[int, set[str]]) -> Iterator[Detection]:
    every = plugins()
    for number in sorted(tags):
        line = lines[number - 1].rstrip()
        if _INDIRECT.search(line) and any(is_excluded(line) for is_excluded in LINE_FILTERS):
            continue
        names = tags[number]
        allowed: bool | None = None
        for piece in _pieces(line):
            for name, plugin in every.items():
                if name not in names:
                    continue
                # What stands around a line it would want for verifying only.
                found = plugin.analyze_line(filename=path, line=piece, line_number=number)
                values = {secret.secret_value for secret in found}
                for value in sorted(values):
                    if not _is_filtered(value, piece, plugin):
                        if allowed is None:
                            allowed = is_allowed(path, lines, number)
                        yield Detection(name, number, value, allowed, piece)


def _pieces(line: str) -> list[str]:
    """A line, or pieces of a very long one: what is done once a secret must not read all of it.

    They overlap by more characters than a secret of one line has.
    """
    if len(line) <= _VERY_LONG:
        return [line]
    step = _VERY_LONG - _OVERLAP
    return [line[at : at + _VERY_LONG] for at in range(0, len(line) - _OVERLAP, step)]


def _is_filtered(value: str, line: str, plugin: Any) -> bool:
    if len(line) > _LONG:  # the filter looks through all that stands before the value
        at = max(0, line.find(value))
        line = line[max(0, at - _NEAR) : at + len(value) + _NEAR]
    return any(is_excluded(value) for is_excluded in SECRET_FILTERS) or bool(
        heuristic.is_likely_id_string(value, line, plugin)
    )


def _is_silent(
    reading: yaml_values.Reading,
    path: str,
    lines: Sequence[str],
    tags: Mapping[int, set[str]],
    scan: Scan,
) -> bool:
    """Whether no plugin finds anything in the values of a YAML file."""
    if not reading.values:  # then detect-secrets looks at the lines as they are
        return False
    made = yaml_values.virtual_lines(reading, lines, tags)
    pointed_at = _pointed_at(made, scan)
    asked = {
        number: useful_plugins(path, made[number - 1], names)
        for number, names in pointed_at.items()
    }
    return next(_in_lines(path, made, asked), None) is None


def _pointed_at(lines: Sequence[str], scan: Scan) -> dict[int, set[str]]:
    """The plugins that triage points at, by line; a line may hold several of a value."""
    text = "\n".join(re.sub(r"\s", " ", line) for line in lines)
    hits = scan(text.encode("utf-8", "surrogatepass"))
    return tags_by_line(text, {tag: numbers for tag, numbers in hits.items() if tag in PATTERNS})


def _rewritten(
    reading: yaml_values.Reading | None, path: str, lines: Sequence[str]
) -> list[str] | None:
    """As `_transform`, of a file that may have been read by libyaml."""
    if reading is None or not reading.placed or may_be_ini(lines):  # INI is tried first
        return _transform(path, lines)
    return yaml_values.placed_lines(reading, lines) or None


def _transform(path: str, lines: Sequence[str], eager: bool = False) -> list[str] | None:
    """The lines as detect-secrets rewrites those of configuration files, or None."""
    if not eager and not may_be_ini(lines) and not is_yaml(path):
        return None
    text = "\n".join(lines)
    if not is_yaml(path):
        try:
            return ini_values.virtual_lines(text, _is_note, header=eager) or None
        except Exception:  # as below
            return None
    if not is_bounded(text) or any(is_crowded(line) for line in lines):
        return None
    file = _NamedText(text)
    file.name = path
    try:
        result = transformers.get_transformed_file(file, use_eager_transformers=eager)
    except Exception:
        # Strange files make the parsers raise what detect-secrets does not expect.
        return None
    return result or None


def _as_settings(
    path: str, lines: Sequence[str], tags: Mapping[int, set[str]]
) -> tuple[list[str], dict[int, set[str]]]:
    """The lines that detect-secrets makes of a file of settings without sections, and those to look
    at (see `_changed`); the others may be left empty."""
    if not ini_values.is_flat("\n".join(lines)):
        made = _transform(path, lines, eager=True)
        return (made, _changed(lines, made, tags)) if made is not None else ([], {})
    made = [""] * len(lines)
    for number in tags:
        made[number - 1] = ini_values.virtual_line(lines[number - 1])
    return made, {number: set(PATTERNS) for number in tags if made[number - 1]}


def _is_note(line: str) -> bool:
    """Whether a comment in a file of settings allows what stands in the line below."""
    return "pragma" in line and any(note.search(line) is not None for note in _notes())


@cache
def _notes() -> tuple[re.Pattern[str], ...]:
    return tuple(allowlist.get_allowlist_regexes((sign, ""), nextline=True) for sign in "#;")


def _changed(
    lines: Sequence[str], transformed: Sequence[str], tags: Mapping[int, set[str]]
) -> dict[int, set[str]]:
    """The transformed lines to look at, with all plugins.

    Where key and value both stand in the original line, triage has seen them. Where a value
    goes over several lines, the transformed line is put together, and nobody has.
    """
    every = set(PATTERNS)
    result = {}
    for number, line in enumerate(transformed, 1):
        if not line:
            continue
        original = lines[number - 1] if number <= len(lines) else ""
        if number in tags or not _stands_in(line, original):
            result[number] = every
    return result


def _asked(
    path: str, lines: Sequence[str], tags: Mapping[int, set[str]], scan: Scan | None
) -> Mapping[int, set[str]]:
    """The plugins to ask about put together lines: those that triage points at, and guesses."""
    numbers = sorted(tags)
    if scan is None or not tags:
        left = tags
    else:
        pointed_at = _pointed_at([lines[number - 1] for number in numbers], scan)
        left = {
            number: tags[number] & (GUESSES | pointed_at.get(at, set()))
            for at, number in enumerate(numbers, 1)
        }
    return {
        number: useful_plugins(path, lines[number - 1], names) for number, names in left.items()
    }


def _stands_in(line: str, original: str) -> bool:
    """Whether a transformed line says no more than the original one: `key: value`, side by side.

    Where several pairs share a line of YAML, detect-secrets counts lines wrong from there on, and
    `original` is another line.
    """
    at = min((at for at in (line.find(' = "'), line.find(': "')) if at >= 0), default=-1)
    if at < 0:
        return False
    key, rest = line[:at], line[at:].split('"', 1)[1]
    # Of `name==value` the second sign is taken for a part of the value.
    value = rest.rpartition('"')[0].replace('\\"', '"').lstrip("=:")
    begin = original.find(key)
    while begin >= 0:
        after = original[begin + len(key) :].lstrip(" \t\"'")
        if after[:1] in (":", "=") and after[1:].lstrip(" \t\"'=:").startswith(value):
            return True
        begin = original.find(key, begin + 1)
    return False
