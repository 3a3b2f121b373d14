"""Drafts and diffs, held against a plain application of changes and against `git apply`."""

from __future__ import annotations

import subprocess
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from keyaudit.fixes.changes import Change, Draft, apply, clash
from keyaudit.fixes.diff import unified

_LINES = st.lists(st.sampled_from(["a", "bc", "", "  d", "e\r"]), min_size=1, max_size=12)
_NEW = st.sampled_from(["", "x", "y\n", "\n", "z\nz", "w\nw\n"])


@st.composite
def texts(draw: st.DrawFn) -> str:
    text = "\n".join(draw(_LINES))
    return text + draw(st.sampled_from(["", "\n"]))


@st.composite
def changed(draw: st.DrawFn, text: str) -> list[Change]:
    marks = st.integers(0, len(text))
    places = sorted(
        draw(st.lists(marks, min_size=2, max_size=6, unique=True)) if len(text) > 6 else []
    )
    return [
        Change("f", start, end, draw(_NEW))
        for start, end in zip(places[::2], places[1::2], strict=False)
    ]


@given(st.data(), texts())
def test_the_edits_of_a_draft_lead_from_the_original_to_its_text(
    data: st.DataObject, text: str
) -> None:
    draft = Draft("f", text)
    for number in range(3):
        changes = data.draw(changed(draft.text))
        wanted = apply(draft.text, changes)
        draft.edit([(change, frozenset({number})) for change in changes])
        assert draft.text == wanted
        edits = [change for change, _ in draft.edits()]
        assert apply(draft.original, edits) == draft.text
        assert not any(clash(one, other) for one in edits for other in edits if one is not other)


@given(st.data(), texts())
def test_an_undone_edit_leaves_nothing(data: st.DataObject, text: str) -> None:
    draft = Draft("f", text)
    draft.edit([(change, frozenset()) for change in data.draw(changed(text))])
    draft.undo()
    assert (draft.text, draft.edits()) == (text, [])


def test_git_applies_the_diffs(tmp_path: Path) -> None:
    def check(data: st.DataObject, text: str) -> None:
        draft = Draft("f", text)
        draft.edit([(change, frozenset()) for change in data.draw(changed(text))])
        diff = unified(draft)
        if not diff:
            assert draft.text == text
            return
        (tmp_path / "f").write_bytes(text.encode())
        command = ["git", "apply", "--unidiff-zero", "--whitespace=nowarn", "-"]
        subprocess.run(command, input=diff.encode(), cwd=tmp_path, check=True)
        assert (tmp_path / "f").read_bytes().decode() == draft.text

    given(st.data(), texts())(check)()
