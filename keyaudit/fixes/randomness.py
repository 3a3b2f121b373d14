"""Replaces draws from predictable generators by draws from the operating system's generator."""

from __future__ import annotations

import ast

from keyaudit.core.patterns import regex
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import PythonFile, dotted
from keyaudit.fixes.site import Site

# Bytes in a digest (FIPS 180-4, FIPS 202, RFC 1321, RFC 7693).
DIGESTS = {"md5": 16, "sha1": 20, "sha224": 28, "sha256": 32, "sha384": 48, "sha512": 64,
           "sha3_256": 32, "sha3_512": 64, "blake2b": 64, "blake2s": 32}  # fmt: skip
_IMPORTS_RANDOM = regex(rb"(?m)^\s*(?:from\s+random\b|import\b[^\n#]*\brandom\b)")
_SAME = frozenset({"random", "uniform", "triangular", "choices", "sample", "randint", "randrange",
                   "gauss", "normalvariate", "shuffle"})  # fmt: skip


def instead(site: Site, path: str, call: ast.Call) -> tuple[ast.AST, str]:
    """The node to replace, and the source of the equivalent secure draw, for a draw from a weak
    generator.

    Raises DeclinedError where there is no secure equivalent.
    """
    use = site.use_in(path, call)
    if use is None:
        raise DeclinedError("it is not known what draws the value")
    name = use.model.name
    if not name.startswith(("random.", "numpy.random.")):
        raise DeclinedError("it is not known what draws the value")
    method = name.rpartition(".")[2]
    editor = site.editor(path)
    file = editor.file
    arguments = [file.source(one) for one in call.args]
    if any(isinstance(one, ast.Starred) for one in call.args):
        raise DeclinedError("it is not known what is drawn")
    if name.startswith("numpy.") and method != "bytes":
        raise DeclinedError("an array is drawn")
    if method in ("randbytes", "bytes") and len(arguments) == 1:
        return _renamed(site, path, call, "token_bytes", arguments)
    if method == "getrandbits" and len(arguments) == 1:
        whole = _all_bytes(file, call)
        if whole is not None:
            node, count = whole
            return node, f"{_secrets(site, path, call)}token_bytes({count})"
        return _renamed(site, path, call, "randbits", arguments)
    if method == "choice" and len(arguments) == 1:
        return _renamed(site, path, call, "choice", arguments)
    if method == "randrange" and len(arguments) == 1 and not call.keywords:
        return _renamed(site, path, call, "randbelow", arguments)
    if method in ("randint", "randrange"):
        whole = _all_bytes(file, call)
        if whole is not None:
            node, count = whole
            return node, f"{_secrets(site, path, call)}token_bytes({count})"
        below = _below(file, call)
        if below is not None:
            return call, f"{_secrets(site, path, call)}randbelow({below})"
    if method in _SAME:
        return call.func, f"{_secrets(site, path, call)}SystemRandom().{method}"
    raise DeclinedError(f"there is no secure `{method}`")


def _renamed(
    site: Site, path: str, call: ast.Call, name: str, arguments: list[str]
) -> tuple[ast.AST, str]:
    """Call another function in place of this one; the argument stays as it is written."""
    function = f"{_secrets(site, path, call)}{name}"
    if call.keywords:
        return call, f"{function}({arguments[0]})"
    return call.func, function


def _secrets(site: Site, path: str, at: ast.AST) -> str:
    return f"{site.editor(path).module('secrets', at)}."


def _all_bytes(file: PythonFile, call: ast.Call) -> tuple[ast.AST, str] | None:
    """The `bytes(… for _ in range(n))` in which a draw gives every byte, and the source of `n`."""
    if not _is_byte(call):
        return None
    inner = file.parent(call)
    if not isinstance(inner, ast.GeneratorExp | ast.ListComp) or inner.elt is not call:
        return None
    outer = file.parent(inner)
    if not (
        isinstance(outer, ast.Call) and dotted(outer.func) == "bytes" and outer.args == [inner]
    ):
        return None
    if len(inner.generators) != 1 or inner.generators[0].ifs or outer.keywords:
        return None
    source = inner.generators[0].iter
    if not (
        isinstance(source, ast.Call)
        and dotted(source.func) == "range"
        and len(source.args) == 1
        and not source.keywords
    ):
        return None
    return outer, file.source(source.args[0])


def _below(file: PythonFile, call: ast.Call) -> str | None:
    """The source of `n` in `randint(0, n - 1)`; None for another call."""
    if call.keywords or len(call.args) != 2 or not file.source(call.func).endswith("randint"):
        return None
    first, last = call.args
    if (
        isinstance(first, ast.Constant)
        and first.value == 0
        and isinstance(last, ast.BinOp)
        and isinstance(last.op, ast.Sub)
        and isinstance(last.right, ast.Constant)
        and last.right.value == 1
    ):
        return file.source(last.left)
    return None


def _is_byte(call: ast.Call) -> bool:
    """Whether a draw gives one of the 256 byte values."""
    name = (dotted(call.func) or "").rpartition(".")[2]
    values = [one.value if isinstance(one, ast.Constant) else None for one in call.args]
    return (name, values) in (
        ("getrandbits", [8]), ("randint", [0, 255]), ("randrange", [256]), ("randrange", [0, 256])
    )  # fmt: skip


def hashed(site: Site, path: str, inner: ast.AST) -> tuple[ast.Call, str] | None:
    """The `hashlib.x(…).digest()` or `hexdigest()` around a node, and the source of a random value
    of its length (bytes, or hexadecimal text); None without one."""
    file = site.editor(path).file
    for outer in file.ancestors(inner):
        if isinstance(outer, ast.stmt | ast.Lambda):
            return None
        found = hash_call(site, path, outer)
        if found is not None:
            return found
    return None


def hash_call(site: Site, path: str, node: ast.AST) -> tuple[ast.Call, str] | None:
    """The same for `node` itself, where it is such a digest; else None."""
    if not (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("digest", "hexdigest")
        and not node.args
        and isinstance(node.func.value, ast.Call)
    ):
        return None
    size = DIGESTS.get((dotted(node.func.value.func) or "").rpartition(".")[2])
    if size is None:
        return None
    kind = "token_bytes" if node.func.attr == "digest" else "token_hex"
    return node, f"{_secrets(site, path, node)}{kind}({size})"


def require_not_found_again(site: Site, path: str) -> None:
    """Raise DeclinedError where the generator is seeded so that its values can be reproduced."""
    file = site.editor(path).file
    context = site.project.context(path)
    decrypts = any("decrypt" in kind for use in context.uses for kind in use.model.kinds) or any(
        isinstance(node, ast.Attribute)
        and node.attr in ("decrypt", "decryptor", "unwrap", "open")
        and isinstance(file.parent(node), ast.Call)
        for node in file.walk()
    )
    is_global = _draws_globally(site, path)
    for use in context.uses:
        if "seed" not in use.model.kinds or not use.model.name.startswith(("random", "numpy")):
            continue
        if is_global and use.model.name.startswith("random.Random"):
            continue  # a generator of its own
        for _, value in use.arguments.get("seed", ()):
            origins = context.resolver.origins(value, use.scope, None)
            kinds = {origin.kind for origin in origins}
            if kinds == {"literal"}:
                if decrypts:
                    raise DeclinedError("the seed gives the key again that data is read with")
            elif not kinds or not kinds <= {"clock", "strong-random"}:
                raise DeclinedError("the generator is seeded, to draw the same values again")


def _draws_globally(site: Site, path: str) -> bool:
    """Whether the evidence begins with a draw from the generator that all of a program shares."""
    start, end = site.place(site.finding.steps[0].span, path)
    names = {
        use.model.name
        for (begin, last), uses in site.project.uses(path).items()
        for use in uses
        if start <= begin and last <= end and use.model.name.startswith("random.")
    }
    return bool(names) and not any(name.startswith("random.Random") for name in names)


def drop_seeds(site: Site, path: str, replaced: ast.AST) -> None:
    """Remove calls of `random.seed` where nothing but the replaced code draws from `random`."""
    file, editor = site.editor(path).file, site.editor(path)
    start, end = file.place(replaced)
    seeds: list[ast.Call] = []
    if _is_drawn_elsewhere(site, path):
        return
    for (begin, last), uses in site.project.uses(path).items():
        name = uses[0].model.name
        if not name.startswith("random.") or start <= begin < end:
            continue
        if name.startswith("random.SystemRandom"):
            continue
        node = file.at(begin, last, ast.Call)
        if name == "random.seed" and node is not None:
            seeds.append(node)
        else:
            return
    for node in seeds:
        statement = file.parent(node)
        if isinstance(statement, ast.Expr):
            editor.remove_statement(statement)


def _is_drawn_elsewhere(site: Site, path: str) -> bool:
    """Whether another scanned file imports `random`, whose global generator all files share."""
    return any(
        other != path
        and other.endswith(".py")
        and _IMPORTS_RANDOM.search(site.project.read(other) or b"")
        for other in site.project.paths
    )


def digest_of(site: Site, path: str) -> tuple[ast.AST, str] | None:
    """The digest over the value at which the evidence begins, and the source of a random value for
    it; None without one.

    The assignment of the hashed value is removed. Raises DeclinedError where the value has another
    use, by which the digest can be computed again.
    """
    inner = site.try_node(ast.expr, site.finding.steps[0].span, path)
    found = hashed(site, path, inner) if inner is not None else None
    if found is not None:
        return found
    for step in site.finding.steps[1:]:
        if step.path != path:
            return None
        node = site.try_node(ast.Call, step.span, path)
        found = hash_call(site, path, node) if node is not None else None
        if found is not None:
            _drop_source(site, path, found[0])
            return found
    return None


def _drop_source(site: Site, path: str, digest: ast.AST) -> None:
    file, editor = site.editor(path).file, site.editor(path)
    names = {node.id for node in ast.walk(digest) if isinstance(node, ast.Name)}
    start, end = file.place(digest)
    for step in site.finding.steps:
        if step.path != path:
            continue
        target = site.try_node(ast.expr, step.span, path)
        if not isinstance(target, ast.Name | ast.Attribute):
            continue
        if isinstance(target.ctx, ast.Load) or (dotted(target) or "").split(".")[0] not in names:
            continue
        statement = file.parent(target)
        if not (
            isinstance(target, ast.Name)
            and isinstance(statement, ast.Assign)
            and statement.targets == [target]
        ):
            raise DeclinedError("what is hashed is kept, so that the hash can be found again")
        others = [
            node
            for node in file.walk(file.function(digest) or file.tree)
            if isinstance(node, ast.Name) and node.id == target.id and node is not target
        ]
        if any(not start <= file.start(node) < end for node in others):
            raise DeclinedError("what is hashed is kept, so that the hash can be found again")
        editor.remove_statement(statement)
