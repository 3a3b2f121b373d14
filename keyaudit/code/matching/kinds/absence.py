"""`absence`: the scanned tree has a call, and nowhere one of the others."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.catalogue.types import Match, Rule
from keyaudit.code.matching.call_conditions import conditions_hold
from keyaudit.code.matching.context import Context, Hit
from keyaudit.code.provenance.modelled_returns import short_name

_EVERYWHERE = ("code", "configuration")


def find(context: Context, rule: Rule, match: Match) -> Iterator[Hit]:
    """The first call of the file that needs one of the others, or each of them where the rule is
    told once with all places; whether it is a finding, all files decide."""
    parameters = match.parameters
    if "code" not in parameters.get("over", _EVERYWHERE):
        return
    asked, spared = frozenset(parameters["call"]), frozenset(parameters.get("not", ()))
    others = frozenset(parameters["unless"] if isinstance(parameters["unless"], list) else ())
    if others & context.kinds_of_file():
        return
    needs = frozenset(parameters.get("with", {}).get("project", ()))
    for use in context.uses:
        if not asked & use.model.kinds or spared & use.model.kinds:
            continue
        if conditions_hold(context, use, parameters):
            place = (use.call.pos, use.call.func.end)
            words = {"call": short_name(use.model.name), "name": use.scope.name or "the module"}
            yield Hit(rule, use.scope, place, use.model.name, words, unless_project=others,
                      needs_project=needs)  # fmt: skip
            if not rule.once:
                return
