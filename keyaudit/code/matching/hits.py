"""Collects the hits of all rules in one file, each rule once a place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from keyaudit.catalogue.types import Match, Rule
from keyaudit.code.matching.context import Context, Hit
from keyaudit.code.matching.surroundings import matches_place
from keyaudit.code.provenance.origin import Origin
from keyaudit.core.levels import Confidence, Severity

# What is sent again is told again: each place has to be mended by itself.
_EACH_TIME = frozenset({"url"})

Matcher = Callable[[Context, Rule, Match], Iterator[Hit]]


class Alternative(NamedTuple):
    """One alternative of a rule's match; `rule` has its severity and confidence.

    Nothing is found where the file gives none of `roles` a value (None: by the matcher alone).
    """

    rule: Rule
    match: Match
    find: Matcher
    roles: frozenset[str] | None
    unless_function: frozenset[str]


def alternatives(
    rules: Iterable[Rule], matchers: Mapping[str, Matcher]
) -> tuple[tuple[Alternative, ...], ...]:
    """The alternatives that a matcher is there for, rule by rule."""
    of_rules = (
        tuple(
            Alternative(
                _at_level(rule, match),
                match,
                matchers[match.kind],
                _roles(match),
                _unless_function(match),
            )
            for match in rule.matches
            if match.kind in matchers
        )
        for rule in rules
    )
    return tuple(filter(None, of_rules))


def find(
    context: Context,
    rules: Iterable[Iterable[Alternative]],
    kinds: frozenset[str] | None = None,
) -> Iterator[Hit]:
    """The hits of the rules, one for each rule and place, or for what it needs of the tree; `kinds`
    limits the kinds of match that are asked."""
    roles = context.roles()
    for rule in rules:
        hits: dict[tuple[int, tuple[int, int]], Hit] = {}
        waiting: dict[tuple[int, tuple[int, int], frozenset[str]], Hit] = {}
        for one in rule:
            if kinds is not None and one.match.kind not in kinds:
                continue
            if one.roles is not None and one.roles.isdisjoint(roles):
                continue
            for hit in one.find(context, one.rule, one.match):
                hit.unless_function = one.unless_function
                if matches_place(context.resolver, hit.scope, hit.place, one.match.parameters):
                    place = (id(hit.scope.module), hit.place)
                    first = hits.setdefault(place, hit)
                    if first.needs_project and hit.needs_project - first.needs_project:
                        # Which of them the tree has what it needs for, is known at the end.
                        waiting.setdefault((*place, hit.needs_project), hit)
        if hits:
            yield from _once_by_name(_once_a_file([*hits.values(), *waiting.values()]))


def _once_a_file(hits: list[Hit]) -> list[Hit]:
    """The hits; of those on one call that removes or copies a file, the first."""
    told: set[tuple[int, int]] = set()
    found: list[Hit] = []
    for hit in hits:
        about = (id(hit.scope.module), hit.about)
        if hit.about >= 0 and about in told:
            continue
        told.add(about)
        found.append(hit)
    return found


def _once_by_name(hits: list[Hit]) -> Iterator[Hit]:
    """The hits; of a secret that is used, or named twice, not those where it is given a name.

    Of an object that several assignments in a function set wrong in one way, the first.
    """
    used = {
        _made(way.origin)
        for hit in hits
        for way in (hit, *hit.others)
        if way.origin and not hit.by_name and not hit.composed
    }
    used_here = {
        (id(hit.scope), _made(way.origin))
        for hit in hits
        for way in (hit, *hit.others)
        if way.origin and not hit.by_name and not hit.composed
    }
    held: set[tuple[int, str]] = set()
    placed: set[tuple[int, int]] = set()
    for hit in sorted(hits, key=lambda hit: hit.place):
        if hit.holder:
            if (id(hit.scope), hit.holder) in held:
                continue
            held.add((id(hit.scope), hit.holder))
        if hit.composed and hit.origin is not None:
            # Of one secret that a function puts into several URLs, the first.
            put = {(id(hit.scope), id(hit.origin.node))}
            # What a function gives back may be the text that another is told for.
            elsewhere = hit.scope.returns and _made(hit.origin) in used
            here = (id(hit.scope), _made(hit.origin)) in used_here
            if elsewhere or here or not placed.isdisjoint(put):
                continue
            placed |= put
        if hit.by_name and hit.origin is not None:
            made = _made(hit.origin)
            if hit.words.get("role") == "default-secret" and hit.origin.kind != "literal":
                made = (*made, hash(hit.words.get("name")))  # each that takes another's place
            if hit.words.get("role") in _EACH_TIME:
                if (id(hit.scope), made) in used_here:
                    continue
                used_here.add((id(hit.scope), made))
            elif made in used:
                continue
            used.add(made)
        yield hit


def _made(origin: Origin) -> tuple[int, ...]:
    """Which value it is: what a function makes anew is another one in each of its calls."""
    inner = origin.of[0] if origin.kind == "fast-hash" and len(origin.of) == 1 else None
    if inner is not None and inner.kind == "weak-random":
        return _made(inner)  # its hash is told by nobody who cannot tell the value itself
    calls = (step.pos for step in origin.trace if step.text.startswith("returned by"))
    return (id(origin.node), *calls)


def _roles(match: Match) -> frozenset[str] | None:
    if match.kind == "flow":
        return frozenset(match.parameters["to"])
    if match.kind != "argument" or "file" in match.parameters:
        return None  # a file is also removed by functions that no model knows
    return frozenset({match.parameters["role"]})


def _at_level(rule: Rule, match: Match) -> Rule:
    """The rule with the severity, confidence and message that this alternative gives."""
    given = match.parameters
    if "severity" in given:
        rule = rule._replace(severity=Severity[given["severity"].upper()])
    if "confidence" in given:
        rule = rule._replace(confidence=Confidence[given["confidence"].upper()])
    if "message" in given:
        rule = rule._replace(message=given["message"].strip())
    return rule


def _unless_function(match: Match) -> frozenset[str]:
    unless = match.parameters.get("unless")
    return frozenset(unless.get("function", ()) if isinstance(unless, Mapping) else ())
