"""Analyzes one file on its own for the values that reach a role, as a history scan needs it.

Rules of the kind `flow` that look at no more than the value and the call need little of what
`engine` finds out of a file: the calls in which a value plays one of their roles, the places that
play one by their names, and where the values come from. That serves a history, in which a file
stands a thousand times.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from keyaudit.catalogue.types import Catalogue, Match, Models, Policy
from keyaudit.code.findings import Findings
from keyaudit.code.matching import hits
from keyaudit.code.matching.assignment_sinks import AssignmentSinks
from keyaudit.code.matching.context import Context
from keyaudit.code.matching.kinds import flow
from keyaudit.code.matching.modelled_calls import CallFilter, uses_in
from keyaudit.code.matching.options import OptionSinks
from keyaudit.code.matching.sinks import sinks_of_use
from keyaudit.code.matching.surroundings import MAKERS, without_trial_ciphers
from keyaudit.code.provenance.memoizing_resolver import MemoizingResolver
from keyaudit.code.selection.anchors import Anchors, build, word_of
from keyaudit.code.selection.call_kinds import KindIndex
from keyaudit.code.selection.plain_flows import is_plain
from keyaudit.code.semantics.module import SourceModule, UndecodableError
from keyaudit.code.semantics.module_resolver import Program, module_name
from keyaudit.code.semantics.scopes import Module, nested_scopes
from keyaudit.core.document import Document
from keyaudit.core.finding import Finding


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is derived once from a catalogue: `models` are those of calls and places with a role
    that is asked for, `calls` these calls and those that make ciphers, `words` their last words
    by the word that they are looked for by."""

    models: Models
    calls: frozenset[str]
    words: dict[str, set[str]]
    last_words: frozenset[str]
    anchors: Anchors
    kinds: KindIndex
    findings: Findings
    rules: tuple[tuple[hits.Alternative, ...], ...]

    def only(self, module: Module) -> CallFilter:
        """The calls to look at in a file."""
        meant = self.anchors.meant(module) & self.words.keys()
        methods = frozenset(last for word in meant for last in self.words[word])
        return CallFilter(self.calls, methods, self.last_words)


_latest: tuple[str, _Asked] | None = None


def analyze_flows(document: Document, catalogue: Catalogue, policy: Policy) -> tuple[Finding, ...]:
    """The findings of one Python file by itself, none for what is no text or does not parse.

    The matches of the catalogue's rules must all be plain (see `is_plain`); raises ValueError for
    others.
    """
    asked = _asked_by(catalogue)
    try:
        module = SourceModule(document.path, module_name(document.path), document.data)
    except UndecodableError:
        return ()
    assignments = AssignmentSinks(asked.models, module)
    options = OptionSinks(asked.models, module)
    pieces = sorted({*asked.anchors.pieces(module), *assignments.pieces, *options.pieces})
    if not pieces:
        return ()
    program = Program(None, catalogue.models.modules)
    program.add(module)
    context = Context(module, MemoizingResolver(program, catalogue.models), policy, asked.kinds)
    only = asked.only(module)
    for number in pieces:
        for scope in nested_scopes(module.scope(number)):
            context.scopes.append(scope)
            uses = without_trial_ciphers(scope, uses_in(context.resolver, scope, only))
            context.uses += uses
            context.sinks += [sink for use in uses for sink in sinks_of_use(use)]
            context.sinks += assignments.of_scope(context.resolver, scope)
            context.sinks += options.of_scope(context.resolver, scope)
    return tuple(asked.findings.make(context, hit) for hit in hits.find(context, asked.rules))


def _asked_by(catalogue: Catalogue) -> _Asked:
    global _latest
    if _latest is None or _latest[0] != catalogue.digest:
        _latest = (catalogue.digest, _derived(catalogue))
    return _latest[1]


def _derived(catalogue: Catalogue) -> _Asked:
    roles = frozenset(
        role for rule in catalogue.rules.values() for match in rule.matches for role in _to(match)
    )
    models = catalogue.models
    calls = {
        name: model
        for name, model in models.calls.items()
        if not roles.isdisjoint(model.parameters.values())
    }
    places = tuple(sink for sink in models.assignments if sink.role in roles)
    asked = models._replace(calls=calls, assignments=places)
    words: dict[str, set[str]] = {}
    for name in calls:
        words.setdefault(word_of(name), set()).add(name.rpartition(".")[2])
    renamed = {alias.rpartition(".")[2] for alias in models.aliases}
    makers = {name for name, model in models.calls.items() if not MAKERS.isdisjoint(model.kinds)}
    names = frozenset(calls.keys() | makers)
    last_words = frozenset(renamed.union(name.rpartition(".")[2] for name in names))
    return _Asked(
        asked,
        names,
        words,
        last_words,
        build(asked, buffers=False),
        KindIndex(asked),
        Findings(models),
        hits.alternatives(catalogue.rules.values(), {"flow": flow.find}),
    )


def _to(match: Match) -> Iterator[str]:
    if not is_plain(match):
        raise ValueError(f"a match of the kind `{match.kind}` asks for more than values and calls")
    yield from match.parameters["to"]
