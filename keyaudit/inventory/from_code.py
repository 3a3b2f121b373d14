"""Assets of Python source: algorithms that are called, and keys that are passed to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from keyaudit.catalogue.types import Catalogue, Policy
from keyaudit.code import engine
from keyaudit.code.matching.modelled_calls import Use, role_values
from keyaudit.code.provenance.origin import Origin, Symbol
from keyaudit.core.document import Document
from keyaudit.core.levels import Stage
from keyaudit.core.result import TreeReader
from keyaudit.inventory.asset import Asset, AssetKind, Place

if TYPE_CHECKING:
    from keyaudit.code.matching.context import Context
    from keyaudit.code.semantics.scopes import Module

# Calls that are cryptography, and what they are called where the model names no algorithm.
_PRIMITIVES = {
    "pbkdf2": "pbkdf2", "scrypt": "scrypt", "argon2": "argon2", "bcrypt": "bcrypt", "hkdf": "hkdf",
    "hmac": "hmac", "fernet": "fernet", "rsa-generate": "rsa", "dsa-generate": "dsa",
    "dh-generate": "dh", "ec-generate": "ec", "rsa-encrypt": "rsa", "rsa-decrypt": "rsa",
    "aead": "", "cipher": "", "hash": "", "sign": "", "verify": "", "key-exchange": "",
    "jwt-encode": "", "key-generate": "", "key-wrap": "", "key-unwrap": "",
}  # fmt: skip
_PAIRS = frozenset({"rsa-generate", "dsa-generate", "dh-generate", "ec-generate"})
_KEY_ROLES = frozenset({"key", "private-key"})
_KEY_ORIGINS = frozenset({"key", "private-key-object", "derived-key", "strong-random", "literal",
                          "environment", "weak-random", "file", "network", "shared-secret",
                          "wrapped-key", "password"})  # fmt: skip
# What a call does to a key that it is given.
_STAGES: Mapping[str, Stage] = {
    **dict.fromkeys(("http", "plain-channel", "mail", "chat", "command", "key-wrap"),
                    Stage.DISTRIBUTION),
    **dict.fromkeys(("file-write", "database", "cache", "serialize", "private-key-serialize"),
                    Stage.STORAGE),
    **dict.fromkeys(("multi-fernet", "fallback-keys", "kms-enable-rotation", "secret-rotate"),
                    Stage.ROTATION),
    **dict.fromkeys(("wipe", "file-erase", "file-remove", "kms-schedule-deletion",
                     "secret-delete"), Stage.DESTRUCTION),
    "kms-disable": Stage.ARCHIVAL,
}  # fmt: skip
_TLS = frozenset({"tls"})
_SERVICE_KEYS = frozenset({"kms-create-key"})
_SERVICE_SECRETS = frozenset({"secret-create"})
# Classes that are an algorithm and its mode in one.
_WITH_MODE = {
    "aesgcm": ("aes", "gcm"), "aesccm": ("aes", "ccm"), "aesocb3": ("aes", "ocb"),
    "aessiv": ("aes", "siv"), "aesgcmsiv": ("aes", "gcm-siv"),
}  # fmt: skip
_ELLIPTIC = {"ellipticcurve": "ec"}
_SIZES = ("key-size", "length", "curve")


def assets(
    document: Document, catalogue: Catalogue, policy: Policy, tree: TreeReader | None
) -> Iterator[Asset]:
    """The assets of one Python file. Errors of the code analysis are passed on."""
    context = engine.understand(document, catalogue, policy, tree)
    module = context.module
    keys: dict[tuple[str, int], Asset] = {}
    for use in context.uses:
        yield from _algorithms(context, use)
        yield from _services(context, use)
    for sink in context.sinks:
        for origin in context.resolver.origins(sink.value, sink.scope, None):
            at = (origin.module.path, origin.node.pos)
            if sink.role in _KEY_ROLES and origin.kind in _KEY_ORIGINS:
                if at not in keys:
                    keys[at] = _key(origin)
                name = "used as key"
                _note(keys[at], Stage.USAGE, module, sink.span, sink.name or name)
                if sink.use is not None and not keys[at].algorithm:
                    keys[at].algorithm = _algorithm_of(context, sink.use)
    for sink in context.sinks:
        stage = next((_STAGES[k] for k in sorted(sink.kinds) if k in _STAGES), None)
        if sink.role in ("archived",):
            stage = Stage.ARCHIVAL
        if stage is None:
            continue
        for origin in context.resolver.origins(sink.value, sink.scope, None):
            asset = keys.get((origin.module.path, origin.node.pos))
            if asset is not None:
                _note(asset, stage, module, sink.span, sink.name)
    yield from keys.values()


def _note(asset: Asset, stage: Stage, module: Module, span: tuple[int, int], text: str) -> None:
    asset.seen(stage, Place(module.path, module.span(*span).line, text))


def _key(origin: Origin) -> Asset:
    module = origin.module
    line = module.span(origin.node.pos, origin.node.end).line
    name = min(origin.names, key=len) if origin.names else origin.source or "key"
    place = Place(module.path, line, origin.source or origin.kind)
    kind = AssetKind.KEY_PAIR if origin.kind == "private-key-object" else AssetKind.KEY
    size = origin.length * 8 if origin.length else 0
    made = Asset(f"code:{module.path}:{name}:{origin.kind}", kind, name, "code", place, size=size)
    stage = Stage.STORAGE if origin.kind in ("literal", "environment", "file") else Stage.GENERATION
    made.seen(stage, place)
    return made


def _algorithms(context: Context, use: Use) -> Iterator[Asset]:
    kinds = [kind for kind in _PRIMITIVES if kind in use.model.kinds]
    protocol = bool(_TLS & use.model.kinds)
    if not kinds and not protocol:
        return
    name = "tls" if protocol else _algorithm_of(context, use)
    if not name:
        return
    place = _place(context, use)
    name, mode = _WITH_MODE.get(name, (name, _first_name(context, use, "mode")))
    size = next((s for role in _SIZES if (s := _size(context, use, role))), 0)
    what = AssetKind.PROTOCOL if protocol else AssetKind.ALGORITHM
    made = Asset(f"{what}:{name}:{mode}:{size}", what, name, "code", place, name, size, mode)
    is_pair = bool(_PAIRS & use.model.kinds) or "PrivateKey.generate" in use.model.name
    is_made = is_pair or "key-generate" in use.model.kinds
    made.seen(Stage.GENERATION if is_made else Stage.USAGE, place)
    yield made
    if is_pair:
        pair = Asset(f"code:{place.path}:{name}:{place.line}", AssetKind.KEY_PAIR,
                     f"{name} key pair", "code", place, name, size)  # fmt: skip
        pair.seen(Stage.GENERATION, place)
        yield pair
    for role in ("digest", "padding"):
        told = _first_name(context, use, role)
        if told and told != name:
            part = Asset(f"algorithm:{told}::0", AssetKind.ALGORITHM, told, "code", place, told)
            part.seen(Stage.USAGE, place)
            yield part


def _services(context: Context, use: Use) -> Iterator[Asset]:
    is_key = bool(_SERVICE_KEYS & use.model.kinds)
    if not is_key and not _SERVICE_SECRETS & use.model.kinds:
        return
    place = _place(context, use)
    kind = AssetKind.KEY if is_key else AssetKind.SECRET
    name = _first_name(context, use, "key-id") or use.model.name
    algorithm = _first_name(context, use, "algorithm") if is_key else ""
    made = Asset(f"code:{place.path}:{name}:{place.line}", kind, name, "code", place, algorithm)
    made.seen(Stage.GENERATION, place)
    yield made


def _place(context: Context, use: Use) -> Place:
    line = context.module.span(use.call.pos, use.call.end).line
    return Place(context.module.path, line, use.model.name)


def _algorithm_of(context: Context, use: Use) -> str:
    """The algorithm of a call, in lower case: from its arguments, else from its model; "" if not
    known."""
    told = _first_name(context, use, "algorithm") or _first_name(context, use, "curve")
    if told:
        return told
    named = next((name for k, name in _PRIMITIVES.items() if k in use.model.kinds and name), "")
    if named:
        digest = _first_name(context, use, "digest")
        return f"{named}-{digest}" if digest and named in ("hmac", "pbkdf2", "hkdf") else named
    if not any(kind in use.model.kinds for kind in _PRIMITIVES):
        return ""
    parts = use.model.name.split(".")
    word = next((p for p in reversed(parts) if p[:1].isupper()), parts[-1]).lower()
    short = word.removesuffix("hmac").removesuffix("privatekey").removesuffix("publickey")
    return _ELLIPTIC.get(short, short) or word


def _first_name(context: Context, use: Use, role: str) -> str:
    """The first value of a role that is a short name, or ""."""
    for value in _values(context, use, role):
        if isinstance(value, str) and (isinstance(value, Symbol) or role != "key-id"):
            return value.lower() if len(value) < 40 else ""
        if isinstance(value, str) and len(value) < 80:
            return value
    return ""


def _size(context: Context, use: Use, role: str) -> int:
    for value in _values(context, use, role):
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 100_000:
            return value if role == "key-size" else value * 8
        if role == "curve" and isinstance(value, str):
            digits = "".join(c for c in value if c.isdigit())[:3]
            return int(digits) if len(digits) == 3 else 0
    return 0


def _values(context: Context, use: Use, role: str) -> list[Any]:
    if not use.plays(role):
        return []
    by_model, found, _ = role_values(context.resolver, use, role)
    return [*by_model, *(origin.value for _, origin in found)]
