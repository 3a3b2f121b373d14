"""Tells a text that is only signed from one that is sent: `path = "/token?refresh_token=" + token`
and then `signature = sign(path, secret)`, of which no server's log has a line."""

from __future__ import annotations

import re

from keyaudit.code import syntax as s
from keyaudit.code.matching.surroundings import block_of
from keyaudit.code.semantics.scopes import Scope

# No further than to the next assignment.
_SIGNED = r"(?i:sign(?!_?(?:in|up|on|out))|hmac|digest|\bmac)\w*\([^=]{{0,160}}?\b{}\b"


def is_only_signed(value: s.Expr, scope: Scope) -> bool:
    """Whether the variable that a value is put into goes nowhere but to a function that signs."""
    if scope.kind != "function":
        return False
    name = next((binding.name for bindings in scope.bindings.values() for binding in bindings
                 if (given := binding.assigned) is not None and binding.name.isidentifier()
                 and given.pos <= value.pos < given.end), "")  # fmt: skip
    if not name:
        return False
    source = block_of(scope)
    signed = len(re.findall(_SIGNED.format(re.escape(name)), source))
    return signed > 0 and len(re.findall(rf"\b{re.escape(name)}\b", source)) == signed + 1
