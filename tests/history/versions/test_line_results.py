"""Triage is asked once about each line of a path, and says the same as of whole versions."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import pytest

from keyaudit import code, secrets, triage
from keyaudit.catalogue.types import Catalogue
from keyaudit.history.versions.key_lines import KeyLines
from keyaudit.history.versions.line_results import LineResults
from keyaudit.history.versions.triage_hits import worth_scanning
from keyaudit.scanning.needs import CODE
from keyaudit.triage import Triage
from tests.caches import shipped
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
    return shipped()


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


def _expected(
    everything: Triage, catalogue: Catalogue, lines: Sequence[bytes]
) -> dict[int, tuple[str, ...]]:
    hits = everything.scan(b"\n" + b"\n".join(lines))
    found = {}
    for number, line in enumerate(lines, 2):
        tags = [tag for tag, numbers in hits.items() if number in numbers]
        text = line.removesuffix(b"\r").decode("utf-8", "replace")
        if kept := worth_scanning(text, [tag for tag in tags if tag != CODE], catalogue):
            found[number - 1] = tuple(kept)
    return found


def test_versions_are_told_as_whole_texts_are(catalogue: Catalogue) -> None:
    without_tokens = triage.build(code.triage_words(catalogue), secrets.PATTERNS)
    told = LineResults(without_tokens.scan, catalogue, None)
    source = random.Random(8)
    for _ in range(60):
        lines = source.choices([*LINES, b"", b"", b""], k=source.randrange(1, 20))
        answer = told.of(f"{source.randrange(3)}.py", b"\n".join(lines)).known
        assert {n: one.tags for n, one in answer.items() if one.tags} == _expected(
            without_tokens, catalogue, lines
        )
        assert [n for n, one in answer.items() if one.code] == [
            n for n, line in enumerate(lines, 1) if b"cryptography" in line
        ]
        assert list(answer) == sorted(answer)


def test_each_line_of_a_path_is_asked_about_once(catalogue: Catalogue, everything: Triage) -> None:
    counting = _Counting(everything)
    told = LineResults(counting.scan, catalogue, None)
    for cut in range(len(LINES)):
        told.of("a.py", b"\n".join(LINES[cut:] + LINES[:cut]))
    assert sorted(counting.lines) == sorted(LINES)
    told.of("b.py", b"\n".join(LINES[:3]))
    assert len(counting.lines) == len(LINES) + 3


def test_what_only_begins_as_a_token_is_none(catalogue: Catalogue, everything: Triage) -> None:
    told = LineResults(everything.scan, catalogue, None)
    begun = "gh" + "p_" + made_up(9, 12)
    lines = [f"x = {begun}", f"x = {github_token(9)}"]
    answer = told.of("a.txt", "\n".join(lines).encode()).known
    tags = {number: [tag for tag in one.tags if "github" in tag] for number, one in answer.items()}
    assert not tags.get(1)
    assert tags[2]


@pytest.mark.parametrize(
    ("path", "counts"), [("a.py", True), ("a", True), ("a.md", False), ("tests/test_a.py", False)]
)
def test_lines_of_code_count_in_programs(
    catalogue: Catalogue, everything: Triage, path: str, counts: bool
) -> None:
    told = LineResults(everything.scan, catalogue, KeyLines(catalogue, None))
    answer = told.of(path, b"\n".join(LINES))
    assert any(one.key is not None for one in answer.known.values()) is counts
    assert answer.has_code is counts


def _text(*parts: Sequence[bytes]) -> bytes:
    return b"\n\n".join(b"\n".join(part) for part in parts)


def test_what_is_said_is_shared_by_versions_that_have_the_same_to_say(
    catalogue: Catalogue, everything: Triage
) -> None:
    told = LineResults(everything.scan, catalogue, None)
    secret, plain = [b"x = 2", LINES[4], b"y = 3"], [b"a = 4", b"b = 5"]
    first = told.of("a.py", _text([b"n = 1"], plain, secret, plain, [b"n = 1"]))
    same = told.of("a.py", _text([b"n = 2"], [b"more"], plain, secret, plain, [b"n = 3"]))
    assert same.said is first.said
    assert list(first.known) == [7]
    assert list(same.known) == [9]
    for other in (
        _text(plain, secret, [b"n = 1"]),  # another neighbour
        _text(plain, [*secret, b"z = 6"], plain),  # another line in its part
        _text(plain, secret, plain, secret, plain),
        _text(secret, plain),
        _text(plain, secret),
    ):
        assert told.of("a.py", other).said is not first.said
    assert told.of("b.py", _text(plain, secret, plain)).said is not first.said


def test_what_goes_on_in_other_parts_is_not_shared(
    catalogue: Catalogue, everything: Triage
) -> None:
    told = LineResults(everything.scan, catalogue, None)
    text = _text([b"x = 1"], [LINES[9]], [b"y = 2"])
    assert told.of("a.py", text).said is not told.of("a.py", text).said
