"""Checks a catalogue file against its JSON schema, with error messages in plain words."""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from keyaudit.catalogue import vocabulary
from keyaudit.catalogue.yamlfile import Path, Source
from keyaudit.core.errors import KeyauditError

if TYPE_CHECKING:  # slow to import, and not needed for the rules of a release
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

_WORDS = {
    "role": vocabulary.ROLES,
    "roleOrNone": vocabulary.ROLES,
    "origin": vocabulary.ORIGINS,
    "ruleOrigin": vocabulary.RULE_ORIGINS,
    "callKind": vocabulary.CALL_KINDS,
    "transform": vocabulary.TRANSFORMS,
    "tokenCheck": vocabulary.TOKEN_CHECKS,
    "configForm": vocabulary.CONFIG_FORMS,
    "fixKind": vocabulary.FIX_KINDS,
}
_TYPES = {
    "object": "a mapping", "array": "a list", "string": "text", "integer": "a whole number",
    "number": "a number", "boolean": "true or false", "null": "null",
}  # fmt: skip
_FORMS = {"id": "an id such as KA104: capitals, then the stage's digit and two or three more"}


@cache
def schema(kind: str) -> dict[str, Any]:
    """The JSON schema for a kind of file, with the words of `vocabulary` filled in."""
    path = FilePath(__file__).parent / "schemas" / f"{kind}.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for name, words in _WORDS.items():
        none = [None] if name == "roleOrNone" else []
        found["$defs"][name] = {"enum": [*sorted(words), *none]}
    return found


@cache
def _validator(kind: str) -> Draft202012Validator:
    # Where it is installed, jsonschema builds this parser of addresses as it is imported, for a
    # check of forms that no schema here asks for. That takes longer than to read all rules.
    parser = "rfc3987_syntax"
    put = parser not in sys.modules
    if put:
        sys.modules[parser] = None  # type: ignore[assignment]
    try:
        from jsonschema import Draft202012Validator
    finally:
        if put:
            del sys.modules[parser]
    return Draft202012Validator(schema(kind))


def check(source: Source, kind: str) -> None:
    """Raises KeyauditError for the first place where a file does not match its schema."""
    errors = list(_validator(kind).iter_errors(source.data))
    if errors:
        raise _explained(source, min(errors, key=lambda e: _order(source, e)))


def _order(source: Source, error: ValidationError) -> tuple[bool, int]:
    # A misspelled key is the cause of a missing one, so it goes first.
    return (error.validator == "required", source.line(tuple(error.absolute_path)))


def _explained(source: Source, error: ValidationError) -> KeyauditError:
    path = tuple(error.absolute_path)
    value: Any = error.instance
    wanted: Any = error.validator_value
    match error.validator:
        case "additionalProperties":
            schema_part: Any = error.schema
            known = schema_part.get("properties", {})
            key = next(name for name in value if name not in known)
            return source.error("is no key known here", (*path, key), suggestion(key, known))
        case "required":
            return source.error(f"lacks `{next(n for n in wanted if n not in value)}`", path)
        case "dependentRequired":
            key, needed = next((k, n) for k, names in wanted.items() if k in value
                               for n in names if n not in value)  # fmt: skip
            return source.error(f"needs `{needed}` beside it", (*path, key))
        case "enum" if isinstance(value, str):
            hint = suggestion(value, [choice for choice in wanted if choice is not None])
            return source.error(f"{_shown(value)} is not known here", _key_path(path, error), hint)
        case "enum":
            return source.error(f"{_shown(value)} is not known here", path)
        case "const":
            return source.error(f"must be {_shown(wanted)}", path)
        case "type":
            names = [wanted] if isinstance(wanted, str) else wanted
            return source.error(f"must be {' or '.join(_TYPES[name] for name in names)}", path)
        case "pattern":
            form = _FORMS.get(str(path[-1]) if path else "", wanted)
            return source.error(
                f"{_shown(value)} is not of the form {form}", _key_path(path, error)
            )
        case "minProperties" | "minItems" | "minLength":
            return source.error("says too little", path)
        case "maxProperties":
            what = "holds more than one kind of match"
            return source.error(what, path, "give a list of alternatives")
    return source.error(str(error.message)[:200], path)


def _key_path(path: Path, error: ValidationError) -> Path:
    """The path of a key, when it is the key that is wrong."""
    return (*path, str(error.instance)) if "propertyNames" in error.absolute_schema_path else path


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"


def suggestion(word: str, known: Iterable[str]) -> str | None:
    """A hint for an unknown word: the nearest known one, or all if there are at most 12."""
    choices = sorted(set(known))
    near = difflib.get_close_matches(word, choices, n=1, cutoff=0.6)
    if near:
        return f"did you mean `{near[0]}`?"
    if 0 < len(choices) <= 12:
        return f"known are: {', '.join(choices)}"
    return "docs/writing-rules.md has the list" if choices else None
