"""Resolves import paths to modules of the scanned tree, which are read on demand."""

from __future__ import annotations

import hashlib
import sys
from collections import OrderedDict
from functools import cache

from keyaudit.code.semantics.module import SourceModule, UndecodableError
from keyaudit.code.semantics.scopes import Module
from keyaudit.core.result import TreeReader
from keyaudit.core.standing import AS_IT_IS, Standing

_MAX_MODULES = 200
# ... and so many paths, of which most lead nowhere: a package is looked for in each folder above.
_MAX_PATHS = 2_000
_MAX_BYTES = 2_000_000


# Modules that many files import, read once in a process: (path, content id) -> module, the
# least lately used first. What is analyzed itself is never one of them, since what is known of
# a file must not depend on which pieces others had read.
_SHARED_TEXT = 4_000_000
_shared_modules: OrderedDict[tuple[str, str, str], Module | None] = OrderedDict()


def _shared(path: str, data: bytes, content_id: str, judged: str) -> Module | None:
    """The module of these bytes; None when they are no text. `judged` as for `Module`."""
    key = (path, content_id, judged)
    if key in _shared_modules:
        _shared_modules.move_to_end(key)
        return _shared_modules[key]
    try:
        module = SourceModule(path, module_name(path), data, judged=judged)
    except UndecodableError:
        module = None
    _shared_modules[key] = module
    size = sum(len(held.text) for held in _shared_modules.values() if held is not None)
    while size > _SHARED_TEXT and len(_shared_modules) > 1:
        _, old = _shared_modules.popitem(last=False)
        size -= len(old.text) if old is not None else 0
    return module


def module_name(path: str) -> str:
    """The dotted name of a path from the scan root: `src/app/keys.py` is `src.app.keys`."""
    name = path.rsplit(".", 1)[0].replace("/", ".")
    return name.removesuffix(".__init__")


class Program:
    """Finds `package.module.name` as seen from an importing file.

    `standing` says by which paths the modules of the tree are judged.
    `dependencies` records every path asked for, with the content's git blob id ("" if absent),
    so that a cached result can be checked against them.
    """

    def __init__(
        self, tree: TreeReader | None, modelled: frozenset[str], standing: Standing = AS_IT_IS
    ) -> None:
        self._tree = tree
        self._standing = standing
        roots = {name.split(".")[0] for name in modelled if "." not in name}
        self._foreign = roots | sys.stdlib_module_names
        self._modules: dict[str, Module | None] = {}
        self._found = 0
        # By the folder of who imports, and the path: asked of every call of a name.
        self._located: dict[tuple[str, str], tuple[Module, list[str]] | None] = {}
        self.dependencies: dict[str, str] = {}

    def add(self, module: Module) -> None:
        """Registers a module under its path."""
        self._modules[module.path] = module
        self._located.clear()

    def locate(self, dotted: str, importer: Module) -> tuple[Module, list[str]] | None:
        """The module that a dotted path leads to from `importer`, and the parts of the path left
        over; None when that is not in the tree."""
        if self._is_full():
            return None
        folder = importer.path.rpartition("/")[0]
        key = (folder, dotted)
        if key not in self._located:
            parts = dotted.split(".")
            if self._tree is None or parts[0] in self._foreign or not all(parts):
                self._located[key] = None
            else:
                self._located[key] = self._search(folder, parts)
        found = self._located[key]
        return None if found is None else (found[0], list(found[1]))

    def _is_full(self) -> bool:
        return self._found > _MAX_MODULES or len(self._modules) > _MAX_PATHS

    def _search(self, folder: str, parts: list[str]) -> tuple[Module, list[str]] | None:
        for prefix in _prefixes(folder):
            if self._is_full():
                return None
            found = self._under(prefix, parts)
            if found is not None:
                return found
        return None

    def _under(self, prefix: str, parts: list[str]) -> tuple[Module, list[str]] | None:
        top = prefix + parts[0]
        if self._read(f"{top}.py") is None and self._read(f"{top}/__init__.py") is None:
            if len(parts) == 1:
                return None
            # A folder without __init__.py is a package too, when a module in it is named.
            if self._read(f"{top}/{parts[1]}.py") is None:
                nested = f"{top}/{parts[1]}/__init__.py"
                if self._read(nested) is None and len(parts) < 3:
                    return None
        for size in range(len(parts), 0, -1):
            base = prefix + "/".join(parts[:size])
            for path in (f"{base}.py", f"{base}/__init__.py"):
                module = self._read(path)
                if module is not None:
                    return module, parts[size:]
        return None

    def _read(self, path: str) -> Module | None:
        if path in self._modules:
            return self._modules[path]
        module = None
        data = self._tree.read(path) if self._tree is not None else None
        if data is None or len(data) > _MAX_BYTES:
            self.dependencies[path] = ""
        else:
            head = b"blob %d\0" % len(data)
            digest = hashlib.sha1(head + data, usedforsecurity=False)
            self.dependencies[path] = digest.hexdigest()
            judged = self._standing.of_tree(path)
            module = _shared(path, data, digest.hexdigest(), judged)
            self._found += 1
        self._modules[path] = module
        return module


@cache
def _prefixes(folder: str) -> tuple[str, ...]:
    """Folders that imports of a file in a folder may start from, nearest to the scan root first."""
    folders = folder.split("/") if folder else []
    prefixes = [""]
    for size in range(1, len(folders) + 1):
        prefixes.append("/".join(folders[:size]) + "/")
    return tuple(dict.fromkeys([*prefixes, "src/", "lib/"]))
