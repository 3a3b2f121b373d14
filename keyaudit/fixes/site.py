"""One finding that is to be fixed, with access to its nodes and editors for the changes."""

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
from keyaudit.fixes.line_width import fitted, width
from keyaudit.fixes.project import Project
from keyaudit.fixes.python_file import N, PythonFile
from keyaudit.fixes.quoting import in_own_quotes

if TYPE_CHECKING:
    from keyaudit.code.matching.modelled_calls import Use


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The changes that fix a finding.

    `applicability` overrides that of the rule's `fix`, unless it is None. `migrate` are sentences
    on what must be migrated by hand; `plain` are values from the rule, which may be shown.
    """

    title: str
    changes: tuple[Change, ...]
    applicability: str | None = None
    migrate: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()


@dataclass(slots=True)
class Site:
    """The finding `finding` of `rule` in `project`; `options` are those of the rule's `fix`.

    Each file has one editor, which collects all changes of the fix; `more` are changes of other
    files, and `notes` sentences on what must be done with them.
    """

    finding: Finding
    rule: Rule
    project: Project
    options: Mapping[str, Any] = field(default_factory=dict)
    more: list[Change] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    _editors: dict[str, Editor] = field(default_factory=dict)

    def editor(self, path: str | None = None) -> Editor:
        """The editor of a Python file, by default the finding's. Raises DeclinedError where it does
        not parse."""
        path = path or self.finding.path
        if path not in self._editors:
            self._editors[path] = Editor(self.project, path)
        return self._editors[path]

    @property
    def file(self) -> PythonFile:
        """The finding's Python file."""
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
        """All changes of the editors, and `more`, which are changes of other files.

        Raises DeclinedError where there are none, or two of them clash.
        """
        changes = [change for editor in self._editors.values() for change in editor.changes]
        changes += [*self.more, *more]
        if not changes:
            raise DeclinedError("there is nothing to change")
        notes = (*migrate, *self.notes)
        found = self._fitted(_consistent(changes))
        return Rewrite(title, found, applicability, notes, tuple(plain))

    def _fitted(self, changes: tuple[Change, ...]) -> tuple[Change, ...]:
        """The changes, with those lines of Python files broken that they make too long."""
        found = [change for change in changes if change.path not in self._editors]
        for path, editor in self._editors.items():
            own = [change for change in changes if change.path == path]
            if own:
                own = in_own_quotes(editor.file, own)
                found += fitted(editor.file, own, editor.unit(), width(path, self.project.read))
        return tuple(found)

    # -- nodes

    def place(self, span: Span, path: str | None = None) -> tuple[int, int]:
        """A span as (start, end) character offsets, the end exclusive."""
        file = self.editor(path).file
        return (
            file.offset(span.line, span.column),
            file.offset(span.end_line, span.end_column),
        )

    def node(self, kind: type[N], span: Span | None = None, path: str | None = None) -> N:
        """The node of type `kind` at `span`, by default at the finding's.

        Raises DeclinedError where there is none.
        """
        start, end = self.place(span or self.finding.span, path)
        found = self.editor(path).file.at(start, end, kind)
        if found is None:
            raise DeclinedError("it is written in a way that no fix is known for")
        return found

    def try_node(
        self, kind: type[N], span: Span | None = None, path: str | None = None
    ) -> N | None:
        """As `node`, but None where there is none."""
        start, end = self.place(span or self.finding.span, path)
        return self.editor(path).file.at(start, end, kind)

    def call(self) -> ast.Call:
        """The call that the finding is about: the one at its span, or the innermost one around it
        that the finding's subject names. Raises DeclinedError where there is none."""
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
        """The modelled call that a call of the finding's file is; None where no model describes
        it."""
        return self.use_in(self.finding.path, call)

    def use_in(self, path: str, call: ast.Call) -> Use | None:
        """The modelled call that a call of another file is; None where no model describes it."""
        uses = self.project.uses(path).get(self.editor(path).file.place(call), ())
        return uses[0] if uses else None

    def is_called(self, call: ast.AST, *names: str) -> bool:
        """Whether the call target in the model is one of `names`; a name with a leading dot matches
        the end."""
        if not isinstance(call, ast.Call):
            return False
        use = self.use(call)
        return use is not None and is_name(use.model.name, names)

    def argument(self, call: ast.Call, role: str) -> ast.expr | None:
        """The argument with a role, such as `key`, where it is written in the call itself; else
        None."""
        use = self.use(call)
        if use is None:
            return None
        for _, value in use.arguments.get(role, ()):
            found = self.file.at(value.pos, value.end, ast.expr)
            if found is not None and any(outer is call for outer in self.file.ancestors(found)):
                return found
        return None

    def parameter(self, call: ast.Call, role: str) -> str:
        """The name of the parameter that has a role. Raises DeclinedError where there is none."""
        use = self.use(call)
        names = [n for n, r in use.model.parameters.items() if r == role] if use else []
        if not names:
            raise DeclinedError("the call has no such parameter")
        return names[0]

    def first_step(self, kind: type[N]) -> tuple[str, N]:
        """The path and the node of the evidence's first step, which is the value's origin.

        Raises DeclinedError where there is no evidence.
        """
        if not self.finding.steps:
            raise DeclinedError("nothing is known of where the value comes from")
        step = self.finding.steps[0]
        return step.path, self.node(kind, step.span, step.path)


def _consistent(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The changes of a fix. Raises DeclinedError where two of them clash."""
    found = in_order(changes)
    by_place = sorted(found, key=lambda one: (one.path, one.start, one.end))
    for one, other in pairwise(by_place):
        if clash(one, other):
            raise DeclinedError("two changes would be needed at one place")
    return tuple(found)


def is_name(name: str, names: Iterable[str]) -> bool:
    """Whether a dotted name equals one of `names`, or ends in one that has a leading dot."""
    return any(name.endswith(one) if one.startswith(".") else name == one for one in names)
