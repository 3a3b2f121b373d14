"""Passwords of any length: fields of forms and classes of requests by which somebody chooses one,
and that ask for nothing but that there is one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations.declaration import Declaration
from keyaudit.code.matching.surroundings import block_of
from keyaudit.code.semantics.scopes import Binding, Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import PASSWORD, reading

_OF_LOGIN = regex(r"(?i)log_?in|sign_?in|authenticat|verify")
# The field that is typed a second time, and what it has to be equal to.
_AGAIN = regex(r"(?i)confirm|again|repeat|re_?type|verif|check|(?<=[a-z_])2\Z")
_EQUAL = regex(r"\bEqualTo\(\s*(?:fieldname\s*=\s*)?[\"'](\w+)[\"']")
# What may stand in a field that asks for no length; texts are left out.
_NO_LENGTH = regex(
    r"(?:\w*PasswordField|DataRequired|InputRequired|Required|EqualTo|Optional|validators|wtforms|True"
    r"|forms|fields|message|label|lazy_gettext|u?gettext(?:_lazy)?|_l?|__|[lufrb]|fieldname|description"
    r"|False|widget_attrs|render_kw|widgets?|PasswordInput|CharField|required|max_length|attrs|dict"
    r"|help_text|error_messages|strip|class_|css_class|\d+)\Z"
)
_QUOTED = regex(r"\"(?:\\.|[^\"\\\n])*+\"|'(?:\\.|[^'\\\n])*+'")
_WORD = regex(r"\w+")
# A form of Django's own, which asks what the settings say.
_OF_DJANGO = regex(r"\A\w+\(\s*(?:forms\.)?(?:Model)?Form\s*[,)]")
_TYPED = regex(r"(?:forms\.)?CharField\(")
_DEMANDS = regex(
    r"(?i)valid(?:ate|ators?)?_?pass|password_valid|\blen\(|min_?len|strength|policy|zxcvbn|pwned|regex"
)
# A class of what somebody sends to get an account, or another password.
_OF_REQUEST = regex(
    r"\A(?:\w*?(?:Create|Register|Registration|Sign_?[Uu]p|(?:Reset|Change|Update|Set|New|Forgot|Recover)"
    r"\w*Password|Password\w*(?:Reset|Change|Update|Set)|(?:New|Add|Update)(?:User|Account|Member|Admin))"
    r"\w*|UserIn)\("
)
_OTHER_CLASS = regex(r"(?i)\A\w*(?:response|result|out|read|in_?db|token|log_?in|event)\(")
_BASES = regex(r"\A\w+\([^)\n]*\b(?:\w*BaseModel|SQLModel|\w*Base|\w*Serializer|Schema|Struct)\b")
_FIELD = regex(
    r"^[ \t]+(?P<name>(?:new_|plain_)?passw(?:or)?d1?)[ \t]*"
    r"(?::[ \t]*(?:Optional\[)?(?:str|SecretStr|EmailStr)\]?(?:[ \t]*\|[ \t]*None)?[ \t]*"
    r"(?:=[ \t]*(?:\.\.\.|None|(?:Field|Body|Form)\((?P<given>[^()\n]{0,300})\)))?"
    r"|=[ \t]*serializers\.CharField\((?P<declared>[^()\n]{0,300})\))[ \t]*(?:#[^\n]*)?$",
    re.MULTILINE,
)
_LIMITED = regex(r"min_?length|pattern|regex|valid|exclude|read_only")
_CHECKED = regex(r"(?i)valid|min_?len|constr\(|\blen\(|table[ \t]*=[ \t]*True")


def in_forms(scope: Scope) -> Iterator[Declaration]:
    """The fields of a form for a new password, which is typed twice, that ask for no length."""
    if scope.kind != "class" or _OF_LOGIN.search(scope.name):
        return
    fields = {
        path: (binding, scope.module.text[value.pos : value.end])
        for path, bindings in scope.bindings.items()
        for binding in bindings
        if isinstance(value := binding.assigned, s.Call)
    }
    for name, again in _typed_twice(scope, fields):
        said = " ".join(_QUOTED.sub("", fields[each][1]) for each in (name, again) if each)
        if all(map(_NO_LENGTH.match, _WORD.findall(said))) and not _is_checked(scope, name, again):
            binding = fields[name][0]
            yield Declaration(name, name, PASSWORD, (binding.pos, binding.end))


def _typed_twice(scope: Scope, fields: dict[str, tuple[Binding, str]]) -> Iterator[tuple[str, str]]:
    """The pairs of fields that one password is typed into, the one that counts first."""
    for name, (_, text) in fields.items():
        equal = _EQUAL.search(text)
        if equal is None:
            continue
        pair = (equal[1], name) if _AGAIN.search(name) else (name, equal[1])
        if any(reading(each) == PASSWORD for each in pair) and pair[0] in fields:
            yield pair[0], pair[1] if pair[1] in fields else ""
    if _OF_DJANGO.match(block_of(scope)):
        typed = [
            name
            for name, (_, text) in fields.items()
            if "PasswordInput" in text and _TYPED.match(text)
        ]
        again = [name for name in typed if _AGAIN.search(name)]
        chosen = [name for name in typed if name not in again and not _is_old(name)]
        if len(again) == 1 and len(chosen) == 1 and not _DEMANDS.search(block_of(scope)):
            yield chosen[0], again[0]


def _is_old(name: str) -> bool:
    return re.match(r"(?i)old|current", name) is not None


def _is_checked(scope: Scope, name: str, again: str) -> bool:
    """Whether a method of the form looks at the password, or at all of its fields."""
    methods = {"validate", "clean", f"validate_{name}", f"clean_{name}"}
    if again:
        methods.add(f"validate_{again}")
    return any(
        binding.kind == "def" for each in methods for binding in scope.bindings.get(each, ())
    )


def in_requests(scope: Scope) -> Iterator[Declaration]:
    """The fields of a class of requests (pydantic's, Django REST framework's) for a new password
    that ask for no length."""
    if scope.kind != "class" or scope.node is None:
        return
    block = block_of(scope)
    if not _OF_REQUEST.match(block) or _OTHER_CLASS.match(block) or not _BASES.match(block):
        return
    if _CHECKED.search(_FIELD.sub("", block)):
        return
    for field in _FIELD.finditer(block):
        if not _LIMITED.search(field["given"] or field["declared"] or ""):
            start = scope.node.pos + field.start("name")
            place = (start, start + len(field["name"]))
            yield Declaration(field["name"], f"{scope.name}.{field['name']}", PASSWORD, place)
