"""Writes passwords in every form and what opens nothing, and tells which of them were found."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.planted.contexts import CONTEXTS
from tests.planted.innocent import INNOCENT
from tests.planted.passwords import password

_TRIES = 3  # of each innocent form


@dataclass(frozen=True, slots=True)
class Sample:
    """A file, relative to the folder, with the form it has and its password's generator."""

    path: str
    form: str
    generator: str


@dataclass(slots=True)
class Samples:
    """`secrets` hold a password each, `innocent` none."""

    secrets: list[Sample] = field(default_factory=list)
    innocent: list[Sample] = field(default_factory=list)

    def recall(self, found: Iterable[str]) -> Mapping[str, float]:
        """The part of each form's files that are among the found ones."""
        paths = set(found)
        forms: dict[str, list[bool]] = {}
        for sample in self.secrets:
            forms.setdefault(sample.form, []).append(sample.path in paths)
        return {form: sum(hits) / len(hits) for form, hits in forms.items()}

    def missed(self, found: Iterable[str]) -> list[Sample]:
        """The files with a password that are not among the found ones."""
        paths = set(found)
        return [sample for sample in self.secrets if sample.path not in paths]

    def alarms(self, found: Iterable[str]) -> list[Sample]:
        """The files without one that are."""
        paths = set(found)
        return [sample for sample in self.innocent if sample.path in paths]


def write(folder: Path, count: int, seed: int) -> Samples:
    """`count` files of each form below an empty folder, each in a folder of its own."""
    source = random.Random(seed)
    samples = Samples()
    for place, context in enumerate(CONTEXTS):
        for number in range(count):
            text, generator = password(source, number, context.refused)
            path = f"s{place:02}/v{number}/{context.path}"
            _put(folder / path, context.write(text))
            samples.secrets.append(Sample(path, context.name, generator))
    for place, innocent in enumerate(INNOCENT):
        for number in range(_TRIES):
            path = f"n{place:02}/v{number}/{innocent.path}"
            _put(folder / path, innocent.write(source))
            samples.innocent.append(Sample(path, innocent.name, ""))
    return samples


def _put(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
