"""`keyaudit explain`: what a rule means, why it matters, and what to do instead."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import click

from keyaudit.catalogue.types import Example, Rule
from keyaudit.cli.options import FILE, FOLDER, Choices, load_catalogue, settings_for
from keyaudit.cli.output import put, use_color
from keyaudit.core.errors import KeyauditError
from keyaudit.reports.terminal import Style

# The path of an example that does not depend on its path.
_NO_PATH = "example.py"


def _complete(_ctx: click.Context, _param: click.Parameter, begun: str) -> list[str]:
    """The ids and names of rules that begin like this, for the shell."""
    rules = load_catalogue(settings_for(Choices())).rules.values()
    words = [rule.id for rule in rules] + [rule.name for rule in rules]
    return [word for word in words if word.lower().startswith(begun.lower())]


@click.command(short_help="Explain a rule.")
@click.argument("rule", shell_complete=_complete)
@click.option("--rules", multiple=True, type=FOLDER, metavar="FOLDER", help="Further rules.")
@click.option("--config", type=FILE, metavar="FILE", help="The configuration to use.")
def explain(rule: str, rules: tuple[Path, ...], config: Path | None) -> None:
    """Explain a rule, given by id or name: why it matters, what to do, and examples."""
    settings = settings_for(Choices(rules=rules, config=config))
    found = find_rule(rule, load_catalogue(settings).rules)
    put(render(found, Style(use_color(sys.stdout))))


def find_rule(word: str, rules: Mapping[str, Rule]) -> Rule:
    """The rule of that id (in any case) or name; KeyauditError with the nearest one if none."""
    for rule in rules.values():
        if word.upper() == rule.id or word.lower() == rule.name:
            return rule
    from keyaudit.scanning.settings import suggestion

    names = [rule.name for rule in rules.values()]
    hint = suggestion(word.lower(), names) if "-" in word else "`keyaudit rules list` shows all"
    raise KeyauditError(f"there is no rule {word!r}", hint=hint)


def render(rule: Rule, style: Style) -> str:
    """The rule's page for a terminal."""
    lines = [
        f"{style.severity(rule.severity, rule.id)} {style(rule.name, 'bold')}",
        f"stage {rule.stage.number} of 7, {rule.stage.value}; severity "
        f"{style.severity(rule.severity)}; confidence {rule.confidence.label}",
        "",
        style("Why it matters", "bold"),
        *_indented(rule.why),
        "",
        style("What to do", "bold"),
        *_indented(rule.remedy),
    ]
    if rule.standards:
        lines += ["", style("Standards", "bold")]
        lines += [f"  {line}" for line in standards(rule)]
    for example in rule.examples:
        lines += ["", *_example(example, style)]
    lines += ["", style("Mute one finding, with a reason, on its line or alone above it", "bold")]
    lines.append(f"  # keyaudit: ignore[{rule.id}] the reason")
    return "".join(line.rstrip() + "\n" for line in lines)


def standards(rule: Rule) -> list[str]:
    """The standards a rule rests on, a line each: `CWE-321`, `NIST SP 800-132, 5.2`."""
    from keyaudit.catalogue.standards import shown

    return [shown(body, part) for body, parts in rule.standards.items() for part in parts]


def _example(example: Example, style: Style) -> list[str]:
    from keyaudit.catalogue import expected_lines

    text, marked = expected_lines(example.text)
    kind = style("Wrong", "bold red") if example.bad else style("Right", "bold green")
    where = "" if example.path == _NO_PATH else style(f" ({example.path})", "dim")
    lines = [kind + where, *_code(text, marked, style)]
    for path, other in example.files.items():
        lines += [style(f"  with {path}", "dim"), *_code(*expected_lines(other), style)]
    return lines


def _code(text: str, marked: Collection[int], style: Style) -> Iterator[str]:
    for number, line in enumerate(text.rstrip().split("\n"), 1):
        yield f"{style('>', 'bold red') if number in marked else ' '} {line}"


def _indented(text: str) -> list[str]:
    return [f"  {line}" for line in text.strip().split("\n")]
