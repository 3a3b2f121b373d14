"""Lines that a fix makes too long, and the quotes of new texts."""

from __future__ import annotations

import ast

import pytest

from keyaudit.fixes.changes import Change, apply, merged
from keyaudit.fixes.line_width import fitted, width
from keyaudit.fixes.python_file import PythonFile
from keyaudit.fixes.quoting import in_own_quotes
from keyaudit.fixes.wrapping import wrapped

_LONG = "a_long_name"
_NAME = "a_value_with_a_name"


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        (
            f"    key = derive({_LONG}, salt={_LONG}, count=1_300_000)  # for the file of the user",
            [
                "    key = derive(",
                f"        {_LONG}, salt={_LONG}, count=1_300_000",
                "    )  # for the file of the user",
            ],
        ),
        (
            f"    return {_LONG} and isinstance({_LONG}, str) and compare({_LONG}, {_LONG})",
            [
                "    return (",
                f"        {_LONG}",
                f"        and isinstance({_LONG}, str)",
                f"        and compare({_LONG}, {_LONG})",
                "    )",
            ],
        ),
        (
            f"if {_LONG} not in users or not (isinstance({_LONG}, str) and same({_LONG})):",
            [
                f"if {_LONG} not in users or not (",
                f"    isinstance({_LONG}, str) and same({_LONG})",
                "):",
            ],
        ),
        (
            f'    SECRETS_OF_OLD = [one for one in {_LONG}.split(",") if one]',
            [
                "    SECRETS_OF_OLD = [",
                f'        one for one in {_LONG}.split(",") if one',
                "    ]",
            ],
        ),
        (
            f"    return client.decrypt(blob={_LONG}, context={_LONG}, more={_LONG})['Plaintext']",
            [
                "    return client.decrypt(",
                f"        blob={_LONG},",
                f"        context={_LONG},",
                f"        more={_LONG},",
                "    )['Plaintext']",
            ],
        ),
        (
            f"OLD = Boxes([Box(one) for one in {_LONG}.split(',')]) if {_LONG} else None",
            [
                "OLD = (",
                f"    Boxes([Box(one) for one in {_LONG}.split(',')])",
                f"    if {_LONG}",
                "    else None",
                ")",
            ],
        ),
        (f"    url = 'https://example.com/{_LONG}/{_LONG}/{_LONG}/{_LONG}'", None),
        # Only what is said beside it is too long.
        (f"    key = derive({_LONG})  # {_LONG} and {_LONG} and {_LONG} and {_LONG}", None),
        (f"    first({_LONG}, second({_LONG}, {_LONG}, {_LONG}", None),
    ],
)
def test_a_line_is_broken_as_formatters_break_it(line: str, lines: list[str] | None) -> None:
    assert wrapped(line, "    ", 60) == lines


@pytest.mark.parametrize(
    "line",
    [
        f"x = one(*{_LONG}, **{_LONG})[0] + two({_LONG}, {_LONG}) - {_LONG}",
        f"x = [(a, b) for a in {_LONG} for b in other({_LONG}, {_LONG}) if a == b and a]",
        f"x = make(lambda a, b: {_LONG}(a, b), {_LONG}, {_LONG}, {_LONG})",
        f"x = f\"{{one({_LONG}, 'a')}} of {{{_LONG}}}\" + two({_LONG}, {_LONG})",
        f"x = {_LONG}({_LONG} if {_LONG} else {_LONG}, {_LONG})",
        f"x = {_LONG} if {_LONG}({_LONG}) and {_LONG} or {_LONG} else {_LONG}({_LONG}, {_LONG})",
        f"if {_LONG}({_LONG} if {_LONG} else {_LONG}): pass",
        f"x, y = {_LONG} == {_LONG}, {_LONG}({_LONG} != {_LONG} and not {_LONG})",
        f"def f({_LONG}, *, other=({_LONG}, {_LONG}), more=None, **rest) -> dict[str, int]: pass",
        f"assert {_LONG} and {_LONG} or {_LONG}, {_LONG}({_LONG})",
        f"del ({_LONG}), {_LONG}[{_LONG}], {_LONG}[{_LONG}:{_LONG}]",
    ],
)
@pytest.mark.parametrize("most", [30, 40, 60])
def test_a_broken_line_means_what_it_did(line: str, most: int) -> None:
    broken = wrapped(line, "    ", most) or [line]
    assert ast.dump(ast.parse("\n".join(broken))) == ast.dump(ast.parse(line))


def _changed(text: str, old: str, new: str, most: int = 79) -> str:
    file = PythonFile("app.py", text.encode())
    start = text.index(old)
    changes = in_own_quotes(file, [Change("app.py", start, start + len(old), new)])
    return apply(text, merged(fitted(file, changes, "    ", most)))


def test_only_what_a_change_makes_too_long_is_broken() -> None:
    long = f"{_NAME} = {_NAME}({_NAME}, {_NAME})\n"
    text = f"{long}def f(a):\n    return sealed(a)\n"
    inner = f"sealed(a, {_NAME}, {_NAME}, {_NAME})"
    assert _changed(text, "sealed(a)", inner) == (
        f"{long}def f(a):\n    return sealed(\n        a, {_NAME}, {_NAME}, {_NAME}\n    )\n"
    )
    assert _changed(text, "sealed(a)", "sealed(a, 1)") == text.replace("(a)\n", "(a, 1)\n")
    # It was long before.
    assert _changed(long, long.strip(), long.strip()) == long


def test_a_line_within_a_text_is_left() -> None:
    text = "x = '''\nrun(a)\n'''\n"
    inner = f"run({_NAME}, {_NAME}, {_NAME}, {_NAME})"
    assert inner in _changed(text, "run(a)", inner)


def test_lines_end_as_the_file_has_it() -> None:
    text = "x = 1\r\ny = run(a)\r\n"
    found = _changed(text, "run(a)", f"run({_NAME}, {_NAME}, {_NAME}, {_NAME})")
    assert found.count("\r\n") == found.count("\n") > 3


def test_new_texts_have_the_quotes_of_the_file() -> None:
    text = "a = 'x'\nb = 'y'\nc = {'z': a}\nd = a\n"
    assert _changed(text, "d = a", 'd = os.environ["D"]').endswith("d = os.environ['D']\n")
    # A quote stands in it, or the file has both.
    assert _changed(text, "d = a", 'd = "it\'s"').endswith('d = "it\'s"\n')
    assert _changed(text + 'e = "e"\n', "d = a", 'd = "d"').count('"d"') == 0
    assert _changed('b = "b"\n' + text + 'e = "e"\n', "d = a", 'd = "d"').count('"d"') == 1


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("pyproject.toml", "[tool.black]\nline-length = 100\n", 100),
        ("pyproject.toml", "[tool.ruff]\nline-length = 120\n", 120),
        ("pyproject.toml", "[tool.black]\nline-length = 'long'\n", 88),
        ("pyproject.toml", "[tool\nline", 88),
        ("pyproject.toml", "tool = 'line'\n", 88),
        ("pyproject.toml", "line = " + "[" * 9000, 88),
        ("ruff.toml", "line-length = 99\n", 99),
        ("setup.cfg", "[flake8]\nmax-line-length = 110\n", 110),
        ("tox.ini", "[pycodestyle]\nmax_line_length = 79\n", 79),
        (".editorconfig", "root = true\n[*.py]\nmax_line_length = 119\n", 119),
        ("setup.cfg", "[flake8]\nmax-line-length = 9999\n", 88),
        ("setup.cfg", "[flake8]\nmax-line-length = " + "9" * 9000, 88),
        ("pyproject.toml", "line = " + "9" * 9000, 88),
        (".editorconfig", "max_line_length = " + "9" * 9000, 88),
    ],
)
def test_the_width_is_that_of_the_project(name: str, text: str, found: int) -> None:
    files = {f"shop/{name}": text.encode()}
    assert width("shop/pay/app.py", files.get) == found
    assert width("other/app.py", files.get) == 88
