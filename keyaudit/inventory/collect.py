"""Collects the assets of all documents of a source, merged, with the findings on them."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from keyaudit import configs
from keyaudit.catalogue.types import Catalogue, Policy
from keyaudit.code import triage_words
from keyaudit.core.document import Document
from keyaudit.core.finding import Finding
from keyaudit.core.keyfiles import named_for_keys
from keyaudit.core.levels import Stage
from keyaudit.core.patterns import regex
from keyaudit.core.report import Skipped
from keyaudit.core.result import TreeReader
from keyaudit.core.text import is_binary
from keyaudit.inventory import from_code, from_configuration, from_files
from keyaudit.inventory.asset import Asset, AssetKind, Place
from keyaudit.material import PATTERN
from keyaudit.scanning.needs import is_python
from keyaudit.scanning.pool import Crash, Pool
from keyaudit.scanning.startup import processors
from keyaudit.sources import Source, UnreadableError

_BATCH = 32  # documents that a process is told of at once
_MATERIAL = regex(PATTERN.encode())


@dataclass(frozen=True, slots=True)
class Inventory:
    """`assets` are sorted by kind, name and place; `skipped` are files that were not read, `files`
    the number of those that were."""

    root: str
    assets: tuple[Asset, ...]
    skipped: tuple[Skipped, ...] = ()
    files: int = 0


def collect(
    source: Source,
    catalogue: Catalogue,
    policy: Policy,
    findings: Iterable[Finding] = (),
) -> Inventory:
    """Collect the assets of all documents, and attach the findings to them.

    An asset that is seen in several places is listed once.
    """
    spoken = b"|".join(re.escape(word).encode() for word in sorted(triage_words(catalogue)))
    words = re.compile(rb"\b(?:" + spoken + rb")\b")
    found: dict[str, Asset] = {}
    listing = source.listing()
    skipped = list(listing.skipped)
    tree = source.tree
    files = 0

    def look(number: int) -> bytes:
        entry = listing.entries[number]
        try:
            data = source.read(entry)
        except UnreadableError as error:
            return pickle.dumps(error.skipped)
        document = Document(entry.path, data, source.origin, source.standing)
        return pickle.dumps([*_of_document(document, catalogue, policy, tree, words)])

    # What a hostile file makes an analyzer do, costs a process, and that file alone.
    order = range(len(listing.entries))
    batches = [order[at : at + _BATCH] for at in order[::_BATCH]]
    answers = dict(Pool(look, processors()).run(batches))
    for entry, answer in ((listing.entries[number], answers[number]) for number in order):
        if isinstance(answer, Crash):
            skipped.append(Skipped(entry.path, "crashed", answer.reason))
            continue
        told = pickle.loads(answer)  # noqa: S301  # of a process that was forked of this one
        if isinstance(told, Skipped):
            skipped.append(told)
            continue
        files += 1
        for asset in told:
            _join(found, asset)
    for secret in _attach(list(found.values()), findings):
        _join(found, secret)
    kept = (asset for asset in found.values() if not _is_part(asset, found.values()))
    ordered = sorted(kept, key=lambda a: (_ORDER[a.kind], a.name, a.place))
    return Inventory(source.root, tuple(ordered), tuple(skipped), files)


_ORDER = {kind: number for number, kind in enumerate(AssetKind)}


def _of_document(
    document: Document,
    catalogue: Catalogue,
    policy: Policy,
    tree: TreeReader,
    words: re.Pattern[bytes],
) -> Iterator[Asset]:
    data = document.data
    if is_python(document):
        if words.search(data):
            yield from from_code.assets(document, catalogue, policy, tree)
    elif configs.form_of(document.path, data):
        yield from from_configuration.assets(document, catalogue, policy, tree)
    if is_binary(data) or named_for_keys(document.path) or _MATERIAL.search(data):
        yield from from_files.assets(document)


def _join(found: dict[str, Asset], asset: Asset) -> None:
    known = found.setdefault(asset.identity, asset)
    if known is asset:
        return
    for stage, places in asset.stages.items():
        for place in places:
            known.seen(stage, place)
    known.algorithm = known.algorithm or asset.algorithm
    known.size = known.size or asset.size


def _is_part(asset: Asset, others: Iterable[Asset]) -> bool:
    """Whether an algorithm is covered, at all of its places, by another asset that says more of
    it."""
    if asset.kind is not AssetKind.ALGORITHM or asset.mode or asset.size:
        return False
    lines = {place.where for place in asset.places}
    return any(
        other is not asset
        and other.kind is asset.kind
        and other.algorithm == asset.algorithm
        and lines <= {place.where for place in other.places}
        for other in others
    )


def _attach(assets: Iterable[Asset], findings: Iterable[Finding]) -> Iterator[Asset]:
    """Attach each finding to the assets at its place or at a step of its evidence.

    Yields a new asset for a secret that a finding shows and that is no asset yet.
    """
    by_place: dict[tuple[str, int], list[Asset]] = {}
    for asset in assets:
        for place in asset.places:
            by_place.setdefault((place.path, place.line), []).append(asset)
    for finding in findings:
        places = [(finding.path, finding.span.line)]
        places += [(step.path, step.span.line) for step in finding.steps]
        told = Place(finding.path, finding.span.line, finding.message)
        meant = {id(asset): asset for at in places for asset in by_place.get(at, ())}
        for asset in meant.values():
            if (finding.rule_id, told) not in asset.findings:
                asset.findings.append((finding.rule_id, told))
        if not meant and finding.preview is not None:
            name = f"file:secret:{finding.path}:{finding.subject}"
            secret = Asset(name, AssetKind.SECRET, finding.message, "file", told)
            secret.seen(Stage.STORAGE, told)
            secret.findings.append((finding.rule_id, told))
            yield secret
