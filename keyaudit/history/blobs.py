"""Looks at blobs in worker processes, and keeps what was found by the blob's id."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from keyaudit.catalogue.types import Catalogue, Policy
from keyaudit.core.document import Document, DocumentOrigin
from keyaudit.core.finding import Finding
from keyaudit.core.report import Skipped
from keyaudit.core.result import DocumentResult, TreeReader
from keyaudit.core.text import decode
from keyaudit.history.hits import worth_a_look
from keyaudit.history.identity import identities
from keyaudit.scanning import codec
from keyaudit.scanning.cache import Cache
from keyaudit.scanning.examine import Examiner
from keyaudit.scanning.keys import key_maker
from keyaudit.scanning.pool import Crash, Pool
from keyaudit.scanning.request import Progress
from keyaudit.sources import Entry, Listing, UnreadableError
from keyaudit.sources.blobs import Blobs
from keyaudit.sources.git import GitError, Repository
from keyaudit.sources.listing import is_for_nobody

# The rules about a value that stands in the code itself: it is no secret any more, at any time.
LITERAL_RULES = frozenset({"KA301", "KA311", "KA312"})
# Where a literal may reach a key role, something is named so, or a call is given bytes.
_MAY_HOLD_A_KEY = re.compile(
    rb"""(?i)(?:key|secret|fernet|aes\w*|hmac|cipher|jwt|new)\w*["']?\]?\s*[=:(,]\s*\(?\s*
    (?:[\w.]+\(\s*)?[rbuf]{0,2}["'][^\s"']{8}""",
    re.VERBOSE,
)
# So long past versions of code are analyzed in one run, in seconds by the clock; what is left over
# has its turn in the next run, since results are kept.
CODE_SECONDS = 5.0
_BATCH_FILES = 256
_BATCH_BYTES = 4_000_000


class _Nothing:
    def read(self, path: str) -> bytes | None:
        """There is no tree around a blob."""
        return None


class BlobSource:
    """The blobs of a history as a source of documents."""

    origin = DocumentOrigin.COMMIT

    def __init__(self, repository: Repository) -> None:
        self.root = repository.top
        self.tree: TreeReader = _Nothing()
        self._blobs = Blobs(repository)

    def listing(self) -> Listing:
        """Nothing: see `keyaudit.history.objects`."""
        return Listing(self.root)

    def read(self, entry: Entry) -> bytes:
        """The bytes of a blob. Raises UnreadableError for what is no text."""
        try:
            data = self._blobs.read(entry.place)
        except GitError as error:
            raise UnreadableError(Skipped(entry.path, "unreadable", error.detail)) from None
        if data is None:
            detail = f"blob {entry.place[:12]} is missing or damaged"
            raise UnreadableError(Skipped(entry.path, "unreadable", detail))
        if is_for_nobody(entry.path, data):
            raise UnreadableError(Skipped(entry.path, "binary"))
        return data

    def others(self) -> list[Entry]:
        """None: a blob is looked at by itself."""
        return []

    def close(self) -> None:
        """Ends git."""
        self._blobs.close()


class BlobExaminer(Examiner):
    """Examines blobs; code only where the deadline is not passed, or always with `deep`."""

    deadline = 0.0
    deep = False
    late = False  # the last blob had code that was not looked at, for lack of time

    def _needs(self, document: Document) -> Mapping[str, Sequence[int]]:
        hits = worth_a_look(document.data, super()._needs(document))
        self.late = False
        if "code" in hits and not self.deep:
            if not _MAY_HOLD_A_KEY.search(document.data):
                del hits["code"]
            elif time.monotonic() > self.deadline:
                self.late = True
                del hits["code"]
        return hits

    def _analyze(self, document: Document, hits: Mapping[str, Sequence[int]]) -> DocumentResult:
        result = super()._analyze(document, hits)
        findings = result.findings
        if not self.deep:
            findings = tuple(f for f in findings if not _is_code(f) or f.rule_id in LITERAL_RULES)
        return DocumentResult(findings=findings)

    def identified(self, entry: Entry, result: bytes) -> list[str]:
        """For each finding what tells its value from others, for this run only."""
        findings = codec.decode(result).findings
        return identities(decode(self._source.read(entry)), findings) if findings else []


def _is_code(finding: Finding) -> bool:
    return finding.rule_id not in ("KA302", "KA303", "KA316")


@dataclass(slots=True)
class Looked:
    """What came of a blob: its findings, each with the identity of its value."""

    entry: Entry
    findings: tuple[tuple[Finding, str], ...] = ()
    skipped: Skipped | None = None
    late: bool = False


def look(
    repository: Repository,
    entries: Sequence[Entry],
    catalogue: Catalogue,
    policy: Policy,
    *,
    cache: Cache | None,
    folder: Path | None,
    deep: bool,
    jobs: int,
    progress: Progress | None,
) -> Iterator[Looked]:
    """Every blob with something to say: findings, or a reason why it was not looked at."""
    source = BlobSource(repository)
    examiner = BlobExaminer(source, catalogue, policy, folder)
    examiner.deep = deep
    examiner.deadline = time.monotonic() + CODE_SECONDS
    examiner.prepare()
    key = _key(catalogue, policy, deep)
    kept = _kept(entries, key, cache)
    tasks = [n for n, value in enumerate(kept) if value is None or value != codec.EMPTY]

    def examine(number: int) -> bytes:
        entry = entries[number]
        value = kept[number]
        late = False
        if value is None:
            outcome = examiner.examine(entry)
            late = examiner.late
            if outcome.skipped is not None:
                skip = outcome.skipped
                return _packed([skip.path, skip.reason, skip.detail], [], False, b"")
            value = outcome.result
        return _packed(None, examiner.identified(entry, value), late, value)

    total = len(tasks)
    for done, (number, answer) in enumerate(Pool(examine, jobs).run(_batches(entries, tasks)), 1):
        entry = entries[number]
        if progress is not None:
            progress(done, total)
        if isinstance(answer, Crash):
            yield Looked(entry, skipped=Skipped(entry.path, "crashed", answer.reason))
            continue
        skip, known, late, value = _unpacked(answer)
        if cache is not None and kept[number] is None and not late:
            if skip is None:
                cache.add(key(entry.path, entry.place), value)
            elif skip.reason == "binary":
                cache.add(key(entry.path, entry.place), _BINARY)
        findings = tuple(zip(codec.decode(value).findings, known, strict=True))
        if findings or skip is not None or late:
            yield Looked(entry, findings, skip, late)


_BINARY = codec.encode(
    DocumentResult(call_kinds=frozenset({"binary"}))
)  # no analyzer's result has it: findings are all that is kept of blobs


def _kept(
    entries: Sequence[Entry], key: Callable[[str, str], bytes], cache: Cache | None
) -> list[bytes | None]:
    if cache is None:
        return [None] * len(entries)
    found: list[bytes | None] = []
    for start in range(0, len(entries), 10_000):
        keys = [key(entry.path, entry.place) for entry in entries[start : start + 10_000]]
        known = cache.lookup(keys)
        for one in keys:
            value = known.get(one)
            found.append(value if value is None or _readable(value) else None)
    return found


def _readable(value: bytes) -> bool:
    try:
        codec.decode(value)
    except ValueError:
        return False
    return True


def _key(catalogue: Catalogue, policy: Policy, deep: bool) -> Callable[[str, str], bytes]:
    key = key_maker(catalogue, policy)
    own = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        own.update(file.read_bytes())
    mode = f"history {own.hexdigest()[:16]} {'deep' if deep else 'literals'}:"
    return lambda path, blob: key(mode + path, blob)


def _batches(entries: Sequence[Entry], tasks: Sequence[int]) -> list[list[int]]:
    """In the order of the packs: neighbours rest on the same data."""
    batches: list[list[int]] = []
    room = 0
    for number in tasks:
        size = entries[number].size
        if not batches or room < size or len(batches[-1]) == _BATCH_FILES:
            batches.append([])
            room = _BATCH_BYTES
        batches[-1].append(number)
        room -= size
    return batches


def _packed(skip: list[str] | None, known: list[str], late: bool, value: bytes) -> bytes:
    return json.dumps([skip, known, late]).encode() + b"\n" + value


def _unpacked(data: bytes) -> tuple[Skipped | None, list[str], bool, bytes]:
    head, _, value = data.partition(b"\n")
    skip, known, late = json.loads(head)
    return Skipped(*skip) if skip else None, known, late, value
