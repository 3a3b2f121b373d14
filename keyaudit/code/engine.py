"""Runs the code rules over one Python document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from keyaudit.catalogue.project_kinds import of_the_project
from keyaudit.catalogue.types import Catalogue, Policy
from keyaudit.code.findings import Findings
from keyaudit.code.interprocedural import carriers, escapes, parameter_roles
from keyaudit.code.matching import hits
from keyaudit.code.matching.assignment_sinks import AssignmentSinks
from keyaudit.code.matching.context import Context, Hit, Part, is_sent_along, part_of
from keyaudit.code.matching.dict_caches import dict_cache_sinks, lazy_cache_sinks
from keyaudit.code.matching.homemade_ciphers import home_made_ciphers
from keyaudit.code.matching.kinds import (
    absence,
    argument,
    column,
    declared,
    flow,
    handler,
    lifetime,
    omission,
    option,
    reuse,
    shared,
    wipe,
)
from keyaudit.code.matching.modelled_calls import uses_in
from keyaudit.code.matching.options import OptionSinks
from keyaudit.code.matching.own_events import event_sinks
from keyaudit.code.matching.own_logs import log_sinks
from keyaudit.code.matching.own_messages import message_sinks
from keyaudit.code.matching.own_printers import printer_sinks
from keyaudit.code.matching.route_answers import route_answers
from keyaudit.code.matching.saved_values import saved_values
from keyaudit.code.matching.sinks import (
    cache_sinks,
    lookup_sinks,
    sinks_of_scope,
    sinks_of_use,
)
from keyaudit.code.matching.surroundings import without_trial_ciphers
from keyaudit.code.matching.url_templates import templates
from keyaudit.code.provenance.memoizing_resolver import MemoizingResolver
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.selection import home_made, named_functions, secret_uses
from keyaudit.code.selection.anchors import Anchors, build
from keyaudit.code.selection.call_kinds import KindIndex
from keyaudit.code.semantics.module import SourceModule, UndecodableError
from keyaudit.code.semantics.module_resolver import Program, module_name
from keyaudit.code.semantics.scopes import Module, Scope, nested_scopes
from keyaudit.core.document import Document
from keyaudit.core.finding import Finding
from keyaudit.core.report import Notice
from keyaudit.core.result import CALLED, DocumentResult, Pending, TreeReader

_MATCHERS: Mapping[str, hits.Matcher] = {
    "argument": argument.find,
    "flow": flow.find,
    "lifetime": lifetime.find,
    "absence": absence.find,
    "handler": handler.find,
    "omission": omission.find,
    "column": column.find,
    "option": option.find,
    "declared": declared.find,
    "wipe": wipe.find,
    "reuse": reuse.find,
    "shared": shared.find,
}
# How often what was read is asked for further pieces that its secrets get to.
_ROUNDS = 4
_KEY_ROLES = frozenset({"key", "private-key"})
_KEY_KINDS = frozenset({"strong-random", "weak-random", "shared-secret", "environment", "file",
                        "key", "derived-key", "fast-hash", "user-input"})  # fmt: skip


@dataclass(slots=True)
class _Prepared:
    """What is derived once from a catalogue."""

    anchors: Anchors
    kinds: KindIndex
    findings: Findings
    rules: tuple[tuple[hits.Alternative, ...], ...]


_prepared: dict[str, _Prepared] = {}


def _prepare(catalogue: Catalogue) -> _Prepared:
    known = _prepared.get(catalogue.digest)
    if known is None:
        models = catalogue.models
        rules = hits.alternatives(catalogue.rules.values(), _MATCHERS)
        known = _Prepared(build(models), KindIndex(models), Findings(models), rules)
        _prepared.clear()
        _prepared[catalogue.digest] = known
    return known


def analyze(
    document: Document,
    catalogue: Catalogue,
    policy: Policy,
    tree: TreeReader | None = None,
    *,
    whole: bool = False,
) -> DocumentResult:
    """The findings of one Python file.

    `tree` gives the other files of the scan, for values that come from other modules. With
    `whole` the file is parsed in one piece instead of at its anchors (same findings, slower).
    A file that is no text or does not parse gives a `parse-error` notice.
    """
    prepared = _prepare(catalogue)
    program = Program(tree, catalogue.models.modules, document.standing)
    try:
        module = _module(document, whole=whole)
    except UndecodableError as error:
        notice = Notice("parse-error", f"cannot be decoded: {error}", document.path)
        return DocumentResult(notices=(notice,))
    program.add(module)
    resolver = MemoizingResolver(program, catalogue.models)
    context = _context(module, resolver, prepared, catalogue, policy)
    exported = parameter_roles.exported_roles(context)
    found: list[Finding] = []
    pending: list[Pending] = []
    for hit in hits.find(context, prepared.rules):
        finding = prepared.findings.make(context, hit)
        if hit.unless_project or hit.needs_project:
            pending.append(Pending(finding, hit.unless_project, hit.needs_project))
        else:
            found.append(finding)
    elsewhere = _escaping(context, prepared, catalogue)
    return DocumentResult(
        findings=(*found, *_further(elsewhere.findings, found)),
        pending=(*pending, *elsewhere.pending),
        notices=tuple(_notices(module, resolver)),
        call_kinds=of_the_project(context.kinds_of_file(), document.judged),
        dependencies=tuple(sorted(program.dependencies.items())),
        exports=exported,
        gives=escapes.exported_secrets(context),
    )


def _further(others: Iterable[Finding], known: Iterable[Finding]) -> Iterator[Finding]:
    """Of findings in functions that are called, those that the lines of the calls have not got
    already: a logger of the project's own is told of where it is called."""
    lines = {(finding.rule_id, finding.span.line) for finding in known}
    return (finding for finding in others if (finding.rule_id, finding.span.line) not in lines)


def understand(
    document: Document, catalogue: Catalogue, policy: Policy, tree: TreeReader | None = None
) -> Context:
    """The modelled calls of a whole Python file, its scopes, and a resolver for the origins of
    its values. Raises UndecodableError."""
    prepared = _prepare(catalogue)
    program = Program(tree, catalogue.models.modules, document.standing)
    module = _module(document, whole=True)
    program.add(module)
    resolver = MemoizingResolver(program, catalogue.models, every_call=True)
    # None where there is nothing to parse, or too much.
    pieces = [*range(len(module.pieces))]
    return _context(module, resolver, prepared, catalogue, policy, pieces=pieces, rounds=0)


def analyze_calls(
    document: Document,
    catalogue: Catalogue,
    policy: Policy,
    tree: TreeReader,
    exports: Mapping[str, frozenset[str]],
    gives: Mapping[str, frozenset[str]],
) -> DocumentResult:
    """The findings about the arguments that a Python file passes to functions of other files, and
    about what it imports from them.

    `exports` and `gives` are those of the `DocumentResult`s of the tree, by path. What `analyze`
    reports of the file may be in it again.
    """
    prepared = _prepare(catalogue)
    try:
        module = _module(document)
    except UndecodableError:
        return DocumentResult()
    imported = escapes.imported_secrets(module, gives)
    passes = parameter_roles.mentioned_exports(module, exports)
    if not passes and not imported:
        return DocumentResult()
    program = Program(tree, catalogue.models.modules, document.standing)
    program.add(module)
    found = _Found(prepared)
    if passes:
        answers = MemoizingResolver(program, catalogue.models)
        asks = MemoizingResolver(program, catalogue.models)
        for called in parameter_roles.register_callers(module, asks, answers, exports):
            context = _context(called, answers, prepared, catalogue, policy, rounds=0)
            found.add(
                context,
                parameter_roles.reported_at_call_sites(
                    module, hits.find(context, prepared.rules, parameter_roles.KINDS)
                ),
            )
    if imported:
        words = frozenset(name.removesuffix(CALLED) for name in imported)
        renamed = module.words.pieces_with(parameter_roles.import_aliases(module, words))
        pieces = sorted({*escapes.pieces_getting(module, imported), *renamed})
        context = _context(
            module, MemoizingResolver(program, catalogue.models), prepared, catalogue, policy,
            pieces=pieces, also=escapes.SAID_ELSEWHERE, imported=words,
        )  # fmt: skip
        further = _escaping(context, prepared, catalogue, made_elsewhere=True)
        escapes.restrict_to_escapes(context)
        seen = hits.find(context, prepared.rules, escapes.KINDS)
        found.add(context, (hit for hit in seen if escapes.crosses_files(hit)))
        found.findings += further.findings
        found.pending += further.pending
    dependencies = tuple(sorted(program.dependencies.items()))
    return DocumentResult(tuple(found.findings), tuple(found.pending), dependencies=dependencies)


def _module(document: Document, *, whole: bool = False) -> Module:
    """A document as a module; raises UndecodableError."""
    path = document.path
    return SourceModule(path, module_name(path), document.data, whole=whole, judged=document.judged)


@dataclass(slots=True)
class _Found:
    """The findings that several files together make, each once."""

    prepared: _Prepared
    findings: list[Finding] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)
    _places: set[tuple[str, tuple[int, int]]] = field(default_factory=set)

    def add(self, context: Context, hits: Iterable[Hit]) -> None:
        """Adds the hits that nothing in the function they are placed in silences."""
        for hit in hits:
            key = (hit.rule.id, hit.place)
            silent = hit.unless_function and hit.unless_function & context.kinds_in(hit.scope)
            if key in self._places or silent:
                continue
            self._places.add(key)
            finding = self.prepared.findings.make(context, hit)
            if hit.unless_project or hit.needs_project:
                self.pending.append(Pending(finding, hit.unless_project, hit.needs_project))
            else:
                self.findings.append(finding)


def _escaping(
    context: Context, prepared: _Prepared, catalogue: Catalogue, *, made_elsewhere: bool = False
) -> _Found:
    """What becomes of the secrets of a file in functions of others that it passes them to."""
    found = _Found(prepared)
    functions: dict[str, list[Scope]] = {}
    answers = MemoizingResolver(context.resolver.program, catalogue.models)
    for function, call, scope in escapes.secret_recipients(context, made_elsewhere=made_elsewhere):
        answers.add_caller(function, call, scope)
        functions.setdefault(function.module.path, []).append(function)
    for called in functions.values():
        there = _context(
            called[0].module, answers, prepared, catalogue, context.policy,
            pieces=escapes.pieces_of(called),
        )  # fmt: skip
        there.secrets |= context.secrets
        escapes.restrict_to_escapes(there)
        seen = hits.find(there, prepared.rules, escapes.KINDS)
        found.add(there, parameter_roles.reported_at_call_sites(context.module, seen))
    return found


def _context(
    module: Module, resolver: Resolver, prepared: _Prepared, catalogue: Catalogue, policy: Policy,
    *, rounds: int = _ROUNDS, pieces: list[int] | None = None, also: frozenset[str] = frozenset(),
    imported: frozenset[str] = frozenset(),
) -> Context:  # fmt: skip
    """What the rules look at in one file; `rounds` as `_ROUNDS`. `pieces` are those to begin with
    instead of the anchored ones, `imported` what other files give secrets by."""
    context = Context(module, resolver, policy, prepared.kinds)
    assignments = AssignmentSinks(catalogue.models, module, also)
    options = OptionSinks(catalogue.models, module)
    named = _Named(assignments, options)
    anchors = prepared.anchors.pieces(module)
    named_pieces = assignments.pieces | options.pieces | home_made.pieces(module)
    named_pieces |= named_functions.pieces(module)
    anchored = pieces or sorted({*anchors, *secret_uses.pieces(module), *named_pieces})
    _read(context, named, anchored)
    read = set(anchored)
    for _ in range(rounds):
        unread = {name: n for name, n in module.definitions().items() if n not in read}
        spoken_of = set(module.words.pieces_with(carriers.carrier_names(context, imported))) - read
        more = sorted(spoken_of | carriers.pieces_given_secrets(context, unread))
        more = more[: carriers.MAX_PIECES + len(anchored) - len(read)]
        if not more:
            break
        _read(context, named, more)
        read.update(more)
    context.secrets = _used_as_keys(context)
    return context


class _Named(NamedTuple):
    """What plays a role by its name in a file."""

    assignments: AssignmentSinks
    options: OptionSinks


def _read(context: Context, named: _Named, pieces: list[int]) -> None:
    """Notes the uses and sinks of some pieces of the file."""
    resolver = context.resolver
    urls = context.once(("url templates",), lambda: templates(context.module.text))
    for number in pieces:
        for scope in nested_scopes(context.module.scope(number)):
            context.scopes.append(scope)
            uses = without_trial_ciphers(scope, uses_in(resolver, scope))
            context.uses += uses
            context.sinks += [sink for use in uses for sink in sinks_of_use(use)]
            context.sinks += sinks_of_scope(scope, urls)
            context.sinks += lookup_sinks(scope)
            context.sinks += saved_values(scope)
            context.sinks += printer_sinks(resolver, scope)
            context.sinks += message_sinks(scope, uses)
            context.sinks += event_sinks(resolver, scope, uses)
            context.sinks += log_sinks(resolver, scope, uses)
            context.sinks += route_answers(scope)
            context.sinks += cache_sinks(resolver, scope)
            context.sinks += dict_cache_sinks(scope)
            context.sinks += lazy_cache_sinks(scope)
            context.sinks += named.assignments.of_scope(resolver, scope)
            context.sinks += named.options.of_scope(resolver, scope)
            context.sinks += home_made_ciphers(scope)


def _used_as_keys(context: Context) -> set[Part]:
    """The values that reach a key role: secrets wherever else they go."""
    found: set[Part] = set()
    for sink in context.sinks:
        if sink.role in _KEY_ROLES:
            for origin in context.resolver.origins(sink.value, sink.scope, None):
                if _may_be_key(origin, sink.scope) and not is_sent_along(origin):
                    found.add(part_of(origin))
    return found


def _may_be_key(origin: Origin, scope: Scope) -> bool:
    """Whether what gets to a key's place there is that key: of a value that is not known, a
    parameter of the same function, or a text that is filled up to the size of one."""
    if origin.kind == "parameter":
        return origin.scope is scope
    return origin.kind in _KEY_KINDS or (origin.kind == "unknown" and "pad" in origin.via)


def _notices(module: Module, resolver: Resolver) -> list[Notice]:
    notices = []
    for pos, detail in module.errors[:1]:
        span = module.span(pos, pos)
        text = f"does not parse as Python ({detail})" if detail else "does not parse as Python"
        more = len(module.errors) - 1
        if more:
            text += f", nor do {more} other parts"
        notices.append(
            Notice("parse-error", f"{text}: scanned for secrets only", module.path, span)
        )
    if resolver.exhausted:
        text = f"{resolver.exhausted} questions about values were cut off by a bound on depth"
        notices.append(Notice("limit", text, module.path))
    return notices
