"""Cross-file roles of parameters: what one file passes to another that uses it as a key.

A function in `crypto.py` encrypts with the `key` it is given; that it is given a literal is seen
only where `orders.py` calls it. The first look at `crypto.py` names such functions
(`DocumentResult.exports`); with the names of the whole tree at hand, files that call one of them
are analyzed again: their calls count as callers, and what then reaches a role is reported at
the argument that was passed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from keyaudit.code.matching.context import Context, Hit
from keyaudit.code.provenance.call_targets import callees, find_method
from keyaudit.code.provenance.names import import_path
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.semantics.module_names import stem
from keyaudit.code.semantics.scopes import Module, Scope, nested_scopes
from keyaudit.code.syntax import Call, last_part
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import PASSWORD

# Roles in which it matters what a caller passes.
ROLES = frozenset({"key", "private-key", "nonce", "salt", "iterations", "cost", "password", "seed",
                   "framework-secret", "token", "mode", "algorithm", "algorithms", "digest",
                   "key-size", "verify", "hashed"})  # fmt: skip
# Kinds of match that look at what reaches a role.
KINDS = frozenset({"argument", "flow"})
MAX_MODULES = 20
_OF_PROTOCOL = regex(r"(?i)encrypt|sign|auth|login|request|encode")


def exported_roles(context: Context) -> frozenset[str]:
    """The names by which other files call functions whose parameters play a role here."""
    functions: dict[int, Scope] = {}
    asked = context.resolver.asked
    for sink in context.sinks:
        if sink.role not in ROLES:
            continue
        reaching = context.resolver.origins(sink.value, sink.scope, None)
        # Of a key that is hashed to fit, what was hashed.
        hashed = [o for whole in reaching for o in whole.of] if sink.role == "key" else []
        for origin in (*reaching, *hashed):
            if sink.role == "hashed" and (
                PASSWORD in (origin.kind, origin.called) or _OF_PROTOCOL.search(sink.scope.name)
            ):
                continue  # told here already, or what a server wants to be sent
            if origin.kind in ("parameter", "password") and origin.scope is not None:
                functions[id(origin.scope)] = origin.scope
            for number, _ in origin.calls:
                functions[number] = asked[number]
    found: set[str] = set()
    for function in functions.values():
        if function.module is context.module and function.kind == "function":
            owner = function.owner
            found.add(owner.name if owner and function.name == "__init__" else function.name)
    return frozenset(name for name in found if not name.startswith("__"))


def mentioned_exports(module: Module, names: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The exported names (`names`: by path) that occur in a file together with their module's
    name."""
    words = module.words.all
    found: set[str] = set()
    for path, exported in names.items():
        if path != module.path and stem(path) in words:
            found |= exported & words
    return frozenset(found)


def register_callers(
    module: Module, asks: Resolver, answers: Resolver, names: Mapping[str, frozenset[str]]
) -> list[Module]:
    """Registers the calls of a file as callers of the exported functions they call.

    `asks` resolves the call targets; the callers are added to `answers`, which must not have
    answered a question yet. Returns the modules called into, at most `MAX_MODULES`.
    """
    words = mentioned_exports(module, names)
    local = words | import_aliases(module, words)
    called: dict[str, Module] = {}
    for number in module.words.pieces_calling(local):
        for scope in nested_scopes(module.scope(number)):
            for call in scope.calls:
                if last_part(call.func) not in local:
                    continue
                for target in _targets(asks, call, scope):
                    path = target.module.path
                    if target.module is module or path not in names:
                        continue
                    if len(called) < MAX_MODULES or path in called:
                        called[path] = target.module
                        answers.add_caller(target, call, scope)
    return list(called.values())


def import_aliases(module: Module, words: frozenset[str]) -> set[str]:
    """The local names that a file's imports bind to one of these imported names."""
    found: set[str] = set()
    for number in module.words.pieces_with(words):
        if module.defined_by(number) or "import" not in module.words.of(number):
            continue
        for bindings in module.scope(number).bindings.values():
            for binding in bindings:
                if binding.kind == "import" and import_path(binding).rsplit(".", 1)[-1] in words:
                    found.add(binding.name)
    return found


def _targets(resolver: Resolver, call: Call, scope: Scope) -> list[Scope]:
    found: list[Scope] = []
    for callee in callees(resolver, call, scope, None):
        if callee.function is not None:
            found.append(callee.function)
        elif callee.cls is not None:
            init = find_method(resolver, callee.cls, "__init__")
            if init is not None:
                found.append(init)
    return found


def reported_at_call_sites(module: Module, hits: Iterable[Hit]) -> list[Hit]:
    """The hits whose value was passed by a call in `module`, moved to the argument of that call."""
    found: list[Hit] = []
    for hit in (way for whole in hits for way in (whole, *whole.others)):
        if hit.origin is None:
            continue
        passed = [step for step in hit.origin.trace if step.module is module]
        if not passed:
            continue
        origin = hit.origin.with_step(hit.scope.module, *hit.place, hit.last_step)
        last = passed[-1]
        place = (last.pos, last.end)
        scope = _scope_at(module, last.pos)
        found.append(replace(hit, scope=scope, place=place, origin=origin, last_step="", others=()))
    return found


def _scope_at(module: Module, pos: int) -> Scope:
    """The innermost scope whose calls reach over a position."""
    best: tuple[int, Scope] | None = None
    for top in module.loaded():
        for scope in nested_scopes(top):
            for call in scope.calls:
                size = call.end - call.pos
                if call.pos <= pos < call.end and (best is None or size < best[0]):
                    best = (size, scope)
    return best[1] if best else module.loaded()[0]
