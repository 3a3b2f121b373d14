"""The checks of the shipped catalogue, and the pages made from it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from keyaudit import catalogue
from keyaudit.catalogue import lint, pages
from keyaudit.catalogue.types import Catalogue, Example, Match, Rule
from keyaudit.core.levels import Confidence, Severity, Stage
from tests.caches import shipped

from .support import write


def _sound() -> Rule:
    examples = [Example(bad, f"x = {number}", "example.py") for bad in (True, False)
                for number in range(bad * 3, 3 + bad * 3)]  # fmt: skip
    return Rule(
        "KA101", "dice", Stage.GENERATION, Severity.HIGH, Confidence.HIGH,
        {"cwe": ("338",), "nist": ("SP 800-133 4",)}, "{call} is bad",
        (Match("argument", {"role": "nonce", "kinds": ["kms-encrypt"], "empty": True}),),
        "Why. " * 40, "Do this instead.\n" + "Details. " * 20, tuple(examples),
        "rules/generation/KA101-dice.yaml",
    )  # fmt: skip


@cache
def _shipped() -> Catalogue:
    return shipped()


def _errors(rule: Rule) -> list[str]:
    shipped = _shipped()
    return lint.faults(Catalogue({rule.id: rule}, shipped.models, shipped.policies, ""))[0]


def test_a_sound_rule_has_no_errors() -> None:
    assert _errors(_sound()) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"file": "rules/generation/KA101.yaml"}, "named generation/KA101-dice.yaml"),
        ({"file": "rules/storage/KA101-dice.yaml"}, "named generation/KA101-dice.yaml"),
        ({"examples": _sound().examples[:5]}, "has 2 good examples"),
        ({"examples": _sound().examples[1:]}, "has 2 bad examples"),
        ({"examples": (*_sound().examples, _sound().examples[0])}, "same example twice"),
        ({"why": "Because."}, "why is shorter"),
        ({"remedy": "Do it."}, "remedy is shorter"),
        ({"remedy": "No full stop\n" + "x" * 200}, "does not begin with one sentence"),
        ({"standards": {"nist": ("SP 800-133",)}}, "standards name no cwe"),
        ({"standards": {"cwe": ("1",)}}, "besides the cwe"),
        ({"message": "It is bad."}, "full stop"),
    ],
)  # fmt: skip
def test_a_fault_is_named(change: dict[str, object], words: str) -> None:
    found = _errors(_sound()._replace(**change))  # type: ignore[arg-type]
    assert any(words in text for text in found), found
    assert all("rules/" in text for text in found)


def test_a_rule_that_cannot_report_anything_is_named() -> None:
    models = _shipped().models._replace(calls={}, assignments=())
    rule = _sound()._replace(
        matches=(
            Match("handler", {"kinds": ["kms-encrypt"]}),
            Match("argument", {"role": "nonce", "empty": True}),
        ),
    )
    errors, _ = lint.faults(Catalogue({rule.id: rule}, models, {}, ""))
    assert errors == [
        f"{rule.file}: no model has a call of the kinds kms-encrypt",
        f"{rule.file}: no model has the role nonce",
    ]


@pytest.mark.usefixtures("small_shipped")
def test_lint_says_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert lint.main() == 1
    out = capsys.readouterr().out
    assert "error: rules/generation/KA101-shipped.yaml: has 1 bad examples" in out
    assert "warning: no model has a call of the kind kms-encrypt" in out


def test_lint_says_what_cannot_be_loaded(
    small_shipped: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(small_shipped, {"storage/x.yaml": "id: 1\n"})
    assert lint.main() == 1
    assert "error: rules/storage/x.yaml:1: " in capsys.readouterr().out


# -- pages


def test_a_page_has_all_of_its_rule() -> None:
    rule = _sound()._replace(examples=(
        Example(True, "a = 1  # finding", "app/settings.py", {"app/keys.py": "KEY = 2"}),
        Example(False, "```", "README.md"),
    ))  # fmt: skip
    page = pages.pages({rule.id: rule})["KA101-dice.md"]
    for part in (
        "# KA101 dice", "*call* is bad", "| generation | high | high |", rule.why.strip(),
        rule.remedy.strip(), "`app/keys.py`:\n\n```python\nKEY = 2\n```", "````markdown\n```\n````",
        "[CWE-338](https://cwe.mitre.org/data/definitions/338.html)", "NIST SP 800-133 4",
        "keyaudit: ignore[KA101]", "rules/generation/KA101-dice.yaml",
    ):  # fmt: skip
        assert part in page


def test_the_index_links_every_page() -> None:
    made = pages.pages(_shipped().rules)
    for name in made.keys() - {"README.md"}:
        assert f"]({name})" in made["README.md"]


@pytest.mark.usefixtures("small_shipped")
def test_pages_are_written_and_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "rules"
    arguments = ["--folder", str(folder)]
    assert pages.main([*arguments, "--check"]) == 1
    assert "rules/KA101-shipped.md: missing" in capsys.readouterr().out
    assert not folder.exists()
    write(folder, {"KA999-gone.md": "old"})
    assert pages.main(arguments) == 0
    assert sorted(path.name for path in folder.iterdir()) == ["KA101-shipped.md", "README.md"]
    assert pages.main([*arguments, "--check"]) == 0
    write(folder, {"KA101-shipped.md": "stale", "KA999-gone.md": "old"})
    assert pages.main([*arguments, "--check"]) == 1
    out = capsys.readouterr().out
    assert "rules/KA101-shipped.md: stale" in out
    assert "rules/KA999-gone.md: of no rule" in out


def test_markers() -> None:
    text, lines = catalogue.expected_lines(
        "a = 1  # finding\r\nb = 2  # noqa  # finding\nc = '# finding'\n"
    )
    assert text == "a = 1\r\nb = 2  # noqa\nc = '# finding'\n"
    assert lines == {1, 2}
