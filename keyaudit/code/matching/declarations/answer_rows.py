"""Whole rows of a table that a function of FastAPI answers with, by its annotation or its response
model: `async def get_user(…) -> User`, where a user has the hash of a password."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations.answer_schemas import HELD, NOT_HERE, TAKES_OUT, of_fields
from keyaudit.code.matching.declarations.declaration import Declaration
from keyaudit.code.matching.surroundings import block_of, source_of
from keyaudit.code.provenance.call_targets import class_lineage, modelled_bases
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.semantics.scopes import Module, Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import PASSWORD, reading

_ROUTES = frozenset({"get", "post", "put", "delete", "patch", "api_route"})
_MODELS = frozenset({"BaseModel", "SQLModel"})
_RESULT = regex(r"\)\s*->\s*([^:\n]{1,80}):")
# What an answer is one or many of.
_NAME = regex(r"[A-Za-z_]\w*")
_WRAPS = frozenset({"List", "list", "Optional", "Sequence", "Page", "Union", "None", "typing",
                    "Set", "set", "Iterable", "Annotated", "Any", "dict", "Dict", "str", "int",
                    "bool", "Tuple", "tuple"})  # fmt: skip
_HASH = regex(
    r"(?i)^_?(?:hashed?_?|encrypted_?)(?:password|passwd|pwd)$|^_?(?:password|passwd|pwd)_?(?:hash|digest)$"
)
# What is given to whoever asks for it anew, once.
_GIVES_ONCE = regex(r"(?i)create|regist|rotat|generat|issue|reset|new_|login|sign_?up")


def shown(resolver: Resolver, scope: Scope) -> Iterator[Declaration]:
    """The secrets, and hashes of passwords, in the rows that a function answers with."""
    if scope.kind != "function" or scope.module.words.all.isdisjoint({"fastapi", "FastAPI"}):
        return
    route = next(filter(_is_route, scope.decorators), None)
    if route is None or scope.parent is None:
        return
    given = route.by_name() if isinstance(route, s.Call) else {}
    if any(name.startswith(("response_model_", "response_class")) for name in given):
        return
    model = given.get("response_model")
    text = scope.module.text
    start = scope.node.pos if scope.node is not None else 0
    if model is not None:
        said, at = text[model.pos : model.end], model.pos
    else:
        # The head alone: a function within has an annotation of its own.
        found = _RESULT.search(source_of(scope))
        if found is None:
            return
        said = found[1]
        at = text.find(f"-> {said}", start) + len("-> ")
    for name in _NAME.finditer(said):
        if name[0] in _WRAPS:
            continue
        place = (at + name.start(), at + name.end())
        for field, held, module in _fields(resolver, name[0], scope):
            # A secret of a class beside is told where that declares it (`answer_schemas`).
            told = model is not None and module is scope.module
            if _HASH.match(field) or not (told or _GIVES_ONCE.search(scope.name)):
                yield Declaration(field, scope.name, held, place)
                return


def _is_route(decorator: s.Expr) -> bool:
    if not isinstance(decorator, s.Call) or not isinstance(decorator.func, s.Attr):
        return False
    return last_part(decorator.func) in _ROUTES


def _fields(resolver: Resolver, name: str, scope: Scope) -> Iterator[tuple[str, str, Module]]:
    """The secrets among the fields of the class of a name, each with what it holds, and where the
    class stands."""
    place = scope.node.pos if scope.node is not None else 0
    assert scope.parent is not None
    for origin in resolver.origins(s.Name(place, place, name), scope.parent, None):
        cls = origin.scope
        if origin.kind != "class" or cls is None:
            continue
        if not {base.rpartition(".")[2] for base in modelled_bases(resolver, cls)} & _MODELS:
            continue
        lineage = class_lineage(resolver, cls)
        texts = [block_of(each) for each in lineage]
        if any(TAKES_OUT.search(text) for text in texts):
            continue
        for field in of_fields(lineage, texts, annotated=True):
            if _HASH.match(field.name):
                yield field.name, PASSWORD, cls.module
            elif reading(field.name) in HELD and not NOT_HERE.search(field.name):
                yield field.name, reading(field.name), cls.module
