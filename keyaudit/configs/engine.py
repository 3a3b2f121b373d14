"""Analyzes one configuration file: which resources it declares, and which rules they break."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from keyaudit.catalogue.project_kinds import of_the_project
from keyaudit.catalogue.types import Catalogue, Policy
from keyaudit.configs import findings, neighbour_files
from keyaudit.configs.build_context import left_in
from keyaudit.configs.formats import form_of
from keyaudit.configs.forms import hcl_scripts, reading
from keyaudit.configs.key_references import references
from keyaudit.configs.matching.conditions import Verdict, holds
from keyaudit.configs.matching.match import Asked, Hit, hits
from keyaudit.configs.matching.related import Neighbours
from keyaudit.configs.module_files import Folders
from keyaudit.configs.needles import Possible
from keyaudit.configs.readers.faults import ReadError
from keyaudit.configs.readers.hcl import Block
from keyaudit.configs.resolving.terraform import Module
from keyaudit.configs.rules import Alternative, index
from keyaudit.configs.tree import Node, Resource
from keyaudit.core.document import Document
from keyaudit.core.finding import Finding
from keyaudit.core.location import Span, Step
from keyaudit.core.redact import mask_line
from keyaudit.core.report import Notice
from keyaudit.core.result import DocumentResult, Pending, TreeReader
from keyaudit.core.text import decode

_LARGEST = 5_000_000
_MOST_MODULES = 3  # one within the other, with the folder of the file itself
# Forms that are told by words in a file, which may as well be something else.
_GUESSED = frozenset({"settings", "template", "python-stack"})


def analyze(
    document: Document, catalogue: Catalogue, policy: Policy, tree: TreeReader | None = None
) -> DocumentResult:
    """Applies the catalogue's `config` rules to a document and returns findings, notices and more.

    The result also has pending findings, the kinds of call that the file's resources stand for,
    for Terraform, the content ids of the other files that it depends on, and facts about the keys
    of cloud services that a file of one environment names. `tree` reads those
    files; without it only the document itself is read. A file that cannot be parsed, or not wholly,
    gives a notice of the kind `parse-error`; what could be parsed is still checked. Files above
    5,000,000 bytes give an empty result.
    """
    result = _Analysis(document, catalogue, policy, tree).run()
    named = tuple(references(document))
    return replace(result, facts=(*result.facts, *named)) if named else result


class Judged(NamedTuple):
    """A finding with the hit it was made from, and the rule parameters that were applied."""

    finding: Finding
    hit: Hit
    asked: Asked


def judged(
    document: Document, catalogue: Catalogue, policy: Policy, tree: TreeReader | None = None
) -> list[Judged]:
    """The findings in a document with their hits, to make fixes from.

    Findings about values that a Terraform file passes into a module are not among them.
    """
    analysis = _Analysis(document, catalogue, policy, tree)
    analysis.run()
    return analysis.judged


def resources(
    document: Document, catalogue: Catalogue, policy: Policy, tree: TreeReader | None = None
) -> list[Resource]:
    """The resources that a document declares, as far as it can be read.

    Of Terraform, only those of kinds that a rule or a model speaks of.
    """
    return _Analysis(document, catalogue, policy, tree).resources()


# Modules are read for each of their files; the last trees' are kept.
_folders: list[tuple[TreeReader | None, Folders]] = []


def _folders_of(tree: TreeReader | None) -> Folders:
    for known, folders in _folders:
        if known is tree:
            return folders
    made = Folders(tree)
    _folders[:] = [*_folders[-1:], (tree, made)]
    return made


class _Analysis:
    def __init__(
        self, document: Document, catalogue: Catalogue, policy: Policy, tree: TreeReader | None
    ) -> None:
        self._document = document
        self._index = index(catalogue)
        self._policy = policy
        self._tree = tree
        self._folders = _folders_of(tree)
        self._text = decode(document.data)
        self._texts: dict[str, Sequence[str]] = {document.path: _lines(self._text)}
        self._lines = findings.Lines(self._texts, document.standing)
        self._notices: list[Notice] = []
        self._dependencies: dict[str, str] = {}
        self._found: dict[tuple[str, Span], tuple[int, Finding]] = {}
        self._pending: dict[tuple[str, Span], Pending] = {}
        self._kinds: set[str] = set()
        self._called_in_code = catalogue.models.calls.keys()
        self._missed: set[tuple[str, int]] = set()
        self._absent: list[Pending] = []
        self.judged: list[Judged] = []

    def run(self) -> DocumentResult:
        form = form_of(self._document.path, self._document.data)
        if not form or len(self._document.data) > _LARGEST:
            return DocumentResult()
        if form == "terraform" and not self._document.path.endswith(".tfvars"):
            self._terraform()
        elif form != "terraform":
            made = list(self._resources(form))
            lines = self._texts[self._document.path]
            whole = neighbour_files.resources(made, lines, self._read)
            self._judge_all(whole, None if whole is made else Neighbours(whole))
        settled = [finding for _, finding in self._found.values()]
        return DocumentResult(
            findings=tuple(sorted(settled, key=lambda f: f.span)),
            pending=(*self._pending.values(), *self._absent),
            notices=tuple(self._notices),
            call_kinds=of_the_project(self._kinds, self._document.judged),
            dependencies=tuple(sorted(self._dependencies.items())),
        )

    def resources(self) -> list[Resource]:
        """The document's resources, unjudged."""
        path = self._document.path
        form = form_of(path, self._document.data)
        if not form or len(self._document.data) > _LARGEST or path.endswith(".tfvars"):
            return []
        if form != "terraform":
            return list(self._resources(form))
        module = self._folders.module(path.rpartition("/")[0], self._document)
        return [resource for resource in self._wanted(module) if resource.path == path]

    def _resources(self, form: str) -> Iterator[Resource]:
        try:
            yield from reading.resources(form, self._document.path, self._text)
        except ReadError as error:
            if form not in _GUESSED:
                self._report(error, form)

    def _report(self, error: ReadError, form: str) -> None:
        line = error.line or 1
        self._notices.append(
            Notice(
                "parse-error",
                f"{error.what}: scanned as text only",
                self._document.path,
                Span(line, 1, line, 1),
            )
        )

    # -- Terraform: the folder's files together, and the modules that this file calls

    def _terraform(self) -> None:
        path = self._document.path
        folder = path.rpartition("/")[0]
        module = self._folders.module(folder, self._document)
        own = next((file for file in module.files if file.path == path), None)
        if own is None:
            self._report(ReadError("is too large for HCL"), "terraform")
            return
        if own.errors:
            line = own.errors[0]
            text = "is no HCL here: what could be read of the file was looked at"
            self._notices.append(Notice("parse-error", text, path, Span(line, 1, line, 1)))
        self._dependencies.update(self._folders.dependencies(folder))
        wanted = self._wanted(module)
        around = self._folders.neighbours(wanted)
        self._judge_all([r for r in wanted if r.path == path], around)
        if b"provisioner" in own.data or b"#!" in own.data:
            self._judge_all(list(hcl_scripts.resources(own)))
        self._called(module, frozenset({folder}))
        for name in module.read_files:
            self._read(name)

    def _wanted(self, module: Module) -> list[Resource]:
        for file in module.files:
            if file.path not in self._texts:
                self._texts[file.path] = _lines(decode(file.data))
        found = module.resources(self._is_wanted)
        if module.is_spent:
            text = "has more expressions than are evaluated: some settings were not looked at"
            self._notices.append(Notice("limit", text, self._document.path))
        return found

    def _is_wanted(self, kind: str, block: Block) -> bool:
        return self._index.wants("terraform", kind, block.words)

    def _called(self, module: Module, above: frozenset[str]) -> None:
        """What this file passes into a module of the tree, and is used wrongly there."""
        for folder, block, inputs in module.calls(self._document.path):
            if folder not in above:  # no circle
                self._through(f"`{module.title_of(block)}`", folder, inputs, above)

    def _through(
        self, call: str, folder: str, inputs: dict[str, Node], above: frozenset[str]
    ) -> None:
        """The same for one module with these inputs, and for those that it hands them on to."""
        path = self._document.path
        inner = self._folders.module(folder, None, inputs)
        self._dependencies.update(self._folders.dependencies(folder))
        wanted = self._wanted(inner)
        around = Neighbours(wanted)
        for resource in wanted:
            if resource.kind == "module":
                continue  # what that does with it is told below
            for alternative in self._index.alternatives(resource.form, resource.kind):
                for hit in hits(alternative.asked, resource, around, self._policy):
                    found = hit.verdict.found
                    hops = () if found is None else found.node.hops
                    passed = [hop for hop in hops if hop.path == path]
                    if passed and passed[-1].text.startswith("passed as"):
                        self._add(alternative, findings.passed(
                            alternative.rule, alternative.asked, hit, passed[-1], call,
                            self._lines, self._policy,
                        ))  # fmt: skip
        around_all = above | {folder}
        for file in inner.files if len(around_all) <= _MOST_MODULES else ():
            for deeper, _, given in inner.calls(file.path):
                theirs = (hop.path for node in given.values() for hop in node.hops)
                if deeper not in around_all and path in theirs:
                    self._through(call, deeper, given, around_all)

    # -- rules

    def _judge_all(self, resources: Sequence[Resource], around: Neighbours | None = None) -> None:
        # What others have may stand in another file than this one.
        possible = None if around else Possible(self._document.data)
        around = around or Neighbours(resources)
        for resource in resources:
            given = frozenset(self._given(resource))
            self._kinds |= given
            if given and resource.made_by not in self._called_in_code:
                self._miss(resource, given)
            for alternative in self._index.alternatives(resource.form, resource.kind):
                if self._is_for_code(alternative, resource):
                    continue
                if possible is not None and not possible.may_match(alternative.asked):
                    continue
                for hit in hits(alternative.asked, resource, around, self._policy):
                    if self._has_file(alternative.asked.get("unless-file")):
                        break
                    found = findings.finding(
                        alternative.rule, alternative.asked, hit, self._lines, self._policy
                    )
                    if "left-in-by" in alternative.asked:
                        steps = tuple(self._left_in(alternative.asked["left-in-by"]))
                        if not steps:
                            break
                        found = replace(found, steps=(*found.steps, *steps))
                    self.judged.append(Judged(found, hit, alternative.asked))
                    self._add(alternative, found)

    def _left_in(self, name: str) -> Iterator[Step]:
        """The list of that name beside the document or in a folder above it, where it leaves what
        is secret in what is copied."""
        for path in self._files_above(name):
            data = self._read(path) or b""
            ignored = self._read(path.removesuffix(name) + ".gitignore") or b""
            left = left_in(decode(data), decode(ignored))
            if "/" in self._document.path.removeprefix(path.removesuffix(name)):
                # The folder that is copied may be that of the document.
                left = tuple(name for name in left if "/" not in name.rstrip("/"))
            lines = _lines(decode(data).rstrip())
            if left:
                span = Span(1, 1, len(lines), len(lines[-1]) + 1)
                text = f"leaves `{left[-1]}` in"
                yield Step(path, span, text, mask_line(lines[0], []))
            return

    def _has_file(self, name: str | None) -> bool:
        """Whether a file of that name stands beside the document or in a folder above it; without
        a tree to ask, nothing is known, and it may."""
        if name is None or self._tree is None:
            return name is not None
        return next(self._files_above(name), None) is not None

    def _files_above(self, name: str) -> Iterator[str]:
        """The files of that name beside the document and in the folders above it, nearest first."""
        folder = self._document.path
        while folder:
            folder = folder.rpartition("/")[0]
            path = f"{folder}/{name}" if folder else name
            if self._read(path) is not None:
                yield path

    def _read(self, path: str) -> bytes | None:
        """The bytes of another file of the tree, on which the result then rests."""
        data = None if self._tree is None else self._tree.read(path)
        self._dependencies[path] = "" if data is None else Document(path, data).content_id
        return data

    def _is_for_code(self, alternative: Alternative, resource: Resource) -> bool:
        """Whether the rule settles with all of the tree what the resource, as a call, lacks."""
        if resource.made_by not in self._called_in_code:
            return False
        return any(match.kind == "absence" for match in alternative.rule.matches)

    def _miss(self, resource: Resource, given: frozenset[str]) -> None:
        """Notes what the resource, which stands for calls of the kinds `given`, needs elsewhere."""
        for rule, number, asked in self._index.absences:
            about = (rule.id, number)
            if about in self._missed or given.isdisjoint(asked["call"]):
                continue
            self._missed.add(about)  # once in a file, as in code
            found = findings.finding(
                rule, {**asked, "at": "head"}, Hit(resource, None, Verdict(None, True)),
                self._lines, self._policy,
            )  # fmt: skip
            needs = frozenset(asked.get("with", {}).get("project", ()))
            self._absent.append(Pending(found, frozenset(asked["unless"]), needs))

    def _given(self, resource: Resource) -> Iterator[str]:
        """The kinds of call that a resource stands for (see docs/writing-rules.md)."""
        for model in self._index.models(resource.form, resource.kind):
            conditions = model.get("when", ())
            truths = [holds(c, resource.body, resource.path, self._policy) for c in conditions]
            if False not in truths:
                yield from model.get("kinds", ())

    def _add(self, alternative: Alternative, finding: Finding) -> None:
        """One finding of a rule at a place: that of the first alternative, as in code."""
        at = (finding.rule_id, finding.span)
        unless = alternative.asked.get("unless-project")
        known = self._found.get(at)
        if known is not None and known[0] <= alternative.number:
            return
        if unless:
            if known is None:
                self._pending.setdefault(at, Pending(finding, frozenset(unless)))
            return
        self._pending.pop(at, None)
        self._found[at] = (alternative.number, finding)


def _lines(text: str) -> Sequence[str]:
    return re.split(r"\r\n|\r|\n", text)
