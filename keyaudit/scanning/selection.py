"""Which rules count, and where: `select`, `ignore` and `per-path-ignores`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from keyaudit.catalogue.types import Catalogue, Rule
from keyaudit.core.errors import KeyauditError
from keyaudit.core.finding import Finding
from keyaudit.core.report import Configuration
from keyaudit.scanning.patterns import PathPatterns
from keyaudit.scanning.settings import Settings, suggestion


def resolve_rules(words: Iterable[str], rules: Mapping[str, Rule], where: str) -> frozenset[str]:
    """The rule ids that words stand for: an id, the beginning of ids (`KA3`), or a rule's name.

    Raises KeyauditError, naming `where`, for a word that matches no rule.
    """
    names = {rule.name: rule.id for rule in rules.values()}
    found: set[str] = set()
    for word in words:
        if word in names:
            found.add(names[word])
            continue
        ids = {rule_id for rule_id in rules if word and rule_id.startswith(word.upper())}
        if not ids:
            raise KeyauditError(
                f"there is no rule {word!r}",
                where=where,
                hint=suggestion(word, [*rules, *names]),
            )
        found |= ids
    return frozenset(found)


class Selection:
    """Decides whether a finding counts, by its rule and path."""

    def __init__(self, settings: Settings, catalogue: Catalogue) -> None:
        """Raises KeyauditError for an unknown rule, a malformed pattern, or if no rule is left."""
        rules = catalogue.rules
        selected = (
            frozenset(rules)
            if settings.select is None
            else resolve_rules(settings.select, rules, settings.where("select"))
        )
        self.rules = selected - resolve_rules(settings.ignore, rules, settings.where("ignore"))
        if not self.rules:
            where = "ignore" if settings.ignore else "select"
            raise KeyauditError(
                "no rule is left to look for", where=settings.where(where), hint="select some"
            )
        self._settings = settings
        self._rules_left_out: Counter[str] = Counter()
        self._paths_left_out: Counter[str] = Counter()
        where = settings.where("per_path_ignores")
        self._per_path = [
            (PathPatterns([pattern], where, settings.file), resolve_rules(words, rules, where))
            for pattern, words in settings.per_path_ignores.items()
        ]

    def counts(self, rule_id: str, path: str) -> bool:
        """Whether findings of a rule at a path (relative to the scan root) count.

        Patterns are matched from the folder of the configuration file.
        """
        return rule_id in self.rules and not any(
            rule_id in ids and patterns.match(path) for patterns, ids in self._per_path
        )

    def chosen(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings that count.

        If the settings disallow suppression comments, suppressions are removed from them.
        """
        chosen = [f for f in findings if self.counts(f.rule_id, f.path)]
        if self._settings.comments:
            return chosen
        return [replace(f, suppression=None) if f.suppression else f for f in chosen]

    def count_left_out(self, findings: Iterable[Finding]) -> None:
        """Counts the findings that would be reported but do not count, for `in_force`."""
        for finding in findings:
            if finding.severity >= self._settings.severity and not self.counts(
                finding.rule_id, finding.path
            ):
                self._rules_left_out[finding.rule_id] += 1
                self._paths_left_out[finding.path] += 1

    def in_force(self, excluded: Mapping[str, int]) -> Configuration | None:
        """The configuration file with what it left out; None if there is no configuration file.

        `excluded` maps patterns to the number of files that they exclude.
        """
        file = self._settings.file
        if file is None:
            return None
        return Configuration(
            str(file.absolute()),
            dict(sorted(excluded.items())),
            dict(sorted(self._rules_left_out.items())),
            dict(sorted(self._paths_left_out.items())),
        )

    def start_at(self, root: str) -> None:
        """Sets the absolute folder that paths given to `counts` are relative to."""
        for patterns, _ in self._per_path:
            patterns.start_at(root)
