"""The end of the text report: notices, skipped files, and counts by stage and severity."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from keyaudit.catalogue.types import Rule
from keyaudit.core.finding import Finding
from keyaudit.core.levels import Severity, Stage
from keyaudit.core.report import SKIP_REASONS, Notice, Report, Skipped
from keyaudit.reports.terminal import Style, count, path_text, printable

_NAMED = 3
_INCOMPLETE = frozenset({"unreadable", "crashed", "timeout"})
_LISTED = 20
_NOTICES = 10


def stage_of(rule_id: str, rules: Mapping[str, Rule]) -> Stage | None:
    """The stage of a rule; for an unknown rule, by the first digit of its id, or None."""
    if rule_id in rules:
        return rules[rule_id].stage
    digit = rule_id[2:3]
    return list(Stage)[int(digit) - 1] if digit in tuple("1234567") else None


def summary(report: Report, rules: Mapping[str, Rule], style: Style) -> list[str]:
    """The lines of the summary."""
    lines = _notices(report, style)
    lines += _skipped(report, style)
    if report.findings:
        lines += [*_table(report.findings, rules, style), ""]
    lines += _closing(report, style)
    return lines


def headline(report: Report) -> str:
    """`3 findings (1 critical, 2 high)`, or `no findings`."""
    if not report.findings:
        return "no findings"
    levels = Counter(finding.severity for finding in report.findings)
    parts = [f"{levels[level]:,} {level.label}" for level in reversed(Severity) if levels[level]]
    return f"{count(len(report.findings), 'finding')} ({', '.join(parts)})"


def _table(findings: Iterable[Finding], rules: Mapping[str, Rule], style: Style) -> list[str]:
    cells = Counter((stage_of(f.rule_id, rules), f.severity) for f in findings)
    levels = [level for level in reversed(Severity) if any(key[1] == level for key in cells)]
    widths = {level: max(len(level.label), 5) for level in levels}
    head = "".join(f"  {level.label:>{widths[level]}}" for level in levels)
    lines = [style(f"{'stage':<14}{head}", "dim")]
    for stage in Stage:
        row = f"{stage.number} {stage.value:<12}"
        empty = not any(cells[stage, level] for level in levels)
        for level in levels:
            number = cells[stage, level]
            text = f"{number or '-':>{widths[level]}}"
            row += "  " + (style.severity(level, text) if number else style(text, "dim"))
        lines.append(style(row, "dim") if empty and not style.color else row)
    return lines


def _closing(report: Report, style: Style) -> list[str]:
    color = "bold red" if report.findings else "bold green" if report.complete else "bold yellow"
    found = style(headline(report), color)
    scanned = (
        f"{count(report.files, 'file')} scanned ({_size(report.bytes)}) "
        f"in {report.seconds:.1f} s, policy {printable(report.policy)}"
    )
    lines = [f"{found}; {scanned}"]
    muted = []
    if report.suppressed:
        kinds = Counter(f.suppression.kind for f in report.suppressed if f.suppression)
        by_kind = ", ".join(f"{number:,} {kind}" for kind, number in sorted(kinds.items()))
        muted.append(f"{len(report.suppressed):,} suppressed ({by_kind})")
    if report.hidden:
        muted.append(
            f"{report.hidden:,} hidden, below the threshold{_serious(report)}"
            " (--severity note shows all)"
        )
    if muted:
        lines.append(style("; ".join(muted), "dim"))
    if report.configuration is not None:
        from keyaudit.reports.configured import sentence

        lines.append(style(sentence(report.configuration), "dim"))
    if not report.complete:
        lines.append(
            style("The scan is incomplete", "bold yellow")
            + ": files named above could not be read or analyzed"
        )
    return lines


def _serious(report: Report) -> str:
    """How many of the hidden findings only the place where they stand has lowered."""
    number = report.hidden_serious
    if not number:
        return ""
    return f", {number:,} of which would be high or critical outside of tests, examples and docs"


def _skipped(report: Report, style: Style) -> list[str]:
    groups: defaultdict[str, list[Skipped]] = defaultdict(list)
    for skipped in report.skipped:
        groups[skipped.reason].append(skipped)
    lines: list[str] = []
    for reason, group in sorted(groups.items(), key=lambda item: item[0] not in _INCOMPLETE):
        why = SKIP_REASONS.get(reason, f"is left out ({printable(reason)})")
        if reason in _INCOMPLETE:
            lines += _failed(group, why, style)
        else:
            # Of a history several versions of a file may be left out.
            paths = list(dict.fromkeys(path_text(skipped.path) for skipped in group))
            more = f" and {len(paths) - _NAMED:,} more" if len(paths) > _NAMED else ""
            verb = f": each {why}" if len(paths) > 1 else f" {why}"
            lines.append(style(f"skipped: {', '.join(paths[:_NAMED])}{more}{verb}", "dim"))
    return [*lines, ""] if lines else []


def _failed(group: list[Skipped], why: str, style: Style) -> list[str]:
    head = style("not scanned:", "bold yellow")
    lines = []
    for skipped in group[:_LISTED]:
        detail = f" ({printable(skipped.detail)})" if skipped.detail else ""
        lines.append(f"{head} {path_text(skipped.path)} {why}{detail}")
    if len(group) > _LISTED:
        lines.append(f"{head} {len(group) - _LISTED:,} more (--format json names all)")
    return lines


def _notices(report: Report, style: Style) -> list[str]:
    limits = [notice for notice in report.notices if notice.kind == "limit" and notice.path]
    others = [notice for notice in report.notices if notice not in limits]
    lines = []
    for notice in others[:_NOTICES]:
        place = path_text(notice.path) + ":" if notice.path else ""
        if place and notice.span:
            place += f"{notice.span.name}:"
        kind = style(f"{printable(notice.kind)}:", "yellow")
        lines.append(f"{place} {kind} {printable(notice.message)}".strip())
    more = len(others) - len(lines)
    if more > 0:
        lines.append(style(f"and {count(more, 'more notice')} (--format json names all)", "dim"))
    if limits:
        lines.append(style(_cut_short(limits), "dim"))
    return [*lines, ""] if lines else []


def _cut_short(limits: list[Notice]) -> str:
    """One line for all files in which some values could not be followed to their end."""
    names = ", ".join(path_text(notice.path) for notice in limits[:_NAMED] if notice.path)
    more = f" and {len(limits) - _NAMED:,} more" if len(limits) > _NAMED else ""
    return f"limit: not every value could be followed to its origin in {names}{more}"


def _size(number: int) -> str:
    if number < 1_000:
        return count(number, "byte")
    if number < 1_000_000:
        return f"{number / 1_000:.0f} kB"
    return f"{number / 1_000_000:.1f} MB"
