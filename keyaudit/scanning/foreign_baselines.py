"""Reads baselines of detect-secrets, gitleaks and bandit, and matches them with findings.

These tools identify findings by other means: a digest of the value, a line, a rule of their own. So
each of their entries is searched for among the findings of a scan.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from keyaudit.core.errors import KeyauditError
from keyaudit.core.finding import Finding
from keyaudit.core.patterns import regex
from keyaudit.core.text import decode
from keyaudit.scanning.baseline import BaselineEntry

_MAX_BYTES = 50_000_000
_MOST_LINES = 100_000_000
_IGNORED = regex(r"(?:[0-9a-f]{40}:)?(?P<path>.+):[\w.-]+:(?P<line>\d{1,8})")


@dataclass(frozen=True, slots=True)
class Known:
    """One entry of another tool's baseline; `path` is from that tool's root folder.

    `first` to `last` are lines from 1 (0: not known). `digest` is the SHA-1 of the value in
    hexadecimal, `value` the value itself, which is never written anywhere; "" if not given.
    """

    path: str
    first: int
    last: int
    reason: str
    digest: str = ""
    value: str = field(default="", repr=False)


def load(file: Path) -> list[Known]:
    """The entries of another tool's baseline; the file's format tells which tool wrote it.

    Raises KeyauditError if it is none of them, or cannot be read.
    """
    where = str(file)
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise KeyauditError("is too large for a baseline", where=where)
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise KeyauditError(f"cannot be read ({error.strerror})", where=where) from None
    except UnicodeDecodeError:
        raise KeyauditError("is no text", where=where) from None
    if file.name == ".gitleaksignore":
        return list(_ignored(text))
    try:
        data = json.loads(text)
        entries = list(_entries(data))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        entries = None
    if entries is None:
        raise KeyauditError(
            "is no baseline of detect-secrets, gitleaks or bandit",
            where=where,
            hint="JSON as these tools write it, or a .gitleaksignore",
        )
    return entries


def match(
    known: Sequence[Known], findings: Iterable[Finding], root: Path
) -> tuple[list[BaselineEntry], list[Known]]:
    """Baseline entries for the findings that are known, and the known entries without a finding.

    `root` is the folder that the findings' paths start from.
    """
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        by_path.setdefault(finding.path, []).append(finding)

    @cache
    def lines_of(path: str) -> list[str]:
        try:
            return decode((root / path).read_bytes()).split("\n")
        except OSError:
            return []

    entries: dict[str, BaselineEntry] = {}
    left = []
    for one in known:
        path = _below(one.path, root)
        same = [f for f in by_path.get(path, []) if _is_of(one, f, lines_of(path))]
        for f in same:
            entries[f.fingerprint] = BaselineEntry(f.fingerprint, f.rule_id, f.path, one.reason)
        if not same:
            left.append(one)
    return list(entries.values()), left


def _is_of(known: Known, finding: Finding, lines: Sequence[str]) -> bool:
    span = finding.span
    if known.first and span.line <= known.last and known.first <= max(span.line, span.end_line):
        return True
    text = _text_at(finding, lines)
    if not text:
        return False
    if known.digest:
        return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest() == known.digest
    return bool(known.value) and (text in known.value or known.value in text)


def _text_at(finding: Finding, lines: Sequence[str]) -> str:
    span = finding.span
    if span.line != span.end_line or not 0 < span.line <= len(lines):
        return ""
    return lines[span.line - 1][span.column - 1 : span.end_column - 1]


def _below(path: str, root: Path) -> str:
    path = path.replace("\\", "/")
    return path.removeprefix(f"{root.as_posix()}/").removeprefix("./")


def _ignored(text: str) -> Iterator[Known]:
    for row in text.splitlines():
        found = _IGNORED.fullmatch(row.strip())
        if found is not None:
            line = _line(found["line"])
            yield Known(found["path"], line, line, "in .gitleaksignore")


def _entries(data: Any) -> Iterator[Known]:
    if isinstance(data, list):
        for item in data:
            yield _of_gitleaks(item)
    elif isinstance(data["results"], dict):
        for path, items in data["results"].items():
            for item in items:
                yield _of_detect_secrets(path, item)
    elif isinstance(data["results"], list):
        for item in data["results"]:
            yield _of_bandit(item)
    else:
        raise ValueError


def _line(said: Any) -> int:
    """The number of a line, which is shown. ValueError for what can be none: it may be a value."""
    number = int(said)
    if not 0 <= number <= _MOST_LINES:
        raise ValueError
    return number


def _of_detect_secrets(path: str, item: Mapping[str, Any]) -> Known:
    line = _line(item.get("line_number") or 0)
    audited = item.get("is_secret") is False
    reason = "audited as no secret in detect-secrets" if audited else "in detect-secrets' baseline"
    return Known(path, line, line, reason, digest=str(item["hashed_secret"]))


def _of_gitleaks(item: Mapping[str, Any]) -> Known:
    first = _line(item["StartLine"])
    last = _line(item.get("EndLine") or first)
    value = str(item.get("Secret") or "")
    shown = "" if value == "REDACTED" or "..." in value else value
    return Known(str(item["File"]), first, max(first, last), "in gitleaks' baseline", value=shown)


def _of_bandit(item: Mapping[str, Any]) -> Known:
    lines = [_line(line) for line in item.get("line_range") or [item["line_number"]]]
    test = str(item["test_id"])
    return Known(str(item["filename"]), min(lines), max(lines), f"in bandit's baseline ({test})")
