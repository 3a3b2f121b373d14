"""A document: the bytes of one file, whatever their source."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from keyaudit.core.standing import AS_IT_IS, Standing


class DocumentOrigin(StrEnum):
    """Where a document's bytes were read."""

    WORKING_TREE = "working-tree"
    STAGED = "staged"
    COMMIT = "commit"


@dataclass(frozen=True)
class Document:
    """One file: `path` is relative to the scan root, with `/`; `data` are the raw bytes.

    `standing` maps the path to the one by which the file is judged to be a test or an example.
    """

    path: str
    data: bytes
    origin: DocumentOrigin = DocumentOrigin.WORKING_TREE
    standing: Standing = AS_IT_IS

    @property
    def judged(self) -> str:
        """The path by which the document is judged to be a test or an example."""
        return self.standing.judged(self.path)

    @cached_property
    def content_id(self) -> str:
        """The git blob id (SHA-1, hexadecimal) of the bytes."""
        head = b"blob %d\0" % len(self.data)
        return hashlib.sha1(head + self.data, usedforsecurity=False).hexdigest()
