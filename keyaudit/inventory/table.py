"""The inventory as a table for a terminal, one row for each asset, at least 80 columns wide."""

from __future__ import annotations

from keyaudit.core.levels import Stage
from keyaudit.inventory.asset import Asset
from keyaudit.inventory.collect import Inventory
from keyaudit.inventory.quantum import readiness

_SIGNS = {"vulnerable": "falls", "ready": "ready", "unaffected": "-", "broken": "broken",
          "unknown": "?"}  # fmt: skip
_LEAST = 80


def render(inventory: Inventory, width: int = _LEAST) -> str:
    """Rows of kind, name, algorithm, stages seen (digits 1 to 7), quantum readiness, number of
    findings and place, and a summary."""
    width = max(width, _LEAST)
    name_width = min(26, 20 + (width - _LEAST) // 3)
    place_width = width - name_width - 51
    head = _row(("kind", "name", "algorithm", "stages", "quantum", "!", "seen"),
                name_width, place_width)  # fmt: skip
    lines = [head, "-" * len(head.rstrip())]
    lines += [_of(asset, name_width, place_width) for asset in inventory.assets]
    lines += ["", _foot(inventory)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _of(asset: Asset, name_width: int, place_width: int) -> str:
    stages = "".join(str(s.number) if s in asset.stages else "." for s in Stage)
    size = f"-{asset.size}" if asset.size else ""
    quantum = _SIGNS[readiness(asset.algorithm, asset.size).level]
    mode = f"-{asset.mode}" if asset.mode else ""
    return _row(
        (asset.kind, asset.name, f"{asset.algorithm}{mode}{size}" or "?", stages, quantum,
         str(len(asset.findings) or ""), asset.place.where),
        name_width, place_width,
    )  # fmt: skip


def _row(cells: tuple[str, ...], name_width: int, place_width: int) -> str:
    widths = (11, name_width, 16, 7, 7, 3, place_width)
    return " ".join(
        _cut(cell, size, end=number == len(cells) - 1 and ":" in cell).ljust(size)
        for number, (cell, size) in enumerate(zip(cells, widths, strict=True))
    )


def _cut(text: str, size: int, *, end: bool) -> str:
    text = "".join(c if c.isprintable() else " " for c in text)
    if len(text) <= size:
        return text
    return "…" + text[len(text) - size + 1 :] if end else text[: size - 1] + "…"


def _foot(inventory: Inventory) -> str:
    count, files = len(inventory.assets), inventory.files
    falls = sum(readiness(a.algorithm, a.size).level == "vulnerable" for a in inventory.assets)
    said = f"{count} asset{'s' * (count != 1)} in {files} file{'s' * (files != 1)}"
    names = ", ".join(f"{stage.number} {stage}" for stage in Stage)
    more = f"; {len(inventory.skipped)} files were not read" if inventory.skipped else ""
    return f"{said}; {falls} fall to a quantum computer{more}\nstages: {names}"
