"""Notebooks: the code of their cells as Python, and where each of its lines stands."""

from __future__ import annotations

import ast
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyaudit.core.location import Span
from keyaudit.sources.notebooks import Notebook, read

_LINES = st.text(
    st.characters(exclude_characters="\r\n%!?", exclude_categories=["Cs"]), max_size=20
)
_CELLS = st.lists(st.tuples(st.sampled_from(["code", "markdown"]), st.lists(_LINES)), max_size=5)


def notebook(*cells: tuple[str, Any], language: str = "python", **form: Any) -> bytes:
    """A notebook of cells, each a kind and its source."""
    content = {
        "cells": [
            {"cell_type": kind, "metadata": {}, "source": source, "outputs": []}
            for kind, source in cells
        ],
        "metadata": {"language_info": {"name": language}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(content, **form).encode()


def of(*sources: str) -> Notebook:
    known = read(notebook(*(("code", source.splitlines(keepends=True)) for source in sources)))
    assert known is not None
    return known


@given(
    _CELLS,
    st.sampled_from([None, 0, 1]),
    st.booleans(),
    st.booleans(),
)
def test_every_line_of_code_is_found_where_it_stands(
    cells: list[tuple[str, list[str]]], indent: int | None, ascii_only: bool, one_text: bool
) -> None:
    def source(lines: list[str]) -> Any:
        parts = [line + "\n" for line in lines]
        return "".join(parts) if one_text and parts else parts

    data = notebook(
        *((kind, source(lines)) for kind, lines in cells), indent=indent, ensure_ascii=ascii_only
    )
    known = read(data)
    assert known is not None
    texts = [
        (number, row, line)
        for number, (kind, lines) in enumerate(cells, 1)
        if kind == "code"
        for row, line in enumerate(lines, 1)
    ]
    assert [(line.cell, line.number, line.piece.text) for line in known.lines] == texts
    assert known.code == "\n".join(text for *_, text in texts) + "\n"
    raw = data.decode().split("\n")
    for at, (number, row, text) in enumerate(texts, 1):
        for column in (1, len(text) + 1):
            place = known.place(Span(at, column, at, len(text) + 1))
            assert place.cell is not None
            assert (place.cell.number, place.cell.line, place.cell.column) == (number, row, column)
            written = raw[place.line - 1][place.column - 1 : place.end_column - 1]
            assert json.loads(f'"{written}"', strict=False) == text[column - 1 :]
    assert len(known.around) == len(data.decode())


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_what_is_no_notebook_is_none(data: bytes) -> None:
    assert read(data) is None


@given(st.integers(0, 400), st.sampled_from(['"', "{", "]", ",", "\\", "\x00", ""]))
def test_a_damaged_notebook_is_read_or_refused(at: int, put: str) -> None:
    text = notebook(("code", ["key = 1\n", "%ls\n"]), ("markdown", "a\nb"), indent=1).decode()
    damaged = text[:at] + put + text[at + 1 :]
    known = read(damaged.encode())
    assert known is None or len(known.around) == len(damaged)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("if x:\n    !pip install y", "if x:\n    pass"),
        ("files = !ls\nz = %env HOME\nlen?", "pass\npass\npass"),
        ("%%time\nx = 1", "\nx = 1"),
        ("%%bash\nexport A=1", "\n"),
        ('text = """\n%s of them\n"""', 'text = """\n%s of them\n"""'),
        ("y = (x\n     %z)", "y = (x\n     %z)"),
        ("await fetch()", "await fetch()"),
    ],
)
def test_what_ipython_reads_is_no_python(source: str, code: str) -> None:
    known = of(source)
    assert known.code == code + "\n"
    ast.parse(known.code)


def test_what_is_no_python_is_left_to_the_text() -> None:
    known = of("!curl https://one.example\nkey = 1", "%%bash\nexport TWO=2", "three = 3")
    assert "curl https://one.example" in known.around
    assert "export TWO=2" in known.around
    assert "key = 1" not in known.around
    assert "three" not in known.around


def test_another_language_is_a_text() -> None:
    assert read(notebook(("code", "x <- 1"), language="R")) is None


def test_the_third_format_has_worksheets() -> None:
    cell = {"cell_type": "code", "input": ["a = 1\n", "b = 2"], "language": "python"}
    text = {"cell_type": "markdown", "source": ["no code"]}
    data = json.dumps({"metadata": {}, "nbformat": 3, "worksheets": [{"cells": [text, cell]}]})
    known = read(data.encode())
    assert known is not None
    assert known.code == "a = 1\nb = 2\n"
    assert [line.cell for line in known.lines] == [2, 2]


@pytest.mark.parametrize("order", [("cells", "worksheets"), ("worksheets", "cells")])
def test_cells_in_both_forms_are_blanked_in_either_order(order: tuple[str, str]) -> None:
    forms = {
        "cells": [{"cell_type": "code", "source": "one = 1"}],
        "worksheets": [{"cells": [{"cell_type": "code", "input": "two = 2"}]}],
    }
    data = json.dumps({"metadata": {}, **{name: forms[name] for name in order}})
    known = read(data.encode())
    assert known is not None
    assert known.code == "one = 1\ntwo = 2\n"
    assert known.around == data.replace("one = 1", " " * 7).replace("two = 2", " " * 7)
