"""The context of a match: one file, its sinks, and questions about its values."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter
from typing import Any, TypeVar

from keyaudit.catalogue.types import Match, Policy, Rule
from keyaudit.code.matching import account_states, several_keys
from keyaudit.code.matching.modelled_calls import Use
from keyaudit.code.matching.sinks import Sink
from keyaudit.code.provenance.call_targets import callees
from keyaudit.code.provenance.model_index import SECRET
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.selection import login_checks, password_lengths, token_ends
from keyaudit.code.selection.call_kinds import KindIndex
from keyaudit.code.semantics.scopes import Module, Scope
from keyaudit.code.syntax import Attr, Call, Name, last_part
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import BARE_TOKEN, CODE, KEY, PASSWORD, SECRETS, TOKEN, WHOLE

_T = TypeVar("_T")
_MADE_ANEW = frozenset({"fast-hash", "derived-key", "strong-random", "shared-secret"})
# Fetched from where a function's parameters say: `read(path)` gives a key here and a report there.
_FETCHED = frozenset({"file", "environment", "database", "network", "user-input"})

# What is opened, or looked for on the disk; the last part of its name.
_SENT_ALONG = regex(r"(?i)(?:^|_|v)(?:salt|nonce|iv)$")
_OPENS = regex(
    r"\b(?:open|Path|expanduser|exists|isfile|abspath|realpath|from_private_key_file"
    r"|load_cert_chain|add_file|read_file|key_filename=|keyfile=|ssh_keyfile=)\(?(?:[\w.]+\.)?(\w+)"
)
# A file that speaks of these takes texts apart, or trades in coins.
_TOKENS_OF_TEXTS = frozenset({
    "tokenize", "tokenizer", "Tokenizer", "tokenizers", "tokenization", "detokenize", "TokenType",
    "lexer", "Lexer", "lextoken", "next_token", "parse_token", "token_stream", "tokens_left",
    "max_tokens", "num_tokens", "n_tokens", "total_tokens", "token_ids", "push_token", "nltk",
    "spacy", "pygments", "lark", "antlr4", "pyparsing", "ply", "ERC20", "erc20", "trading_pair",
    "trading_pairs", "gas_price", "base_token", "quote_token",
})  # fmt: skip

# Of these a server that hands out tokens speaks as well.
_ALSO_OF_LOGINS = frozenset({"TokenType"})
_LOGS_IN = frozenset({
    "access_token", "refresh_token", "reset_token", "jwt", "Authorization", "user_id", "Redis",
    "redis_client", "revoked", "expires_at",
})  # fmt: skip

# What a parser says of one.
_SAID_BY_PARSERS = regex(r"(?i)unexpected token")

# Tokens of a file that counts them are numbers of requests or connections.
_COUNTED = regex(
    r"\bincrement_token\(|\btoken[ \t]*\+=?[ \t]*1\b|u?int(?:8|16|32|64)\([^()\n]{0,20}\btoken\b"
)

# What an owner calls public. A point of a curve may go through a variable that a private key does.
_PUBLIC = regex(r"(?i)(?:^|_)pub(?:lic)?(?:_|key|$)")

# Which value, which of its items, and whether only a stretch of it.
Part = tuple[int, frozenset[str], bool]


def part_of(origin: Origin) -> Part:
    """The part of a value that an origin stands for, as a text: one file may hold a key and a name.

    A function that hashes or derives what it is given makes another value in every call, and so
    does one that fetches what it is told to.
    """
    items = frozenset(label for label in origin.via if label.startswith("["))
    made = id(origin.node)
    home = origin.node.scope if isinstance(origin.node, Call) else None
    if (
        home is not None
        and home.kind == "function"
        and (origin.kind in _MADE_ANEW or (origin.kind in _FETCHED and _is_told(home)))
    ):
        text = f"returned by `{home.name}()`"
        made = hash((made, *(step.pos for step in origin.trace if step.text == text)))
    return (made, items, "slice" in origin.via)


def _is_told(function: Scope) -> bool:
    """Whether a function's parameters may tell it what to fetch."""
    names = [param.name for param in function.params]
    return bool(names[1:] if function.owner is not None else names)


@dataclass(slots=True)
class Hit:
    """A violation before it becomes a finding. `place` is (pos, end) in `scope`'s module.

    `unless_project` and `unless_function` are kinds of call: silent where the tree, or the function
    the place is in, has one; `needs_project` are kinds of which the tree must have one. `by_name`:
    the place plays its role by the name it has, and not in a modelled call; `holder` is then the
    object whose attribute it is, as it is written. `composed`: it is put into a text there, which a
    modelled call may be given. `others` are those of the other values that break the rule at the
    same place. `about`: where the call stands that removes or copies a file, whichever of its parts
    `place` is.
    """

    rule: Rule
    scope: Scope
    place: tuple[int, int]
    subject: str
    words: dict[str, Any] = field(default_factory=dict)
    origin: Origin | None = None
    last_step: str = ""
    unless_project: frozenset[str] = frozenset()
    needs_project: frozenset[str] = frozenset()
    unless_function: frozenset[str] = frozenset()
    by_name: bool = False
    composed: bool = False
    others: tuple[Hit, ...] = ()
    holder: str = ""
    about: int = -1


def is_sent_along(origin: Origin) -> bool:
    """Whether a value is a salt or nonce, by a name it had: put into one text with a key or a
    ciphertext, or kept as a part of what a password is checked by, it still is no secret."""
    return any(map(_SENT_ALONG.search, (*origin.names, origin.source.rpartition(".")[2])))


@dataclass(slots=True)
class Context:
    """One file under analysis. `secrets` are the values that are used as keys."""

    module: Module
    resolver: Resolver
    policy: Policy
    kinds: KindIndex
    uses: list[Use] = field(default_factory=list)
    sinks: list[Sink] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)
    secrets: set[Part] = field(default_factory=set)
    _kinds: dict[tuple[int, int], frozenset[str]] = field(default_factory=dict)
    # What is asked from everywhere in a file is answered once, for as long as no more is read.
    _known: dict[object, Any] = field(default_factory=dict)

    def once(self, about: tuple[object, ...], make: Callable[[], _T]) -> _T:
        """The result of `make`, computed once for these ids and words and for the pieces read so
        far."""
        key = (*about, len(self.uses), len(self.scopes))
        if key not in self._known:
            self._known[key] = make()
        made: _T = self._known[key]
        return made

    def uses_of(self, scope: Scope) -> list[Use]:
        """The uses that stand directly in a scope."""
        return self.once(("uses",), self._uses_by_scope).get(id(scope), [])

    def _uses_by_scope(self) -> dict[int, list[Use]]:
        found: dict[int, list[Use]] = {}
        for use in self.uses:
            found.setdefault(id(use.scope), []).append(use)
        return found

    def uses_with(self, role: str) -> list[Use]:
        """The uses whose model has a parameter, default or constant of the role."""
        return self.once(("roles",), self._uses_by_role).get(role, [])

    def _uses_by_role(self) -> dict[str | None, list[Use]]:
        found: dict[str | None, list[Use]] = {}
        for use in self.uses:
            for role in use.roles():
                found.setdefault(role, []).append(use)
        return found

    def roles(self) -> frozenset[str | None]:
        """The roles that a value may play in the file."""
        return self.once(("all roles",), self._all_roles)

    def _all_roles(self) -> frozenset[str | None]:
        by_use = self.once(("roles",), self._uses_by_role)
        return frozenset((*by_use, *self.once(("sinks",), self._sinks_by_role)))

    def sinks_of(self, roles: Collection[str]) -> list[Sink]:
        """The sinks of some roles, in the order they were found."""
        by_role = self.once(("sinks",), self._sinks_by_role)
        found = [one for role in roles for one in by_role.get(role, ())]
        return [sink for _, sink in sorted(found, key=itemgetter(0))]

    def _sinks_by_role(self) -> dict[str, list[tuple[int, Sink]]]:
        found: dict[str, list[tuple[int, Sink]]] = {}
        for number, sink in enumerate(self.sinks):
            found.setdefault(sink.role, []).append((number, sink))
        return found

    def silenced(self, match: Match, scope: Scope) -> bool:
        """Whether the match's `unless` finds its call in the function or the file, or `with` does
        not find it."""
        unless = match.parameters.get("unless", {})
        in_function = frozenset(unless.get("function", ()))
        if in_function and in_function & self.kinds_in(scope):
            return True
        in_file = frozenset(unless.get("file", ()))
        if in_file and in_file & self.kinds_of_file():
            return True
        asked = match.parameters.get("with", {})
        if "function" in asked and not self.kinds_in(scope).intersection(asked["function"]):
            return True
        return "file" in asked and not self.kinds_of_file().intersection(asked["file"])

    def kinds_of_file(self) -> frozenset[str]:
        """Kinds of the calls of the file, by its models and by telling names."""
        return self.once(("kinds",), self._kinds_of_file)

    def _kinds_of_file(self) -> frozenset[str]:
        modelled = {kind for use in self.uses for kind in use.model.kinds}
        modelled.update(several_keys.kinds_of(self.module.words.all, self.uses))
        modelled.update(account_states.kinds_of(self.module.text))
        modelled.update(token_ends.kinds_of(self.module.text))
        modelled.update(login_checks.kinds_of(self.module.text))
        modelled.update(password_lengths.kinds_of(self.module.text))
        if self._hashes_password():
            modelled.add("fast-password-hash")
        return self.kinds.of_words(self.module) | modelled

    def _hashes_password(self) -> bool:
        """Whether a fast hash is taken of a password: what is stored is that, and no password."""
        return any(
            origin.kind == "password" or origin.called == PASSWORD
            for sink in self.sinks
            if sink.role == "hashed"
            for origin in self.resolver.origins(sink.value, sink.scope, None)
        )

    def project_unless(self, match: Match) -> frozenset[str]:
        """The kinds of call that, anywhere in the tree, silence the match."""
        return frozenset(match.parameters.get("unless", {}).get("project", ()))

    def project_needs(self, match: Match) -> frozenset[str]:
        """The kinds of call of which the tree must have one for the match to count."""
        return frozenset(match.parameters.get("with", {}).get("project", ()))

    def kinds_in(self, scope: Scope) -> frozenset[str]:
        """Kinds of the calls of a function, looked for in the functions it calls as well."""
        if scope.kind == "module" and scope.module is self.module:
            return self.once(("kinds", id(self.module)), self._kinds_of_script)
        return self.once(("kinds", id(scope)), partial(self._kinds_of, [scope, *scope.children]))

    def _kinds_of_script(self) -> frozenset[str]:
        """A script's top level is one function."""
        tops = [known for known in self.scopes if known.kind == "module"]
        return self._kinds_of([inner for top in tops for inner in (top, *top.children)])

    def _kinds_of(self, scopes: list[Scope]) -> frozenset[str]:
        found: set[str] = set()
        for inner in scopes:
            for call in inner.calls:
                found |= self.kinds_of(call, inner)
        return frozenset(found)

    def kinds_of(self, call: Call, scope: Scope, depth: int = 0) -> frozenset[str]:
        """The kinds of a call: its model's, or those of the calls in the function it calls."""
        known = self._kinds.get((id(call), depth))
        if known is not None:
            return known
        found: set[str] = set(self.kinds.of_call(call))
        for callee in callees(self.resolver, call, scope, None):
            if callee.model is not None:
                found |= callee.model.kinds
            elif callee.function is not None and depth < 2:
                for inner in callee.function.calls:
                    found |= self.kinds_of(inner, callee.function, depth + 1)
        kinds = self._kinds[(id(call), depth)] = frozenset(found)
        return kinds

    def is_secret(self, origin: Origin) -> bool:
        """Whether a value is known to be secret (see docs/writing-rules.md, `flow`)."""
        return origin.kind in SECRET or self.is_used_as_key(origin)

    def is_called(self, origin: Origin, kind: str) -> bool:
        """Whether the names of a value call it a secret of the kind that a rule asks for
        (`called-…`)."""
        if origin.called == WHOLE:
            return kind == "holds-secrets"
        if not kind.startswith("called-") or origin.called not in SECRETS:
            return False
        if origin.called == BARE_TOKEN and self.has_tokens_of_texts():
            return False
        if origin.called in (TOKEN, BARE_TOKEN) and self.has_counted_tokens():
            return False
        if origin.called == KEY and self._is_path(origin):
            return False
        if origin.kind == "strong-random" and is_sent_along(origin):
            return False
        if origin.kind == "derived-key" and "join" in origin.via:
            return False  # with its salt, it is what a password is checked by
        if origin.called == CODE:
            return kind == "called-code"
        of_kind = TOKEN if origin.called == BARE_TOKEN else origin.called
        return kind == "called-secret" or kind == f"called-{of_kind}"

    def _is_path(self, origin: Origin) -> bool:
        """Whether a value by the name of a key is only where the key is: the file opens it, or asks
        the disk about it."""
        names = set(origin.names)
        if isinstance(origin.node, Attr | Name):
            names.add(last_part(origin.node))
        opened: frozenset[str] = self.once(("opened",), self._opened)
        return not opened.isdisjoint(names)

    def _opened(self) -> frozenset[str]:
        return frozenset(_OPENS.findall(self.module.text))

    def has_tokens_of_texts(self) -> bool:
        """Whether a `token` of the file is a word of a text or a coin, and no secret."""
        return self.once(("bare tokens",), self._has_words_of_texts)

    def has_counted_tokens(self) -> bool:
        """Whether the tokens of the file are numbers, one after the other."""
        text = self.module.text
        return self.once(("counted tokens",), lambda: _COUNTED.search(text) is not None)

    def _has_words_of_texts(self) -> bool:
        words = self.module.words.all
        of_texts = words & _TOKENS_OF_TEXTS
        if of_texts - _ALSO_OF_LOGINS or (of_texts and words.isdisjoint(_LOGS_IN)):
            return True
        return _SAID_BY_PARSERS.search(self.module.text) is not None

    def is_used_as_key(self, origin: Origin) -> bool:
        """Whether the value, or a part of it, elsewhere in the file plays the role of a key."""
        if any(map(_PUBLIC.search, origin.names)):
            return False
        node, items, cut = part_of(origin)
        if (node, items, False) in self.secrets:
            return True
        return not cut and (node, items, True) in self.secrets
