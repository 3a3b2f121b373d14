"""`column`: a column of a database's table that holds a secret as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from keyaudit.catalogue.types import Match, Rule
from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context, Hit
from keyaudit.code.matching.surroundings import source_of
from keyaudit.code.provenance.call_targets import class_lineage
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.secret_names import BARE_TOKEN, KEY, SECRETS, TOKEN, reading

# What declares a column whose type is one of its arguments, and one that says it itself.
_COLUMNS = frozenset({"Column", "mapped_column", "MappedColumn"})
_FIELDS = re.compile(r"(?:Char|Text|Binary|String|Blob|Fixed(?:Char)?)Field\Z")
_TYPES = frozenset({"String", "Text", "Unicode", "UnicodeText", "LargeBinary", "VARCHAR", "CHAR",
                    "TEXT", "BLOB", "BINARY", "VARBINARY", "BYTEA", "NVARCHAR", "CLOB", "LONGTEXT",
                    "MEDIUMTEXT", "TINYTEXT", "BigText"})  # fmt: skip
# A field of a form, of a serializer or of an answer is none of a table.
_OF_TABLES = re.compile(r"(?:\A|\.)(?:models|peewee|orm|odm|mongoengine|me|db|pw)\Z")
# Those of frameworks whose fields stand in a module that others call the same.
_OF_TORTOISE = re.compile(r"(?:\A|\.)fields\Z")
_OF_PONY = frozenset({"Required", "Optional"})
_ANNOTATED = re.compile(r":[ \t]*(?:Optional\[|Union\[)?[ \t]*[\"']?(?:str|bytes)\b(?!\w)")
_TABLES = frozenset({"django.db.models", "peewee", "mongoengine"})
# The type, a wrapper or a default that says that what is kept is not the secret itself.
_PROTECTED = re.compile(r"(?i)encrypt|crypt|fernet|vault|cipher|hash|digest|sealed|ForeignKey")
# What is encrypted is to be had back: the key of another service, which was not given out here.
_ANOTHERS = re.compile(r"(?i)encrypt|fernet|vault|cipher|sealed|ForeignKey")
# The class's own name says what it is one of: `RefreshToken.token`, `ApiKey.key`.
_OF_SECRETS = re.compile(
    r"(?i)(?:api_?key|access_?key|refresh_?token|access_?token|auth(?:entication|orization)?_?(?:token|code)"
    r"|oauth\w*token|session_?token|bearer_?token|personal_?token|login_?token|reset_?token|credential"
    r"|[a-z]\w*_?token|secret|ai_?key|api_?token|private_?key|secret_?key|signing_?key|encryption_?key|authcode|grant"
    r"|invit(?:e|ation)|password_?reset(?:_?(?:request|token|link))?|(?:email_?)?verification"
    r"|magic_?link|share_?link|activation)s?"
    r"(?:model|entity|record|row|table|orm|entry|mixin|base|db)?\Z"
)
_BARE = re.compile(r"(?i)\A(?:token|key|secret|code|value|access_?token|refresh_?token|api_?key)\Z")
# What is kept of a secret so that it can be checked: `key_hash`, `hashed_token`, `secret_digest`.
_HASHED = re.compile(
    r"(?i)\A(?:(?:hash(?:ed)?|sha_?256|hmac|digest)_(?:of_)?(?P<of>\w+)"
    r"|(?P<stem>\w+?)_?(?:hash(?:ed|value)?|digest|sha_?256|hmac))\Z"
)
# A key of whatever logs in by it, where a hash of it is kept.
_SHOWN = re.compile(
    r"(?i)\A(?:\w+_)?(?:device|agent|machine|node|worker|enrol?lment|join|integration|app|bot|site|robot|user|partner"
    r"|recovery|sensor|terminal)_?key\Z"
)


class Column(NamedTuple):
    """A column: its name, what declares it (a call, or the whole of an annotated field), and where
    its name stands."""

    name: str
    declared: s.Expr
    place: tuple[int, int]

    @property
    def called(self) -> str:
        """What the declaration calls; the column's own name where it is only annotated."""
        return last_part(self.declared.func) if isinstance(self.declared, s.Call) else self.name


def find(context: Context, rule: Rule, match: Match) -> Iterator[Hit]:
    """The columns whose names call what they hold a secret; of those of a table that has another
    column as `lacks` says, none. With `hashed` those as well that hold a hash of one, and the first
    of each table alone: what is said of it is said of what it gives out."""
    parameters = match.parameters
    hashed = parameters.get("hashed", False)
    lacks = re.compile(parameters["lacks"]) if "lacks" in parameters else None
    kinds = frozenset(parameters["holds"])
    owner = re.compile(parameters["table"]) if "table" in parameters else None
    unless = re.compile(parameters["unless-in-class"]) if "unless-in-class" in parameters else None
    named = re.compile(parameters["named"]) if "named" in parameters else None
    declared = re.compile(parameters["declared"]) if "declared" in parameters else None
    if "unless-in-file" in parameters and re.search(
        parameters["unless-in-file"], context.module.text
    ):
        return
    project = context.project_unless(match)
    for scope in context.scopes:
        if scope.kind != "class" or (owner is not None and not owner.search(scope.name)):
            continue
        if context.silenced(match, scope):
            continue
        columns = list(columns_of(scope))
        if lacks is not None and columns and any(map(lacks.search, _names(context, scope))):
            continue
        for column in columns:
            held = _held(scope, column, hashed=hashed)
            spared = _ANOTHERS if hashed else _PROTECTED
            if held not in kinds or _says(scope, column, spared):
                continue
            if named is not None and not named.search(column.name):
                continue
            if unless is not None and unless.search(_text_of(scope)):
                continue
            if declared is not None and not declared.search(_declaration(scope, column)):
                continue
            words = {"name": f"{scope.name}.{column.name}", "call": column.called}
            yield Hit(rule, scope, column.place, f"{scope.name}.{column.name}", words,
                      unless_project=project)  # fmt: skip
            if hashed:
                break


def columns_of(scope: Scope) -> Iterator[Column]:
    """The columns of text or bytes that a class declares."""
    for name, bindings in scope.bindings.items():
        for binding in bindings:
            call = binding.value if binding.kind == "value" else None
            if isinstance(call, s.Call) and name.isidentifier() and _is_column(call, scope):
                yield Column(name, call, (binding.pos, binding.end))
    yield from _annotated_columns(scope)


def _annotated_columns(scope: Scope) -> Iterator[Column]:
    """The columns that a class of SQLModel's declares by annotations: it says `table=True`."""
    node = scope.node
    bases = node.bases if isinstance(node, s.Class) else ()
    if not any(base.name == "table" for base in bases):
        return
    text = scope.module.text
    for binding in scope.bindings.get("__init__", ()):
        made = binding.definition
        for param in made.params[1:] if made is not None else ():
            line_end = text.find("\n", param.end)
            line = text[param.end : line_end if line_end >= 0 else len(text)]
            if _ANNOTATED.match(line):
                declared = s.Expr(param.pos, param.end + len(line))
                yield Column(param.name, declared, (param.pos, param.end))


def _names(context: Context, scope: Scope) -> Iterator[str]:
    """What a class has, its bases' names and what those have that are at hand."""
    node = scope.node
    for base in node.bases if isinstance(node, s.Class) else ():
        yield last_part(base.value)
    for owner in (scope, *class_lineage(context.resolver, scope)):
        yield from owner.bindings
        yield from owner.bound


def _is_column(call: s.Call, scope: Scope) -> bool:
    word = last_part(call.func)
    if word in _COLUMNS:
        return any(_is_text(arg.value) for arg in call.args) or not _has_type(call)
    if word in _OF_PONY and "pony" in scope.module.words.all:
        return bool(call.args) and last_part(call.args[0].value) in ("str", "bytes", "LongStr")
    if not _FIELDS.search(word):
        return False
    if isinstance(call.func, s.Attr):
        text = scope.module.text[call.func.value.pos : call.func.value.end]
        if "tortoise" in scope.module.words.all and _OF_TORTOISE.search(text):
            return True
        return _OF_TABLES.search(text) is not None
    return any(
        binding.target.rpartition(".")[0] in _TABLES
        for binding in scope.module.globals(word)
        if binding.kind == "import"
    )


def _is_text(expr: s.Expr) -> bool:
    return last_part(expr.func if isinstance(expr, s.Call) else expr) in _TYPES


def _has_type(call: s.Call) -> bool:
    """Whether a column says its type, which an annotation may say as well (`Mapped[str]`)."""
    return any(arg.name is None and not arg.star for arg in call.args)


def _held(scope: Scope, column: Column, *, hashed: bool) -> str:
    """What a column holds, by its name and that of its table; with `hashed`, what it holds a hash
    of."""
    name = column.name
    kept = _HASHED.match(name) if hashed else None
    if kept is not None:
        name = kept["of"] or kept["stem"]
    found = reading(name)
    if _OF_SECRETS.search(scope.name) and (_BARE.search(name) or (hashed and name == "hash")):
        return TOKEN if found in ("", BARE_TOKEN, TOKEN) else found
    if hashed and found == BARE_TOKEN:
        return TOKEN
    if kept is not None and _SHOWN.match(name):
        return KEY
    if column.name.endswith("jwk") and "pub" not in column.name:
        return KEY
    return found if found in SECRETS and found != BARE_TOKEN else ""


def _declaration(scope: Scope, column: Column) -> str:
    return scope.module.text[column.declared.pos : column.declared.end]


def _says(scope: Scope, column: Column, words: re.Pattern[str]) -> bool:
    """Whether the column's own declaration says that it is encrypted, hashed or another's key."""
    text = scope.module.text
    if words.search(_declaration(scope, column)):
        return True
    line = text.rfind("\n", 0, column.place[0])
    above = text[text.rfind("\n", 0, max(line, 0)) + 1 : max(line, 0)].strip()
    if above.startswith("#") and words.search(above):
        return True
    line_end = text.find("\n", column.declared.end)
    return bool(words.search(text[column.declared.end : line_end if line_end >= 0 else None]))


def _text_of(scope: Scope) -> str:
    node = scope.node
    text = scope.module.text
    if not isinstance(node, s.Class) or not node.body:
        return ""
    # A method's own place ends with its first line.
    ends = [node.end]
    for inner in scope.children:
        if inner.node is not None:
            ends.append(max(inner.node.end, inner.node.pos + len(source_of(inner))))
    return text[node.pos : max(ends)]
