"""Whether an expression is text, bytes or something else, as far as its own file tells."""

from __future__ import annotations

import ast
from enum import StrEnum

from keyaudit.fixes.python_file import Function, PythonFile, dotted, real_name
from keyaudit.fixes.site import Site

_DEPTH = 6
_TEXT_METHODS = frozenset({"hexdigest", "decode", "hex", "format", "isoformat", "strftime"})
_BYTES_METHODS = frozenset({"digest", "encode", "finalize", "to_bytes", "getvalue_bytes"})
_SAME_METHODS = frozenset({"strip", "lstrip", "rstrip", "lower", "upper", "replace", "ljust",
                           "rjust", "zfill", "join", "removeprefix", "removesuffix"})  # fmt: skip
_BYTES_CALLS = frozenset({"b64encode", "b64decode", "urlsafe_b64encode", "urlsafe_b64decode",
                          "standard_b64encode", "standard_b64decode", "b32encode", "b32decode",
                          "b16encode", "b16decode", "hexlify", "unhexlify", "a2b_hex", "b2a_hex",
                          "b2a_base64", "a2b_base64", "urandom", "token_bytes", "pbkdf2_hmac",
                          "scrypt", "randbytes", "bytes", "fromhex"})  # fmt: skip
_BYTES_FUNCTIONS = frozenset({"struct.pack", "hmac.digest"})
_TEXT_CALLS = frozenset({"str", "hex", "repr", "token_hex", "token_urlsafe", "getpass", "input"})


class Kind(StrEnum):
    """The type of a value."""

    TEXT = "text"
    BYTES = "bytes"
    OTHER = "other"
    UNKNOWN = "unknown"


def kind_of(site: Site, node: ast.expr, path: str | None = None) -> Kind:
    """The type of an expression in the file at `path`, by default the finding's."""
    return _Types(site, site.editor(path).file).kind(node, 0)


class _Types:
    def __init__(self, site: Site, file: PythonFile) -> None:
        self._site = site
        self._file = file

    def kind(self, node: ast.expr, depth: int) -> Kind:
        if depth > _DEPTH:
            return Kind.UNKNOWN
        deeper = depth + 1
        match node:
            case ast.Constant(value=str()) | ast.JoinedStr():
                return Kind.TEXT
            case ast.Constant(value=bytes()):
                return Kind.BYTES
            case ast.Constant() | ast.Compare() | ast.Tuple() | ast.List() | ast.Dict():
                return Kind.OTHER
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._either(left, right, deeper)
            case ast.BinOp(left=left, op=ast.Mod() | ast.Mult()):
                return self.kind(left, deeper)
            case ast.IfExp(body=body, orelse=orelse):
                kinds = {self.kind(body, deeper), self.kind(orelse, deeper)}
                return kinds.pop() if len(kinds) == 1 else Kind.UNKNOWN
            case ast.Subscript(value=value) if (dotted(value) or "").endswith("os.environ"):
                return Kind.TEXT
            case ast.Subscript(value=value, slice=ast.Slice()):
                return self.kind(value, deeper)
            case ast.Call():
                return self._call(node, deeper)
            case ast.Name():
                return self._name(node, deeper)
        return Kind.UNKNOWN

    def _either(self, left: ast.expr, right: ast.expr, depth: int) -> Kind:
        one = self.kind(left, depth)
        return one if one is not Kind.UNKNOWN else self.kind(right, depth)

    def _call(self, node: ast.Call, depth: int) -> Kind:
        name = (dotted(node.func) or "").rpartition(".")[2]
        if isinstance(node.func, ast.Attribute):
            name = node.func.attr
            if name in _TEXT_METHODS:
                return Kind.TEXT
            if name in _BYTES_METHODS:
                return Kind.BYTES
            if name in _SAME_METHODS:
                return self.kind(node.func.value, depth)
        if name in _BYTES_CALLS or real_name(self._file, node.func) in _BYTES_FUNCTIONS:
            return Kind.BYTES
        if name in _TEXT_CALLS:
            return Kind.TEXT
        function = self._called(node)
        if function is not None:
            return self._returned(function, depth)
        return self._annotated_method(node)

    def _called(self, node: ast.Call) -> Function | None:
        """The function of the file that a call refers to by name; None unless there is exactly one,
        undecorated."""
        if isinstance(node.func, ast.Name):
            name = node.func.id
        elif isinstance(node.func, ast.Attribute) and dotted(node.func.value) in ("self", "cls"):
            name = node.func.attr
        else:
            return None
        found = [
            other
            for other in self._file.walk()
            if isinstance(other, ast.FunctionDef | ast.AsyncFunctionDef) and other.name == name
        ]
        return found[0] if len(found) == 1 and not found[0].decorator_list else None

    def _annotated_method(self, node: ast.Call) -> Kind:
        """What a method of a class that the file speaks of is annotated to return, where no other
        function of the project has its name."""
        if not isinstance(node.func, ast.Attribute) or "_" not in node.func.attr.strip("_"):
            return Kind.UNKNOWN
        name = node.func.attr
        found = [
            (file, other)
            for file in self._site.project.readable_with(f"def {name}")
            for other in file.walk()
            if isinstance(other, ast.FunctionDef) and other.name == name
        ]
        if len(found) != 1:
            return Kind.UNKNOWN
        file, method = found[0]
        owner = file.owner(method)
        if owner is None or method.decorator_list or not self._speaks_of(owner.name):
            return Kind.UNKNOWN
        return _annotated(method.returns)

    def _speaks_of(self, name: str) -> bool:
        return any(isinstance(one, ast.Name) and one.id == name for one in self._file.walk())

    def _returned(self, function: Function, depth: int) -> Kind:
        kinds = set()
        for inner in ast.walk(function):
            if isinstance(inner, ast.Yield | ast.YieldFrom):
                return Kind.UNKNOWN
            if isinstance(inner, ast.Return) and self._file.function(inner) is function:
                kinds.add(Kind.OTHER if inner.value is None else self.kind(inner.value, depth))
        return kinds.pop() if len(kinds) == 1 else Kind.UNKNOWN

    def _name(self, node: ast.Name, depth: int) -> Kind:
        scope: ast.AST | None = self._file.function(node)
        while scope is not None:
            kinds = self._bound_in(scope, node.id, depth)
            if kinds:
                return kinds.pop() if len(kinds) == 1 else Kind.UNKNOWN
            scope = self._file.function(scope)
        kinds = self._bound_in(self._file.tree, node.id, depth)
        return kinds.pop() if len(kinds) == 1 else Kind.UNKNOWN

    def _bound_in(self, scope: ast.AST, name: str, depth: int) -> set[Kind]:
        """The types of the values that a name is bound to in a function, or at module level."""
        found: set[Kind] = set()
        if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = scope.args
            for arg in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
                if arg.arg == name:
                    found.add(_annotated(arg.annotation))
            for rest in (arguments.vararg, arguments.kwarg):
                if rest is not None and rest.arg == name:
                    found.add(Kind.OTHER)
        own = scope if scope is not self._file.tree else None
        for inner in ast.walk(scope):
            if not isinstance(inner, ast.Name) or inner.id != name:
                continue
            if not isinstance(inner.ctx, ast.Load) and self._file.function(inner) is own:
                found.add(self._stored(inner, depth))
        return found

    def _stored(self, target: ast.Name, depth: int) -> Kind:
        parent = self._file.parent(target)
        if isinstance(parent, ast.Assign) and target in parent.targets:
            return self.kind(parent.value, depth)
        if isinstance(parent, ast.AnnAssign) and parent.value is not None:
            return self.kind(parent.value, depth)
        if isinstance(parent, ast.NamedExpr):
            return self.kind(parent.value, depth)
        if isinstance(parent, ast.AugAssign):
            return self.kind(parent.value, depth)
        return Kind.UNKNOWN


def _annotated(annotation: ast.expr | None) -> Kind:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        name: str | None = annotation.value
    else:
        name = dotted(annotation) if annotation is not None else None
    return {"str": Kind.TEXT, "bytes": Kind.BYTES}.get(name or "", Kind.UNKNOWN)
