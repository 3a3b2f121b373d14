"""Fixes in real files with a fault put in: what comes out parses, and nothing else has changed."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keyaudit.catalogue.types import Catalogue
from keyaudit.fixes.examples import fix_files
from tests.fixes.migrating_programs import MIGRATING
from tests.fixes.program import VARIANTS, Program
from tests.fixes.safe_programs import SAFE

# Real files of many shapes; they are read, and never run with the fault in them.
_CARRIERS = ("textwrap", "shelve", "http.cookies", "json.decoder", "smtplib", "uuid", "netrc",
             "configparser", "secrets", "hmac", "random", "tempfile", "ssl")  # fmt: skip
_ALONE = [one for one in (*SAFE, *MIGRATING) if len(one.files) == 1]


def _source(module: str) -> str:
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_text(encoding="utf-8")


def _spliced(carrier: str, program: Program, at: int) -> str:
    """The program's text before one of the top-level definitions of a real file."""
    lines = carrier.split("\n")
    places = [
        node.lineno - 1
        for node in ast.parse(carrier).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.decorator_list
    ]
    place = places[at % len(places)] if places else len(lines)
    # A comment right above belongs to what follows it.
    while place and lines[place - 1].startswith("#"):
        place -= 1
    (text,) = program.files.values()
    return "\n".join([*lines[:place], text, "", *lines[place:]])


def test_what_comes_out_parses_and_nothing_else_changes(rules: Catalogue, kept: Path) -> None:
    policy = rules.policies["default"]

    @settings(max_examples=20, suppress_health_check=list(HealthCheck))
    @given(
        st.sampled_from(_CARRIERS),
        st.sampled_from(_ALONE),
        st.integers(0, 40),
        st.sampled_from(["plain", "crlf", "bom", "no-last-line-end"]),
    )
    def check(carrier: str, program: Program, at: int, variant: str) -> None:
        text = _spliced(_source(carrier), program, at)
        before = {"lib/app.py": VARIANTS[variant](text)}
        outcome = fix_files(before, rules, policy, unsafe=True, cache_folder=kept)
        after = {**before, **outcome.changed()}
        for path, data in after.items():
            if path.endswith(".py"):
                ast.parse(data)
        draft = outcome.drafts.get("lib/app.py")
        if draft is None:
            return
        file = outcome.files["lib/app.py"]
        rest, at_byte = after["lib/app.py"], 0
        # Every stretch between two edits stands in the new file, in order, byte for byte.
        for change, _ in draft.edits():
            stretch = file.data[at_byte : file.byte(change.start)]
            assert rest.startswith(stretch)
            rest = rest[len(stretch) :]
            new = change.text.encode(file.encoding)
            assert rest.startswith(new)
            rest = rest[len(new) :]
            at_byte = file.byte(change.end)
        assert rest == file.data[at_byte:]

    check()
