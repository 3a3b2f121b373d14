"""A document: the bytes of one file, wherever they come from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


class DocumentOrigin(StrEnum):
    """Where a document's bytes were read."""

    WORKING_TREE = "working-tree"
    STAGED = "staged"
    COMMIT = "commit"


@dataclass(frozen=True)
class Document:
    """`path` is relative to the scan root, with `/`; `data` the raw bytes."""

    path: str
    data: bytes
    origin: DocumentOrigin = DocumentOrigin.WORKING_TREE

    @cached_property
    def content_id(self) -> str:
        """The git blob id (SHA-1, hexadecimal) of the bytes: equal for equal content."""
        head = b"blob %d\0" % len(self.data)
        return hashlib.sha1(head + self.data, usedforsecurity=False).hexdigest()
