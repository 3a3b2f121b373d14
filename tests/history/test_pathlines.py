"""Triage is asked once about each line of a path, and says the same as of whole versions."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import pytest

from keyaudit import code, secrets, triage
from keyaudit.catalogue import load
from keyaudit.catalogue.types import Catalogue
from keyaudit.history.hits import worth_a_look
from keyaudit.history.keylines import KeyLines
from keyaudit.history.pathlines import PathLines
from keyaudit.scanning.examine import CODE
from keyaudit.triage import Triage
from tests.history.support import github_token, made_up

LINES = [
    b"",
    b"x = 1",
    b"from cryptography.fernet import Fernet",
    b"# from cryptography.fernet import Fernet",
    b"password = '" + made_up(1, 12).encode() + b"'",
    b"\xef\xbb\xbfpassword: " + made_up(2, 12).encode() + b"\r",
    b"token = '" + github_token(3).encode() + b"'",
    b"box = Fernet(b'" + made_up(4, 43).encode() + b"=')",
    b"\xff\xfe" + b"secret = " + made_up(5, 20).encode(),
    b"-----" + b"BEGIN PRIVATE KEY-----",
    b"# keyaudit: ignore",
    b"x" * 600 + b" password = '" + made_up(6, 12).encode() + b"'",
]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load()


@pytest.fixture(scope="module")
def everything(catalogue: Catalogue) -> Triage:
    return triage.build(code.triage_words(catalogue), secrets.patterns_for(catalogue))


class _Counting:
    """Triage that counts the lines it is asked about."""

    def __init__(self, inner: Triage) -> None:
        self._inner = inner
        self.lines: list[bytes] = []

    def scan(self, data: bytes) -> Mapping[str, Sequence[int]]:
        self.lines += data.split(b"\n")[1:]
        return self._inner.scan(data)


def _expected(everything: Triage, lines: Sequence[bytes]) -> dict[int, tuple[str, ...]]:
    hits = everything.scan(b"\n" + b"\n".join(lines))
    found = {}
    for number, line in enumerate(lines, 2):
        tags = [tag for tag, numbers in hits.items() if number in numbers]
        if kept := worth_a_look(line, [tag for tag in tags if tag != CODE]):
            found[number - 1] = tuple(kept)
    return found


def test_versions_are_told_as_whole_texts_are(catalogue: Catalogue) -> None:
    without_tokens = triage.build(code.triage_words(catalogue), secrets.PATTERNS)
    told = PathLines(without_tokens.scan, {}, None)
    source = random.Random(8)
    for _ in range(30):
        lines = source.choices(LINES, k=source.randrange(1, 12))
        answer = told.of("a.py", lines)
        assert {n: one.tags for n, one in answer.items() if one.tags} == _expected(
            without_tokens, lines
        )
        assert [n for n, one in answer.items() if one.code] == [
            n for n, line in enumerate(lines, 1) if b"cryptography" in line
        ]
        assert list(answer) == sorted(answer)


def test_each_line_of_a_path_is_asked_about_once(catalogue: Catalogue, everything: Triage) -> None:
    counting = _Counting(everything)
    told = PathLines(counting.scan, catalogue.tokens, None)
    for cut in range(len(LINES)):
        told.of("a.py", LINES[cut:] + LINES[:cut])
    assert sorted(counting.lines) == sorted(LINES)
    told.of("b.py", LINES[:3])
    assert len(counting.lines) == len(LINES) + 3


def test_what_only_begins_as_a_token_is_none(catalogue: Catalogue, everything: Triage) -> None:
    told = PathLines(everything.scan, catalogue.tokens, None)
    begun = "gh" + "p_" + made_up(9, 12)
    lines = [f"x = {begun}", f"x = {github_token(9)}"]
    answer = told.of("a.txt", [line.encode() for line in lines])
    tags = {number: [tag for tag in one.tags if "github" in tag] for number, one in answer.items()}
    assert not tags.get(1)
    assert tags[2]


@pytest.mark.parametrize(
    ("path", "counts"), [("a.py", True), ("a", True), ("a.md", False), ("tests/test_a.py", False)]
)
def test_lines_of_code_count_in_programs(
    catalogue: Catalogue, everything: Triage, path: str, counts: bool
) -> None:
    told = PathLines(everything.scan, catalogue.tokens, KeyLines(catalogue, None))
    answer = told.of(path, LINES)
    assert any(one.key is not None for one in answer.values()) is counts
