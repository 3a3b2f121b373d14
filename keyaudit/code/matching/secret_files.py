"""Files that hold a secret: one was written into them, or their name says so."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context
from keyaudit.code.matching.file_names import OPEN, STORE, is_named_secret
from keyaudit.code.matching.file_places import folders_of, places_of
from keyaudit.code.matching.made_by_tools import secret_outputs
from keyaudit.code.matching.modelled_calls import Use
from keyaudit.code.matching.opened_files import paths_written_to
from keyaudit.code.matching.reaching_values import reaching_origins
from keyaudit.code.matching.related import creating_calls
from keyaudit.code.matching.violations import known_values
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import KEY, PASSWORD, SECRET, TOKEN, WHOLE

_WRITES = regex(r"[wax+]")
_DECRYPTOR = regex(r"(?i)decryptor|decipher|unsealer")
_DECRYPTS = regex(r"(?i)(?:^|_)(?:decrypt|unseal|decipher)(?:_(?!key\b)\w+)?$")
# What is good until it is changed, and what is good for a while; what is kept as a whole, with
# secrets in it.
_LASTING = frozenset({KEY, PASSWORD, SECRET})
_TOKENS = frozenset({TOKEN, WHOLE})


def holds_secret(
    context: Context, use: Use, *, written: bool, named: bool, tokens: bool = False
) -> bool:
    """Whether the file or folder that a call is about holds a secret: one is `written` into it
    somewhere in this file (with `tokens` one that is good for a while, too), or the variable that
    holds its path is `named` so."""
    if "file-open" in use.model.kinds and _is_written_too(context, use):
        return False
    # What a function is called says less of what it does than a library's own name.
    modelled = "." in use.model.name
    for expr in _paths_of(use):
        bare = modelled and not STORE.search(use.scope.qualname)
        if named and is_named_secret(expr, use.scope, bare=bare):
            return True
        if written or tokens:
            # Where the file itself is for its owner alone, its folder may be open.
            ajar = "folder-make" in use.model.kinds
            about = ("files with secrets", tokens, ajar)
            known = context.once(about, partial(_written, context, tokens=tokens, ajar=ajar))
            if not known.isdisjoint(places_of(context, expr, use.scope)):
                return True
    return False


def _is_written_too(context: Context, use: Use) -> bool:
    """Whether the code that opens a file writes it as well: who may read it is settled there."""
    written = context.once(("paths written to",), partial(_paths_written, context))
    return any(_text(path, use.scope) in written for path in _paths_of(use))


def _paths_written(context: Context) -> frozenset[str]:
    """The paths of the files that are written, as they stand in the code."""
    return frozenset(
        _text(path, use.scope)
        for use in context.uses
        if "file-write" in use.model.kinds
        or (
            "file-open" in use.model.kinds
            and any(_WRITES.search(str(mode)) for mode in known_values(context, use, "flag"))
        )
        for path in _paths_of(use)
    )


def _text(path: s.Expr, scope: Scope) -> str:
    return scope.module.text[path.pos : path.end]


def _paths_of(use: Use) -> list[s.Expr]:
    """What names the file in a call: its path, or the object that it is called on."""
    if "temp-file" in use.model.kinds:
        return [use.call]  # it has no name yet
    given = [expr for _, expr in use.arguments.get("path", ())]
    func = use.call.func
    return given or ([func.value] if isinstance(func, s.Attr) else [])


def _written(context: Context, *, tokens: bool, ajar: bool) -> frozenset[object]:
    """The places of all files into which a secret is written, and of the folders they are in; with
    `ajar` only of those of which nothing says, where they are written, who may read them."""
    called = _LASTING | _TOKENS if tokens else _LASTING
    found: set[object] = set()
    for sink in context.sinks_of(("file-content", "serialized")):
        if "file-write" not in sink.kinds or (ajar and _is_private(context, sink.scope)):
            continue
        reaching = reaching_origins(context, sink)
        if not any(
            _is_kept_secret(context, origin, called) or (not tokens and _is_decrypted(origin))
            for origin in reaching
        ):
            continue
        for path, scope in paths_written_to(context, sink.use) if sink.use is not None else ():
            found |= places_of(context, path, scope)
            for folder in folders_of(path, scope):
                found |= places_of(context, folder, scope)
    for path, scope in secret_outputs(context):
        found |= places_of(context, path, scope)
    return frozenset(found)


def _is_private(context: Context, scope: Scope) -> bool:
    return any("private-file" in context.kinds_of(call, scope) for call in scope.calls)


def _is_kept_secret(context: Context, origin: Origin, called: Collection[str]) -> bool:
    """Whether a value is a secret that is worth something for as long as it is somewhere: by its
    kind, or one that is `called` so."""
    if not origin.via.isdisjoint(("hash",)):
        return False
    if any(map(OPEN.search, origin.names)):
        return False
    for use in creating_calls(context, origin):
        if "private-key-serialize" in use.model.kinds and _is_sealed(context, use):
            return False
    return context.is_secret(origin) or (
        origin.called in called
        and (origin.called == WHOLE or context.is_called(origin, "called-secret"))
    )


def _is_decrypted(origin: Origin) -> bool:
    """Whether a value is what was decrypted: whatever it is, somebody wanted it kept secret."""
    node = origin.node
    if not isinstance(node, s.Call):
        return False
    func = node.func
    if isinstance(func, s.Attr) and func.name in ("update", "finalize"):
        return _DECRYPTOR.search(last_part(func.value)) is not None
    return _DECRYPTS.search(last_part(func)) is not None


def _is_sealed(context: Context, use: Use) -> bool:
    """Whether a private key is written down encrypted, whichever way the program takes."""
    given = use.arguments.get("encryption", ())
    ways = {
        last_part(origin.node.func)
        for _, expr in given
        for origin in context.resolver.origins(expr, use.scope, None)
        if isinstance(origin.node, s.Call)
    }
    return bool(given) and "NoEncryption" not in ways
