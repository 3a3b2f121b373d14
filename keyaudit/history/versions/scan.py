"""Scans all blobs in worker processes, except those known from an earlier run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from keyaudit.core.finding import Finding
from keyaudit.core.report import Skipped
from keyaudit.core.result import DocumentResult
from keyaudit.history.git.blobs import BlobSource
from keyaudit.history.incremental.blob_results import BlobResults, Found, ValueNames
from keyaudit.history.versions.examiner import BlobExaminer
from keyaudit.history.versions.key_lines import reported_flows
from keyaudit.scanning import codec
from keyaudit.scanning.pool import Crash, Pool
from keyaudit.scanning.request import Progress
from keyaudit.sources import Entry, UnreadableError

_BATCH_FILES = 256
_BATCH_BYTES = 4_000_000
# Versions of one path, as many as a process is told of at once.
_MOST_FILES = 10_000
# Groups of versions for the second round: one, since each may take long.
_BATCH_GROUPS = 1


@dataclass(slots=True)
class BlobOutcome:
    """What came of a blob: its findings, each with the name of its value, or why it has none."""

    entry: Entry
    findings: Found = ()
    skipped: Skipped | None = None


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """How blobs are looked at, and by what. `head` are the ids of those in HEAD, `jobs` counts
    processes.

    None is looked at after `deadline`, in seconds of the monotonic clock.
    """

    examiner: BlobExaminer
    jobs: int
    head: frozenset[str]
    progress: Progress | None = None
    deadline: float | None = None


def scan_blobs(
    source: BlobSource, entries: Sequence[Entry], kept: BlobResults, how: ScanOptions
) -> Iterator[BlobOutcome]:
    """Scans blobs, and gives each one that has something to report: findings, or the reason why
    it was not looked at. `source` is the examiner's."""
    known = kept.lookup(entries)
    old = []
    for entry, one in zip(entries, known, strict=True):
        if one is not None and one.binary:
            yield BlobOutcome(entry, skipped=Skipped(entry.path, "binary"))
        elif one is not None and one.found:
            old.append((entry, one.found))
            yield BlobOutcome(entry, one.found)
    new = [entry for entry, one in zip(entries, known, strict=True) if one is None]
    if new:
        yield from _Round(source, new, how).run(kept, old)


class _Round:
    """Two rounds over blobs: the text of each, then the code of those that may hold a key."""

    def __init__(self, source: BlobSource, entries: Sequence[Entry], how: ScanOptions) -> None:
        self._entries = _by_path(entries)
        self._how = how
        self._examiner = how.examiner
        self._examiner.prepare()
        source.expect(self._entries)
        self._found: dict[int, Found] = {}
        self._waiting: dict[tuple[str, str], list[int]] = {}
        self._groups: list[list[int]] = []
        self._telling: set[str] = set()  # paths that may have findings in their code

    def run(self, kept: BlobResults, old: Sequence[tuple[Entry, Found]]) -> Iterator[BlobOutcome]:
        """The blobs with something to say; all are kept but those that killed a process."""
        yield from self._texts(kept)
        crashed: set[int] = set()
        for group, skipped in self._codes():
            crashed.update(group)
            yield BlobOutcome(self._entries[group[-1]], skipped=skipped)
        names = ValueNames(old, self._examiner.identified)
        for number, found in sorted(self._found.items()):
            entry = self._entries[number]
            named = tuple((finding, names.name(finding, value)) for finding, value in found)
            if number not in crashed:
                kept.add(entry, named)
            if named:
                yield BlobOutcome(entry, named)

    def _texts(self, kept: BlobResults) -> Iterator[BlobOutcome]:
        left = dict.fromkeys(range(len(self._entries)))
        for number, answer in self._pool(self._text, _batches(self._entries)):
            entry = self._entries[number]
            del left[number]
            if isinstance(answer, Crash):
                yield BlobOutcome(entry, skipped=Skipped(entry.path, "crashed", answer.reason))
                continue
            skip, signature, found = _unpacked(answer)
            if skip is not None:
                if skip.reason == "binary":
                    kept.add(entry, binary=True)
                yield BlobOutcome(entry, skipped=skip)
            elif signature:
                self._waiting.setdefault((entry.path, signature), []).append(number)
                self._found[number] = found
            elif found:
                self._found[number] = found
            else:
                kept.add(entry)
        for number in left:
            entry = self._entries[number]
            yield BlobOutcome(entry, skipped=_too_late(entry.path))

    def _codes(self) -> Iterator[tuple[list[int], Skipped]]:
        """Adds what the code says; gives the versions of which it says nothing, and why.

        Versions that say nothing of their own wait until it is known whether their path has
        findings. HEAD's come first, then those that say most.
        """
        seen: dict[str, set[str]] = {}
        first: list[list[int]] = []
        later: list[list[int]] = []
        head = self._how.head
        waiting = [
            (any(self._entries[member].place in head for member in group), path, signature, group)
            for (path, signature), group in self._waiting.items()
        ]
        waiting.sort(key=lambda one: (not one[0], -len(one[2])))
        for in_head, path, signature, group in waiting:
            told = reported_flows(signature)
            known = seen.setdefault(path, set())
            (later if told <= known and not in_head else first).append(group)
            known |= told
        yield from self._analyzed(first)
        yield from self._analyzed([g for g in later if self._entries[g[0]].path in self._telling])

    def _analyzed(self, groups: list[list[int]]) -> Iterator[tuple[list[int], Skipped]]:
        self._groups = groups
        order = list(range(len(groups)))
        batches = [order[at : at + _BATCH_GROUPS] for at in order[::_BATCH_GROUPS]]
        left = dict.fromkeys(order)
        for number, answer in self._pool(self._code, batches):
            group = groups[number]
            del left[number]
            path = self._entries[group[-1]].path
            if isinstance(answer, Crash):
                self._telling.add(path)
                yield group, Skipped(path, "crashed", answer.reason)
                continue
            skip, counts, found = _unpacked(answer)
            if skip is not None:
                self._telling.add(path)
                yield group, skip
                continue
            if found:
                self._telling.add(path)
            at = 0
            for member, count in zip(group, json.loads(counts), strict=True):
                self._found[member] += found[at : at + count]
                at += count
        for group in (groups[number] for number in left):
            path = self._entries[group[-1]].path
            self._telling.add(path)
            yield group, _too_late(path)

    def _text(self, number: int) -> bytes:
        try:
            found, signature = self._examiner.text(self._entries[number])
        except UnreadableError as error:
            return _packed(error.skipped)
        return _packed(None, signature, found)

    def _code(self, number: int) -> bytes:
        members = [self._entries[member] for member in self._groups[number]]
        try:
            answers = self._examiner.code(members, self._how.head)
        except UnreadableError as error:
            return _packed(error.skipped)
        counts = json.dumps([len(found) for found in answers])
        return _packed(None, counts, tuple(one for found in answers for one in found))

    def _pool(
        self, function: Callable[[int], bytes], batches: Sequence[Sequence[int]]
    ) -> Iterator[tuple[int, bytes | Crash]]:
        total = sum(len(batch) for batch in batches)
        progress = self._how.progress
        pool = Pool(function, self._how.jobs)
        for done, result in enumerate(pool.run(batches, self._how.deadline), 1):
            if progress is not None:
                progress(done, total)
            yield result


def _too_late(path: str) -> Skipped:
    return Skipped(path, "timeout")


def _by_path(entries: Sequence[Entry]) -> list[Entry]:
    """The versions of a path one after the other, as the packs have them; the most bytes first.

    They share their lines, and rest on each other's data in a pack. What takes long comes first, so
    that no process waits for another in the end.
    """
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.path, []).append(entry)
    ordered = sorted(groups.values(), key=lambda group: -sum(entry.size for entry in group))
    return [entry for group in ordered for entry in group]


def _batches(entries: Sequence[Entry]) -> list[list[int]]:
    """Whole paths, so that one process sees all versions of each."""
    batches: list[list[int]] = []
    room = 0
    for number, entry in enumerate(entries):
        same = number > 0 and entries[number - 1].path == entry.path
        count = len(batches[-1]) if batches else _MOST_FILES
        full = room < entry.size or count >= _BATCH_FILES
        if (full and not same) or count >= _MOST_FILES:
            batches.append([])
            room = _BATCH_BYTES
        batches[-1].append(number)
        room -= entry.size
    return batches


def _packed(skip: Skipped | None, note: str = "", found: Found = ()) -> bytes:
    """An answer on its way from a worker; the identities of values go no other way."""
    if skip is None and not found:
        return note.encode()
    skipped = None if skip is None else [skip.path, skip.reason, skip.detail]
    head = json.dumps([skipped, note, [value for _, value in found]]).encode()
    findings = tuple(finding for finding, _ in found)
    return b"{" + head + b"\n" + codec.encode(DocumentResult(findings=findings))


def _unpacked(data: bytes) -> tuple[Skipped | None, str, Found]:
    if not data.startswith(b"{"):
        return None, data.decode(), ()
    head, _, value = data[1:].partition(b"\n")
    skip, note, known = json.loads(head)
    findings: Sequence[Finding] = codec.decode(value).findings
    return Skipped(*skip) if skip else None, note, tuple(zip(findings, known, strict=True))
