"""Finds the expressions that hash a password, and what is done with them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from keyaudit.core.patterns import regex
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import Function, PythonFile, dotted, real_name
from keyaudit.fixes.site import Site
from keyaudit.fixes.value_types import Kind

PASSWORD = regex(r"(?i)pass|pwd|phrase|(?<![a-z])pw(?![a-z])|(?<![a-z])pin(?![a-z])")
_HASHES = frozenset({"md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "sha3_512",
                     "blake2b", "blake2s", "new"})  # fmt: skip
_SLOW = frozenset({"pbkdf2_hmac", "scrypt"})
_WORDS = ("hashlib", "md5", "sha1", "sha256", "sha512", "pbkdf2_hmac")
_TO_TEXT = frozenset({"hexdigest", "hex", "decode"})
_TO_BYTES = frozenset({"digest", "encode"})
_CONVERSIONS = {"b64encode": Kind.BYTES, "hexlify": Kind.BYTES, "str": Kind.TEXT}


@dataclass(frozen=True, slots=True)
class Hashing:
    """An expression `node` whose value, of type `kind`, is the hash of a password.

    `password` is the part of it that holds the password, and `others` are the other variable parts:
    a salt, for instance. `is_text` says that the password is text.
    """

    file: PythonFile
    node: ast.expr
    kind: Kind
    password: ast.expr
    others: tuple[ast.expr, ...]
    is_text: bool

    @property
    def function(self) -> Function | None:
        """The function in which it stands."""
        return self.file.function(self.node)


def hashings(site: Site) -> list[Hashing]:
    """All of them in the scanned files: by `hashlib`, of what has the name of a password, or is
    hashed in a function that has."""
    found: list[Hashing] = []
    for file in site.project.python_with(*_WORDS):
        for node in file.walk():
            one = _hashing(file, node) if isinstance(node, ast.Call) else None
            if one is not None:
                found.append(one)
    return found


def _hashing(file: PythonFile, call: ast.Call) -> Hashing | None:
    name = real_name(file, call.func).rpartition(".")[2]
    if isinstance(call.func, ast.Attribute):
        name = call.func.attr
    hidden: list[ast.expr]
    if name in _SLOW:
        at = 1 if name == "pbkdf2_hmac" else 0
        given = [one.value for one in call.keywords if one.arg == "password"]
        hidden = given or call.args[at : at + 1]
        node, kind = converted(file, call, Kind.BYTES)
    elif name in _HASHES and call.args:
        hidden = call.args[-1:]
        node, kind = converted(file, call, Kind.OTHER)
    elif name == "update" and len(call.args) == 1 and isinstance(call.func, ast.Attribute):
        hidden = call.args
        result = _result(file, call, call.func.value)
        if result is None:
            return None
        node, kind = converted(file, result, Kind.OTHER)
    else:
        return None
    if kind is Kind.OTHER or not hidden:
        return None
    parts = list(leaves(hidden[0]))
    named = [one for one in parts if PASSWORD.search(_last(one))]
    if not named and len(parts) == 1 and _is_of_passwords(file, call):
        named = parts
    if len(named) != 1:
        return None
    password = named[0]
    others = tuple(one for one in leaves(node) if one is not password)
    return Hashing(file, node, kind, password, others, _is_encoded(file, password, hidden[0]))


def _result(file: PythonFile, update: ast.Call, made: ast.expr) -> ast.expr | None:
    """The only other read of a local hash object, of which the digest is taken."""
    function = file.function(update)
    if function is None or not isinstance(made, ast.Name):
        return None
    reads = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and node.id == made.id and isinstance(node.ctx, ast.Load)
    ]
    taken = [
        node for node in reads
        if getattr(file.parent(node), "attr", "") in ("digest", "hexdigest")
    ]  # fmt: skip
    return taken[0] if len(taken) == 1 else None


def _is_of_passwords(file: PythonFile, call: ast.Call) -> bool:
    function = file.function(call)
    return function is not None and PASSWORD.search(function.name) is not None


def _last(node: ast.expr) -> str:
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    return (dotted(node) or "").rpartition(".")[2]


def _is_encoded(file: PythonFile, password: ast.expr, top: ast.expr) -> bool:
    """Whether a password is made bytes of: by itself, or as a part of a text."""
    if isinstance(top, ast.Call) and isinstance(top.func, ast.Name) and top.func.id == "bytes":
        return True
    inner: ast.AST = password
    for outer in file.ancestors(password):
        if isinstance(outer, ast.Attribute) and outer.attr == "encode":
            return True
        if isinstance(outer, ast.JoinedStr):
            return True
        if inner is top:
            return False
        inner = outer
    return False


def converted(file: PythonFile, node: ast.expr, kind: Kind) -> tuple[ast.expr, Kind]:
    """The outermost conversion around a value, such as `.hexdigest()`, and the type it gives."""
    current = node
    while True:
        parent = file.parent(current)
        call = file.parent(parent) if isinstance(parent, ast.Attribute) else parent
        if not isinstance(call, ast.Call):
            return current, kind
        if isinstance(parent, ast.Attribute) and call.func is parent:
            if parent.attr not in _TO_TEXT | _TO_BYTES:
                return current, kind
            kind = Kind.TEXT if parent.attr in _TO_TEXT else Kind.BYTES
        elif call is parent and call.args[:1] == [current]:
            name = real_name(file, call.func).rpartition(".")[2]
            if name not in _CONVERSIONS:
                return current, kind
            kind = _CONVERSIONS[name]
        else:
            return current, kind
        current = call


def leaves(node: ast.AST) -> Iterator[ast.expr]:
    """The variables of an expression, with what is read of them: `self.salt`, `row["salt"]`."""
    match node:
        case ast.Call(func=func, args=args, keywords=keywords):
            if isinstance(func, ast.Attribute) and not _is_module(func.value):
                yield from leaves(func.value)
            for one in (*args, *(keyword.value for keyword in keywords)):
                yield from leaves(one)
        case ast.Subscript(value=value, slice=ast.Constant()) if dotted(value) is not None:
            yield node
        case ast.Name() | ast.Attribute():
            if isinstance(node, ast.expr) and dotted(node) is not None:
                yield node
            else:
                yield from leaves(node.value)  # type: ignore[union-attr]
        case _:
            for child in ast.iter_child_nodes(node):
                yield from leaves(child)


def _is_module(node: ast.expr) -> bool:
    return (dotted(node) or "") in ("hashlib", "base64", "binascii", "hl", "os")


def only_read(file: PythonFile, node: ast.expr) -> tuple[ast.expr, ast.stmt | None]:
    """A value, or the only read of the local variable that it is put into, with the statement that
    puts it there."""
    statement = file.parent(node)
    function = file.function(node)
    if (
        function is None
        or not isinstance(statement, ast.Assign | ast.AnnAssign)
        or statement.value is not node
    ):
        return node, None
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    if len(targets) != 1 or not isinstance(targets[0], ast.Name):
        return node, None
    name = targets[0].id
    every = [one for one in ast.walk(function) if isinstance(one, ast.Name) and one.id == name]
    reads = [one for one in every if isinstance(one.ctx, ast.Load)]
    if len(every) != 2 or len(reads) != 1:
        return node, None
    return reads[0], statement


@dataclass(frozen=True, slots=True)
class Check:
    """A comparison `node` of the hash of a password with a stored one; `is_equal` is False for
    `!=`. `made` is the statement that only puts the hash into a variable."""

    node: ast.expr
    stored: ast.expr
    is_equal: bool
    made: ast.stmt | None


def check_of(file: PythonFile, node: ast.expr) -> Check | None:
    """The comparison in which a hash stands, else None."""
    read, made = only_read(file, node)
    side = bare(file, read)
    parent = file.parent(side)
    if isinstance(parent, ast.Compare):
        if len(parent.ops) != 1 or not isinstance(parent.ops[0], ast.Eq | ast.NotEq):
            return None
        other = parent.comparators[0] if parent.left is side else parent.left
        return Check(parent, _without(other), isinstance(parent.ops[0], ast.Eq), made)
    if (
        isinstance(parent, ast.Call)
        and real_name(file, parent.func).endswith("compare_digest")
        and len(parent.args) == 2
    ):
        other = parent.args[1] if parent.args[0] is side else parent.args[0]
        return Check(parent, _without(other), True, made)
    return None


def bare(file: PythonFile, node: ast.expr) -> ast.expr:
    """The node with a conversion such as `.encode()` around it."""
    return converted(file, node, Kind.OTHER)[0]


def _without(node: ast.expr) -> ast.expr:
    """An expression without `.encode()` and `str()` around it."""
    while isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("encode", "decode", "strip"):
            node = node.func.value
        elif dotted(node.func) in ("str", "bytes") and len(node.args) == 1:
            node = node.args[0]
        else:
            break
    return node


def require_simple(function: Function) -> ast.expr:
    """The value that a function returns which only computes it. Raises DeclinedError for any
    other."""
    returned = function.body[-1]
    others = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Return | ast.Yield | ast.YieldFrom | ast.Await | ast.Raise)
        and node is not returned
    ]
    if not isinstance(returned, ast.Return) or returned.value is None or others:
        raise DeclinedError("the function that hashes the password does other things as well")
    return returned.value
