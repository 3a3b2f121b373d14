"""Whether a program that somebody runs shows them the secret that it made for them.

`myapp create-token` has to print the token: who ran it cannot have it otherwise. What a server
prints of its own keys is another thing, and so is a secret that was there before.
"""

from __future__ import annotations

import re

from keyaudit.code.matching.sinks import Sink
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import Call, Class, last_part
from keyaudit.core.patterns import regex

# What is new by what it is.
_NEW = frozenset({"strong-random", "key"})
# ... and what a call makes that is named so.
_MAKES = regex(
    r"_*(?:create|generate|gen|make|issue|new|mint|rotate|regenerate|reset|init|register|add)(?![a-z])",
    re.IGNORECASE,
)
# A function that is a command: by its decorator, its class, or the arguments it reads.
_DECORATORS = frozenset({"command", "callback", "cli_command"})
_COMMAND_CLASSES = frozenset({"BaseCommand", "NoArgsCommand", "AppCommand", "LabelCommand",
                              "Command"})  # fmt: skip
_PARSES = frozenset({"parse_args", "parse_known_args"})


def is_made_for_user(origin: Origin, sink: Sink) -> bool:
    """Whether a value is made when the command is run that shows it."""
    scope = sink.scope
    if not _is_command(scope):
        return False
    made = origin.node
    home = made.scope if isinstance(made, Call) else None
    if home is None or (home.kind in ("module", "class") and home is not scope):
        return False
    if origin.kind in _NEW:
        return True
    return (
        home is scope and isinstance(made, Call) and _MAKES.match(last_part(made.func)) is not None
    )


def _is_command(scope: Scope) -> bool:
    if scope.kind != "function":
        return False
    if scope.decorated(*_DECORATORS):
        return True
    owner = scope.owner
    if owner is not None and isinstance(owner.node, Class):
        bases = {last_part(base.value) for base in owner.node.bases}
        return scope.name == "handle" and not bases.isdisjoint(_COMMAND_CLASSES)
    return any(last_part(call.func) in _PARSES for call in scope.calls)
