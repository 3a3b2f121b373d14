"""Which rules count, and where: select, ignore and per-path-ignores."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from keyaudit.catalogue.types import Catalogue, Rule
from keyaudit.core.errors import KeyauditError
from keyaudit.scanning.settings import Settings, suggestion


def resolve_rules(words: Iterable[str], rules: Mapping[str, Rule], where: str) -> frozenset[str]:
    """The ids that words stand for: an id, the beginning of ids (`KA3`), or a rule's name.

    Raises KeyauditError, naming `where`, for a word that stands for no rule.
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
    """Says of a rule and a path whether a finding counts. `whole`: every rule, everywhere."""

    def __init__(self, settings: Settings, catalogue: Catalogue) -> None:
        """Raises KeyauditError for a rule or a pattern that does not exist or is malformed."""
        rules = catalogue.rules
        selected = (
            frozenset(rules)
            if settings.select is None
            else resolve_rules(settings.select, rules, settings.where("select"))
        )
        self.rules = selected - resolve_rules(settings.ignore, rules, settings.where("ignore"))
        where = settings.where("per_path_ignores")
        self._folder = settings.file.parent if settings.file else None
        self._prefix = ""
        self._per_path = [
            (_matcher(pattern, where), resolve_rules(words, rules, where))
            for pattern, words in settings.per_path_ignores.items()
        ]
        self.whole = self.rules == frozenset(rules) and not self._per_path

    def counts(self, rule_id: str, path: str) -> bool:
        """Whether a finding of the rule at the path (relative to the scan root) counts.

        Per-path patterns are matched against the path from the configuration file's folder.
        """
        return rule_id in self.rules and not any(
            rule_id in ids and matches(self._prefix + path) for matches, ids in self._per_path
        )

    def start_at(self, root: Path) -> None:
        """Tell what folder the paths given to `counts` are relative to."""
        if self._folder is None:
            return
        folder, root = self._folder.resolve(), root.resolve()
        if root != folder and root.is_relative_to(folder):
            self._prefix = root.relative_to(folder).as_posix() + "/"


def _matcher(pattern: str, where: str) -> Callable[[str], bool]:
    import pathspec

    try:
        spec = pathspec.GitIgnoreSpec.from_lines([pattern])
    except ValueError as error:
        raise KeyauditError(f"{pattern!r} is no pattern: {error}", where=where) from None
    return lambda path: bool(spec.match_file(path))

