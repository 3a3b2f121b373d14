"""Runs a history scan: lists blobs, scans each, follows the findings through the commits."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from functools import partial

from keyaudit.catalogue.types import Catalogue
from keyaudit.core.errors import KeyauditError
from keyaudit.core.finding import Finding, Suppression
from keyaudit.core.fingerprint import assign_fingerprints
from keyaudit.core.report import Report, Skipped
from keyaudit.history.exposure.lives import Secret, follow, settle
from keyaudit.history.exposure.one_value import joined
from keyaudit.history.exposure.remedy import remedy
from keyaudit.history.exposure.rules import judge
from keyaudit.history.git.blobs import BlobSource
from keyaudit.history.git.objects import Objects
from keyaudit.history.git.repository import find_repository, is_large
from keyaudit.history.git.tags import Refs, read_refs
from keyaudit.history.git.tips import Tips
from keyaudit.history.incremental.blob_results import BlobResults
from keyaudit.history.request import HistoryRequest
from keyaudit.history.traversal.listing import Attributions, list_blobs
from keyaudit.history.versions.examiner import BlobExaminer
from keyaudit.history.versions.messages import (
    Messages,
    in_names,
    lives,
    name_texts,
    tag_texts,
    told_by,
)
from keyaudit.history.versions.scan import ScanOptions, scan_blobs
from keyaudit.history.versions.texts import Text, scan_texts
from keyaudit.scanning import baseline, cache_folder
from keyaudit.scanning.baseline import Baseline
from keyaudit.scanning.cache import open_cache
from keyaudit.scanning.duplicates import drop_repeats
from keyaudit.scanning.patterns import PathPatterns
from keyaudit.scanning.policy import resolve
from keyaudit.scanning.request import Progress
from keyaudit.scanning.selection import Selection
from keyaudit.scanning.startup import load_analyzers, processors, side_by_side
from keyaudit.sources import Entry
from keyaudit.sources.git import GitError, Repository

_INCOMPLETE = frozenset({"unreadable", "crashed", "timeout"})


@dataclass(slots=True)
class _Found:
    secrets: dict[str, Secret] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    late: list[Entry] = field(default_factory=list)  # what was not reached in time


def scan_history(
    request: HistoryRequest, catalogue: Catalogue, *, progress: Progress | None = None
) -> Report:
    """The report on a repository's history: one finding a secret (two when it is also too old).

    Raises KeyauditError for a repository, revisions or settings that are wrong.
    """
    started = time.perf_counter()
    repository, _ = find_repository(request.repository)
    try:
        return _report(repository, request, catalogue, progress, started)
    except GitError as error:
        what, hint = error.explain(repository.top)
        raise KeyauditError(what, where=repository.top, hint=hint) from None


def _report(
    repository: Repository,
    request: HistoryRequest,
    catalogue: Catalogue,
    progress: Progress | None,
    started: float,
) -> Report:
    settings = request.settings
    deadline = None if settings.timeout is None else time.monotonic() + settings.timeout
    policy = resolve(catalogue, settings)
    selection = Selection(settings, catalogue)
    selection.start_at(repository.top)
    patterns = PathPatterns(settings.exclude, settings.where("exclude"), settings.file)
    patterns.start_at(repository.top)
    excluded: Counter[str] = Counter()
    with ExitStack() as stack:
        tips = Tips(repository, stack)
        folder = cache_folder() if request.use_cache else None
        cache = None if folder is None else open_cache(folder)
        if cache is not None:
            stack.callback(cache.close)
        kept = BlobResults(cache, catalogue, policy, deep=request.deep)
        stack.callback(kept.write)  # also when it is broken off
        is_new = cache is None or cache.is_new
        many = is_new and request.revisions is None and is_large(repository)
        source = stack.enter_context(closing(BlobSource(repository)))
        examiner = BlobExaminer(source, catalogue, policy, folder, deep=request.deep)
        messages = Messages(examiner)
        listed = partial(list_blobs, repository, request, tips, kept, stack, messages.hear)
        # What every process would import for itself, while git lists what there is.
        objects, told = side_by_side(load_analyzers, listed) if many else listed()
        if settings.exclude:
            objects.entries = [
                e for e in objects.entries if not _left_out(e.path, patterns, excluded)
            ]
        how = ScanOptions(
            examiner, settings.jobs or processors(), frozenset(objects.head), progress, deadline
        )
        found = _look(source, objects, kept, how, catalogue)
        again = {one.place: Text.again(one) for one in told.unsaid}
        again.update((text.place, text) for text in messages.suspects())
        said = scan_texts(list(again.values()), kept, examiner, how.jobs, deadline)
        told_by_commits = (*told.told, *told_by(said, told.told))
        refs = read_refs(repository) if request.revisions is None else Refs()
        others = [
            *tag_texts(refs.tags),
            *name_texts("(name of a branch or tag)", refs.names),
            *name_texts("(name of a file)", _names(objects)),
        ]
        beside = scan_texts(others, kept, examiner, how.jobs, deadline)
        for outcome in (*said, *beside):
            found.skipped += outcome.skipped
        try:
            if found.secrets:
                _follow(found.secrets, told, objects)
            # A run that goes on from here hears the others no more.
            unsaid = (outcome.text.unsaid() for outcome in said if outcome.skipped)
            told.keep(kept, told_by_commits, tuple(one for one in unsaid if one is not None))
        except GitError as error:
            objects.complete = False
            objects.skipped.append(Skipped("(history)", "unreadable", error.detail))
    now = int(time.time())
    raw: list[Finding] = []
    for secret in found.secrets.values():
        history = secret.history(objects.head, now)
        first = secret.first
        if request.since is not None and (first is None or first.time < request.since):
            continue
        raw += judge(secret.shown(objects.head), history, catalogue, policy)
    for finding, moment, life in lives((*told_by_commits, *told_by(beside)), now):
        if request.since is None or moment >= request.since:
            raw += judge(finding, life, catalogue, policy)
    for finding, life in in_names(beside):
        raw += judge(finding, life, catalogue, policy)
    every = assign_fingerprints(raw)
    selected = selection.chosen(every)
    selection.count_left_out(every)
    known = None if settings.baseline is None else baseline.load(settings.baseline)
    shown = [_muted(f, known) for f in selected if f.severity >= settings.severity]
    counting = tuple(f for f in shown if f.suppression is None)
    late = [Skipped(path, "timeout") for path in {entry.path for entry in found.late}]
    skipped = sorted([*objects.skipped, *found.skipped, *late], key=lambda skip: skip.path)
    return Report(
        root=repository.top,
        findings=counting,
        suppressed=tuple(f for f in shown if f.suppression is not None),
        hidden=len(selected) - len(shown),
        skipped=tuple(skipped),
        notices=(*objects.notices, *remedy(counting)),
        files=len(objects.entries) - len(found.late),
        bytes=sum(entry.size for entry in objects.entries) - sum(e.size for e in found.late),
        seconds=time.perf_counter() - started,
        policy=policy.name,
        complete=objects.complete and not any(s.reason in _INCOMPLETE for s in skipped),
        arguments=request.arguments,
        configuration=selection.in_force(excluded),
    )


def _names(objects: Objects) -> list[str]:
    """The names of all files."""
    return list(dict.fromkeys(entry.path for entry in objects.entries))


def _left_out(path: str, patterns: PathPatterns, excluded: Counter[str]) -> bool:
    pattern = patterns.pattern_of(path)
    if pattern is not None:
        excluded[pattern] += 1
    return pattern is not None


def _muted(finding: Finding, known: Baseline | None) -> Finding:
    """The finding, marked where a baseline has it, by its fingerprint: no commit is in that."""
    reason = None if known is None or finding.suppression else known.reason(finding.fingerprint)
    if reason is None:
        return finding
    return replace(finding, suppression=Suppression("baseline", reason))


def _follow(secrets: Mapping[str, Secret], told: Attributions, objects: Objects) -> None:
    """Notes in each secret when it came, and when it left."""
    gone = [s for s in secrets.values() if s.findings.keys().isdisjoint(objects.head)]
    doubtful = frozenset(blob for secret in gone for blob in secret.findings)
    blobs = frozenset(blob for secret in secrets.values() for blob in secret.findings)
    changes, standing = told.follow(blobs, doubtful)
    follow(secrets, changes)
    settle(gone, standing, told.dropped)


def _look(
    source: BlobSource, objects: Objects, kept: BlobResults, how: ScanOptions, catalogue: Catalogue
) -> _Found:
    found = _Found()
    secrets: dict[str, Secret] = {}
    for looked in scan_blobs(source, objects.entries, kept, how):
        if looked.skipped is not None and looked.skipped.reason == "timeout":
            found.late.append(looked.entry)
        elif looked.skipped is not None:
            found.skipped.append(looked.skipped)
        said = drop_repeats([finding for finding, _ in looked.findings], catalogue.rules)
        for finding, name in looked.findings:
            if any(finding is one for one in said):
                secrets.setdefault(name, Secret()).findings.setdefault(looked.entry.place, finding)
    found.secrets = joined(secrets)
    return found
