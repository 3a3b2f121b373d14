"""Verifies tokens with the key that the call already has, or with the one that the file signs its
own tokens with."""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import dotted
from keyaudit.fixes.site import Rewrite, Site
from keyaudit.fixes.values import assigned_value

_TITLE = "verify the token"


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    node = site.node(ast.expr)
    if isinstance(node, ast.Constant | ast.Name | ast.List | ast.Tuple) and _without_none(site):
        return site.rewrite("take no token without a signature")
    call = site.call()
    if not site.is_called(call, "jwt.decode", "jose.jwt.decode"):
        raise DeclinedError("it is not known how to verify there")
    _require_alone(site, call)
    editor = site.editor()
    key = site.argument(call, "key")
    if key is None and len(call.args) < 2 and not any(k.arg == "key" for k in call.keywords):
        signed = _signed(site, call)
        if signed is None:
            raise DeclinedError("the key that signs the tokens is not known here")
        _switch_on(site, call)
        _add(site, call, *signed)
        return site.rewrite(_TITLE)
    if key is None and len(call.args) < 2:
        raise DeclinedError("the key that signs the tokens is not known here")
    switched = _switch_on(site, call)
    if not _has_algorithms(call):
        signed = _signed(site, call)
        if signed is None:
            raise DeclinedError("the algorithm of the tokens is not known here")
        editor.set_keyword(call, "algorithms", f"[{signed[1]}]")
    elif not switched:
        raise DeclinedError("it is not known how to verify there")
    return site.rewrite(_TITLE)


def _without_none(site: Site) -> bool:
    """Remove "none" from a list of algorithms. Whether that was possible."""
    if not site.finding.subject.endswith(":none") or ":algorithms:" not in site.finding.subject:
        return False
    if not site.finding.steps:
        return False
    step = site.finding.steps[0]
    node = site.try_node(ast.expr, step.span, step.path)
    editor = site.editor(step.path)
    if node is not None:
        node = assigned_value(editor.file, node)
    parent = editor.file.parent(node) if isinstance(node, ast.Constant) else node
    if not isinstance(parent, ast.List | ast.Tuple):
        return False
    kept = [
        one
        for one in parent.elts
        if not (isinstance(one, ast.Constant) and str(one.value).lower() == "none")
    ]
    if not kept or len(kept) == len(parent.elts):
        return False
    text = ", ".join(editor.file.source(one) for one in kept)
    if isinstance(parent, ast.List):
        editor.replace(parent, f"[{text}]")
    else:
        editor.replace(parent, f"({text},)" if len(kept) == 1 else f"({text})")
    return True


def _require_alone(site: Site, call: ast.Call) -> None:
    """Raise DeclinedError where another call of the function may verify the same token."""
    function = site.file.function(call)
    for node in ast.walk(function or site.file.tree):
        if node is call or not isinstance(node, ast.Call):
            continue
        if site.file.function(node) is function and site.is_called(node, ".decode"):
            raise DeclinedError("another call may verify the same token")


def _switch_on(site: Site, call: ast.Call) -> bool:
    editor = site.editor()
    done = False
    for keyword in call.keywords:
        if keyword.arg == "verify" and _is_false(keyword.value):
            editor.remove_argument(call, keyword)
            done = True
        elif keyword.arg == "options":
            if not isinstance(keyword.value, ast.Dict):
                raise DeclinedError("the options are made elsewhere")
            done = _options(site, call, keyword, keyword.value) or done
        elif keyword.arg is None:
            raise DeclinedError("it is not known what is passed")
    if any(_is_false(one) for one in call.args[2:]):
        raise DeclinedError("it is switched off by position, as in old versions")
    return done


def _options(site: Site, call: ast.Call, keyword: ast.keyword, options: ast.Dict) -> bool:
    editor = site.editor()
    for key, value in zip(options.keys, options.values, strict=True):
        name = key.value if isinstance(key, ast.Constant) else None
        if name == "verify_signature" and _is_false(value):
            if len(options.keys) == 1:
                editor.remove_argument(call, keyword)
            else:
                editor.replace(value, "True")
            return True
    return False


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _has_algorithms(call: ast.Call) -> bool:
    return len(call.args) > 2 or any(one.arg == "algorithms" for one in call.keywords)


def _signed(site: Site, at: ast.Call) -> tuple[str, str] | None:
    """The source of the key and the algorithm that the file signs with, where all calls that sign
    agree and both names mean the same at `at`; else None."""
    found: set[tuple[str, str]] = set()
    for node in site.file.walk():
        if not isinstance(node, ast.Call) or not site.is_called(
            node, "jwt.encode", "jose.jwt.encode"
        ):
            continue
        key = site.argument(node, "key")
        algorithm = site.argument(node, "algorithm")
        if key is None or not _is_known_at(site, key, node, at):
            return None
        if algorithm is None:
            text = '"HS256"'
        elif _is_symmetric(site, algorithm) and _is_known_at(site, algorithm, node, at):
            text = site.file.source(algorithm)
        else:
            return None
        found.add((site.file.source(key), text))
    return found.pop() if len(found) == 1 else None


def _is_symmetric(site: Site, node: ast.expr) -> bool:
    context = site.project.context(site.finding.path)
    for use in context.uses:
        for _, value in use.arguments.get("algorithm", ()):
            if (value.pos, value.end) == site.file.place(node):
                origins = context.resolver.origins(value, use.scope, None)
                return bool(origins) and all(str(one.value).startswith("HS") for one in origins)
    return False


def _is_known_at(site: Site, node: ast.expr, there: ast.AST, here: ast.AST) -> bool:
    """Whether an expression means the same at both places."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and site.file.function(there) is not None
    name = dotted(node)
    if name is None:
        return False
    if name.startswith("self."):
        return site.file.owner(there) is site.file.owner(here) is not None
    binders = site.editor().names.binders(name.split(".")[0])
    return len(binders) == 1 and site.file.function(binders[0]) is None


def _add(site: Site, call: ast.Call, key: str, algorithm: str) -> None:
    editor = site.editor()
    position = site.file.end(call.args[0]) if call.args else None
    if position is None:
        raise DeclinedError("the token is given by its name")
    if any(site.file.source(one).strip('"') == key.strip('"') for one in call.args[1:]):
        raise DeclinedError("the call has a key already")
    editor.insert(position, f", {key}")
    if not _has_algorithms(call):
        editor.insert(position, f", algorithms=[{algorithm}]")
