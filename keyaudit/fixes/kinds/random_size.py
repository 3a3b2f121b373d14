"""Draws a longer salt or key: `os.urandom(8)` becomes `os.urandom(16)`.

Declined where the old length occurs elsewhere in the file, since data may be split by it.
"""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.lengths import require_not_written
from keyaudit.fixes.site import Rewrite, Site
from keyaudit.fixes.values import limit, number, set_value

_DRAWS = ("os.urandom", ".token_bytes", ".get_random_bytes", ".random", ".rand_bytes", ".randbytes")

# What a derivation costs: numbers that are no lengths.
_COSTS = frozenset({"cost", "memory", "parallelism", "iterations"})

# Ciphers whose longest key is of 8 to 24 bytes.
_SHORT_KEYS = (".DES.", ".DES3.", ".CAST", "TripleDES", ".IDEA", ".SEED", ".RC5")


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    old = number(site)
    wanted = max(limit(site), int(site.options.get("least", 0)))
    if site.options.get("recorded") and _is_recorded(site):
        set_value(site, str(wanted))
        return site.rewrite(f"draw {wanted} bytes")
    if any(one in site.finding.subject for one in _SHORT_KEYS):
        raise DeclinedError("the cipher takes no longer keys")
    path, draw = site.first_step(ast.Call)
    editor = site.editor(path)
    file = editor.file
    if isinstance(file.parent(draw), ast.Subscript):
        raise DeclinedError("a part of what is drawn is taken")
    use = site.use_in(path, draw)
    name = use.model.name if use is not None else ""
    bits = [one.value for one in draw.keywords if one.arg == "bit_length"]
    if name.endswith(".generate_key"):
        argument = next(iter([*bits, *draw.args]), None)
        new = str(8 * wanted)
    elif name.endswith(_DRAWS) and len(draw.args) == 1 and not draw.keywords:
        argument, new = draw.args[0], str(wanted)
    else:
        raise DeclinedError("it is not known how the value is drawn")
    if isinstance(argument, ast.Name):
        argument = _constant(site, path, argument) or argument
    if not isinstance(argument, ast.Constant):
        raise DeclinedError("the length is decided elsewhere")
    if old:
        for each in {path, site.finding.path}:
            require_not_written(
                site, each, {old, 2 * old},
                lambda file, node: (
                    node is argument or _is_cost(site, file, node) or _is_drawn(site, file, node)
                ),
            )  # fmt: skip
    editor.replace(argument, new)
    return site.rewrite(f"draw {wanted} bytes")


def _constant(site: Site, path: str, name: ast.Name) -> ast.expr | None:
    """The number that a constant of the module stands for, where all reads of it are this one."""
    file = site.editor(path).file
    binders = site.editor(path).names.binders(name.id)
    statement = file.parent(binders[0]) if len(binders) == 1 else None
    if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement not in file.tree.body:
        return None
    if isinstance(statement, ast.Assign) and statement.targets != binders:
        return None
    for other in site.project.readable_with(name.id):
        for node in other.walk():
            mentioned = name.id in (
                getattr(node, "id", None), getattr(node, "attr", None),
                *(one.name for one in getattr(node, "names", ()) if isinstance(one, ast.alias)),
            )  # fmt: skip
            if mentioned and node not in (name, binders[0]):
                return None
    return statement.value


def _is_recorded(site: Site) -> bool:
    return site.finding.subject.startswith(("argon2.", "passlib."))


def _is_drawn(site: Site, path: str, node: ast.AST) -> bool:
    """Whether a number is how much another call draws, which has a finding of its own if it is too
    little."""
    call = site.editor(path).file.parent(node)
    if not isinstance(call, ast.Call) or call.args != [node]:
        return False
    use = site.use_in(path, call)
    return use is not None and use.model.name.endswith((*_DRAWS, ".generate_key"))


def _is_cost(site: Site, path: str, node: ast.AST) -> bool:
    """Whether a number is a cost parameter of a key derivation, and so no length."""
    place = site.editor(path).file.place(node)
    return any(
        (value.pos, value.end) == place
        for uses in site.project.uses(path).values()
        for use in uses
        for role in use.arguments
        if role in _COSTS
        for _, value in use.arguments[role]
    )
