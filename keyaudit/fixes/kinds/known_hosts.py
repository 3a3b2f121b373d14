"""Checks SSH host keys against the known ones and rejects others."""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import dotted
from keyaudit.fixes.site import Rewrite, Site

_MIGRATE = (
    "the host keys of the servers must be in `known_hosts` of the user that the program runs as",
)


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    call, editor = site.call(), site.editor()
    title = "take the known host keys only"
    if site.is_called(call, "asyncssh.connect"):
        keyword = next((one for one in call.keywords if one.arg == "known_hosts"), None)
        if keyword is None:
            raise DeclinedError("it is written in a way that no fix is known for")
        editor.remove_argument(call, keyword)
        return site.rewrite(title, migrate=_MIGRATE)
    policy = call.args[0] if len(call.args) == 1 else None
    made = policy.func if isinstance(policy, ast.Call) else policy
    name = dotted(made) if made is not None else None
    statement = site.file.parent(call)
    if (
        name is None
        or not isinstance(call.func, ast.Attribute)
        or not isinstance(statement, ast.Expr)
    ):
        raise DeclinedError("it is written in a way that no fix is known for")
    if name.rpartition(".")[2] not in ("AutoAddPolicy", "WarningPolicy"):
        raise DeclinedError("the policy is chosen elsewhere")
    client = dotted(call.func.value)
    head = name.rpartition(".")[0]
    assert made is not None
    if client is None:
        raise DeclinedError("it is written in a way that no fix is known for")
    if head:
        editor.replace(made, f"{head}.RejectPolicy")
    else:
        _import_instead(site, made, name)
    loads = any(
        isinstance(node, ast.Attribute) and node.attr in ("load_system_host_keys", "load_host_keys")
        for node in site.file.walk()
    )
    if not loads:
        editor.before(statement, [f"{client}.load_system_host_keys()"])
    return site.rewrite(title, migrate=_MIGRATE)


def _import_instead(site: Site, made: ast.expr, name: str) -> None:
    """Use `RejectPolicy` in place of a policy that is imported by its name, in the same import."""
    file, editor = site.file, site.editor()
    binders = editor.names.binders(name)
    importing = binders[0] if len(binders) == 1 else None
    if not isinstance(importing, ast.ImportFrom) or editor.names.is_taken("RejectPolicy"):
        raise DeclinedError("the policy is imported by its name alone")
    alias = next(one for one in importing.names if (one.asname or one.name) == name)
    reads = [node for node in file.walk() if isinstance(node, ast.Name) and node.id == name]
    if alias.asname or len(reads) != 1:
        raise DeclinedError("the policy is imported by its name alone")
    editor.replace(alias, "RejectPolicy")
    editor.replace(made, "RejectPolicy")
