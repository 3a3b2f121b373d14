"""Files that hold a secret: one was written into them, or their name says so."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context
from keyaudit.code.matching.modelled_calls import Use
from keyaudit.code.matching.reaching_values import reaching_origins
from keyaudit.code.matching.related import creating_calls, creating_calls_of, identifiers_in
from keyaudit.code.matching.sinks import Sink
from keyaudit.code.provenance.names import bindings_of
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.secret_names import KEY, PASSWORD, SECRET, reading

_MAX_BACK = 4
# For `identifiers_in`: the expression, and what its variable was put together from, no further.
_NEAR = 2
# What a name says of a file beside what is in it: `STORED_PASSWD_PATH`, `tmp_key_dir`.
_OF_FILE = re.compile(
    r"_?(?:file_?(?:name|path)?|path(?:_?name)?|fname|fn|dir(?:ectory)?|folder|repo(?:sitory)?"
    r"|loc(?:ation)?|home|root|tmp|temp|bak|backup|old)\Z"
)
_BEFORE = re.compile(r"\A(?:tmp|temp|old|cached|local|new|file_?name|file|path|dir|stored)_")
# Whatever is in these is a secret, though the word alone is none.
_HOLDERS = frozenset({"key", "keys", "keyring", "keystore", "key_store", "credentials", "creds",
                      "passwords", "secrets", "private_keys", "wallet", "ratchets",
                      "ccache", "krb5_cache", "krb5cc"})  # fmt: skip
# A file's own name that says so.
_KEY_FILE = re.compile(
    r"(?i)\.(?:key|p12|pfx|jks|keystore|ppk|[dk]ek|pass(?:wd)?)\Z|(?:^|[/\\])id_(?:rsa|dsa|ecdsa|ed25519)\Z"
    r"|(?:^|[/\\._-])(?:private|secret|master|priv)[_-]?key(?:\.\w+)?\Z|(?:^|[/\\])\.(?:ssh|gnupg)/?\Z"
)
# What everybody may have, or what is of use to nobody without another key.
_OPEN = re.compile(
    r"(?i)(?:^|[_./-])(?:pub(?:lic)?|certs?|crt|csr|lock|pid|index|enc(?:rypted)?|wrapped|sealed"
    r"|known_hosts|authorized_keys|cache_?key|key_?ids?|example|schema|template)(?:[_./-]|$)"
)
# The file itself under another form of its name.
_SAME = frozenset({"str", "Path", "PurePath", "fspath", "abspath", "realpath", "expanduser",
                   "resolve", "absolute", "normpath", "as_posix"})  # fmt: skip
_JOINS = frozenset({"join", "joinpath"})
_SPACE = re.compile(r"\s+")
# In which order the file comes: `os.open(path)`, `open(path)`, `os.fdopen(descriptor)`.
_OPENERS = frozenset({"open", "fdopen", "FileIO", "NamedTemporaryFile", "open_file"})


def holds_secret(context: Context, use: Use, *, written: bool, named: bool) -> bool:
    """Whether the file or folder that a call removes or copies holds a secret: one is `written`
    into it somewhere in this file, or the variable that holds its path is `named` so."""
    for expr in _paths_of(use):
        if named and _is_named(expr, use.scope):
            return True
        if written:
            known = context.once(("files with secrets",), lambda: _written(context))
            if not known.isdisjoint(_places(expr, use.scope)):
                return True
    return False


def _paths_of(use: Use) -> list[s.Expr]:
    """What names the file in a call: its path, or the object that it is called on."""
    given = [expr for _, expr in use.arguments.get("path", ())]
    func = use.call.func
    return given or ([func.value] if isinstance(func, s.Attr) else [])


def _is_named(expr: s.Expr, scope: Scope) -> bool:
    """Whether a path is held under the name of a secret, or is put together from one; of a loop
    over several, one of these."""
    if isinstance(expr, s.Name):
        for binding in bindings_of(expr, scope):
            if binding.kind == "iter" and isinstance(binding.value, s.Seq):
                return any(_is_named(item, scope) for item in binding.value.items)
    names = identifiers_in(expr, scope, back=_NEAR)
    return any(map(_says_secret, names)) and not any(map(_OPEN.search, names))


def _says_secret(name: str) -> bool:
    if not name.isidentifier():
        return _KEY_FILE.search(name) is not None
    bare = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().strip("_")
    before = None
    while bare != before:
        before = bare
        bare = _OF_FILE.sub("", _BEFORE.sub("", bare)).strip("_")
    return bare in _HOLDERS or reading(bare) in (KEY, PASSWORD, SECRET)


def _written(context: Context) -> frozenset[object]:
    """The places of all files into which a secret is written, and of the folders they are in."""
    found: set[object] = set()
    for sink in context.sinks_of(("file-content",)):
        if not any(_is_kept_secret(context, origin) for origin in reaching_origins(context, sink)):
            continue
        for path, scope in _opened(context, sink):
            found |= _places(path, scope)
            for folder in _folders(path, scope):
                found |= _places(folder, scope)
    return frozenset(found)


def _is_kept_secret(context: Context, origin: Origin) -> bool:
    """Whether a value is a secret that is worth something for as long as it is somewhere."""
    if not origin.via.isdisjoint(("hash",)):
        return False
    if any(map(_OPEN.search, origin.names)):
        return False
    for use in creating_calls(context, origin):
        sealed = use.arguments.get("encryption", ())
        if "private-key-serialize" in use.model.kinds and any(
            last_part(expr.func if isinstance(expr, s.Call) else expr) != "NoEncryption"
            for _, expr in sealed
        ):
            return False
    called = (KEY, PASSWORD, SECRET)
    return context.is_secret(origin) or (
        origin.called in called and context.is_called(origin, "called-secret")
    )


def _opened(context: Context, sink: Sink) -> Iterator[tuple[s.Expr, Scope]]:
    """The paths of the file that something is written to."""
    use = sink.use
    if use is None:
        return
    func = use.call.func
    args = use.call.args
    if use.model.name == "os.write" and args:
        yield args[0].value, use.scope
    elif use.model.name.startswith("pathlib.") and isinstance(func, s.Attr):
        yield func.value, use.scope
    elif isinstance(func, s.Attr):
        # `json.dump(value, file)`, `file.write(value)`.
        dumped = use.model.name.endswith(".dump")
        file = args[1].value if dumped and len(args) > 1 else func.value
        yield file, use.scope
        for made in creating_calls_of(context, file, use.scope):
            called = made.call
            if last_part(called.func) not in _OPENERS:
                continue
            if called.args:
                yield called.args[0].value, made.scope
            if isinstance(called.func, s.Attr) and made.model.name.startswith("pathlib."):
                yield called.func.value, made.scope


def _folders(
    path: s.Expr, scope: Scope, back: int = 0, seen: set[int] | None = None
) -> Iterator[s.Expr]:
    """The folders that a path is put together with. `seen` are the ids of the bindings that were
    gone through: many assignments of few names to one another are gone through once."""
    seen = set() if seen is None else seen
    match path:
        case s.BinOp(op="/", left=left):
            yield left
            yield from _folders(left, scope, back, seen)
        case s.Text(parts=[first, *rest]) if rest and not isinstance(first, s.Const):
            yield first
        case s.Call(func=func, args=args) if last_part(func) in _JOINS and args:
            if isinstance(func, s.Attr) and last_part(func) == "joinpath":
                yield func.value
            else:
                yield args[0].value
        case s.Call(func=func, args=[first, *_]) if last_part(func) in _SAME:
            yield from _folders(first.value, scope, back, seen)
        case s.Name() if back < _MAX_BACK:
            for binding in bindings_of(path, scope):
                if (
                    binding.kind == "value"
                    and binding.value is not None
                    and id(binding) not in seen
                ):
                    seen.add(id(binding))
                    yield from _folders(binding.value, binding.scope, back + 1, seen)


def _places(expr: s.Expr, scope: Scope, back: int = 0, seen: set[int] | None = None) -> set[object]:
    """What tells that two expressions name one file: the variable, the call that made the file, or
    the way its path is put together. `seen` as in `_folders`."""
    seen = set() if seen is None else seen
    if back > _MAX_BACK:
        return set()
    if isinstance(expr, s.Await):
        return _places(expr.value, scope, back, seen)
    if isinstance(expr, s.Name):
        found: set[object] = set()
        for binding in bindings_of(expr, scope):
            found.add(id(binding))
            value = binding.value
            if value is None or id(binding) in seen:
                continue
            seen.add(id(binding))
            if binding.kind == "unpack":
                # A descriptor and the path of one file.
                if isinstance(value, s.Call) and last_part(value.func) == "mkstemp":
                    found.add(id(value))
            elif binding.kind in ("value", "enter"):
                found |= _places(value, binding.scope, back + 1, seen)
        return found
    if isinstance(expr, s.Attr):
        if expr.name == "name":
            return _places(expr.value, scope, back + 1, seen)
        return {_as_written(expr, scope)}
    if isinstance(expr, s.Call):
        word = last_part(expr.func)
        if word in _SAME and expr.args:
            return _places(expr.args[0].value, scope, back + 1, seen)
        if word in _SAME and isinstance(expr.func, s.Attr):
            return _places(expr.func.value, scope, back + 1, seen)
        if word in ("NamedTemporaryFile", "mkstemp", "mkdtemp", "TemporaryDirectory", "mktemp"):
            return {id(expr)}
        return {_as_written(expr, scope)} if expr.args else set()
    if isinstance(expr, s.Const):
        return {expr.value} if isinstance(expr.value, str) and expr.value else set()
    if isinstance(expr, s.Text | s.BinOp | s.Sub):
        return {_as_written(expr, scope)}
    return set()


def _as_written(expr: s.Expr, scope: Scope) -> tuple[object, str]:
    """An expression by its text; one of an object's own attributes with the class that it is in."""
    text = _SPACE.sub("", scope.module.text[expr.pos : expr.end])
    home = scope.enclosing_class if "self." in text else None
    return (id(home) if home is not None else scope.module.path, text)
