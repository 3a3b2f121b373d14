"""An asset of the inventory: what it is, and where each stage of its life is seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from keyaudit.core.levels import Stage


class AssetKind(StrEnum):
    """What an asset is."""

    KEY = "key"
    KEY_PAIR = "key-pair"
    SECRET = "secret"  # noqa: S105
    CERTIFICATE = "certificate"
    ALGORITHM = "algorithm"
    PROTOCOL = "protocol"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something is seen: a path from the root, its line (from 1; 0: the file), in words."""

    path: str
    line: int
    text: str = ""

    @property
    def where(self) -> str:
        """`path:line`."""
        return f"{self.path}:{self.line}" if self.line else self.path


@dataclass(slots=True)
class Asset:
    """One row of the inventory.

    `identity` is what makes it the same in two inventories. `algorithm` is in small letters, ""
    when it is not known, `size` in bits, 0 when it is not known. `source` says where it was
    seen: `code`, `configuration` or `file`. `stages` has the places of each stage that is seen.
    `expires` is the end of a certificate (ISO 8601, UTC). `findings` are (rule, place).
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
        """Notes that a stage is seen at a place."""
        known = self.stages.setdefault(stage, [])
        if place not in known:
            known.append(place)

    @property
    def places(self) -> list[Place]:
        """Every place of it, its own first."""
        found = [self.place]
        for stage in Stage:
            found += [p for p in self.stages.get(stage, ()) if p not in found]
        return found
