"""Statements -> scopes: which bindings reach each use, and the calls in order.

One forward pass per scope. The environment maps a name, or a path such as `self.key` or
`conf['key']`, to the bindings that may hold it here. Branches merge; a branch that ends
(return, raise, break) does not. A path absent from the environment still holds what it held
at the scope's entry.

`Call.context` is the stack of blocks around the call: (kind, number, part) with kinds `if`
(part `body`/`else`), `loop`, `with`, `try` (part `body`, `handler`, `else`, `final`).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count

from keyaudit.code import syntax as s
from keyaudit.code.scopes import Binding, Scope, TryFacts
from keyaudit.code.stores import grown_by, path_of, stored_by

Env = dict[str, tuple[Binding, ...]]
_MAX_REACH = 24
_MAX_BUILD = 24


class Flow:
    """Runs over one piece or one function; `scope` receives what it learns."""

    def __init__(self, scope: Scope, numbers: count[int], env: Env | None = None) -> None:
        self._scope = scope
        self._numbers = numbers
        self._env: Env | None = {} if env is None else env
        # What the paths in the environment, now or earlier, begin with: `a` and `a.b` for `a.b.c`.
        self._begun = {part for path in self._env or () for part in _beginnings(path)}
        self._context: tuple[tuple[str, int, str], ...] = ()
        self._loops: list[list[Env]] = []
        self._uses: list[list[tuple[s.Name | s.Attr | s.Sub, str]]] = []
        self._later: list[Scope] = []
        if scope.entry is None:
            scope.entry = Binding("entry", "", 0, 0, scope)
        self._entry = (scope.entry,)

    def run(self, body: Iterable[s.Stmt]) -> None:
        """Visits the statements, then the bodies of the functions defined in them."""
        self._block(body)
        if self._env is not None:
            self._scope.exits.update(self._env)
        later, self._later = self._later, []
        for inner in later:
            run_function(inner, self._numbers)

    # -- statements

    def _block(self, body: Iterable[s.Stmt]) -> None:
        for statement in body:
            if self._env is None:  # after return, raise, break: cannot be reached
                if not isinstance(statement, s.Def | s.Class | s.Import):
                    continue
                self._env = {}
                self._statement(statement)
                self._env = None
                continue
            self._statement(statement)

    def _statement(self, node: s.Stmt) -> None:
        match node:
            case s.Assign():
                self._expr(node.value)
                for target in node.targets:
                    self._assign(target, "value", node.value, ())
            case s.ExprStmt():
                self._expr(node.value)
                if isinstance(node, s.Assert):
                    self._scope.asserted.append(node.value)
                elif isinstance(node.value, s.Call):
                    self._scope.dropped.append(node.value)
            case s.Return():
                if node.value is not None:
                    self._expr(node.value)
                    self._scope.returns.append(node.value)
                self._env = None
            case s.Raise():
                if node.value is not None:
                    self._expr(node.value)
                    self._scope.raises.append(node.value)
                self._env = None
            case s.If():
                self._if(node)
            case s.Loop():
                self._loop(node)
            case s.With():
                self._with(node)
            case s.Try():
                self._try(node)
            case s.AugAssign():
                self._augment(node)
            case s.Delete():
                for target in node.targets:
                    self._expr(target)
                    self._assign(target, "delete", None, ())
            case s.Jump():
                if self._loops and self._env is not None:
                    self._loops[-1].append(self._env)
                self._env = None
            case s.Def() | s.Class():
                self._define(node)
            case s.Import():
                for local, path in node.names:
                    self._bind(Binding("import", local, node.pos, node.end, self._scope,
                                       target=path, level=node.level))  # fmt: skip
            case s.Match():
                self._match(node)

    def _if(self, node: s.If) -> None:
        self._expr(node.test)
        known = _truth(node.test)
        number = next(self._numbers)
        self._scope.tests[number] = node.test
        before = self._env
        after: list[Env | None] = []
        for part, body, taken in (
            ("body", node.body, known is not False),
            ("else", node.orelse, known is not True),
        ):
            if not taken:
                continue
            self._env = dict(before) if before is not None else None
            self._inside("if", number, part, body)
            after.append(self._env)
        self._env = self._merge(after)

    def _loop(self, node: s.Loop) -> None:
        number = next(self._numbers)
        self._scope.tests[number] = node.test
        self._expr(node.test)
        before = dict(self._env or {})
        self._loops.append([])
        self._uses.append([])
        if node.target is not None:
            self._assign(node.target, "iter", node.test, ())
        else:
            self._expr(node.test)
        self._inside("loop", number, "body", node.body)
        jumps = self._loops.pop()
        ends = [self._env, *jumps]
        again = self._merge(ends)
        self._again(self._uses.pop(), before, again)
        endless = node.target is None and _truth(node.test) is True
        runs = again is not None and node.target is not None and _has_rounds(node.test)
        self._env = again if runs else self._merge(jumps if endless else [before, *ends])
        if node.orelse:
            self._block(node.orelse)

    def _again(
        self, uses: list[tuple[s.Name | s.Attr | s.Sub, str]], before: Env, again: Env | None
    ) -> None:
        """What reached a use from before the loop also reaches it from the round before."""
        for use, path in uses:
            entered = before.get(path, self._entry)
            if again is not None and use.reach and set(use.reach) & set(entered):
                use.reach = _union((use.reach, again.get(path, self._entry)))
            if self._uses:
                self._uses[-1].append((use, path))

    def _with(self, node: s.With) -> None:
        number = next(self._numbers)
        for value, target in node.items:
            self._expr(value)
            if target is not None:
                self._assign(target, "enter", value, ())
        self._inside("with", number, "body", node.body)

    def _try(self, node: s.Try) -> None:
        number = next(self._numbers)
        facts = TryFacts(number, node.handlers, self._scope, bool(node.final))
        self._scope.tries.append(facts)
        before = dict(self._env or {})
        self._inside("try", number, "body", node.body)
        middle = self._env
        self._inside("try", number, "else", node.orelse)
        ends = [self._env]
        for handler in node.handlers:
            self._env = self._merge([dict(before), middle])
            if handler.type is not None:
                self._expr(handler.type)
            if handler.name is not None:
                self._bind(Binding("except", handler.name, handler.pos, handler.end, self._scope))
            self._inside("try", number, "handler", handler.body)
            ends.append(self._env)
        if not node.final:
            self._env = self._merge(ends)
            return
        after = self._merge(ends)
        self._env = after if after is not None else before
        self._inside("try", number, "final", node.final)
        if after is None:
            self._env = None

    def _match(self, node: s.Match) -> None:
        self._expr(node.subject)
        number = next(self._numbers)
        before = dict(self._env or {})
        ends: list[Env | None] = [before]
        for names, guard, body in node.arms:
            self._env = dict(before)
            for name in names:
                self._bind(Binding("unknown", name.id, name.pos, name.end, self._scope))
            if guard is not None:
                self._expr(guard)
            self._inside("if", number, f"arm{len(ends)}", body)
            ends.append(self._env)
        self._env = self._merge(ends)

    def _inside(self, kind: str, number: int, part: str, body: list[s.Stmt]) -> None:
        outer = self._context
        self._context = (*outer, (kind, number, part))
        self._block(body)
        self._context = outer

    def _augment(self, node: s.AugAssign) -> None:
        self._expr(node.value)
        self._expr(node.target)
        path = path_of(node.target)
        if path is not None and self._env is not None:
            self._build("augment", path, node.value, (node.pos, node.end), node.op)

    def _build(
        self, kind: str, path: str, value: s.Expr, place: tuple[int, int], op: str = ""
    ) -> None:
        """A binding that adds to what the path holds; after many of them nothing is known."""
        before = (self._env or {}).get(path, self._entry)
        length = 1 + max((b.index[0] for b in before if b.kind in ("augment", "grow")), default=0)
        if length > _MAX_BUILD:
            kind = "unknown"
        self._bind(Binding(kind, path, *place, self._scope, value, (length,), op=op,
                           before=before))  # fmt: skip

    def _define(self, node: s.Def | s.Class) -> None:
        for decorator in node.decorators:
            self._expr(decorator)
        is_class = isinstance(node, s.Class)
        inner = Scope("class" if is_class else "function", node.name, self._scope.module,
                      self._scope, node, node.bound, decorators=node.decorators)  # fmt: skip
        node.scope = inner
        self._scope.children.append(inner)
        if isinstance(node, s.Class):
            for base in node.bases:
                self._expr(base.value)
            run_class(inner, node, self._numbers)
        else:
            inner.params, inner.outer = node.params, node.outer
            for param in node.params:
                if param.default is not None:
                    self._expr(param.default)
            self._later.append(inner)
        kind = "class" if is_class else "def"
        self._bind(Binding(kind, node.name, node.pos, node.end, self._scope, definition=inner))

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
        if self._env is None:
            return
        # A new value for `a` ends what was known of `a.b` and `a['c']`.
        if name in self._begun:
            stale = [p for p in self._env if p.startswith((f"{name}.", f"{name}["))]
            for path in stale:
                del self._env[path]
        self._set(name, (binding,))

    def _set(self, path: str, bindings: tuple[Binding, ...]) -> None:
        assert self._env is not None
        self._env[path] = bindings
        self._begun.update(_beginnings(path))

    def _merge(self, envs: Iterable[Env | None]) -> Env | None:
        live = [env for env in envs if env is not None]
        if not live:
            return None
        if len(live) == 1:
            return dict(live[0])
        merged: Env = {}
        for path in {path for env in live for path in env}:
            merged[path] = _union(env.get(path, self._entry) for env in live)
        return merged

    # -- expressions

    def _expr(self, node: s.Expr) -> None:
        match node:
            case s.Const():
                return
            case s.Name():
                self._name(node)
            case s.Attr() | s.Sub():
                self._expr(node.value)
                if isinstance(node, s.Sub):
                    self._expr(node.index)
                path = path_of(node)
                if path is not None and self._env is not None and path in self._env:
                    node.reach = self._env[path]
                    self._remember(node, path)
            case s.Call():
                for child in s.children(node):
                    self._expr(child)
                node.scope, node.order = self._scope, next(self._numbers)
                node.context = self._context
                self._scope.calls.append(node)
                self._store(node)
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
            case _:
                for child in s.children(node):
                    self._expr(child)

    def _store(self, call: s.Call) -> None:
        grown = grown_by(call)
        if grown is not None and self._env is not None:
            name, value = grown
            self._build("grow", name, value, (value.pos, value.end))
        for path, value, sure in stored_by(call):
            before = () if sure else (self._env or {}).get(path, self._entry)
            binding = Binding("value", path, value.pos, value.end, self._scope, value)
            self._bind(binding)
            if before and self._env is not None:
                self._set(path, (*before, binding))

    def _name(self, node: s.Name) -> None:
        node.scope = self._scope
        if self._env is not None and node.id in self._env:
            node.reach = self._env[node.id]
            self._remember(node, node.id)
        elif node.id in self._scope.bound:
            node.reach = self._entry
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
        outer = self._env
        self._env = dict(outer or {})
        for target, iterable, conditions in node.fors:
            self._expr(iterable)
            self._assign(target, "iter", iterable, ())
            for condition in conditions:
                self._expr(condition)
        self._expr(node.elt)
        if node.value is not None:
            self._expr(node.value)
        self._env = outer


def _beginnings(path: str) -> list[str]:
    return [path[:at] for at, mark in enumerate(path) if mark in ".["]


def run_function(scope: Scope, numbers: count[int]) -> None:
    """The flow of one function or lambda, from its parameters on."""
    env: Env = {}
    for param in scope.params:
        binding = Binding("param", param.name, param.pos, param.end, scope, param=param)
        scope.bindings.setdefault(param.name, []).append(binding)
        env[param.name] = (binding,)
    flow = Flow(scope, numbers, env)
    if isinstance(scope.node, s.Lambda):
        flow.run([s.Return(scope.node.body.pos, scope.node.body.end, scope.node.body)])
    elif isinstance(scope.node, s.Def):
        flow.run(scope.node.body)


def run_class(scope: Scope, node: s.Class, numbers: count[int]) -> None:
    """The flow of a class body."""
    Flow(scope, numbers).run(node.body)


def _union(parts: Iterable[tuple[Binding, ...]]) -> tuple[Binding, ...]:
    return tuple(dict.fromkeys(b for part in parts for b in part))[:_MAX_REACH]


def _truth(test: s.Expr) -> bool | None:
    """What a test is when it is a constant, else None."""
    if isinstance(test, s.Const):
        return bool(test.value)
    if isinstance(test, s.Name) and test.id == "TYPE_CHECKING":
        return False
    if isinstance(test, s.Unary) and test.op == "not":
        inner = _truth(test.value)
        return None if inner is None else not inner
    return None


def _has_rounds(iterated: s.Expr) -> bool:
    """Whether a loop goes over a range, or over items written there: it is made to run at least
    once. `for _ in range(rounds): key = sha256(key).digest()` gives no one the key it began with.
    """
    if isinstance(iterated, s.Seq):
        return bool(iterated.items)
    if not (isinstance(iterated, s.Call) and isinstance(iterated.func, s.Name)):
        return False
    return iterated.func.id in ("range", "xrange")


def _loose_path(target: s.Expr) -> str | None:
    """A path for `x[i] = …` and `f().key = …`, so that the assignment is still on record."""
    if isinstance(target, s.Attr):
        return f"?.{target.name}"
    if isinstance(target, s.Sub):
        base = path_of(target.value)
        return f"{base or '?'}[*]"
    return None
