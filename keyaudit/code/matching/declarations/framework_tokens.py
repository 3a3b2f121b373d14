"""What a framework lets programs in by, as its settings say: tokens that have no end of their own,
or the account's password alone."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code.matching.declarations.declaration import Declaration
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import PASSWORD, TOKEN

_SETTING = "REST_FRAMEWORK"
# Those of Django REST framework alone: what a project or another library makes of them may end.
_SCHEME = regex(r"[\"']rest_framework\.authentication\.TokenAuthentication[\"']")
_BASIC = regex(r"[\"']rest_framework\.authentication\.BasicAuthentication[\"']")
# Any other scheme than passwords and the sessions of browsers.
_OTHER = regex(
    r"[\"'][\w.]*\.(?!(?:Basic|Session)Authentication\b)\w*(?:[aA]uth|Token|Key|JWT)\w*[\"']"
)


def of(scope: Scope) -> Iterator[Declaration]:
    """The entry of the settings by which a framework's tokens let in."""
    if scope.kind != "module":
        return
    text = scope.module.text
    for binding in scope.bindings.get(_SETTING, ()):
        value = binding.assigned
        if value is None:
            continue
        for name, scheme, kind in (("TokenAuthentication", _SCHEME, TOKEN),
                                   ("BasicAuthentication", _BASIC, PASSWORD)):  # fmt: skip
            found = scheme.search(text, value.pos, value.end)
            alone = kind == TOKEN or not _OTHER.search(text, value.pos, value.end)
            if found is not None and alone:
                yield Declaration(name, _SETTING, kind, (found.start() + 1, found.end() - 1))
