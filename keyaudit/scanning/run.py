"""A scan: list, look at every document, put the results together."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from keyaudit.catalogue.types import Catalogue
from keyaudit.core.report import Report
from keyaudit.scanning import baseline as baselines
from keyaudit.scanning import cache_folder
from keyaudit.scanning.assemble import settle
from keyaudit.scanning.cache import Cache, open_cache
from keyaudit.scanning.examine import Examiner
from keyaudit.scanning.keys import key_maker
from keyaudit.scanning.patterns import PathPatterns
from keyaudit.scanning.policy import resolve
from keyaudit.scanning.process import Processor
from keyaudit.scanning.request import Progress, Request
from keyaudit.scanning.selection import Selection
from keyaudit.scanning.settings import Settings
from keyaudit.sources import Source, Staged, WorkingTree

# What is skipped for these reasons could not be judged, though it should have been.
_INCOMPLETE = frozenset({"unreadable", "crashed"})


def scan(request: Request, catalogue: Catalogue, *, progress: Progress | None = None) -> Report:
    """Scan what the request names.

    Raises KeyauditError for paths, settings and baselines that are wrong; what is wrong with a
    single file is in the report. `progress` is told after every document.
    """
    started = time.perf_counter()
    settings = request.settings
    policy = resolve(catalogue, settings)
    selection = Selection(settings, catalogue)
    known = None
    if request.use_baseline and settings.baseline is not None:
        known = baselines.load(settings.baseline)
    folder = cache_folder() if request.use_cache else None
    with ExitStack() as stack:
        source = stack.enter_context(closing(_source(request)))
        selection.start_at(source.root)
        listing = source.listing()
        examiner = Examiner(source, catalogue, policy, folder)
        cache = stack.enter_context(_cache(folder))
        processor = Processor(
            source, examiner, key_maker(catalogue, policy), cache, settings.jobs, progress
        )
        done = processor.process(listing.entries)
    kinds = frozenset[str]().union(*(result.call_kinds for result in done.results.values()))
    settled = settle(
        done.results.values(), kinds, catalogue.rules, selection, known, settings.severity
    )
    skipped = sorted([*listing.skipped, *done.skipped], key=lambda skip: skip.path)
    notices = [notice for result in done.results.values() for notice in result.notices]
    return Report(
        root=listing.root,
        findings=settled.findings,
        suppressed=settled.suppressed,
        hidden=settled.hidden,
        skipped=tuple(skipped),
        notices=(*listing.notices, *notices),
        files=done.files,
        bytes=done.bytes,
        seconds=time.perf_counter() - started,
        policy=policy.name,
        complete=not any(skip.reason in _INCOMPLETE for skip in skipped),
        arguments=request.arguments,
    )


def _source(request: Request) -> Source:
    """What the request names, without what the configuration excludes and the baseline."""
    settings = request.settings
    kind = Staged if request.staged else WorkingTree
    excluded, start_at = _excluded(settings)
    source = kind(request.paths, max_size=settings.max_file_size, excluded=excluded)
    start_at(source.root)
    return source


def _excluded(settings: Settings) -> tuple[Callable[[str], bool] | None, Callable[[str], None]]:
    """A test of paths, and how to tell it what root they are relative to."""
    patterns = PathPatterns(settings.exclude, settings.where("exclude"), settings.file)
    own: set[str] = set()

    def excluded(path: str) -> bool:
        return path in own or patterns.match(path)

    def start_at(root: str) -> None:
        patterns.start_at(root)
        if settings.baseline is not None:
            # Its fingerprints look like keys.
            own.add(os.path.relpath(os.path.realpath(settings.baseline), root))

    if not settings.exclude and settings.baseline is None:
        return None, start_at
    return excluded, start_at


@contextmanager
def _cache(folder: Path | None) -> Iterator[Cache | None]:
    cache = None if folder is None else open_cache(folder)
    try:
        yield cache
    finally:
        if cache is not None:
            cache.close()
