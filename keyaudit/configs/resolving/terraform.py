"""A Terraform module: the `.tf` files of one folder, and the values of their names."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field, replace

from keyaudit.configs.readers.hcl import Attribute, Block, Body, File
from keyaudit.configs.resolving.hcl_expressions import Evaluator
from keyaudit.configs.resolving.hcl_nodes import pairs_of
from keyaudit.configs.resolving.policy_documents import from_data_source
from keyaudit.configs.tree import (
    Entry,
    Hop,
    Mapping,
    Node,
    Resource,
    Scalar,
    Sequence,
    Unknown,
    placed,
    text_of,
)
from keyaudit.core.location import Span
from keyaudit.core.patterns import regex
from keyaudit.core.result import TreeReader
from keyaudit.core.text import decode

FORM = "terraform"
_MOST_INSTANCES = 20
_DEEPEST = 25
_NAMED = frozenset({"resource", "data"})
_LARGEST_FILE = 1_000_000
_MOST_STEPS = 300_000  # expressions of a module, those of loops each time


@dataclass(slots=True)
class _Definition:
    file: File
    attribute: Attribute


@dataclass(slots=True)
class Module:
    """One module: its folder, its files, and `tree` to read other files it names.

    `inputs` are the arguments a caller passes, by variable; None if the module is looked at by
    itself. Other variables have the values in `.tfvars` files, else their defaults. `read_files`
    are the paths of the other files that were asked for.
    """

    folder: str
    files: list[File]
    tree: TreeReader | None = None
    inputs: MappingType[str, Node] | None = None
    read_files: set[str] = field(default_factory=set)
    _variables: dict[str, tuple[File, Block]] = field(default_factory=dict)
    _locals: dict[str, _Definition] = field(default_factory=dict)
    _blocks: dict[str, tuple[File, Block]] = field(default_factory=dict)
    _given: dict[str, _Definition] = field(default_factory=dict)
    _known: dict[tuple[str, ...], Node | None] = field(default_factory=dict)
    _open: set[tuple[str, ...]] = field(default_factory=set)
    _depth: int = 0
    _budget: int = _MOST_STEPS
    _made: list[Resource] | None = None
    _texts: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for file in self.files:
            if file.path.endswith(".tfvars"):
                for attribute in file.body.attributes.values():
                    self._given.setdefault(attribute.name, _Definition(file, attribute))
                continue
            for block in file.body.blocks:
                if block.kind == "variable" and block.labels:
                    self._variables.setdefault(block.labels[0], (file, block))
                elif block.kind == "locals":
                    for attribute in block.body.attributes.values():
                        self._locals.setdefault(attribute.name, _Definition(file, attribute))
                elif block.kind in _NAMED and len(block.labels) > 1:
                    self._blocks.setdefault(address(block), (file, block))

    # -- what names stand for

    def resolve(self, parts: tuple[str, ...], span: Span) -> Node | None:
        """See `hcl_expressions.Names`."""
        if parts in self._open or self._depth > _DEEPEST:
            return None
        if parts not in self._known:
            self._open.add(parts)
            self._depth += 1
            try:
                self._known[parts] = self._resolve(parts)
            finally:
                self._open.discard(parts)
                self._depth -= 1
        return self._known[parts]

    def _resolve(self, parts: tuple[str, ...]) -> Node | None:
        head = parts[0]
        if head == "var" and len(parts) > 1:
            return self._variable(parts[1])
        if head == "local" and len(parts) > 1:
            return self._local(parts[1])
        if parts == ("path", "module"):
            return Scalar(".", Span(1, 1, 1, 1))
        if head in ("each", "count", "path", "terraform", "self"):
            return None
        if head == "module" and len(parts) > 1:
            return Unknown(Span(1, 1, 1, 1), refs=frozenset({f"module.{parts[1]}"}))
        return self._attribute(parts)

    def _variable(self, name: str) -> Node | None:
        if self.inputs is not None and name in self.inputs:
            return self.inputs[name]
        given = self._given.get(name)
        if given is not None:
            value = self._evaluator(given.file).value(given.attribute.value)
            return self._via(value, given.file.path, f"given to variable `{name}`")
        if name not in self._variables:
            return None
        file, block = self._variables[name]
        default = block.body.attributes.get("default")
        if default is None:
            return None
        value = self._evaluator(file).value(default.value)
        return self._via(value, file.path, f"default of variable `{name}`")

    def _local(self, name: str) -> Node | None:
        found = self._locals.get(name)
        if found is None:
            return None
        value = self._evaluator(found.file).value(found.attribute.value)
        return self._via(value, found.file.path, f"assigned to local `{name}`")

    def _via(self, value: Node, path: str, text: str) -> Node:
        return placed(value, value.span, path, Hop(path, value.span, text))

    def _attribute(self, parts: tuple[str, ...]) -> Node | None:
        """`aws_kms_key.main.arn`: what is written of it, or a reference to it."""
        is_data = parts[0] == "data"
        size = 3 if is_data else 2
        if len(parts) < size:
            return None
        name = ".".join(parts[:size])
        known = self._blocks.get(name)
        reference = Unknown(Span(1, 1, 1, 1), refs=frozenset({name}))
        if known is None or len(parts) == size:
            return reference
        file, block = known
        if is_data and parts[1] == "aws_iam_policy_document" and parts[size] == "json":
            return from_data_source(self.body(file, block.body), file.path, block.span)
        attribute = block.body.attributes.get(parts[size])
        if attribute is None or "for_each" in block.body.attributes:
            return reference
        value = self._evaluator(file).value(attribute.value)
        if isinstance(value, Scalar) and not value.has_holes:
            value = replace(value, refs=value.refs | {name})
            return self._via(value, file.path, f"`{parts[size]}` of `{name}`")
        return reference

    def file(self, name: str) -> str | None:
        """See `hcl_expressions.Names`. Only relative paths within the scanned tree are read."""
        if self.tree is None or name.startswith("/"):
            return None
        path = posixpath.normpath(posixpath.join(self.folder, name))
        if path.startswith("../") or path == "..":
            return None
        if path not in self._texts:
            self.read_files.add(path)
            data = self.tree.read(path)
            is_large = data is None or len(data) > _LARGEST_FILE
            self._texts[path] = None if is_large or data is None else decode(data)
        return self._texts[path]

    def spend(self) -> bool:
        """See `hcl_expressions.Names`."""
        self._budget -= 1
        return self._budget >= 0

    @property
    def is_spent(self) -> bool:
        """Whether some expressions were left unknown, since the module has more than 300,000."""
        return self._budget < 0

    # -- what it makes

    def kind_of(self, block: Block) -> str:
        """The kind of a block's resource: `aws_kms_key`, `data.aws_kms_key`, `provider.aws`.

        Other blocks have their block type as their kind.
        """
        if block.kind in _NAMED and len(block.labels) > 1:
            return block.labels[0] if block.kind == "resource" else f"data.{block.labels[0]}"
        if block.kind == "provider" and block.labels:
            return f"provider.{block.labels[0]}"
        return block.kind

    def title_of(self, block: Block) -> str:
        """A block's name in messages: `aws_kms_key.main`, or its type and labels with dots."""
        if block.kind in _NAMED and len(block.labels) > 1:
            return address(block)
        return ".".join((block.kind, *block.labels))

    def resources(self, wants: Callable[[str, Block], bool]) -> list[Resource]:
        """The resources of the module whose kind and block `wants` accepts.

        They are kept: later calls return those of the first, whatever their `wants` is.
        """
        if self._made is None:
            self._made = [
                resource
                for file in self.files
                for block in file.body.blocks
                if wants(self.kind_of(block), block)
                for resource in self.resources_of(file, block)
            ]
        return self._made

    def resources_of(self, file: File, block: Block) -> Iterator[Resource]:
        """A block's resource; with a known `for_each`, one for each of its items (at most 20).

        An output has its value as it is written, too, under `$value`.
        """
        kind, title = self.kind_of(block), self.title_of(block)
        evaluator = self._evaluator(file)
        for bound in self._instances(evaluator, block.body):
            body = self.body(file, block.body, bound)
            value = block.body.attributes.get("value") if block.kind == "output" else None
            if value is not None:
                said = " ".join((value.value.text or b"").decode("utf-8", "replace").split())
                shown = Scalar(said, file.places.span(value.value), file.path)
                body.entries["$value"] = Entry("$value", value.span, shown)
            yield Resource(FORM, kind, title, block.span, file.path, body, f"`{title}`")

    def _instances(self, evaluator: Evaluator, body: Body) -> list[dict[str, Node]]:
        """What `each` and `count` stand for in each instance; none for a resource not made."""
        count = body.attributes.get("count")
        if count is not None and text_of(evaluator.value(count.value)) == "0":
            # Only what is written here: a module's caller may switch it on.
            if evaluator.value(count.value).hops:
                return [{}]
            return []
        each = body.attributes.get("for_each")
        if each is None:
            return [{}]
        value = evaluator.value(each.value)
        pairs = pairs_of(value)
        if not pairs or len(pairs) > _MOST_INSTANCES:
            return [{}]
        found: list[dict[str, Node]] = []
        for key, item in pairs:
            shown = item if isinstance(value, Sequence) else key
            names = {"key": Entry("key", key.span, shown), "value": Entry("value", item.span, item)}
            found.append({"each": Mapping(names, each.span, evaluator.path)})
        return found

    def body(self, file: File, body: Body, bound: dict[str, Node] | None = None) -> Mapping:
        """The settings of a block: its attributes, and its inner blocks as lists of mappings.

        `bound` are the values of `each` and the like, by name.
        """
        evaluator = self._evaluator(file)
        if bound:
            evaluator = evaluator.with_names(bound)
        return self._settings(file, body, evaluator, 0)

    def _settings(self, file: File, body: Body, evaluator: Evaluator, depth: int) -> Mapping:
        found = Mapping({}, Span(1, 1, 1, 1), file.path)
        if depth > _DEEPEST:
            found.complete = False
            return found
        for attribute in body.attributes.values():
            value = evaluator.value(attribute.value)
            if attribute.name == "ignore_changes":
                value = _names_in(attribute, value.span, file.path)
            elif attribute.name == "type" and _TYPE.match(attribute.value.text or b""):
                # A variable's type is made of words of the language, and no reference.
                word = (attribute.value.text or b"").decode("utf-8", "replace")
                value = Scalar(word, value.span, file.path)
            found.entries[attribute.name] = Entry(attribute.name, attribute.span, value)
        for block in body.blocks:
            if block.kind == "dynamic" and block.labels:
                self._dynamic(file, block, evaluator, found, depth)
                continue
            inner = self._settings(file, block.body, evaluator, depth + 1)
            inner.span = block.whole
            self._add(found, block.kind, block.span, [inner], complete=True)
        return found

    def _dynamic(
        self, file: File, block: Block, evaluator: Evaluator, found: Mapping, depth: int
    ) -> None:
        content = next((b for b in block.body.blocks if b.kind == "content"), None)
        if content is None:
            return
        kind = block.labels[0]
        iterator = block.body.attributes.get("iterator")
        name = kind
        if iterator is not None:
            name = (iterator.value.text or b"").decode("utf-8", "replace").strip()
        each = block.body.attributes.get("for_each")
        pairs = None if each is None else pairs_of(evaluator.value(each.value))
        known = pairs is not None and len(pairs) <= _MOST_INSTANCES
        here = Unknown(block.span, file.path)
        rounds: list[tuple[Node, Node]] = list(pairs) if known and pairs else [(here, here)]
        if known and not pairs:
            return
        items: list[Node] = []
        for key, item in rounds:
            names = {"key": Entry("key", key.span, key), "value": Entry("value", item.span, item)}
            scope = evaluator.with_names({name: Mapping(names, block.span, file.path)})
            inner = self._settings(file, content.body, scope, depth + 1)
            inner.span = block.whole
            items.append(inner)
        self._add(found, kind, block.span, items, complete=known)

    def _add(
        self, found: Mapping, kind: str, span: Span, items: list[Node], *, complete: bool
    ) -> None:
        known = found.get(kind)
        if isinstance(known, Sequence):
            known.items += items
            known.complete = known.complete and complete
        else:
            made = Sequence(items, span, found.path, complete=complete)
            found.entries[kind] = Entry(kind, span, made)

    def _evaluator(self, file: File) -> Evaluator:
        return Evaluator(file.path, file.places, self)

    # -- modules that it calls

    def calls(self, path: str) -> Iterator[tuple[str, Block, dict[str, Node]]]:
        """The calls of local modules in the file at `path`: folder, `module` block and arguments.

        Only modules within the scanned tree, with a `source` that begins with `./` or `../`.
        """
        for file in self.files:
            if file.path != path:
                continue
            evaluator = self._evaluator(file)
            for block in file.body.blocks:
                source = block.body.attributes.get("source") if block.kind == "module" else None
                where = None if source is None else text_of(evaluator.value(source.value))
                if where is None or not where.startswith(("./", "../")):
                    continue
                folder = posixpath.normpath(posixpath.join(self.folder, where))
                if folder == ".." or folder.startswith("../"):
                    continue
                inputs = {
                    name: self._input(evaluator.value(attribute.value), file, name)
                    for name, attribute in block.body.attributes.items()
                    if name not in ("source", "version", "providers", "count", "for_each")
                }
                yield ("" if folder == "." else folder), block, inputs

    def _input(self, value: Node, file: File, name: str) -> Node:
        return self._via(value, file.path, f"passed as `{name}`")


def _names_in(attribute: Attribute, span: Span, path: str) -> Node:
    """The settings that `ignore_changes` names, which are no values: `[value, tags]`, or `all`."""
    text = (attribute.value.text or b"").decode("utf-8", "replace")
    names: list[Node] = [
        Scalar(name, span, path) for name in re.findall(r"[A-Za-z_][\w.]*", text)[:100]
    ]
    return Sequence(names, span, path)


_TYPE = regex(rb"(?:string|number|bool|any)\Z|(?:object|map|list|set|tuple)\(")


def address(block: Block) -> str:
    """The address of a resource or data source: `aws_kms_key.main`, `data.aws_kms_key.main`."""
    head = "data." if block.kind == "data" else ""
    return f"{head}{block.labels[0]}.{block.labels[1]}"
