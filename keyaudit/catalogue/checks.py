"""Checks of one catalogue file that a JSON schema cannot express."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from typing import Any

from keyaudit.catalogue import vocabulary
from keyaudit.catalogue.markers import expected_lines
from keyaudit.catalogue.schema import suggestion
from keyaudit.catalogue.yamlfile import Path, Source
from keyaudit.core.levels import Stage
from keyaudit.core.patterns import regex


def matches_of(data: Mapping[str, Any]) -> list[tuple[Path, str, dict[str, Any]]]:
    """The alternatives of a rule's match: path in the file, kind and parameters of each."""
    match = data["match"]
    alternatives = match if isinstance(match, list) else [match]
    found = []
    for number, alternative in enumerate(alternatives):
        head: Path = ("match", number) if isinstance(match, list) else ("match",)
        for kind, parameters in alternative.items():
            asked = parameters if isinstance(parameters, dict) else {"fault": parameters}
            found.append(((*head, kind), kind, asked))
    return found


def check_rule(source: Source) -> None:
    """Raises KeyauditError for a rule that its schema allows but that makes no sense."""
    data = source.data
    stage = Stage(data["stage"])
    digit = re.sub(r"\D", "", data["id"])[0]
    if int(digit) != stage.number:
        raise source.error(
            f"the first digit stands for the stage, and {stage.value} is {stage.number}", ("id",)
        )
    for path, kind, parameters in matches_of(data):
        _check_match(source, path, kind, parameters)
        own = "message" in parameters
        place = (*path, "message") if own else ("message",)
        message = parameters["message"] if own else data["message"]
        _check_message(source, place, message, kind, parameters)
    for number, example in enumerate(data["examples"]):
        _check_example(source, ("examples", number), example)


def _check_match(source: Source, path: Path, kind: str, parameters: Mapping[str, Any]) -> None:
    if kind == "argument":
        _check_conditions(source, path, parameters)
    if kind == "config":
        check_config(source, path, parameters)
        return
    if kind == "lifetime" and not parameters.keys() & {"after", "before", "through"}:
        raise source.error("needs `after`, `before` or `through`", path)
    if "through" in parameters and "function" not in parameters:
        raise source.error("with `through` needs a `function`", path)
    if kind == "flow" and "of" in parameters and "fast-hash" not in parameters["from"]:
        raise source.error("only a fast-hash is made `of` something", (*path, "of"))
    for where, described in described_calls(parameters):
        if described.keys() - {"kinds"}:
            _check_conditions(source, (*path, *where), described)
    for where, pattern in _patterns(path, parameters):
        _check_pattern(source, where, pattern)


def check_config(source: Source, path: Path, parameters: Mapping[str, Any]) -> None:
    """Raises KeyauditError for a `config` match with a condition that cannot be evaluated."""
    for where, condition in config_conditions(parameters):
        for name in ("matches", "not-matches", "key"):
            if name in condition:
                _check_pattern(source, (*path, *where, name), condition[name])
    if "path" not in parameters and set(parameters) & vocabulary.CONFIG_CONDITIONS:
        raise source.error("has conditions and no `path` they are about", path)
    if "message" in parameters:
        _check_placeholders(source, "config", (*path, "message"), parameters["message"])


def config_conditions(parameters: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The conditions of a `config` match with their paths: its own, and those in its lists."""
    yield (), parameters
    for name in ("where", "unless-where", "when", "unless", "except"):
        for number, condition in enumerate(parameters.get(name, ())):
            yield (name, number), condition
    for name in ("with-related", "unless-related"):
        for number, relation in enumerate(parameters.get(name, ())):
            for inner, condition in enumerate(relation.get("when", ())):
                yield (name, number, "when", inner), condition


def described_calls(parameters: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The calls that a match describes in `receiver`, `made` and `unless-receiver`, with paths."""
    for name in ("receiver", "made"):
        if name in parameters:
            yield (name,), parameters[name]
    for number, described in enumerate(parameters.get("unless-receiver", ())):
        yield ("unless-receiver", number), described


_PATTERNS = ("matches", "number", "function", "module", "said", "file-said", "takes", "held",
             "named", "not-named", "opposite-named", "unless-if", "unless-set",
             "unless-hashed-with", "does", "without", "unless-in-file", "calls", "table",
             "unless-in-class", "declared")  # fmt: skip


def _check_conditions(source: Source, path: Path, parameters: Mapping[str, Any]) -> None:
    if "role" not in parameters:
        raise source.error("has conditions and no `role` they are about", path)
    if not vocabulary.CONDITIONS & parameters.keys():
        raise source.error("has no condition", path, "below, above, in, missing, matches …")


def _patterns(path: Path, parameters: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """The regular expressions of a match and their paths."""
    for name in _PATTERNS:
        if name in parameters:
            yield (*path, name), parameters[name]
    for name in ("when-matches", "unless-matches", "when-named", "unless-named",
                 "unless-made-with"):  # fmt: skip
        for role, pattern in parameters.get(name, {}).items():
            yield (*path, name, role), pattern
    for where, described in described_calls(parameters):
        yield from _patterns((*path, *where), described)


# A search that looks at all that follows, from wherever it is: its time grows with the square.
_AHEAD = regex(r"(?:\(\?[a-zA-Z]+\))?\(\?[=!](?:\[\^?[^\]]*\]|\.)\*")


def _check_pattern(source: Source, path: Path, pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise source.error(f"is no regular expression: {error}", path) from None
    if _AHEAD.match(pattern):
        raise source.error(r"looks ahead from each place of the text: begin it with \A", path)


def _check_message(
    source: Source, path: Path, message: str, kind: str, parameters: Mapping[str, Any]
) -> None:
    known = vocabulary.PLACEHOLDERS[kind]
    if kind == "argument" and not parameters.keys() & set(vocabulary.LIMITS):
        known = known - {"limit"}
    _check_placeholders(source, kind, path, message, known)


def _check_placeholders(
    source: Source, kind: str, path: Path, text: str, known: frozenset[str] | None = None
) -> None:
    known = vocabulary.PLACEHOLDERS[kind] if known is None else known
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        raise source.error(f"is no message: {error}", path) from None
    for _, name, form, conversion in parts:
        if name is None:
            continue
        if name not in known or form or conversion:
            raise source.error(
                f"a match of the kind {kind} gives no {{{name}}}", path,
                f"it gives {', '.join(f'{{{word}}}' for word in sorted(known))}",
            )  # fmt: skip


def _check_example(source: Source, path: Path, example: Mapping[str, Any]) -> None:
    if ("bad" in example) == ("good" in example):
        raise source.error("is either `bad` or `good`", path)
    kind = "bad" if "bad" in example else "good"
    lines = expected_lines(example[kind])[1]
    if kind == "bad" and not lines:
        raise source.error("marks no line with `# finding`", (*path, kind))
    if kind == "good" and lines:
        raise source.error("marks a line with `# finding`", (*path, kind))


def check_model(source: Source) -> None:
    """Raises KeyauditError for a model that refers to something it does not define."""
    data = source.data
    aliases = data.get("aliases", {})
    for section in ("calls", "symbols", "attributes"):
        for name in data.get(section, {}):
            for alias in aliases:
                if name == alias or name.startswith(f"{alias}."):
                    raise source.error(
                        f"begins with the alias {alias}", (section, name),
                        f"write {aliases[alias]}{name[len(alias):]}",
                    )  # fmt: skip
    for name, call in data.get("calls", {}).items():
        _check_call(source, ("calls", name), call)
    for number, receiver in enumerate(data.get("receivers", [])):
        _check_pattern(source, ("receivers", number, "name"), receiver["name"])
    for number, sink in enumerate(data.get("assignments", [])):
        for pattern in ("name", "called", "holder"):
            if pattern in sink:
                _check_pattern(source, ("assignments", number, pattern), sink[pattern])
        if sink["on"] == "text" and "imports" not in sink:
            raise source.error("needs `imports`: a word that every such text has",
                               ("assignments", number))  # fmt: skip
        if "of" in sink and sink["on"] not in ("attribute", "item"):
            raise source.error(
                "goes with `on: attribute` or `on: item`", ("assignments", number, "of")
            )


def _check_call(source: Source, path: Path, call: Mapping[str, Any]) -> None:
    names = set(call.get("parameters", {})) - {"*"}
    for where, name in _named_parameters(call):
        if name not in names:
            raise source.error(f"`{name}` is no parameter of this call", (*path, *where),
                               suggestion(name, names))  # fmt: skip
    for role in call.get("defaults", {}):
        if role in call.get("constants", {}):
            raise source.error("is a constant as well", (*path, "defaults", role))


def _named_parameters(call: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    returns = call.get("returns", {})
    for key in ("passes", "hash"):
        for number, name in enumerate(returns.get(key, [])):
            if name != "receiver":
                yield ("returns", key, number), name
    for key in ("pick", "count"):
        if key in returns:
            yield ("returns", key), returns[key]
    for number, name in enumerate(call.get("feeds", [])):
        yield ("feeds", number), name
    for kind, name in call.get("given", {}).items():
        yield ("given", kind), name
    fields = returns.get("fields", {})
    for head, spec in [
        (("returns",), returns),
        *((("returns", "fields", n), f) for n, f in fields.items()),
    ]:
        for key in ("bytes", "bits"):
            if isinstance(spec.get(key), str):
                yield (*head, key), spec[key]
        for name in re.findall(r"\{(\w*)\}", spec.get("type", "")):
            yield (*head, "type"), name
