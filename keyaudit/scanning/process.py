"""From the files of a scan to their results: cache first, then triage, then analyzers."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field

from keyaudit import configs
from keyaudit.core.document import Document
from keyaudit.core.keyfiles import named_for_keys
from keyaudit.core.report import Skipped
from keyaudit.core.result import DocumentResult, TreeReader
from keyaudit.scanning import codec
from keyaudit.scanning.cache import Cache
from keyaudit.scanning.look import Look, Outcome, too_late
from keyaudit.scanning.request import Progress
from keyaudit.scanning.startup import load_analyzers, processors, side_by_side
from keyaudit.sources import Entry, Source, UnreadableError

# So much is triaged in this process; for more it pays to have others do it.
_FEW_FILES = 100
_FEW_BYTES = 1_000_000


@dataclass(slots=True)
class Processed:
    """The non-empty results by path, what was skipped, and the files and bytes scanned."""

    results: dict[str, DocumentResult] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    files: int = 0
    bytes: int = 0


class Processor:
    """Produces the results for the files of one source."""

    def __init__(
        self,
        source: Source,
        examiner: Look,
        key: Callable[[str, str], bytes],
        cache: Cache | None,
        jobs: int,
        progress: Progress | None,
        deadline: float | None = None,
    ) -> None:
        """After `deadline` (seconds of the monotonic clock), files are skipped.

        `key` returns the cache key for a path and content id; `jobs` 0 means one process for each
        processor.
        """
        self._source = source
        self._examiner = examiner
        self._key = key
        self._cache = cache
        self._jobs = jobs or processors()
        self._progress = progress
        self._deadline = deadline
        self._ids: dict[str, str] = {}

    def process(self, entries: Sequence[Entry]) -> Processed:
        """The results of all entries. Files that crash an analyzer are in `skipped`."""
        done = Processed()
        found: dict[str, DocumentResult] = {}
        for count, (entry, outcome) in enumerate(self._outcomes(entries), 1):
            if outcome.skipped is not None:
                done.skipped.append(outcome.skipped)
            else:
                done.files += 1
                done.bytes += outcome.size
                if outcome.result != codec.EMPTY:
                    result = found[entry.path] = codec.decode(outcome.result)
                    done.skipped += (Skipped(entry.path, "crashed", why) for why in result.failed)
            if self._progress is not None:
                self._progress(count, len(entries))
        done.results = dict(sorted(found.items()))
        done.skipped.sort(key=lambda skip: skip.path)
        return done

    def _outcomes(self, entries: Sequence[Entry]) -> Iterator[tuple[Entry, Outcome]]:
        rest: list[Entry] = list(entries)
        if self._cache is not None and not self._cache.is_new:
            rest = yield from self._known(entries, self._cache)
        for entry, outcome in self._new(rest):
            if self._cache is not None and outcome.content_id and not outcome.partial:
                self._cache.add(self._key(entry.path, outcome.content_id), outcome.result)
            yield entry, outcome

    def _known(
        self, entries: Sequence[Entry], cache: Cache
    ) -> Generator[tuple[Entry, Outcome], None, list[Entry]]:
        """Gives what the cache knows or cannot be read, and returns the other entries."""
        keys: dict[bytes, tuple[Entry, int]] = {}
        for entry in entries:
            try:
                document = Document(entry.path, self._source.read(entry), self._source.origin)
            except UnreadableError as error:
                yield entry, Outcome("", entry.size, skipped=error.skipped)
                continue
            content_id = self._ids[entry.path] = document.content_id
            keys[self._key(entry.path, content_id)] = entry, len(document.data)
        kept = cache.lookup(list(keys))
        rest = []
        for key, (entry, size) in keys.items():
            value = kept.get(key)
            if value is None or not self._holds(value):
                rest.append(entry)
            else:
                yield entry, Outcome(self._ids[entry.path], size, value)
        return rest

    def _holds(self, value: bytes) -> bool:
        """Whether a kept result can be read, and the other files it rests on are as they were."""
        if value == codec.EMPTY:
            return True
        try:
            dependencies = codec.decode(value).dependencies
        except ValueError:
            return False
        return all(self._id(path) == content_id for path, content_id in dependencies)

    def _id(self, path: str) -> str:
        known = self._ids.get(path)
        if known is None:
            known = self._ids[path] = _identify(self._source.tree, path)
        return known

    def _new(self, entries: Sequence[Entry]) -> Iterator[tuple[Entry, Outcome]]:
        if not entries:
            return
        # What searches without a bound on time does so in a process that has one.
        bounded = not self._examiner.is_slow
        few = (
            bounded
            and len(entries) <= _FEW_FILES
            and sum(entry.size for entry in entries) <= _FEW_BYTES
        )
        if few or (bounded and self._examiner.is_rare):
            needy = []
            for entry in entries:
                late = self._deadline is not None and time.monotonic() > self._deadline
                outcome = too_late(entry) if late else self._examiner.glance(entry)
                if outcome is None:
                    needy.append(entry)
                else:
                    yield entry, outcome
            entries = needy
        else:
            side_by_side(self._examiner.prepare, lambda: _load_analyzers(entries))
        if entries:
            from keyaudit.scanning.document_workers import Workers

            yield from Workers(self._examiner, self._jobs, self._deadline).run(entries)


def _load_analyzers(entries: Sequence[Entry]) -> None:
    load_analyzers(
        code=any(entry.path.endswith(".py") for entry in entries),
        material=any(named_for_keys(entry.path) for entry in entries),
    )


def _identify(tree: TreeReader, path: str) -> str:
    """The content id as an analyzer notes it for a dependency: "" for what is not there."""
    if path.endswith("/*"):
        return configs.identify(tree, path)
    data = tree.read(path)
    return "" if data is None else Document(path, data).content_id
