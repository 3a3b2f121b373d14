"""Suppression comments: `# keyaudit: ignore[KA104] reason` suppresses findings beside it.

`# keyaudit: ignore[KA104] until=2027-01-31 reason` does so up to that day. Whether the day has
passed is decided later (see `assemble`), since results are cached and the date changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from keyaudit.catalogue.types import Rule
from keyaudit.core.finding import Finding, Suppression
from keyaudit.core.location import Span
from keyaudit.core.paths import suffix
from keyaudit.core.patterns import regex
from keyaudit.core.redact import mask_prose
from keyaudit.core.report import Notice
from keyaudit.core.result import DocumentResult
from keyaudit.scanning.statements import Statements

# What triage looks for: a document without it has no suppression comment.
PATTERN = r"keyaudit:[ \t]*ignore"

_BODY = r"[ \t]*keyaudit:[ \t]*ignore\b(?:[ \t]*\[(?P<ids>[^\]\n]*)\])?(?P<reason>[^\n]*)"
_MARKUP = (".md", ".markdown", ".html", ".htm", ".xml", ".svg", ".xhtml")
_IN_MARKUP = regex(r"<!--" + _BODY)
_IN_PYTHON = regex(r"#" + _BODY)
_ELSEWHERE = regex(r"(?:#|//|--|;|/\*|\{-|\(\*|%|!|<!--|(?i:\brem\b|::))" + _BODY)
# Where a comment begins with what begins a text elsewhere.
_BASIC = (".vb", ".vbs", ".bas", ".cls", ".frm", ".vim", ".vimrc")
_IN_BASIC = regex(r"(?:['\"]|(?i:\brem\b))" + _BODY)
_UNTIL = regex(r"until=(?P<day>\S*)[ \t]*")
# What people write for people speaks of such comments.
_PROSE = (*_MARKUP, ".rst", ".txt", ".adoc", ".textile", "")
_MARKED = regex(r"keyaudit:[ \t]*ignore[ \t]*\[[A-Z]{2}\d")
_ENDS = regex(r"\s*(?:-->|\*/)\s*$")
_LONGEST_REASON = 200
_LIKE_AN_ID = regex(r"[A-Za-z]{1,3}\d{1,4}|[A-Za-z]{2,12}")


@dataclass(frozen=True, slots=True)
class Comment:
    """One suppression comment: its place, the rules it names, its reason.

    `alone`: nothing stands before it on its line. `until` is the last day it holds, as written; ""
    for no end.
    """

    span: Span
    words: tuple[str, ...]
    reason: str
    alone: bool
    until: str = ""


def find_comments(text: str, path: str, statements: Statements | None) -> list[Comment]:
    """The suppression comments in a text. `statements` is given for Python only."""
    comments = []
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        if "keyaudit:" not in line:
            continue
        if statements is not None:
            column = statements.comment(number)
            found = _IN_PYTHON.match(line, column) if column is not None else None
        else:
            found = _expression(path).search(line)
        if found is None:
            continue
        words = tuple(word.strip() for word in (found["ids"] or "").split(",") if word.strip())
        span = Span(number, found.start() + 1, number, found.end() + 1)
        reason = _ENDS.sub("", found["reason"]).strip(" \t:-")
        until = _UNTIL.match(reason)
        if until is not None:
            reason = reason[until.end() :].strip(" \t:-")
        alone = not line[: found.start()].strip()
        day = until["day"] if until else ""
        comments.append(Comment(span, words, _safe(reason), alone, day))
    return comments


def _expression(path: str) -> re.Pattern[str]:
    low = path.lower()
    if low.endswith(_MARKUP):
        return _IN_MARKUP
    return _IN_BASIC if low.endswith(_BASIC) else _ELSEWHERE


def _astray(text: str, path: str, comments: Iterable[Comment]) -> Iterator[Notice]:
    """Notices on what is written like a comment and stands in none that is known."""
    if suffix(path).lower() in _PROSE:
        return
    known = {comment.span.line for comment in comments}
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        found = _MARKED.search(line) if "keyaudit:" in line and number not in known else None
        if found is not None:
            span = Span(number, found.start() + 1, number, found.end() + 1)
            said = "stands in no comment that such a file has, so it mutes nothing; use a baseline"
            yield Notice("invalid-suppression", said, path, span)


def apply(
    result: DocumentResult, text: str, path: str, rules: Mapping[str, Rule], python: bool
) -> DocumentResult:
    """The result with suppressed findings marked, and notices on faulty comments added.

    A comment applies to findings on its line, or, in Python, in the statement that starts or ends
    there. One that stands alone on its line applies to the line below (in Python, the next one with
    code). Notices are of the kind `invalid-suppression` (no reason, unknown rule, invalid day: it
    suppresses nothing) or `unused-suppression`.
    """
    statements = Statements(text) if python else None
    comments = find_comments(text, path, statements)
    notices: list[Notice] = [] if python else list(_astray(text, path, comments))
    names = {rule.name: rule.id for rule in rules.values()}
    active: list[tuple[Comment, str, int]] = []
    alone = {comment.span.line for comment in comments if comment.alone}
    for comment in comments:
        fault = _fault(comment, rules, names)
        if fault:
            notices.append(Notice("invalid-suppression", fault, path, comment.span))
            continue
        line = comment.span.line
        while comment.alone and line in alone:
            line += 1
        if comment.alone and statements is not None:
            line = statements.next_code(line)
        active += [(comment, names.get(word, word.upper()), line) for word in comment.words]
    used: set[tuple[int, str]] = set()

    def mark(finding: Finding) -> Finding:
        for comment, rule_id, line in active:
            if rule_id == finding.rule_id and _beside(finding.span, line, statements):
                used.add((comment.span.line, rule_id))
                return replace(finding, suppression=_made(comment))
        return finding

    findings = tuple(mark(finding) for finding in result.findings)
    pending = tuple(replace(wait, finding=mark(wait.finding)) for wait in result.pending)
    # Python that does not parse was not looked at by the rules that the comments are for.
    if not any(notice.kind == "parse-error" for notice in result.notices):
        notices += _unused(active, used, path)
    return replace(result, findings=findings, pending=pending, notices=(*result.notices, *notices))


def _made(comment: Comment) -> Suppression:
    return Suppression("inline", comment.reason, comment.until)


def _fault(comment: Comment, rules: Mapping[str, Rule], names: Mapping[str, str]) -> str | None:
    if not comment.words:
        return "names no rule, so it mutes nothing; write `keyaudit: ignore[KA301] reason`"
    for word in comment.words:
        if word.upper() not in rules and word not in names:
            # What looks like no id may be anything, a pasted key as well.
            shown = f"{word!r}" if _LIKE_AN_ID.fullmatch(word) else "which looks like no id"
            return f"names an unknown rule, {shown}, so it mutes nothing"
    if comment.until and not _is_day(comment.until):
        return "has no day after `until=`, so it mutes nothing; write until=2027-01-31"
    if not comment.reason:
        ids = ", ".join(comment.words)
        return f"gives no reason, so it mutes nothing; write `keyaudit: ignore[{ids}] reason`"
    return None


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("2027-01-31")


def _beside(span: Span, line: int, statements: Statements | None) -> bool:
    if span.line <= line <= max(span.line, span.end_line - (span.end_column == 1)):
        return True
    return statements is not None and line in statements.edges(span.line)


def _unused(
    active: Iterable[tuple[Comment, str, int]], used: set[tuple[int, str]], path: str
) -> list[Notice]:
    return [
        Notice("unused-suppression", f"mutes {rule_id}, which finds nothing here", path, c.span)
        for c, rule_id, _ in active
        if (c.span.line, rule_id) not in used
    ]


def _safe(text: str) -> str:
    """A reason, which goes into reports and the cache, without what may be a pasted key."""
    return str(mask_prose(text[:_LONGEST_REASON]))
