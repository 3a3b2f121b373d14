"""Runs a scan: lists the files, analyzes each document, and combines the results."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from keyaudit.catalogue.types import Catalogue
from keyaudit.core.report import Notice, Report, Skipped
from keyaudit.core.timestamps import utc
from keyaudit.scanning import calls, whole_scan
from keyaudit.scanning.assemble import Settled, settle
from keyaudit.scanning.cache import Cache, open_cache
from keyaudit.scanning.examine import Examiner
from keyaudit.scanning.keys import key_maker
from keyaudit.scanning.patterns import PathPatterns
from keyaudit.scanning.policy import resolve
from keyaudit.scanning.process import Processed, Processor
from keyaudit.scanning.request import Progress, Request
from keyaudit.scanning.selection import Selection
from keyaudit.scanning.unpacked import UNREAD
from keyaudit.scanning.user_cache import cache_folder
from keyaudit.sources import Listing, Source, WorkingTree

if TYPE_CHECKING:
    from keyaudit.scanning.baseline import Baseline

# What is skipped for these reasons could not be judged, though it should have been.
_INCOMPLETE = frozenset({"unreadable", "crashed", "unmerged", "timeout"})


def scan(
    request: Request,
    catalogue: Catalogue,
    *,
    progress: Progress | None = None,
    given: Source | None = None,
    kept: Path | None = None,
) -> Report:
    """Scans what the request names, and returns the report.

    `given` is a source to read in place of the request's files; it is not closed. `kept` is a
    folder by which several scans of one run share results, where the request has no cache.
    `progress` is called after every document. Raises KeyauditError for wrong paths, settings and
    baselines; faults of single files are in the report.
    """
    started = time.perf_counter()
    settings = request.settings
    policy = resolve(catalogue, settings)
    selection = Selection(settings, catalogue)
    known = None
    if request.use_baseline and settings.baseline is not None:
        from keyaudit.scanning import baseline

        known = baseline.load(settings.baseline)
    folder = cache_folder() if request.use_cache else kept
    with ExitStack() as stack:
        source = given or stack.enter_context(closing(open_source(request)))
        selection.start_at(source.root)
        listing = source.listing()
        examiner = Examiner(source, catalogue, policy, folder)
        cache = stack.enter_context(_cache(folder))
        key = key_maker(catalogue, policy, source.standing)
        deadline = None if settings.timeout is None else time.monotonic() + settings.timeout
        processor = Processor(source, examiner, key, cache, settings.jobs, progress, deadline)
        done = processor.process(listing.entries)
        exports = calls.Exports.of(done.results)
        if exports.all() and len(listing.entries) > 1:
            again = calls.CallExaminer(source, catalogue, policy, exports)
            second = Processor(
                source, again, calls.key_for(key, exports), cache, settings.jobs, progress, deadline
            )
            looked = second.process([e for e in listing.entries if e.path.endswith(".py")])
            done.results = calls.merged(done.results, looked.results)
            done.skipped += [skip for skip in looked.skipped if skip not in done.skipped]
        done.results, unjudged = whole_scan.judged(
            source, listing.entries, done.results, catalogue, policy, time.time(),
            listing.untracked,
        )  # fmt: skip
        done.skipped += unjudged
        kinds = _call_kinds(done)
        if _undecided(done, kinds, selection):
            kinds |= _call_kinds(processor.process(source.others()))
        settled = settle(
            done.results.values(), kinds, catalogue.rules, selection, known, settings.severity,
            utc(time.time()).date().isoformat(),
        )  # fmt: skip
        whole = request.diff is None and not request.staged and given is None
        stale = _stale(known, settled, listing, done, catalogue) if known and whole else []
        compared: list[Notice] = []
        if request.diff is not None:
            settled, compared = _since(request, source, done, settled, catalogue)
    told = [notice for result in done.results.values() for notice in result.notices]
    notices = [notice for notice in told if notice.kind != UNREAD]
    unread = [Skipped(n.path or "", UNREAD, n.message) for n in told if n.kind == UNREAD]
    skipped = sorted([*listing.skipped, *done.skipped, *unread], key=lambda skip: skip.path)
    return Report(
        root=listing.root,
        findings=settled.findings,
        suppressed=settled.suppressed,
        hidden=settled.hidden,
        hidden_serious=settled.serious,
        skipped=tuple(skipped),
        notices=(
            *listing.notices,
            *compared,
            *stale,
            *settled.notices,
            *examiner.notices(),
            *notices,
        ),
        files=done.files,
        bytes=done.bytes,
        seconds=time.perf_counter() - started,
        policy=policy.name,
        complete=not any(_matters(skip, source.standing.named) for skip in skipped),
        arguments=request.arguments,
        configuration=selection.in_force(listing.excluded),
    )


def _matters(skip: Skipped, named: frozenset[str]) -> bool:
    """Whether what was not scanned leaves the scan incomplete: of a named file, all of it does."""
    if skip.reason in _INCOMPLETE:
        return True
    return skip.reason in ("too-large", UNREAD) and skip.path.partition("!/")[0] in named


def _since(
    request: Request, source: Source, done: Processed, settled: Settled, catalogue: Catalogue
) -> tuple[Settled, list[Notice]]:
    """What settled without what was there before, and a word on that."""
    from keyaudit.scanning import comparison

    base = comparison.Base(request, source.root)
    before = base.report(
        source, done.results, lambda request, given: scan(request, catalogue, given=given)
    )
    new = comparison.brought(settled.findings, before.findings)
    left_out = len(settled.findings) - len(new)
    return settled._replace(findings=tuple(new)), [comparison.notice(base, left_out)]


def _stale(
    known: Baseline,
    settled: Settled,
    listing: Listing,
    done: Processed,
    catalogue: Catalogue,
) -> list[Notice]:
    """A word on what the baseline has and the files no longer do."""
    from keyaudit.scanning import baseline

    scanned = [entry.path for entry in listing.entries]
    skipped = [skip.path for skip in (*listing.skipped, *done.skipped)]
    of_past = {
        r.id for r in catalogue.rules.values() if any(m.kind == "history" for m in r.matches)
    }
    left_over = [
        entry
        for entry in known.left_over(settled.seen, listing.root, scanned, skipped)
        if entry.rule not in of_past
    ]
    return [baseline.stale_notice(known, left_over)] if left_over else []


def _call_kinds(done: Processed) -> frozenset[str]:
    return frozenset[str]().union(*(result.call_kinds for result in done.results.values()))


def _undecided(done: Processed, kinds: frozenset[str], selection: Selection) -> bool:
    """Whether something is missing from what was scanned that the rest of the tree may have."""
    return any(
        not wait.unless & kinds and selection.counts(wait.finding.rule_id, wait.finding.path)
        for result in done.results.values()
        for wait in result.pending
    )


def open_source(request: Request) -> Source:
    """The source for what the request names, without files that the configuration excludes.

    Raises KeyauditError for wrong paths or patterns.
    """
    settings = request.settings
    patterns = PathPatterns(settings.exclude, settings.where("exclude"), settings.file)
    excluded = patterns.pattern_of if settings.exclude else None
    source: Source
    if request.staged:
        from keyaudit.sources import Staged

        source = Staged(request.paths, max_size=settings.max_file_size, excluded=excluded)
    else:
        source = WorkingTree(
            request.paths,
            max_size=settings.max_file_size,
            excluded=excluded,
            by_path=request.judge_by_path,
        )
    patterns.start_at(source.root)
    return source


@contextmanager
def _cache(folder: Path | None) -> Iterator[Cache | None]:
    cache = None if folder is None else open_cache(folder)
    try:
        yield cache
    finally:
        if cache is not None:
            cache.close()
