"""Versions of a path are judged by the blocks of lines around hits, each block once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

import pytest

from keyaudit.core.document import Document, DocumentOrigin
from keyaudit.core.finding import Finding
from keyaudit.core.levels import Confidence, Severity
from keyaudit.core.location import Span
from keyaudit.history.versions.block_results import BlockResults, Version
from keyaudit.history.versions.excerpt import Excerpt, excerpt_of, is_exact

NAME, KEY = "KeywordDetector", "PrivateKeyDetector"
BEGIN, END = b"-----" + b"BEGIN PRIVATE KEY-----", b"-----" + b"END PRIVATE KEY-----"


class _Analyzer:
    """Finds what stands on lines with hits that have `found` in them; counts those lines."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []

    def __call__(self, document: Document, hits: Mapping[str, Sequence[int]]) -> list[Finding]:
        lines = document.data.decode().split("\n")
        numbers = sorted({number for tag in hits for number in hits[tag]})
        self.asked.append(numbers)
        return [
            Finding("KA302", document.path, Span(number, 1, number, 4), "found",
                    Severity.HIGH, Confidence.HIGH, code=lines[number - 1], preview="…")
            for number in numbers
            if "found" in lines[number - 1]
        ]  # fmt: skip


def _lines(count: int) -> list[str]:
    return [f"line {secrets.token_hex(4)}" for _ in range(count)]


def _judge(judged: BlockResults, path: str, lines: list[str]) -> list[tuple[int, str, str]]:
    tags = {n: (NAME,) for n, line in enumerate(lines, 1) if "name" in line}
    document = Document(path, "\n".join(lines).encode(), DocumentOrigin.COMMIT)
    version = Version(document, document.data.split(b"\n"), tags)
    return [(f.span.line, f.code, value) for f, value in judged.judge(version)]


def _excerpt(path: str, lines: list[bytes], tags: Mapping[int, Sequence[str]]) -> Excerpt | None:
    return excerpt_of(path, b"\n".join(lines), lines, tags)


def test_findings_are_carried_to_where_their_block_stands() -> None:
    analyzer = _Analyzer()
    judged = BlockResults(analyzer)
    block = [*_lines(2), "name = found one", *_lines(2)]
    other = [*_lines(2), "name = nothing", *_lines(2)]
    first = _judge(judged, "a.py", [*_lines(3), *block, *_lines(3), *other])
    again = _judge(judged, "a.py", [*other, *_lines(9), *block, *_lines(1)])
    assert [line for line, _, _ in first] == [6]
    assert again == [(17, *first[0][1:])]
    assert analyzer.asked == [[6, 14]]


def test_a_new_block_is_judged_alone() -> None:
    analyzer = _Analyzer()
    judged = BlockResults(analyzer)
    block = [*_lines(2), "name = found one", *_lines(2)]
    _judge(judged, "a.py", [*_lines(3), *block])
    found = _judge(judged, "a.py", ["name = found two", *_lines(5), *block])
    assert [(line, code) for line, code, _ in found] == [
        (1, "name = found two"),
        (9, "name = found one"),
    ]
    assert analyzer.asked == [[6], [1]]


def test_documentation_is_judged_apart() -> None:
    analyzer = _Analyzer()
    judged = BlockResults(analyzer)
    block = [*_lines(2), "name = found one", *_lines(2)]
    code = [*_lines(3), *block, *_lines(3)]
    text = ['"""', *code, '"""']
    assert [line for line, _, _ in _judge(judged, "a.py", code)] == [6]
    assert [line for line, _, _ in _judge(judged, "a.py", text)] == [7]
    assert analyzer.asked == [[6], [7]]
    assert [line for line, _, _ in _judge(judged, "a.py", ["", *text])] == [8]
    assert analyzer.asked == [[6], [7]]


def test_other_paths_and_settings_are_judged_in_full() -> None:
    analyzer = _Analyzer()
    judged = BlockResults(analyzer)
    lines = ["first = 1", "name = found", "other = 2"]
    for path in ("a.py", "b.py", "a.yaml", "a.yaml", "a.txt", "a.txt"):
        assert [line for line, _, _ in _judge(judged, path, lines)] == [2]
    assert len(analyzer.asked) == 6


def test_settings_without_findings_are_judged_once() -> None:
    analyzer = _Analyzer()
    judged = BlockResults(analyzer)
    lines = ["first = 1", "x = 2", "x = 3", "name = nothing", "other = 2"]
    assert not is_exact("a.txt", b"", [line.encode() for line in lines], {4: [NAME]})
    for value in range(3):
        assert _judge(judged, "a.txt", [f"first = {value}", *lines[1:]]) == []
    assert analyzer.asked == [[4]]
    between = [f"y = {value}" for value in range(5)]
    second = [*lines[:3], "name = nothing else", *between]
    assert _judge(judged, "a.txt", second) == []
    assert _judge(judged, "a.txt", [*second, *lines]) == []
    assert analyzer.asked == [[4], [4]]
    assert _judge(judged, "a.txt", [*second, *lines, *between, "name = found"]) != []


def test_a_block_is_of_the_lines_around_hits() -> None:
    lines = [b"%d" % number for number in range(20)]
    excerpt = _excerpt("a.js", lines, {10: [NAME]})
    assert excerpt is not None
    assert [block.lines for block in excerpt.blocks] == [range(8, 13)]
    for same, number in (([b"other", *lines[1:]], 10), ([b"more", *lines], 11)):
        moved = _excerpt("a.js", same, {number: [NAME]})
        assert moved is not None
        assert moved.mark == excerpt.mark
    changed = [(lines, KEY)]
    changed += [([*lines[:n], b"new", *lines[n + 1 :]], NAME) for n in range(7, 12)]
    for others, tag in changed:
        other = _excerpt("a.js", others, {10: [tag]})
        assert other is None or other.mark != excerpt.mark
    # Of these any line may give another a meaning.
    assert _excerpt("a.yaml", lines, {10: [NAME]}) is None


def test_the_block_of_a_key_goes_to_its_end() -> None:
    body = [b"A" * 64] * 30
    lines = [b"", b"", b"", BEGIN, *body, END, b"", b"", b"", b"x = 1"]
    excerpt = _excerpt("a.py", lines, {4: [KEY, "material"]})
    assert excerpt is not None
    assert [block.lines for block in excerpt.blocks] == [range(2, 38)]


@pytest.mark.parametrize("word", [b"PuTTY-User-Key-File-2: x", b'{"kty": "oct"}'])
def test_keys_in_other_forms_need_the_whole_text(word: bytes) -> None:
    assert _excerpt("a.py", [word], {1: ["material"]}) is None
