"""Plants secrets in copies of real files, one a file, and looks what a scan finds of them."""

from __future__ import annotations

import random
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from keyaudit.core.context import is_trial_path
from keyaudit.core.finding import Finding
from keyaudit.core.levels import Severity
from keyaudit.scanning import scan
from keyaudit.scanning.request import Request
from keyaudit.scanning.settings import Settings
from keyaudit.secrets.judgement import file_kinds
from keyaudit.sources.folders import Folders
from tests.caches import shipped
from tests.planted.forms import Form, forms_for, place
from tests.planted.kinds import KINDS, Secret, make

# Rules that say that a secret stands in a file; a code rule takes the place of a text rule.
SECRET_RULES = frozenset({"KA301", "KA302", "KA303", "KA311", "KA312", "KA313", "KA316"})
# Files and their paths in their tree, by tree and type.
Files = Mapping[tuple[str, str], Sequence[tuple[Path, str]]]
_LARGEST = 200_000
_MADE_UP = {
    ".env": "DEBUG=0\nHOST=0.0.0.0\nPORT=8000\n",
    "Dockerfile": "FROM python:3.12\nCOPY . .\n",
}


@dataclass(frozen=True, slots=True)
class Plant:
    """A secret in the lines `first` to `last` (from 1) of a file."""

    secret: Secret
    form: str
    path: str
    first: int
    last: int


@dataclass(slots=True)
class Outcome:
    """What a scan made of plants: `missed`, found more than once (`twice`), and findings that
    are about no plant and were not there before (`stray`). `quiet` are those found, but as notes
    though their file is no test."""

    plants: list[Plant] = field(default_factory=list)
    missed: list[Plant] = field(default_factory=list)
    twice: list[tuple[Plant, list[Finding]]] = field(default_factory=list)
    stray: list[Finding] = field(default_factory=list)
    quiet: list[tuple[Plant, Finding]] = field(default_factory=list)
    levels: Counter[str] = field(default_factory=Counter)

    @property
    def recall(self) -> float:
        """The part of the plants that was found."""
        return 1 - len(self.missed) / len(self.plants)


def candidates(trees: Iterable[Path]) -> Files:
    """The files of trees in which a secret may be planted, with their paths in the tree.

    Of those that a scan looks at, by tree and type, so that a tree with ten thousand files of one
    type does not drown the others. Minified files are left out, as names in them are not read
    (docs/secrets.md).
    """
    found: dict[tuple[str, str], list[tuple[Path, str]]] = {}
    for tree in trees:
        for path in sorted(map(Path, Folders().names(str(tree.resolve())))):
            if ".min." in path.name or not forms_for(path.name) or not path.is_file():
                continue
            if 0 < path.stat().st_size < _LARGEST:
                place = path, path.relative_to(tree.resolve()).as_posix()
                found.setdefault((tree.name, path.suffix), []).append(place)
    return found


def plant_in(
    text: str, path: str, secret: Secret, form: Form, at: tuple[int, str]
) -> tuple[str, Plant]:
    """The text with the secret at a place that `forms.place` gave."""
    lines = text.split("\n")
    after, indent = at
    # What stands between triple quotes, too: no matter for a key.
    added = textwrap.indent(form.write(secret), indent).split("\n")
    planted = "\n".join([*lines[:after], *added, *lines[after:]])
    return planted, Plant(secret, form.name, path, after + 1, after + len(added))


def plant_tree(
    files: Mapping[tuple[str, str], Sequence[tuple[Path, str]]],
    target: Path,
    count: int,
    source: random.Random,
) -> tuple[dict[str, str], list[Plant]]:
    """Copies of `count` files below `target`, each with a secret; the texts before, by path.

    Kinds take turns, so that each comes as often as the others.
    """
    kinds = list(KINDS)
    source.shuffle(kinds)
    before: dict[str, str] = {}
    plants: list[Plant] = []
    groups = list(files.values())
    number = 0
    while len(plants) < count:
        number += 1
        secret = make(kinds[number % len(kinds)], source)
        name, text, form, at = _room(groups, secret, source, number)
        path = f"p{number}/{name}"
        planted, plant = plant_in(text, path, secret, form, at)
        if not _is_sound(path, text, planted):
            continue
        before[path] = text
        plants.append(plant)
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_text(planted)
    return before, plants


def by_name(secret: Secret) -> bool:
    """Whether it is its name that tells it: names in lock files are not read (docs/secrets.md)."""
    return not secret.bare and not secret.lines


def _is_sound(path: str, text: str, planted: str) -> bool:
    """Whether YAML that can be read can still be read: a place may be inside of a text."""
    if not path.endswith((".yaml", ".yml")):
        return True
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for version in (planted, text):
        try:
            list(yaml.compose_all(version, Loader=loader))
        except yaml.YAMLError:
            continue
        return version is planted
    return True


def _room(
    groups: Sequence[Sequence[tuple[Path, str]]], secret: Secret, source: random.Random, number: int
) -> tuple[str, str, Form, tuple[int, str]]:
    """A file with a place for the secret, its text, and a form and a place there."""
    while True:
        if number % 8 == 7:
            name, text = source.choice(list(_MADE_UP.items()))
        else:
            file, name = source.choice(source.choice(groups))
            try:
                text = file.read_text()
            except UnicodeDecodeError:
                continue
        if by_name(secret) and file_kinds.is_generated(name):
            continue
        forms = [form for form in forms_for(name) if form.fits(secret)]
        at = place(name, text.split("\n"), source)
        if forms and at is not None and "\r" not in text:
            return name, text, source.choice(forms), at


def findings_in(folder: Path) -> list[Finding]:
    """What a scan of a folder finds, notes included."""
    settings = Settings(severity=Severity.NOTE, jobs=1)
    report = scan(Request((folder,), settings, use_cache=False), shipped())
    assert report.complete, report.skipped
    return [*report.findings, *report.suppressed]


def judge(plants: Sequence[Plant], before: Sequence[Finding], after: Sequence[Finding]) -> Outcome:
    """Compares the plants with what was found in the files without and with them."""
    outcome = Outcome(list(plants))
    known = Counter((f.path, f.rule_id, f.code, f.message) for f in before)
    by_path = {plant.path: plant for plant in plants}
    hits: dict[str, list[Finding]] = {}
    for finding in after:
        plant = by_path.get(finding.path)
        if plant is not None and plant.first <= finding.span.line <= plant.last:
            if finding.rule_id in SECRET_RULES:
                hits.setdefault(finding.path, []).append(finding)
            continue
        key = (finding.path, finding.rule_id, finding.code, finding.message)
        if known[key]:
            known[key] -= 1
        elif finding.rule_id in SECRET_RULES:
            outcome.stray.append(finding)
    for plant in plants:
        found = hits.get(plant.path, [])
        if not found:
            outcome.missed.append(plant)
        elif len(found) > 1:
            outcome.twice.append((plant, found))
        if found:
            highest = max(found, key=lambda finding: finding.severity)
            outcome.levels[highest.severity.label] += 1
            if highest.severity is Severity.NOTE and not is_trial_path(plant.path):
                outcome.quiet.append((plant, highest))
    return outcome


def measure(
    files: Mapping[tuple[str, str], Sequence[tuple[Path, str]]], folder: Path, count: int, seed: int
) -> Outcome:
    """Plants `count` secrets below an empty folder, and scans it without and with them."""
    source = random.Random(seed)
    plain, planted = folder / "plain", folder / "planted"
    before, plants = plant_tree(files, planted, count, source)
    for path, text in before.items():
        (plain / path).parent.mkdir(parents=True, exist_ok=True)
        (plain / path).write_text(text)
    return judge(plants, findings_in(plain), findings_in(planted))
