"""Takes away a seed that can be guessed, where the operating system's generator does as well."""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import dotted
from keyaudit.fixes.site import Rewrite, Site

# Methods of random.Random that random.SystemRandom has, with the same results but for the values.
_SHARED = frozenset({"betavariate", "choice", "choices", "expovariate", "gauss", "getrandbits",
                     "normalvariate", "randbytes", "randint", "random", "randrange", "sample",
                     "shuffle", "triangular", "uniform"})  # fmt: skip
_NEW_KEY = (
    "the program made the same key in each run, and makes another in each from now on: keep the "
    "new key where keys are kept, and tell the other side its public half"
)


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    call = site.call()
    if site.is_called(call, "ssl.RAND_add"):
        statement = site.file.parent(call)
        if not isinstance(statement, ast.Expr):
            raise DeclinedError("it is written in a way that no fix is known for")
        site.editor().remove_statement(statement)
        return site.rewrite("leave the seeding to the operating system", applicability="safe")
    if site.is_called(call, "ecdsa.util.PRNG"):
        return _entropy(site, call)
    if site.is_called(call, "random.Random"):
        return _generator(site, call)
    raise DeclinedError("it is not known what draws from the generator")


def _entropy(site: Site, call: ast.Call) -> Rewrite:
    """Leave out `entropy=PRNG("…")`, for which the library takes os.urandom."""
    keyword = site.file.parent(call)
    outer = site.file.parent(keyword) if isinstance(keyword, ast.keyword) else None
    if (
        not isinstance(keyword, ast.keyword)
        or keyword.arg != "entropy"
        or not isinstance(outer, ast.Call)
        or not (dotted(outer.func) or "").endswith("SigningKey.generate")
    ):
        raise DeclinedError("it is not known what draws from the generator")
    site.editor().remove_argument(outer, keyword)
    return site.rewrite("draw the key from the operating system", migrate=(_NEW_KEY,))


def _generator(site: Site, call: ast.Call) -> Rewrite:
    """`random.Random(time.time())` as `random.SystemRandom()`, where its clock tells a seed that no
    run had before."""
    file = site.file
    seed = call.args[0] if len(call.args) == 1 and not call.keywords else None
    if seed is None or not _is_clock(site, seed):
        raise DeclinedError("the same values may be drawn from the seed again")
    statement = file.parent(call)
    if isinstance(statement, ast.Attribute):
        _require_shared(statement.attr)
    elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        _require_draws_only(site, statement.targets[0])
    else:
        raise DeclinedError("the generator is handed on")
    name = dotted(call.func) or ""
    if not name.endswith("Random"):
        raise DeclinedError("it is written in a way that no fix is known for")
    if "." in name:
        new = f"{name.rpartition('.')[0]}.SystemRandom"
    else:
        new = site.editor().member("random", "SystemRandom", call)
    site.editor().replace(call, f"{new}()")
    return site.rewrite("draw from the operating system's generator", applicability="safe")


def _is_clock(site: Site, seed: ast.expr) -> bool:
    """Whether a seed is made in the call itself, of the clock and of nothing else."""
    if any(isinstance(node, ast.Name) and node.id not in _CLOCKS for node in ast.walk(seed)):
        return False
    uses = site.project.uses(site.finding.path)
    calls = [node for node in ast.walk(seed) if isinstance(node, ast.Call)]
    known = [use for node in calls for use in uses.get(site.file.place(node), ())]
    return any(use.model.returns.get("origin") in ("clock", "identifier") for use in known)


_CLOCKS = frozenset({"int", "str", "round", "time", "datetime", "os", "bytes", "hash"})


def _require_draws_only(site: Site, target: ast.expr) -> None:
    """Raise DeclinedError where the generator is used for anything but draws."""
    name = dotted(target)
    if name is None:
        raise DeclinedError("the generator is handed on")
    last = name.rpartition(".")[2]
    for file in site.project.python_with(last):
        for node in file.walk():
            read = isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load)
            if not read or (dotted(node) or "").rpartition(".")[2] != last:
                continue
            outer = file.parent(node)
            if not isinstance(outer, ast.Attribute):
                raise DeclinedError("the generator is handed on")
            _require_shared(outer.attr)


def _require_shared(method: str) -> None:
    if method not in _SHARED:
        raise DeclinedError(f"the operating system's generator has no `{method}`")
