"""The policy of a scan: one of the catalogue, with limits overridden by the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keyaudit.catalogue.types import Catalogue, Limit, Policy
from keyaudit.core.errors import KeyauditError
from keyaudit.scanning.settings import Settings, suggestion


def resolve(catalogue: Catalogue, settings: Settings) -> Policy:
    """The policy that the settings name, with their `limits` applied.

    Raises KeyauditError for an unknown policy or limit, or a limit of another type.
    """
    policy = catalogue.policies.get(settings.policy)
    if policy is None:
        raise KeyauditError(
            f"there is no policy {settings.policy!r}",
            where=settings.where("policy"),
            hint=suggestion(settings.policy, catalogue.policies),
        )
    if not settings.limits:
        return policy
    where = settings.where("limits")
    limits = dict(policy.limits)
    for path, value in _flatten(settings.limits, limits, where):
        limits[path] = Limit(_merged(limits[path].value, value, f"{where}.{path}"), where)
    return policy._replace(limits=limits)


def _flatten(
    table: Mapping[str, Any], known: Mapping[str, Limit], where: str, head: str = ""
) -> list[tuple[str, Any]]:
    """The limits in a table: TOML reads the key `pbkdf2.iterations` as nested tables."""
    found = []
    for key, value in table.items():
        path = head + key
        if path in known:
            found.append((path, value))
        elif isinstance(value, Mapping) and any(k.startswith(f"{path}.") for k in known):
            found += _flatten(value, known, where, f"{path}.")
        else:
            raise KeyauditError(
                f"there is no limit {path!r}", where=where, hint=suggestion(path, known)
            )
    return found


def _merged(old: Any, new: Any, where: str) -> Any:
    """The new value of a limit: of the old one's form; a table changes the names it gives."""
    if isinstance(old, Mapping):
        if _is_number(new):
            return {"default": new}
        if isinstance(new, Mapping):
            unlike = [name for name, value in new.items() if not _is_number(value)]
            if unlike:
                raise KeyauditError(f"{unlike[0]} must be a number", where=where)
            return {**old, **new}
        raise KeyauditError("must be a number, or a table of numbers", where=where)
    if _is_number(old):
        if not _is_number(new):
            raise KeyauditError("must be a number", where=where)
        return new
    if type(old) is not type(new):
        raise KeyauditError(f"must be a {type(old).__name__}", where=where)
    return new


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
