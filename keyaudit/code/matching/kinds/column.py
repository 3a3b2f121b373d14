"""`column`: a column of a database's table that holds a secret as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any

from keyaudit.catalogue.types import Match, Rule
from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context, Hit
from keyaudit.code.matching.declarations.columns import Column, Table, tables_in
from keyaudit.code.provenance.call_targets import class_lineage
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex
from keyaudit.core.rule_patterns import compiled
from keyaudit.core.secret_names import BARE_TOKEN, KEY, SECRET, SECRETS, TOKEN, reading

# The type, a wrapper or a default that says that what is kept is not the secret itself.
_PROTECTED = regex(r"(?i)encrypt|crypt|fernet|vault|cipher|hash|digest|sealed|ForeignKey")
# What is encrypted is to be had back: the key of another service, which was not given out here.
_ANOTHERS = regex(r"(?i)encrypt|fernet|vault|cipher|sealed|ForeignKey")
# The class's own name says what it is one of: `RefreshToken.token`, `ApiKey.key`.
_OF_SECRETS = regex(
    r"(?i)(?:api_?key|access_?key|refresh_?token|access_?token"
    r"|auth(?:entication|orization)?_?(?:token|code|request)"
    r"|oauth\w*token|session_?token|bearer_?token|personal_?token|login_?token|reset_?token|credential"
    r"|[a-z]\w*_?token|secret|ai_?key|api_?token|private_?key|secret_?key|signing_?key|encryption_?key|authcode|grant"
    r"|invit(?:e|ation)|password_?reset(?:_?(?:request|token|link))?|(?:email_?)?verification"
    r"|magic_?link|share_?link|activation"
    r"|(?:activation|reset|verification|confirmation|login|one_?time|magic|otp|mfa|two_?factor)_?(?:password_?)?code)s?"
    r"(?:model|entity|record|row|table|orm|entry|mixin|base|db)?\Z"
)
_BARE = regex(r"(?i)\A(?:token|key|secret|code|value|access_?token|refresh_?token|api_?key)\Z")
# A plain `token` is one of a login where such things stand beside it, and a word, a coin or the
# address of a push message where others do.
_OF_TOKENS = regex(r"(?i)\Atokens?\Z")
_OF_LOGINS = regex(
    r"(?i)passw|e_?mail|\Auser|_user\Z|member|session|login|expir|revoked|owner|account|last_?(?:seen|used|login)|authori[sz]ed"
    r"|host|url|scopes?\Z|refresh|secret|\Achann?el(?:_?(?:id|name))?\Z|chat_?id"
)
_OF_OTHERS = regex(
    r"(?i)price|symbol|supply|contract|lemma|embed|offset|frequenc|push|fcm|apns|device|chain|prompt|cursor|csrf"
    r"|sentence|document_?id|corpus|decimals|invit|unsubscri|confirm"
)
# A plain `code` is a person's, and good for a while, where columns say whose and until when; it is
# none where others say what else has codes.
_CODE = regex(r"(?i)\A(?:code|otp|pin)\Z")
_OF_PERSONS = regex(r"(?i)\A(?:user|member|account|customer|owner)(?:_id)?\Z")
_UNTIL = regex(r"(?i)\Aexpir|_expir|\Avalid_?(?:until|to)\Z")
_OF_THINGS = regex(
    r"(?i)coupon|promo|discount|voucher|gift|price|amount|currenc|country|lang|product|course|referr?al|status|error"
    r"|barcode|sku|invoice|order|licen[cs]e|plan\b|challenge"
)
_HASHES = regex(r"(?i)hash|digest|hmac")
# What the class keeps of it is a hash.
_HASHES_IT = regex(
    r"(?i)(?:hash|digest|sha_?\d|check_password|hmac|crypt)\w*\([^)\n]{0,40}token"
    r"|token[ \t]*=[^\n]{0,80}(?:hash|make_password|crypt|digest|hmac|sha_?\d)"
)
_QUOTED_NAME = regex(r"Column\(\s*[\"'](\w+)[\"']")
# A piece of a file that is a class, with what stands above it.
_IS_CLASS = regex(r"(?:[ \t]*(?:#[^\n]*|@[^\n]*)?\n)*class[ \t]")
# What is kept of a secret so that it can be checked: `key_hash`, `hashed_token`, `secret_digest`.
_HASHED = regex(
    r"(?i)\A(?:(?:hash(?:ed)?|sha_?256|hmac|digest)_(?:of_)?(?P<of>\w+)"
    r"|(?P<stem>\w+?)_?(?:hash(?:ed|value)?|digest|sha_?256|hmac))\Z"
)
# A key of whatever logs in by it, where a hash of it is kept.
_SHOWN = regex(
    r"(?i)\A(?:\w+_)?(?:device|agent|machine|node|worker|enrol?lment|join|integration|app|bot|site|robot|user|partner"
    r"|recovery|sensor|terminal)_?key\Z"
)


# The address at which a service takes messages from whoever has it.
_HOOK = regex(
    r"(?i)\A(?:\w+_)?(?:slack|discord|ms_?teams|teams|mattermost|rocket_?chat|google_?chat|feishu|ding_?talk)"
    r"_?(?:incoming_?)?(?:web_?)?hook(?:_?ur[il])?\Z"
)
# Of a card: nobody may keep it once the payment is made.
_OF_CARD = regex(r"(?i)\A(?:card_?)?(?:cvv2?|cvc2?)(?:_?(?:code|number))?\Z")
# What opens an account once the phone is lost.
_RECOVERY = regex(r"(?i)\A(?:\w+_)?(?:backup|recovery|scratch)_?(?:codes|tokens)\Z")
# What a declaration says that its column is, to those who fill it in.
_LABELLED = regex(
    r"\b(?:verbose_name|label|comment)[ \t]*=[ \t]*(?:\w{1,20}\()?[rfu]?[\"']([\w -]{3,40})[\"']"
    r"|Field\(\s*(?:\w{1,20}\()?[rfu]?[\"']([\w -]{3,40})[\"']"
)


def find(context: Context, rule: Rule, match: Match) -> Iterator[Hit]:
    """The columns whose names call what they hold a secret; of those of a table that has another
    column as `lacks` says, or none as `beside` says, none. With `hashed` those as well that hold a
    hash of one, and the first of each table alone: what is said of it is said of what it gives
    out."""
    asked = match.parameters
    said = compiled(asked["unless-in-file"]) if "unless-in-file" in asked else None
    project = context.project_unless(match)
    for scope in context.scopes:
        tables = context.once(("tables", id(scope)), partial(_tables, scope))
        if not tables or context.silenced(match, scope):
            continue
        for table in tables:
            if not _is_asked_for(context, table, asked):
                continue
            if said is not None and _is_said_of(context, table, said):
                continue
            told = (column for column in table.columns if _is_told(table, column, asked))
            for column in islice(told, 1 if asked.get("hashed", False) else None):
                name = f"{table.name}.{column.name}"
                words = {"name": name, "call": column.called}
                yield Hit(rule, scope, column.place, name, words, unless_project=project)


def _tables(scope: Scope) -> list[Table]:
    return list(tables_in(scope))


def _is_asked_for(context: Context, table: Table, asked: Mapping[str, Any]) -> bool:
    """Whether a match speaks of such a table."""
    if "table" in asked and not compiled(asked["table"]).search(table.name):
        return False
    if "unless-in-class" in asked and compiled(asked["unless-in-class"]).search(table.said):
        return False
    if "in-class" in asked and not compiled(asked["in-class"]).search(table.said):
        return False
    if "lacks" in asked and any(compiled(asked["lacks"]).search(n) for n in _names(context, table)):
        return False
    return "beside" not in asked or any(compiled(asked["beside"]).search(n) for n in _fields(table))


def _is_said_of(context: Context, table: Table, words: re.Pattern[str]) -> bool:
    """Whether the file of a table speaks of something, other than in the class of another table:
    what that asks of its own rows says nothing of these."""
    places = context.once(("said", words.pattern), partial(_places_of, context, words))
    own = table.scope.node.pos if table.scope.node is not None else -1
    return any(start < 0 or start <= own < end for start, end in places)


def _places_of(context: Context, words: re.Pattern[str]) -> list[tuple[int, int]]:
    """The classes of tables in which a file speaks of something, from start to end; (-1, -1) where
    it does elsewhere."""
    text = context.module.text
    found: list[tuple[int, int]] = []
    if not words.search(text):
        return found
    for piece in context.module.pieces:
        said = text[piece.start : piece.end]
        if words.search(said):
            is_table = _IS_CLASS.match(said) and ("olumn(" in said or "Field(" in said)
            found.append((piece.start, piece.end) if is_table else (-1, -1))
    return found or [(-1, -1)]


def _is_told(table: Table, column: Column, asked: Mapping[str, Any]) -> bool:
    """Whether a column of such a table holds what the match speaks of."""
    hashed = asked.get("hashed", False)
    if _held(table, column, hashed=hashed) not in asked["holds"]:
        return False
    if _says(table.scope, column, _ANOTHERS if hashed else _PROTECTED):
        return False
    if "named" in asked and not compiled(asked["named"]).search(column.name):
        return False
    declared = _declaration(table.scope, column)
    return "declared" not in asked or compiled(asked["declared"]).search(declared) is not None


def _names(context: Context, table: Table) -> Iterator[str]:
    """What a table has; of a class, its bases' names too and what those have that are at hand."""
    yield from _fields(table)
    scope = table.scope
    if scope.kind != "class":
        return
    node = scope.node
    for base in node.bases if isinstance(node, s.Class) else ():
        yield last_part(base.value)
    for owner in (scope, *class_lineage(context.resolver, scope)):
        yield from owner.bindings
        yield from owner.bound


def _held(table: Table, column: Column, *, hashed: bool) -> str:
    """What a column holds, by its name and that of its table; with `hashed`, what it holds a hash
    of."""
    name = column.name
    kept = _HASHED.match(name) if hashed else None
    if kept is not None:
        name = kept["of"] or kept["stem"]
    found = reading(name)
    of_secrets = _OF_SECRETS.search(table.name) and (
        _BARE.search(name) or (hashed and name == "hash")
    )
    if of_secrets and not (name == "code" and not hashed and _HASHES.search(table.said)):
        return TOKEN if found in ("", BARE_TOKEN, TOKEN) else found
    if hashed and found == BARE_TOKEN:
        return TOKEN
    if _lets_in(table, column, found) or _confirms(table, name):
        return TOKEN
    if kept is not None and _SHOWN.match(name):
        return KEY
    if column.name.endswith("jwk") and "pub" not in column.name:
        return KEY
    if not hashed and _OF_CARD.match(name):
        return SECRET  # whatever else its name may be read as
    if found in SECRETS and found != BARE_TOKEN:
        return found
    return "" if hashed else _held_by_use(table, column)


def _held_by_use(table: Table, column: Column) -> str:
    """What a column holds whose name alone is none of a secret: by what it is there for, or by what
    its declaration calls it."""
    if _HOOK.match(column.name):
        return SECRET
    if _RECOVERY.match(column.name) and not _HASHES.search(table.said):
        return TOKEN
    if not _BARE.match(column.name):
        return ""
    labelled = _LABELLED.search(_declaration(table.scope, column))
    if labelled is None:
        return ""
    found = reading("_".join((labelled[1] or labelled[2]).split()))
    return found if found in (KEY, SECRET, TOKEN) else ""


def _lets_in(table: Table, column: Column, found: str) -> bool:
    """Whether a plain `token`, or the `key` of a table of tokens, is what somebody shows to be let
    in: what stands beside it is of somebody who may log in."""
    if found != BARE_TOKEN and not (_OF_TOKENS.match(table.name) and _BARE.match(column.name)):
        return False
    if _HASHES_IT.search(table.said):
        return False
    fields = [table.name, *_fields(table)]
    return any(map(_OF_LOGINS.search, fields)) and not any(map(_OF_OTHERS.search, fields))


def _confirms(table: Table, name: str) -> bool:
    """Whether a plain `code` is one that somebody is sent, to confirm or to be let in by it."""
    if not _CODE.match(name) or _HASHES.search(table.said):
        return False
    fields = list(_fields(table))
    if any(map(_OF_THINGS.search, (table.name, *fields))):
        return False
    return any(map(_OF_PERSONS.match, fields)) and any(map(_UNTIL.search, fields))


def _fields(table: Table) -> Iterator[str]:
    """The columns of a table by name, those that are no texts too."""
    if table.scope.kind != "class":
        yield from _QUOTED_NAME.findall(table.said)
        return
    yield from (column.name for column in table.columns)
    for name, bindings in table.scope.bindings.items():
        if any(binding.kind == "value" for binding in bindings):
            yield name


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
