"""Dockerfiles: one resource for each instruction, or for each pair of `ENV`, `ARG` and `LABEL`."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.configs.readers.dockerfile import Instruction, Part, read
from keyaudit.configs.tree import HOLE, Entry, Mapping, Node, Resource, Scalar, Sequence
from keyaudit.core.location import Span
from keyaudit.core.patterns import regex

FORM = "dockerfile"
_VARIABLE = regex(r"\$\{[^}]*\}|\$[A-Za-z_]\w*|\$\([^)]*\)")


def resources(text: str, path: str) -> Iterator[Resource]:
    """The instructions of a Dockerfile as resources; the kind is the instruction in capitals.

    `ENV`, `ARG` and `LABEL` have `name` and `value`; `COPY` and `ADD` have `sources`, `flags` and
    `to`; others have `words`. `last` is true in the last build stage. Variables in values become
    holes.
    """
    instructions = read(text)
    stages = max((i.stage for i in instructions), default=0)
    for instruction in instructions:
        last = instruction.stage == stages
        if instruction.word in ("ENV", "ARG", "LABEL"):
            yield from _pairs(instruction, path, last)
        elif instruction.word in ("COPY", "ADD"):
            yield _copy(instruction, path, last)
        else:
            words = [_scalar(part, path) for part in instruction.parts]
            yield _resource(
                instruction, path, {"words": Sequence([*words], instruction.span)}, last
            )


def _pairs(instruction: Instruction, path: str, last: bool) -> Iterator[Resource]:
    parts = list(instruction.parts)
    if instruction.word == "ENV" and parts and "=" not in parts[0].text:
        text = " ".join(part.text for part in parts[1:])  # the old form: `ENV NAME value`
        span = _joined(parts[1:]) if len(parts) > 1 else instruction.span
        yield _pair(instruction, path, parts[0].text, Part(text, span), parts[0].span, last)
        return
    for part in parts:
        name, equals, value = part.text.partition("=")
        start = part.span.column + len(name) + 1
        span = Span(part.span.line, start, part.span.line, part.span.end_column)
        yield _pair(instruction, path, name, Part(value, span) if equals else None, part.span, last)


def _pair(
    instruction: Instruction, path: str, name: str, value: Part | None, at: Span, last: bool
) -> Resource:
    settings: dict[str, Node] = {"name": Scalar(name, at, path)}
    if value is not None:
        settings["value"] = _scalar(value, path)
    made = _resource(instruction, path, settings, last)
    made.title = f"{instruction.word} `{name}`"
    return made


def _copy(instruction: Instruction, path: str, last: bool) -> Resource:
    words = [part for part in instruction.parts if not part.text.startswith("--")]
    flags = [_scalar(p, path) for p in instruction.parts if p.text.startswith("--")]
    sources: list[Node] = [_scalar(part, path) for part in words[:-1]]
    settings: dict[str, Node] = {
        "sources": Sequence(sources, instruction.span, path),
        "flags": Sequence([*flags], instruction.span, path),
    }
    if words:
        settings["to"] = _scalar(words[-1], path)
    return _resource(instruction, path, settings, last)


def _resource(
    instruction: Instruction, path: str, settings: dict[str, Node], last: bool
) -> Resource:
    settings["last"] = Scalar(last, instruction.span, path)
    entries = {key: Entry(key, value.span, value) for key, value in settings.items()}
    return Resource(FORM, instruction.word, "", instruction.span, path,
                    Mapping(entries, instruction.span, path), instruction.word)  # fmt: skip


def _scalar(part: Part, path: str) -> Scalar:
    text = part.text
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1]
    return Scalar(_VARIABLE.sub(HOLE, text), part.span, path)


def _joined(parts: list[Part]) -> Span:
    first, last = parts[0].span, parts[-1].span
    return Span(first.line, first.column, last.end_line, last.end_column)
