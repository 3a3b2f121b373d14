"""What is known of a file's words before it is parsed."""

from __future__ import annotations

import pytest

from keyaudit.code.semantics.module import SourceModule
from keyaudit.code.semantics.scopes import Module


def _module(text: str) -> Module:
    return SourceModule("a.py", "a", text.encode())


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("x = seal(key)\n", True),
        ("x = box.seal (key)\n", True),
        ("x = (seal  # at last\n\n  (key))\n", True),
        ("x = box.seal\\\n  (key)\n", True),
        ("def seal(key):\n    return seal(key, 1)\n", True),
        ("async def seal(key):\n    pass\n", False),
        ("class seal(Box):\n    pass\n", False),
        ("x = unseal(key)\n", False),
        ("x = seal_all(key)\n", False),
        ("x = seal, (key)\n", False),
        ("from box import seal\n", False),
    ],
)
def test_a_piece_calls_a_name_where_a_bracket_follows_it(text: str, called: bool) -> None:
    module = _module("import box\n\n" + text)
    assert bool(module.words.pieces_calling({"seal"})) is called


def test_a_name_is_defined_where_the_last_piece_that_gives_it_a_value_defines_it() -> None:
    text = "from box import seal\n\n@cache\ndef seal(key):\n    pass\n\ndef other():\n    seal(1)\n"
    assert _module(text).defines("seal")
    assert not _module(text + "seal = None\n").defines("seal")
    assert not _module(text + "def late():\n    global seal\n    seal = None\n").defines("seal")
    assert not _module("if x:\n    def seal(key):\n        pass\n").defines("seal")


def test_a_long_piece_is_not_looked_through() -> None:
    lines = "".join(f"    '{number}': seal,\n" for number in range(5_000))
    module = _module("from box import seal\n\nNAMES = {\n" + lines + "}\n")
    assert module.words.pieces_calling({"seal"}) == [1]
