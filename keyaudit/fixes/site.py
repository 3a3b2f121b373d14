"""One finding to be mended: the nodes it is about, and the means to change what is there."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from keyaudit.catalogue.types import Rule
from keyaudit.core.finding import Finding
from keyaudit.core.location import Span
from keyaudit.fixes.changes import Change, clash, in_order
from keyaudit.fixes.editor import Editor
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.project import Project
from keyaudit.fixes.python_file import N, PythonFile

if TYPE_CHECKING:
    from keyaudit.code.matching.modelled_calls import Use


@dataclass(frozen=True, slots=True)
class Rewrite:
    """What mends a finding. `applicability` is given where it is other than the rule's `fix` says;
    `migrate` are sentences about what must be moved by hand, `plain` new values that may be shown
    whatever they are named, since they are the rule's."""

    title: str
    changes: tuple[Change, ...]
    applicability: str | None = None
    migrate: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()


@dataclass(slots=True)
class Site:
    """`finding` is of `rule`, in `project`; `options` are those of the rule's `fix`.

    The editors of a site are kept for all its changes.
    """

    finding: Finding
    rule: Rule
    project: Project
    options: Mapping[str, Any] = field(default_factory=dict)
    _editors: dict[str, Editor] = field(default_factory=dict)

    def editor(self, path: str | None = None) -> Editor:
        """The editor of a Python file; without `path`, of the finding's."""
        path = path or self.finding.path
        if path not in self._editors:
            self._editors[path] = Editor(self.project, path)
        return self._editors[path]

    @property
    def file(self) -> PythonFile:
        """The finding's file."""
        return self.editor().file

    def rewrite(
        self,
        title: str,
        *,
        applicability: str | None = None,
        migrate: Iterable[str] = (),
        more: Iterable[Change] = (),
        plain: Iterable[str] = (),
    ) -> Rewrite:
        """What the editors have changed; `more` are changes of files that are not Python."""
        changes = [change for editor in self._editors.values() for change in editor.changes]
        changes += more
        if not changes:
            raise DeclinedError("there is nothing to change")
        return Rewrite(title, _consistent(changes), applicability, tuple(migrate), tuple(plain))

    # -- nodes

    def place(self, span: Span, path: str | None = None) -> tuple[int, int]:
        """A span as characters."""
        file = self.editor(path).file
        return (
            file.offset(span.line, span.column),
            file.offset(span.end_line, span.end_column),
        )

    def node(self, kind: type[N], span: Span | None = None, path: str | None = None) -> N:
        """The node of a kind at the finding's place, or at that of a step.

        DeclinedError where there is none.
        """
        start, end = self.place(span or self.finding.span, path)
        found = self.editor(path).file.at(start, end, kind)
        if found is None:
            raise DeclinedError("it is written in a way that no fix is known for")
        return found

    def try_node(
        self, kind: type[N], span: Span | None = None, path: str | None = None
    ) -> N | None:
        """As `node`; None where there is none."""
        start, end = self.place(span or self.finding.span, path)
        return self.editor(path).file.at(start, end, kind)

    def call(self) -> ast.Call:
        """The call that the finding is about: that at its place, whose function or argument
        stands there, or that is the value assigned there."""
        node: ast.AST = self.node(ast.expr)
        if isinstance(node, ast.Call) and self._is_subject(node):
            return node
        for outer in self.file.ancestors(node):
            if isinstance(outer, ast.Call) and self._is_subject(outer):
                return outer
            if isinstance(outer, ast.stmt):
                break
        if isinstance(node, ast.Call):
            return node
        raise DeclinedError("it is written in a way that no fix is known for")

    def _is_subject(self, call: ast.Call) -> bool:
        use = self.use(call)
        return use is not None and self.finding.subject.startswith(use.model.name)

    def use(self, call: ast.Call) -> Use | None:
        """What the models know of a call of the finding's file."""
        return self.use_in(self.finding.path, call)

    def use_in(self, path: str, call: ast.Call) -> Use | None:
        """What the models know of a call of a file."""
        uses = self.project.uses(path).get(self.editor(path).file.place(call), ())
        return uses[0] if uses else None

    def is_called(self, call: ast.AST, *names: str) -> bool:
        """Whether a call of the finding's file is of one of these modelled names; a name may begin
        with a dot, and is then the end of one."""
        if not isinstance(call, ast.Call):
            return False
        use = self.use(call)
        return use is not None and is_name(use.model.name, names)

    def argument(self, call: ast.Call, role: str) -> ast.expr | None:
        """The argument of a call that plays a role, where it stands in the call itself."""
        use = self.use(call)
        if use is None:
            return None
        for _, value in use.arguments.get(role, ()):
            found = self.file.at(value.pos, value.end, ast.expr)
            if found is not None and any(outer is call for outer in self.file.ancestors(found)):
                return found
        return None

    def parameter(self, call: ast.Call, role: str) -> str:
        """The name of the parameter of a modelled call that has a role."""
        use = self.use(call)
        names = [n for n, r in use.model.parameters.items() if r == role] if use else []
        if not names:
            raise DeclinedError("the call has no such parameter")
        return names[0]

    def first_step(self, kind: type[N]) -> tuple[str, N]:
        """Where the value comes from: the path and the node of the first step of the evidence."""
        if not self.finding.steps:
            raise DeclinedError("nothing is known of where the value comes from")
        step = self.finding.steps[0]
        return step.path, self.node(kind, step.span, step.path)


def _consistent(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The changes of a fix. DeclinedError where two of them are of the same place."""
    found = in_order(changes)
    by_place = sorted(found, key=lambda one: (one.path, one.start, one.end))
    for one, other in pairwise(by_place):
        if clash(one, other):
            raise DeclinedError("two changes would be needed at one place")
    return tuple(found)


def is_name(name: str, names: Iterable[str]) -> bool:
    """Whether a dotted name is one of some, or ends in one of those that begin with a dot."""
    return any(name.endswith(one) if one.startswith(".") else name == one for one in names)
