"""Use-def analysis of statements: branches, loops and definitions."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count

from keyaudit.code import syntax as s
from keyaudit.code.semantics.mutations import path_of
from keyaudit.code.semantics.scopes import Binding, Scope, TryFacts
from keyaudit.code.semantics.use_def.expressions import ExpressionFlow, Uses
from keyaudit.code.semantics.use_def.state import Changes, ReachingDefinitions, union

Ends = list[Changes | None]


class StatementFlow(ExpressionFlow):
    """Visits the statements of one piece or one function; `scope` receives the bindings, uses
    and calls."""

    def __init__(self, scope: Scope, numbers: count[int]) -> None:
        super().__init__(scope, numbers)
        # Of each loop around, how many branches were open before it, and its ways out.
        self._loops: list[tuple[int, Ends]] = []

    def start(self, params: Iterable[s.Param]) -> None:
        """Binds a function's parameters."""
        for param in params:
            self._bind(Binding("param", param.name, param.pos, param.end, self._scope, param=param))

    def run(self, body: Iterable[s.Stmt]) -> None:
        """Visits the statements, then the bodies of the functions defined in them."""
        self._block(body)
        if self._held.live:
            self._scope.exits.update(self._held.now)
        later, self._later = self._later, []
        for inner in later:
            run_function(inner, self._numbers)

    # -- statements

    def _block(self, body: Iterable[s.Stmt]) -> None:
        for statement in body:
            if self._held.live:
                self._statement(statement)
            elif isinstance(statement, s.Def | s.Class | s.Import):
                # After return, raise, break: cannot be reached.
                held, self._held = self._held, ReachingDefinitions(self._entry[0])
                self._statement(statement)
                self._held = held

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
                self._held.live = False
            case s.Raise():
                if node.value is not None:
                    self._expr(node.value)
                    self._scope.raises.append(node.value)
                self._held.live = False
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
                if self._loops:
                    depth, ways = self._loops[-1]
                    ways.append(self._held.since(depth))
                self._held.live = False
            case s.Def() | s.Class():
                self._define(node)
            case s.Import():
                for local, path in node.names:
                    self._bind(Binding("import", local, node.pos, node.end, self._scope,
                                       target=path, level=node.level))  # fmt: skip
            case s.Match():
                self._match(node)

    def _if(self, node: s.If) -> None:
        """An `if` and its `elif`s, one after the other: hundreds of them are no rare thing."""
        outer = self._context
        ends: Ends = []
        around: list[Ends] = []
        self._expr(node.test)
        while True:
            known = _truth(node.test)
            number = next(self._numbers)
            self._scope.tests[number] = node.test
            if known is not False:
                ends.append(self._branch("if", number, "body", node.body))
            if known is True:
                break
            following = node.orelse[0] if len(node.orelse) == 1 else None
            if not isinstance(following, s.If):
                ends.append(self._branch("if", number, "else", node.orelse))
                break
            self._context = (*self._context, ("if", number, "else"))
            self._held.fork()
            self._expr(following.test)
            if self._held.is_changed():
                around.append(ends)
                ends = []
            else:
                self._held.close()
            node = following
        self._held.merge(ends)
        while around:
            ends = [*around.pop(), self._held.close()]
            self._held.merge(ends)
        self._context = outer

    def _branch(self, kind: str, number: int, part: str, body: list[s.Stmt]) -> Changes | None:
        """Goes through a branch, and gives what it changes, without changing it."""
        self._held.fork()
        self._inside(kind, number, part, body)
        return self._held.close()

    def _loop(self, node: s.Loop) -> None:
        number = next(self._numbers)
        self._scope.tests[number] = node.test
        self._expr(node.test)
        self._loops.append((self._held.depth, []))
        self._uses.append([])
        self._held.fork()
        if node.target is not None:
            self._assign(node.target, "iter", node.test, ())
        else:
            self._expr(node.test)
        self._inside("loop", number, "body", node.body)
        _, jumps = self._loops.pop()
        ends = [self._held.close(), *jumps]
        again = self._held.joined(ends)
        self._again(self._uses.pop(), again)
        endless = node.target is None and _truth(node.test) is True
        runs = again is not None and node.target is not None and _has_rounds(node.test)
        passed: Ends = [{}, *ends]
        self._held.merge([again] if runs else jumps if endless else passed)
        if node.orelse:  # which what leaves the loop passes by
            self._held.fork()
            self._block(node.orelse)
            end = self._held.close()
            self._held.merge([end, {}] if jumps else [end])

    def _again(self, uses: Uses, again: Changes | None) -> None:
        """What reached a use from before the loop also reaches it from the round before."""
        for use, path in uses:
            entered = self._held.before(path)
            if again is not None and use.reach and not set(use.reach).isdisjoint(entered):
                round_before = again.get(path, entered)
                if use.reach is not entered or round_before is not entered:
                    use.reach = union((use.reach, round_before or self._entry))
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
        facts = TryFacts(number, node.handlers, self._scope)
        self._scope.tries.append(facts)
        self._held.fork()
        self._inside("try", number, "body", node.body)
        middle = self._held.since(self._held.depth - 1)
        self._inside("try", number, "else", node.orelse)
        ends: Ends = [self._held.close()]
        for handler in node.handlers:
            self._held.fork()
            self._held.merge([{}, middle])
            if handler.type is not None:
                self._expr(handler.type)
            if handler.name is not None:
                self._bind(Binding("except", handler.name, handler.pos, handler.end, self._scope))
            self._inside("try", number, "handler", handler.body)
            ends.append(self._held.close())
        self._held.merge(ends)
        if node.final:
            ended = not self._held.live
            self._held.live = True
            self._inside("try", number, "final", node.final)
            if ended:
                self._held.live = False

    def _match(self, node: s.Match) -> None:
        self._expr(node.subject)
        number = next(self._numbers)
        ends: Ends = [{}]
        for names, guard, body in node.arms:
            self._held.fork()
            for name in names:
                self._bind(Binding("unknown", name.id, name.pos, name.end, self._scope))
            if guard is not None:
                self._expr(guard)
            self._inside("if", number, f"arm{len(ends)}", body)
            ends.append(self._held.close())
        self._held.merge(ends)

    def _inside(self, kind: str, number: int, part: str, body: list[s.Stmt]) -> None:
        outer = self._context
        self._context = (*outer, (kind, number, part))
        self._block(body)
        self._context = outer

    def _augment(self, node: s.AugAssign) -> None:
        self._expr(node.value)
        self._expr(node.target)
        path = path_of(node.target)
        if path is not None and self._held.live:
            self._build("augment", path, node.value, (node.pos, node.end), node.op)
        elif path is None:  # `data[i] ^= …` is on record, under no name that anybody asks for
            self._bind(Binding("augment", "?[*]", node.pos, node.end, self._scope, node.value,
                               op=node.op))  # fmt: skip

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


def run_function(scope: Scope, numbers: count[int]) -> None:
    """The flow of one function or lambda, from its parameters on."""
    flow = StatementFlow(scope, numbers)
    flow.start(scope.params)
    if isinstance(scope.node, s.Lambda):
        flow.run([s.Return(scope.node.body.pos, scope.node.body.end, scope.node.body)])
    elif isinstance(scope.node, s.Def):
        flow.run(scope.node.body)


def run_class(scope: Scope, node: s.Class, numbers: count[int]) -> None:
    """The flow of a class body."""
    StatementFlow(scope, numbers).run(node.body)


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
