"""The assets that a change adds to an inventory, and those that it removes."""

from __future__ import annotations

from typing import NamedTuple

from keyaudit.inventory.asset import Asset
from keyaudit.inventory.collect import Inventory


class Difference(NamedTuple):
    """`added` are only in the later inventory, `removed` only in the earlier one."""

    added: tuple[Asset, ...]
    removed: tuple[Asset, ...]


def difference(before: Inventory, after: Inventory) -> Difference:
    """Compare two inventories by asset identity; moving within a file is no difference."""
    old = {asset.identity for asset in before.assets}
    new = {asset.identity for asset in after.assets}
    return Difference(
        tuple(asset for asset in after.assets if asset.identity not in old),
        tuple(asset for asset in before.assets if asset.identity not in new),
    )


def render(found: Difference) -> str:
    """One line for each asset, `+` for added and `-` for removed, and a line with the counts."""
    lines = [f"{sign} {_of(asset)}" for sign, assets in (("+", found.added), ("-", found.removed))
             for asset in assets]  # fmt: skip
    added, removed = len(found.added), len(found.removed)
    lines.append(f"{added} added, {removed} removed")
    return "\n".join(lines) + "\n"


def _of(asset: Asset) -> str:
    algorithm = f" ({asset.algorithm})" if asset.algorithm and asset.algorithm != asset.name else ""
    return f"{asset.kind} {asset.name}{algorithm} at {asset.place.where}"
