"""Draws a new nonce for each message, where one nonce was used for several.

The nonce must be stored or sent with the ciphertext, so that decryption reads it from there.
Declined where another function uses the same value, which may be how decryption gets it.
"""

from __future__ import annotations

import ast
import re

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import Function, PythonFile, dotted
from keyaudit.fixes.site import Rewrite, Site

_TITLE = "make a new nonce for each message"
_NOT_STORING = frozenset({"print", "len", "debug", "info", "warning", "error", "critical", "log",
                          "exception", "repr", "isinstance", "type"})  # fmt: skip
_MAKERS = ("os.urandom", ".token_bytes", ".get_random_bytes", ".random", ".rand_bytes")


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    file, editor = site.file, site.editor()
    node = site.node(ast.expr)
    name = dotted(node)
    function = file.function(node)
    if name is None or function is None:
        raise DeclinedError("the nonce is not kept under a name")
    loop = _loop(file, node, function)
    scope: ast.AST = loop if loop is not None and _is_local(file, function, name) else function
    mentions = _mentions(file, scope, name)
    stored = [one for one in mentions if not _is_argument(site, one) and _is_handed_on(file, one)]
    if not stored:
        raise DeclinedError("the nonce does not go with the ciphertext")
    _require_only_here(site, function, name)
    made = _made(site, node)
    if _is_default(file, function, name):
        _no_default(site, function, name, made)
        return site.rewrite(_TITLE)
    given = _given(file, function, name, node)
    if given is not None:
        _require_nowhere_else(site, given)
        editor.replace(given, made)
        return site.rewrite(_TITLE)
    if _is_local(file, function, name):
        statement = file.statement(node)
        if loop is not None:
            if any(_stores(one) for one in _mentions_outside(file, function, loop, name)):
                raise DeclinedError("one nonce is handed out for all messages")
            statement = loop.body[0]
        elif not any(file.statement(one) is statement for one in stored):
            raise DeclinedError("the nonce does not go with the ciphertext")
        editor.before(statement, [f"{name} = {made}"])
        return site.rewrite(_TITLE)
    fresh = editor.names.free_in(function, "nonce" if "iv" not in name.lower() else "iv")
    for one in mentions:
        editor.replace(one, fresh)
    first = min((file.statement(one) for one in mentions), key=file.start)
    if first not in function.body:
        raise DeclinedError("the nonce is used in an inner block")
    editor.before(first, [f"{fresh} = {made}"])
    return site.rewrite(_TITLE)


def _is_handed_on(file: PythonFile, node: ast.expr) -> bool:
    """Whether a mention stores or passes the value, rather than logging, comparing or measuring
    it."""
    for outer in file.ancestors(node):
        if isinstance(outer, ast.Compare | ast.Assert | ast.Raise):
            return False
        if isinstance(outer, ast.Call):
            name = (dotted(outer.func) or "").rpartition(".")[2]
            if name in _NOT_STORING:
                return False
        if isinstance(outer, ast.stmt):
            return not isinstance(outer, ast.If | ast.While)
    return False


def _given(file: PythonFile, function: Function, name: str, use: ast.expr) -> ast.expr | None:
    """The literal that is the only value of a local variable, assigned in the same loop as the use;
    None where there is no such literal."""
    if "." in name or _is_default(file, function, name):
        return None
    bound = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Name)
        and node.id == name
        and not isinstance(node.ctx, ast.Load)
        and file.function(node) is function
    ]
    if len(bound) != 1 or _loop(file, bound[0], function) is not _loop(file, use, function):
        return None
    statement = file.parent(bound[0])
    if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
        return None
    is_alone = isinstance(statement, ast.AnnAssign) or statement.targets == bound
    is_literal = isinstance(statement.value, ast.Constant | ast.BinOp)
    return statement.value if is_alone and is_literal else None


def _require_nowhere_else(site: Site, literal: ast.expr) -> None:
    """Raise DeclinedError where the same literal occurs elsewhere, maybe to decrypt."""
    text = site.file.source(literal)
    core = max(re.findall(r"\w+", text) or [text], key=len)
    for file in site.project.python_with(core):
        if file.text.count(text) > (1 if file.path == site.finding.path else 0):
            raise DeclinedError("the same nonce is used elsewhere, maybe to decrypt")


def _loop(file: PythonFile, node: ast.AST, function: Function) -> ast.For | ast.While | None:
    for outer in file.ancestors(node):
        if outer is function:
            return None
        if isinstance(outer, ast.For | ast.While):
            return outer
    return None


def _mentions(file: PythonFile, scope: ast.AST, name: str) -> list[ast.expr]:
    return [
        node
        for node in ast.walk(scope)
        if isinstance(node, ast.Name | ast.Attribute)
        and isinstance(node.ctx, ast.Load)
        and dotted(node) == name
        and not file.is_in_text(node)
    ]


def _mentions_outside(
    file: PythonFile, function: Function, loop: ast.AST, name: str
) -> list[tuple[PythonFile, ast.expr]]:
    inside = {id(node) for node in ast.walk(loop)}
    return [(file, one) for one in _mentions(file, function, name) if id(one) not in inside]


def _stores(one: tuple[PythonFile, ast.expr]) -> bool:
    file, node = one
    return any(isinstance(outer, ast.Return) for outer in file.ancestors(node))


def _is_argument(site: Site, node: ast.expr) -> bool:
    """Whether a mention is the nonce argument of a cipher call."""
    for outer in site.file.ancestors(node):
        if isinstance(outer, ast.Call):
            use = site.use(outer)
            if use is None:
                continue
            places = [(value.pos, value.end) for _, value in use.arguments.get("nonce", ())]
            return site.file.place(node) in places
        if isinstance(outer, ast.stmt):
            return False
    return False


def _require_only_here(site: Site, function: Function, name: str) -> None:
    """Raise DeclinedError where the nonce is read outside of the function, maybe to decrypt."""
    last = name.rpartition(".")[2]
    inside = {id(node) for node in ast.walk(function)}
    if _is_local(site.file, function, name):
        return
    for file in site.project.python_with(last):
        for node in file.walk():
            read = (isinstance(node, ast.Attribute) and node.attr == last) or (
                isinstance(node, ast.Name) and node.id == last
            )
            own = file.function(node) if isinstance(node, ast.Name) else None
            if own is not None and _is_local(file, own, last):
                continue
            if read and isinstance(node.ctx, ast.Load) and id(node) not in inside:  # type: ignore[attr-defined]
                raise DeclinedError("the same nonce is used elsewhere, maybe to decrypt")
            if isinstance(node, ast.ImportFrom) and any(one.name == last for one in node.names):
                raise DeclinedError("the same nonce is used elsewhere, maybe to decrypt")


def _is_local(file: PythonFile, function: Function, name: str) -> bool:
    if "." in name:
        return False
    arguments = function.args
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    return any(one.arg == name for one in every) or any(
        isinstance(node, ast.Name)
        and node.id == name
        and isinstance(node.ctx, ast.Store)
        and file.function(node) is function
        for node in ast.walk(function)
    )


def _is_default(file: PythonFile, function: Function, name: str) -> bool:
    arguments = function.args
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    return any(one.arg == name for one in every)


def _made(site: Site, node: ast.expr) -> str:
    """The expression that draws a new nonce: the old call, or as many random bytes as the literal
    has."""
    step = site.finding.steps[0] if site.finding.steps else None
    made = site.try_node(ast.expr, step.span, step.path) if step is not None else None
    if made is None or step is None:
        raise DeclinedError("it is not known how the nonce is made")
    if isinstance(made, ast.Call) and step.path == site.finding.path:
        use = site.use(made)
        constant = all(isinstance(one, ast.Constant) for one in made.args) and not made.keywords
        if use is not None and use.model.name.endswith(_MAKERS) and constant:
            return site.file.source(made)
    try:
        value = ast.literal_eval(made) if not isinstance(made, ast.BinOp) else _repeated(made)
    except (ValueError, SyntaxError, TypeError):
        value = None
    if not isinstance(value, bytes):
        raise DeclinedError("the size of the nonce is not known")
    return f"{site.editor().module('os', node)}.urandom({len(value)})"


def _repeated(node: ast.BinOp) -> object:
    left, right = ast.literal_eval(node.left), ast.literal_eval(node.right)
    if isinstance(node.op, ast.Mult) and isinstance(left, bytes) and isinstance(right, int):
        return left * min(right, 64)
    return None


def _no_default(site: Site, function: Function, name: str, made: str) -> None:
    """Make the default of the parameter None, and draw a new nonce where none is passed."""
    editor = site.editor()
    step = site.finding.steps[0]
    default = site.node(ast.expr, step.span, step.path)
    if not isinstance(site.file.parent(default), ast.arguments):
        raise DeclinedError("the nonce comes from the caller")
    editor.replace(default, "None")
    body = function.body
    first = body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        first = body[1] if len(body) > 1 else first
    editor.before(first, [f"if {name} is None:", f"{editor.unit()}{name} = {made}"])
