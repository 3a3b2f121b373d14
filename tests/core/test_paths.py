"""The parts of paths are those that pathlib gives."""

from pathlib import PurePosixPath

import hypothesis.strategies as st
from hypothesis import given

from keyaudit.core import paths

_PARTS = st.lists(st.text(alphabet="ab.-é ", min_size=1, max_size=6), min_size=1, max_size=3)


@given(_PARTS.filter(lambda parts: not {".", ".."} & set(parts)).map("/".join))
def test_name_and_suffix_are_those_of_pathlib(path: str) -> None:
    assert (paths.name(path), paths.suffix(path)) == (
        PurePosixPath(path).name,
        PurePosixPath(path).suffix,
    )
