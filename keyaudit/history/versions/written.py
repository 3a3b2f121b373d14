"""Selects what of the catalogue is asked of past versions: rules about values written in a file.

A server that let everybody in, long ago, is no secret that has leaked: what a setting does is of
interest while it stands, and the scan says that. A value that was written down has been read.
"""

from __future__ import annotations

from keyaudit.catalogue.types import Catalogue, Match


def written_only(catalogue: Catalogue) -> Catalogue:
    """The catalogue without what asks of configuration for more than a value written in it."""
    rules = {
        name: rule._replace(matches=tuple(match for match in rule.matches if _stays(match)))
        for name, rule in catalogue.rules.items()
    }
    return catalogue._replace(rules=rules, digest=f"{catalogue.digest}-written")


def _stays(match: Match) -> bool:
    if match.kind == "config":
        return "literal" in match.parameters
    return match.kind != "absence" or "configuration" not in match.parameters.get("over", ())
