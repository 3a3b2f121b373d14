"""Severity, confidence and life-cycle stage: the scales of a finding."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class _Level(IntEnum):
    @property
    def label(self) -> str:
        """The lower-case name used in rule files, configuration and reports."""
        return self.name.lower()

    @classmethod
    def parse(cls, label: str) -> _Level:
        """The level with that lower-case name. Raises ValueError, with the choices, for another
        name."""
        try:
            return cls[label.upper()]
        except KeyError:
            choices = ", ".join(level.label for level in cls)
            raise ValueError(f"{label!r} is none of: {choices}") from None


class Severity(_Level):
    """How serious a fault is if the finding is right, lowest first so that levels compare."""

    NOTE = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


def lowered(
    severity: Severity, *, aside: bool, proved: bool = False
) -> tuple[Severity, Severity | None]:
    """The severity of a finding where it is, and the one that it would have elsewhere.

    `aside`: it is in a test, an example or documentation, where it becomes a note, or one level
    less where `proved` (the value is known to be what it looks like). The second is None where the
    first was not changed.
    """
    if not aside or severity is Severity.NOTE:
        return severity, None
    return (Severity(severity - 1) if proved else Severity.NOTE), severity


class Confidence(_Level):
    """How certain it is that a finding is right, lowest first."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2


class Stage(StrEnum):
    """The seven stages of a key's life cycle, in order; the first digit of a rule id is the
    stage."""

    GENERATION = "generation"
    DISTRIBUTION = "distribution"
    STORAGE = "storage"
    USAGE = "usage"
    ROTATION = "rotation"
    ARCHIVAL = "archival"
    DESTRUCTION = "destruction"

    @property
    def number(self) -> int:
        """1 for generation to 7 for destruction."""
        return list(Stage).index(self) + 1
