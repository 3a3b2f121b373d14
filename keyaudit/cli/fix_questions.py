"""The questions of `keyaudit fix --interactive`."""

from __future__ import annotations

from collections.abc import Mapping

import click

from keyaudit.catalogue.types import Rule
from keyaudit.cli.output import put
from keyaudit.fixes.offers import Offer
from keyaudit.reports.terminal import path_text, printable

_HELP = "y: make it, n: leave it, a: this and all the rest, q: no more, e: explain the rule"


class Questions:
    """Asks about one fix after the other; all answers are on the terminal."""

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        self._rules = rules
        self._rest: bool | None = None

    def __call__(self, found: Offer, diff: str) -> bool:
        """Whether a fix, shown by its diff, is to be made."""
        if self._rest is not None:
            return self._rest
        finding = found.finding
        rule = self._rules[finding.rule_id]
        put(
            f"\n{path_text(finding.path)}:{finding.span.name}: {finding.rule_id} {rule.name} "
            f"[{found.applicability}]\n  {printable(finding.message)}\n  fix: {found.title}\n{diff}"
        )
        for text in found.migrate:
            put(f"  to migrate: {printable(text)}\n")
        while True:
            answer = click.prompt("Make this change? [y/n/a/q/e]", default="n", show_default=False)
            match answer.strip().lower():
                case "y" | "yes":
                    return True
                case "n" | "no":
                    return False
                case "a" | "all":
                    self._rest = True
                    return True
                case "q" | "quit":
                    self._rest = False
                    return False
                case "e" | "explain":
                    put(f"{rule.why.strip()}\n\n{rule.remedy.strip()}\n\n")
                    for kind in rule.fixes:
                        put(f"{kind.safety.strip()}\n")
                case _:
                    put(f"{_HELP}\n")
