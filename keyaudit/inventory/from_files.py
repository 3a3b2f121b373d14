"""Assets in key files: keys, certificates and key stores, described by their public properties."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.core.document import Document
from keyaudit.core.levels import Stage
from keyaudit.core.text import decode, is_binary
from keyaudit.inventory.asset import Asset, AssetKind, Place
from keyaudit.material.pieces import date
from keyaudit.material.reading import read
from keyaudit.material.types import Kind, Material, describe

_KINDS = {
    Kind.PRIVATE: AssetKind.KEY_PAIR,
    Kind.PUBLIC: AssetKind.KEY_PAIR,
    Kind.SYMMETRIC: AssetKind.KEY,
    Kind.CERTIFICATE: AssetKind.CERTIFICATE,
    Kind.STORE: AssetKind.KEY,
}
_MOST = 500


def assets(document: Document) -> Iterator[Asset]:
    """The key material of one document, at most 500 items. No secret part of it is kept."""
    text = "" if is_binary(document.data) else decode(document.data)
    for material in read(document.data)[:_MOST]:
        kind = _KINDS.get(material.kind)
        if kind is not None:
            yield _asset(document.path, text, material, kind)


def _asset(path: str, text: str, material: Material, kind: AssetKind) -> Asset:
    line = text.count("\n", 0, material.start) + 1 if text else 0
    place = Place(path, line, describe(material))
    key = material.key
    known = material.identity
    made = Asset(
        identity=f"file:{kind}:{known or f'{path}:{line}'}",
        kind=kind,
        name=describe(material),
        source="file",
        place=place,
        algorithm=key.algorithm.lower(),
        size=key.bits,
        expires=date(material.validity.ends) if material.validity else "",
    )
    secret = material.kind in (Kind.PRIVATE, Kind.SYMMETRIC, Kind.STORE)
    made.seen(Stage.STORAGE if secret else Stage.DISTRIBUTION, place)
    return made
