"""Small programs with a behaviour: what a fix must keep, and what it must bring about.

A program is the text of its files. `works` is run before and after the fix, and passes both times;
`proof` fails before and passes after. Both are Python that may import the program's modules.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any


@dataclass(frozen=True)
class Program:
    """`files` by path; `rule` is the one to fix for; `environment` is set while it runs."""

    name: str
    rule: str
    files: Mapping[str, str]
    works: str
    proof: str = ""
    unsafe: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    variants: bool = True


def program(
    name: str, rule: str, source: str | Mapping[str, str], works: str, proof: str = "", *,
    unsafe: bool = False, environment: Mapping[str, str] | None = None, variants: bool = True,
) -> Program:  # fmt: skip
    """A program of one file, `app.py`, or of several."""
    files = {"app.py": source} if isinstance(source, str) else source
    texts = {path: dedent(text).lstrip("\n") for path, text in files.items()}
    return Program(
        name, rule, texts, dedent(works), dedent(proof), unsafe, environment or {}, variants
    )


def _tabs(text: str) -> str:
    lines = []
    for line in text.split("\n"):
        depth = (len(line) - len(line.lstrip(" "))) // 4
        lines.append("\t" * depth + line[4 * depth :])
    return "\n".join(lines)


def _latin(text: str) -> bytes:
    return b"# -*- coding: latin-1 -*-\n# \xe9crit \xe0 la main\n" + text.encode("latin-1")


# What editors and systems do to a file, and no fix may undo.
VARIANTS: dict[str, Callable[[str], bytes]] = {
    "plain": lambda text: text.encode(),
    "crlf": lambda text: text.replace("\n", "\r\n").encode(),
    "bom": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "latin-1": _latin,
    "tabs": lambda text: _tabs(text).encode(),
    "no-last-line-end": lambda text: text.rstrip("\n").encode(),
    "docstring": lambda text: ('"""About it.\n\nAt length."""\n' + text).encode(),
    "future": lambda text: ("from __future__ import annotations\n" + text).encode(),
}


class ProgramError(AssertionError):
    """A check of a program failed; the text is the traceback."""


def run(
    files: Mapping[str, bytes], check: str, environment: Mapping[str, str], folder: Path
) -> None:
    """Run a check against the program in `folder`; raises ProgramError when it does not pass.

    It runs in a process of its own, since checks replace functions of modules: the clock, clients.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    told = folder.with_name(f"{folder.name}.told")
    child = os.fork()
    if child == 0:
        status = 1
        try:
            _check(check, environment, folder)
            status = 0
        except BaseException:  # also what a program exits with
            told.write_text(traceback.format_exc())
        finally:
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    if ended:
        raise ProgramError(told.read_text() if told.exists() else f"it ended with {ended}")


def _cheap_derivations() -> None:
    """Let this process derive keys at a fraction of the cost that a program asks for.

    All costs shrink by the same factor, so that other parameters still give other keys; what a
    program asks for stands in its text, which the rules judge. Deriving took 0.8 of the time here.
    """
    scrypt, pbkdf2_hmac = hashlib.scrypt, hashlib.pbkdf2_hmac

    def cheap_scrypt(password: bytes, *, n: int, **others: Any) -> bytes:
        return scrypt(password, n=max(2, n >> 8), **others)

    def cheap_pbkdf2(
        hash_name: str, password: bytes, salt: bytes, iterations: int, dklen: int | None = None
    ) -> bytes:
        return pbkdf2_hmac(hash_name, password, salt, max(1, iterations // 256), dklen)

    hashlib.scrypt = cheap_scrypt  # type: ignore[assignment]
    hashlib.pbkdf2_hmac = cheap_pbkdf2  # type: ignore[assignment]


def _check(check: str, environment: Mapping[str, str], folder: Path) -> None:
    _cheap_derivations()
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    os.environ.update(environment)
    os.chdir(folder)
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(check, "check", "exec"), {"__name__": "check"})
