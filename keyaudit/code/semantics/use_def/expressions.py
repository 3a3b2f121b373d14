"""Use-def analysis of expressions: the bindings that reach each use, and those it makes."""

from __future__ import annotations

from itertools import count

from keyaudit.code import syntax as s
from keyaudit.code.semantics.mutations import added_by, path_of, stored_by, sub_path
from keyaudit.code.semantics.placements import placements
from keyaudit.code.semantics.scopes import Binding, Scope
from keyaudit.code.semantics.use_def.state import ReachingDefinitions

_MAX_BUILD = 24
# A use of a path, and the path.
Uses = list[tuple[s.Name | s.Attr | s.Sub, str]]


class ExpressionFlow:
    """Visits expressions in the order of evaluation."""

    def __init__(self, scope: Scope, numbers: count[int]) -> None:
        self._scope = scope
        self._numbers = numbers
        if scope.entry is None:
            scope.entry = Binding("entry", "", 0, 0, scope)
        self._entry = (scope.entry,)
        self._held = ReachingDefinitions(scope.entry)
        self._context: tuple[tuple[str, int, str], ...] = ()
        self._uses: list[Uses] = []  # of each loop around, the uses in it
        self._later: list[Scope] = []  # functions whose bodies come after the scope's own

    # -- bindings

    def _assign(
        self, target: s.Expr, kind: str, value: s.Expr | None, index: tuple[int, ...]
    ) -> None:
        if isinstance(target, s.Seq):
            self._unpack(target, kind, value, index)
            return
        if isinstance(target, s.Starred):
            target, kind = target.value, "unknown"
        path = path_of(target)
        if isinstance(target, s.Attr | s.Sub):
            self._expr(target.value)
            if isinstance(target, s.Sub):
                self._expr(target.index)
        if path is None:
            path = _loose_path(target)
            if path is None:
                return
        real = "unpack" if index and kind == "value" else kind
        self._bind(Binding(real, path, target.pos, target.end, self._scope, value, index))

    def _unpack(
        self, target: s.Seq, kind: str, value: s.Expr | None, index: tuple[int, ...]
    ) -> None:
        for number, item in enumerate(target.items):
            if (
                isinstance(value, s.Seq)
                and kind == "value"
                and len(value.items) == len(target.items)
            ):
                self._assign(item, kind, value.items[number], index)
            else:
                self._assign(item, kind, value, (*index, number))

    def _bind(self, binding: Binding) -> None:
        name = binding.name
        binding.context = self._context
        self._scope.bindings.setdefault(name, []).append(binding)
        if self._held.live:
            self._held.bind(name, (binding,))

    def _build(
        self, kind: str, path: str, value: s.Expr, place: tuple[int, int], op: str = ""
    ) -> None:
        """A binding that adds to what the path holds; after many of them nothing is known."""
        before = self._held.before(path)
        length = 1 + max((b.index[0] for b in before if b.kind in ("augment", "grow")), default=0)
        if length > _MAX_BUILD:
            kind = "unknown"
        self._bind(Binding(kind, path, *place, self._scope, value, (length,), op=op,
                           before=before))  # fmt: skip

    # -- expressions

    def _expr(self, node: s.Expr) -> None:
        match node:
            case s.Const():
                return
            case s.Name():
                self._name(node)
            case s.Attr() | s.Sub():
                self._part(node)
            case s.Call():
                for child in s.children(node):
                    self._expr(child)
                node.scope, node.order = self._scope, next(self._numbers)
                node.context = self._context
                self._scope.calls.append(node)
                self._store(node)
                if isinstance(node.func, s.Attr) and node.func.name == "format":
                    self._scope.placed += placements(node)
            case s.Compare():
                for child in s.children(node):
                    self._expr(child)
                node.scope = self._scope
                self._scope.compares.append(node)
            case s.Walrus():
                self._expr(node.value)
                self._assign(node.target, "value", node.value, ())
            case s.Yield():
                self._expr(node.value)
                self._scope.yields.append(node)
            case s.Lambda():
                self._lambda(node)
            case s.Comp():
                self._comprehension(node)
            case s.IfExp():
                self._conditional(node)
            case _:
                if isinstance(node, s.Text | s.BinOp):
                    self._scope.placed += placements(node)
                for child in s.children(node):
                    self._expr(child)

    def _conditional(self, node: s.IfExp) -> None:
        """A call in `a() if test else b()` stands in a branch, as in an `if`."""
        self._expr(node.test)
        node.number = number = next(self._numbers)
        self._scope.tests[number] = node.test
        outer = self._context
        for part, branch in (("body", node.body), ("else", node.orelse)):
            self._context = (*outer, ("if", number, part))
            self._expr(branch)
        self._context = outer

    def _part(self, node: s.Attr | s.Sub) -> str | None:
        """Goes through an attribute or item, and gives its path (see `path_of`)."""
        base = None
        match node.value:
            case s.Attr() | s.Sub():
                base = self._part(node.value)
            case s.Name():
                self._name(node.value)
                base = node.value.id
            case _:
                self._expr(node.value)
        if isinstance(node, s.Sub):
            self._expr(node.index)
        path = sub_path(base, node) if base is not None else None
        reach = self._held.now.get(path) if path is not None else None
        if path is not None and reach is not None:
            node.reach = reach
            self._remember(node, path)
        return path

    def _store(self, call: s.Call) -> None:
        grown = added_by(call)
        if grown is not None and grown[0].isidentifier() and self._held.live:
            name, value = grown
            self._build("grow", name, value, (value.pos, value.end))
        for path, value, sure in stored_by(call):
            before = () if sure else self._held.before(path)
            binding = Binding("value", path, value.pos, value.end, self._scope, value)
            self._bind(binding)
            if before and self._held.live:
                self._held.add(path, (*before, binding))

    def _name(self, node: s.Name) -> None:
        node.scope = self._scope
        reach = self._held.now.get(node.id)
        if reach is None and node.id in self._scope.bound:
            reach = self._entry
        if reach is not None:
            node.reach = reach
            self._remember(node, node.id)

    def _remember(self, node: s.Name | s.Attr | s.Sub, path: str) -> None:
        if self._uses:
            self._uses[-1].append((node, path))

    def _lambda(self, node: s.Lambda) -> None:
        names = {param.name for param in node.params}
        inner = Scope("lambda", "<lambda>", self._scope.module, self._scope, node, names)
        inner.params = node.params
        node.scope = inner
        for param in node.params:
            if param.default is not None:
                self._expr(param.default)
        self._scope.children.append(inner)
        self._later.append(inner)

    def _comprehension(self, node: s.Comp) -> None:
        self._held.fork()
        for target, iterable, conditions in node.fors:
            self._expr(iterable)
            self._assign(target, "iter", iterable, ())
            for condition in conditions:
                self._expr(condition)
        self._expr(node.elt)
        if node.value is not None:
            self._expr(node.value)
        self._held.close()


def _loose_path(target: s.Expr) -> str | None:
    """A path for `x[i] = …`, `x[i]["key"] = …` and `f().key = …`, so that the assignment is still
    on record."""
    if isinstance(target, s.Attr):
        return f"?.{target.name}"
    if not isinstance(target, s.Sub):
        return None
    base = path_of(target.value)
    if base is None and isinstance(target.value, s.Sub):
        base = _loose_path(target.value)
        if base is not None and isinstance(target.index, s.Const):
            return f"{base}[{target.index.value!r}]"
    return f"{base or '?'}[*]"
