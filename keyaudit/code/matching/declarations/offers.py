"""What a program offers to use, whoever asks: tables of algorithms, lists of TLS suites."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations.declaration import Declaration
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import SECRET

_WEAK = {
    "digest": frozenset({"MD5", "SHA1"}),
    "mode": frozenset({"ECB"}),
    "cipher": frozenset({"ARC4", "TripleDES", "Blowfish", "IDEA", "CAST5", "SEED"}),
    "padding": frozenset({"PKCS1v15"}),
    "version": frozenset({
        "PROTOCOL_SSLv2", "PROTOCOL_SSLv3", "PROTOCOL_TLSv1", "PROTOCOL_TLSv1_1", "SSLv3", "TLSv1",
        "TLSv1_1", "SSLv2_METHOD", "SSLv3_METHOD", "TLSv1_METHOD", "TLSv1_1_METHOD",
    }),
}  # fmt: skip
# A sound one, which a table must have too: without it, it is no table to choose from.
_OTHERS = {
    "digest": frozenset({"SHA256", "SHA384", "SHA512", "SHA3_256"}),
    "mode": frozenset({"CBC", "GCM", "CTR", "CFB"}),
    "cipher": frozenset({"AES", "ChaCha20", "Camellia"}),
    "padding": frozenset({"OAEP"}),
    "version": frozenset({"PROTOCOL_TLSv1_2", "PROTOCOL_TLS", "PROTOCOL_TLS_CLIENT", "TLSv1_2",
                          "TLSv1_3", "TLSv1_2_METHOD", "TLS_METHOD"}),
}  # fmt: skip
_HOLDER = {
    "digest": frozenset({"hashes"}), "mode": frozenset({"modes"}),
    "cipher": frozenset({"algorithms", "symmetric_algorithms"}),
    "padding": frozenset({"padding", "asymmetric_padding", "asym_padding", "apadding"}),
    "version": frozenset({"ssl", "TLSVersion", "SSL"}),
}  # fmt: skip
# What the name of a table of digests says if they are to sign or derive by: others are for checking
# sums and describing files.
_OF_DIGESTS = regex(r"(?i)sign|hmac|(?:^|_)mac|encrypt|digital|derivation|kdf|cert")
_SUITES_NAMED = regex(r"(?i)cipher|suite")
_SUITES = regex(r"[\[(](?:\s*[\"'][A-Z0-9_-]{5,60}[\"']\s*,?\s*(?:#[^\n]*)?){2,}\s*[\])]")
_SUITE = regex(r"[\"']([A-Z0-9_-]{5,60})[\"']")
_IS_SUITE = regex(r"(?:AES|CHACHA20|DES|RC4|CAMELLIA|ARIA|SEED|IDEA|NULL).*")
_BROKEN = regex(
    r"RC4|NULL|EXPORT|(?:^|[-_])EXP[-_]|MD5|3DES|DES[-_]CBC|(?:^|[-_])(?:ADH|AECDH|ANON)"
)
# A suite that encrypts and authenticates in one (AEAD); the signal of RFC 5746 is no suite at all.
_AUTHENTICATES = regex(r"GCM|CCM|CHACHA20|POLY1305|EMPTY_RENEGOTIATION")
# One with a fresh key exchange for each connection (forward secrecy), as all of TLS 1.3 have.
_AGREES_AFRESH = regex(r"^(?:TLS_)?(?:ECDHE|DHE|EDH|EECDH)[-_]|^TLS_(?:AES|CHACHA20)")


def digests(scope: Scope) -> Iterator[Declaration]:
    """The tables of digests to sign by that have a broken one."""
    yield from _tables(scope, "digest")


def modes(scope: Scope) -> Iterator[Declaration]:
    """The tables of modes that have ECB."""
    yield from _tables(scope, "mode")


def ciphers(scope: Scope) -> Iterator[Declaration]:
    """The tables of ciphers that have one with short blocks, or a broken one."""
    yield from _tables(scope, "cipher")


def paddings(scope: Scope) -> Iterator[Declaration]:
    """The tables of paddings to encrypt by that have PKCS #1 v1.5."""
    yield from _tables(scope, "padding")


def versions(scope: Scope) -> Iterator[Declaration]:
    """The tables of versions of TLS that have one which was withdrawn."""
    yield from _tables(scope, "version")


def _tables(scope: Scope, what: str) -> Iterator[Declaration]:
    for path, bindings in scope.bindings.items():
        name = path.rpartition(".")[2]
        for binding in bindings:
            table = binding.assigned
            if not isinstance(table, s.Dict):
                continue
            said = f"{name} {scope.module.text[table.pos : table.end]}"
            if what == "digest" and not (_OF_DIGESTS.search(name) or "HMAC" in said):
                continue
            found = [part for _, value in table.items for part in _values(value)]
            words = {part.name for part in found}
            if words.isdisjoint(_OTHERS[what]):
                continue
            for part in found:
                if part.name in _WEAK[what] and s.last_part(part.value) in _HOLDER[what]:
                    yield Declaration(
                        f"{name}: {part.name}", part.name, SECRET, (part.pos, part.end)
                    )


def _values(value: s.Expr) -> Iterator[s.Attr]:
    if isinstance(value, s.Attr):
        yield value
    elif isinstance(value, s.Seq):
        yield from (item for item in value.items if isinstance(item, s.Attr))


def broken_suites(scope: Scope) -> Iterator[Declaration]:
    """The lists of TLS suites that have a broken one."""
    yield from _suites(scope, broken=True)


def old_suites(scope: Scope) -> Iterator[Declaration]:
    """The lists with no broken suite that have one without forward secrecy, or one that does not
    authenticate as it encrypts (CBC)."""
    yield from _suites(scope, broken=False)


def _suites(scope: Scope, *, broken: bool) -> Iterator[Declaration]:
    text = scope.module.text
    for name, value in _given(scope):
        listed = _SUITES.search(text, value.pos, value.end)
        named = list(_SUITE.finditer(text, *listed.span())) if listed else []
        if len(named) < 2 or not all(_IS_SUITE.search(one[1]) for one in named):
            continue
        bad = [one for one in named if _BROKEN.search(one[1])]
        if not broken:
            bad = [] if bad else [one for one in named if not _is_modern(one[1])]
        for one in bad[:1]:
            yield Declaration(one[1], name, SECRET, one.span(1))


def _is_modern(suite: str) -> bool:
    return bool(_AUTHENTICATES.search(suite) and _AGREES_AFRESH.search(suite))


def _given(scope: Scope) -> Iterator[tuple[str, s.Expr]]:
    """What is given to a variable, an attribute or, as its default, a parameter whose name speaks
    of suites; the fields of a dataclass are parameters of its constructor."""
    for path, bindings in scope.bindings.items():
        name = path.rpartition(".")[2]
        if _SUITES_NAMED.search(name):
            yield from ((name, b.assigned) for b in bindings if b.assigned is not None)
    for param in scope.params:
        if param.default is not None and _SUITES_NAMED.search(param.name):
            yield param.name, param.default
