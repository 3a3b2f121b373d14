"""Standard algorithms that a program has written itself: a class or function of such a name that
computes with bits, and asks no library for the same."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code.matching.declarations.declaration import Declaration
from keyaudit.code.matching.surroundings import block_of
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import KEY

_AROUND = r"(?:my|own|custom|simple|pure|py|python|mini|basic)?_?"
_AFTER = (
    r"_?(?:en|de)?(?:crypt\w{0,4}|cipher|ciphered|code|block\w*|hash\w*|digest|core|algorithm|engine"
    r"|key_?(?:schedule|generat\w+|expan\w+)|round\w*|stream|context|implementation|\d*)?"
)
_CIPHERS = (
    r"(?:triple)?(?:aes|des|3des|rijndael|rc[2456]|arc4|blowfish|twofish|serpent|camellia|idea|xxtea|xtea"
    r"|tea|salsa20|chacha20|poly1305|speck|simon)(?:_?(?:128|192|256|ecb|cbc|ctr|cfb))?"
)
_HASHES = r"(?:sha_?(?:1|224|256|384|512|3)|md[45]|keccak|blake2[bs]|ripemd160|whirlpool)"
_MODES = r"(?:aes_?)?(?:gcm|ghash|ccm|eax|key_?wrap|kw)"
_MACS = r"(?:pbkdf2(?:_?hmac)?|hmac|cmac|hkdf|scrypt)"
_DERIVES = "a derivation of keys"
# What an algorithm is called, what it is, and what a file says that has a library do it.
_KINDS = tuple(
    (regex(rf"(?i)\A_*{_AROUND}{name}{_AFTER}\Z"), what, regex(library))
    for name, what, library in (
        (
            _CIPHERS,
            "a cipher",
            r"AES\.new|AESGCM|algorithms\.|DES3?\.new|ARC4|Blowfish\.|pyaes|ffi",
        ),
        (_HASHES, "a hash", r"hashlib|hashes\.|\bnew\(|digestmod|\.hexdigest\(\)\)|sha3\."),
        (_MODES, "a mode of a cipher", r"AESGCM|MODE_GCM|MODE_CCM|MODE_EAX|modes\.|keywrap"),
        (_MACS, _DERIVES, r"pbkdf2_hmac|PBKDF2HMAC|hashlib\.|hazmat|KDF\b|libsodium"),
    )
)
# What computes with bits and bytes; a few of them, since wrappers shift a length as well.
_BITS = regex(
    r"<<|>>|\^|&[ \t]*0x[fF]+|\b0x[0-9A-Fa-f]{8,}|\brot(?:ate)?_?(?:left|right|[lr])|xor\w*\("
    r"|%[ \t]*(?:256|0x100|2[ \t]*\*\*[ \t]*\d+|mod)\b"
)
_MANY = 3
# Bindings to a library in C, and classes that only declare.
_BOUND = regex(r"\bctypes\b|\bcffi\b|ffi\.|\bcdll\b|POINTER\(|from_library")


def of(scope: Scope) -> Iterator[Declaration]:
    """The algorithm that a class or function is, once for what stands within it."""
    if scope.kind not in ("class", "function") or scope.node is None or _within(scope):
        return
    what = _is_one(scope)
    if what:
        place = (scope.node.pos, scope.node.pos + len(scope.name))
        yield Declaration(scope.name, what, KEY, place)


def _within(scope: Scope) -> bool:
    outer = scope.parent
    while outer is not None and outer.kind != "module":
        if _is_one(outer):
            return True
        outer = outer.parent
    return False


def _is_one(scope: Scope) -> str:
    for name, what, library in _KINDS:
        if name.match(scope.name):
            source = block_of(scope)
            # A derivation calls what does that, but for one exclusive or.
            least = 1 if what == _DERIVES else _MANY
            own = len(_BITS.findall(source)) >= least and not library.search(source)
            return what if own and not _BOUND.search(scope.module.text) else ""
    return ""
