"""Parses shell scripts to commands, with their arguments, redirections and environment.

tree-sitter parses what it can of a broken script. Template actions (`{{ x }}`, `${{ x }}`, `((x))`)
are read as a variable of that name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import tree_sitter
import tree_sitter_bash

from keyaudit.configs.readers.offsets import Place, lines_of
from keyaudit.core.location import Span
from keyaudit.core.patterns import regex

_LARGEST = 2_000_000
# Programs that only start the one whose name comes next.
STARTERS = frozenset({"sudo", "doas", "env", "nohup", "time", "exec", "command", "nice"})
_MOST_COMMANDS = 50_000
# Of shells within shells, so many of the innermost are told apart.
_DEEPEST = 20
_ACTION = regex(
    r"\$\{\{(.*?)\}\}|\{\{(.*?)\}\}|\(\(([\w./-]+)\)\)|(?<!\$)\{%[-+\s].*?%\}|(?<!\$)\{#[-\s].*?#\}",
    re.DOTALL,
)
_GROUPED = regex(r"(?:\bif|\belif|\bwhile|&&|\|\||^)[ \t]*\[[ \t][^\n]*", re.MULTILINE)
_NO_NAME = regex(r"\W+")
# What gives on what it reads, in another form.
_CHANGERS = ("base64", "tr", "sed", "envsubst", "gunzip", "cut", "head", "xxd")
_SUBSTITUTION = "command_substitution"


@dataclass(frozen=True, slots=True)
class Word:
    """A word as the program gets it: without quotes, variables as `${NAME}`.

    Command substitutions stay as `$(…)`. `quoted`: the word was in single quotes, so a `$` in it
    starts no variable.
    """

    text: str
    span: Span
    quoted: bool = False


@dataclass(slots=True)
class Command:
    """One command: its program `name`, its arguments `words`, and what surrounds it.

    `environment` are assignments before it; `to` the files it redirects its output to, or has `tee`
    write it to, `into` the program it pipes its output to ("" if none), `input` its here-document
    or here-string; `function` the function it stands in ("" if none); `captured`: it stands in a
    `$(…)`;
    `conditional`: it stands in a branch or loop, or after `&&` or `||`; `test` what the nearest
    `if`, or the command before a `||`, asks ("" if none; with a `!` before it in an `else` and
    after `||`); `subshells` are numbers of the shells of their own that it runs in, `( … )` and
    `$( … )`, the outermost first.
    """

    name: str
    span: Span
    words: list[Word]
    environment: list[tuple[str, Word]] = field(default_factory=list)
    to: list[Word] = field(default_factory=list)
    input: Word | None = None
    into: str = ""
    function: str = ""
    captured: bool = False
    conditional: bool = False
    test: str = ""
    subshells: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Assignment:
    """One `NAME=value`, also after `readonly` and the like; `exported`: after `export`.

    `items` are the words of an array, `NAME=(…)` or `NAME+=(…)`; `function` is the one that the
    assignment stands in, `branch` the pattern of the nearest branch of a `case` around it, such as
    `-p|--password` ("" if none).
    """

    name: str
    value: Word
    span: Span
    exported: bool
    items: tuple[Word, ...] = ()
    function: str = ""
    branch: str = ""


@dataclass(slots=True)
class Script:
    """The commands and assignments of a script in order, and the names of its functions.

    `is_cut`: there are more of them than are read.
    """

    commands: list[Command] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    functions: set[str] = field(default_factory=set)
    is_cut: bool = False


@cache
def _parser() -> tree_sitter.Parser:
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


def read(text: str, place: Place | None = None) -> Script:
    """The commands of a script, about 50,000 at most; none if it has over 2,000,000 characters.

    `place` turns two character offsets in the text into a span; by default, the text is a whole
    file.
    """
    script = Script()
    if len(text) > _LARGEST:
        script.is_cut = True
        return script
    _Walk(text, place or lines_of(text), script).run()
    return script


def plain(text: str) -> str:
    """The text, of the same length, with template actions rewritten as shell variables."""
    if "\\(" in text:  # brackets within a test, which the parser stumbles over
        text = _GROUPED.sub(lambda found: re.sub(r"\\[()]", "  ", found[0]), text)
    return _ACTION.sub(_as_variable, text) if "{{" in text or "((" in text or "{%" in text else text


def _as_variable(found: re.Match[str]) -> str:
    said = next((group for group in found.groups() if group is not None), None)
    if said is None:
        return re.sub(r"[^\n]", " ", found[0])
    if said.lstrip("- ").startswith(("if ", "else", "end", "range ", "with ", "/*")):
        return re.sub(r"[^\n]", " ", found[0])
    name = _NO_NAME.sub("_", said.strip()).strip("_")
    room = len(found[0]) - 3
    lines = found[0].count("\n")
    if lines or room < 1:
        return re.sub(r"[^\n]", "_", found[0])
    return "${" + (name or "_").ljust(room, "_")[:room] + "}"


_BRANCHES = ("if_statement", "case_item", "while_statement", "for_statement")


def _is_conditional(node: tree_sitter.Node) -> bool:
    """Whether a command stands in a branch or loop, or after `&&` or `||`."""
    inner, outer = node, node.parent
    while outer is not None:
        if outer.type in _BRANCHES:
            return True
        if outer.type == "list" and inner != outer.named_children[0]:
            return True
        inner, outer = outer, outer.parent
    return False


def _test_of(node: tree_sitter.Node) -> str:
    """What the nearest `if` around a command asks, or the command before its `||`."""
    inner, outer = node, node.parent
    while outer is not None:
        if outer.type in ("if_statement", "elif_clause"):
            test = outer.child_by_field_name("condition")
            # What stands in an `else`, is done where the answer is no.
            if test is not None and inner != test and inner.type != "elif_clause":
                said = (test.text or b"").decode("utf-8", "replace")
                return f"! {said}" if inner.type == "else_clause" else said
        if outer.type == "list" and len(outer.named_children) > 1:
            first = outer.named_children[0]
            if inner != first and any(child.type == "||" for child in outer.children):
                return "! " + (first.text or b"").decode("utf-8", "replace")
        inner, outer = outer, outer.parent
    return ""


class _Walk:
    def __init__(self, text: str, place: Place, script: Script) -> None:
        self._text = plain(text)
        self._data = self._text.encode("utf-8", "replace")
        self._ascii = len(self._data) == len(self._text)
        self._place = place
        self._script = script

    def run(self) -> None:
        root = _parser().parse(self._data).root_node
        waiting: list[tuple[tree_sitter.Node, str, bool, tuple[int, ...]]] = [(root, "", False, ())]
        while waiting:
            node, function, captured, shells = waiting.pop()
            if len(self._script.commands) > _MOST_COMMANDS:
                self._script.is_cut = True
                return
            kind = node.type
            if kind == "function_definition":
                function = self._said(node.named_children[0]) if node.named_children else ""
                self._script.functions.add(function)
            elif kind == _SUBSTITUTION:
                captured = True
                shells = (*shells[-_DEEPEST:], node.start_byte)
            elif kind == "subshell":
                shells = (*shells[-_DEEPEST:], node.start_byte)
            elif kind == "command":
                self._command(node, function, captured, shells)
            elif kind == "variable_assignment" and (node.parent and node.parent.type != "command"):
                self._assignment(node, function)
            if kind in ("comment", "word", "raw_string", "heredoc_body"):
                continue
            for child in reversed(node.named_children):
                waiting.append((child, function, captured, shells))

    # -- nodes

    def _span(self, node: tree_sitter.Node) -> Span:
        return self._place(self._offset(node.start_byte), self._offset(node.end_byte))

    def _offset(self, byte: int) -> int:
        if self._ascii:
            return byte
        return len(self._data[:byte].decode("utf-8", "replace"))

    def _said(self, node: tree_sitter.Node) -> str:
        return (node.text or b"").decode("utf-8", "replace")

    def _word(self, node: tree_sitter.Node) -> Word:
        return Word(self._value(node), self._span(node), node.type == "raw_string")

    def _value(self, node: tree_sitter.Node) -> str:
        kind = node.type
        if kind == "raw_string":
            return self._said(node)[1:-1]
        if kind == "simple_expansion":
            return "${" + self._said(node)[1:] + "}"
        if kind == "expansion":
            return self._said(node)
        if kind == _SUBSTITUTION:
            inner = self._said(node)
            inner = inner[2:-1] if inner.startswith("$(") else inner.strip("`")
            return f"$({' '.join(inner.split())})"
        if kind == "ansii_c_string":
            return self._said(node)[2:-1]
        if kind in ("concatenation", "string", "command_name", "translated_string"):
            return self._joined(node)
        text = self._said(node)
        return re.sub(r"\\(.)", r"\1", text) if kind == "word" and "\\" in text else text

    def _joined(self, node: tree_sitter.Node) -> str:
        """The parts of a word, and what stands between them in a string."""
        if node.type != "string":
            return "".join(self._value(child) for child in node.children)
        parts: list[str] = []
        at = node.start_byte + 1
        for child in node.named_children:
            parts.append(self._data[at : child.start_byte].decode("utf-8", "replace"))
            if child.type == "string_content":
                parts.append(re.sub(r'\\(["\\$`])', r"\1", self._said(child)))
            else:
                parts.append(self._value(child))
            at = child.end_byte
        parts.append(self._data[at : node.end_byte - 1].decode("utf-8", "replace"))
        return "".join(parts)

    def _command(
        self, node: tree_sitter.Node, function: str, captured: bool, shells: tuple[int, ...]
    ) -> None:
        command: Command | None = None
        environment: list[tuple[str, Word]] = []
        to: list[Word] = []
        given: Word | None = None
        for child in node.named_children:
            if child.type == "variable_assignment":
                environment += list(self._pair(child))
            elif child.type == "command_name":
                command = Command(self._value(child), self._span(child), [])
            elif child.type in ("file_redirect", "heredoc_redirect", "herestring_redirect"):
                more, given = self._redirected(child)
                to += more
            elif command is not None and child.type not in ("comment", "\n"):
                command.words.append(self._word(child))
        if command is None:
            return
        command.environment = environment
        command.function, command.captured = function, captured
        command.subshells = shells
        self._around(node, command)
        command.to += to
        command.input = command.input or given
        self._script.commands.append(command)

    def _around(self, node: tree_sitter.Node, command: Command) -> None:
        """Where the output goes: by the redirections and pipes that the command stands in."""
        command.conditional = _is_conditional(node)
        command.test = _test_of(node) if command.conditional else ""
        inner = node
        outer = node.parent
        while outer is not None and outer.type in ("pipeline", "redirected_statement", "list",
                                                   "compound_statement", "subshell",
                                                   "negated_command"):  # fmt: skip
            if outer.type == "redirected_statement" and inner == outer.named_children[0]:
                for child in outer.named_children[1:]:
                    more, given = self._redirected(child)
                    # `cat <<EOF | tee FILE`: the rest of the line stands in the here-document.
                    rest = [one for one in child.named_children if one.type == "pipeline"]
                    if child.type == "heredoc_redirect" and rest and not command.into:
                        command.into = self._first_name(rest[0])
                        if command.into == "tee":
                            command.to += self._split_to(rest[0])
                    # Of a pipeline, what is redirected is what its last command writes.
                    if inner.type != "pipeline" or command.into in ("", *_CHANGERS):
                        command.to += more
                    command.input = command.input or given
            elif outer.type == "pipeline" and not command.into:
                listed = outer.named_children
                at = next((n for n, child in enumerate(listed) if child == inner), -1)
                if 0 <= at < len(listed) - 1:
                    command.into = self._first_name(listed[at + 1])
                    if command.into == "tee":
                        command.to += self._split_to(listed[at + 1])
            inner, outer = outer, outer.parent

    def _first_name(self, node: tree_sitter.Node) -> str:
        waiting = [node]
        while waiting:
            one = waiting.pop(0)
            if one.type == "command_name":
                name = self._value(one)
                beside = one.next_named_sibling
                wraps = name in STARTERS and beside is not None and beside.type == "word"
                return self._value(beside) if wraps and beside is not None else name
            waiting = [*one.named_children, *waiting]
        return "?"

    def _split_to(self, node: tree_sitter.Node) -> list[Word]:
        """The files that the first `tee` of a pipeline writes what it reads to."""
        waiting = [node]
        while waiting:
            one = waiting.pop(0)
            if one.type == "command":
                words = [
                    self._word(child)
                    for child in one.named_children
                    if not child.type.endswith(("_redirect", "assignment", "command_name"))
                ]
                at = next((n for n, word in enumerate(words) if word.text == "tee"), -1)
                return [word for word in words[at + 1 :] if not word.text.startswith("-")]
            waiting = [*one.named_children, *waiting]
        return []

    def _redirected(self, node: tree_sitter.Node) -> tuple[list[Word], Word | None]:
        to: list[Word] = []
        given: Word | None = None
        if node.type == "file_redirect":
            sign = next((c.type for c in node.children if not c.is_named), "")
            number = next(
                (self._said(c) for c in node.children if c.type == "file_descriptor"), "1"
            )
            last = node.named_children[-1] if node.named_children else None
            if sign in (">", ">>", "&>", "&>>", ">|") and last is not None and number == "1":
                to.append(self._word(last))
        elif node.type == "heredoc_redirect":
            plain = False
            for child in node.named_children:
                if child.type == "heredoc_start":
                    plain = self._said(child)[:1] in ("'", '"', "\\")
                elif child.type == "heredoc_body":
                    given = Word(self._said(child), self._span(child), quoted=plain)
                elif child.type == "file_redirect":
                    to += self._redirected(child)[0]
        elif node.type == "herestring_redirect" and node.named_children:
            given = self._word(node.named_children[-1])
        return to, given

    def _pair(self, node: tree_sitter.Node) -> Iterator[tuple[str, Word]]:
        name = node.child_by_field_name("name")
        value = node.child_by_field_name("value")
        if name is not None:
            at = self._span(node)
            yield self._said(name), Word("", at) if value is None else self._word(value)

    def _assignment(self, node: tree_sitter.Node, function: str) -> None:
        exported = (
            node.parent is not None
            and node.parent.type == "declaration_command"
            and (self._said(node.parent).startswith("export"))
        )
        listed = node.child_by_field_name("value")
        items: tuple[Word, ...] = ()
        if listed is not None and listed.type == "array":
            items = tuple(
                self._word(child) for child in listed.named_children if child.type != "comment"
            )
        branch = self._branch(node)
        for name, value in self._pair(node):
            assignment = Assignment(
                name, value, self._span(node), exported, items, function, branch
            )
            self._script.assignments.append(assignment)

    def _branch(self, node: tree_sitter.Node) -> str:
        outer = node.parent
        while outer is not None and outer.type not in ("case_item", "function_definition"):
            outer = outer.parent
        if outer is None or outer.type != "case_item":
            return ""
        patterns = outer.children_by_field_name("value")
        return "|".join(self._said(pattern).strip("'\"") for pattern in patterns)
