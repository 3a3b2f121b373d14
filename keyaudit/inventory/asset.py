"""An asset of the inventory: what it is, and where each stage of its life cycle is seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from keyaudit.core.levels import Stage


class AssetKind(StrEnum):
    """The kind of an asset."""

    KEY = "key"
    KEY_PAIR = "key-pair"
    SECRET = "secret"  # noqa: S105
    CERTIFICATE = "certificate"
    ALGORITHM = "algorithm"
    PROTOCOL = "protocol"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A location: a path relative to the root, a line (from 1; 0 for the whole file), and a
    description."""

    path: str
    line: int
    text: str = ""

    @property
    def where(self) -> str:
        """`path:line`, or the path alone where there is no line."""
        return f"{self.path}:{self.line}" if self.line else self.path


@dataclass(slots=True)
class Asset:
    """One row of the inventory.

    `identity` is the same in two inventories for the same asset. `algorithm` is in lower case (""
    if not known), `size` in bits (0 if not known). `source` says where it was seen: `code`,
    `configuration` or `file`. `stages` maps each stage seen to its places. `expires` is the end of
    a certificate's validity (ISO 8601, UTC). `findings` are pairs of a rule id and a place.
    """

    identity: str
    kind: AssetKind
    name: str
    source: str
    place: Place
    algorithm: str = ""
    size: int = 0
    mode: str = ""
    expires: str = ""
    stages: dict[Stage, list[Place]] = field(default_factory=dict)
    findings: list[tuple[str, Place]] = field(default_factory=list)

    def seen(self, stage: Stage, place: Place) -> None:
        """Record that a stage is seen at a place."""
        known = self.stages.setdefault(stage, [])
        if place not in known:
            known.append(place)

    @property
    def places(self) -> list[Place]:
        """All places of the asset without duplicates, its own first."""
        found = [self.place]
        for stage in Stage:
            found += [p for p in self.stages.get(stage, ()) if p not in found]
        return found
