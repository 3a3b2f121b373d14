"""Analyzes documents in worker processes, so that a hostile document affects only itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace

from keyaudit.core.report import Skipped
from keyaudit.scanning import codec
from keyaudit.scanning.look import Look, Outcome, too_late
from keyaudit.scanning.pool import Crash, Pool
from keyaudit.sources import Entry

_FEW_FOR_ONE = 8
_BATCH_FILES = 64
_BATCH_BYTES = 256_000


class Workers:
    """Lets `examiner` examine entries in at most `jobs` processes.

    What is not done by `deadline` (see `Pool`) is skipped with the reason `timeout`. A document
    that kills its process is examined again without the analyzer that caused it.
    """

    def __init__(self, examiner: Look, jobs: int, deadline: float | None = None) -> None:
        self._examiner = examiner
        self._jobs = jobs
        self._deadline = deadline

    def run(self, entries: Sequence[Entry]) -> Iterator[tuple[Entry, Outcome]]:
        """Each entry with its outcome, in the order in which they are done."""

        def examine(number: int) -> bytes:
            return _pack(self._examiner.examine(entries[number]))

        # A few files of one tree rest on the same modules, which one process reads once.
        few = len(entries) if self._examiner.is_rare else 1 + len(entries) // _FEW_FOR_ONE
        jobs = min(self._jobs, few)
        pool = Pool(examine, jobs)
        left = set(range(len(entries)))
        with closing(pool.run(_batches(entries, jobs), self._deadline)) as answers:
            for number, answer in answers:
                entry = entries[number]
                left.discard(number)
                if isinstance(answer, Crash):
                    yield entry, self._without_culprits(entry, answer.reason)
                else:
                    yield entry, _unpack(answer)
        for number in sorted(left):
            yield entries[number], too_late(entries[number])

    def _without_culprits(self, entry: Entry, reason: str) -> Outcome:
        """The outcome of a document that killed its process, without the analyzers that do so."""
        names = self._examiner.analyzers

        def alone(number: int) -> bytes:
            return _pack(self._examiner.examine(entry, [n for n in names if n != names[number]]))

        answers = Pool(alone, min(self._jobs, len(names))).run([[n] for n in range(len(names))])
        culprits = {names[n]: a.reason for n, a in answers if isinstance(a, Crash)}
        if 0 < len(culprits) < len(names):
            rest = Pool(lambda _: _pack(self._examiner.examine(entry, culprits)), 1)
            ((_, answer),) = rest.run([[0]])
            if not isinstance(answer, Crash):
                outcome = _unpack(answer)
                result = codec.decode(outcome.result)
                failed = (f"{name}: {why}" for name, why in culprits.items())
                result = replace(result, failed=(*result.failed, *failed))
                return outcome._replace(result=codec.encode(result))
        skipped = Skipped(entry.path, "crashed", reason)
        return Outcome("", entry.size, skipped=skipped)


def _batches(entries: Sequence[Entry], jobs: int) -> list[list[int]]:
    """Numbers of entries, the large and slow ones first, so that the processes end together."""
    order = sorted(
        range(len(entries)),
        key=lambda number: (not entries[number].path.endswith(".py"), -entries[number].size),
    )
    limit = min(_BATCH_BYTES, sum(entry.size for entry in entries) // (jobs * 4))
    batches: list[list[int]] = []
    room = 0
    for number in order:
        size = entries[number].size
        if not batches or room < size or len(batches[-1]) == _BATCH_FILES:
            batches.append([])
            room = limit
        batches[-1].append(number)
        room -= size
    return batches


def _pack(outcome: Outcome) -> bytes:
    skipped = outcome.skipped
    head = [
        outcome.content_id,
        outcome.size,
        skipped and [skipped.path, skipped.reason, skipped.detail],
        outcome.partial,
    ]
    return json.dumps(head).encode() + b"\n" + outcome.result


def _unpack(data: bytes) -> Outcome:
    head, _, result = data.partition(b"\n")
    content_id, size, skipped, partial = json.loads(head)
    return Outcome(content_id, size, result, skipped and Skipped(*skipped), partial)
