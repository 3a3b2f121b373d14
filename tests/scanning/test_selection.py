"""Which rules count, where."""

from __future__ import annotations

from pathlib import Path

import pytest

from keyaudit.catalogue.types import Catalogue
from keyaudit.core.errors import KeyauditError
from keyaudit.scanning.patterns import PathPatterns
from keyaudit.scanning.policy import resolve
from keyaudit.scanning.selection import Selection, resolve_rules
from keyaudit.scanning.settings import Settings


def test_words_stand_for_rules(rules: Catalogue) -> None:
    known = rules.rules
    assert resolve_rules(["KA301"], known, "") == {"KA301"}
    assert resolve_rules(["ka301", known["KA302"].name], known, "") == {"KA301", "KA302"}
    assert resolve_rules(["KA3"], known, "") == {r for r in known if r.startswith("KA3")}
    assert resolve_rules(["KA"], known, "") == set(known)


@pytest.mark.parametrize("word", ["KA999", "", "hardcoded", "301"])
def test_a_word_that_stands_for_no_rule_is_named(rules: Catalogue, word: str) -> None:
    with pytest.raises(KeyauditError) as caught:
        resolve_rules([word], rules.rules, "--select")
    assert (caught.value.where, repr(word) in caught.value.what) == ("--select", True)
    assert caught.value.hint


def test_select_and_ignore(rules: Catalogue) -> None:
    everything = Selection(Settings(), rules)
    assert everything.counts("KA301", "a.py")
    chosen = Selection(Settings(select=("KA3",), ignore=("KA301",)), rules)
    assert chosen.counts("KA302", "a.py")
    assert not chosen.counts("KA301", "a.py")
    assert not chosen.counts("KA101", "a.py")
    with pytest.raises(KeyauditError, match="no rule is left"):
        Selection(Settings(select=()), rules)


def test_per_path_ignores_are_as_in_gitignore(rules: Catalogue) -> None:
    settings = Settings(per_path_ignores={"tests/": ("KA3",), "/*.cfg": ("KA302",)})
    selection = Selection(settings, rules)
    assert not selection.counts("KA301", "src/tests/a.py")
    assert selection.counts("KA101", "src/tests/a.py")
    assert not selection.counts("KA302", "a.cfg")
    assert selection.counts("KA302", "sub/a.cfg")
    with pytest.raises(KeyauditError, match="KA999"):
        Selection(Settings(per_path_ignores={"a": ("KA999",)}), rules)


@pytest.mark.parametrize(
    ("root", "matching", "other"),
    [
        ("/work/project", "gen/a.py", "src/gen/a.py"),
        ("/work/project/gen", "a.py", None),
        ("/work/project/src", None, "gen/a.py"),
        ("/work", "project/gen/a.py", "gen/a.py"),
        ("/", "work/project/gen/a.py", "gen/a.py"),
        ("/elsewhere", "gen/a.py", "src/gen/a.py"),
    ],
)
def test_patterns_are_seen_from_the_configuration(
    root: str, matching: str | None, other: str | None
) -> None:
    patterns = PathPatterns(["/gen/"], "exclude", Path("/work/project/keyaudit.toml"))
    patterns.start_at(root)
    assert matching is None or patterns.match(matching)
    assert other is None or not patterns.match(other)


def test_patterns_without_a_file_are_seen_from_the_root() -> None:
    patterns = PathPatterns(["*.min.js", "!keep.min.js"], "exclude", None)
    patterns.start_at("/anywhere")
    assert patterns.match("a/b.min.js")
    assert not patterns.match("keep.min.js")
    assert not PathPatterns([], "exclude", None).match("a")


def test_a_malformed_pattern_is_named() -> None:
    with pytest.raises(KeyauditError) as caught:
        PathPatterns(["a", "!"], "keyaudit.toml: exclude", None)
    assert caught.value.where == "keyaudit.toml: exclude"


ITERATIONS = "pbkdf2.iterations"


def test_a_policy_by_name_and_limits_over_it(rules: Catalogue) -> None:
    default = rules.policies["default"]
    assert resolve(rules, Settings()) is default
    assert resolve(rules, Settings(policy="owasp")).name == "owasp"
    for limits in ({ITERATIONS: 5}, {"pbkdf2": {"iterations": 5}}):
        changed = resolve(rules, Settings(limits=limits))
        assert changed.limits[ITERATIONS].value == {"default": 5}
        assert changed.name == "default"
    part = resolve(rules, Settings(limits={ITERATIONS: {"sha256": 7}}))
    assert part.limits[ITERATIONS].value == {**default.limits[ITERATIONS].value, "sha256": 7}
    assert default.limits[ITERATIONS].value != part.limits[ITERATIONS].value


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        (Settings(policy="owsap"), "did you mean 'owasp'"),
        (Settings(limits={"pbkdf2.rounds": 5}), "there is no limit 'pbkdf2.rounds'"),
        (Settings(limits={"pbkdf2": {"rounds": 5}}), "there is no limit 'pbkdf2.rounds'"),
        (Settings(limits={"pbkdf2": 5}), "there is no limit 'pbkdf2'"),
        (Settings(limits={ITERATIONS: "many"}), "must be a number, or a table"),
        (Settings(limits={ITERATIONS: True}), "must be a number, or a table"),
        (Settings(limits={ITERATIONS: {"sha256": "7"}}), "sha256 must be a number"),
    ],
)
def test_a_wrong_limit_is_named(rules: Catalogue, settings: Settings, fault: str) -> None:
    with pytest.raises(KeyauditError) as caught:
        resolve(rules, settings)
    assert fault in caught.value.line()
