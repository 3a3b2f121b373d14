"""Which file a call writes to, or a value was read from: the path it was opened with, or the path
it is a method of."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context
from keyaudit.code.matching.modelled_calls import Use
from keyaudit.code.matching.related import creating_calls_of, text_prefixes
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part

# In which order the file comes: `os.open(path)`, `open(path)`, `os.fdopen(descriptor)`.
_PATHS = frozenset({"Path", "PurePath", "PosixPath"})
_OPENERS = frozenset({"open", "fdopen", "FileIO", "NamedTemporaryFile", "open_file"})


def paths_written_to(context: Context, use: Use) -> Iterator[tuple[s.Expr, Scope]]:
    """The paths of the file that a call writes to, or the file object where there is none."""
    func = use.call.func
    args = use.call.args
    if use.model.name == "os.write" and args:
        yield args[0].value, use.scope
    elif use.model.name.startswith("pathlib.") and isinstance(func, s.Attr):
        yield func.value, use.scope
    elif isinstance(func, s.Attr):
        # `json.dump(value, file)`, `config.write(file)`, `file.write(value)`.
        file = func.value
        if last_part(func) in ("dump", "safe_dump") and len(args) > 1:
            file = args[1].value
        elif use.model.name.endswith("ConfigParser.write") and args:
            file = args[0].value
        yield file, use.scope
        for made in creating_calls_of(context, file, use.scope):
            called = made.call
            if last_part(called.func) not in _OPENERS:
                continue
            if called.args:
                yield called.args[0].value, made.scope
            if isinstance(called.func, s.Attr) and made.model.name.startswith("pathlib."):
                yield called.func.value, made.scope


def paths_read_from(context: Context, origin: Origin) -> Iterator[str]:
    """The paths of the file that a value was read from, where they are written down: no more than
    the beginnings of those that are put together."""
    read = origin.node
    if not isinstance(read, s.Call) or read.scope is None or not isinstance(read.func, s.Attr):
        return
    file = read.func.value
    made = [use for use in creating_calls_of(context, file, read.scope) if use.call.args]
    for use in made:
        opener = use.call
        if last_part(opener.func) in (*_OPENERS, *_PATHS):
            yield from text_prefixes(context, opener.args[0].value, use.scope)
