"""What a file takes from others of its tree: a kustomization's generators, a role's defaults and
templates, and the services that those of a compose file extend.

Nothing outside of the tree is read, and nothing but values is taken: a finding stands in the file
that takes them.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from keyaudit.configs import role_templates
from keyaudit.configs.forms import compose
from keyaudit.configs.matching.names import is_secret
from keyaudit.configs.readers.faults import ReadError
from keyaudit.configs.readers.yaml_reader import read as read_yaml
from keyaudit.configs.tree import (
    Choice,
    Entry,
    Hop,
    Mapping,
    Node,
    Resource,
    Scalar,
    text_of,
)
from keyaudit.configs.tree import Sequence as Items
from keyaudit.core.patterns import regex
from keyaudit.core.text import decode

Reader = Callable[[str], bytes | None]

_GENERATORS = (
    ("secretGenerator", "SecretFromFile"),
    ("configMapGenerator", "ConfigMapFromFile"),
)
_PAIR = regex(r"\s*(?:export\s+)?([\w.-]+)\s*=\s*([\"']?)(.*?)\2\s*")
_LARGEST = 100_000
_LONGEST = 300
_MOST_PAIRS = 500
_ROLE = regex(r"(?P<role>(?:.*/)?)(?:tasks|handlers)/.*\.ya?ml")
_DEFAULTS = ("defaults/main.yml", "defaults/main.yaml")
# A variable as it is: what other filters make of it, is another value. The brackets of a default
# hold any filters that end in brackets, so that there is one way to read several defaults.
_PLAIN = r"(?:\|\s*(?:bool|string|int)\s*)*"
_VARIABLE = regex(
    rf"[\"']?\{{\{{-?\s*(\w+)\s*{_PLAIN}(?:\|\s*(?:default|d)\([^{{}}]*\)\s*{_PLAIN})?-?\}}\}}[\"']?"
)
_DEEPEST = 20


def resources(made: list[Resource], lines: Sequence[str], read: Reader) -> list[Resource]:
    """The resources of one file with what they take from others: `made` itself if that is nothing.

    `lines` are the file's, `read` gives the bytes of another one of the tree, or None.
    """
    more = [
        taken
        for resource in made
        if resource.form == "kubernetes" and resource.kind == "Kustomization"
        for taken in _generated(resource.body, resource.path, read)
    ]
    made = compose.extended(made, lambda file, name: _service(file, name, read))
    tasks = [resource for resource in made if resource.form == "ansible"]
    role_templates.fill(tasks, read)
    role = _ROLE.fullmatch(tasks[0].path) if tasks else None
    known = {} if role is None else _defaults(role["role"], read)
    if known:
        for task in tasks:
            _fill(task.body, lines, known, 0)
    return [*made, *more] if more or known else made


# -- kustomizations


def _generated(body: Mapping, path: str, read: Reader) -> Iterator[Resource]:
    """Each value of a file that a generator makes an object of: `NAME=value` of `envs`, and of
    `files` those that hold nothing else."""
    for section, kind in _GENERATORS:
        listed = body.get(section)
        for item in listed.items if isinstance(listed, Items) else ():
            if not isinstance(item, Mapping):
                continue
            for key in ("envs", "env", "files"):
                for node in _each(item.get(key)):
                    yield from _of_file(node, kind, path, read, is_value=key == "files")


def _each(node: Node | None) -> Iterable[Scalar]:
    given = node.items if isinstance(node, Items) else [node]
    return (item for item in given if isinstance(item, Scalar))


def _of_file(
    node: Scalar, kind: str, path: str, read: Reader, *, is_value: bool
) -> Iterator[Resource]:
    name, equals, file = (text_of(node) or "").rpartition("=")
    whole = posixpath.normpath(posixpath.join(posixpath.dirname(path), file))
    if not file or whole.startswith(("../", "/")):
        return
    data = read(whole)
    if data is None or len(data) > _LARGEST:
        return
    lines = decode(data).splitlines()
    if is_value:
        given = [line for line in lines if line.strip()]
        pairs = [(name if equals else posixpath.basename(file), "".join(given))]
        pairs = pairs if len(given) == 1 and len(given[0]) <= _LONGEST else []
    else:
        matched = (_PAIR.fullmatch(line) for line in lines)
        pairs = [(found[1], found[3]) for found in matched if found is not None][:_MOST_PAIRS]
    for called, value in pairs:
        texts = {"name": called, "value": value}
        entries = {k: Entry(k, node.span, Scalar(v, node.span, path)) for k, v in texts.items()}
        yield Resource("kubernetes", kind, f"{kind}/{called}", node.span, path,
                       Mapping(entries, node.span, path), f"`{called}` in `{file}`")  # fmt: skip


# -- compose files


def _service(file: str, name: str, read: Reader) -> Mapping | None:
    """The service of that name in another compose file."""
    data = read(file)
    if data is None or len(data) > _LARGEST:
        return None
    try:
        documents = read_yaml(decode(data))
    except ReadError:
        return None
    return compose.service(documents[0], name) if documents else None


# -- roles of Ansible


def _defaults(role: str, read: Reader) -> dict[str, Scalar]:
    """What a role's variables are unless somebody sets them, but for secrets, which are told where
    they stand, and for what is made of other variables."""
    for name in _DEFAULTS:
        data = read(f"{role}{name}")
        if data is None or len(data) > _LARGEST:
            continue
        try:
            documents = read_yaml(decode(data))
        except ReadError:
            return {}
        found: dict[str, Scalar] = {}
        for document in documents:
            for key, entry in document.entries.items() if isinstance(document, Mapping) else ():
                value = entry.value
                if not isinstance(value, Scalar) or value.value is None or is_secret(key):
                    continue
                if "{{" not in str(value.value):
                    hop = Hop(f"{role}{name}", entry.key_span, f"the default of `{key}`")
                    found[key] = replace(value, hops=(hop,))
        return found
    return {}


def _fill(node: Node, lines: Sequence[str], known: dict[str, Scalar], depth: int) -> None:
    """Puts the defaults in the place of variables at or below a node."""
    if depth > _DEEPEST:
        return
    if isinstance(node, Mapping):
        for entry in node.entries.values():
            entry.value = _filled(entry.value, lines, known)
            _fill(entry.value, lines, known, depth + 1)
    elif isinstance(node, Items):
        node.items[:] = [_filled(item, lines, known) for item in node.items]
        for item in node.items:
            _fill(item, lines, known, depth + 1)
    elif isinstance(node, Choice):
        for option in node.options:
            _fill(option, lines, known, depth + 1)


def _filled(node: Node, lines: Sequence[str], known: dict[str, Scalar]) -> Node:
    if not isinstance(node, Scalar) or not (node.has_holes or "{{" in str(node.value)):
        return node
    span = node.span
    if span.line != span.end_line or not 0 < span.line <= len(lines):
        return node
    found = _VARIABLE.fullmatch(lines[span.line - 1][span.column - 1 : span.end_column - 1].strip())
    if found is None or found[1] not in known:
        return node
    default = known[found[1]]
    # What the variable is called still tells what it is for.
    return replace(default, span=span, path=node.path, hops=(*node.hops, *default.hops),
                   names=default.names | {found[1]})  # fmt: skip
