"""What an object shows of itself: as a text (`__repr__`), and as the record that a server answers
with."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations.declaration import entries
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex

# A class of secrets by its name, and what holds the secret in it.
_OF_SECRETS = regex(
    r"(?i)(?:api_?keys?|access_?keys?|secret_?keys?|private_?keys?|(?:refresh|access|auth|api|bearer|oauth\w*)_?tokens?"
    r"|credentials?)(?:model|entity|record|row|orm|db)?\Z"
)
_BARE = regex(r"key|token|value|secret")
# What makes a text of what it is given, as it is.
_MAKES_TEXT = frozenset({"str", "repr", "unicode", "smart_str", "smart_text", "force_str",
                         "force_text", "format"})  # fmt: skip
_MAX_NESTING = 6
# Methods that give an object as a record, and classes of which that is kept or sent, and not shown.
_AS_RECORD = frozenset({"to_dict", "as_dict", "to_json", "as_json", "serialize", "serialized",
                        "to_api", "to_response", "json"})  # fmt: skip
_AS_STATE = frozenset({"dump", "dumps", "dump_state", "get_state", "export_state", "save_state",
                       "export"})  # fmt: skip
_KEPT = regex(
    r"(?i)config|setting|client|request|payload|param|connection|option|message|command|session|store"
    r"|cache|state|context|backend|provider|driver|event|task|job|spec|input|argument"
)
_READ_BACK = regex(r"\bdef (?:from_dict|from_json|deserialize|load|from_config)\(")
_COLUMNS = regex(r"(?:Column|Field|mapped_column|relationship)\Z")
_MODELS = regex(r"(?:\A|\.)(?:\w*Model|Base|Document|Entity|db\.Model)\Z")
_SERVERS = frozenset({"flask", "fastapi", "bottle", "sanic", "quart", "falcon"})


def shown_keys(value: s.Expr, scope: Scope) -> list[s.Expr]:
    """The secrets in what a method returns as the text of an object whose class says that it is
    one: `self.key` of an `ApiKey`. A part of it, or what a function makes of it, is none."""
    if scope.owner is None or not _OF_SECRETS.search(scope.owner.name):
        return []
    return [part for part in _parts(value) if _is_own_secret(part)]


def _is_own_secret(part: s.Expr) -> bool:
    own = isinstance(part, s.Attr) and isinstance(part.value, s.Name) and part.value.id == "self"
    return own and _BARE.fullmatch(last_part(part)) is not None


def _parts(value: s.Expr, depth: int = 0) -> Iterator[s.Expr]:
    """What stands in a text as it is."""
    yield value
    inner: list[s.Expr] = []
    if isinstance(value, s.Text | s.Seq) or (isinstance(value, s.BinOp) and value.op in "+%"):
        inner = list(s.children(value))
    elif isinstance(value, s.IfExp):
        inner = [value.body, value.orelse]
    elif isinstance(value, s.Call) and last_part(value.func) in _MAKES_TEXT:
        inner = [arg.value for arg in value.args]
    for part in inner if depth < _MAX_NESTING else ():
        yield from _parts(part, depth + 1)


def answered(scope: Scope) -> Iterator[tuple[s.Expr, str]]:
    """What a method that gives a row of a table as a record puts into it, with what the class calls
    it where that is more than its own name says."""
    if scope.owner is None or scope.name not in _AS_RECORD or not _is_row(scope):
        return
    of_secrets = _OF_SECRETS.search(scope.owner.name) is not None
    for value in scope.returns:
        for _, given, _ in entries(value):
            if of_secrets and _is_own_secret(given):
                yield given, "secret_key"
            elif isinstance(given, s.Attr):
                yield given, ""


def dumped(scope: Scope) -> Iterator[s.Expr]:
    """The attributes that a method puts into the state that it gives of its object, for others to
    keep: `def dump(self): return {"refresh_token": self.refresh_token}`."""
    if scope.owner is None or scope.name not in _AS_STATE:
        return
    for value in scope.returns:
        for _, given, _ in entries(value):
            if isinstance(given, s.Attr) and isinstance(given.value, s.Name | s.Attr):
                yield given


def _is_row(method: Scope) -> bool:
    """Whether a method is of a class of rows that a web server gives to whoever asks for them."""
    owner = method.owner
    assert owner is not None
    node = owner.node
    if not isinstance(node, s.Class) or _KEPT.search(owner.name):
        return False
    text = owner.module.text
    for base in node.bases:
        if _MODELS.search(text[base.value.pos : base.value.end]):
            return True
    for bindings in owner.bindings.values():
        for binding in bindings:
            if isinstance(binding.value, s.Call) and _COLUMNS.search(last_part(binding.value.func)):
                return True
    if _OF_SECRETS.search(owner.name) is None:
        return False
    if owner.module.words.all.isdisjoint(_SERVERS) and not method.name.startswith("serialize"):
        return False
    return _READ_BACK.search(text, node.pos) is None
