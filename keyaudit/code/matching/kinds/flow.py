"""`flow`: a value of a certain origin reaches a role."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import takewhile
from typing import Any

from keyaudit.catalogue.types import Match, Rule
from keyaudit.code.matching.call_conditions import (
    CONTEXTUAL,
    conditions_hold,
    has_flow,
    is_as_described,
)
from keyaudit.code.matching.commands import is_made_for_user
from keyaudit.code.matching.context import Context, Hit
from keyaudit.code.matching.counterparts import (
    is_compared_with_input,
    is_typed_and_compared_with,
    result_plays_role,
)
from keyaudit.code.matching.distinct_values import one_per_value
from keyaudit.code.matching.file_modes import is_narrowed_after
from keyaudit.code.matching.hashed_values import hashed_values, is_hash_of, is_of_kinds
from keyaudit.code.matching.kept_values import is_kept
from keyaudit.code.matching.names_of_secrets import is_name_of_secret
from keyaudit.code.matching.opened_files import paths_read_from
from keyaudit.code.matching.optional_calls import is_left_out
from keyaudit.code.matching.passed_statements import with_their_statement
from keyaudit.code.matching.public_labels import is_label
from keyaudit.code.matching.reaching_values import TEXT_ROLES, reaching_origins
from keyaudit.code.matching.related import creating_calls
from keyaudit.code.matching.sinks import Sink, sinks_of_use
from keyaudit.code.matching.unbounded_calls import is_unbounded
from keyaudit.code.provenance.model_index import SECRET
from keyaudit.code.provenance.modelled_returns import kind_in_words, short_name
from keyaudit.code.provenance.origin import WHOLE, Origin, Symbol
from keyaudit.code.syntax import Attr, Call, Const, Name, Sub, last_part
from keyaudit.core.patterns import regex
from keyaudit.core.rule_patterns import compiled
from keyaudit.core.secret_names import BARE_TOKEN, CODE, KEY, PASSWORD, TOKEN
from keyaudit.core.secret_names import SECRET as SECRET_NAME
from keyaudit.core.secret_names import WHOLE as WHOLE_THING

# Roles whose literals only count when they are text or bytes, and not empty.
_NEVER_LITERAL = (bool, int, float, tuple, list, type(None), Symbol)
_HIDES = regex(
    r"^returned by `\w*(?:saniti[sz]|redact|mask|obfuscat|censor|scrub|obscure|hide|anonymi)",
    re.IGNORECASE,
)
# What a constant that stands for "there is none" is called: `DECRYPTION_FAILED`, `NO_KEY`.
_NO_VALUE_NAMED = regex(
    r"(?:^|_)(?:fail(?:ed|ure)?|error|invalid|missing|undefined|unset|not_?found|no_key|none)(?:_|$)",
    re.IGNORECASE,
)
_CALLED = {PASSWORD: "a password", CODE: "a code that lets in", TOKEN: "a token",
           BARE_TOKEN: "a token", KEY: "a secret key",
           SECRET_NAME: "a secret"}  # fmt: skip
# A default that says that there is none, and opens nothing.
_STANDS_FOR_NONE = regex(
    r"(?i)\W*|<.*>|placeholder|none|null|empty|not.(?:needed|required|used|set)|unused|dummy|no.?key|unset|todo|n/?a|your\W.*"
)
_EXPORTS = frozenset({"encode", "decode", "convert"})


def find(context: Context, rule: Rule, match: Match) -> Iterator[Hit]:
    """The sinks of the roles `to` that a value of the kinds `from` reaches."""
    parameters = match.parameters
    if "in-file" in parameters and not has_flow(context, parameters["in-file"]):
        return
    for sink in context.sinks_of(frozenset(parameters["to"])):
        if not _is_asked_for(context, sink, parameters):
            continue
        reaching = context.once(("reaching", id(sink)), partial(reaching_origins, context, sink))
        matching = _matching(context, sink, reaching, match)
        if _is_spared(context, sink, reaching, matching, parameters):
            continue
        if not matching or not _beside(context, sink, reaching, matching, parameters):
            continue
        if not context.silenced(match, sink.scope):
            project = context.project_unless(match)
            hits = []
            needs = context.project_needs(match)
            for origin in one_per_value(matching):
                hit = _hit(rule, sink, origin, project)
                hit.needs_project = needs
                if "of" in parameters:
                    _tell_hashed(context, hit, origin, parameters["of"])
                hits.append(hit)
            hits[0].others = tuple(hits[1:])
            yield hits[0]


def _is_asked_for(context: Context, sink: Sink, parameters: Mapping[str, Any]) -> bool:
    """Whether a match asks for what reaches such a sink: by its kinds, and the call it is of."""
    kinds = parameters.get("kinds", ())
    if kinds and sink.kinds.isdisjoint(kinds):
        return False
    if not sink.kinds.isdisjoint(parameters.get("not-kinds", ())):
        return False
    use = sink.use
    if use is None and CONTEXTUAL & parameters.keys():
        return False
    if use is not None and not conditions_hold(context, use, parameters):
        return False
    if parameters.get("uses") == "unbounded" and (use is None or not is_unbounded(context, use)):
        return False
    if parameters.get("narrowed") == "after" and not is_narrowed_after(context, sink):
        return False
    kinds_before = parameters.get("not-always")
    return kinds_before is None or (use is not None and is_left_out(context, use, kinds_before))


def _matching(context: Context, sink: Sink, reaching: list[Origin], match: Match) -> list[Origin]:
    """Those of the values that reach a sink that the match asks for."""
    parameters = match.parameters
    found = [
        origin
        for origin in reaching
        if _counts(context, origin, match)
        and _shows(origin, sink.role)
        and not is_label(context, sink.use, origin)
        and not (sink.role in TEXT_ROLES and is_name_of_secret(origin, sink.scope))
    ]
    if "not-via" in parameters:
        found = [o for o in found if not _starts(o, reaching, parameters["not-via"])]
    if "when-matches" in parameters:
        found = with_their_statement(context, sink, found, parameters["when-matches"])
    if parameters.get("born") == "module":
        return [o for o in found if _outlives(o, sink)]
    if parameters.get("born") == "command":
        return [o for o in found if is_made_for_user(o, sink)]
    return found


def _is_spared(
    context: Context,
    sink: Sink,
    reaching: list[Origin],
    matching: list[Origin],
    parameters: Mapping[str, Any],
) -> bool:
    """Whether something else about a sink makes what reaches it right: what it may come from as
    well, what it is compared with, or what becomes of the call's result."""
    if _may_come(context, reaching, matching, parameters):
        return True
    if _is_opposed(context, sink, parameters.get("unless-opposite", ())):
        return True
    if "opposite-named" in parameters and not _is_opposite_named(
        sink, parameters["opposite-named"]
    ):
        return True
    if parameters.get("against") == "given" and not is_compared_with_input(context, sink, reaching):
        return True
    if parameters.get("against") == "written" and not is_typed_and_compared_with(
        context, sink, matching, parameters["opposite-matches"]
    ):
        return True
    if result_plays_role(context, sink, parameters.get("unless-used-as", ())):
        return True
    return "used-as" in parameters and not result_plays_role(context, sink, parameters["used-as"])


def _may_come(
    context: Context,
    reaching: list[Origin],
    matching: list[Origin],
    parameters: Mapping[str, Any],
) -> bool:
    """Whether the value may come from one of the kinds `unless-from` as well, or hold one hashed
    with the rest; with `unless-kept`, whether it is written to a file, too."""
    if parameters.get("unless-kept") and any(is_kept(context, origin) for origin in matching):
        return True
    kinds = parameters.get("unless-from", ())
    if not kinds:
        return False
    if any(origin.kind in kinds for origin in reaching):
        return True
    return "of" in parameters and any(
        o.kind in kinds for origin in matching for o in hashed_values(context, origin)
    )


def _tell_hashed(context: Context, hit: Hit, origin: Origin, kinds: Collection[str]) -> None:
    """Adds to a hit what was hashed, where that came from first."""
    inner = next(
        (o for o in hashed_values(context, origin) if is_of_kinds(context, o, kinds)), None
    )
    if inner is not None:
        hashed = _named(inner)
        if hashed.startswith(("read ", "typed ", "derived ")):
            hashed = f"what is {hashed}"
        hit.words["origin"] = f"{kind_in_words(origin.kind)} of {hashed}"
        hit.words["inner"] = short_name(inner.source)
        hit.origin = replace(origin, trace=(*inner.trace, *origin.trace))


def _is_opposed(context: Context, sink: Sink, kinds: Collection[str]) -> bool:
    """Whether what the value is compared with is of these kinds, or None, and no other."""
    if sink.opposite is None or not kinds:
        return False
    against = context.resolver.origins(sink.opposite, sink.scope, None)
    made = [origin for origin in against if origin.kind != "none"]
    return bool(made) and all(origin.kind in kinds for origin in made)


def _is_opposite_named(sink: Sink, pattern: str) -> bool:
    """Whether what the value is compared with is called so, by the last part of its name."""
    opposite = sink.opposite
    if isinstance(opposite, Call):
        opposite = opposite.args[0].value if opposite.args else opposite.func
    if isinstance(opposite, Sub) and isinstance(opposite.index, Const):
        return compiled(pattern).search(str(opposite.index.value)) is not None
    return isinstance(opposite, Attr | Name) and (
        compiled(pattern).search(last_part(opposite)) is not None
    )


def _shows(origin: Origin, role: str) -> bool:
    """Whether a value tells what it is when it becomes text: an object that holds a key does not,
    unless it was exported, nor does what a function made to hide it gives back."""
    if role == "default-secret" and isinstance(origin.value, str):
        return _STANDS_FOR_NONE.fullmatch(origin.value) is None
    if role in TEXT_ROLES and any(_HIDES.search(step.text) for step in origin.trace):
        return False
    is_object = origin.kind == "private-key-object" and origin.type is not None
    return not (is_object and role in TEXT_ROLES and not origin.via & _EXPORTS)


def _starts(origin: Origin, reaching: list[Origin], transforms: Collection[str]) -> bool:
    """Whether a value is what a loop of the same function begins with: a first hash of many.

    It gets to the use itself only if the loop does not run at all; where the loop stands in an
    `if` that the value does not, it may.
    """
    first = origin.node
    if not isinstance(first, Call):
        return False
    for other in reaching:
        again = other.node
        if (
            other.kind == origin.kind
            and not other.via.isdisjoint(transforms)
            and isinstance(again, Call)
            and again.scope is first.scope
        ):
            around = tuple(takewhile(lambda block: block[0] != "loop", again.context))
            if again.context != around and first.context[: len(around)] == around:
                return True
    return False


def _outlives(origin: Origin, sink: Sink) -> bool:
    """Whether a value was made once, when the module was loaded, and is used in a function."""
    made_in = origin.node.scope if isinstance(origin.node, Call) else None
    if made_in is None or made_in.kind not in ("module", "class"):
        return False
    return sink.scope.kind not in ("module", "class")


def _beside(
    context: Context,
    sink: Sink,
    reaching: list[Origin],
    matching: list[Origin],
    parameters: Mapping[str, Any],
) -> bool:
    """Whether a value of the kinds `beside` gets to the same call, when that is asked for: another
    one than those that match."""
    asked = parameters.get("beside")
    if asked is None or any(
        origin.kind in asked or any(context.is_called(origin, kind) for kind in asked)
        for origin in reaching
        if origin not in matching
    ):
        return True
    if sink.use is None:
        return False
    return any(
        origin.kind in asked
        for other in sinks_of_use(sink.use)
        if other.role == sink.role and other.value is not sink.value
        for origin in reaching_origins(context, other)
    )


def _counts(context: Context, origin: Origin, match: Match) -> bool:
    parameters = match.parameters
    if not is_of_kinds(context, origin, parameters["from"]):
        return False
    if origin.kind == "literal" and (
        isinstance(origin.value, _NEVER_LITERAL)
        or origin.length == 0
        # What was done with it on the way makes a text of no characters no key, unless others were
        # put together with it: `b"".join(parts)`.
        or (
            isinstance(origin.node, Const)
            and origin.node.value in ("", b"")
            and origin.via.isdisjoint({"format", "join"})
        )
        or any(_NO_VALUE_NAMED.search(name) for name in origin.names)
    ):
        return False
    via = frozenset(parameters.get("via", ()))
    if (via and not via & origin.via) or _is_hidden(origin, parameters.get("not-via", ())):
        return False
    named = parameters.get("named")
    if named is not None:
        under = hashed_values(context, origin) if "of" in parameters else []
        if not any(re.search(named, name) for o in (origin, *under) for name in o.names):
            return False
    hidden = parameters.get("not-named")
    if hidden is not None and any(re.search(hidden, name) for name in origin.names):
        return False
    if _is_made_with(context, origin, parameters.get("unless-made-with", {})):
        return False
    read_from = parameters.get("read-from")
    if read_from is not None and not any(
        re.search(read_from, path) for path in paths_read_from(context, origin)
    ):
        return False
    made = parameters.get("made")
    if made is not None and not any(
        is_as_described(context, use, made) for use in creating_calls(context, origin)
    ):
        return False
    other = parameters.get("unless-of")
    if other is not None and any(_is_named(o, other) for o in hashed_values(context, origin)):
        return False
    hashed = parameters.get("of")
    if hashed is None:
        return True
    of = partial(is_hash_of, context, origin, parameters)
    return context.once(("of", id(origin.of), id(parameters)), of)


def _is_hidden(origin: Origin, transforms: Collection[str]) -> bool:
    """Whether a value went through one of these transforms; a stretch of a text that is called a
    secret is all of that secret."""
    went_through = origin.via.intersection(transforms)
    return bool(went_through - {"slice"} if origin.via >= WHOLE else went_through)


def _is_made_with(context: Context, origin: Origin, asked: Mapping[str, str]) -> bool:
    """Whether the call that made a value was given, for a role, a variable of such a name."""
    return any(
        compiled(pattern).search(last_part(given))
        for use in (creating_calls(context, origin) if asked else ())
        for role, pattern in asked.items()
        for _, given in use.arguments.get(role, ())
    )


def _is_named(origin: Origin, asked: Mapping[str, Any]) -> bool:
    """Whether a value is of one of the kinds `from`, and was held under a name as `named` says."""
    return origin.kind in asked["from"] and any(
        compiled(asked["named"]).search(name) for name in origin.names
    )


def _named(origin: Origin) -> str:
    """An origin in words: by its kind, or where that says nothing by what names call it."""
    if origin.called == WHOLE_THING:
        return origin.source
    if origin.called in _CALLED and origin.kind not in SECRET:
        return _CALLED[origin.called]
    return kind_in_words(origin.kind)


def _hit(rule: Rule, sink: Sink, origin: Origin, project: frozenset[str]) -> Hit:
    call = sink.name if sink.name.startswith("`") else short_name(sink.name)
    words = {
        "call": call.strip("`"), "role": sink.role, "origin": _named(origin),
        "source": short_name(origin.source), "inner": short_name(origin.source), "value": "",
        "name": call.strip("`"),
    }  # fmt: skip
    if sink.use is not None:
        step = f"used as {sink.role} of `{call}()`"
    elif sink.role == "comparison":
        step = "compared here"
    elif sink.role in TEXT_ROLES - {"exception"}:
        step = f"told by `{call.strip('`')}()`"
    elif sink.label:
        step = f"put into a URL as `{sink.label}`"
    elif sink.role == "exception":
        step = "put into an exception"
    elif sink.role == "serialized" or call == f"`{sink.scope.name}`":
        step = f"returned by {call}"
    elif sink.role == "cached":
        kept = sink.kinds & {"dict-cache"}
        step = f"kept in {call}" if kept else f"returned, and kept by `{call}`"
    else:
        step = f"assigned to {call}"
    by_name = sink.use is None and sink.name.startswith("`")
    return Hit(
        rule,
        sink.scope,
        sink.span,
        f"{sink.name}:{sink.role}",
        words,
        origin,
        step,
        unless_project=project,
        by_name=by_name,
        composed=sink.use is None and bool(sink.label) and sink.role not in TEXT_ROLES,
    )
