"""Classes by which a server writes its answers, and the stored secrets that they have in them:
schemas of marshmallow, models of pydantic, serializers of Django REST framework.

Of a secret that whoever asks is given once, when it is made, nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations.declaration import Declaration
from keyaudit.code.matching.surroundings import block_of
from keyaudit.code.provenance.call_targets import class_lineage, modelled_bases
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.rule_patterns import compiled
from keyaudit.core.secret_names import KEY, PASSWORD, SECRET, reading

# What a class is for, by its name: it says what goes out ...
_ANSWERS = regex(
    r"Resp(?:onse)?(?=[A-Z_]|$)|Out(?:put)?(?=Schema|Model|DTO|$)|Read(?=Schema|Model|DTO|$)"
    r"|(?:Public|Detail|Result|View|Answer|List|Item)(?:Schema|Model|DTO|Serializer)?$"
)
# ... or what comes in, or what somebody is given once.
_TAKES = regex(
    r"(?i)requ(?:est)?(?=schema|model|$)|input|(?<!re)create(?!d)|update|patch"
    r"|(?<![a-z])in(?=schema|model|$)|form"
    r"|login|auth|session|sign_?up|regist|reset|change|verif|rotat|generat|issue|(?<![a-z])new"
    r"|creat"
    r"|token|invit|setup|otp|totp|filter|query|config$|settings?$"
)
_SCHEMAS = frozenset({"Schema", "SQLAlchemySchema", "SQLAlchemyAutoSchema", "ModelSchema",
                      "BaseSchema"})  # fmt: skip
_MODELS = frozenset({"BaseModel", "SQLModel", "Struct", "ORMModel"})
_SERIALIZERS = frozenset({"ModelSerializer", "HyperlinkedModelSerializer"})
_FIELD = regex(
    r"^[ \t]+(\w+)[ \t]*(?::[ \t]*([^=\n#]+?))?[ \t]*"
    r"(?:=[ \t]*([^\n]*(?:\n[ \t]{8,}[^\n]+)*)|(?:#[^\n]*)?$)",
    re.MULTILINE,
)
# What takes a field out of the answer, or hides its value.
_HIDDEN = regex(
    r"load_only[ \t]*=[ \t]*True|write_only[ \t]*=[ \t]*True|exclude[ \t]*=[ \t]*True"
    r"|Secret(?:Str|Bytes)"
    r"|\bMethod\b|\bFunction\(|SerializerMethodField|mask|redact|\bbool\b"
    r"|Bool(?:ean)?(?:Field)?\b|\bint\b"
    r"|ClassVar|HiddenField|Literal\[|datetime"
)
_TEXT_FIELD = regex(r"^(?:\w+\.)*(?:Str(?:ing)?|Raw|Field|Char(?:Field)?|auto_field|Mapped|Url)\b")
_TEXT_TYPE = regex(r"^(?:typing\.)?(?:Optional\[|Annotated\[)?[\"']?(?:str|bytes|constr)\b")
# What is not given out by its class: a method of it takes the secret out, or hides it.
TAKES_OUT = regex(
    r"(?s)def (?:to_representation|model_dump|dict|json|to_dict|serialize\w*|mask\w*|hide\w*)\b"
    r"|@(?:post_dump|field_serializer|model_serializer|validator|field_validator|root_validator)\b"
    r"|write_only_fields"
)
_QUOTED = regex(r"[\"'](\w+)[\"']")
_META_FIELDS = regex(r"\n[ \t]+fields[ \t]*=[ \t]*([\[(][^\])]{0,2000}[\])]|[\"']__all__[\"'])")
_META_EXCLUDE = regex(
    r"\n[ \t]+(?:exclude|load_only|write_only_fields)[ \t]*=[ \t]*([\[({][^\])}]{0,800})"
)
_WRITE_ONLY = regex(
    r"[\"'](\w+)[\"'][ \t]*:[ \t]*\{[^{}]{0,200}[\"']write_only[\"'][ \t]*:[ \t]*True"
)
HELD = frozenset({PASSWORD, KEY, SECRET})
# A secret of these names is shown, or is none of a service's.
NOT_HERE = regex(
    r"(?i)public|captcha|site_key|reset|confirm|csrf|temp|initial|one_?time|new_|hash|encrypted"
    r"|masked|\bkey$"
    r"|^(?:secret|credential)s?$|policy|strength|ssh|pgp|gpg"
)
_MOST_FIELDS = 200


class _Field(NamedTuple):
    """A field of a class: its name, where that stands, and whether the class itself declares it."""

    name: str
    place: tuple[int, int]
    own: bool


def shown(resolver: Resolver, scope: Scope) -> Iterator[Declaration]:
    """The stored secrets that a class of answers has in them."""
    if scope.kind != "class" or not isinstance(scope.node, s.Class):
        return
    lineage = class_lineage(resolver, scope)
    bases = {name.rpartition(".")[2] for name in modelled_bases(resolver, scope)}
    texts = [block_of(each) for each in lineage]
    if any(TAKES_OUT.search(text) for text in texts):
        return
    if bases & _SERIALIZERS:
        found = list(_of_serializer(scope, texts, resolver))
    elif bases & (_SCHEMAS | _MODELS) and _is_answer(scope):
        found = list(of_fields(lineage, texts, annotated=bool(bases & _MODELS)))
    else:
        return
    for field in found:
        held = reading(field.name)
        if held in HELD and not NOT_HERE.search(field.name):
            yield Declaration(field.name, scope.name, held, field.place)


def _is_answer(scope: Scope) -> bool:
    name = scope.name
    if _ANSWERS.search(name) and not _TAKES.search(_ANSWERS.sub("", name)):
        return True
    asked = rf"response_model[ \t]*=[ \t]*(?:[Ll]ist\[|Optional\[|Page\[)?{re.escape(name)}\b"
    return _TAKES.search(name) is None and compiled(asked).search(scope.module.text) is not None


def of_fields(lineage: list[Scope], texts: list[str], *, annotated: bool) -> Iterator[_Field]:
    """The fields of text of a class and its bases that are not hidden."""
    hidden = {name for text in texts for part in _META_EXCLUDE.findall(text)
              for name in _QUOTED.findall(part)}  # fmt: skip
    seen: set[str] = set()
    for cls, text in zip(lineage, texts, strict=True):
        node = cls.node
        if node is None:
            continue
        for number, field in enumerate(_FIELD.finditer(text)):
            name, kind, value = field[1], field[2] or "", field[3] or ""
            if number > _MOST_FIELDS or name in seen:
                continue
            seen.add(name)
            is_text = _TEXT_TYPE.match(kind) if annotated else _TEXT_FIELD.match(value)
            if not is_text or _HIDDEN.search(f"{kind} {value}") or name in hidden:
                continue
            own = cls is lineage[0]
            start = node.pos + field.start(1)
            yield _Field(name, (start, start + len(name)) if own else _head(lineage[0]), own)


def _of_serializer(scope: Scope, texts: list[str], resolver: Resolver) -> Iterator[_Field]:
    """The fields that a serializer of a table gives out."""
    text = texts[0]
    named = _META_FIELDS.search(text)
    if named is None or _TAKES.search(scope.name) or scope.node is None:
        return
    hidden = set(_WRITE_ONLY.findall(text))
    hidden |= {name for part in _META_EXCLUDE.findall(text) for name in _QUOTED.findall(part)}
    for field in _FIELD.finditer("\n".join(texts)):
        if _HIDDEN.search(field[3] or ""):
            hidden.add(field[1])
    start = scope.node.pos + named.start(1)
    if "__all__" in named[1]:
        place = (start, start + len(named[1]))
        fields = [_Field(name, place, True) for name in _columns(scope, resolver)]
    else:
        fields = [
            _Field(one[1], (start + one.start(), start + one.end()), True)
            for one in _QUOTED.finditer(named[1])
        ]
    yield from (field for field in fields if field.name not in hidden)


def _columns(scope: Scope, resolver: Resolver) -> list[str]:
    """The columns of the table that a serializer is of, where that is in sight."""
    found: list[str] = []
    for meta in scope.children:
        if meta.kind != "class" or meta.name != "Meta":
            continue
        for binding in meta.bindings.get("model", ()):
            if binding.value is None:
                continue
            for origin in resolver.origins(binding.value, meta, None):
                if origin.kind == "class" and origin.scope is not None:
                    for cls in class_lineage(resolver, origin.scope):
                        found += (name for name, bound in cls.bindings.items()
                                  if any(isinstance(b.value, s.Call) for b in bound)
                                  and "ncrypted" not in block_of(cls))  # fmt: skip
    return found


def _head(scope: Scope) -> tuple[int, int]:
    """The name of a class, where it is declared."""
    assert scope.node is not None
    text = scope.module.text
    start = text.find(scope.name, scope.node.pos)
    return start, start + len(scope.name)
