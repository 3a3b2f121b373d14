"""Writes the programs, analyzes them, and counts what was found and what was not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from keyaudit import code
from keyaudit.catalogue.types import Catalogue
from keyaudit.core.document import Document
from tests.accuracy import lives, routes, values
from tests.caches import shipped
from tests.code.support import Files

_PATH = "app.py"
# A case takes this many routes for each of its values, other ones each time.
_ROUTES_A_VALUE = 9

# A file that a secret is written to as it is has the mode of the umask, too, and nobody looks at the
# mode of the one that it is read from.
_TOGETHER = {"KA304": ("KA306",), "KA305": ("KA306",), "KA703": ("KA306",)}


@dataclass(frozen=True)
class Program:
    """A program, and the rule that must speak of it (if `bad`) or be silent like every other.

    `also` are rules that may speak whatever the value.
    """

    rule: str
    library: str
    route: str
    bad: bool
    text: str
    files: tuple[tuple[str, str], ...] = ()
    also: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Outcome:
    """What the rules said of a program."""

    program: Program
    found: frozenset[str]

    @property
    def missed(self) -> bool:
        """Whether the rule was silent where it must speak."""
        return self.program.bad and self.program.rule not in self.found

    @property
    def alarms(self) -> frozenset[str]:
        """Rules that spoke and should not have."""
        rule = self.program.rule
        expected = {rule, *_TOGETHER.get(rule, ())} if self.program.bad else set()
        return self.found - self.program.also - expected


def programs() -> list[Program]:
    """Every program of the suite, always the same ones."""
    return [*_flows(), *lives.programs()]


def _flows() -> Iterator[Program]:
    every: list[tuple[str, str, dict[str, str]]] = [(n, t, {}) for n, t in routes.HERE.items()]
    every += [(n, t, f) for n, (t, f) in routes.ELSEWHERE.items()]
    turn = 0
    for case in values.cases():
        usable = [r for r in every if not (case.every and r[0] in routes.MIXED)]
        usable = [r for r in usable if not (case.local and r[2])]
        for bad, some in ((True, case.bad), (False, case.good)):
            for value in some:
                for _ in range(_ROUTES_A_VALUE):
                    turn += 1
                    name, text, files = usable[turn % len(usable)]
                    yield _program(case, value, bad, name, text, files, turn % 3 == 0)


def _program(
    case: values.Case, value: str, bad: bool, route: str, text: str, files: dict[str, str],
    helper: bool,
) -> Program:  # fmt: skip
    """The value on its route to the use: in a function of its own with `helper`, or in place."""
    head = f"{values.STANDARD}{case.imports}\n"
    others = tuple((p, f"{head}{t.replace('VALUE', value)}\n") for p, t in files.items())
    if helper or "f'" in case.use:
        head += f"def use(x):\n    return {_put(case.use, 'x')}\n"
    else:
        text = _in_place(text, case.use)
    body = text.replace("VALUE", value)
    return Program(case.rule, case.library, route, bad, f"{head}{body}\n", others, case.also)


def _put(use: str, argument: str) -> str:
    return re.sub(r"\bX\b", lambda _: argument, use)


def _in_place(text: str, use: str) -> str:
    """The text with each `use(…)` replaced by the use itself."""
    parts = re.split(r"\buse\(", text)
    done = parts[0]
    for part in parts[1:]:
        depth = 1
        for end, letter in enumerate(part):
            depth += {"(": 1, ")": -1}.get(letter, 0)
            if depth == 0:
                done += _put(use, part[:end]) + part[end + 1 :]
                break
    return done


@cache
def _catalogue() -> Catalogue:
    return shipped()


@cache
def _of_projects() -> frozenset[str]:
    """The rules on what a whole project lacks, of which a program of ten lines has most things."""
    return frozenset(
        rule.id
        for rule in _catalogue().rules.values()
        if rule.once and any(match.kind == "absence" for match in rule.matches)
    )


def analyze(program: Program) -> Outcome:
    """What the rules say of a program, notes included."""
    loaded = _catalogue()
    document = Document(_PATH, program.text.encode())
    tree = Files(dict(program.files))
    result = code.analyze(document, loaded, loaded.policies["default"], tree)
    assert not result.notices, (result.notices, program.text)
    found = [f.rule_id for f in result.findings]
    found += [p.finding.rule_id for p in result.pending if p.is_valid(result.call_kinds)]
    return Outcome(program, frozenset(found) - _of_projects())
