"""Converts a catalogue from plain data to its types."""

from __future__ import annotations

from typing import Any

from keyaudit.catalogue.types import (
    AssignmentSink,
    CallModel,
    Catalogue,
    Example,
    FixKind,
    Limit,
    Match,
    Models,
    Policy,
    Receiver,
    Rule,
    TokenKind,
)
from keyaudit.core.levels import Confidence, Severity, Stage


def build(plain: dict[str, Any], digest: str) -> Catalogue:
    """The catalogue from the plain data that `merging.merge` made, fresh or from a cache.

    `digest` is that of the files it was made from.
    """
    return Catalogue(
        rules={entry[0]: _rule(entry) for entry in plain["rules"]},
        models=_models(plain["models"]),
        policies={
            name: Policy(name, title, {path: Limit(*limit) for path, limit in limits.items()})
            for name, (title, limits) in plain["policies"].items()
        },
        digest=digest,
        tokens={entry[0]: _token(entry) for entry in plain["tokens"]},
    )


def _token(entry: list[Any]) -> TokenKind:
    name, title, vendor, pattern, triage, names, check, severity, confidence, *more = entry
    opens, revoke, generic, example, source, private_key, file = more
    return TokenKind(
        name, title, vendor, pattern, triage, tuple(names), check, Severity[severity.upper()],
        Confidence[confidence.upper()], opens, revoke, generic, example, source, private_key, file,
    )  # fmt: skip


def _rule(entry: list[Any]) -> Rule:
    rule_id, name, stage, severity, confidence, standards = entry[:6]
    message, matches, why, remedy, examples, file, once, fixes = entry[6:]
    return Rule(
        rule_id,
        name,
        Stage(stage),
        Severity[severity.upper()],
        Confidence[confidence.upper()],
        {body: tuple(parts) for body, parts in standards.items()},
        message,
        tuple(Match(kind, parameters) for kind, parameters in matches),
        why,
        remedy,
        tuple(Example(*example) for example in examples),
        file,
        once,
        tuple(
            FixKind(kind, applicability, safety, frozenset(leaves), options)
            for kind, applicability, safety, leaves, options in fixes
        ),
    )


def _models(plain: dict[str, Any]) -> Models:
    calls = {}
    for name, (kinds, parameters, keyword_only, defaults, constants, returns, *more) in plain[
        "calls"
    ].items():
        feeds, given = more
        calls[name] = CallModel(
            name, frozenset(kinds), parameters, keyword_only, defaults, constants, returns,
            tuple(feeds), given,
        )  # fmt: skip
    assignments = (_assignment(*spec) for spec in plain["assignments"])
    return Models(
        modules=frozenset(plain["modules"]),
        aliases=plain["aliases"],
        symbols=plain["symbols"],
        calls=calls,
        attributes=plain["attributes"],
        assignments=tuple(assignments),
        configurations=tuple(plain["configurations"]),
        receivers=tuple(Receiver(*receiver) for receiver in plain["receivers"]),
        words={word: frozenset(kinds) for word, kinds in plain["words"].items()},
    )


def _assignment(
    name: str, on: str, role: str, of: str | None, imports: list[str], paths: list[str],
    kinds: list[str], called: str | None, holder: str | None, beside: list[str],
) -> AssignmentSink:  # fmt: skip
    return AssignmentSink(
        name, on, role, of, tuple(imports), tuple(paths), frozenset(kinds), called, holder,
        tuple(beside),
    )  # fmt: skip
