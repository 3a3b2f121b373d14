"""What the template that a task of Ansible's lays down puts in, as far as the tree has it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator

from keyaudit.configs.matching.names import is_secret
from keyaudit.configs.templates import put_in
from keyaudit.configs.tree import HOLE, Entry, Mapping, Resource, Scalar, text_of
from keyaudit.core.patterns import regex
from keyaudit.core.text import decode

Reader = Callable[[str], bytes | None]

# Under this name a task's module has the text of its template.
TEXT = "$text"
_MODULES = frozenset({"template", "win_template"})
# What is put in under a name, and is all of the value: `api_token = {{ token }}`. What a variable
# is called itself says more where that is a place or a name.
_LABELLED = regex(
    r"([\w.-]{3,60})[\"']?[ \t]*[=:][ \t]*[\"']?"
    r"\{\{-?[ \t]*(?![^{}]*(?i:ur[il]|path|file|base|host|dir|name|user|_id\b))[\w.]+[ \t]*-?\}\}"
    r"[\"']?[ \t]*(?:[,;&]|$)",
    re.MULTILINE,
)
_LARGEST = 100_000
_MOST_TASKS = 200


def fill(tasks: list[Resource], read: Reader) -> None:
    """Gives tasks that lay down a template with a secret in it that template's text, as
    `$module.$text`, of which no more is known than the names of what is put into it."""
    for task in tasks[:_MOST_TASKS]:
        module = task.body.get("$module")
        if task.kind not in _MODULES or not isinstance(module, Mapping):
            continue
        node = module.get("src")
        named = text_of(node)
        if node is None or named is None or HOLE in named or "{{" in named:
            continue
        names = next(_names(named, task.path, read), frozenset())
        if any(map(is_secret, names)):
            text = Scalar(HOLE, node.span, node.path, names=names)
            module.entries[TEXT] = Entry(TEXT, node.span, text)


def _names(named: str, path: str, read: Reader) -> Iterator[frozenset[str]]:
    """The names of what each file of the tree that may be meant puts in."""
    for place in _places(named, path):
        data = read(place)
        if data is not None:
            text = decode(data[:_LARGEST])
            yield put_in(text) | {label[1] for label in _LABELLED.finditer(text)}


def _places(named: str, path: str) -> Iterator[str]:
    """Where Ansible, or who reads the tree, looks for a template: in that folder of the role or
    beside the playbook, or there itself. Of a whole path, the file's own name is looked for."""
    folder = posixpath.dirname(path)
    if named.startswith(("/", "~")):
        named = posixpath.basename(named)
    tops = [folder]
    if posixpath.basename(folder) in ("tasks", "handlers"):
        tops.insert(0, posixpath.dirname(folder))
    for top in tops:
        for within in (posixpath.join(top, "templates"), top):
            place = posixpath.normpath(posixpath.join(within, named))
            if not place.startswith(("../", "/")):
                yield place
