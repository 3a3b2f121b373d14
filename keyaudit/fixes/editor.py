"""Edits one Python file: expressions, arguments, statements and imports."""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Sequence

from keyaudit.fixes.changes import Change
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.names import Import, member_name, module_name
from keyaudit.fixes.project import Project
from keyaudit.fixes.python_file import PythonFile


class Editor:
    """Collects in `changes` the edits of the Python file at `path`.

    Nodes are those of `file`. New lines get the file's line ends and indentation.
    """

    def __init__(self, project: Project, path: str) -> None:
        self.file: PythonFile = project.python(path)
        self.names = project.names(path)
        self.changes: list[Change] = []
        self._project = project

    # -- expressions

    def replace(self, node: ast.AST, text: str) -> None:
        """Replace the source of a node by `text`.

        Raises DeclinedError where a comment would be lost, or the node is inside an f-string.
        """
        self.replace_place(*self.file.place(node), text)
        if self.file.is_in_text(node):
            raise DeclinedError("it stands in an f-string")

    def replace_place(self, start: int, end: int, text: str) -> None:
        """Replace the characters from `start` to `end` (exclusive) by `text`.

        Raises DeclinedError where a comment would be lost.
        """
        kept = text.count("#")
        if self.file.has_comment(start, end) and not kept:
            raise DeclinedError("a comment stands there")
        self.changes.append(Change(self.file.path, start, end, self._lines(text)))

    def insert(self, offset: int, text: str) -> None:
        """Insert `text` at a character offset."""
        self.changes.append(Change(self.file.path, offset, offset, self._lines(text)))

    def _lines(self, text: str) -> str:
        return text.replace("\n", self.file.newline) if self.file.newline != "\n" else text

    # -- names

    def module(self, module: str, at: ast.AST) -> str:
        """The name by which `module` is known at a node; an import is added if it is missing.

        Raises DeclinedError where a project file shadows the module, or the import has no place.
        """
        return self._imported(module_name(self.file, self.names, module, at), module, at)

    def member(self, module: str, member: str, at: ast.AST) -> str:
        """The name by which `member` of `module` is known at a node; an import is added if it is
        missing.

        Raises DeclinedError where a project file shadows the module, or the import has no place.
        """
        return self._imported(member_name(self.file, self.names, module, member, at), module, at)

    def _imported(self, wanted: Import, module: str, at: ast.AST) -> str:
        if self._project.shadows(module, self.file.path):
            raise DeclinedError(f"a file of the project is imported in place of `{module}`")
        if wanted.change is not None and wanted.change not in self.changes:
            self.changes.append(wanted.change)
        return wanted.name

    # -- arguments

    def set_keyword(self, call: ast.Call, name: str, value: str) -> None:
        """Set the keyword argument `name` of a call to the expression `value`, adding it if it is
        missing.

        Raises DeclinedError where `**` may pass it already.
        """
        for keyword in call.keywords:
            if keyword.arg == name:
                self.replace(keyword.value, value)
                return
        if any(keyword.arg is None for keyword in call.keywords):
            raise DeclinedError(f"`**` may pass `{name}` already")
        self.add_argument(call, f"{name}={value}")

    def add_argument(self, call: ast.Call, text: str) -> None:
        """Add an argument at the end of a call, on a line of its own where the last one has a
        trailing comma and a line of its own."""
        end = self.file.end(call) - 1
        start = self.file.end(call.func)
        tokens = [
            token
            for token in self.file.tokens_in(start, end)
            if token.type not in (tokenize.COMMENT, tokenize.NL)
        ]
        last = tokens[-1]
        if last.text == "(" and len(tokens) == 1:
            self.insert(last.end, text)
            return
        if last.text != ",":
            self.insert(last.end, f", {text}")
            return
        between = self.file.text[last.end : end]
        if "\n" in between:
            arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
            line = min(self.file.line_of(self._argument_start(one)) for one in arguments[-1:])
            indent = self.indentation(line)
            self.insert(last.end, f"\n{indent}{text},")
        else:
            self.insert(last.end, f" {text},")

    def _argument_start(self, value: ast.expr) -> int:
        parent = self.file.parent(value)
        return self.file.start(parent if isinstance(parent, ast.keyword) else value)

    def remove_argument(self, call: ast.Call, argument: ast.expr | ast.keyword) -> None:
        """Remove an argument with its comma.

        Raises DeclinedError where it has parentheses of its own, or a comment would be lost.
        """
        start, end = self.file.place(argument)
        lines = self._own_lines(start, end)
        if lines is not None:
            self.changes.append(Change(self.file.path, *lines, ""))
            return
        inside = self.file.tokens_in(self.file.end(call.func), self.file.end(call))
        before = [token for token in inside if token.end <= start]
        after = [token for token in inside if token.start >= end]
        if not before or not after:
            raise DeclinedError("the argument is written in an unusual way")
        first_of_line = "\n" in self.file.text[before[-1].end : start]
        if (
            before[-1].text == "," and after[0].text == "," and first_of_line
            and after[1].text != ")" and "\n" not in self.file.text[end : after[1].start]
        ):  # fmt: skip
            # The others stay on their line.
            first, last = start, after[1].start
        elif before[-1].text == "," and after[0].text in (",", ")"):
            first, last = before[-1].start, end
        elif before[-1].text == "(" and after[0].text == ",":
            following = after[1]
            first, last = start, following.start
            if following.text == ")":
                last = after[0].end
        elif before[-1].text == "(" and after[0].text == ")":
            first, last = start, end
        else:
            raise DeclinedError("the argument stands in parentheses of its own")
        if self.file.has_comment(first, last):
            raise DeclinedError("a comment stands there")
        self.changes.append(Change(self.file.path, first, last, ""))

    def _own_lines(self, start: int, end: int) -> tuple[int, int] | None:
        """The offsets of the lines of an argument that are shared only with its comma; None for
        others."""
        first = self.file.start_of_line(self.file.line_of(start))
        last = self.file.start_of_line(self.file.line_of(end) + 1)
        before, after = self.file.text[first:start], self.file.text[end:last]
        if before.strip() or after.strip() not in ("", ",") or self.file.has_comment(start, end):
            return None
        return first, last

    # -- statements

    def indentation(self, line: int) -> str:
        """The white space at the beginning of a line (from 1)."""
        text = self.file.line_text(line)
        return text[: len(text) - len(text.lstrip(" \t\f"))]

    def indent_of(self, statement: ast.stmt) -> str:
        """The indentation of a statement. Raises DeclinedError where another statement precedes it
        on its line."""
        start = self.file.start(statement)
        head = self.file.text[self.file.start_of_line(statement.lineno) : start]
        if head.strip(" \t\f"):
            raise DeclinedError("the statement shares its line with another")
        return head

    def unit(self) -> str:
        """One level of indentation as the file uses it; four spaces where it uses none."""
        return self.file.unit

    def before(self, statement: ast.stmt, lines: Sequence[str]) -> None:
        """Insert source lines above a statement and its decorators, at its indentation."""
        indent = self.indent_of(statement)
        decorators = getattr(statement, "decorator_list", ())
        line = min([statement.lineno, *(one.lineno for one in decorators)])
        text = "".join(f"{indent}{one}\n" if one else "\n" for one in lines)
        self.insert(self.file.start_of_line(line), text)

    def after(self, statement: ast.stmt, lines: Sequence[str], indent: str | None = None) -> None:
        """Insert source lines below a statement, at its indentation or at `indent`."""
        indent = self.indent_of(statement) if indent is None else indent
        place = self.end_of_line(statement)
        text = "".join(f"{indent}{one}\n" if one else "\n" for one in lines)
        if place == len(self.file.text) and not self.file.text.endswith("\n"):
            text = "\n" + text.removesuffix("\n")
        self.insert(place, text)

    def end_of_line(self, statement: ast.stmt) -> int:
        """The offset at which the line after a statement begins. Raises DeclinedError where
        anything but a comment follows the statement on its line."""
        assert statement.end_lineno is not None
        end = self.file.start_of_line(statement.end_lineno + 1)
        tail = self.file.text[self.file.end(statement) : end].strip()
        if tail and not tail.startswith("#"):
            raise DeclinedError("the statement shares its line with another")
        return end

    def indent_more(self, first: ast.stmt, last: ast.stmt) -> None:
        """Indent the lines of statements by one level, except lines inside multi-line strings."""
        assert last.end_lineno is not None
        unit = self.unit()
        inside = self._lines_in_texts(first.lineno, last.end_lineno)
        for line in range(self._first_line(first), last.end_lineno + 1):
            if line not in inside and self.file.line_text(line).strip():
                self.insert(self.file.start_of_line(line), unit)

    def _first_line(self, statement: ast.stmt) -> int:
        decorators = getattr(statement, "decorator_list", ())
        lines: list[int] = [statement.lineno, *(one.lineno for one in decorators)]
        return min(lines)

    def _lines_in_texts(self, first: int, last: int) -> set[int]:
        start, end = self.file.start_of_line(first), self.file.start_of_line(last + 1)
        found: set[int] = set()
        for token in self.file.tokens_in(start, end):
            if "\n" in token.text:
                head = self.file.line_of(token.start)
                found.update(range(head + 1, self.file.line_of(token.end) + 1))
        return found

    def remove_statement(self, statement: ast.stmt) -> None:
        """Remove a statement with its lines; the only statement of a block is replaced by `pass`.

        Raises DeclinedError where a comment would be lost, or the statement shares its line.
        """
        body = self.file.body_of(statement)
        if len(body) == 1:
            self.replace(statement, "pass")
            return
        self.indent_of(statement)
        start = self.file.start_of_line(statement.lineno)
        end = self.end_of_line(statement)
        if self.file.has_comment(start, end):
            raise DeclinedError("a comment stands there")
        self.changes.append(Change(self.file.path, start, end, ""))
