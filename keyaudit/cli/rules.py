"""`keyaudit rules`: list the rules, and run the examples of one's own."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from keyaudit.catalogue.types import Rule
from keyaudit.cli.options import FILE, FOLDER, Choices, load_catalogue, settings_for
from keyaudit.cli.output import put, use_color
from keyaudit.core.errors import KeyauditError
from keyaudit.core.levels import Stage
from keyaudit.reports.terminal import Style, count

if TYPE_CHECKING:
    from keyaudit.scanning.examples import ExampleOutcome


@click.group(short_help="List rules, test your own.")
def rules() -> None:
    """List the rules, and run the examples of your own."""


@rules.command("list", short_help="List every rule, by stage.")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text")
@click.option("--rules", "folders", multiple=True, type=FOLDER, metavar="FOLDER",
              help="Further rules.")  # fmt: skip
@click.option("--config", type=FILE, metavar="FILE", help="The configuration to use.")
def list_rules(form: str, folders: tuple[Path, ...], config: Path | None) -> None:
    """List every rule by the stage of a key's life that it belongs to."""
    catalogue = load_catalogue(settings_for(Choices(rules=folders, config=config)))
    known = sorted(catalogue.rules.values(), key=lambda rule: rule.id)
    if form == "json":
        put(json.dumps([_entry(rule) for rule in known], indent=2) + "\n")
    else:
        put(_table(known, Style(use_color(sys.stdout))))


def _entry(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": rule.name,
        "stage": rule.stage.value,
        "severity": rule.severity.label,
        "confidence": rule.confidence.label,
        "standards": {body: list(sections) for body, sections in rule.standards.items()},
        "remedy": rule.remedy_line,
    }


def _table(known: Iterable[Rule], style: Style) -> str:
    known = list(known)
    ids = max((len(rule.id) for rule in known), default=0)
    names = max((len(rule.name) for rule in known), default=0)
    lines = []
    for stage in Stage:
        lines.append(style(f"{stage.number} {stage.value}", "bold"))
        for rule in known:
            if rule.stage == stage:
                level = style.severity(rule.severity, f"{rule.severity.label:<8}")
                row = f"  {rule.id:<{ids}}  {level}  {rule.name:<{names}}"
                lines.append(f"{row}  {style(f'{rule.confidence.label} confidence', 'dim')}")
        lines.append("")
    lines.append(f"{count(len(known), 'rule')}; `keyaudit explain RULE` says more about one")
    return "".join(line.rstrip() + "\n" for line in lines)


@rules.command("test", short_help="Run the examples of your own rules.")
@click.argument("folder", type=FOLDER)
@click.pass_context
def test(ctx: click.Context, folder: Path) -> None:
    """Run the examples of the rules in FOLDER.

    A bad example must give a finding on every line that ends in `# finding` and on no other; a
    good one must be silent. Exits with 1 when one does not.
    """
    from keyaudit import catalogue
    from keyaudit.scanning.examples import run_example

    loaded = catalogue.load([folder])
    own = [rule for rule in loaded.rules.values() if _is_below(rule, folder)]
    if not own:
        raise KeyauditError("holds no rules", where=str(folder))
    style = Style(use_color(sys.stdout))
    failures = examples = 0
    for rule in sorted(own, key=lambda rule: rule.id):
        if not rule.examples:
            put(f"{rule.id} {rule.name}: has no examples, so nothing is known of it\n")
            failures += 1
        for number, example in enumerate(rule.examples, 1):
            examples += 1
            outcome = run_example(rule, example, loaded)
            if not outcome.passed:
                failures += 1
                kind = "bad" if example.bad else "good"
                put(f"{rule.id} {rule.name}, example {number} ({kind}) in {rule.file}\n")
                put("".join(f"  {line}\n" for line in _faults(outcome)))
    verdict = style("failed", "bold red") if failures else style("passed", "bold green")
    told = f": {count(failures, 'failure')}" if failures else ""
    put(f"{verdict}{told}; {count(len(own), 'rule')}, {count(examples, 'example')}\n")
    ctx.exit(1 if failures else 0)


def _is_below(rule: Rule, folder: Path) -> bool:
    return Path(rule.file).resolve().is_relative_to(folder.resolve())


def _faults(outcome: ExampleOutcome) -> list[str]:
    lines = [f"it does not parse: {notice.message}" for notice in outcome.notices]
    for line in sorted(outcome.expected - outcome.found):
        lines.append(f"line {line}: a finding was expected, and none reported")
    for line in sorted(outcome.found - outcome.expected):
        lines.append(f"line {line}: a finding was reported, and none expected")
    return lines
