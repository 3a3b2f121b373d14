"""Hands a secret to a program that `subprocess` starts by its environment or standard input."""

from __future__ import annotations

import ast
from typing import NamedTuple

from keyaudit.core.patterns import regex
from keyaudit.fixes.command_lines import Way, way_of
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.site import Rewrite, Site

_WITH_INPUT = ("subprocess.run", "subprocess.check_output")
_TEXT = ("text", "universal_newlines", "encoding", "errors")
_FORMATTED = regex(r"""[fF](?P<quote>["'])(?P<head>[\w:=-]*)\{(?P<value>[\w.\[\]"']+)\}["']""")


class _Word(NamedTuple):
    """A word of a command: what is known of its beginning, and the source of the value that
    follows, or None where all of it is known."""

    head: str
    value: str | None


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    call, listed = _command(site)
    words = [_word(site, one) for one in listed.elts]
    if not words or words[0].value is not None:
        raise DeclinedError("it is not known which program is started")
    program = words[0].head.rpartition("/")[2]
    heads = [word.head for word in words]
    for at, word in enumerate(words[1:], 1):
        following = words[at + 1] if at + 1 < len(words) else None
        # What follows the beginning in the same word only has to be something.
        said = word.head if word.value is None else f"{word.head}$"
        way = way_of(program, heads[:at], said, following.head if following else None)
        if way is None:
            continue
        last = at if word.value is not None else at + 1
        value = words[last].value if last < len(words) else None
        if value is None:
            raise DeclinedError("the secret is written in the source")
        return _moved(site, call, listed, (at, last), way, value)
    raise DeclinedError("it is not known how else the program takes it")


def _command(site: Site) -> tuple[ast.Call, ast.List]:
    """The call that starts the program, and the list of its words."""
    node = site.node(ast.expr)
    for outer in (node, *site.file.ancestors(node)):
        if isinstance(outer, ast.stmt):
            break
        if not isinstance(outer, ast.Call) or not outer.args:
            continue
        listed = _listed(site, outer.args[0])
        if listed is not None:
            if any(one.arg in ("shell", "executable", None) for one in outer.keywords):
                raise DeclinedError("the command is started in a way of its own")
            return outer, listed
    raise DeclinedError("the words of the command are put together elsewhere")


def _listed(site: Site, command: ast.expr) -> ast.List | None:
    """The list of words that is passed, or that a variable was made with which is only passed here,
    and made longer before; else None."""
    if isinstance(command, ast.List):
        return command
    file = site.file
    function = file.function(command)
    if not isinstance(command, ast.Name) or function is None:
        return None
    found: ast.List | None = None
    for node in ast.walk(function):
        if not isinstance(node, ast.Name) or node.id != command.id or node is command:
            continue
        outer = file.parent(node)
        if isinstance(outer, ast.Assign) and outer.targets == [node]:
            if found is not None or not isinstance(outer.value, ast.List):
                return None
            found = outer.value
        elif (isinstance(outer, ast.AugAssign) and outer.target is node) or (
            isinstance(outer, ast.Attribute) and outer.attr in ("append", "extend")
        ):
            continue
        else:
            return None
    return found


def _word(site: Site, node: ast.expr) -> _Word:
    source = site.file.source(node)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _Word(node.value, None)
    if isinstance(node, ast.JoinedStr):
        found = _FORMATTED.fullmatch(source)
        return _Word(found["head"], found["value"]) if found else _Word("\0", source)
    if (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Add)
        and isinstance(node.left, ast.Constant)
        and isinstance(node.left.value, str)
    ):
        return _Word(node.left.value, site.file.source(node.right))
    return _Word("", source)


def _moved(
    site: Site, call: ast.Call, listed: ast.List, places: tuple[int, int], way: Way, value: str
) -> Rewrite:
    if "\n" in value:
        raise DeclinedError("the secret is put together in several lines")
    editor, file = site.editor(), site.file
    os = editor.module("os", call)
    first, last = (listed.elts[place] for place in places)
    if way.instead:
        quote = '"' if '"' in file.source(listed) or "'" not in file.source(listed) else "'"
        text = ", ".join(f"{quote}{word}{quote}" for word in way.instead)
        editor.replace_place(file.start(first), file.end(last), text)
    else:
        before = listed.elts[places[0] - 1]
        editor.replace_place(file.end(before), file.end(last), "")
    plain = (way.variable, *way.instead)
    if way.variable:
        _in_environment(site, call, f'"{way.variable}": {value}', os)
        return site.rewrite(f"hand the secret over by the variable {way.variable}", plain=plain)
    if not site.is_called(call, *_WITH_INPUT):
        raise DeclinedError("the call gives the program no standard input")
    if any(one.arg in ("input", "stdin") for one in call.keywords):
        raise DeclinedError("the program reads something else from its standard input")
    is_text = any(one.arg in _TEXT for one in call.keywords)
    editor.set_keyword(call, "input", f"{os}.{'fsdecode' if is_text else 'fsencode'}({value})")
    return site.rewrite("hand the secret over by the standard input", plain=plain)


def _in_environment(site: Site, call: ast.Call, entry: str, os: str) -> None:
    given = next((one.value for one in call.keywords if one.arg == "env"), None)
    if given is None:
        site.editor().set_keyword(call, "env", f"{{**{os}.environ, {entry}}}")
    elif isinstance(given, ast.Dict) and given.values:
        site.editor().insert(site.file.end(given.values[-1]), f", {entry}")
    else:
        raise DeclinedError("the environment is made elsewhere")
