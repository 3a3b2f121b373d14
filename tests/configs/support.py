"""Small trees of configuration, and what the analyzer says of them."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

from keyaudit import configs
from keyaudit.core.document import Document
from keyaudit.core.result import DocumentResult
from tests.caches import shipped


class Tree:
    """Files in memory."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = {path: dedent(text) for path, text in files.items()}

    def read(self, path: str) -> bytes | None:
        text = self.files.get(path)
        return None if text is None else text.encode()

    def names(self, folder: str) -> list[str]:
        head = f"{folder}/" if folder else ""
        inside = (path[len(head) :] for path in self.files if path.startswith(head))
        return sorted(name for name in inside if "/" not in name)


def analyze(files: Mapping[str, str], path: str | None = None) -> DocumentResult:
    """What is said of one file of a tree: the first, unless another is named."""
    tree = Tree(files)
    path = path or next(iter(files))
    document = Document(path, tree.files[path].encode())
    known = shipped()
    return configs.analyze(document, known, known.policies["default"], tree)


def found(
    files: Mapping[str, str], path: str | None = None, *, rules: str = "KA501 KA410 KA711"
) -> list[tuple[str, int]]:
    """The rules and lines of the findings in a file, of those rules."""
    findings = analyze(files, path).findings
    return [(f.rule_id, f.span.line) for f in findings if f.rule_id in rules.split()]
