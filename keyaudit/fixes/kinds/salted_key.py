"""Derives a key from a password with scrypt and a random salt.

The salt is drawn where the data is encrypted and put in front of the function's result; the
function that decrypts reads it from there. The derivation is in both functions, or in a helper that
both call. Declined for any other form.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import Function, PythonFile, dotted
from keyaudit.fixes.randomness import DIGESTS
from keyaudit.fixes.results import require_whole
from keyaudit.fixes.site import Rewrite, Site

_SIZE = 16  # bytes of the salt: NIST SP 800-132, 5.1
_ENCRYPTS = frozenset({"encrypt", "encrypt_and_digest"})
_DECRYPTS = frozenset({"decrypt", "decrypt_and_verify"})
MIGRATE = (
    "what was encrypted before is not decrypted any more: decrypt it with the old program and "
    "encrypt it again",
    f"what the function returns is {_SIZE} bytes longer: see that columns have room for it",
)


@dataclass(frozen=True, slots=True)
class _Derivation:
    """A call `node` that derives the key in `function`. `salt` is the argument to replace; None
    where the call is a hash of the password `secret` with a digest of `size` bytes."""

    node: ast.Call
    function: Function
    salt: ast.expr | None
    secret: ast.expr | None = None
    size: int = 0


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    file, editor = site.file, site.editor()
    derivations = [
        found
        for node in file.walk()
        if isinstance(node, ast.Call) and (found := _derivation(site, node)) is not None
    ]
    encrypting, decrypting = both_ends(file)
    ends = {id(encrypting), id(decrypting)}
    functions = {id(one.function) for one in derivations}
    salt = editor.names.free("salt")
    if functions == ends and len(derivations) == 2:
        pass
    elif len(derivations) == 1 and id(derivations[0].function) not in ends:
        _pass_on(site, derivations[0].function, encrypting, decrypting, salt)
    else:
        raise DeclinedError("the key is derived in an unusual way")
    require_whole(site, file, encrypting)
    for one in derivations:
        _derive(site, one, salt)
    prepend(site, encrypting, salt)
    take(site, decrypting, salt)
    return site.rewrite("derive the key with scrypt and a salt of its own", migrate=MIGRATE)


def _derivation(site: Site, node: ast.Call) -> _Derivation | None:
    """The derivation that a call is: a hash of a password, or a KDF with a constant salt; else
    None."""
    file = site.file
    function = file.function(node)
    if function is None:
        return None
    use = site.use(node)
    kinds = use.model.kinds if use is not None else frozenset()
    if kinds & {"pbkdf2", "scrypt"}:
        salt = site.argument(node, "salt")
        if salt is not None and _is_constant(site, salt):
            return _Derivation(node, function, salt)
        return None
    if not (
        isinstance(node.func, ast.Attribute)
        and node.func.attr == "digest"
        and not node.args
        and isinstance(node.func.value, ast.Call)
        and len(node.func.value.args) == 1
    ):
        return None
    name = dotted(node.func.value.func) or ""
    size = DIGESTS.get(name.rpartition(".")[2])
    if size is None or not name.startswith("hashlib."):
        return None
    return _Derivation(node, function, None, node.func.value.args[0], size)


def _is_constant(site: Site, node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return True
    name = dotted(node)
    if name is None:
        return False
    if name.startswith(("self.", "cls.")):
        return _is_constant_of_the_class(site, node, name.partition(".")[2])
    if "." in name:
        return _is_constant_of_a_module(site, name)
    binders = site.editor().names.binders(name)
    parent = site.file.parent(binders[0]) if len(binders) == 1 else None
    return isinstance(parent, ast.Assign) and site.file.function(parent) is None


def _is_constant_of_the_class(site: Site, node: ast.expr, name: str) -> bool:
    """Whether `self.NAME` is a literal of the class, which nothing sets anew."""
    owner = site.file.owner(node)
    values = [
        one.value
        for one in (owner.body if owner is not None else ())
        if isinstance(one, ast.Assign) and any(dotted(target) == name for target in one.targets)
    ]
    is_set = any(
        isinstance(one, ast.Attribute) and one.attr == name and not isinstance(one.ctx, ast.Load)
        for one in site.file.walk()
    )
    return len(values) == 1 and isinstance(values[0], ast.Constant) and not is_set


def _is_constant_of_a_module(site: Site, name: str) -> bool:
    """Whether `module.NAME` is a literal at the top of a file of the project."""
    head, _, last = name.rpartition(".")
    stem = head.rpartition(".")[2]
    if not all(isinstance(one, ast.Import | ast.ImportFrom)
               for one in site.editor().names.binders(head.split(".")[0])):  # fmt: skip
        return False
    for file in site.project.python_with(last):
        if file.path.removesuffix(".py").rpartition("/")[2] != stem:
            continue
        for node in file.tree.body:
            if isinstance(node, ast.Assign) and any(dotted(one) == last for one in node.targets):
                return isinstance(node.value, ast.Constant)
    return False


def both_ends(file: PythonFile) -> tuple[Function, Function]:
    """The only function of a file that encrypts, and the only one that decrypts.

    Raises DeclinedError unless there is exactly one of each.
    """
    encrypting = [one for one in _ends(file) if _calls(one, _ENCRYPTS)]
    decrypting = [one for one in _ends(file) if _calls(one, _DECRYPTS)]
    if len(encrypting) != 1 or len(decrypting) != 1 or encrypting == decrypting:
        raise DeclinedError("the file does not have one function for each end")
    return encrypting[0], decrypting[0]


def _ends(file: PythonFile) -> list[Function]:
    return [
        node
        for node in file.walk()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (_calls(node, _ENCRYPTS) or _calls(node, _DECRYPTS))
    ]


def _calls(function: Function, names: frozenset[str]) -> bool:
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in names
        for node in ast.walk(function)
    )


def _derive(site: Site, one: _Derivation, salt: str) -> None:
    editor = site.editor()
    if one.salt is not None:
        editor.replace(one.salt, salt)
        return
    assert one.secret is not None
    hashlib = editor.module("hashlib", one.node)
    secret = site.file.source(one.secret)
    arguments = f"{secret}, salt={salt}, n=2**17, r=8, p=1, maxmem=2**28, dklen={one.size}"
    editor.replace(one.node, f"{hashlib}.scrypt({arguments})")


def _pass_on(
    site: Site, helper: Function, encrypting: Function, decrypting: Function, salt: str
) -> None:
    """Add the salt as a parameter of the helper that derives the key, and pass it in both
    callers."""
    file, editor = site.file, site.editor()
    arguments = helper.args
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.defaults:
        raise DeclinedError("the key is derived in an unusual way")
    if helper.decorator_list or not arguments.args:
        raise DeclinedError("the key is derived in an unusual way")
    editor.insert(file.end(arguments.args[-1]), f", {salt}")
    calls = 0
    for node in file.walk():
        mention = (isinstance(node, ast.Name) and node.id == helper.name) or (
            isinstance(node, ast.Attribute) and node.attr == helper.name
        )
        if not mention:
            continue
        call = file.parent(node)
        if not isinstance(call, ast.Call) or call.func is not node:
            raise DeclinedError("the function that derives the key is handed on")
        if file.function(call) not in (encrypting, decrypting):
            raise DeclinedError("the key is used for other things as well")
        editor.add_argument(call, salt)
        calls += 1
    if calls != 2:
        raise DeclinedError("the key is derived in an unusual way")
    for other in site.project.python_with(helper.name):
        if other.path != file.path:
            raise DeclinedError("another file may derive the key")


def prepend(site: Site, function: Function, salt: str) -> None:
    """Draw the salt at the start of a function and put it in front of its only return value.

    Raises DeclinedError where the function has several returns, or returns something other than
    bytes.
    """
    file, editor = site.file, site.editor()
    returns = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Return) and file.function(node) is function
    ]
    if len(returns) != 1 or returns[0].value is None:
        raise DeclinedError("the function returns in several places")
    value = returns[0].value
    if isinstance(value, ast.Tuple | ast.Dict | ast.List) or _is_text(value):
        raise DeclinedError("what the function returns is not bytes")
    editor.insert(file.start(value), f"{salt} + ")
    os = editor.module("os", function.body[-1])
    editor.before(_first(function), [f"{salt} = {os}.urandom({_SIZE})"])


def _is_text(value: ast.expr) -> bool:
    return isinstance(value, ast.JoinedStr) or (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr in ("decode", "hex")
    )


def take(site: Site, function: Function, salt: str) -> None:
    """Split the salt off the parameter that holds the ciphertext, at the start of a function.

    Raises DeclinedError where it is not known which parameter that is, or it is reassigned.
    """
    file, editor = site.file, site.editor()
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    sources: set[str] = set()
    for node in ast.walk(function):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _DECRYPTS
        ):
            sources |= _parameters(function, node.args, names)
    if len(sources) != 1:
        raise DeclinedError("it is not known which parameter is the ciphertext")
    blob = sources.pop()
    if any(
        isinstance(node, ast.Name) and node.id == blob and isinstance(node.ctx, ast.Store)
        for node in ast.walk(function)
    ):
        raise DeclinedError("the ciphertext is given another value")
    del file
    editor.before(_first(function), [f"{salt}, {blob} = {blob}[:{_SIZE}], {blob}[{_SIZE}:]"])


def _parameters(function: Function, values: list[ast.expr], names: list[str]) -> set[str]:
    """The parameters that some expressions depend on, directly or through local variables."""
    found: set[str] = set()
    todo = [node.id for value in values for node in ast.walk(value) if isinstance(node, ast.Name)]
    seen: set[str] = set()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in names:
            found.add(name)
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and any(
                isinstance(one, ast.Name) and one.id == name
                for target in node.targets
                for one in ast.walk(target)
            ):
                todo += [one.id for one in ast.walk(node.value) if isinstance(one, ast.Name)]
    return found


def _first(function: Function) -> ast.stmt:
    body = function.body
    first = body[0]
    is_docstring = (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )
    if is_docstring and len(body) == 1:
        raise DeclinedError("the function is empty")
    return body[1] if is_docstring else first
