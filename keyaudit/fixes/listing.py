"""The result of a run of fixes as text: fixed findings with their diffs, and declined ones with the
reasons."""

from __future__ import annotations

from collections.abc import Mapping

from keyaudit.catalogue.types import Rule
from keyaudit.core.finding import Finding
from keyaudit.fixes.diff import unified
from keyaudit.fixes.outcome import Applied, Outcome
from keyaudit.fixes.shown import masked
from keyaudit.reports.terminal import Style, count, path_text, printable


def render(
    outcome: Outcome, rules: Mapping[str, Rule], *, color: bool, quiet: bool, written: bool
) -> str:
    """The text for a terminal. The diffs are left out where `written` is true; `quiet` leaves out
    the declined findings and the summary."""
    style = Style(color)
    parts = []
    for applied, paths in _groups(outcome):
        told: set[str] = set()
        lines = [_head(style, one, rules, told) for one in applied]
        if not written:
            lines += [_diff(style, outcome, path) for path in paths]
        parts.append("".join(lines))
    if not quiet:
        parts.append(_declined(style, outcome))
        parts.append(_summary(outcome, written=written))
    return "\n".join(part for part in parts if part)


def _groups(outcome: Outcome) -> list[tuple[list[Applied], list[str]]]:
    """The applied fixes, grouped by common files, each group with its files."""
    groups: list[tuple[list[Applied], set[str]]] = []
    for one in outcome.applied:
        joined = [group for group in groups if group[1].intersection(one.files)]
        rest = [group for group in groups if not group[1].intersection(one.files)]
        applied = [other for group in joined for other in group[0]]
        files = set(one.files).union(*(group[1] for group in joined))
        groups = [*rest, ([*applied, one], files)]
    return [
        (sorted(applied, key=_order), sorted(files))
        for applied, files in sorted(groups, key=lambda group: min(group[1]))
    ]


def _order(one: Applied) -> tuple[str, int, str]:
    return one.finding.path, one.finding.span.line, one.finding.rule_id


def _head(style: Style, one: Applied, rules: Mapping[str, Rule], told: set[str]) -> str:
    """A fix in words, without the notes in `told`; those that it has are added."""
    notes = [text for text in one.migrate if text not in told]
    told.update(notes)
    finding = one.finding
    rule = rules[finding.rule_id]
    place = f"{path_text(finding.path)}:{finding.span.line}"
    kind = one.applicability
    lines = [
        f"{style(place, 'bold')}: {style.severity(finding.severity, finding.rule_id)} {rule.name}"
        f" [{style(kind, 'green' if kind == 'safe' else 'yellow')}]",
        f"  {printable(finding.message)}",
        f"  fix: {printable(one.title)}",
        *(f"  {'mind' if kind == 'safe' else 'to migrate'}: {printable(text)}" for text in notes),
    ]
    return "".join(f"{line}\n" for line in lines)


def _diff(style: Style, outcome: Outcome, path: str) -> str:
    draft = outcome.drafts[path]
    diff = unified(draft, is_new=not outcome.is_there(path))
    plain = [word for one in outcome.applied if path in one.files for word in one.plain]
    text = masked(diff, path, draft.original, draft.text, masked_lines(outcome, path), plain)
    if not style.color:
        return text
    return "".join(_colored(style, line) for line in text.splitlines(keepends=True))


def masked_lines(outcome: Outcome, path: str) -> dict[int, str]:
    """The masked lines of a file before the fixes, by line number (from 1), as the findings'
    evidence shows them."""
    original = outcome.drafts[path].original.split("\n")
    findings = [*outcome.report.findings, *outcome.report.suppressed]
    found: dict[int, str] = {}
    for finding in findings:
        places = [(finding.path, finding.span, str(finding.code))]
        places += [(step.path, step.span, str(step.code)) for step in finding.steps]
        for where, span, code in places:
            if where != path or not code or span.line > len(original):
                continue
            if code != original[span.line - 1].rstrip("\r"):
                found[span.line] = code
                # Of a value of several lines, the evidence shows the first.
                last = span.end_line if finding.preview is not None else span.line
                for line in range(span.line + 1, last + 1):
                    found.setdefault(line, "…")
    return found


def _colored(style: Style, line: str) -> str:
    text, end = line.rstrip("\r\n"), line[len(line.rstrip("\r\n")) :]
    for head, look in (
        ("---", "bold"),
        ("+++", "bold"),
        ("@@", "cyan"),
        ("+", "green"),
        ("-", "red"),
    ):
        if text.startswith(head):
            return style(printable(text), look) + end
    return printable(text) + end


def _declined(style: Style, outcome: Outcome) -> str:
    """The findings that are left, with the reasons."""
    lines = []
    for finding, reason in sorted(outcome.declined, key=lambda pair: _place(pair[0])):
        if reason == NO_FIX:
            continue
        place = f"{path_text(finding.path)}:{finding.span.line}"
        lines.append(f"{place}: {finding.rule_id} left as it is: {printable(reason)}\n")
    return style("".join(lines), "dim") if lines else ""


NO_FIX = "no fix is known for this rule"


def _place(finding: Finding) -> tuple[str, int, str]:
    return finding.path, finding.span.line, finding.rule_id


def _summary(outcome: Outcome, *, written: bool) -> str:
    files = len(outcome.changed())
    fixed = count(len(outcome.applied), "finding")
    if not outcome.applied:
        text = "nothing to fix"
    elif written:
        text = f"fixed {fixed} in {count(files, 'file')}"
    else:
        text = f"{fixed} to fix in {count(files, 'file')}; --write applies it"
    waiting = sum(1 for _, reason in outcome.declined if "`--unsafe`" in reason)
    if waiting:
        text += f"; {waiting:,} more with --unsafe"
    rest = len(outcome.left) - waiting
    if rest:
        text += f"; {count(rest, 'finding')} left"
    unknown = sum(1 for _, reason in outcome.declined if reason == NO_FIX)
    if unknown:
        which = "" if unknown == rest else f", {unknown:,} of them"
        text += f"{which} without a fix: --plan FILE writes what to do by hand"
    return f"{text}\n"
