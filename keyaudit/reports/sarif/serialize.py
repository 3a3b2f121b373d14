"""Converts sarif-om's objects to JSON values, leaving out unset and default properties."""

from __future__ import annotations

from typing import Any

import attr

# sarif-om was made from a draft of the standard, in which this had another name.
_RENAMED = {("Suppression", "state"): "status"}


def to_json(value: Any) -> Any:
    """The JSON value for a sarif-om object, a list or dict of them, or a plain value."""
    if attr.has(type(value)):
        return {
            _name(value, field): to_json(item)
            for field in attr.fields(type(value))
            if (item := getattr(value, field.name)) is not None and not _is_default(field, item)
        }
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, str) and not value.isascii():
        # JSON has no valid form for lone surrogates.
        return value.encode("utf-8", "replace").decode("utf-8")
    return value


def _name(value: Any, field: attr.Attribute[Any]) -> str:
    name: str = field.metadata["schema_property_name"]
    return _RENAMED.get((type(value).__name__, name), name)


def _is_default(field: attr.Attribute[Any], value: Any) -> bool:
    default: Any = field.default
    if default is attr.NOTHING:
        return False
    factory = getattr(default, "factory", None)
    return bool(value == (factory() if factory is not None else default))
