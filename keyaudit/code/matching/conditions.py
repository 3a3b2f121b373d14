"""The conditions of an `argument` match, each over one value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from keyaudit.catalogue.types import Policy
from keyaudit.code import syntax as s
from keyaudit.code.matching.policy_entries import has_policy_entry
from keyaudit.code.provenance.origin import NO_VALUE, Origin
from keyaudit.core.rule_patterns import compiled

CONDITIONS = ("below", "above", "in", "not-in", "first-in", "is", "missing", "bytes-below",
              "entropy-below", "size-below", "empty", "has",
              "lacks", "matches", "any-bits", "entry", "number")  # fmt: skip

# Names that do not say their size, or say it in another way.
_SIZES = {"md2": 128, "md4": 128, "md5": 128, "sha": 160, "sha1": 160, "x25519": 255,
          "ed25519": 255, "curve25519": 255, "blake2b": 512, "blake2s": 256,
          "sm3": 256}  # fmt: skip
_MAX_NAME = 32


def normalized(name: Any) -> Any:
    """An algorithm's name in the form that is compared: lower case, without `-`, `_` and `/`."""
    return re.sub(r"[-_/ ]", "", name.lower()) if isinstance(name, str) else name


def number(value: Any) -> float | None:
    """A number that is no bool, else None; of a length of time its days."""
    if isinstance(value, timedelta):
        return value.total_seconds() / 86400
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else None


def size_of(name: Any) -> int | None:
    """The size in bits that an algorithm's name says: 256 for `secp256r1`, 384 for `SHA-384`;
    None without one."""
    if not isinstance(name, str) or len(name) > _MAX_NAME:
        return None
    known = _SIZES.get(normalized(name))
    numbers = re.findall(r"\d{3,}", name)
    return known if known is not None or not numbers else int(numbers[-1])


def _is_smaller(name: Any, limit: Any) -> bool:
    size = size_of(name)
    return size is not None and limit is not None and size < limit


def limit_of(asked: Any, policy: Policy, role_value: Callable[[str], Any]) -> Any:
    """A limit: the number in the rule, or that of the policy, which may depend on the value of
    another role."""
    if not isinstance(asked, Mapping):
        return asked
    limit = policy.limits.get(asked["policy"])
    value = limit.value if limit is not None else None
    if isinstance(value, Mapping):
        known = role_value(asked["by"]) if "by" in asked else None
        chosen = normalized(str(known)) if known is not None else None
        by_name = {normalized(name): number for name, number in value.items()}
        return by_name.get(chosen, value.get("default"))
    return value


def with_number(asked: Mapping[str, Any], origin: Origin) -> Origin:
    """The origin with the number that the condition `number` finds in its text as its value."""
    if "number" not in asked or not isinstance(origin.value, str):
        return origin
    found = compiled(asked["number"]).search(origin.value)
    return replace(origin, value=int(found[1]) if found else NO_VALUE)


def holds(name: str, asked: Any, origin: Origin) -> bool:
    """Whether a condition holds for one origin of an argument."""
    value = origin.value
    if name in ("below", "above"):
        known = number(value)
        if known is None or asked is None:
            return False
        return bool(known < asked if name == "below" else known > asked)
    if name in ("in", "not-in"):
        return _among(value, asked, name == "in")
    if name == "first-in":
        return isinstance(value, tuple) and bool(value) and _among(value[0], asked, True)
    if name == "is":
        if asked is None:
            return origin.kind == "none"
        # What is given 0 for an option is given False.
        return value is asked or (asked is False and type(value) is int and value == 0)
    if name == "missing":
        return (origin.kind == "none") is bool(asked)
    if name == "bytes-below":
        return origin.length is not None and asked is not None and 0 < origin.length < asked
    if name == "entropy-below":
        known = origin.bits if origin.kind in ("strong-random", "key") else None
        return known is not None and asked is not None and known < asked
    if name == "size-below":
        return _is_smaller(value, asked)
    if name == "empty":
        if origin.kind != "literal" or "slice" in origin.via:
            return False  # nothing is a part of an empty text: what is parted is another value
        return (origin.length == 0) is bool(asked)
    if name == "any-bits":
        return isinstance(value, int) and not isinstance(value, bool) and bool(value & asked)
    if name == "matches":
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        return isinstance(text, str) and compiled(asked).search(text) is not None
    if name == "number":
        return number(value) is not None
    if name == "entry":
        return has_policy_entry(asked, origin)
    return _of_dict(name, asked, origin.node)


def _among(value: Any, names: list[Any], wanted: bool) -> bool:
    allowed = {normalized(name) for name in names}
    if isinstance(value, str | int) and not isinstance(value, bool):
        return (normalized(value) in allowed) is wanted
    if isinstance(value, tuple | list) and value:
        return any(
            (normalized(item) in allowed) is wanted for item in value if isinstance(item, str)
        )
    return False


def _of_dict(name: str, asked: Any, node: s.Expr) -> bool:
    if not isinstance(node, s.Dict):
        return False
    entries: dict[Any, Any] = {}
    for key, value in node.items:
        if isinstance(key, s.Name | s.Attr) and name == "lacks" and _is_other(key, asked):
            continue
        if not isinstance(key, s.Const):
            return False  # `**other` or a computed key may hold anything
        entries[key.value] = value.value if isinstance(value, s.Const) else NO_VALUE
    if name == "lacks":
        return asked not in entries
    return all((key in entries and entries[key] is value) or entries.get(key) == value
               for key, value in asked.items())  # fmt: skip


def _is_other(key: s.Name | s.Attr, asked: str) -> bool:
    """Whether a key of a dict is a constant that by its name (`API_TOKEN`) is another."""
    written = key.id if isinstance(key, s.Name) else key.name
    return written.isupper() and asked.lower() not in written.lower()


def holds_by_model(name: str, asked: Any, value: Any) -> bool:
    """Whether a condition holds for a value that the model itself gives, as a default or a
    constant."""
    if name in ("below", "above"):
        known = number(value)
        return (
            known is not None
            and asked is not None
            and (known < asked if name == "below" else known > asked)
        )
    if name in ("in", "not-in"):
        return _among(value, asked, name == "in")
    if name == "is":
        return value is asked
    if name == "any-bits":
        return isinstance(value, int) and bool(value & asked)
    if name == "size-below":
        return _is_smaller(value, asked)
    return name == "missing" and value is None and bool(asked)
