"""A Python file as text with its syntax tree, and the positions of nodes in the text."""

from __future__ import annotations

import ast
import bisect
import io
import tokenize
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple, TypeVar

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.text_file import TextFile

N = TypeVar("N", bound=ast.AST)
Function = ast.FunctionDef | ast.AsyncFunctionDef
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_SCOPES = (*_FUNCTIONS, ast.ClassDef, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
# Tokens that are line ends and indentation.
SPACES = frozenset({tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
                    tokenize.ENDMARKER})  # fmt: skip


class Token(NamedTuple):
    """A token of the tokenize module with its character offsets, the end exclusive."""

    type: int
    text: str
    start: int
    end: int


class PythonFile(TextFile):
    """A parsed Python file, in which each node has a position and a parent.

    Positions are character offsets in `text`, the end exclusive. Raises DeclinedError for source
    that this interpreter's parser rejects.
    """

    def __init__(self, path: str, data: bytes) -> None:
        super().__init__(path, data, python=True)
        try:
            self.tree = ast.parse(self.text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise DeclinedError("the file is not in the Python of this interpreter") from None
        self._parents: dict[ast.AST, ast.AST] = {}
        self._by_place: dict[tuple[int, int], list[ast.AST]] = {}
        self._by_start: dict[int, list[ast.AST]] = {}
        self._in_text: set[ast.AST] = set()
        self._index(self.tree)

    def _index(self, top: ast.AST) -> None:
        todo = [(top, False)]
        while todo:
            node, in_text = todo.pop()
            inner = in_text or isinstance(node, ast.JoinedStr)
            if in_text:
                self._in_text.add(node)
            elif hasattr(node, "end_col_offset"):
                place = self.place(node)
                self._by_place.setdefault(place, []).append(node)
                self._by_start.setdefault(place[0], []).append(node)
            for child in ast.iter_child_nodes(node):
                self._parents[child] = node
                todo.append((child, inner))

    # -- places

    def start(self, node: ast.AST) -> int:
        """The character offset at which a node begins."""
        return self._offset(node.lineno, node.col_offset)  # type: ignore[attr-defined]

    def end(self, node: ast.AST) -> int:
        """The character offset at which a node ends (exclusive)."""
        return self._offset(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def place(self, node: ast.AST) -> tuple[int, int]:
        """The character offsets at which a node begins and ends (exclusive)."""
        return self.start(node), self.end(node)

    def source(self, node: ast.AST) -> str:
        """The source text of a node."""
        return self.text[self.start(node) : self.end(node)]

    def _offset(self, line: int, column: int) -> int:
        begin = self.start_of_line(line)
        if self.text.isascii():
            return begin + column
        head = self.line_text(line).encode("utf-8", "surrogatepass")[:column]
        return begin + len(head.decode("utf-8", "surrogatepass"))

    def at(self, start: int, end: int, kind: type[N]) -> N | None:
        """The outermost node of type `kind` from `start` to `end`; None without one, and inside
        f-strings.

        Opening parentheses in front of `start` may belong to it.
        """
        while True:
            for node in self._by_place.get((start, end), ()):
                if isinstance(node, kind):
                    return node
            if start == 0 or self.text[start - 1] != "(":
                return None
            start -= 1

    def starting_at(self, start: int, kind: type[N]) -> N | None:
        """The largest node of type `kind` that begins at `start`; None without one."""
        found = [node for node in self._by_start.get(start, ()) if isinstance(node, kind)]
        return max(found, key=self.end) if found else None

    def is_in_text(self, node: ast.AST) -> bool:
        """Whether a node is inside an f-string, where positions are not reliable."""
        return node in self._in_text

    # -- what a node stands in

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The parent node; None for the module."""
        return self._parents.get(node)

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes that contain a node, innermost first."""
        current = self._parents.get(node)
        while current is not None:
            yield current
            current = self._parents.get(current)

    def statement(self, node: ast.AST) -> ast.stmt:
        """The innermost statement that is, or contains, a node. Raises DeclinedError without
        one."""
        current: ast.AST | None = node
        while current is not None and not isinstance(current, ast.stmt):
            current = self._parents.get(current)
        if current is None:
            raise DeclinedError("it stands in no statement")
        return current

    def function(self, node: ast.AST) -> Function | None:
        """The innermost function that contains a node; None at module or class level."""
        for outer in self.ancestors(node):
            if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef):
                return outer
        return None

    def owner(self, node: ast.AST) -> ast.ClassDef | None:
        """The innermost class that contains a node, or None."""
        for outer in self.ancestors(node):
            if isinstance(outer, ast.ClassDef):
                return outer
        return None

    def scopes(self, node: ast.AST) -> list[ast.AST]:
        """The functions, classes, lambdas and comprehensions that contain a node, innermost first,
        without the module."""
        return [outer for outer in self.ancestors(node) if isinstance(outer, _SCOPES)]

    def runs_at_import(self, node: ast.AST) -> bool:
        """Whether a node is executed when the module is imported: it is in no function body."""
        inner = node
        for outer in self.ancestors(node):
            if isinstance(outer, _FUNCTIONS) and _is_body(outer, inner):
                return False
            inner = outer
        return True

    def body_of(self, statement: ast.stmt) -> list[ast.stmt]:
        """The list of statements that contains a statement. Raises DeclinedError without one."""
        parent = self._parents[statement]
        for _, value in ast.iter_fields(parent):
            if isinstance(value, list) and any(item is statement for item in value):
                return value
        raise DeclinedError("the statement stands in no block")

    def walk(self, top: ast.AST | None = None) -> Iterator[ast.AST]:
        """All nodes below `top`, or of the whole file."""
        return ast.walk(top or self.tree)

    @cached_property
    def imports(self) -> dict[str, str]:
        """What the imports at module level stand for, by the names that they bind."""
        found: dict[str, str] = {}
        for node in self.tree.body:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.asname:
                        found[alias.asname] = alias.name
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for alias in node.names:
                    found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        return found

    # -- tokens

    @cached_property
    def tokens(self) -> list[Token]:
        """The tokens of the file. Raises DeclinedError where it cannot be tokenized."""
        found = []
        try:
            for token in tokenize.generate_tokens(io.StringIO(self.text, newline="").readline):
                (row, column), (last_row, last) = token.start, token.end
                begin = self.start_of_line(row) + column
                found.append(Token(token.type, token.string, begin,
                                   self.start_of_line(last_row) + last))  # fmt: skip
        except (tokenize.TokenError, SyntaxError):
            raise DeclinedError("the file cannot be taken apart into tokens") from None
        return found

    @cached_property
    def unit(self) -> str:
        """One level of indentation as the file uses it; four spaces where it uses none."""
        indented = (token.text for token in self.tokens if token.type == tokenize.INDENT)
        return next(indented, "    ")

    def tokens_in(self, start: int, end: int) -> list[Token]:
        """The tokens between two offsets, without line ends and indentation."""
        first = bisect.bisect_left(self.tokens, start, key=lambda token: token.start)
        found = []
        for number in range(first, len(self.tokens)):
            token = self.tokens[number]
            if token.start >= end:
                break
            if token.end <= end and token.type not in SPACES:
                found.append(token)
        return found

    def has_comment(self, start: int, end: int) -> bool:
        """Whether there is a comment between two offsets."""
        return any(token.type == tokenize.COMMENT for token in self.tokens_in(start, end))


def _is_body(function: ast.AST, inner: ast.AST) -> bool:
    body = function.body  # type: ignore[attr-defined]
    return inner is body or (isinstance(body, list) and any(inner is part for part in body))


def stem(path: str) -> str:
    """The last word of the name of a file's module: that of its folder for `__init__.py`."""
    folder, _, name = path.removesuffix(".py").rpartition("/")
    return folder.rpartition("/")[2] if name == "__init__" else name


def real_name(file: PythonFile, node: ast.AST) -> str:
    """The dotted name of an expression with what imports at module level stand for in the place of
    their names; "" where it is no name."""
    name = dotted(node)
    if name is None:
        return ""
    head, _, rest = name.partition(".")
    known = file.imports.get(head, head)
    return f"{known}.{rest}" if rest else known


def dotted(node: ast.AST) -> str | None:
    """The dotted name of an expression, such as `a.b.c`; None for any other expression."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    parts.append(node.id)
    return ".".join(reversed(parts))
