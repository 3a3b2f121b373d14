"""Texts of objects that have all in them that the objects hold, a secret among it: a `__repr__`
that goes through the columns of a table, or shows `self.__dict__`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations.declaration import Declaration
from keyaudit.code.matching.surroundings import block_of
from keyaudit.code.provenance.attributes import set_in_methods
from keyaudit.code.selection.own_texts import ALL_OF_SELF, NAMES
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import BARE_TOKEN, CODE, SECRETS, reading

# What takes secrets out of it, by whatever name: nothing is known then.
_TAKES_OUT = regex(r"(?i)mask|redact|\*\*\*|sensitive|private|passw|secret|token|api_?key|cred")
_WITHOUT_OWN = regex(r"startswith\(\s*[\"']_")
_QUOTED = regex(r"[\"'](\w+)[\"']")
_COLUMN = regex(
    r"^[ \t]+(\w+)[ \t]*(?::[^=\n]+)?=[ \t]*(?:\w+\.)*(?:\w*Column|\w+_column|\w*Field)\(",
    re.MULTILINE,
)
_HIDDEN_SECRETS = frozenset({BARE_TOKEN, CODE})
_NEXT_TOP = regex(r"\n(?=[^\s#)\]}])")
_MOST = 400


def shown(scope: Scope) -> Iterator[Declaration]:
    """The secret that the text of an object has in it, of its class or of one in the same file that
    inherits the text."""
    cls = scope.owner
    if cls is None or scope.name not in NAMES or not isinstance(cls.node, s.Class):
        return
    source = block_of(scope)
    told = ALL_OF_SELF.search(source)
    name = secret_among([*_held(cls), *_inherited(cls)], scope) if told else ""
    if told is not None and name and scope.node is not None:
        start = scope.module.text.find(told[0], scope.node.pos)
        yield Declaration(name, scope.name, reading(name), (start, start + len(told[0])))


def secret_among(names: Iterable[str], method: Scope) -> str:
    """The first of the names of what an object holds that is a secret and that the method, which
    makes a text of the object, shows with all others; "" for none."""
    source = block_of(method)
    if ALL_OF_SELF.search(source) is None or _TAKES_OUT.search(source) or method.owner is None:
        return ""
    left_out = set(_QUOTED.findall(source)) | _lists_of(method.owner, source)
    without_own = _WITHOUT_OWN.search(source) is not None
    for name in names:
        if reading(name) not in SECRETS - _HIDDEN_SECRETS or name in left_out:
            continue
        if not (name.startswith("_") and without_own):
            return name
    return ""


def _held(cls: Scope) -> Iterator[str]:
    """What objects of a class hold, by name: attributes that methods set, and fields."""
    yield from set_in_methods(cls)
    yield from _COLUMN.findall(block_of(cls))


def _inherited(cls: Scope) -> Iterator[str]:
    """The columns of the classes of the same file that have this one among their bases, and no text
    of their own."""
    text = cls.module.text
    heir = re.compile(rf"^class[ \t]+\w+\([^)\n]*\b{re.escape(cls.name)}\b[^)\n]*\)", re.MULTILINE)
    for number, found in enumerate(heir.finditer(text)):
        if number > _MOST:
            return
        end = _NEXT_TOP.search(text, found.end())
        body = text[found.end() : end.start() if end else len(text)]
        if not any(f"def {name}(" in body for name in NAMES):
            yield from _COLUMN.findall(body)


def _lists_of(cls: Scope, source: str) -> set[str]:
    """The names in the lists of the class that the function speaks of."""
    found: set[str] = set()
    for name, bindings in cls.bindings.items():
        if re.search(rf"\b{re.escape(name)}\b", source):
            for binding in bindings:
                if binding.value is not None:
                    given = cls.module.text[binding.value.pos : binding.value.end]
                    found.update(_QUOTED.findall(given))
    return found
