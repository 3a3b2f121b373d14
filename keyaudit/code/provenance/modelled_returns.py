"""Provenance of modelled calls, by what their model says under `returns`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from keyaudit.catalogue.types import CallModel
from keyaudit.code import syntax as s
from keyaudit.code.provenance import constant_folding
from keyaudit.code.provenance.call_targets import Callee
from keyaudit.code.provenance.forwarded_arguments import expand
from keyaudit.code.provenance.origin import (
    NO_VALUE,
    PICKED,
    Frame,
    Origin,
    Symbol,
    combine,
    length_of,
)
from keyaudit.code.semantics.argument_binding import Bound, bind_model
from keyaudit.code.semantics.scopes import Scope

if TYPE_CHECKING:
    from keyaudit.code.provenance.resolver import Resolver

_WORDS = {
    "literal": "a text in the source code",
    "weak-random": "a random number from a generator that is not cryptographic",
    "strong-random": "random bytes from a secure generator",
    "clock": "the current time",
    "identifier": "an identifier that can be guessed",
    "environment": "a value from the environment",
    "file": "a value read from a file",
    "network": "a value received from the network",
    "database": "a value from a database",
    "user-input": "a value typed in by a user",
    "password": "a password",
    "fast-hash": "a fast hash",
    "slow-hash": "a hash of a password",
    "derived-key": "a key made by a key derivation function",
    "key": "a secret key",
    "private-key-object": "a private key",
    "wrapped-key": "a wrapped key",
    "public-key": "a public key",
    "shared-secret": "a raw shared secret",
    "mac": "a message authentication code",
    "ciphertext": "ciphertext",
}

_ENCODES = frozenset({"builtins.str.encode"})
_ENCODES_AS = frozenset({"builtins.bytes", "builtins.bytearray"})


def short_name(name: str) -> str:
    """The last two parts of a dotted name, for messages."""
    return ".".join(name.removeprefix("builtins.").split(".")[-2:])


def kind_in_words(kind: str) -> str:
    """A kind of origin in words, for messages."""
    return _WORDS.get(kind, kind)


def folded_call(
    resolver: Resolver, name: str, call: s.Call, scope: Scope, frame: Frame | None
) -> list[Origin]:
    """The literal that a pure call of literals evaluates to (`constant_folding.call`); empty for
    any other call."""
    if not constant_folding.knows(name):  # what is passed need not be looked for
        return []
    values = [resolver.constant(arg.value, scope, frame) for arg in call.args if not arg.star]
    if name == "builtins.bytearray" and values and isinstance(values[0], int):
        return [resolver.unknown(call, scope)]  # a buffer, made to be filled
    empty = not call.args and name in ("builtins.bytes", "builtins.str")
    value = constant_folding.call(name, values) if values or empty else NO_VALUE
    if value is NO_VALUE:
        return []
    made = resolver.literal(call, scope, value)
    first = call.args[0].value if call.args else None
    if first is None or isinstance(first, s.Const) or made.kind != "literal":
        return [made]
    # Written elsewhere: that is where it comes from.
    known = resolver.origins(first, scope, frame)
    if len(known) != 1 or known[0].kind != "literal" or not isinstance(known[0].value, str | bytes):
        return [made]
    text = f"through `{short_name(name)}()`"
    return [
        known[0].with_value(value, made.length).with_step(scope.module, call.pos, call.end, text)
    ]


def bind_arguments(
    resolver: Resolver, call: s.Call, model: CallModel, scope: Scope, frame: Frame | None
) -> Bound:
    """The arguments of a modelled call by parameter, those in a known `*` or `**` included."""
    return bind_model(expand(resolver, call, scope, frame), model)


def of_modelled_call(
    resolver: Resolver, callee: Callee, model: CallModel, call: s.Call, scope: Scope,
    frame: Frame | None,
) -> list[Origin]:  # fmt: skip
    """The origins of what a modelled call returns, as its model says."""
    known = folded_call(resolver, model.name, call, scope, frame)
    if known:
        return known
    bound = bind_arguments(resolver, call, model, scope, frame)
    spec = model.returns
    name = _type(resolver, model, bound, scope, frame)
    passed = [
        tuple(_pass(resolver, parameter, model, callee, call, bound, scope, frame))
        for parameter in spec.get("passes", ())
    ]
    several = sum(bool(part) for part in passed) > 1
    found = list(combine(passed, "join") if several else [o for part in passed for o in part])
    # `str.encode(text)` and `bytes(text, "utf-8")` are `text.encode()`.
    if model.name in _ENCODES or (model.name in _ENCODES_AS and len(call.args) > 1):
        found = [o.transformed("encode") for o in found]
    if "hash" in spec:
        found.append(_hash(resolver, model, callee, call, bound, scope, frame))
    if "origin" in spec and _as_asked(resolver, model, bound, scope, frame):
        length = _length(resolver, spec, bound, scope, frame)
        bits = float(length * 8) if length is not None else None
        if "pick" in spec:
            bits = _picked_bits(resolver, spec, bound, scope, frame)
        found += _made(resolver, spec, model, call, scope, length, bits)
    if "fields" in spec:
        found.append(Origin("fields", scope.module, call, scope=scope, source=model.name,
                            fields=dict(spec["fields"])))  # fmt: skip
    symbol = resolver.models.symbols.get(model.name)
    if symbol is not None:
        value = Symbol(symbol)
        found.append(Origin("literal", scope.module, call, value, source=model.name))
    if not found:
        kind = "object" if name else "unknown"
        return [Origin(kind, scope.module, call, type=name, source=model.name, scope=scope)]
    return [replace(o, type=name) if name else o for o in found]


def _type(
    resolver: Resolver, model: CallModel, bound: Bound, scope: Scope, frame: Frame | None
) -> str | None:
    name = model.returns.get("type")
    if name is None:
        last = model.name.rsplit(".", 1)[-1]
        return model.name if last[:1].isupper() else None
    while "{" in name:
        head, _, rest = name.partition("{")
        parameter, _, tail = rest.partition("}")
        value = bound.values.get(parameter)
        known = resolver.constant(value, scope, frame) if value is not None else NO_VALUE
        if not isinstance(known, str):
            return None
        name = f"{head}{known}{tail}"
    return str(name)


# What these make of a text or of bytes is so many times as long.
_LENGTHS = {"builtins.bytes.fromhex": (1, 2), "builtins.bytearray.fromhex": (1, 2),
            "binascii.unhexlify": (1, 2), "binascii.a2b_hex": (1, 2),
            "binascii.hexlify": (2, 1), "binascii.b2a_hex": (2, 1)}  # fmt: skip


def _pass(
    resolver: Resolver, parameter: str, model: CallModel, callee: Callee, call: s.Call,
    bound: Bound, scope: Scope, frame: Frame | None,
) -> list[Origin]:  # fmt: skip
    if parameter == "receiver":
        incoming = callee.receiver
    elif parameter in bound.values:
        incoming = resolver.origins(bound.values[parameter], scope, frame)
    else:
        return []
    if model.returns.get("origin") == "environment":
        return [o.transformed("environment-default") for o in incoming if o.kind != "none"]
    text = f"through `{short_name(model.name)}()`"
    label = "decode" if "decode" in model.name or "unhex" in model.name else "convert"
    if model.name.endswith(".pad"):
        label = "pad"
    keep = model.name.startswith("builtins.")
    joins = model.name in ("builtins.bytes", "builtins.bytearray")
    found: list[Origin] = []
    for origin in incoming:
        if joins:
            origin = replace(origin, via=origin.via - PICKED)
        elif model.name in _LENGTHS and origin.kind != "literal" and origin.length is not None:
            times, parts = _LENGTHS[model.name]
            origin = origin.with_value(NO_VALUE, origin.length * times // parts)
        elif not keep:
            value = (
                constant_folding.call(model.name, [origin.value])
                if len(call.args) == 1
                else NO_VALUE
            )
            known = origin.kind == "literal" and origin.value is not NO_VALUE
            fails = value is NO_VALUE and label == "decode" and len(call.args) == 1
            if known and fails and constant_folding.knows(model.name):
                continue  # it cannot be decoded, so nothing comes of this value
            if value is not NO_VALUE or origin.length != 0:  # nothing stays nothing in any form
                origin = origin.with_value(value, length_of(value))
        found.append(origin.transformed(label).with_step(scope.module, call.pos, call.end, text))
    return found


def _hash(
    resolver: Resolver, model: CallModel, callee: Callee, call: s.Call, bound: Bound,
    scope: Scope, frame: Frame | None,
) -> Origin:  # fmt: skip
    parts: list[tuple[Origin, ...]] = []
    for parameter in model.returns["hash"]:
        if parameter == "receiver":
            parts.append(callee.receiver)
        elif parameter in bound.values:
            parts.append(resolver.origins(bound.values[parameter], scope, frame))
    parts += _fed(resolver, call, scope, frame)
    hashed = parts[0] if len(parts) == 1 else combine(parts, "join", whole=False)
    # A hash of hashes, made in a loop, may be slow enough.
    again = any(kind == "loop" for kind, _, _ in call.context)
    again = again or any("repeat" in o.via for o in hashed)
    via = frozenset({"hash", "repeat"} if again else {"hash"})
    origin = Origin("fast-hash", scope.module, call, of=hashed, source=model.name, via=via)
    return origin.with_step(
        scope.module, call.pos, call.end, f"`{short_name(model.name)}()`: a fast hash"
    )


def _fed(
    resolver: Resolver, made: s.Call, scope: Scope, frame: Frame | None
) -> list[tuple[Origin, ...]]:
    """What was given to `update` of the object a call made, where it is held in a variable."""
    updates = resolver.once((scope, _updates), partial(_updates, scope))
    return [resolver.origins(value, scope, frame) for value in updates.get(id(made), ())]


def _updates(scope: Scope) -> dict[int, list[s.Expr]]:
    """What is given to `update` in a scope, by what the variable holds that it is called on."""
    found: dict[int, list[s.Expr]] = {}
    for call in scope.calls:
        func = call.func
        if not isinstance(func, s.Attr) or func.name != "update" or not call.args:
            continue
        reach = func.value.reach if isinstance(func.value, s.Name | s.Attr) else None
        for held in {id(binding.value) for binding in reach or ()}:
            found.setdefault(held, []).append(call.args[0].value)
    return found


def _length(
    resolver: Resolver, spec: Mapping[str, Any], bound: Bound, scope: Scope, frame: Frame | None
) -> int | None:
    """The bytes of what is born; for `bits` an eighth."""
    for unit, divisor in (("bytes", 1), ("bits", 8)):
        asked = spec.get(unit)
        if isinstance(asked, str):
            value = bound.values.get(asked)
            asked = resolver.constant(value, scope, frame) if value is not None else None
        if isinstance(asked, int) and not isinstance(asked, bool):
            return asked // divisor
    return None


def _made(
    resolver: Resolver, spec: Mapping[str, Any], model: CallModel, call: s.Call, scope: Scope,
    length: int | None, bits: float | None,
) -> list[Origin]:  # fmt: skip
    kind = str(spec["origin"])
    if length is not None and spec.get("hex"):
        length *= 2
    elif length is not None and spec.get("base64"):
        length = -(-length * 4 // 3)
    via = PICKED if "pick" in spec else frozenset[str]()
    origin = Origin(kind, scope.module, call, length=length, bits=bits, via=via, source=model.name)
    text = f"`{short_name(model.name)}()`: {kind_in_words(kind)}"
    return [origin.with_step(scope.module, call.pos, call.end, text)]


def _picked_bits(
    resolver: Resolver, spec: Mapping[str, Any], bound: Bound, scope: Scope, frame: Frame | None
) -> float | None:
    """What is unpredictable of items picked out of a literal: `choice("0123456789")`."""
    many, count = (spec["pick"], spec.get("count"))
    given = bound.values.get(many)
    choices = resolver.constant(given, scope, frame) if given is not None else NO_VALUE
    if not isinstance(choices, str | bytes | tuple) or not choices:
        return None
    times: Any = 1
    if count is not None and count in bound.values:
        times = resolver.constant(bound.values[count], scope, frame)
    return math.log2(len(set(choices))) * times if isinstance(times, int) else None


def _as_asked(
    resolver: Resolver, model: CallModel, bound: Bound, scope: Scope, frame: Frame | None
) -> bool:
    """Whether the arguments are such that the call gives what its model says (`when`)."""
    for role, wanted in model.returns.get("when", {}).items():
        if role in model.constants:
            values = [model.constants[role]]
        else:
            passed = [bound.values[n] for n, r in model.parameters.items()
                      if r == role and n in bound.values]  # fmt: skip
            values = [o.value for e in passed for o in resolver.origins(e, scope, frame)]
            if not passed and not bound.open:
                values = [model.defaults.get(role)]
        if not any(value in wanted for value in values):
            return False
    return True


def of_modelled_attribute(
    resolver: Resolver, spec: Mapping[str, Any], name: str, expr: s.Expr, scope: Scope,
    receiver: tuple[Origin, ...],
) -> list[Origin]:  # fmt: skip
    """The origins of an attribute or a returned field, as its model says."""
    found = list(receiver) if "receiver" in spec.get("passes", ()) else []
    if spec.get("hex"):
        found = [o.with_value(NO_VALUE, o.length * 2 if o.length else None) for o in found]
    if "origin" in spec:
        kind = str(spec["origin"])
        origin = Origin(kind, scope.module, expr, source=name)
        text = f"`{short_name(name)}`: {kind_in_words(kind)}"
        found.append(origin.with_step(scope.module, expr.pos, expr.end, text))
    if "type" in spec:
        typed = [replace(o, type=str(spec["type"])) for o in found]
        found = typed or [Origin("object", scope.module, expr, type=str(spec["type"]), source=name)]
    return found
