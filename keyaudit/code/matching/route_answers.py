"""What the functions of a web server give back, which is the answer: `return {"password": …}` in
Flask and FastAPI."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.sinks import Sink
from keyaudit.code.matching.surroundings import source_of
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex

_DECORATES = frozenset({"route", "get", "post", "put", "patch", "delete", "api_route"})
_VERBS = frozenset({"get", "post", "put", "patch", "delete"})
# Classes whose methods answer the verbs that they are called by.
_VIEWS = frozenset({"MethodView", "Resource", "HTTPEndpoint"})
_KINDS = frozenset({"route-answer"})
_RESULT = regex(r"\w+\((?:[^()]|\([^()]*\))*\)\s*->\s*([^:\n]+)")
_ANY = regex(
    r"(?i)[\"']?(?:typing\.)?(?:dict|any|list\[(?:dict|any)|tuple|response|mapping|union|optional)\b"
)


def route_answers(scope: Scope) -> Iterator[Sink]:
    """The dicts and rows that such a function answers with; not where a class says what of them
    goes out."""
    if scope.kind != "function" or not scope.returns or not _answers(scope):
        return
    for value in scope.returns:
        answer = value.items[0] if isinstance(value, s.Seq) and value.items else value
        if isinstance(answer, s.Dict | s.Comp) or _is_row(answer):
            yield Sink("answer", answer, scope, f"`{scope.name}`", _KINDS)


def _is_row(answer: s.Expr) -> bool:
    return isinstance(answer, s.Call) and last_part(answer.func) in ("model_to_dict", "to_dict")


def _answers(scope: Scope) -> bool:
    for decorator in scope.decorators:
        if not isinstance(decorator, s.Call) or last_part(decorator.func) not in _DECORATES:
            continue
        path = decorator.args[0].value if decorator.args else None
        if (s.literal_text(path) or "").startswith("/") or (
            isinstance(decorator.func, s.Attr) and "router" in last_part(decorator.func.value)
        ):
            filtered = any(arg.name == "response_model" for arg in decorator.args)
            return not filtered and not _says_what(scope)
    owner = scope.owner
    if owner is None or scope.name not in _VERBS or not isinstance(owner.node, s.Class):
        return False
    return any(last_part(base.value) in _VIEWS for base in owner.node.bases)


def _says_what(scope: Scope) -> bool:
    """Whether a class that is annotated says what goes out."""
    annotated = _RESULT.match(source_of(scope))
    return annotated is not None and _ANY.match(annotated[1]) is None
