"""Programs with a behaviour, each in several shapes, before and after the fix."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from keyaudit.catalogue.types import Catalogue
from keyaudit.fixes.examples import fix_files
from tests.fixes.access_programs import ACCESS
from tests.fixes.found_programs import FOUND
from tests.fixes.handing_programs import HANDING
from tests.fixes.kms_programs import KMS
from tests.fixes.migrating_programs import MIGRATING
from tests.fixes.program import VARIANTS, Program, ProgramError, run
from tests.fixes.random_programs import RANDOM
from tests.fixes.read_programs import READ
from tests.fixes.safe_programs import SAFE
from tests.fixes.sealing_programs import SEALING
from tests.fixes.varied_migrating_programs import VARIED_MIGRATING
from tests.fixes.varied_programs import VARIED

_PROGRAMS = (
    *SAFE,
    *RANDOM,
    *ACCESS,
    *KMS,
    *MIGRATING,
    *SEALING,
    *HANDING,
    *VARIED,
    *VARIED_MIGRATING,
    *FOUND,
    *READ,
)
_OTHERS = [name for name in VARIANTS if name != "plain"]
# Each program as it is, every second in one other shape too, each shape of several programs.
_CASES = [
    pytest.param(program, variant, id=f"{program.rule} {program.name}, {variant}")
    for number, program in enumerate(_PROGRAMS)
    for variant in ("plain", _OTHERS[number // 2 % len(_OTHERS)])
    if variant == "plain" or (number % 2 and program.variants)
]


@pytest.mark.parametrize(("program", "variant"), _CASES)
def test_a_fix_mends_a_program_that_still_works(
    program: Program, variant: str, rules: Catalogue, kept: Path, tmp_path: Path
) -> None:
    shaped = VARIANTS[variant]
    before = {
        path: shaped(text) if path.endswith(".py") else text.encode()
        for path, text in program.files.items()
    }
    policy = rules.policies["default"]
    outcome = fix_files(
        before, rules, policy, rule=program.rule, unsafe=program.unsafe, cache_folder=kept
    )
    changed = outcome.changed()
    assert changed, [reason for _, reason in outcome.declined]
    after = {**before, **changed}
    for path, data in after.items():
        if path.endswith(".py"):
            ast.parse(data)
            _require_form(variant, before.get(path, data), data)
    if variant == "plain":
        run(before, program.works, program.environment, tmp_path / "before")
        with pytest.raises(ProgramError):
            run(before, program.proof, program.environment, tmp_path / "proof before")
    run(after, program.works, program.environment, tmp_path / "after")
    run(after, program.proof, program.environment, tmp_path / "proof after")
    if variant != "plain":
        return
    again = fix_files(
        after, rules, policy, rule=program.rule, unsafe=program.unsafe, cache_folder=kept
    )
    assert not again.changed(), "a second run changes something"


def _require_form(variant: str, before: bytes, after: bytes) -> None:
    """What the file is written in must be as it was."""
    if variant == "crlf":
        assert after.count(b"\n") == after.count(b"\r\n")
    else:
        assert b"\r" not in after
    assert after.startswith(b"\xef\xbb\xbf") == before.startswith(b"\xef\xbb\xbf")
    assert b"\xef\xbb\xbf" not in after[3:]
    if variant == "latin-1":
        assert b"\n# \xe9crit \xe0 la main\n" in after
    if variant == "no-last-line-end":
        assert not after.endswith(b"\n\n")
    if variant == "tabs":
        assert not any(line.startswith(b"    ") for line in after.split(b"\n"))
    if variant == "future":
        assert after.startswith(b"from __future__ import annotations\n")
