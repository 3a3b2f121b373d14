"""Files into which a program or a library's function writes a key, or what it decrypts.

`["openssl", "genrsa", "-out", path]`, `gpg.decrypt_file(source, output=path)`: no value goes
through the code, so that only the order of the words tells what is in the file.
"""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context
from keyaudit.code.provenance.names import bindings_of
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex

_DECRYPTS = regex(r"(?i)(?:^|_)(?:decrypt|unseal|unencrypt|decipher)(?:_|[A-Z]|$)|decrypt_?file")
_OUTPUT = regex(
    r"(?i)\A(?:out|output|outfile|out_?(?:file|path)|output_?(?:file|path|filename)"
    r"|plain_?(?:file|path)|decrypted_?(?:file|path))\Z"
)
# Of the program, and of what it is told to do: all of them stand among the words.
_MAKES: tuple[tuple[str, frozenset[str], frozenset[str]], ...] = (
    ("openssl", frozenset({"genrsa", "genpkey", "gendsa", "rsa", "pkey", "pkcs12", "pkcs8", "-d",
                           "-decrypt", "-genkey"}), frozenset({"-out"})),
    ("openssl", frozenset({"req", "-newkey"}), frozenset({"-keyout"})),
    ("ssh-keygen", frozenset({"-t", "-N"}), frozenset({"-f"})),
    ("gpg", frozenset({"-d", "--decrypt", "--export-secret-keys", "--export-secret-key"}),
     frozenset({"-o", "--output"})),
    ("gpg2", frozenset({"-d", "--decrypt", "--export-secret-keys"}), frozenset({"-o", "--output"})),
    ("age", frozenset({"-d", "--decrypt"}), frozenset({"-o", "--output"})),
    ("age-keygen", frozenset({"-o"}), frozenset({"-o", "--output"})),
    ("sops", frozenset({"-d", "--decrypt"}), frozenset({"--output"})),
    ("ansible-vault", frozenset({"decrypt"}), frozenset({"--output"})),
)  # fmt: skip
# With these the file that is written is encrypted, or has no private half.
_HARMLESS = frozenset(
    {"-pubout", "-nokeys", "-pubin", "-aes256", "-des3", "-aes128", "-aes-256-cbc"}
)
_MOST_WORDS = 40


def secret_outputs(context: Context) -> Iterator[tuple[s.Expr, Scope]]:
    """The paths of such files, each with the scope it is written in."""
    for scope in context.scopes:
        for call in scope.calls:
            yield from ((path, scope) for path in _by_function(call))
            for arg in call.args[:2]:
                for words, home in _lists(arg.value, scope):
                    yield from ((path, home) for path in _by_program(words))


def _by_function(call: s.Call) -> Iterator[s.Expr]:
    """What a function that decrypts is told to write to: `output=path`."""
    if _DECRYPTS.search(last_part(call.func)):
        for arg in call.args:
            if arg.name is not None and _OUTPUT.match(arg.name):
                yield arg.value


def _lists(expr: s.Expr, scope: Scope) -> Iterator[tuple[list[s.Expr], Scope]]:
    """The words of a command, as they stand in the call or in its variable."""
    if isinstance(expr, s.Seq):
        yield expr.items[:_MOST_WORDS], scope
    elif isinstance(expr, s.Name):
        for binding in bindings_of(expr, scope):
            value = binding.assigned
            if isinstance(value, s.Seq):
                yield value.items[:_MOST_WORDS], binding.scope


def _by_program(words: list[s.Expr]) -> Iterator[s.Expr]:
    said = [s.literal_text(word) or "" for word in words]
    if not said or not _HARMLESS.isdisjoint(said):
        return
    program = said[0].rpartition("/")[2]
    for name, acts, options in _MAKES:
        if program != name or acts.isdisjoint(said):
            continue
        for option, path in zip(said, words[1:], strict=False):
            if option in options:
                yield path
