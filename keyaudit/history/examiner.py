"""Examines blobs: their text one by one, code once for versions that are alike in what counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from keyaudit.catalogue.types import Catalogue, Policy
from keyaudit.core.context import is_test_path
from keyaudit.core.document import Document
from keyaudit.core.finding import Finding
from keyaudit.core.text import decode, is_utf16
from keyaudit.history.blobs import BlobSource
from keyaudit.history.hits import CODE, SUPPRESSION, worth_a_look
from keyaudit.history.identity import identities
from keyaudit.history.judged import Judged, Known, known
from keyaudit.history.keylines import LITERAL_RULES, KeyLines, literals_only
from keyaudit.scanning.examine import Examiner, is_python
from keyaudit.secrets.noise import BY_ENTROPY
from keyaudit.secrets.patterns import TAG
from keyaudit.secrets.tokens import may_stand_in
from keyaudit.sources import Entry


class BlobExaminer(Examiner):
    """Examines blobs; with `deep` all code rules look at each one.

    What it says of a finding's value, beside the finding, tells values apart in this run only
    (see `keyaudit.history.identity`). Its methods raise UnreadableError.
    """

    def __init__(
        self,
        source: BlobSource,
        catalogue: Catalogue,
        policy: Policy,
        folder: Path | None,
        *,
        deep: bool,
    ) -> None:
        super().__init__(source, catalogue, policy, folder)
        self._deep = deep
        self._literals = literals_only(catalogue)
        self._key_lines: KeyLines | None = None
        self._judged = Judged(lambda document, hits: self._analyze(document, hits).findings)
        self._code_lines: Sequence[int] | None = None

    def prepare(self) -> None:
        """Make what all blobs need, before the processes are forked that share it."""
        if self._triage is None:
            super().prepare()
            assert self._triage is not None
            # Most matches are of these, and few lines with one have a name that tells of a secret.
            self._triage = self._triage.without(BY_ENTROPY)
            self._triage.prepare()
        if self._key_lines is None and not self._deep:
            self._key_lines = KeyLines(self._catalogue, self._cache_folder)

    def text(self, entry: Entry) -> tuple[Known, str]:
        """What stands in a blob's text, and the signature of its code ("": no need to look).

        With `deep` the findings of code are among them, and there is no signature.
        """
        document = self._document(entry)
        hits = self._needs(document)
        signature = ""
        if (
            self._code_lines is not None
            and self._key_lines is not None
            and not is_test_path(entry.path)  # where a literal key is a note
        ):
            signature = self._key_lines.signature(document.data, self._code_lines)
        if not hits.keys() - {SUPPRESSION}:
            return (), signature
        return self._judged.judge(document, hits), signature

    def code(self, entries: Sequence[Entry], head: frozenset[str]) -> list[Known]:
        """The literals that reach a key role, for each of some versions with one signature.

        Only the last one is analyzed, and those whose blobs are in `head`; if it has findings, the
        others have them on the lines of the same text.
        """
        first = self._document(entries[-1])
        found = self._literals_of(first)
        answers: list[Known] = []
        for entry in entries[:-1]:
            if not found and entry.place not in head:
                answers.append(())
                continue
            document = self._document(entry)
            moved = None if entry.place in head else _moved(found, first, document)
            answers.append(known(document, self._literals_of(document) if moved is None else moved))
        return [*answers, known(first, found)]

    def identified(self, entry: Entry, findings: Sequence[Finding]) -> list[str]:
        """For each finding of a blob what tells its value from others."""
        return identities(decode(self._source.read(entry)), findings)

    def _needs(self, document: Document) -> Mapping[str, Sequence[int]]:
        hits = worth_a_look(document.data, self._whole_tokens(document, super()._needs(document)))
        self._code_lines = None if self._deep else hits.pop(CODE, None)
        return hits

    def _whole_tokens(
        self, document: Document, hits: Mapping[str, Sequence[int]]
    ) -> dict[str, Sequence[int]]:
        """The hits without those of tokens that only begin as such: `task-management`."""
        kept = dict(hits)
        begun = [tag for tag in hits if tag.startswith(TAG)]
        if not begun or is_utf16(document.data):
            return kept
        lines = document.data.split(b"\n")
        for tag in begun:
            kind = self._catalogue.tokens[tag.removeprefix(TAG)]
            kept[tag] = [
                number
                for number in hits[tag]
                if number > len(lines)
                or b"\r" in lines[number - 1]
                or may_stand_in(kind, lines[number - 1].decode("utf-8", "replace"))
            ]
            if not kept[tag]:
                del kept[tag]
        return kept

    def _literals_of(self, document: Document) -> tuple[Finding, ...]:
        from keyaudit import code
        from keyaudit.scanning import suppressions

        result = code.analyze(document, self._literals, self._policy, self._source.tree)
        if b"keyaudit:" in document.data:
            result = suppressions.apply(
                result, decode(document.data), document.path, self._catalogue.rules,
                is_python(document),
            )  # fmt: skip
        return tuple(f for f in result.findings if f.rule_id in LITERAL_RULES)


def _moved(
    findings: Sequence[Finding], source: Document, target: Document
) -> tuple[Finding, ...] | None:
    """The findings on the lines of the target with the same text; None where there are none.

    Equal lines are told apart by their number. What else a finding points at is left out.
    """
    here = decode(source.data).split("\n")
    there: dict[str, list[int]] = {}
    for number, line in enumerate(decode(target.data).split("\n"), 1):
        there.setdefault(line, []).append(number)
    moved = []
    for finding in findings:
        span = finding.span
        if span.line != span.end_line or span.line > len(here):
            return None
        line = here[span.line - 1]
        ordinal = here[: span.line - 1].count(line)
        lines = there.get(line, [])
        if ordinal >= len(lines):
            return None
        number = lines[ordinal]
        moved.append(
            replace(finding, span=replace(span, line=number, end_line=number), steps=(), fix=None)
        )
    return tuple(moved)
