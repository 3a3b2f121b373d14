"""The text report: for each finding what is wrong, where the value comes from, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from keyaudit.catalogue.types import Rule
from keyaudit.core.finding import Finding
from keyaudit.core.levels import Severity
from keyaudit.core.report import Report
from keyaudit.reports.same_cause import gathered
from keyaudit.reports.steps import by_line
from keyaudit.reports.summary import summary
from keyaudit.reports.terminal import Style, count, path_text, printable

WIDTH = 100
_PLACES = 8
# Of long evidence, the steps at the origin and at the use.
_FIRST_STEPS, _LAST_STEPS = 3, 5


def render(
    report: Report, rules: Mapping[str, Rule], *, color: bool = False, quiet: bool = False
) -> str:
    """The report as lines of text; empty when `quiet` and there are no findings."""
    style = Style(color)
    lines: list[str] = []
    for finding, more in gathered(report.findings):
        lines += _finding(finding, rules.get(finding.rule_id), style, more)
        lines.append("")
    if quiet:
        lines = lines[:-1]
    else:
        lines += summary(report, rules, style)
    return "".join(line.rstrip() + "\n" for line in lines)


def _finding(
    finding: Finding, rule: Rule | None, style: Style, more: Sequence[Finding]
) -> list[str]:
    if finding.severity == Severity.NOTE:
        return [style(line, "dim") for line in (*_note(finding, rule), *_more(more))]
    lines = [_header(finding, rule, style), "  " + style(printable(finding.message), "bold")]
    lines += _frame(finding, style)
    if finding.history is not None:
        from keyaudit.reports.life import life

        lines.append("  " + printable(life(finding.history)))
    lines += _steps(finding, style)
    lines += _other_origins(finding)
    lines += _more(more)
    if rule is not None:
        lines.append(f"  {style('fix:', 'bold green')} {printable(rule.remedy_line)}")
    lines.append(f"  {style('why:', 'bold')} keyaudit explain {printable(finding.rule_id)}")
    return lines


def _header(finding: Finding, rule: Rule | None, style: Style) -> str:
    name = f"{finding.rule_id} {rule.name}" if rule else printable(finding.rule_id)
    stage = f"{rule.stage.value}, " if rule else ""
    said = style(f"[{stage}{finding.confidence.label} confidence]", "dim")
    level = style.severity(finding.severity)
    return f"{_place(finding, style)}: {level} {style.severity(finding.severity, name)} {said}"


def _place(finding: Finding, style: Style) -> str:
    place = f":{finding.span.name}:{finding.span.seen.column}"
    return style(path_text(finding.path), "bold") + style(place, "dim")


def _note(finding: Finding, rule: Rule | None) -> Iterator[str]:
    from keyaudit.reports.frame import one_line

    plain = Style(False)
    yield _header(finding, rule, plain)
    yield "  " + printable(finding.message)
    if finding.code.strip():
        yield f"  {finding.span.seen.line} | {one_line(finding.code, WIDTH - 12)}"


def _frame(finding: Finding, style: Style) -> list[str]:
    from keyaudit.reports.frame import frame

    if not finding.code.strip():
        return []
    number = str(finding.span.seen.line)
    shown = frame(finding.code, finding.span.seen, WIDTH - len(number) - 5)
    bar = style("|", "blue")
    lines = [f"  {style(number, 'blue')} {bar} {shown.code}"]
    if shown.underline:
        gap = " " * len(number)
        carets = style.severity(finding.severity, shown.underline.lstrip())
        indent = " " * shown.indent
        lines.append(f"  {gap} {bar} {indent}{carets}")
    return lines


def _steps(finding: Finding, style: Style) -> list[str]:
    from keyaudit.reports.frame import one_line

    steps = by_line(finding.steps)
    here = (finding.path, finding.span.name)
    # Where the origin stands on the line shown above, the message has said it all.
    if all((step.path, step.span.name) == here for step in steps):
        return []
    lines = ["  " + style("where it comes from, origin first:", "dim")]
    shown = {here}
    left_out = range(_FIRST_STEPS, len(steps) - _LAST_STEPS)
    for number, step in enumerate(steps, 1):
        if len(left_out) > 2 and number - 1 in left_out:
            if number - 1 == left_out[0]:
                lines.append(f"    …  {len(left_out)} steps between: --format json names them")
            continue
        place = f"{path_text(step.path)}:{step.span.name}"
        lines.append(f"  {number:>3}. {place}: {printable(step.text)}")
        if (step.path, step.span.name) not in shown and step.code.strip():
            lines.append("         " + style(one_line(step.code, WIDTH - 9), "cyan"))
            shown.add((step.path, step.span.name))
    return lines


def _other_origins(finding: Finding) -> list[str]:
    """A line that names where other values begin that get to the same place."""
    firsts = list(dict.fromkeys((w[0].path, w[0].span.name) for w in finding.other_ways if w))
    if not firsts:
        return []
    places = [
        place if path == finding.path else f"{path_text(path)}:{place}"
        for path, place in firsts[:_PLACES]
    ]
    rest = len(firsts) - _PLACES
    text = ", ".join(places) + (f" and {rest:,} more" if rest > 0 else "")
    return [f"  and {count(len(firsts), 'more origin')}: {text}"]


def _more(findings: Sequence[Finding]) -> list[str]:
    """A line that names the other places of the same cause, all of the same file."""
    if not findings:
        return []
    places = [f"{each.span.name}:{each.span.seen.column}" for each in findings[:_PLACES]]
    rest = len(findings) - _PLACES
    text = ", ".join(places) + (f" and {rest:,} more" if rest > 0 else "")
    return [f"  the same in {count(len(findings), 'more place')}: {text}"]
