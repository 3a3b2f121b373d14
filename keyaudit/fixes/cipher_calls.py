"""Finds unauthenticated encryption and decryption calls, and takes them apart.

Supported are PyCryptodome's `AES.new(key, mode, iv).encrypt(data)` and cryptography's
`Cipher(AES(key), mode).encryptor()`, where the cipher object is made and used once in one function.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import PythonFile, dotted
from keyaudit.fixes.site import Site

_BLOCK = ("AES", "DES", "DES3", "ARC2", "Blowfish", "CAST")
_STREAM = ("ARC4", "ChaCha20", "Salsa20")
_MODES = frozenset({"ECB", "CBC", "CTR", "CFB", "CFB8", "OFB"})
_PYCRYPTODOME = tuple(f"Crypto.Cipher.{name}.new" for name in (*_BLOCK, *_STREAM))
_CRYPTOGRAPHY = "cryptography.hazmat.primitives.ciphers.Cipher"
_WORDS = ("Cipher", "Cryptodome")


@dataclass(slots=True)
class CipherCall:
    """One encryption or decryption.

    `result` is the call that returns the output bytes, and `data` its input. `constructor` is the
    call that makes the cipher object. `iv` is None where the mode has no IV or the library draws
    it; `ivs` are the expressions that read an IV drawn by the library. `made` are the statements
    that only store the cipher object, `finalize` is the call that ends the stream.
    """

    file: PythonFile
    library: str
    cipher: str
    mode: str
    encrypts: bool
    key: ast.expr
    iv: ast.expr | None
    data: ast.expr
    result: ast.Call
    constructor: ast.Call
    made: list[ast.stmt] = field(default_factory=list)
    finalize: ast.Call | None = None
    ivs: list[ast.Attribute] = field(default_factory=list)


def cipher_calls(site: Site) -> list[CipherCall]:
    """All such calls in the scanned files. Raises DeclinedError where one has an unsupported
    form."""
    found: list[CipherCall] = []
    for file in site.project.python_with(*_WORDS):
        for place, uses in site.project.uses(file.path).items():
            name = uses[0].model.name
            node = file.at(*place, ast.Call)
            if node is None or name not in (*_PYCRYPTODOME, _CRYPTOGRAPHY):
                continue
            found += _of(file, node, name)
    return found


def _of(file: PythonFile, node: ast.Call, name: str) -> list[CipherCall]:
    if name == _CRYPTOGRAPHY:
        return _cryptography(file, node)
    return _pycryptodome(file, node, name.split(".")[-2])


# -- PyCryptodome


def _pycryptodome(file: PythonFile, node: ast.Call, cipher: str) -> list[CipherCall]:
    key = _argument(node, 0, "key")
    mode, iv = "", None
    if cipher in _BLOCK:
        given = _argument(node, 1, "mode")
        mode = _mode(given, "MODE_") if given is not None else "ECB"
        if mode not in _MODES:
            return []  # an authenticated one
        iv = _argument(node, 2, "iv", "IV", "nonce")
        if any(one.arg in ("counter", "segment_size") for one in node.keywords):
            raise DeclinedError("the mode has settings of its own")
    if key is None:
        raise DeclinedError("it is not known what the cipher is made of")
    calls, ivs, made = _methods(file, node)
    result = []
    for call in calls:
        assert isinstance(call.func, ast.Attribute)
        if len(call.args) != 1 or call.keywords:
            raise DeclinedError("a cipher is used in an unusual way")
        result.append(
            CipherCall(
                file,
                "pycryptodome",
                cipher,
                mode,
                call.func.attr == "encrypt",
                key,
                iv,
                call.args[0],
                call,
                node,
                made,
                None,
                ivs,
            )
        )
    return result


def _methods(
    file: PythonFile, node: ast.Call
) -> tuple[list[ast.Call], list[ast.Attribute], list[ast.stmt]]:
    """What is done with a cipher object: its calls, the reads of its IV, and the statement that
    stores it (empty where it is used without a variable)."""
    parent = file.parent(node)
    if isinstance(parent, ast.Attribute):
        return [_method(file, parent)], [], []
    target, statement = _kept(file, node)
    calls: list[ast.Call] = []
    ivs: list[ast.Attribute] = []
    for read in _reads(file, node, target):
        outer = file.parent(read)
        if isinstance(outer, ast.Attribute) and outer.attr in ("iv", "IV", "nonce"):
            ivs.append(outer)
        elif isinstance(outer, ast.Attribute):
            calls.append(_method(file, outer))
        else:
            raise DeclinedError("a cipher is handed on")
    if len(calls) != 1:
        raise DeclinedError("a cipher is used more than once")
    return calls, ivs, [statement]


def _method(file: PythonFile, attribute: ast.Attribute) -> ast.Call:
    call = file.parent(attribute)
    known = attribute.attr in ("encrypt", "decrypt")
    if not known or not isinstance(call, ast.Call) or call.func is not attribute:
        raise DeclinedError("a cipher is used in an unusual way")
    return call


# -- cryptography


def _cryptography(file: PythonFile, node: ast.Call) -> list[CipherCall]:
    algorithm = _argument(node, 0, "algorithm")
    mode_node = _argument(node, 1, "mode")
    if not isinstance(algorithm, ast.Call) or not algorithm.args:
        raise DeclinedError("the cipher is chosen elsewhere")
    cipher = (dotted(algorithm.func) or "").rpartition(".")[2]
    mode, iv = "", None
    if isinstance(mode_node, ast.Call):
        mode = (dotted(mode_node.func) or "").rpartition(".")[2]
        iv = mode_node.args[0] if mode_node.args else None
        if mode_node.keywords:
            raise DeclinedError("the mode is written in an unusual way")
    elif mode_node is not None and not is_none(mode_node):
        raise DeclinedError("the mode is chosen elsewhere")
    if mode and mode not in _MODES:
        return []
    if cipher == "ChaCha20":
        iv = _argument(algorithm, 1, "nonce")
    makers, made = _methods_taken(file, node)
    if len(makers) != 1:
        raise DeclinedError("a cipher is used more than once")
    maker = makers[0]
    stream = file.parent(maker)
    if maker.attr not in ("encryptor", "decryptor") or not isinstance(stream, ast.Call):
        raise DeclinedError("a cipher is used in an unusual way")
    update, finalize, kept = _stream(file, stream)
    return [
        CipherCall(
            file,
            "cryptography",
            cipher,
            mode,
            maker.attr == "encryptor",
            algorithm.args[0],
            iv,
            update.args[0],
            update,
            node,
            [*made, *kept],
            finalize,
        )
    ]


def _methods_taken(file: PythonFile, made: ast.Call) -> tuple[list[ast.Attribute], list[ast.stmt]]:
    """The attributes read from the object that a call makes, directly or through the variable that
    stores it, and the statement that stores it. Raises DeclinedError where the object is passed
    elsewhere."""
    parent = file.parent(made)
    if isinstance(parent, ast.Attribute):
        return [parent], []
    target, statement = _kept(file, made)
    methods = []
    for read in _reads(file, made, target):
        outer = file.parent(read)
        if not isinstance(outer, ast.Attribute):
            raise DeclinedError("a cipher is handed on")
        methods.append(outer)
    return methods, [statement]


def _stream(file: PythonFile, stream: ast.Call) -> tuple[ast.Call, ast.Call | None, list[ast.stmt]]:
    parts, kept = _methods_taken(file, stream)
    calls = {part.attr: file.parent(part) for part in parts}
    update, finalize = calls.get("update"), calls.get("finalize")
    if len(parts) != len(calls) or not calls.keys() <= {"update", "finalize"}:
        raise DeclinedError("data is encrypted in several pieces")
    if not isinstance(update, ast.Call) or len(update.args) != 1:
        raise DeclinedError("a cipher is used in an unusual way")
    if finalize is not None and not isinstance(finalize, ast.Call):
        raise DeclinedError("a cipher is used in an unusual way")
    return update, finalize, kept


# -- what both have in common


def _kept(file: PythonFile, node: ast.expr) -> tuple[str, ast.stmt]:
    """The local variable that stores an object, and the assignment. Raises DeclinedError without
    one."""
    statement = file.parent(node)
    if (
        isinstance(statement, ast.Assign)
        and len(statement.targets) == 1
        and isinstance(statement.targets[0], ast.Name)
        and file.function(statement) is not None
    ):
        return statement.targets[0].id, statement
    raise DeclinedError("a cipher is kept for several messages")


def _reads(file: PythonFile, node: ast.AST, name: str) -> list[ast.Name]:
    function = file.function(node)
    assert function is not None
    found = [one for one in ast.walk(function) if isinstance(one, ast.Name) and one.id == name]
    if sum(not isinstance(one.ctx, ast.Load) for one in found) != 1:
        raise DeclinedError("a variable holds several ciphers")
    return [one for one in found if isinstance(one.ctx, ast.Load)]


def _argument(call: ast.Call, position: int, *names: str) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg in names:
            return keyword.value
        if keyword.arg is None:
            raise DeclinedError("it is not known what is passed")
    if len(call.args) > position:
        if any(isinstance(one, ast.Starred) for one in call.args):
            raise DeclinedError("it is not known what is passed")
        return call.args[position]
    return None


def _mode(node: ast.expr, head: str) -> str:
    name = (dotted(node) or "").rpartition(".")[2]
    if not name.startswith(head):
        raise DeclinedError("the mode is chosen elsewhere")
    return name.removeprefix(head)


def is_none(node: ast.expr) -> bool:
    """Whether an expression is the literal None."""
    return isinstance(node, ast.Constant) and node.value is None
