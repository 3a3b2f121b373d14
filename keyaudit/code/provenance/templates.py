"""What is put into a template by name: `template.render(secret_key=key)`.

The text of a template stands in a file of its own, and most of what is put into one is of no
interest. What has the name of a password or key is in the text as it is. A token is left out: pages
and mails are rendered as well, and are there to hand one out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from keyaudit.code import syntax as s
from keyaudit.code.provenance import attributes, forwarded_arguments, text_labels
from keyaudit.code.provenance.origin import Frame, Origin
from keyaudit.core.secret_names import KEY, PASSWORD, SECRET, reading

if TYPE_CHECKING:
    from keyaudit.code.provenance.resolver import Resolver
    from keyaudit.code.semantics.scopes import Scope

RENDERS = frozenset({"render", "substitute", "safe_substitute"})
_KEPT = frozenset({PASSWORD, KEY, SECRET})


def rendered(
    resolver: Resolver, call: s.Call, scope: Scope, frame: Frame | None
) -> Iterator[Origin]:
    """The secrets that a call puts into a template, called as the template calls them."""
    for arg in forwarded_arguments.expand(resolver, call, scope, frame).args:
        if arg.name is not None:
            yield from _named(resolver, arg.name, arg.value, scope, frame)
        elif isinstance(arg.value, s.Dict):
            for key, value in arg.value.items:
                if (name := s.literal_text(key)) is not None:
                    yield from _named(resolver, name, value, scope, frame)
        else:
            for whole in resolver.origins(arg.value, scope, frame):
                for held in attributes.of_element(resolver, whole, None):
                    if held.called in _KEPT:
                        yield held.transformed("format")


def _named(
    resolver: Resolver, name: str, value: s.Expr, scope: Scope, frame: Frame | None
) -> Iterator[Origin]:
    said = reading(name)
    if said in _KEPT:
        found = resolver.origins(value, scope, frame)
        yield from (o.transformed("format") for o in text_labels.labelled(found, said))
