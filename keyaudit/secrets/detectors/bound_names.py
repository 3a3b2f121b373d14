"""The names that a literal is bound to, compared with, or a default for, in any language.

`db_password: str = "…"`, `private val pw: String = "…"`, `os.environ.get("DB_PW", "…")`, `user,
password = "app", "…"`, `if password in ("", "…")`: the search goes from the literal outward, from
bracket to bracket, through calls that return their argument, to what stands left of the last
operator.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from keyaudit.core.patterns import regex
from keyaudit.secrets.judgement.names import strictness
from keyaudit.secrets.values.expressions import Kind, Token, TokenizedLine
from keyaudit.secrets.values.markup import attribute_names

_BINDS = frozenset({"=", ":", "=>", ":=", "==", "===", "!=", "!=="})
_CHOICES = frozenset({"or", "||", "??", "?", "else"})
# Where a condition or a statement begins: what stands before it is about something else.
_BORDERS = frozenset({
    "and", "or", "&&", "||", "??", "?", "if", "elif", "while", "return", "assert", "not",
    "when", "unless", "then",
})  # fmt: skip
_NO_CALLEES = _BORDERS | frozenset({
    "in", "is", "case", "else", "print", "yield", "await", "match", "for", "from", "import",
    "elsif", "new", "not", "switch",
})  # fmt: skip
# Calls that give the value that they are given, or something with it in it, by their last word.
_HANDS_ON = frozenset({
    "str", "string", "text", "bytes", "bytearray", "char", "encode", "decode", "fromhex",
    "unhexlify", "b64decode", "urlsafe_b64decode", "standard_b64decode", "b64encode", "atob",
    "btoa", "secretstr", "secretbytes", "secret", "securestring", "sensitive", "nonsensitive",
    "protectedstring", "field", "ib", "attrib", "from", "of", "some", "ok", "just", "optional",
    "ofnullable", "orelse", "unwrap_or", "getenv", "get", "env", "fetch", "getordefault",
    "getproperty", "config", "option", "default", "setdefault", "coalesce", "ifnull", "nvl",
    "pop", "value", "lazy", "list", "tuple", "set", "frozenset", "aslist", "listof", "arrayof",
    "setof", "array", "vec!", "into", "cow", "to_owned", "to_string", "tostring", "tochararray",
    "getbytes", "utf8", "freeze", "final", "literal", "variable", "parameter", "default_value",
    "getstring", "string.from", "charfield", "textfield", "textinput", "buffer", "uint8array",
    "textencoder", "mustparse", "ptr", "pointer",
})  # fmt: skip
# Names of arguments that say nothing of the value but that there is one.
_NEUTRAL = frozenset({
    "default", "value", "initial", "fallback", "default_value", "defaultvalue",
    "default_factory", "lambda", "example", "v", "val",
})  # fmt: skip
_SETTERS = ("set", "with", "using", "add", ".")
_COMPARES = frozenset({
    "equals", "equalsignorecase", "compareto", "eq", "is", "tobe", "toequal",
    "constanttimeequals",
})  # fmt: skip
# Where a password stands among the arguments of known calls (from 0), by their last word.
_POSITIONS = {
    "pdo": 2, "mysqli": 2, "mysqli_connect": 2, "mysql_connect": 2, "getconnection": 2,
    "httpbasicauth": 1, "httpdigestauth": 1, "basicauth": 1, "basic_auth": 1, "setbasicauth": 1,
    "networkcredential": 1, "usernamepasswordcredentials": 1, "passwordauthentication": 1,
    "usernamepasswordauthenticationtoken": 1, "login": 1, "oci_connect": 1, "plaincredentials":
    1, "pscredential": 1, "ldap_bind": 2, "simple_bind_s": 1, "imap_open": 2, "ftp_login": 2,
}  # fmt: skip
# What a pair of user and password is called.
_PAIRS = frozenset({
    "auth", "basic_auth", "basicauth", "http_auth", "httpauth", "credentials", "creds", "login",
    "authentication", "proxy_auth",
})  # fmt: skip
# A text that is a name: the key of an item, a column, a heading.
_KEY = regex(r"[\w .@/-]{1,80}")
_DEEPEST = 6
_MOST = 60  # tokens left of a literal, in one argument
_MOST_BETWEEN = 4  # words between an operator and its literal: types, `await`, `new` and the like
PASSWORD = "password"  # noqa: S105  the name of what a position or a pair makes a password


def names_of(line: TokenizedLine, place: int) -> Iterator[str]:
    """The names for the literal at a token's index (`place`) of a line, the nearest first.

    All of them are to be judged: the names of most literals call them no secret, or say nothing.
    """
    tokens = line.tokens
    for _ in range(_DEEPEST):
        begin = max(line.begin[place], place - _MOST)
        opener = line.opener[place]
        callee = _callee(line, opener) if opener >= 0 else ""
        bind = _last_bind(line, begin, place)
        if bind is not None:
            attribute = attribute_names(line, begin, bind)
            if attribute is not None:
                yield from attribute
                return
            between = tokens[bind + 1 : place]
            chosen = any(t.text in _CHOICES for t in between)
            if not chosen and sum(t.kind is Kind.WORD for t in between) > _MOST_BETWEEN:
                return  # a command line, of which `--mode=fast` is one word
            left = list(_left(line, begin, bind))
            yield from left
            if chosen:
                yield from _chosen_from(between)
            if not left or left[0].lower() not in _NEUTRAL:
                return
        else:
            if place > begin and tokens[place - 1].kind is Kind.WORD:
                yield tokens[place - 1].text
            yield from (t.text for t in tokens[begin:place] if t.text.startswith("--"))
            yield from _option_before(line, place)
            yield from _sibling(line, begin, place)
            index = _index(line, begin, opener)
            if callee and _POSITIONS.get(_last_word(callee)) == index:
                yield PASSWORD
            if opener < 0 or tokens[opener].text != "(" or not callee:
                yield from _of_tuple(line, place, index)
        if opener < 0:
            return
        function = "" if callee else _function_inside(line, opener)
        if function and function.lower() not in _HANDS_ON:
            return
        if callee:
            word = _last_word(callee)
            if callee.startswith(_SETTERS) or word.startswith(_SETTERS):
                # `set_password("john", password)`: what it is set to stands after.
                if not _is_followed_by_secret(line, opener, place):
                    yield _without_setter(callee)
            elif word in _COMPARES:
                yield callee.rpartition(".")[0]
            if word not in _HANDS_ON:
                return
        elif tokens[opener].text == "[" and _is_subscript(line, opener):
            return
        elif opener > 0 and tokens[opener - 1].text in ("in", "IN"):
            yield from _left(line, max(line.begin[opener], opener - _MOST), opener - 1)
            return
        # What is called is no name of what it is given: `sha1(password.encode("utf-16-be"))`.
        place = opener - 1 if callee and tokens[opener - 1].text == callee else opener


def _is_followed_by_secret(line: TokenizedLine, opener: int, place: int) -> bool:
    """Whether a later argument of the same call is called a secret by its name."""
    return any(
        line.opener[at] == opener and token.kind is Kind.WORD and strictness(token.text) is not None
        for at, token in enumerate(line.tokens[place + 1 : place + 1 + _MOST], place + 1)
    )


def _chosen_from(tokens: Sequence[Token]) -> Iterator[str]:
    """The names and texts that a literal is chosen over, without what the choice depends on:
    neither `raw` nor `only` of `password if raw and only else "..."`."""
    asked = False
    for token in tokens:
        asked = (asked or token.text == "if") and token.text != "else"
        if not asked and token.kind is not Kind.SIGN:
            yield token.text


def _option_before(line: TokenizedLine, place: int) -> Iterator[str]:
    """The option whose value is the next item of a list of arguments: `["--password", "…"]`."""
    tokens = line.tokens
    if place > 1 and tokens[place - 1].text == "," and tokens[place - 2].text.startswith("--"):
        yield tokens[place - 2].text


def _callee(line: TokenizedLine, opener: int) -> str:
    """What is called by the bracket at a place; "" where nothing is."""
    if line.tokens[opener].text != "(" or opener == 0:
        return ""
    before = line.tokens[opener - 1]
    at = opener - 1
    if before.text == ">" or before.text == "]":  # `listOf<String>(`, `Vec::<u8>(`
        while at > 0 and line.tokens[at].kind is Kind.SIGN:
            at -= 1
        before = line.tokens[at]
    if before.kind is not Kind.WORD or before.text in _NO_CALLEES:
        return ""
    return before.text


def _function_inside(line: TokenizedLine, opener: int) -> str:
    """What is called by the first word in a bracket, as in templates of Go's: `(dict "length" 10)`;
    "" where nothing is."""
    inside = line.tokens[opener : opener + 3]
    if len(inside) < 3 or inside[0].text != "(" or inside[2].kind is not Kind.TEXT:
        return ""
    is_word = inside[1].kind is Kind.WORD and inside[1].text not in _NO_CALLEES
    # A letter at a quote belongs to the text: `(b"…")`.
    apart = inside[2].start - inside[1].end > 1
    return inside[1].text if is_word and apart else ""


def _last_word(callee: str) -> str:
    return callee.replace("->", ".").replace("::", ".").rpartition(".")[2].lower()


def _without_setter(callee: str) -> str:
    word = callee.replace("->", ".").replace("::", ".").rpartition(".")[2]
    for setter in ("set", "with", "using", "add"):
        if word.lower().startswith(setter) and len(word) > len(setter):
            return word[len(setter) :]
    return word


def _is_subscript(line: TokenizedLine, opener: int) -> bool:
    """Whether a bracket takes an item out of what stands before it, at once."""
    before = line.tokens[opener - 1] if opener else None
    if before is None or before.end != line.tokens[opener].start:
        return False
    return before.kind is Kind.WORD or before.text in (")", "]")


def _last_bind(line: TokenizedLine, begin: int, place: int) -> int | None:
    """The last operator of an argument that binds what stands right of it to what is left."""
    at = place - 1
    while at >= begin:
        token = line.tokens[at]
        if token.kind is Kind.SIGN:
            if at in line.closed:
                at = line.closed[at] - 1
                continue
            if token.text in _BINDS and not (token.text == ":" and _is_choice(line, begin, at)):
                return at
        at -= 1
    return None


def _is_choice(line: TokenizedLine, begin: int, colon: int) -> bool:
    return any(token.text == "?" for token in line.tokens[begin:colon])


def _left(line: TokenizedLine, begin: int, end: int) -> Iterator[str]:
    """The words and keys left of an operator, from right to left, up to where a condition begins.

    Of a subscript (`conf["password"]`) the key counts, of other brackets nothing.
    """
    at = end - 1
    if at > begin and line.tokens[at].text == "?":
        at -= 1  # of a type that may be missing: `val password: String? = "…"`
    seen = 0
    while at >= begin:
        token = line.tokens[at]
        if token.kind is Kind.SIGN:
            # In `a = b = "…"` both are names, in `A="…" -e B="…"` the last one is.
            if token.text in _BORDERS or (token.text == "=" and seen > 1):
                return
            if at in line.closed:
                opened = line.closed[at]
                if token.text == "]":
                    inner = line.tokens[opened + 1 : at]
                    if len(inner) == 1 and inner[0].kind is Kind.TEXT:
                        yield inner[0].value
                at = opened - 1
                continue
            seen = 0 if token.text == "=" else seen
            at -= 1
            continue
        seen += 1
        if token.text in _BORDERS:
            return
        if token.kind is not Kind.TEXT:
            yield token.text
        elif _KEY.fullmatch(token.value):
            yield token.value
        at -= 1


def _sibling(line: TokenizedLine, begin: int, place: int) -> Iterator[str]:
    """The argument before a literal that is one itself: `set("password", "…")`."""
    tokens = line.tokens
    if begin != place or begin < 2 or tokens[begin - 1].text != ",":
        return
    before = tokens[begin - 2]
    # Of a row that is no call's, only two make a pair: of more, each is a value of its own.
    opener = line.opener[place]
    first = begin < 3 or tokens[begin - 3].text in ("(", "[", "{")
    last = place + 1 >= len(tokens) or tokens[place + 1].text in (")", "]", "}")
    if opener >= 0 and _callee(line, opener):
        alone = first or tokens[begin - 3].text == ","
    else:
        alone = first and last
    if before.kind is Kind.TEXT and alone:
        yield before.value


def _arguments(line: TokenizedLine, begin: int, opener: int) -> list[int]:
    """Where the arguments before the one that begins at a place begin, the last first."""
    begins: list[int] = []
    at = begin - 1
    while at > max(opener, 0) and len(begins) < 8 and line.tokens[at].text == ",":
        begins.append(line.begin[at])
        at = line.begin[at] - 1
    return begins


def _index(line: TokenizedLine, begin: int, opener: int) -> int:
    return len(_arguments(line, begin, opener))


def _of_tuple(line: TokenizedLine, place: int, index: int) -> Iterator[str]:
    """The names of values in a row: `user, password = "app", "…"`, `auth=("app", "…")`."""
    begins = [line.begin[place], *_arguments(line, line.begin[place], line.opener[place])]
    for right, begin in enumerate(begins):
        end = place if right == 0 else begins[right - 1] - 1
        bind = _last_bind(line, begin, end)
        if bind is None or line.tokens[bind].text == ":":
            continue
        names = [*_left(line, begin, bind)][:1]
        names += [t for start in begins[right + 1 :] for t in _only_word(line, start)]
        if len(names) == right + 1 and right < len(names):
            yield names[::-1][right]
        elif len(names) == 1:
            yield names[0]
        return
    opener = line.opener[place]
    if opener > 1 and index == 1:
        around = max(line.begin[opener], opener - _MOST)
        bind = _last_bind(line, around, opener)
        if bind is not None:
            left = next(_left(line, around, bind), "")
            if left.lower().replace("-", "_").rpartition(".")[2] in _PAIRS:
                yield PASSWORD


def _only_word(line: TokenizedLine, begin: int) -> list[str]:
    token = line.tokens[begin]
    return [token.text] if token.kind is Kind.WORD else []
