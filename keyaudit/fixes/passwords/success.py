"""Puts statements where it is known that a check has succeeded."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from keyaudit.fixes.editor import Editor
from keyaudit.fixes.errors import DeclinedError

_UNKNOWN = "it is not known what follows when the password is right"
_ENDS = (ast.Return, ast.Raise, ast.Continue, ast.Break)


def on_success(
    editor: Editor, check: ast.expr, text: str | None, condition: str, then: Sequence[str],
    *, is_equal: bool = True,
) -> None:  # fmt: skip
    """Run `then` after a check succeeded and `condition` holds; `text` is what stands in the place
    of the check from now on, or None where it stays. `is_equal` is False for a check that is true
    when the password is wrong.

    Raises DeclinedError where success has no place of its own.
    """
    _Success(editor, check, text, condition, then).put(is_equal)


class _Success:
    def __init__(
        self, editor: Editor, check: ast.expr, text: str | None, condition: str, then: Sequence[str]
    ) -> None:
        self._editor = editor
        self._file = editor.file
        self._check = check
        self._text = text
        self._condition = condition
        self._then = then

    def put(self, is_equal: bool) -> None:
        top, positive = self._top(is_equal)
        statement = self._file.parent(top)
        if isinstance(statement, ast.Return):
            self._returned(statement, top, positive)
            return
        if self._text is not None:
            self._editor.replace(self._check, self._text)
        if isinstance(statement, ast.If) and statement.test is top:
            self._branch(statement, positive)
        elif isinstance(statement, ast.Assign) and positive and len(statement.targets) == 1:
            name = self._file.source(statement.targets[0])
            if not isinstance(statement.targets[0], ast.Name):
                raise DeclinedError(_UNKNOWN)
            self._editor.after(statement, self._lines(f"{name} and {self._condition}"))
        else:
            raise DeclinedError(_UNKNOWN)

    def _lines(self, condition: str) -> list[str]:
        unit = self._editor.unit()
        return [f"if {condition}:", *(f"{unit}{one}" for one in self._then)]

    def _top(self, is_equal: bool) -> tuple[ast.expr, bool]:
        """The whole condition in which the check stands, and whether it being true means success:
        the other parts only restrict it."""
        node: ast.expr = self._check
        positive = is_equal
        while True:
            parent = self._file.parent(node)
            if isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not):
                positive = not positive
            elif isinstance(parent, ast.BoolOp):
                if isinstance(parent.op, ast.And) is not positive:
                    raise DeclinedError(_UNKNOWN)
            elif not isinstance(parent, ast.Await):
                return node, positive
            node = parent

    def _returned(self, statement: ast.Return, top: ast.expr, positive: bool) -> None:
        if not positive:
            raise DeclinedError(_UNKNOWN)
        editor, file = self._editor, self._file
        source = file.source(top)
        if self._text is not None:
            start, end = file.place(self._check)
            at = file.start(top)
            source = source[: start - at] + self._text + source[end - at :]
        if "\n" in source and not source.startswith("("):
            source = f"({source})"
        name = editor.names.free("is_right")
        indent = editor.indent_of(statement)
        lines = [f"{name} = {source}", *self._lines(f"{name} and {self._condition}")]
        text = "\n".join([lines[0], *(indent + one for one in lines[1:]), f"{indent}return {name}"])
        editor.replace(statement, text)

    def _branch(self, statement: ast.If, positive: bool) -> None:
        editor = self._editor
        body = statement.body if positive else statement.orelse
        if body:
            if body[0].lineno == statement.lineno:
                raise DeclinedError("the statement shares its line with another")
            editor.before(body[0], self._lines(self._condition))
            return
        if positive or not isinstance(statement.body[-1], _ENDS):
            raise DeclinedError(_UNKNOWN)
        editor.after(statement, self._lines(self._condition))
