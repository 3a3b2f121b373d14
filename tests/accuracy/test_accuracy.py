"""The figures of the generated suite, held."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.accuracy.measure import Program, analyze, programs

_PROGRAMS = programs()
# In slices, so that the processes of a test run can share them.
_SLICES = 8


@pytest.mark.parametrize("start", range(_SLICES))
def test_what_is_wrong_is_found_and_nothing_else(start: int) -> None:
    outcomes = [analyze(program) for program in _PROGRAMS[start::_SLICES]]
    bad = [outcome for outcome in outcomes if outcome.program.bad]
    missed = [_named(outcome.program) for outcome in bad if outcome.missed]
    alarms = [(_named(o.program), sorted(o.alarms)) for o in outcomes if o.alarms]
    assert alarms == []
    assert 1 - len(missed) / len(bad) >= 0.99, missed


def test_the_suite_is_wide() -> None:
    rules = Counter(program.rule for program in _PROGRAMS)
    assert len(_PROGRAMS) >= 300
    assert len({rule[:3] for rule in rules}) == 7, "every stage of a key's life"
    assert len({program.library for program in _PROGRAMS}) >= 20
    assert len({program.route for program in _PROGRAMS}) >= 60
    for rule in rules:
        both = {program.bad for program in _PROGRAMS if program.rule == rule}
        assert True in both, rule


def _named(program: Program) -> str:
    return f"{program.rule} {program.library} {program.route}"
