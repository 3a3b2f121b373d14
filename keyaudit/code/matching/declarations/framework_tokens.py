"""Tokens of a framework that have no end of their own, by the setting that lets them in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.code.matching.declarations.declaration import Declaration
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.secret_names import TOKEN

_SETTING = "REST_FRAMEWORK"
# Those of Django REST framework alone: what a project or another library makes of them may end.
_SCHEME = re.compile(r"[\"']rest_framework\.authentication\.TokenAuthentication[\"']")


def of(scope: Scope) -> Iterator[Declaration]:
    """The entry of the settings by which a framework's tokens let in."""
    if scope.kind != "module":
        return
    text = scope.module.text
    for binding in scope.bindings.get(_SETTING, ()):
        value = binding.assigned
        found = _SCHEME.search(text, value.pos, value.end) if value is not None else None
        if found is not None:
            name = "TokenAuthentication"
            yield Declaration(name, _SETTING, TOKEN, (found.start() + 1, found.end() - 1))
