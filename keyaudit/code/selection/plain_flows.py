"""Tells which matches of rules are about values and calls alone (see `keyaudit.code.key_flows`)."""

from __future__ import annotations

from keyaudit.catalogue.types import Match

# What a match may ask for that is told by a value and the call it gets to.
_OF_VALUES = frozenset({"from", "to", "via", "not-via", "kinds", "not-kinds"})
# What is a secret, the rest of a file says.
_OF_FILES = frozenset({"secret", "used-as-key"})


def is_plain(match: Match) -> bool:
    """Whether a match is a `flow` about values and calls alone, whose finding has the rule's own
    words."""
    parameters = match.parameters
    return (
        match.kind == "flow"
        and parameters.keys() <= _OF_VALUES
        and _OF_FILES.isdisjoint(parameters["from"])
    )
