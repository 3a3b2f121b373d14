"""Selects the pieces of a file worth parsing: those that name a call that a rule matches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from keyaudit.catalogue.types import Catalogue, Models
from keyaudit.core.patterns import regex

if TYPE_CHECKING:  # it imports libcst, which the words for triage do without
    from keyaudit.code.semantics.scopes import Module

# Roles at the far end of a flow: they matter only where a secret is at hand, and the pieces
# where one is have another anchor.
_COLD = frozenset({"log", "output", "exception", "comparison", "url", "body", "file-content",
                   "command", "headers", "flag", "plaintext", "ciphertext", "receiver",
                   "length", "key-id", "version", "policy-object", "path", "permissions",
                   "record", "serialized", "cached", "archived", "days",
                   "hashed", "target", "answer", "prefilled"})  # fmt: skip
_COLD_KINDS = frozenset({"log", "output", "http", "plain-channel", "mail", "chat", "command",
                         "file-write", "file-remove", "file-copy", "random", "serialize", "audit",
                         "cache", "database", "kept-setting", "chmod", "private-file",
                         "folder-make", "file-open",
                         "temp-file"})  # fmt: skip
# What a buffer for a key is called: the pieces in which one may be wiped, or is not.
_BUFFERS = ("bytearray", "memset", "zeroize", "wipe", "destroy", "__del__", "del")
_KEY_NAMES = frozenset({"key", "_key", "__key", "secret", "_secret", "dek", "kek", "key_bytes",
                        "_key_bytes", "key_material", "_key_material", "material", "master_key",
                        "_master_key", "private_key", "_private_key", "privkey", "secret_key",
                        "_secret_key",
                        "data_key", "plaintext_key", "decrypted_key", "key_plaintext",
                        "private_key_bytes", "priv_key", "mnemonic", "master_password",
                        "vault_key", "encryption_key", "signing_key", "password",
                        "_password", "passphrase", "seed", "_seed"})  # fmt: skip
# What a user types in is a secret wherever it goes; that a key is, its maker's kind says.
_ASKED = frozenset({"password"})
# What removes a file, makes a folder, or sets who may read one, matters where a key's is named.
_FILE_KINDS = frozenset({"file-remove", "file-copy", "chmod", "folder-make", "file-open"})
# For text in lower case. An alternative begins with a letter of its own, else it would be slow.
_BEFORE_KEY = ("private", "secret", "master", "encryption", "signing", "server", "client", "host",
               "ssl", "tls", "ca")  # fmt: skip
_KEY_FILE = regex(
    r"cred(?:ential)?s?_?file|key(?:[_-]?(?:file|path|name|pem)"
    + "".join(rf"|(?<={word}key)|(?<={word}[_-]key)" for word in _BEFORE_KEY)
    + r")|\.(?:key|pem|p12|pfx|jks|keystore|ppk|[dk]ek)[\"']"
    r"|(?<!\w)id_(?:rsa|dsa|ecdsa|ed25519)\b"
    # Folders of keys, and files that hold for a moment what was decrypted.
    r"|(?:certs?|certificates?|keys?|keyring|pki|ssl|tls|gnupg|gpg|wallet|identity|secrets?|vault)"
    r"_?(?:folder|dir|directory|home|store|db|database)(?![a-z])|decrypted|unencrypted|clear_?text"
    r"|plain_?(?:text|file)|ratchet|mnemonic|wallet"
    # What a tool makes or decrypts, folders that are known to have keys, and files to log in with.
    r"|decrypt|genrsa|genpkey|ssh-keygen|etc/(?:openvpn|wireguard|letsencrypt|ssl/private)|easy-?rsa"
    r"|auth_?(?:file|path)|keytab"
)
# A hash matters where a file speaks of passwords, or has a function that is there to hash a text.
_PASSWORD = regex(
    r"passw|pwd|passphrase|getpass|secret|api_?key|(?<![a-z])pw(?![a-z])"
    r"|def \w*(?:md5|sha_?(?:1|256|512)(?!\d))"
)
# What is taken away, and in it an index that is no constant.
_DEL = regex(r"\bdel\b[^\n;#]*")
_INDEX = regex(r"\[[^\[\]\"']*\]")
_SECRET_NAME = regex(r"(?i)key|secret|pass|pwd|seed|mnemonic|[dk]ek|material|token|cred")
_RENAMED = regex(r"as[ \t]+(\w+)")  # after a blank: to look for that would be slow
_LAST_WORD = regex(r"\w+\Z")
_LONGEST_NAME = 100
# An argument this far back is given by its name, if at all.
_BY_KEYWORD = 3


@dataclass(slots=True)
class Anchors:
    """Words that make a piece worth parsing, by what they need: `always` nothing, `with_words`
    another word beside them, `with_files` a key file named, `with_passwords` a file that mentions
    passwords.

    A home is what a file must speak of for the words to mean anything: a module (all parts of its
    dotted name stand in the file) or "" for any file.
    """

    always: dict[str, set[str]] = field(default_factory=dict)
    with_words: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    with_files: dict[str, set[str]] = field(default_factory=dict)
    with_passwords: dict[str, set[str]] = field(default_factory=dict)

    def meant(self, module: Module) -> set[str]:
        """The words that count in a file, alone or beside others."""
        words = module.words.all
        found: set[str] = set()
        for by_home in (self.always, self.with_words, self.with_files, self.with_passwords):
            for home, anchors in by_home.items():
                if _spoken_of(home, words):
                    found.update(anchors)
        return found

    def pieces(self, module: Module) -> list[int]:
        """The numbers of the pieces to parse."""
        words = module.words.all
        alone: set[str] = set()
        paired: dict[str, set[str]] = {}
        for home, always in self.always.items():
            if _spoken_of(home, words):
                alone |= always
        for home, with_words in self.with_words.items():
            if _spoken_of(home, words):
                for word, beside in with_words.items():
                    paired.setdefault(word, set()).update(beside)
        hashes = {
            word
            for home, with_passwords in self.with_passwords.items()
            if _spoken_of(home, words)
            for word in with_passwords
        }
        if not hashes.isdisjoint(words) and _PASSWORD.search(module.text.lower()):
            alone |= hashes
        if "as" in words:
            alone |= {new for name, new in _renamed(module.text) if name in alone}
        chosen = set(module.words.pieces_with(alone))
        for number in module.words.pieces_with(paired.keys()):
            if number not in chosen:
                here = module.words.of(number)
                near = {word for word in here & paired.keys() if here & paired[word]}
                if near == {"del"} and not _drops_secret(module, number):
                    continue
                if near:
                    chosen.add(number)
        files: set[str] = set()
        for home, with_files in self.with_files.items():
            if _spoken_of(home, words):
                files |= with_files
        for number in set(module.words.pieces_with(files)) - chosen:
            piece = module.pieces[number]
            if _KEY_FILE.search(module.text[piece.start : piece.end].lower()):
                chosen.add(number)
        return sorted(chosen)


def _drops_secret(module: Module, number: int) -> bool:
    """Whether a `del` of a piece takes away a secret, by its name: not a variable by which a dict
    is asked, `del known[key]`."""
    piece = module.pieces[number]
    return any(
        _SECRET_NAME.search(_INDEX.sub("", given[0]))
        for given in _DEL.finditer(module.text, piece.start, piece.end)
    )


def _renamed(text: str) -> Iterator[tuple[str, str]]:
    """What is given another name, `a as b`, and that name."""
    for match in _RENAMED.finditer(text):
        start = match.start()
        if text[start - 1 : start] not in (" ", "\t"):
            continue
        before = text[max(0, start - _LONGEST_NAME) : start].rstrip(" \t")
        if before and not before[-1].isspace():
            name = _LAST_WORD.search(before.split()[-1])
            if name is not None:
                yield name[0], match[1]


def word_of(name: str) -> str:
    """The word by which a modelled call is searched for: `AES` for `Crypto.Cipher.AES.new`."""
    parts = name.split(".")
    return parts[-2] if parts[-1] == "new" and len(parts) > 2 else parts[-1]


def build(models: Models, *, buffers: bool = True) -> Anchors:
    """The anchors of all models; those of `buffers` belong to no model."""
    anchors = Anchors()
    if buffers:
        anchors.with_words[""] = {word: set(_KEY_NAMES) for word in _BUFFERS}
    roots: dict[str, set[str]] = {}
    for alias, target in models.aliases.items():
        roots.setdefault(target.split(".")[0], set()).add(alias.split(".")[0])
    for name, model in models.calls.items():
        parts = name.split(".")
        word = word_of(name)
        home = "" if parts[0] in ("builtins", "operator") else _home(name, models.modules)
        homes = {home} | roots.get(parts[0], set())
        near, far = _hot(model.parameters)
        constant = bool(model.constants.keys() | model.defaults.keys())
        constant = constant and not (model.kinds and model.kinds <= _COLD_KINDS)
        hot_kind = bool(model.kinds - _COLD_KINDS)
        for home in homes:
            if near or constant or hot_kind or model.returns.get("origin") in _ASKED:
                anchors.always.setdefault(home, set()).add(word)
            elif far:
                paired = anchors.with_words.setdefault(home, {})
                paired.setdefault(word, set()).update(far)
            elif "hashed" in model.parameters.values():
                anchors.with_passwords.setdefault(home, set()).add(word)
            elif model.kinds & _FILE_KINDS:
                anchors.with_files.setdefault(home, set()).add(word)
    return anchors


def _home(name: str, modules: frozenset[str]) -> str:
    """The module that a model names for a call, the nearest one; else the import root."""
    parts = name.split(".")
    heads = (".".join(parts[:size]) for size in range(len(parts) - 1, 0, -1))
    return next((head for head in heads if head in modules), parts[0])


def _spoken_of(home: str, words: Set[str]) -> bool:
    return not home or _parts(home) <= words


@cache
def _parts(home: str) -> frozenset[str]:
    return frozenset(home.split("."))


def _hot(parameters: Mapping[str, str | None]) -> tuple[bool, set[str]]:
    near = False
    far: set[str] = set()
    for position, (name, role) in enumerate(parameters.items()):
        if role is None or role in _COLD:
            continue
        if position < _BY_KEYWORD:
            near = True
        else:
            far.add(name)
    return near, far


def triage_words(catalogue: Catalogue) -> frozenset[str]:
    """The words of which a Python file must have one for its code to be analyzed."""
    models = catalogue.models
    words = {module.rsplit(".", 1)[-1] for module in models.modules}
    words |= {alias.split(".")[0] for alias in models.aliases
              if alias.split(".")[0] != models.aliases[alias].split(".")[0]}  # fmt: skip
    for sink in models.assignments:
        if (
            sink.beside
            or sink.called
            or (sink.announced_by and words.issuperset(sink.announced_by))
        ):
            continue  # a name that needs another word beside or before it is too common
        # The name itself says more than the import of a framework that is everywhere.
        words |= {sink.name} if sink.name.isidentifier() else set(sink.announced_by)
    return frozenset(words)
