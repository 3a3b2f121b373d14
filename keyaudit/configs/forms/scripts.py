"""Shell scripts within other files: pipeline steps, Ansible tasks, containers, cloud-init.

A value counts as a script by its key (`run`, `script`, `command`), or if it begins with `#!` and
names a shell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise

from keyaudit.configs.forms import shell
from keyaudit.configs.forms.joined_scripts import joined
from keyaudit.configs.readers.dockerfile import read as read_dockerfile
from keyaudit.configs.readers.offsets import Place, lines_of
from keyaudit.configs.readers.shell import Word
from keyaudit.configs.tree import Choice, Mapping, Node, Resource, Scalar, Sequence
from keyaudit.core.location import Span
from keyaudit.core.patterns import regex

_DEEPEST = 40


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Settings whose text is a script; of a list of texts, each is one.
_SCRIPTS = _words("""
    run script scripts before_script after_script bash shell raw cmd command commands
    inlineScript runcmd bootcmd preStart postStart entrypoint sh expect win_shell
""")
# Settings whose list is a program and its arguments.
_LISTS = _words("""
    command args entrypoint argv cmd exec
""")
_TAG = regex(r"^![\w:.-]{1,60} +")
_SHEBANG = regex(r"#!\s*/\S*(?:\bsh|bash|dash|ash|zsh|ksh|env\s+\S*sh)\b")
_BLOCK = regex(r"[|>][-+\d]*\s*(?:#.*)?$")
# What begins with a word of these is no script, though its setting is called `command`.
_PROSE = regex(r"[A-Z][a-z]+ [a-z]+ [a-z]+ ")


def of_document(document: Node, text: str, path: str) -> Iterator[Resource]:
    """The commands of the scripts in a YAML or JSON document; `text` is the whole file's."""
    yield from _Below(text, path).node(document, "", 0)


def of_dockerfile(text: str, path: str) -> Iterator[Resource]:
    """The commands of `RUN`, `CMD` and `ENTRYPOINT` in a Dockerfile."""
    lines = re.split(r"\r\n|\r|\n", text)
    for instruction in read_dockerfile(text):
        if instruction.word not in ("RUN", "CMD", "ENTRYPOINT") or not instruction.parts:
            continue
        first, last = instruction.span.line, instruction.parts[-1].span.end_line
        own = lines[first - 1 : last]
        begin = instruction.span.end_column - 1
        own[0] = " " * begin + own[0][begin:]
        own = [_no_comment(line) for line in own]
        joined = "\n".join(own)
        if joined.lstrip().startswith("["):
            yield from shell.of_words(_listed(joined, instruction.span), path)
            continue
        joined = re.sub(r"--(?:mount|network|security)=\S+", lambda m: " " * len(m[0]), joined)
        yield from shell.resources(joined, path, lines_of(joined, first - 1))


_STEP = regex(
    r"\bsh\s*\(?\s*(?:(?:script|label)\s*:\s*)?(\'\'\'|\"\"\"|\'|\")(.*?)(?<!\\)\1", re.DOTALL
)


def of_jenkinsfile(text: str, path: str) -> Iterator[Resource]:
    """The commands of the `sh` steps in a Jenkinsfile."""
    for step in _STEP.finditer(text):
        before = text[: step.start(2)]
        line = before.count("\n")
        column = len(before) - (before.rfind("\n") + 1)
        yield from shell.resources(step[2], path, _after(step[2], line, column))


def _after(text: str, line: int, column: int) -> Place:
    """The places of a text that begins within a line."""
    place = lines_of(text, line)

    def moved(begin: int, end: int) -> Span:
        at = place(begin, end)
        first = column if at.line == line + 1 else 0
        last = column if at.end_line == line + 1 else 0
        return Span(at.line, at.column + first, at.end_line, at.end_column + last)

    return moved


def _no_comment(line: str) -> str:
    """A comment between the lines of one instruction goes on to the next, as an empty line does."""
    return "\\" if line.lstrip().startswith("#") or not line.strip() else line


def _listed(text: str, span: Span) -> list[Word]:
    try:
        found = json.loads(text.replace("\\\n", " "))
    except ValueError:
        return []
    return [Word(str(item), span) for item in found] if isinstance(found, list) else []


def _given_to_a_shell(container: Mapping) -> Scalar | None:
    """The script that a container's shell is given by another setting: `command: [sh, -c]`, and
    `args: [script]`."""
    command, args = (container.entries.get(key) for key in ("command", "args"))
    if command is None or args is None:
        return None
    words, given = command.value, args.value
    if not isinstance(words, Sequence) or not isinstance(given, Sequence):
        return None
    last = words.items[-1] if len(words.items) > 1 else None
    script = given.items[0] if given.items else None
    if not isinstance(last, Scalar) or not isinstance(script, Scalar):
        return None
    return script if shell.SCRIPT_OPTION.fullmatch(str(last.value)) else None


class _Below:
    def __init__(self, text: str, path: str) -> None:
        self._lines = re.split(r"\r\n|\r|\n", text)
        self._path = path
        # There, `$$` stands for a `$` that is left to the container's own shell.
        self._doubled = "compose" in path.rpartition("/")[2].lower()

    def _single(self, text: str) -> str:
        return text.replace("$$", "$") if self._doubled else text

    def node(self, node: Node, key: str, depth: int) -> Iterator[Resource]:
        if depth > _DEEPEST:
            return
        name = key.rpartition(".")[2]
        if isinstance(node, Scalar):
            yield from self._scalar(node, name)
        elif isinstance(node, Sequence):
            yield from self._sequence(node, name, depth)
        elif isinstance(node, Choice):
            for option in node.options:
                yield from self.node(option, key, depth + 1)
        elif isinstance(node, Mapping):
            whole = joined(node)
            if whole is not None and _SHEBANG.match(whole[0].lstrip()):
                yield from shell.resources(whole[0], self._path, whole[1])
                return
            given = _given_to_a_shell(node)
            if given is not None:
                yield from self._script(given)
            for inner, entry in node.entries.items():
                if inner == "args" and given is not None:
                    continue
                own = key if inner.startswith(("!", "Fn::")) else inner
                # What Ansible has the machine run by itself: `cron: {job: …}`.
                if name == "cron" and inner == "job" and isinstance(entry.value, Scalar):
                    own = "script"
                yield from self.node(entry.value, own, depth + 1)

    def _sequence(self, node: Sequence, name: str, depth: int) -> Iterator[Resource]:
        scalars = [item for item in node.items if isinstance(item, Scalar)]
        if name == "test" and self._doubled and scalars:
            # How a service is asked whether it is well: `[CMD, curl, …]`, `[CMD-SHELL, script]`.
            if scalars[0].value == "CMD-SHELL":
                yield from self._script(scalars[-1])
            elif scalars[0].value == "CMD":
                words = [Word(self._single(self._slice(i)), i.span) for i in scalars[1:]]
                yield from shell.of_words(words, self._path)
            return
        if name in _LISTS and len(scalars) == len(node.items) and scalars:
            # Branches of a template stand after one another, so there may be several.
            given = [
                after
                for before, after in pairwise(scalars)
                if shell.SCRIPT_OPTION.fullmatch(str(before.value))
            ]
            if given:
                for script in given:
                    yield from self._script(script)
            elif name != "args" or str(scalars[0].value).startswith("-"):
                words = [Word(self._single(self._slice(item)), item.span) for item in scalars]
                if name == "args" or words[0].text.startswith("-"):
                    words.insert(0, Word("args", node.span))
                yield from shell.of_words(words, self._path)
            else:
                for scalar in scalars:
                    yield from self._scalar(scalar, "")
            return
        for item in node.items:
            if isinstance(item, Scalar) and name in _SCRIPTS:
                yield from self._script(item)
            elif name in ("runcmd", "bootcmd") and isinstance(item, Sequence):
                words = [Word(str(i.value), i.span) for i in item.items if isinstance(i, Scalar)]
                yield from shell.of_words(words, self._path)
            else:
                yield from self.node(item, name, depth + 1)

    def _scalar(self, node: Scalar, name: str) -> Iterator[Resource]:
        if not isinstance(node.value, str):
            return
        is_check = name == "test" and self._doubled
        named = (name in _SCRIPTS or is_check) and not _PROSE.match(node.value)
        if named or _SHEBANG.match(node.value.lstrip()):
            yield from self._script(node)

    def _script(self, node: Scalar) -> Iterator[Resource]:
        block = self._block(node)
        if block is not None:
            yield from shell.resources(self._single(block[0]), self._path, block[1])
            return
        flow = self._flow(node)
        if flow is not None:
            yield from shell.resources(self._single(flow[0]), self._path, flow[1])
            return
        text = self._single(self._slice(node))
        yield from shell.resources(text, self._path, self._within(node, text))

    # -- the source of a value

    def _block(self, node: Scalar) -> tuple[str, Place] | None:
        """A block's text as the file has it, without what it is indented by."""
        first = node.span.line
        if not 0 < first <= len(self._lines):
            return None
        # `content: !Sub |`: a tag stands before the block.
        head = _TAG.sub("", self._lines[first - 1][node.span.column - 1 :], count=1)
        if not _BLOCK.match(head):
            return None
        end = node.span.end_line - (node.span.end_column == 1)
        own = self._lines[first:end]
        indent = next((len(s) - len(s.lstrip()) for s in own if s.strip()), 0)
        kept = [line[indent:] for line in own]
        while kept and not kept[-1].strip():
            kept.pop()
        text = "\n".join(kept)
        place = lines_of(self._single(text), first, indent)
        return (text.replace("\n", " ") if head[0] == ">" else text), place

    def _flow(self, node: Scalar) -> tuple[str, Place] | None:
        """A text that goes on over lines, which are joined with spaces; in quotes, if it has no
        escapes in it."""
        span = node.span
        if not 0 < span.line < span.end_line <= len(self._lines):
            return None
        own = self._lines[span.line - 1 : span.end_line]
        first = own[0][span.column - 1 :]
        own[-1] = own[-1][: span.end_column - 1] if span.end_column > 1 else ""
        if first[:1] in ("'", '"'):
            inner = "".join((first[1:], *own[1:]))[:-1]
            if own[-1][-1:] != first[0] or "\\" in inner or first[0] in inner:
                return None
            first, own[-1] = " " + first[1:], own[-1][:-1]
        elif node.quoted:
            return None
        own[0] = " " * (span.column - 1) + first
        text = "\n".join(own)
        place = lines_of(self._single(text), span.line - 1)
        return text.replace("\n", " "), place

    def _slice(self, node: Scalar) -> str:
        """A value of one line as it is written: with what a template puts in."""
        span = node.span
        if span.line != span.end_line or not 0 < span.line <= len(self._lines):
            return str(node.value)
        text = self._lines[span.line - 1][span.column - 1 : span.end_column - 1]
        if len(text) > 1 and text[0] in "\"'" and text[-1] == text[0]:
            inner = text[1:-1]
            if "\\" in inner or "''" in inner:
                return str(node.value)
            return inner
        return text if node.has_holes or text == str(node.value) else str(node.value)

    def _within(self, node: Scalar, text: str) -> Place:
        span = node.span
        at = self._lines[span.line - 1].find(text, span.column - 1) if (
            span.line == span.end_line and 0 < span.line <= len(self._lines)
        ) else -1  # fmt: skip
        if at < 0:
            return lambda begin, end: span
        return lines_of(text, span.line - 1, at)
