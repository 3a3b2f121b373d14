"""Decides which analyzers a document needs: by triage of its content, its name and its type."""

from __future__ import annotations

import fnmatch
from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from keyaudit.catalogue.types import Catalogue
from keyaudit.configs import needs
from keyaudit.core import paths
from keyaudit.core.containers import is_container
from keyaudit.core.document import Document
from keyaudit.core.keyfiles import named_for_keys
from keyaudit.core.patterns import regex
from keyaudit.core.text import is_binary
from keyaudit.material.raw import is_raw_key

if TYPE_CHECKING:
    from keyaudit.triage import Triage

_SHEBANG = regex(rb"#![^\n]*\bpython")
# How a sequence in DER and an OpenPGP packet begin, which need not hold a NUL byte.
_DER_STARTS = frozenset({b"0", *(bytes([octet]) for octet in range(0x80, 0x100))})
# Tags of triage beside those of secrets.
SUPPRESSION = "suppression"
CONTAINER = "container"
NOTEBOOK = "notebook"
CODE = "code"
MATERIAL = "material"
CONFIG = "config"
# Tags that are of no detector of secrets.
OTHERS = frozenset({CONTAINER, NOTEBOOK, CODE, CONFIG, MATERIAL, SUPPRESSION})

Hits = Mapping[str, Sequence[int]]


class Needs:
    """Gives the tags of a document with line numbers; a document without tags needs no analyzer.

    May be used in forked processes.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        cache_folder: Path | None,
        left_out: Container[str] = frozenset(),
    ) -> None:
        """`cache_folder` keeps triage's compiled patterns; `left_out` are detectors not to use."""
        self._catalogue = catalogue
        self._cache_folder = cache_folder
        self._left_out = left_out
        self._triage: Triage | None = None
        # Places that are sinks by their file's path alone, with no import to look for.
        self._paths = tuple(
            pattern
            for sink in catalogue.models.assignments
            if not sink.imports
            for pattern in sink.paths
        )

    def prepare(self) -> None:
        """Builds what all documents need; called before worker processes are forked."""
        if self._triage is None:
            from keyaudit import code, material, secrets, triage
            from keyaudit.scanning.suppressions import PATTERN

            patterns = {
                **secrets.patterns_for(self._catalogue),
                MATERIAL: material.PATTERN,
                SUPPRESSION: PATTERN,
            }
            words = code.triage_words(self._catalogue)
            made = triage.build(words, patterns, cache_folder=self._cache_folder)
            self._triage = made.without(self._left_out) if self._left_out else made
            self._triage.prepare()

    @property
    def is_native(self) -> bool:
        """Whether triage runs on native code; also True if it was not needed yet."""
        return self._triage is None or self._triage.engine != "python"

    def scan(self, data: bytes) -> Hits:
        """The tags that triage finds in some bytes, with line numbers."""
        self.prepare()
        assert self._triage is not None
        return self._triage.scan(data)

    def of(self, document: Document) -> Hits:
        """The tags of a document: of an archive, a binary file, a notebook or a text."""
        if is_binary(document.data) or is_container(document.data):
            return {CONTAINER: ()} if is_container(document.data) else {MATERIAL: ()}
        if document.path.endswith(paths.NOTEBOOK):
            return {NOTEBOOK: ()}
        return self.of_text(document)

    def of_text(self, document: Document) -> Hits:
        """The tags that triage finds in a text, corrected by the file's name (see `of_file`)."""
        return self.of_file(document, dict(self.scan(document.data)))

    def of_file(
        self, document: Document, hits: dict[str, Sequence[int]], *, wordless: bool = True
    ) -> dict[str, Sequence[int]]:
        """The hits, with tags added or removed by the file's name and first bytes.

        `hits` is changed. `code` stays for Python only; it is added to such without a word of
        cryptography that may still have a finding, unless `wordless` is false.
        """
        if not is_python(document):
            hits.pop(CODE, None)
        elif any(fnmatch.fnmatch(document.path, pattern) for pattern in self._paths):
            hits.setdefault(CODE, ())
        elif wordless and CODE not in hits and _is_worth_parsing(document):
            hits[CODE] = ()
        if needs(document.path, document.data, self._catalogue):
            hits[CONFIG] = ()
        if document.data[:1] in _DER_STARTS and named_for_keys(document.path):
            hits.setdefault(MATERIAL, ())
        if is_raw_key(document.path, document.data):
            hits.setdefault(MATERIAL, ())
        return hits


def is_python(document: Document) -> bool:
    """Whether a document is Python source: by its ending, or without one by its `#!` line."""
    if document.path.endswith(paths.PYTHON):
        return True
    return "." not in paths.name(document.path) and _SHEBANG.match(document.data) is not None


def _is_worth_parsing(document: Document) -> bool:
    """Whether a Python file without a word of cryptography may log or send a secret."""
    from keyaudit import code

    return code.is_worth_parsing(document.judged, document.data)
