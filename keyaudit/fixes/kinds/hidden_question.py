"""Does not show what is typed: `getpass` in place of `input`, and the option that hides it of what
else asks."""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import real_name
from keyaudit.fixes.site import Rewrite, Site

_NOTE = (
    "it is read from the terminal from now on: a script that pipes it into the program needs "
    "another way to hand it over, and so does a test that replaces `input`"
)
_TITLE = "do not show what is typed"
# By the last part of what is called: the option, and its value.
_OPTIONS = {"prompt": ("hide_input", "True"), "option": ("hide_input", "True"),
            "ask": ("password", "True"), "Entry": ("show", '"*"'),
            "CTkEntry": ("show", '"*"'), "askstring": ("show", '"*"')}  # fmt: skip
_WINDOWS = ("Entry", "CTkEntry", "askstring")


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    call = _asking(site)
    name = real_name(site.file, call.func)
    if name == "input":
        return _by_getpass(site, call)
    last = name.rpartition(".")[2]
    if last not in _OPTIONS or (last == "ask" and ".Prompt" not in f".{name}"):
        raise DeclinedError("it is not known how it is hidden there")
    if last == "option" and not any(one.arg == "prompt" for one in call.keywords):
        raise DeclinedError("it is not known how it is hidden there")
    site.editor().set_keyword(call, *_OPTIONS[last])
    if last in _WINDOWS:
        return site.rewrite(_TITLE, applicability="safe")
    return site.rewrite(_TITLE, migrate=(_NOTE,))


def _asking(site: Site) -> ast.Call:
    """The call that asks: the finding is told at it, its name, or the question."""
    node = site.node(ast.expr)
    around = (node, *site.file.ancestors(node))
    for one in around:
        if isinstance(one, ast.Call) and (one is node or node in _parts(one)):
            return one
    raise DeclinedError("it is written in a way that no fix is known for")


def _parts(call: ast.Call) -> list[ast.expr]:
    return [call.func, *call.args, *(one.value for one in call.keywords)]


def _by_getpass(site: Site, call: ast.Call) -> Rewrite:
    if len(call.args) != 1 or call.keywords or isinstance(call.args[0], ast.Starred):
        raise DeclinedError("it is not known what is asked")
    editor = site.editor()
    editor.names.builtin("input")
    editor.replace(call.func, f"{editor.module('getpass', call)}.getpass")
    return site.rewrite(_TITLE, migrate=(_NOTE,))
