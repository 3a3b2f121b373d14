"""Scans texts that are no files in worker processes, except those known from an earlier run."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import NamedTuple

from keyaudit.core.finding import Finding
from keyaudit.core.report import Skipped
from keyaudit.core.result import DocumentResult
from keyaudit.history.git.commits import Commit
from keyaudit.history.incremental.blob_results import BlobResults
from keyaudit.history.incremental.trail import Unsaid
from keyaudit.history.versions.examiner import BlobExaminer
from keyaudit.scanning import codec
from keyaudit.scanning.pool import Crash, Pool

_BATCH = 32  # texts: fewer are not worth another process


class Text(NamedTuple):
    """A text in UTF-8 that is called `place`. `commit` is the one that says it; None for names.

    `author_line` is its line (from 1) with the commit's author, 0 where there is none. It is a part
    of a longer text, of which `lines_before` lines stand before it.
    """

    place: str
    data: bytes
    commit: Commit | None = None
    author_line: int = 0
    lines_before: int = 0

    @staticmethod
    def again(one: Unsaid) -> Text:
        """A message that an earlier run could not analyze."""
        return Text(one.place, one.message.encode(), one.commit, one.author_line)

    def unsaid(self) -> Unsaid | None:
        """What the next run needs to try a message again; None for what no commit says."""
        if self.commit is None:
            return None
        return Unsaid(self.commit, self.place, self.data.decode(), self.author_line)


class TextOutcome(NamedTuple):
    """What came of a text: its findings, and what of it was not looked at."""

    text: Text
    findings: tuple[Finding, ...] = ()
    skipped: tuple[Skipped, ...] = ()


def scan_texts(
    texts: Sequence[Text],
    kept: BlobResults,
    examiner: BlobExaminer,
    jobs: int,
    deadline: float | None,
) -> list[TextOutcome]:
    """The outcome of each text that has findings, or of which something was not looked at.

    At most `jobs` processes do it; none is begun after `deadline`, in seconds of the monotonic
    clock.
    """
    names = [_name(text) for text in texts]
    known = {name: _result(data) for name, data in kept.load_all(names).items()}
    outcomes: dict[int, TextOutcome] = {}
    new: list[int] = []
    for number, name in enumerate(names):
        result = known.get(name)
        if result is None:
            new.append(number)
        else:
            outcomes[number] = _outcome(texts[number], result)
    if new:
        examiner.prepare_triage()

    def look(number: int) -> bytes:
        return codec.encode(examiner.text_alone(texts[number].place, texts[number].data))

    batches = [new[at : at + _BATCH] for at in range(0, len(new), _BATCH)]
    with closing(Pool(look, jobs).run(batches, deadline)) as answers:
        for number, answer in answers:
            if isinstance(answer, Crash):
                outcomes[number] = _not_looked_at(texts[number], "crashed", answer.reason)
                continue
            result = codec.decode(answer)
            if not result.failed:
                kept.store(names[number], answer)
            outcomes[number] = _outcome(texts[number], result)
    for number, text in enumerate(texts):
        if number not in outcomes:
            outcomes[number] = _not_looked_at(text, "timeout")
    in_order = (outcomes[number] for number in range(len(texts)))
    return [one for one in in_order if one.findings or one.skipped]


def _name(text: Text) -> str:
    """By which its result is kept."""
    return f"text {hashlib.sha256(text.data).hexdigest()} {text.place}"


def _result(data: bytes) -> DocumentResult | None:
    """What was kept; None for what is none of ours."""
    try:
        return codec.decode(data)
    except ValueError:
        return None


def _outcome(text: Text, result: DocumentResult) -> TextOutcome:
    findings = result.findings
    if text.lines_before:
        findings = tuple(_lowered(finding, text.lines_before) for finding in findings)
    skipped = tuple(Skipped(text.place, "crashed", reason) for reason in result.failed)
    return TextOutcome(text, findings, skipped)


def _lowered(finding: Finding, lines: int) -> Finding:
    """The finding, so many lines further down."""
    span = finding.span
    span = replace(span, line=span.line + lines, end_line=span.end_line + lines)
    return replace(finding, span=span)


def _not_looked_at(text: Text, reason: str, detail: str = "") -> TextOutcome:
    return TextOutcome(text, skipped=(Skipped(text.place, reason, detail),))
