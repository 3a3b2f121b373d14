"""Caches the findings of each blob between runs, and which of them concern the same value.

A digest of a secret that tells it from all others would let whoever reads the cache try guesses. So
none is kept: equal values are given one random name, and when a new version has a finding that
might be of a named value, the blob that has it is read again and compared.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from keyaudit.catalogue.types import Catalogue, Policy
from keyaudit.core.finding import Finding
from keyaudit.core.result import DocumentResult
from keyaudit.scanning import codec
from keyaudit.scanning.cache import Cache
from keyaudit.scanning.keys import key_maker
from keyaudit.sources import Entry, UnreadableError

Found = tuple[tuple[Finding, str], ...]
_NAME_BYTES = 12
_BINARY = b"binary"
_CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a blob: findings, each with the name of its value; or that it is binary."""

    found: Found = ()
    binary: bool = False


_NOTHING = Known()


class BlobResults:
    """Reads and writes the kept results; without a cache it keeps nothing."""

    def __init__(
        self, cache: Cache | None, catalogue: Catalogue, policy: Policy, *, deep: bool
    ) -> None:
        self._cache = cache
        self._key = _key_of(catalogue, policy, deep)
        # Blobs of which it is known from elsewhere that there is nothing in them.
        self.settled: frozenset[str] = frozenset()
        self._empty: set[str] = set()
        self._waiting: list[Entry] = []  # empty ones that are not written yet

    @property
    def empty(self) -> frozenset[str]:
        """The blobs that are known to have no findings."""
        return self.settled | self._empty

    def key(self, what: str) -> bytes:
        """The key under which something else of a history is kept, by its name."""
        return self._key("", what)

    def load(self, what: str) -> bytes | None:
        """Something else that was kept, by its name."""
        return self.load_all([what]).get(what)

    def load_all(self, names: Sequence[str]) -> dict[str, bytes]:
        """Those of other things that were kept, by their names."""
        if self._cache is None or self._cache.is_new:
            return {}
        keys = {self.key(name): name for name in names}
        return {keys[key]: value for key, value in self._cache.lookup(list(keys)).items()}

    def store(self, what: str, data: bytes) -> None:
        """Keeps something else, by its name."""
        if self._cache is not None:
            self._cache.add(self.key(what), data)

    def lookup(self, entries: Sequence[Entry]) -> list[Known | None]:
        """For each blob what is known of it; None where nothing is."""
        settled = self.settled
        found = self._looked_up([entry for entry in entries if entry.place not in settled])
        self._empty.update(blob for blob, known in found.items() if known is _NOTHING)
        return [_NOTHING if entry.place in settled else found.get(entry.place) for entry in entries]

    def _looked_up(self, entries: Sequence[Entry]) -> dict[str, Known]:
        found: dict[str, Known] = {}
        if self._cache is None or self._cache.is_new:
            return found
        for start in range(0, len(entries), _CHUNK):
            keys = {self._key(e.path, e.place): e.place for e in entries[start : start + _CHUNK]}
            for key, value in self._cache.lookup(list(keys)).items():
                known = _read(value)
                if known is not None:
                    found[keys[key]] = known
        return found

    def add(self, entry: Entry, found: Found = (), *, binary: bool = False) -> None:
        """Keeps what came of a blob; of most that is nothing, which `write` writes."""
        if not found and not binary:
            self._empty.add(entry.place)
            self._waiting.append(entry)
        elif self._cache is not None:
            value = _BINARY if binary else _written(found)
            self._cache.add(self._key(entry.path, entry.place), value)

    def write(self, without: Container[str] = ()) -> None:
        """Writes which blobs have nothing, but for those of which that is kept elsewhere."""
        if self._cache is not None:
            for entry in self._waiting:
                if entry.place not in without:
                    self._cache.add(self._key(entry.path, entry.place), codec.EMPTY)
        self._waiting.clear()


class ValueNames:
    """Gives the values of a run's new findings names; equal values have equal names."""

    def __init__(
        self,
        known: Iterable[tuple[Entry, Found]],
        identified: Callable[[Entry, Sequence[Finding]], Sequence[str]],
    ) -> None:
        """`identified` reads a blob again, and gives what `keyaudit.history.identity` does."""
        self._identified = identified
        self._names: dict[str, str] = {}
        # By rule and subject, which equal values share: a blob and finding of each name.
        self._open: dict[tuple[str, str], dict[str, tuple[Entry, Finding]]] = {}
        for entry, found in known:
            for finding, name in found:
                same = self._open.setdefault((finding.rule_id, finding.subject), {})
                same.setdefault(name, (entry, finding))

    def name(self, finding: Finding, identity: str) -> str:
        """The name of a value, given what tells it from others in this run."""
        for name, (entry, other) in self._open.pop((finding.rule_id, finding.subject), {}).items():
            with contextlib.suppress(UnreadableError):  # damaged since; it keeps its name
                for known in self._identified(entry, [other]):
                    self._names.setdefault(known, name)
        return self._names.setdefault(identity, os.urandom(_NAME_BYTES).hex())


def _read(value: bytes) -> Known | None:
    if value == codec.EMPTY:
        return _NOTHING
    if value == _BINARY:
        return Known(binary=True)
    head, _, rest = value.partition(b"\n")
    try:
        names = json.loads(head)
        findings = codec.decode(rest).findings
        return Known(tuple(_pairs(findings, names)))
    except (ValueError, TypeError):
        return None


def _pairs(findings: Sequence[Finding], names: object) -> Iterator[tuple[Finding, str]]:
    if not isinstance(names, list) or len(names) != len(findings):
        raise ValueError("is none of ours")
    for finding, name in zip(findings, names, strict=True):
        yield finding, str(name)


def _written(found: Found) -> bytes:
    if not found:
        return codec.EMPTY
    names = json.dumps([name for _, name in found])
    findings = codec.encode(DocumentResult(findings=tuple(finding for finding, _ in found)))
    return names.encode() + b"\n" + findings


def _key_of(catalogue: Catalogue, policy: Policy, deep: bool) -> Callable[[str, str], bytes]:
    key = key_maker(catalogue, policy)
    own = hashlib.sha256()
    for file in sorted(Path(__file__).parents[1].rglob("*.py")):
        own.update(file.read_bytes())
    mode = f"history {own.hexdigest()[:16]} {'deep' if deep else 'literals'}:"
    return lambda path, blob: key(mode + path, blob)
