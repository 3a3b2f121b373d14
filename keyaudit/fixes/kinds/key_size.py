"""Makes larger keys: changes the number of bits, or the public exponent, where it is written.

Existing keys are not changed. Declined where the length of a key or of its output occurs elsewhere
in the file, and for Diffie-Hellman parameters, which must be agreed with the peers.
"""

from __future__ import annotations

import ast
import re
import tokenize

from keyaudit.core.patterns import regex
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import PythonFile, dotted
from keyaudit.fixes.site import Rewrite, Site
from keyaudit.fixes.values import limit, literal, number, set_value

# Bytes of overhead: PKCS#1 v1.5, OAEP with SHA-1, SHA-256 and SHA-512 (RFC 8017, 7.1.1 and 7.2.1).
_OVERHEAD = (0, 11, 42, 66, 130)
_REASON = regex(r"(?i)specif|\bspec\b|protocol|compat|legacy|\brfc|requir|firmware|device|must\b")
_EXPONENT = 65537
_LEAST_BITS = 3072  # NIST SP 800-57 part 1, table 2: 128 bits of security


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    if site.finding.subject.startswith("declared:"):
        raise DeclinedError("who else relies on the smaller size, is not known there")
    old = number(site)
    if site.options.get("of") == "exponent":
        set_value(site, str(_EXPONENT))
        return site.rewrite(f"use the public exponent {_EXPONENT}")
    if ".dh." in site.finding.subject:
        raise DeclinedError("new Diffie-Hellman parameters must be agreed with the peers")
    bits = max(_LEAST_BITS, limit(site))
    if old:
        _require_no_reason(site, old)
        _require_no_lengths(site, old)
        _say(site, old, bits)
    set_value(site, str(bits))
    return site.rewrite(f"make keys of {bits} bits")


def _require_no_reason(site: Site, bits: int) -> None:
    """Raise DeclinedError where a comment says why the size is as it is."""
    path, node = literal(site)
    file = site.editor(path).file
    statement = file.statement(node)
    start, end = file.start_of_line(statement.lineno), file.start_of_line(statement.lineno + 1)
    above = file.line_text(statement.lineno - 1).strip() if statement.lineno > 1 else ""
    said = [token.text for token in file.tokens_in(start, end) if token.type == tokenize.COMMENT]
    if any(_REASON.search(text) for text in (*said, above if above.startswith("#") else "")):
        raise DeclinedError(f"a comment says why it has {bits} bits")


def _say(site: Site, old: int, new: int) -> None:
    """Put the new size into the docstring and the messages of the function that makes the key."""
    function = site.file.function(site.call())
    editor, file = site.editor(), site.file
    for node in ast.walk(function) if function is not None else ():
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if file.is_in_text(node) or not _is_message(file, node):
            continue
        source = file.source(node)
        for found in re.finditer(rf"(?<![\w.]){old}(?=[ -]?bits?\b)", source):
            start = file.start(node) + found.start()
            editor.replace_place(start, start + len(found[0]), str(new))


def _is_message(file: PythonFile, node: ast.Constant) -> bool:
    parent = file.parent(node)
    if isinstance(parent, ast.Expr):
        return True
    name = (dotted(parent.func) or "") if isinstance(parent, ast.Call) else ""
    return name.rpartition(".")[2] in ("print", "debug", "info", "warning", "echo")


def _require_no_lengths(site: Site, bits: int) -> None:
    for file in (site.project.python(path) for path in {site.finding.path, _start(site)}):
        for node in file.walk():
            if (
                isinstance(node, ast.Constant)
                and node.value == bits
                and any(isinstance(outer, ast.Compare) for outer in file.ancestors(node))
            ):
                raise DeclinedError("the old size is asked for elsewhere in the file")
    lengths = {bits // 8 - overhead for overhead in _OVERHEAD} | {2 * (bits // 8)}
    for node in site.file.walk():
        if isinstance(node, ast.Constant) and type(node.value) is int and node.value in lengths:
            raise DeclinedError("the length of what such a key makes is written in the file")


def _start(site: Site) -> str:
    """The file in which the size is written."""
    return site.finding.steps[0].path if site.finding.steps else site.finding.path
