"""Replaces RSA encryption with PKCS#1 v1.5 padding by OAEP with SHA-256, for encryption and
decryption.

Declined where the scanned files only encrypt or only decrypt.
"""

from __future__ import annotations

import ast

from keyaudit.fixes.editor import Editor
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import PythonFile, dotted, real_name
from keyaudit.fixes.site import Rewrite, Site

_PADDING = "cryptography.hazmat.primitives.asymmetric.padding"
_MIGRATE = (
    "what was encrypted with the old padding is not decrypted any more: decrypt it with the old "
    "program, and let all peers change at once",
    "what is encrypted may be 66 bytes shorter than the key, and no longer 11: 190 bytes for one "
    "of 2048 bits",
)
_RANDOM = ("get_random_bytes", "urandom", "token_bytes")
_RAISES = "a ciphertext that is not right raises ValueError, and gives no value in its place"


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    if "PKCS1_v1_5" in site.file.text:
        return _pycryptodome(site)
    found = site.project.once("paddings", lambda: _paddings(site))
    kinds = {kind for _, _, kind in found}
    if kinds != {"encrypt", "decrypt"}:
        raise DeclinedError("the other end is not in the scanned files")
    for path, node, _ in found:
        editor = site.editor(path)
        assert isinstance(node.func, ast.Attribute)
        module = editor.file.source(node.func.value)
        sha256 = f"{_hashes(site, path, node)}.SHA256()"
        editor.replace(
            node,
            f"{module}.OAEP({module}.MGF1({sha256}), {sha256}, None)",
        )
    return site.rewrite("pad with OAEP", migrate=_MIGRATE)


def _hashes(site: Site, path: str, at: ast.AST) -> str:
    editor = site.editor(path)
    module = "cryptography.hazmat.primitives.hashes"
    known = editor.names.imported("cryptography.hazmat.primitives", "hashes", at)
    return known or editor.module(module, at)


def _paddings(site: Site) -> list[tuple[str, ast.Call, str]]:
    """Every `padding.PKCS1v15()` of an encryption or decryption: path, call, and "encrypt" or
    "decrypt"."""
    found = []
    for file in site.project.python_with("PKCS1v15"):
        for node in file.walk():
            if not isinstance(node, ast.Call) or not (dotted(node.func) or "").endswith(
                ".PKCS1v15"
            ):
                continue
            outer = file.parent(node)
            outer = file.parent(outer) if isinstance(outer, ast.keyword) else outer
            if not isinstance(outer, ast.Call) or not isinstance(outer.func, ast.Attribute):
                raise DeclinedError("the padding is used in more than one place")
            method = outer.func.attr
            if method in ("encrypt", "decrypt"):
                found.append((file.path, node, method))
            elif method not in ("sign", "verify"):
                raise DeclinedError("it is not known what the padding is for")
    return found


def _pycryptodome(site: Site) -> Rewrite:
    """Fix `PKCS1_v1_5.new(key)`, whose decryption returns a given value instead of raising an
    error."""
    found = site.project.once("old ciphers", lambda: _old_ciphers(site))
    if {node.func.attr for _, _, node in found if isinstance(node.func, ast.Attribute)} != {
        "encrypt",
        "decrypt",
    }:
        raise DeclinedError("the other end is not in the scanned files")
    for path, made, call in found:
        editor = site.editor(path)
        oaep = editor.member("Crypto.Cipher", "PKCS1_OAEP", made)
        sha256 = editor.member("Crypto.Hash", "SHA256", made)
        editor.replace(made, f"{oaep}.new({editor.file.source(made.args[0])}, {sha256})")
        if len(call.args) == 2:
            test = _test_of(editor.file, call)
            editor.remove_argument(call, call.args[1])
            if test is not None:
                _catch(editor, call, test)
    return site.rewrite("pad with OAEP", migrate=(*_MIGRATE, _RAISES))


def _old_ciphers(site: Site) -> list[tuple[str, ast.Call, ast.Call]]:
    """Every `PKCS1_v1_5.new(key)`: path, call, and its only call of `encrypt` or `decrypt`."""
    found = []
    for file in site.project.python_with("PKCS1_v1_5"):
        for place, uses in site.project.uses(file.path).items():
            if not uses[0].model.name.endswith("Cipher.PKCS1_v1_5.new"):
                continue
            made = file.at(*place, ast.Call)
            if made is None or len(made.args) != 1 or made.keywords:
                raise DeclinedError("the padding is used in an unusual way")
            call = _only_use(file, made)
            if len(call.args) == 2 and _test_of(file, call) is None:
                _require_value_unasked(file, call)
            found.append((file.path, made, call))
    return found


def _only_use(file: PythonFile, made: ast.Call) -> ast.Call:
    parent = file.parent(made)
    if isinstance(parent, ast.Attribute):
        reads: list[ast.Attribute] = [parent]
    else:
        function = file.function(made)
        if (
            function is None
            or not isinstance(parent, ast.Assign)
            or len(parent.targets) != 1
            or not isinstance(parent.targets[0], ast.Name)
        ):
            raise DeclinedError("a cipher is kept for several messages")
        name = parent.targets[0].id
        outers = [
            file.parent(node)
            for node in ast.walk(function)
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        ]
        reads = [outer for outer in outers if isinstance(outer, ast.Attribute)]
        if len(reads) != len(outers):
            raise DeclinedError("a cipher is handed on")
    call = file.parent(reads[0]) if len(reads) == 1 else None
    if not isinstance(call, ast.Call) or reads[0].attr not in ("encrypt", "decrypt"):
        raise DeclinedError("a cipher is used in an unusual way")
    return call


def _test_of(file: PythonFile, call: ast.Call) -> ast.If | None:
    """The statement after a decryption that leaves where the value came that stands in for an
    error: `if message is None: raise …`, `if message == sentinel: return None`."""
    statement = file.parent(call)
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    body = file.body_of(statement)
    following = body[body.index(statement) + 1 :][:1]
    target, sentinel = dotted(statement.targets[0]), call.args[1]
    if not following or target is None:
        return None
    test = following[0]
    if not isinstance(test, ast.If) or test.orelse or not isinstance(test.test, ast.Compare):
        return None
    asked = test.test
    if len(asked.ops) != 1 or not isinstance(asked.ops[0], ast.Is | ast.Eq):
        return None
    sides = {file.source(asked.left), file.source(asked.comparators[0])}
    if sides != {target, file.source(sentinel)}:
        return None
    if not isinstance(test.body[-1], ast.Raise | ast.Return | ast.Continue | ast.Break):
        return None
    inside = [one.id for part in test.body for one in ast.walk(part) if isinstance(one, ast.Name)]
    if target in inside or any(isinstance(one, ast.Try) for one in file.ancestors(call)):
        return None
    # Elsewhere nothing asks for it.
    function = file.function(call)
    named = dotted(sentinel)
    reads = [
        node
        for node in ast.walk(function or file.tree)
        if named and isinstance(node, ast.Name) and node.id == named
        and isinstance(node.ctx, ast.Load)
    ]  # fmt: skip
    return test if function is not None and len(reads) in (0, 2) else None


def _catch(editor: Editor, call: ast.Call, test: ast.If) -> None:
    """Make a handler of ValueError of the statement that asks for the value, and drop what makes
    it."""
    file = editor.file
    statement, sentinel = file.statement(call), call.args[1]
    editor.before(statement, ["try:"])
    editor.indent_more(statement, statement)
    start, end = file.start(test), file.start(test.body[0])
    if file.has_comment(start, end) or file.line_of(start) == file.line_of(end):
        raise DeclinedError("the value that stands in for an error may be asked for")
    editor.replace_place(start, file.end(test.test), "except ValueError")
    if isinstance(test.body[-1], ast.Raise) and test.body[-1].cause is None:
        editor.insert(file.end(test.body[-1]), " from None")
    made = editor.names.binders(sentinel.id) if isinstance(sentinel, ast.Name) else []
    held = file.parent(made[0]) if len(made) == 1 else None
    if isinstance(held, ast.Assign) and file.function(held) is file.function(call):
        editor.remove_statement(held)


def _require_value_unasked(file: PythonFile, call: ast.Call) -> None:
    """Raise DeclinedError where the program may test for the value that is returned for an
    error."""
    sentinel = call.args[1]
    function = file.function(call)
    tests = [
        node
        for node in ast.walk(function or file.tree)
        if isinstance(node, ast.If | ast.IfExp | ast.Compare)
    ]
    # Random bytes are there so that nobody can tell: nothing asks for them.
    is_plain = isinstance(sentinel, ast.Constant) or (
        isinstance(sentinel, ast.Call)
        and real_name(file, sentinel.func).rpartition(".")[2] in _RANDOM
    )
    if tests or not is_plain:
        raise DeclinedError("the value that stands in for an error may be asked for")
