"""Errors that a user can cause: each says what is wrong, where, and what to do."""

from __future__ import annotations


class KeyauditError(Exception):
    """Wrong usage or configuration. It is printed as one line on stderr, and the command exits with
    2.

    `what` is the fault, `where` the file (with line) or option, `hint` what to do. None of them may
    contain a secret.
    """

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        self.what = what
        self.where = where
        self.hint = hint
        super().__init__(self.line())

    def line(self) -> str:
        """The whole error as one line: `where: what; hint`."""
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}; {self.hint}" if self.hint else text
