"""The files that a fix may read and change, in the state that earlier fixes have left them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from keyaudit.core.document import Document
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.names import Names
from keyaudit.fixes.python_file import PythonFile
from keyaudit.fixes.text_file import TextFile

if TYPE_CHECKING:
    from keyaudit.catalogue.types import Catalogue, Policy
    from keyaudit.code.matching.context import Context
    from keyaudit.code.matching.modelled_calls import Use
    from keyaudit.core.result import TreeReader

T = TypeVar("T")


def folders_above(path: str) -> Iterator[str]:
    """The folders that a path stands in, innermost first; the last is "", the scan root."""
    while path:
        path = path.rpartition("/")[0]
        yield path


class Project:
    """Reads and analyzes the project's files. `paths` are the scanned files; `tree` reads any file.

    `style` says how rewrites are made: `inline`, with code of their own, `remediation`, by calls of
    keyaudit.remediation, or None, as suits the project. `allow_dependency` lets a fix add a package
    to what the project needs.

    Results are cached until `forget` is called for a changed file.
    """

    def __init__(
        self,
        paths: Iterable[str],
        tree: TreeReader,
        catalogue: Catalogue,
        policy: Policy,
        *,
        style: str | None = None,
        allow_dependency: bool = False,
    ) -> None:
        self.style = style
        self.allow_dependency = allow_dependency
        self.paths = tuple(paths)
        self.catalogue = catalogue
        self.policy = policy
        self.tree = tree
        self._files: dict[str, PythonFile] = {}
        self._names: dict[str, Names] = {}
        self._contexts: dict[str, Context] = {}
        self._uses: dict[str, dict[tuple[int, int], list[Use]]] = {}
        self._with: dict[str, list[str]] = {}
        self._made: dict[str, Any] = {}

    def read(self, path: str) -> bytes | None:
        """The current bytes of a file; None where there is no such file."""
        return self.tree.read(path)

    def forget(self, path: str) -> None:
        """Drop the cached results that a change of this file makes stale."""
        self._files.pop(path, None)
        self._names.pop(path, None)
        # What is known of other files may rest on it.
        self._contexts.clear()
        self._uses.clear()
        self._with.clear()
        self._made.clear()

    def python(self, path: str) -> PythonFile:
        """A Python file, parsed. Raises DeclinedError where it does not exist or does not parse."""
        known = self._files.get(path)
        if known is None:
            data = self.read(path)
            if data is None:
                raise DeclinedError(f"{path} is not there")
            known = self._files[path] = PythonFile(path, data)
        return known

    def text(self, path: str) -> TextFile:
        """Any other file; an empty one where there is none. Raises DeclinedError for undecodable
        bytes."""
        return TextFile(path, self.read(path) or b"")

    def names(self, path: str) -> Names:
        """The names that a Python file binds. Raises DeclinedError where it does not parse."""
        known = self._names.get(path)
        if known is None:
            known = self._names[path] = Names(self.python(path))
        return known

    def context(self, path: str) -> Context:
        """The analysis of a Python file: its modelled calls, and the provenance of values."""
        known = self._contexts.get(path)
        if known is None:
            from keyaudit.code.engine import understand

            document = Document(path, self.python(path).data)
            known = understand(document, self.catalogue, self.policy, self.tree)
            self._contexts[path] = known
        return known

    def uses(self, path: str) -> dict[tuple[int, int], list[Use]]:
        """The modelled calls of a Python file by their (start, end) character offsets."""
        known = self._uses.get(path)
        if known is None:
            known = self._uses[path] = {}
            for use in self.context(path).uses:
                known.setdefault((use.call.pos, use.call.end), []).append(use)
        return known

    def python_with(self, *words: str) -> Iterator[PythonFile]:
        """The scanned Python files that contain one of `words`, each once.

        Raises DeclinedError where one of them does not parse, since its use of the word is not
        known.
        """
        for path in dict.fromkeys(path for word in words for path in self._paths_with(word)):
            yield self.python(path)

    def readable_with(self, word: str) -> Iterator[PythonFile]:
        """As `python_with`, without the files that do not parse."""
        for path in self._paths_with(word):
            try:
                yield self.python(path)
            except DeclinedError:
                continue

    def _paths_with(self, word: str) -> list[str]:
        known = self._with.get(word)
        if known is None:
            wanted = word.encode()
            known = self._with[word] = [
                path
                for path in self.paths
                if path.endswith(".py") and wanted in (self.read(path) or b"")
            ]
        return known

    def once(self, name: str, make: Callable[[], T]) -> T:
        """The cached result of `make`, stored under `name` until a file changes. A DeclinedError is
        cached and raised again."""
        if name not in self._made:
            try:
                self._made[name] = make()
            except DeclinedError as error:
                self._made[name] = error
        made = self._made[name]
        if isinstance(made, DeclinedError):
            raise DeclinedError(made.reason)
        result: T = made
        return result

    def shadows(self, module: str, path: str) -> bool:
        """Whether a file next to `path`, or in a folder above it, would be imported instead of
        `module`."""
        top = module.split(".")[0]
        for folder in folders_above(path):
            head = f"{folder}/{top}" if folder else top
            if any(self.read(name) is not None for name in (f"{head}.py", f"{head}/__init__.py")):
                return True
        return False
