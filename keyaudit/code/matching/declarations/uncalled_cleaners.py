"""Functions of a table that clear away what is past its end, where nothing calls them."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations.declaration import Declaration
from keyaudit.code.matching.surroundings import block_of
from keyaudit.code.selection.token_ends import CLEANS
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import TOKEN

_COLUMN = regex(r"(?:Column|mapped_column|Field)\(")
_OF_TOKENS = regex(r"(?i)token|secret|session|\bcode\b|invit|api_?key|credential")
_DELETES = regex(r"(?i)delete|remove")


def of(scope: Scope) -> Iterator[Declaration]:
    """A function in the class of a table of tokens that deletes those past their end; silent where
    another place of the tree has its name."""
    owner = scope.owner
    if scope.kind != "function" or owner is None or not isinstance(scope.node, s.Def):
        return
    if not CLEANS.fullmatch(scope.name):
        return
    table = block_of(owner)
    if not _COLUMN.search(table) or not _OF_TOKENS.search(table):
        return
    if _DELETES.search(block_of(scope).partition("\n")[2]):
        start = scope.node.pos
        name = f"{owner.name}.{scope.name}"
        called = frozenset({f"called:{scope.name}"})
        yield Declaration(name, scope.name, TOKEN, (start, start + len(scope.name)), unless=called)
