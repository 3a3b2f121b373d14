"""The manual work as a list: migrations that fixes need, and a checklist for each remaining
finding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from keyaudit.catalogue.types import Rule
from keyaudit.core.finding import Finding
from keyaudit.fixes.checklists import steps
from keyaudit.fixes.outcome import Applied, Outcome


def render(outcome: Outcome, rules: Mapping[str, Rule]) -> str:
    """The plan as Markdown. It contains no secret values."""
    parts = ["# Plan: what the fixes need, and what is left", _intro(outcome)]
    migrating: dict[tuple[str, str, tuple[str, ...]], list[Applied]] = {}
    for one in outcome.applied:
        if one.migrate:
            what = one.finding.rule_id, one.title, one.migrate
            migrating.setdefault(what, []).append(one)
    if migrating:
        parts.append("## To migrate with the fixes")
        parts += [_migration(alike, rules) for alike in migrating.values()]
    declined = {id(finding): reason for finding, reason in outcome.declined}
    if outcome.left:
        parts.append("## By hand")
        parts += [
            _checklist(finding, declined.get(id(finding), ""), rules) for finding in outcome.left
        ]
    return "\n\n".join(parts) + "\n"


def _intro(outcome: Outcome) -> str:
    return (
        f"{len(outcome.applied)} fixed, {len(outcome.left)} left. Do the migrations of a fix "
        "before the changed program runs where the data is."
    )


def _title(findings: Sequence[Finding], rules: Mapping[str, Rule]) -> str:
    """The heading of what is to be done at the places of findings of one rule."""
    rule_id = findings[0].rule_id
    places = ", ".join(dict.fromkeys(map(_place, findings)))
    return f"### {rule_id} {rules[rule_id].name}: {places}"


def _place(finding: Finding) -> str:
    return f"`{_plain(finding.path)}:{finding.span.line}`"


def _migration(alike: Sequence[Applied], rules: Mapping[str, Rule]) -> str:
    """What must be done once for several fixes that ask for the same."""
    title = _title([one.finding for one in alike], rules)
    return f"{title}\n\n{_sentence(alike[0].title)}\n\n{_boxes(alike[0].migrate)}"


def _checklist(finding: Finding, reason: str, rules: Mapping[str, Rule]) -> str:
    text = f"{_title([finding], rules)}\n\n{_sentence(_plain(finding.message))}"
    if reason:
        text += f" Not fixed by itself: {_plain(reason)}."
    return f"{text}\n\n{_boxes(steps(finding, rules[finding.rule_id]))}"


def _boxes(items: Iterable[str]) -> str:
    return "\n".join(f"- [ ] {_sentence(_plain(item))}" for item in items)


def _sentence(text: str) -> str:
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", ":")) else f"{text}."


def _plain(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)
