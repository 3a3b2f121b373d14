"""Loads Terraform modules, and keeps those read last for the other files of the same folder."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from keyaudit.configs.matching.related import Neighbours
from keyaudit.configs.readers.faults import ReadError
from keyaudit.configs.readers.hcl import File, read
from keyaudit.configs.resolving.terraform import Module
from keyaudit.configs.tree import Node, Resource
from keyaudit.core.document import Document
from keyaudit.core.result import TreeReader

_ENDINGS = (".tf", ".tofu")
# Values that Terraform takes by itself.
_GIVEN = ("terraform.tfvars",)
_GIVEN_ENDING = ".auto.tfvars"
_MOST_FILES = 200
_MOST_PARSED = 500
_MOST_MODULES = 8


class Folders:
    """The Terraform modules of one source tree, by folder."""

    def __init__(self, tree: TreeReader | None) -> None:
        self._tree = tree
        self._parsed: OrderedDict[tuple[str, str], File | None] = OrderedDict()
        # A module holds its files, so their ids are not given to others meanwhile.
        self._modules: OrderedDict[tuple[object, ...], Module] = OrderedDict()
        self._neighbours = Neighbours(())

    def module(
        self, folder: str, document: Document | None, inputs: Mapping[str, Node] | None = None
    ) -> Module:
        """The module in a folder; `document`, if given, is one of its files and is not read again.

        With `inputs` (the arguments of a call, by variable name) the module is built anew; without,
        all files of the folder share one. Files that cannot be read are left out, and at most 200
        files are read.
        """
        files = self._files(folder, document)
        if inputs is not None:
            return Module(folder, files, self._tree, inputs)
        key = (folder, *(id(file) for file in files))
        if key not in self._modules:
            self._modules[key] = Module(folder, files, self._tree)
            while len(self._modules) > _MOST_MODULES:
                self._modules.popitem(last=False)
        return self._modules[key]

    def neighbours(self, resources: Sequence[Resource]) -> Neighbours:
        """The resources of a module, to be asked which refer to which: the same for each of its
        files, which come one after the other."""
        if self._neighbours.resources is not resources:
            self._neighbours = Neighbours(resources)
        return self._neighbours

    def _files(self, folder: str, document: Document | None) -> list[File]:
        files = []
        names = set(self._names(folder))
        own = "" if document is None else document.path.rpartition("/")[2]
        for name in sorted(names | ({own} if own else set())):
            path = f"{folder}/{name}" if folder else name
            if document is not None and name == own:
                parsed = self._parse(path, document.data)
            else:
                data = None if self._tree is None else self._tree.read(path)
                parsed = None if data is None else self._parse(path, data)
            if parsed is not None:
                files.append(parsed)
        return files

    def dependencies(self, folder: str) -> list[tuple[str, str]]:
        """Pairs of path and content id: one for the listing (`FOLDER/*`), one for each file.

        The content id is "" for a file that cannot be read.
        """
        found = [(f"{folder}/*", listing_id(self._tree, folder))]
        for name in self._names(folder):
            path = f"{folder}/{name}" if folder else name
            data = None if self._tree is None else self._tree.read(path)
            found.append((path, "" if data is None else Document(path, data).content_id))
        return found

    def _names(self, folder: str) -> list[str]:
        if self._tree is None:
            return []
        return [name for name in self._tree.names(folder) if is_of_module(name)][:_MOST_FILES]

    def _parse(self, path: str, data: bytes) -> File | None:
        key = (path, hashlib.sha1(data, usedforsecurity=False).hexdigest())
        if key in self._parsed:
            self._parsed.move_to_end(key)
            return self._parsed[key]
        try:
            parsed: File | None = read(path, data)
        except ReadError:
            parsed = None
        self._parsed[key] = parsed
        while len(self._parsed) > _MOST_PARSED:
            self._parsed.popitem(last=False)
        return parsed


def is_of_module(name: str) -> bool:
    """Whether a file name is that of a Terraform file, or of a variables file loaded by default."""
    return name.endswith((*_ENDINGS, _GIVEN_ENDING)) or name in _GIVEN


def listing_id(tree: TreeReader | None, folder: str) -> str:
    """The SHA-1 (hexadecimal) of a module's file names: it changes when one comes or goes."""
    names = () if tree is None else tree.names(folder)
    text = "\n".join(name for name in names if is_of_module(name))
    return hashlib.sha1(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()
