"""The inventory as JSON, according to `schemas/inventory-1.schema.json`."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from keyaudit import __version__
from keyaudit.core.levels import Stage
from keyaudit.inventory.asset import Asset, Place
from keyaudit.inventory.collect import Inventory
from keyaudit.inventory.quantum import readiness

NOTHING = "nothing found"


@cache
def schema() -> dict[str, Any]:
    """The JSON schema of the document."""
    file = Path(__file__).parent / "schemas" / "inventory-1.schema.json"
    made: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return made


def as_data(inventory: Inventory) -> dict[str, Any]:
    """The document as dicts, lists and scalars."""
    return {
        "version": 1,
        "tool": {"name": "keyaudit", "version": __version__},
        "root": inventory.root,
        "files": inventory.files,
        "skipped": [{"path": s.path, "reason": s.reason} for s in inventory.skipped],
        "assets": [asset_data(asset) for asset in inventory.assets],
    }


def asset_data(asset: Asset) -> dict[str, Any]:
    """One asset as a dict; each stage has a list of places, or the text `NOTHING`."""
    known = readiness(asset.algorithm, asset.size)
    return {
        "id": asset.identity,
        "kind": str(asset.kind),
        "name": asset.name,
        "source": asset.source,
        "algorithm": asset.algorithm or None,
        "mode": asset.mode or None,
        "size": asset.size or None,
        "expires": asset.expires or None,
        "place": _place(asset.place),
        "stages": {
            str(stage): [_place(p) for p in asset.stages[stage]]
            if stage in asset.stages
            else NOTHING
            for stage in Stage
        },
        "quantum": {"level": known.level, "text": known.text},
        "findings": [{"rule": rule, **_place(place)} for rule, place in asset.findings],
    }


def _place(place: Place) -> dict[str, Any]:
    return {"path": place.path, "line": place.line or None, "text": place.text}


def render(inventory: Inventory) -> str:
    """The document as JSON text."""
    return json.dumps(as_data(inventory), indent=2, ensure_ascii=False) + "\n"
