"""The work for one file grows about as the file does; counted in calls, which no machine changes."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import FrameType

import pytest

from keyaudit import code
from keyaudit.catalogue.types import Catalogue
from keyaudit.core.document import Document, DocumentOrigin
from tests.caches import shipped

_FILE = Path(__file__).parents[2] / "benchmarks" / "shapes.py"
_LINES = 300
_TIMES = 4


@cache
def _catalogue() -> Catalogue:
    return shipped()


@cache
def _shapes() -> tuple[str, dict[str, Callable[[int], Iterator[str]]]]:
    spec = importlib.util.spec_from_file_location("shapes", _FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.IMPORTS, module.SHAPES


def _calls(shape: str, lines: int) -> int:
    """How many calls, of Python's functions and of built-in ones, it takes to analyze a file."""
    imports, shapes = _shapes()
    text = imports + "".join(shapes[shape](lines))
    document = Document("generated.py", text.encode(), DocumentOrigin.WORKING_TREE)
    count = 0

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        code.analyze(document, _catalogue(), _catalogue().policies["default"])
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(
    "shape",
    [
        "functions", "chain", "callers", "methods", "settings", "growing", "table", "services",
        "cases", "elifs", "tries", "script", "attributes", "variables",
    ],
)  # fmt: skip
def test_work_grows_as_the_file_does(shape: str) -> None:
    _calls(shape, 50)  # what a first file loads
    few, many = _calls(shape, _LINES), _calls(shape, _LINES * _TIMES)
    assert many < few * _TIMES * 1.5, f"{few} calls, then {many}"


@pytest.mark.parametrize("shape", ["machine", "loops"])
def test_values_that_go_round_in_circles_are_not_asked_for_again_and_again(shape: str) -> None:
    _calls(shape, 50)  # what a first file loads
    # Before what was found on the way was kept, it took over 100,000 calls a line.
    assert _calls(shape, 160) < 160 * 10_000
