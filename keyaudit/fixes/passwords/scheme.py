"""How a project stores its passwords: what hashes them, where they are checked, and where the hash
is stored."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.passwords.hashings import (
    Check,
    Hashing,
    check_of,
    hashings,
    only_read,
    require_simple,
)
from keyaudit.fixes.python_file import Function, PythonFile, dotted
from keyaudit.fixes.results import calls_of
from keyaudit.fixes.site import Site
from keyaudit.fixes.value_types import Kind, kind_of


@dataclass(frozen=True, slots=True)
class Hasher:
    """A function that only hashes a password, and returns `value`, of type `kind`, as the hash."""

    file: PythonFile
    function: Function
    hashing: Hashing
    value: ast.expr
    kind: Kind


@dataclass(frozen=True, slots=True)
class Checked:
    """A check of a password: by a call of the hasher, or by the hash `hashing` in its place."""

    file: PythonFile
    check: Check
    call: ast.Call | None
    hashing: Hashing | None


@dataclass(slots=True)
class Scheme:
    """`stored` are the expressions that give a hash which is stored: of `Hashing`, or calls of the
    hasher."""

    hasher: Hasher | None = None
    checks: list[Checked] = field(default_factory=list)
    stored: list[tuple[PythonFile, ast.expr]] = field(default_factory=list)
    inline: list[Hashing] = field(default_factory=list)

    @property
    def kind(self) -> Kind:
        """The type of the stored hashes."""
        return self.hasher.kind if self.hasher is not None else self.inline[0].kind


def scheme(site: Site) -> Scheme:
    """The only such scheme of the scanned files. Raises DeclinedError where there are several, or
    one end is missing."""
    found = Scheme()
    for one in hashings(site):
        check = check_of(one.file, one.node)
        if check is not None:
            found.checks.append(Checked(one.file, check, None, one))
            found.inline.append(one)
            continue
        function = one.function
        value = _hashed(one, function)
        if function is not None and value is not None:
            if found.hasher is not None:
                raise DeclinedError("passwords are hashed in several ways")
            kind = one.kind if value is one.node else kind_of(site, value, one.file.path)
            if kind not in (Kind.TEXT, Kind.BYTES):
                raise DeclinedError("it is not known of which type a stored hash is")
            found.hasher = Hasher(one.file, function, one, value, kind)
        else:
            found.stored.append((one.file, one.node))
            found.inline.append(one)
    if found.hasher is not None:
        _of_hasher(site, found)
    if not found.checks or not found.stored:
        raise DeclinedError("where passwords are checked, or stored, is not in the scanned files")
    if len({one.kind for one in found.inline} | {found.kind}) != 1:
        raise DeclinedError("passwords are hashed in several ways")
    return found


def _hashed(one: Hashing, function: Function | None) -> ast.expr | None:
    """The value that a function returns which only hashes; None for any other."""
    if function is None:
        return None
    if any(
        isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store)
        for node in ast.walk(function)
    ) or any(
        isinstance(node, ast.Expr) and not _is_said(node, one) for node in function.body
    ):  # fmt: skip
        return None
    try:
        value = require_simple(function)
    except DeclinedError:
        return None
    read, _ = only_read(one.file, one.node)
    if value is one.node or value is read:
        return one.node
    inside = {id(node) for node in ast.walk(value)}
    if isinstance(value, ast.Tuple | ast.Dict | ast.List | ast.Call | ast.Compare | ast.BoolOp):
        is_joined = isinstance(value, ast.Call) and (dotted(value.func) or "").endswith("join")
        joins = isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute)
        if not (is_joined or (joins and value.func.attr in ("join", "format"))):  # type: ignore[union-attr]
            return None
    return value if id(read) in inside or id(one.node) in inside else None


def _is_said(node: ast.Expr, one: Hashing) -> bool:
    """Whether a statement is a docstring, or gives a hash object more to hash."""
    if isinstance(node.value, ast.Constant):
        return True
    return isinstance(node.value, ast.Call) and (
        isinstance(node.value.func, ast.Attribute) and node.value.func.attr == "update"
    )


def _of_hasher(site: Site, found: Scheme) -> None:
    assert found.hasher is not None
    inside = {id(node) for node in ast.walk(found.hasher.function)}
    for file, call in calls_of(site, found.hasher.function.name):
        if id(call) in inside:
            continue
        check = check_of(file, call)
        if check is not None:
            found.checks.append(Checked(file, check, call, None))
        else:
            found.stored.append((file, call))
    by_call = [one for one in found.checks if one.call is not None]
    if by_call and len(by_call) != len(found.checks):
        raise DeclinedError("passwords are hashed in several ways")
    if by_call and found.hasher.value is not found.hasher.hashing.node:
        raise DeclinedError("passwords are hashed in several ways")
    if found.inline and by_call:
        raise DeclinedError("passwords are hashed in several ways")
