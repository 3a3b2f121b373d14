"""Replaces unauthenticated encryption by AES-GCM, in all scanned files and for both encryption and
decryption.

An IV that is drawn for each message stays where it is and becomes the nonce. Otherwise a new nonce
is put in front of the ciphertext. Keys of ciphers other than AES are passed through HKDF first,
except those of ChaCha20 and Camellia, which have the length of an AES key.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from keyaudit.core.patterns import regex
from keyaudit.fixes.cipher_calls import CipherCall, cipher_calls
from keyaudit.fixes.editor import Editor
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import Function, dotted, real_name
from keyaudit.fixes.reached import require_free_form
from keyaudit.fixes.results import (
    handles_some,
    require_errors_pass,
    require_no_frame,
)
from keyaudit.fixes.site import Rewrite, Site

_REQUIREMENTS = regex(
    r"(?:^|/)(?:[\w.-]*requirements[\w./-]*\.(?:txt|in)|setup\.(?:py|cfg)|pyproject\.toml|Pipfile)$"
)
_PYCRYPTO = regex(rb"(?im)(?:^|[\"'\s])pycrypto(?![\w-])")
_PYCRYPTODOME = regex(rb"(?im)(?:^|[\"'\s])pycryptodomex?(?![\w-])")
_PRIMITIVES = "cryptography.hazmat.primitives"
_MIGRATE = (
    "what was encrypted before is not decrypted any more: decrypt it with the old program and "
    "encrypt it again, or keep a copy of the old function for reading it until none is left",
    "ciphertexts are 16 to 28 bytes longer: see that columns and messages have room for them",
)
_PURE = ("hashlib.", "os.urandom", "secrets.", "Crypto.Random.")
# Bound to each message: that it is of this form, and no other.
_FORM = 'b"v2"'


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    calls = site.project.once("cipher calls", lambda: cipher_calls(site))
    if any(call.library == "pycryptodome" for call in calls):
        _require_pycryptodome(site)
    place = site.place(site.finding.span)
    if not any(_is_about(site, call, place) for call in calls):
        raise DeclinedError("it is written in a way that no fix is known for")
    if {call.encrypts for call in calls} != {True, False}:
        raise DeclinedError("the other end is not in the scanned files")
    if len({(call.library, call.cipher, call.mode) for call in calls}) != 1:
        raise DeclinedError("several ciphers are in use, which may belong together")
    # An IV stays only if each encryption draws one, and each decryption is given one.
    keeps_iv = all(
        call.iv is not None and (not call.encrypts or _is_drawn(site, call)) for call in calls
    ) or all(_is_made_by_library(call) or not call.encrypts for call in calls)
    ends = [call.file.function(call.result) for call in calls if not call.encrypts]
    for call in calls:
        _Mending(site, call, ends, keeps_iv=keeps_iv).mend()
    return site.rewrite("encrypt and authenticate with AES-GCM, at both ends", migrate=_MIGRATE)


def _require_pycryptodome(site: Site) -> None:
    """Raise DeclinedError where the project may use PyCrypto, which has no AES-GCM."""
    for path in site.project.paths:
        if _REQUIREMENTS.search(path) and _PYCRYPTO.search(site.project.read(path) or b""):
            raise DeclinedError("the project depends on PyCrypto, which has no AES-GCM")
    for file in site.project.python_with("Crypto"):
        if re.search(r"\bRandom\.new\(\)|\bfrom Crypto import Random\b", file.text) and not any(
            _PYCRYPTODOME.search(site.project.read(path) or b"")
            for path in site.project.paths
            if _REQUIREMENTS.search(path)
        ):
            raise DeclinedError("the program may run with PyCrypto, which has no AES-GCM")


def _is_about(site: Site, call: CipherCall, place: tuple[int, int]) -> bool:
    if call.file.path != site.finding.path:
        return False
    nodes: list[ast.AST] = [call.constructor, call.result, *call.made]
    return any(
        call.file.start(node) <= place[0] and place[1] <= call.file.end(node) for node in nodes
    )


def _is_drawn(site: Site, call: CipherCall) -> bool:
    """Whether an IV is random and drawn in the function that encrypts."""
    assert call.iv is not None
    context = site.project.context(call.file.path)
    start, end = call.file.place(call.iv)
    function = call.file.function(call.result)
    for use in context.uses:
        for _, value in use.arguments.get("nonce", ()):
            if (value.pos, value.end) != (start, end):
                continue
            origins = context.resolver.origins(value, use.scope, None)
            if not origins or any(one.kind != "strong-random" for one in origins):
                return False
            return function is not None and all(
                call.file.start(function) <= one.node.pos < call.file.end(function)
                for one in origins
            )
    return False


def _is_made_by_library(call: CipherCall) -> bool:
    """Whether PyCryptodome draws the IV, which the program then reads from the cipher."""
    return call.library == "pycryptodome" and call.iv is None and bool(call.ivs) and call.mode != ""


def _is_cut(data: ast.expr) -> bool:
    """Whether a slice ends at a place other than the end."""
    return (
        isinstance(data, ast.Subscript)
        and isinstance(data.slice, ast.Slice)
        and data.slice.upper is not None
    )


def _innermost(value: ast.expr) -> ast.expr:
    """What is called first: `hashlib.md5` of `hashlib.md5(key).digest()[:16]`."""
    while True:
        match value:
            case (
                ast.Subscript(value=inner) | ast.Call(func=ast.Attribute(value=ast.Call() as inner))
            ):
                value = inner
            case ast.Call(func=func):
                return func
            case _:
                return value


class _Mending:
    """The changes that one cipher call needs."""

    def __init__(
        self, site: Site, call: CipherCall, ends: list[Function | None], *, keeps_iv: bool
    ) -> None:
        self._ends = ends
        self._site = site
        self._call = call
        self._editor: Editor = site.editor(call.file.path)
        self._keeps_iv = keeps_iv

    def mend(self) -> None:
        """Replace the old cipher by AES-GCM. Raises DeclinedError for an unsupported form."""
        call = self._call
        self._require_errors()
        require_no_frame(call.file, call.file.function(call.result))
        if call.encrypts:
            require_free_form(self._site, call.file, call.result, self._ends)
        if any(
            isinstance(
                one, ast.Lambda | ast.ListComp | ast.GeneratorExp | ast.DictComp | ast.SetComp
            )
            for one in call.file.scopes(call.result)
        ):
            raise DeclinedError("it stands inside of an expression")
        is_same = call.cipher == "AES" and call.mode != "CTR"  # the nonce has as many bytes
        if call.library == "pycryptodome" and self._keeps_iv and call.ivs and is_same:
            self._library_iv()
            return
        if call.ivs:
            raise DeclinedError("the nonce of the old cipher has another size")
        if not call.encrypts and _is_cut(call.data):
            raise DeclinedError("the ciphertext has a fixed length")
        unread = [] if self._keeps_iv else [*self._unread_iv()]
        for statement in (*call.made, *unread):
            self._editor.remove_statement(statement)
        self._drop_finalize()
        if call.encrypts:
            self._encrypt()
        else:
            self._decrypt()

    def _unread_iv(self) -> Iterator[ast.stmt]:
        """The statement that only makes the IV, where nothing else reads it."""
        call = self._call
        function = call.file.function(call.result)
        if function is None or not isinstance(call.iv, ast.Name):
            return
        every = [
            one for one in ast.walk(function) if isinstance(one, ast.Name) and one.id == call.iv.id
        ]
        made = call.file.parent(every[0]) if len(every) == 2 else None
        if not isinstance(made, ast.Assign) or made.targets != every[:1]:
            return
        if isinstance(made.value, ast.Constant) or real_name(
            call.file, _innermost(made.value)
        ).startswith(_PURE):
            yield made

    def _require_errors(self) -> None:
        """Raise DeclinedError where the program handles errors of the old cipher, but not
        InvalidTag."""
        call = self._call
        if call.encrypts or call.library != "cryptography":
            return
        if handles_some(call.file, call.result):
            raise DeclinedError("the errors of the old cipher are handled")
        require_errors_pass(self._site, call.file, call.file.function(call.result))

    def _library_iv(self) -> None:
        """`cipher = AES.new(key, AES.MODE_CBC)`: PyCryptodome draws the nonce of GCM as well."""
        call, editor = self._call, self._editor
        for argument in [*call.constructor.args[1:], *(k.value for k in call.constructor.keywords)]:
            if (dotted(argument) or "").rpartition(".")[2].startswith("MODE_"):
                head = (dotted(argument) or "").rpartition(".")[0]
                editor.replace(argument, f"{head}.MODE_GCM")
        if call.iv is not None:
            given = call.file.parent(call.iv)
            place = given if isinstance(given, ast.keyword) else call.iv
            editor.replace(place, f"nonce={call.file.source(call.iv)}")
        for read in call.ivs:
            editor.replace_place(call.file.end(read.value), call.file.end(read), ".nonce")
        self._digest()

    def _digest(self) -> None:
        call, editor = self._call, self._editor
        assert isinstance(call.result.func, ast.Attribute)
        owner = call.file.source(call.result.func.value)
        data = self._plain(call.data)
        editor.replace(call.result, f'b"".join({owner}.encrypt_and_digest({data}))')

    def _drop_finalize(self) -> None:
        finalize, file = self._call.finalize, self._call.file
        if finalize is None:
            return
        parent = file.parent(finalize)
        statement = file.statement(finalize)
        if isinstance(parent, ast.BinOp) and parent.right is finalize:
            start, end = file.end(parent.left), file.end(finalize)
            between = file.text[start : file.start(finalize)]
            if between.strip() != "+":
                raise DeclinedError("a cipher is used in an unusual way")
            self._editor.replace_place(start, end, "")
        elif isinstance(statement, ast.AugAssign | ast.Expr) and statement.value is finalize:
            self._editor.remove_statement(statement)
        else:
            raise DeclinedError("a cipher is used in an unusual way")

    def _key(self) -> str:
        """The expression for the key, in a length that AES accepts."""
        call, editor = self._call, self._editor
        text = call.file.source(call.key)
        if call.cipher in ("AES", "AES128", "AES256", "ChaCha20", "Camellia"):
            return text
        if call.library == "pycryptodome":
            hkdf = editor.member("Crypto.Protocol.KDF", "HKDF", call.result)
            sha256 = editor.member("Crypto.Hash", "SHA256", call.result)
            return f'{hkdf}({text}, 32, b"", {sha256}, context=b"AES-GCM")'
        hkdf = editor.member(f"{_PRIMITIVES}.kdf.hkdf", "HKDF", call.result)
        hashes = editor.names.imported(_PRIMITIVES, "hashes", call.result) or editor.module(
            f"{_PRIMITIVES}.hashes", call.result
        )
        return f'{hkdf}({hashes}.SHA256(), 32, None, b"AES-GCM").derive({text})'

    def _plain(self, data: ast.expr) -> str:
        return self._call.file.source(data)

    def _encrypt(self) -> None:
        call, editor = self._call, self._editor
        if self._keeps_iv and call.iv is not None:
            editor.replace(call.result, self._sealed(call.file.source(call.iv)))
            return
        nonce = editor.names.free("nonce")
        os = editor.module("os", call.result)
        editor.before(call.file.statement(call.result), [f"{nonce} = {os}.urandom(12)"])
        text = f"{nonce} + {self._sealed(nonce)}"
        parent = call.file.parent(call.result)
        if not isinstance(parent, ast.Return | ast.Assign | ast.Call | ast.Tuple):
            text = f"({text})"
        editor.replace(call.result, text)

    def _sealed(self, nonce: str) -> str:
        call = self._call
        data = self._plain(call.data)
        if call.library == "cryptography":
            return f"{self._opener()}.encrypt({nonce}, {data}, {_FORM})"
        made = self._gcm(nonce)
        return f'b"".join({made}.encrypt_and_digest({data}))'

    def _decrypt(self) -> None:
        call, editor = self._call, self._editor
        data = call.file.source(call.data)
        if self._keeps_iv and call.iv is not None:
            nonce, first = call.file.source(call.iv), ""
        else:
            nonce, first = "", "12"
        if call.library == "cryptography" and not first:
            editor.replace(call.result, f"{self._opener()}.decrypt({nonce}, {data}, {_FORM})")
            return
        if not isinstance(call.data, ast.Name):
            sealed = editor.names.free("sealed")
            editor.before(call.file.statement(call.result), [f"{sealed} = {data}"])
            data = sealed
        nonce = nonce or f"{data}[:12]"
        if call.library == "cryptography":
            text = f"{self._opener()}.decrypt({nonce}, {data}[{first}:], {_FORM})"
        else:
            made = self._gcm(nonce)
            text = f"{made}.decrypt_and_verify({data}[{first}:-16], {data}[-16:])"
        editor.replace(call.result, text)

    def _aes(self) -> str:
        """The name of PyCryptodome's module AES, as the old call has it where it is of AES."""
        call = self._call
        if call.cipher == "AES" and isinstance(call.constructor.func, ast.Attribute):
            return call.file.source(call.constructor.func.value)
        return self._editor.member("Crypto.Cipher", "AES", call.result)

    def _opener(self) -> str:
        editor = self._editor
        aead = editor.member(f"{_PRIMITIVES}.ciphers.aead", "AESGCM", self._call.result)
        return self._apart("aead", aead, [self._key()])

    def _gcm(self, nonce: str) -> str:
        """A cipher object of PyCryptodome's."""
        aes = self._aes()
        arguments = [self._key(), f"{aes}.MODE_GCM", f"nonce={nonce}"]
        return self._apart("cipher", f"{aes}.new", arguments)

    def _apart(self, name: str, function: str, arguments: list[str]) -> str:
        """A call, or a variable that a statement before gets its result, where there was one, or
        the key must be derived first."""
        call, editor = self._call, self._editor
        statement = call.file.statement(call.result)
        around = call.file.function(call.result)
        text = f"{function}({', '.join(arguments)})"
        kept = self._kept_name()
        if (
            (kept is None and "HKDF" not in arguments[0])
            or around is None or isinstance(statement, ast.While)
        ):  # fmt: skip
            return text
        name = kept or editor.names.free_in(around, name)
        editor.before(statement, [f"{name} = {text}"])
        return name

    def _kept_name(self) -> str | None:
        """The variable that held the old cipher object of PyCryptodome's."""
        made = self._call.made if self._call.library == "pycryptodome" else []
        targets = [one.targets[0] for one in made if isinstance(one, ast.Assign)]
        return next((one.id for one in targets if isinstance(one, ast.Name)), None)
