"""The type `Origin`: where a value was made, and what was done with it on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from keyaudit.code.syntax import Call, Expr
from keyaudit.core.patterns import regex

if TYPE_CHECKING:
    from keyaudit.code.semantics.scopes import Module, Scope

# Kinds that carry a value of their own; the others are objects the engine looks into.
UNRESOLVED = frozenset({"parameter", "unknown"})
STRUCTURE = frozenset({"object", "instance", "class", "function", "callable", "container", "fields",
                       "none", "module", "partial", "super", "manager"})  # fmt: skip
MAX_TRACE = 24
# One out of a list: as secret as the list, until it is put together with others.
PICKED = frozenset({"pick"})
# The name of something in a library, of which the value stands for that thing.
CHOSEN = "choice"
# A stretch of a text that is called a secret: all of that secret.
WHOLE = frozenset({"whole"})
# An object that a parameter is said to be: who passes it, is out of sight.
ANNOTATED = frozenset({"annotated"})
# A number that a loop changes.
COUNTED = frozenset({"counted"})
_PUBLIC = regex(
    r"\s*(?:-----BEGIN (?:[A-Z0-9]+ )*(?:PUBLIC KEY|CERTIFICATE)-----"
    r"|(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp\d+) AAAA)"
)


class _NoValue:
    def __repr__(self) -> str:
        return "NO_VALUE"


NO_VALUE: Any = _NoValue()


class Symbol(str):
    """A name that stands for a value in a model (`hashes.SHA1` is the symbol `sha1`)."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """A step on the way of a value: in `module`, at these characters, it is used as `text` says."""

    module: Module
    pos: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A call that is being looked through: `callee`'s parameters hold the arguments of `call`."""

    callee: Scope
    call: Call
    scope: Scope
    parent: Frame | None
    skip_self: bool
    depth: int


@dataclass(slots=True, eq=False)
class Origin:
    """Where a value comes from. Never changed once it is out of the method that made it.

    `node` in `module` is the expression that made it. `value` is the Python value of a literal
    (NO_VALUE when it is not computed), `length` the number of bytes, when known, `bits` the most
    that can be unpredictable of it, when known. `via` names
    the transforms on the way, `names` the variables it was held in; `of` the origins of what
    was hashed. `type` is the modelled type of an object; `scope` the class of an instance or
    the function itself, `frame` the call that made the instance; `source` the call's name.
    `calls` are the (function, call) pairs, by id, through whose parameters the value came.
    `called` is what the names it goes by call it (`core.secret_names`): "" when they say nothing.
    """

    kind: str
    module: Module
    node: Expr
    value: Any = NO_VALUE
    length: int | None = None
    bits: float | None = None
    via: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    trace: tuple[Trace, ...] = ()
    of: tuple[Origin, ...] = ()
    type: str | None = None
    scope: Scope | None = None
    frame: Frame | None = None
    source: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    calls: frozenset[tuple[int, int]] = frozenset()
    called: str = ""

    def with_step(self, module: Module, pos: int, end: int, text: str) -> Origin:
        """The same origin, with one step more in its trace."""
        if len(self.trace) >= MAX_TRACE:
            return self
        if self.trace and (self.trace[-1].pos, self.trace[-1].text) == (pos, text):
            return self
        made = self._copy()
        made.trace = (*self.trace, Trace(module, pos, end, text))
        return made

    def with_name(self, name: str) -> Origin:
        """The same origin, also held in a variable of that name."""
        if name in self.names:
            return self
        made = self._copy()
        made.names = self.names | {name}
        return made

    def through_call(self, function: Scope, call: Call) -> Origin:
        """The same origin, passed to a function by one of its calls."""
        made = self._copy()
        made.calls = self.calls | {(id(function), id(call))}
        return made

    def within(self, whole: Origin) -> Origin:
        """The same origin, passed on by the calls that the list or dict was that it stands in."""
        if whole.calls <= self.calls:
            return self
        made = self._copy()
        made.calls = self.calls | whole.calls
        return made

    def designated(self, called: str) -> Origin:
        """The same origin, with what a name calls it: a secret, or something about one
        (`core.secret_names`)."""
        if called == self.called:
            return self
        made = self._copy()
        made.called = called
        return made

    def is_compatible(self, other: Origin) -> bool:
        """Whether both values can exist in one run: no function was called from one place for
        the one and from another for the other."""
        mine = dict(self.calls)
        return all(mine.get(function, call) == call for function, call in other.calls)

    def transformed(self, *labels: str) -> Origin:
        """The same origin after the transforms of these names."""
        if self.via.issuperset(labels):
            return self
        made = self._copy()
        made.via = self.via.union(labels)
        return made

    def with_value(self, value: Any, length: int | None) -> Origin:
        """The same origin with another value and length (in bytes)."""
        made = self._copy()
        made.value, made.length = value, length
        return made

    def with_items(self, node: Expr) -> Origin:
        """The same container with other items: those of `node`."""
        made = self._copy()
        made.node, made.value = node, NO_VALUE
        return made

    def as_part(self, label: str, bits: float | None) -> Origin:
        """The same origin as a part of a longer value, whose entropy is `bits`."""
        made = self.with_value(NO_VALUE, None)
        made.bits, made.via = bits, (self.via - PICKED) | {label}
        return made

    def _copy(self) -> Origin:
        # `dataclasses.replace` was what most of the time went into.
        return Origin(*_fields_of(self))

    def sliced(self, value: Any, length: int | None) -> Origin:
        """A slice of the same origin, with a share of its entropy by its length (in bytes)."""
        bits = self.bits
        if bits is not None and length is not None and self.length:
            bits = bits * length / self.length
        via = (self.via - WHOLE) | {"slice"}
        return replace(self, value=value, length=length, bits=bits, via=via)


_fields_of = attrgetter(*(part.name for part in fields(Origin)))


def length_of(value: Any) -> int | None:
    """The number of bytes of a literal, None for what has none."""
    if isinstance(value, str):
        return len(value.encode("utf-8", "surrogatepass"))
    return len(value) if isinstance(value, bytes | bytearray) else None


def is_public(value: Any) -> bool:
    """Whether a literal is a public key or a certificate in PEM or OpenSSH's format."""
    text = value.decode("latin-1") if isinstance(value, bytes | bytearray) else value
    return isinstance(text, str) and _PUBLIC.match(text) is not None


def identity(origin: Origin) -> tuple[Any, ...]:
    """What tells two origins apart, as a key for sets and dicts."""
    return (origin.kind, id(origin.node), origin.type, id(origin.scope), origin.via,
            id(origin.frame), origin.length, origin.calls, origin.called)  # fmt: skip


def distinct(origins: Sequence[Origin], most: int) -> tuple[Origin, ...]:
    """Each origin once, with its shortest trace; `most` of them at the most."""
    if any(not COUNTED.isdisjoint(origin.via) for origin in origins):
        # A counter is none of the numbers it starts from.
        origins = [o for o in origins if not isinstance(o.value, int | float)]
    if len(origins) < 2:
        return tuple(origins)
    seen: dict[tuple[Any, ...], Origin] = {}
    for origin in origins:
        key = identity(origin)
        if key not in seen or len(origin.trace) < len(seen[key].trace):
            seen[key] = origin
    return tuple(seen.values())[:most]


# A part that nobody can predict makes the whole so, whatever stands beside it.
UNPREDICTABLE = frozenset({"strong-random", "key", "derived-key", "shared-secret", "mac"})
PREDICTABLE = frozenset({"clock", "identifier", "weak-random"})


# What is told to others, or may be found out: beside a time it makes nothing a secret.
_TOLD = regex(
    r"(?i)(?:^|_)(?:(?:user|account|login|file|host|first|last|full|display|domain|site|project)_?"
    r"name|name|user|e?mail|(?:user|account|member|device|order|client)_?id|uid|pk|ip|ip_?addr(?:ess)?|"
    r"phone|mobile|title|slug|mac_?addr(?:ess)?|hostname|domain|path|url|timestamp)$"
)


def _is_told(origin: Origin) -> bool:
    """Whether a value that is not known is called what everybody may know of somebody."""
    if origin.kind not in UNRESOLVED:
        return False
    node = origin.node
    named = getattr(node, "name", None) or getattr(node, "id", None)
    names = {*origin.names, named} if isinstance(named, str) else origin.names
    return bool(names) and all(map(_TOLD.search, names))


def combine(
    parts: list[tuple[Origin, ...]], label: str, *, whole: bool = True
) -> tuple[Origin, ...]:
    """Origins of a value put together from several parts (concatenated, formatted, XORed).

    A literal beside something that is no literal does not make the whole a literal: then only
    the others count. Otherwise the whole is a literal. `whole` says that the parts are all there
    is, each once: then what is unpredictable of the whole is the sum of theirs.
    """
    others = [o for part in parts for o in part if o.kind not in ("literal", "none")]
    if any(o.kind in UNPREDICTABLE for o in others):
        others = [o for o in others if o.kind not in PREDICTABLE]
    elif any(o.kind not in PREDICTABLE and not _is_told(o) for o in others):
        # What is not known may be a secret, beside which a time does no harm.
        others = [o for o in others if o.kind not in ("clock", "identifier")]
    if others:
        bits = _bits_of(parts) if whole else None
        return tuple(o.as_part(label, bits) for o in others)
    for part in parts:
        if label == "join" and part and all(o.kind == "none" for o in part):
            # Nothing can be added to None: it was given another value somewhere out of sight.
            return (replace(part[0], kind="unknown"),)
    literals = [o for part in parts for o in part if o.kind == "literal"]
    return tuple(o.transformed(label).with_value(NO_VALUE, None) for o in literals[:1])


def _bits_of(parts: list[tuple[Origin, ...]]) -> float | None:
    total = 0.0
    for part in parts:
        known = [0.0 if o.kind in ("literal", "none") else o.bits for o in part]
        if any(bits is None for bits in known):
            return None
        total += max((bits for bits in known if bits is not None), default=0.0)
    return total
