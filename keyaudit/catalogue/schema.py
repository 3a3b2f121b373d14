"""Checks a file against its JSON schema, and says in plain words what is wrong and where."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from keyaudit.catalogue import vocabulary
from keyaudit.catalogue.yamlfile import Source
from keyaudit.core.errors import KeyauditError

_WORDS = {
    "role": vocabulary.ROLES,
    "roleOrNone": vocabulary.ROLES,
    "origin": vocabulary.ORIGINS,
    "ruleOrigin": vocabulary.RULE_ORIGINS,
    "callKind": vocabulary.CALL_KINDS,
    "transform": vocabulary.TRANSFORMS,
}
_TYPES = {
    "object": "a mapping", "array": "a list", "string": "text", "integer": "a whole number",
    "number": "a number", "boolean": "true or false", "null": "null",
}  # fmt: skip
_PATTERNS = {"id": "an id such as KA104: capitals, then the stage's digit and two or three more"}


@cache
def schema(kind: str) -> dict[str, Any]:
    """The JSON schema of a kind of file, with the vocabulary's words put in."""
    path = Path(__file__).parent / "schemas" / f"{kind}.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for name, words in _WORDS.items():
        choices: list[str | None] = sorted(words)
        found["$defs"][name] = {"enum": [*choices, None] if name == "roleOrNone" else choices}
    return found


@cache
def _validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator(schema(kind))


def check(source: Source, kind: str) -> None:
    """Raises KeyauditError for the first place where a file is not of its form."""
    errors = list(_validator(kind).iter_errors(source.data))
    if errors:
        raise _explained(source, kind, min(errors, key=lambda e: _order(source, e)))


def _order(source: Source, error: ValidationError) -> tuple[int, int]:
    # A misspelled key is the cause of a missing one, so it goes first.
    return (error.validator == "required", source.line(tuple(error.absolute_path)))


def _explained(source: Source, kind: str, error: ValidationError) -> KeyauditError:
    path = tuple(error.absolute_path)
    value = error.instance
    match error.validator:
        case "additionalProperties":
            known = error.schema.get("properties", {})
            key = next(name for name in value if name not in known)
            return source.error("is no key known here", (*path, key), suggestion(key, known))
        case "required":
            key = next(name for name in error.validator_value if name not in value)
            return source.error(f"lacks `{key}`", path)
        case "dependentRequired":
            return source.error(str(error.message), path)
        case "enum" if isinstance(value, str):
            choices = [str(choice) for choice in error.validator_value if choice is not None]
            path = _key_path(path, error)
            return source.error(f"{_shown(value)} is not known here", path,
                                suggestion(value, choices))  # fmt: skip
        case "type" | "enum" | "const":
            return source.error(_expected(error), path)
        case "pattern":
            what = _PATTERNS.get(str(path[-1]) if path else "", error.validator_value)
            return source.error(
                f"{_shown(value)} is not of the form {what}", _key_path(path, error)
            )
        case "minProperties" | "minItems" | "minLength":
            return source.error("says too little", path)
        case "maxProperties":
            return source.error("holds more than one kind of match", path,
                                "give a list of alternatives")  # fmt: skip
    return source.error(str(error.message)[:200], path)


def _key_path(path: tuple[str | int, ...], error: ValidationError) -> tuple[str | int, ...]:
    """The path of a key, when it is the key that is wrong."""
    return (*path, error.instance) if "propertyNames" in error.absolute_schema_path else path


def _expected(error: ValidationError) -> str:
    if error.validator == "type":
        wanted = error.validator_value
        names = [wanted] if isinstance(wanted, str) else wanted
        return f"must be {' or '.join(_TYPES[name] for name in names)}"
    choices = error.validator_value
    choices = choices if isinstance(choices, list) and error.validator == "enum" else [choices]
    if len(choices) > 12:
        return f"{_shown(error.instance)} is not known here"
    return f"must be one of: {', '.join(json.dumps(choice) for choice in choices)}"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"


def suggestion(word: str, known: Iterable[str]) -> str | None:
    """A hint for a word that is not known: the nearest one, or the choices when they are few."""
    choices = sorted(set(known))
    near = difflib.get_close_matches(word, choices, n=1, cutoff=0.6)
    if near:
        return f"did you mean `{near[0]}`?"
    if 0 < len(choices) <= 12:
        return f"known are: {', '.join(choices)}"
    return "docs/writing-rules.md has the list" if choices else None
