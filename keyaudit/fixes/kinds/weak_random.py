"""Replaces draws from `random` or NumPy by draws from `secrets` of the same kind and size.

Only the calls in the evidence are changed. Declined where the generator is seeded so that its
values can be reproduced.
"""

from __future__ import annotations

import ast
from contextlib import suppress

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import dotted
from keyaudit.fixes.randomness import (
    digest_of,
    drop_seeds,
    instead,
    require_not_found_again,
)
from keyaudit.fixes.site import Rewrite, Site

_TITLE = "draw from the operating system's generator"


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    if not site.finding.steps:
        raise DeclinedError("nothing is known of where the value comes from")
    path = site.finding.steps[0].path
    _require_draw(site, path)
    require_not_found_again(site, path)
    digest = digest_of(site, path)
    if digest is not None:
        node, text = digest
    else:
        draw = site.node(ast.Call, site.finding.steps[0].span, path)
        as_text = _as_text(site, path, draw)
        node, text = as_text if as_text is not None else instead(site, path, draw)
    site.editor(path).replace(node, text)
    _others(site, path, node)
    drop_seeds(site, path, node)
    return site.rewrite(_TITLE)


def _others(site: Site, path: str, replaced: ast.AST) -> None:
    """Replace what else of the same value is drawn: in the same statement, in one that adds to the
    same variable, and where it is shuffled."""
    file, editor = site.editor(path).file, site.editor(path)
    function, start = file.function(replaced), file.place(replaced)
    if function is None:
        return
    kept = [file.statement(replaced)]
    names = _made_of(function, _targets(kept[0]) | _shuffled(kept[0]))
    for node in ast.walk(function):
        use = site.use_in(path, node) if isinstance(node, ast.Call) else None
        if use is None or not isinstance(node, ast.Call) or "." not in use.model.name:
            continue
        module, _, method = use.model.name.rpartition(".")
        place = file.place(node)
        inside = start[0] <= place[0] and place[1] <= start[1]
        if module != "random" or method == "seed" or inside or file.is_in_text(node):
            continue
        statement = file.statement(node)
        is_shuffled = method == "shuffle" and node.args and dotted(node.args[0]) in names
        if not (is_shuffled or statement is kept[0] or _targets(statement) & names):
            continue
        with suppress(DeclinedError):
            editor.replace(*instead(site, path, node))


def _shuffled(statement: ast.stmt) -> set[str]:
    """The name of what a statement puts into another order."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or not call.args:
        return set()
    is_shuffle = (dotted(call.func) or "").rpartition(".")[2] == "shuffle"
    return {name} if is_shuffle and (name := dotted(call.args[0])) is not None else set()


def _made_of(function: ast.AST, names: set[str]) -> set[str]:
    """The names, and those of the values that they are put together from: `all = first + rest`."""
    found = set(names)
    statements = [one for one in ast.walk(function) if isinstance(one, ast.stmt)]
    while True:
        parts = {
            part.id
            for one in statements
            if _targets(one) & found and isinstance(one, ast.Assign | ast.AugAssign)
            for part in _summands(one.value)
        }
        if parts <= found:
            return found
        found |= parts


def _summands(value: ast.expr) -> list[ast.Name]:
    """The variables that a sum, or a list of several, is made of."""
    if isinstance(value, ast.Name):
        return [value]
    inner: list[ast.expr] = []
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        inner = [value.left, value.right]
    elif isinstance(value, ast.List | ast.Tuple):
        inner = [one.value if isinstance(one, ast.Starred) else one for one in value.elts]
    elif isinstance(value, ast.Call) and dotted(value.func) == "list":
        inner = value.args
    return [name for one in inner for name in _summands(one)]


def _targets(statement: ast.stmt) -> set[str]:
    """The names that a statement binds or adds to."""
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AugAssign | ast.AnnAssign):
        targets = [statement.target]
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        # `chars.append(random.choice(…))`
        func = statement.value.func
        targets = [func.value] if isinstance(func, ast.Attribute) else []
    return {name for one in targets if (name := dotted(one)) is not None and name != "random"}


def _require_draw(site: Site, path: str) -> None:
    """Raise DeclinedError unless the evidence begins with a draw from `random` or NumPy."""
    start, end = site.place(site.finding.steps[0].span, path)
    names = [
        use.model.name
        for (begin, last), uses in site.project.uses(path).items()
        for use in uses
        if start <= begin and last <= end
    ]
    inside = site.editor(path).file.text[start:end]
    is_text = inside.startswith(("f'", 'f"')) and "random." in inside
    if not is_text and not any(name.startswith(("random.", "numpy.random.")) for name in names):
        raise DeclinedError("the value may have to be found again")


def _as_text(site: Site, path: str, draw: ast.Call) -> tuple[ast.AST, str] | None:
    """Replace `str(random.random())` by `token_hex`; None for another form."""
    file = site.editor(path).file
    outer = file.parent(draw)
    if (
        isinstance(outer, ast.Call)
        and isinstance(outer.func, ast.Name)
        and outer.func.id == "str"
        and outer.args == [draw]
        and isinstance(draw.func, ast.Attribute | ast.Name)
        and file.source(draw.func).endswith("random")
    ):
        return outer, f"{site.editor(path).module('secrets', draw)}.token_hex(32)"
    return None
