"""Which comments mute which findings, and which are wrong."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest

from keyaudit.catalogue.types import Catalogue
from keyaudit.core.finding import Finding
from keyaudit.core.levels import Confidence, Severity
from keyaudit.core.location import Span
from keyaudit.core.report import Notice
from keyaudit.core.result import DocumentResult, Pending
from keyaudit.scanning.statements import Statements
from keyaudit.scanning.suppressions import PATTERN, apply
from tests.scanning.support import CANARY


def finding(line: int, rule: str = "KA301", end: tuple[int, int] | None = None) -> Finding:
    end_line, end_column = end or (line, 9)
    span = Span(line, 1, end_line, end_column)
    return Finding(rule, "a.py", span, "", Severity.HIGH, Confidence.HIGH)


def muted(
    rules: Catalogue, text: str, *findings: Finding, path: str = "a.py"
) -> tuple[list[str | None], list[str]]:
    """The reason for each finding (None: it counts), and the kinds of the notices."""
    text = dedent(text)
    assert re.search(PATTERN, text)
    result = apply(DocumentResult(findings=findings), text, path, rules.rules, path.endswith(".py"))
    reasons = [f.suppression.reason if f.suppression else None for f in result.findings]
    return reasons, [notice.kind for notice in result.notices]


@pytest.mark.parametrize(
    "text",
    [
        "x = f(1)  # keyaudit: ignore[KA301] a reason\n",
        "x = f(1)  #keyaudit:ignore[ka301]: a reason\n",
        "x = f(1)  # keyaudit: ignore [KA302, KA301] - a reason\n",
    ],
)
def test_a_comment_on_the_line(rules: Catalogue, text: str) -> None:
    reasons, _ = muted(rules, text, finding(1))
    assert reasons == ["a reason"]


def test_a_rule_may_be_given_by_its_name(rules: Catalogue) -> None:
    name = rules.rules["KA301"].name
    assert muted(rules, f"x = 1  # keyaudit: ignore[{name}] why\n", finding(1)) == (["why"], [])


def test_a_comment_alone_on_the_lines_above(rules: Catalogue) -> None:
    text = """\
        # keyaudit: ignore[KA301] why
        # keyaudit: ignore[KA302] because

        # more words
        x = 1
        y = 2
        """
    found = muted(rules, text, finding(5), finding(5, "KA302"), finding(6), finding(4))
    assert found == (["why", "because", None, None], [])


@pytest.mark.parametrize("line", [1, 2, 4])
def test_a_statement_over_several_lines(rules: Catalogue, line: int) -> None:
    lines = ["x = f(", "    1,", "    2,", ")"]
    lines[line - 1] += "  # keyaudit: ignore[KA301] why"
    reasons, kinds = muted(rules, "\n".join(lines) + "\n", finding(2))
    assert (reasons, kinds) == (["why"], [])


def test_a_finding_over_several_lines_is_muted_on_any_of_them(rules: Catalogue) -> None:
    text = "a:\n  b\n  c # keyaudit: ignore[KA301] why\nd\n"
    assert muted(rules, text, finding(1, end=(3, 5)), path="a.yml")[0] == ["why"]
    assert muted(rules, text, finding(1, end=(3, 1)), path="a.yml")[0] == [None]
    assert muted(rules, text, finding(4), path="a.yml")[0] == [None]


def test_what_stands_in_a_string_is_no_comment(rules: Catalogue) -> None:
    text = 'x = "# keyaudit: ignore[KA301] no"\n"""\n# keyaudit: ignore[KA301] no\n"""\ny = 1\n'
    assert muted(rules, text, finding(1), finding(3), finding(5)) == ([None] * 3, [])


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.js", "x = 1; // keyaudit: ignore[KA302] why"),
        ("a.css", "x /* keyaudit: ignore[KA302] why */"),
        ("a.sql", "x -- keyaudit: ignore[KA302] why"),
        ("a.ini", "x ; keyaudit: ignore[KA302] why"),
        ("a.md", "x <!-- keyaudit: ignore[KA302] why -->"),
        ("a.xml", "x <!-- keyaudit: ignore[KA302] why -->"),
        ("Dockerfile", "x # keyaudit: ignore[KA302] why"),
    ],
)
def test_comments_of_other_languages(rules: Catalogue, path: str, text: str) -> None:
    assert muted(rules, text + "\n", finding(1, "KA302"), path=path) == (["why"], [])


def test_a_heading_of_a_document_is_no_comment(rules: Catalogue) -> None:
    text = "# keyaudit: ignore[KA302] explained\n"
    assert muted(rules, text, finding(2, "KA302"), path="a.md") == ([None], [])


@pytest.mark.parametrize(
    "text",
    [
        "x = 1  # keyaudit: ignore\n",
        "x = 1  # keyaudit: ignore[]\n",
        "x = 1  # keyaudit: ignore[KA301]\n",
        "x = 1  # keyaudit: ignore[KA301] -\n",
        "x = 1  # keyaudit: ignore[KA999] why\n",
        "x = 1  # keyaudit: ignore[KA301, nonsense] why\n",
        "x = 1  # keyaudit: ignore reason without a rule\n",
    ],
)
def test_a_comment_without_rule_or_reason_mutes_nothing(rules: Catalogue, text: str) -> None:
    assert muted(rules, text, finding(1)) == ([None], ["invalid-suppression"])


def test_a_comment_that_mutes_nothing_is_told_once_a_rule(rules: Catalogue) -> None:
    text = "x = 1  # keyaudit: ignore[KA301, KA302] why\n"
    assert muted(rules, text, finding(1)) == (["why"], ["unused-suppression"])
    assert muted(rules, text, finding(2)) == ([None], ["unused-suppression"] * 2)


def test_what_was_not_looked_at_is_not_called_unused(rules: Catalogue) -> None:
    result = apply(
        DocumentResult(notices=(Notice("parse-error", "", "a.py"),)),
        "x = 1  # keyaudit: ignore[KA301] why\nprint 'x'\n",
        "a.py",
        rules.rules,
        True,
    )
    assert [notice.kind for notice in result.notices] == ["parse-error"]


def test_a_finding_that_waits_is_muted_too(rules: Catalogue) -> None:
    waiting = Pending(finding(1, "KA501"), frozenset({"kms-enable-rotation"}))
    result = apply(
        DocumentResult(pending=(waiting,)),
        "x = 1  # keyaudit: ignore[KA501] why\n",
        "a.py",
        rules.rules,
        True,
    )
    (pending,) = result.pending
    assert pending.finding.suppression is not None
    assert (pending.unless, result.notices) == (waiting.unless, ())


def test_a_key_that_was_pasted_into_a_reason_is_not_kept(rules: Catalogue) -> None:
    (reason,), _ = muted(rules, f"x = 1  # keyaudit: ignore[KA301] was {CANARY}\n", finding(1))
    assert reason is not None
    assert CANARY not in reason
    _, kinds = muted(rules, f"x = 1  # keyaudit: ignore[{CANARY}] why\n", finding(1))
    assert kinds == ["invalid-suppression"]
    long = "why not " * 700
    (reason,), _ = muted(rules, f"x = 1  # keyaudit: ignore[KA301] {long}\n", finding(1))
    assert reason is not None
    assert 190 <= len(reason) <= 200


def test_statements_and_comments_of_python() -> None:
    text = "a = 1  # one\nb = (\n  2,  # two\n)\n# three\n\nif a:\n    c = '''x\n# no\n'''\n"
    statements = Statements(text)
    assert [statements.comment(line) for line in (1, 2, 3, 5, 9)] == [7, None, 6, 0, None]
    assert [statements.edges(line) for line in (1, 2, 3, 4, 7, 9)] == [
        (1, 1), (2, 4), (2, 4), (2, 4), (7, 7), (8, 10),
    ]  # fmt: skip
    assert [statements.next_code(line) for line in (1, 5, 6, 99)] == [1, 7, 7, 99]


@pytest.mark.parametrize("text", ["x = (\n", "'''\n", "  x\n y\n", "x = 1\n\0\n", "", "\\"])
def test_text_that_is_no_python_has_no_statements_beyond(text: str) -> None:
    statements = Statements(text)
    assert statements.edges(5) == (5, 5)
    assert statements.comment(5) is None


@pytest.mark.parametrize(
    ("word", "shown"),
    [("KA9999", "'KA9999'"), ("E501", "'E501'"), ("nN8g3x:Xm!bU_3F6 HdZxhx", "looks like no id"),
     ("Vq7tZ2mKw9", "looks like no id"), ("73868107954292", "looks like no id")],
)  # fmt: skip
def test_of_an_unknown_rule_only_what_looks_like_an_id_is_shown(
    rules: Catalogue, word: str, shown: str
) -> None:
    text = f"x = 1  # keyaudit: ignore[{word}] why\n"
    notice = apply(DocumentResult(), text, "a.py", rules.rules, True).notices[0]
    assert shown in notice.message
    assert len(word) <= 6 or word[:6] not in notice.message
