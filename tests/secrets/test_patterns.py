"""Triage points at every line in which a plugin finds something.

The plugins' own regular expressions make the lines; that keeps the patterns here true when
detect-secrets changes them.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from typing import Any

import pytest
from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.filters import heuristic
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.plugins.keyword import (
    QUOTES_REQUIRED_DENYLIST_REGEX_TO_GROUP,
    REGEX_BY_FILETYPE,
)
from detect_secrets.settings import Settings
from detect_secrets.util import filetype
from hypothesis import given, settings
from hypothesis import strategies as st

from keyaudit.secrets import candidates
from keyaudit.secrets.detectors import detect_secrets_plugins
from keyaudit.secrets.patterns import PATTERNS
from tests.secrets.plants import DETECTORS, plant
from tests.secrets.support import NOT_ASKED, patterns

# A line holds no line breaks; beyond ASCII see test_differences.
_ALPHABET = st.characters(codec="ascii", exclude_characters="\n\r")
_AROUND = st.text(string.ascii_letters + string.digits + " \t\"'=:;,._-/()[]<>#@", max_size=12)
_EXTENSIONS = ("py", "js", "go", "c", "cpp", "cs", "java", "tf", "php", "m", "swift", "cls")


def _points_at(detector: str, line: str, path: str) -> bool:
    hits = patterns().scan(line.encode())
    if 1 not in hits.get(detector, []):
        return False
    return detector in candidates.candidate_lines(path, line, [line], hits).get(1, set())


def _finds(detector: str, line: str, path: str) -> bool:
    found = detect_secrets_plugins.plugins()[detector].analyze_line(
        filename=path, line=line.rstrip()
    )
    return any(
        not any(
            is_excluded(secret.secret_value)
            for is_excluded in detect_secrets_plugins.SECRET_FILTERS
        )
        for secret in found
    )


def _by_expression() -> Iterator[Any]:
    for name, plugin in detect_secrets_plugins.plugins().items():
        if isinstance(plugin, RegexBasedDetector):
            for number, expression in enumerate(plugin.denylist):
                yield pytest.param(name, expression, id=f"{name}-{number}")


@pytest.mark.parametrize(("detector", "expression"), _by_expression())
def test_of_every_expression(detector: str, expression: re.Pattern[str]) -> None:
    @settings(max_examples=50)
    @given(match=st.from_regex(expression, alphabet=_ALPHABET), before=_AROUND, after=_AROUND)
    def check(match: str, before: str, after: str) -> None:
        line = before + match + after
        if _finds(detector, line, "a.py"):
            assert _points_at(detector, line, "a.py")

    check()


_KEYWORD_EXPRESSIONS = {
    expression.pattern: expression
    for group in (*REGEX_BY_FILETYPE.values(), QUOTES_REQUIRED_DENYLIST_REGEX_TO_GROUP)
    for expression in group
}


@pytest.mark.parametrize("number", range(len(_KEYWORD_EXPRESSIONS)))
def test_of_every_expression_for_names(number: int) -> None:
    expression = list(_KEYWORD_EXPRESSIONS.values())[number]

    @settings(max_examples=50)
    @given(
        match=st.from_regex(expression, alphabet=_ALPHABET),
        before=_AROUND,
        after=_AROUND,
        extension=st.sampled_from(_EXTENSIONS),
    )
    def check(match: str, before: str, after: str, extension: str) -> None:
        line, path = before + match + after, f"a.{extension}"
        if _finds("KeywordDetector", line, path):
            assert _points_at("KeywordDetector", line, path)

    check()


@pytest.mark.parametrize("name", ["contraseña", "CONTRASEÑA", "contrasena"])
def test_of_names_beyond_ascii(name: str) -> None:
    line = f'{name} = "t4Kq9xVw2Lz"'
    assert _finds("KeywordDetector", line, "a.py")
    assert _points_at("KeywordDetector", line, "a.py")


@given(
    value=st.text(string.ascii_letters + string.digits + "+/\\-_=", min_size=1, max_size=60),
    quote=st.sampled_from("'\""),
    before=_AROUND,
    after=_AROUND,
)
def test_of_random_looking_text(value: str, quote: str, before: str, after: str) -> None:
    line = before + quote + value + quote + after
    for detector in ("Base64HighEntropyString", "HexHighEntropyString"):
        if _finds(detector, line, "a.py"):
            assert _points_at(detector, line, "a.py")


@given(value=st.text(string.hexdigits, min_size=6, max_size=40), before=_AROUND, after=_AROUND)
def test_of_hexadecimal_text(value: str, before: str, after: str) -> None:
    line = f'{before}"{value}"{after}'
    if _finds("HexHighEntropyString", line, "a.py"):
        assert _points_at("HexHighEntropyString", line, "a.py")


@pytest.mark.parametrize("detector", DETECTORS)
@pytest.mark.parametrize("seed", range(5))
def test_of_a_made_up_secret_of_each_kind(detector: str, seed: int) -> None:
    line = plant(detector, seed).line
    assert _finds(detector, line, "a.py")
    assert _points_at(detector, line, "a.py")


def test_every_plugin_has_a_pattern() -> None:
    """Fails when detect-secrets brings a new plugin, which then needs one."""
    kinds: list[type] = list(get_mapping_from_secret_type_to_class().values())
    assert {kind.__name__ for kind in kinds} == {*PATTERNS, NOT_ASKED}
    assert {*DETECTORS, "PrivateKeyDetector"} == set(PATTERNS)
    assert set(detect_secrets_plugins.plugins()) == set(PATTERNS)


def test_every_default_filter_is_applied() -> None:
    """Fails when detect-secrets brings a new filter."""
    filters = (
        *detect_secrets_plugins.FILE_FILTERS,
        *detect_secrets_plugins.LINE_FILTERS,
        *detect_secrets_plugins.SECRET_FILTERS,
    )
    here = {f"{function.__module__}.{function.__name__}" for function in filters}
    here |= {
        "detect_secrets.filters.allowlist.is_line_allowlisted",  # marks, see test_findings
        "detect_secrets.filters.common.is_invalid_file",  # a document exists
        f"{heuristic.__name__}.is_likely_id_string",
    }
    assert here == set(Settings().filters)


def test_file_types_are_those_of_detect_secrets() -> None:
    extensions = [*candidates._KNOWN, ".txt", ".json", ".env", "", ".PY", ".html"]
    for extension in extensions:
        kind = filetype.determine_file_type("a" + extension)
        assert (kind is filetype.FileType.OTHER) == (extension not in candidates._KNOWN)
        assert (kind is filetype.FileType.YAML) == candidates.is_yaml("a" + extension)
    known = set(map(filetype.determine_file_type, (f"a{e}" for e in extensions)))
    assert known == set(filetype.FileType)
