"""Keys whose variable is deleted or set to None where the bytes should be erased, and erased
copies."""

from __future__ import annotations

import bisect
from collections.abc import Collection, Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.key_variables import is_key_variable
from keyaudit.code.semantics.mutations import path_of
from keyaudit.code.semantics.scopes import Binding, Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex

# What says that memory is to be cleaned, and not only that a name is no longer needed.
_MEANT = regex(
    r"(?i)\b(?:wip(?:e|es|ed|ing)|zero(?:e[ds]|i[sz]e\w*|ing)?|scrub\w*|eras\w+|shred\w*|overwrit\w+"
    r"|clear\w*|purge\w*|destroy\w*|clean\w*|remov\w+|delet\w+|drop\w*|sensitive|secur\w+"
    r")\b.*\b(?:memory|ram|key|keys|secret|secrets|material|password|buffer|heap|private|sensitive)\b"
    r"|\bfrom memory\b|\bin memory\b|\bkey material\b|\bsensitive\b|\bzero(?:i[sz]e\w*|ed)\b"
)
# Who writes that knows what it is worth.
_KNOWS = regex(r"(?i)best[- ]effort|immutable|garbage|cannot|can't|\bgc\b")
_ERASER = regex(r"(?i)(?:^|_)(?:wipe|zero\w*|erase|scrub|shred|destroy|burn|nuke)(?:_|$)")
# A function of an object that ends what it knows of a key: what it only drops stays in memory.
_ENDS = regex(
    r"(?i)\A_*(?:(?:un_?load|forget|lock|purge|clear|discard|drop|flush|delete|remove|burn|expire)"
    r"_?(?:\w+_)?(?:keys?|secrets?|password|passphrase|pass_?word|master\w*|credentials?|creds|seed"
    r"|mnemonic|sensitive\w*|vault|wallet|key_?material|private\w*)|forget|lock(?:_?(?:up|down|now"
    r"|vault|wallet|store|db|database|session))?|auto_?lock|panic|re_?lock|del)(?:__)?\Z"
)
# The end of an object, which deletes what it was made with on purpose.
_CLOSES = regex(
    r"(?i)\A_*(?:a?close|dispose|shutdown|disconnect|log_?out|sign_?out|exit|finali[sz]e)(?:__)?\Z"
)
# What encrypts with a key holds that key.
_CIPHER = regex(r"(?i)\A_*(?:fernet|cipher|aes_?gcm|aead|secret_?box|crypto_?engine|box)_*\Z")
_NO_ERASER = regex(r"(?i)zero(?:s|_like)?$|(?:^|_)(?:file|disk|path|dir|db|table|screen)s?(?:_|$)")
# What holds several keys, or all that was decrypted with one. `keys` alone may be of any sort.
_HOLDS = regex(
    r"(?i)(?:\A|_)(?:(?:unlocked|private|priv|secret|session|master|signing|derived|decrypted|symmetric"
    r"|ephemeral|encryption|plaintext|data)_?keys?(?:_cache)?|passwords|passphrases|secrets|mnemonics"
    r"|seeds|deks|keks)_*\Z"
)
_SAVES = frozenset({"commit", "save", "asave"})
# What makes an object.
_MAKES = frozenset({"__init__", "__new__", "__post_init__"})
_NEAR_LINES = 4
_NEAR_SIGNS = 400
_COPIES = frozenset({"bytearray", "bytes", "list", "encode", "copy", "tobytes", "decode"})
# What a copy may be passed to and still be of no use but to be erased.
_MEASURES = frozenset({"len", "range", "memset", "id", "addressof", "from_buffer", "c_char_p",
                       "create_string_buffer", "memmove", "cast", "byref"})  # fmt: skip


def dropped_keys(scope: Scope) -> Iterator[tuple[str, Binding]]:
    """The paths of keys that `del` or None removes where an erasure is meant: the function's
    name or a comment says so, or other bytes were assigned before. Each with its place."""
    collected = _collections(scope)
    ends = scope.owner is not None and _ENDS.match(scope.name) is not None and not _saves(scope)
    closes = scope.owner is not None and _CLOSES.match(scope.name) is not None
    for path, bindings in scope.bindings.items():
        holder = ends and path.count(".") == 1 and _CIPHER.match(path.rpartition(".")[2])
        if not holder and not is_key_variable(path):
            continue
        if ends and "." in path and _HOLDS.search(path.rpartition(".")[2]):
            emptied = next(filter(_is_emptied, bindings), None)
            if emptied is not None:
                yield path, emptied
                continue
        for binding in bindings:
            if not _goes(binding) or _is_initial(scope, path, binding, bindings):
                continue
            closed = closes and binding.kind == "delete"
            ended = (ends or closed) and "." in path and not _is_step(binding, bindings)
            if (
                ended
                or _ERASER.search(scope.name)
                or _is_said(scope, binding)
                or _is_collected(scope, binding, collected)
            ):
                yield path, binding
                break


def emptied_holders(scope: Scope) -> Iterator[tuple[str, tuple[int, int]]]:
    """The paths of what holds several keys that a function clears which is there to end them:
    `self.private_keys.clear()`. Each with its place."""
    if scope.owner is None or _ENDS.match(scope.name) is None:
        return
    for call in scope.calls:
        if isinstance(call.func, s.Attr) and call.func.name == "clear" and not call.args:
            path = path_of(call.func.value)
            if path is not None and "." in path and _HOLDS.search(path.rpartition(".")[2]):
                yield path, (call.pos, call.end)


def _saves(scope: Scope) -> bool:
    """Whether a function writes a record back to the database: what it empties is a column."""
    return any(isinstance(c.func, s.Attr) and c.func.name in _SAVES for c in scope.calls)


def _is_emptied(binding: Binding) -> bool:
    value = binding.value
    if binding.kind != "value":
        return False
    if isinstance(value, s.Call):
        return last_part(value.func) in ("dict", "list", "set") and not value.args
    return isinstance(value, s.Dict | s.Seq) and not value.items


def _is_step(binding: Binding, bindings: list[Binding]) -> bool:
    """Whether the function gives the variable other values, too: it is then judged by those."""
    return any(other is not binding and not _goes(other) for other in bindings)


def _collections(scope: Scope) -> list[int]:
    """Where a function collects garbage, in order."""
    return sorted(
        call.pos
        for call in scope.calls
        if isinstance(call.func, s.Attr)
        and call.func.name == "collect"
        and isinstance(call.func.value, s.Name)
        and call.func.value.id == "gc"
    )


def _is_collected(scope: Scope, binding: Binding, collected: list[int]) -> bool:
    """Whether garbage is collected right after it, which is done to have it out of memory."""
    after = bisect.bisect_left(collected, binding.end)
    if after == len(collected):
        return False
    between = scope.module.text[binding.end : min(collected[after], binding.end + _NEAR_SIGNS)]
    return collected[after] <= binding.end + _NEAR_SIGNS and between.count("\n") <= _NEAR_LINES


def _goes(binding: Binding) -> bool:
    if binding.kind == "delete":
        return True
    value = binding.value
    return binding.kind == "value" and isinstance(value, s.Const) and value.value in (None, "", b"")


def _is_initial(scope: Scope, path: str, binding: Binding, bindings: list[Binding]) -> bool:
    """Whether None is what a variable of the function itself, or an attribute of a new object,
    begins with: there is no key yet."""
    if scope.name in _MAKES:
        return binding.kind != "delete"
    if binding.kind == "delete" or not path.isidentifier() or path in scope.outer:
        return False
    return all(binding.pos <= other.pos for other in bindings)


def _is_said(scope: Scope, binding: Binding) -> bool:
    """Whether a comment in the line, or right above it, says that memory is cleaned."""
    text = scope.module.text
    start = text.rfind("\n", 0, binding.pos) + 1
    end = text.find("\n", binding.end)
    line = text[start : end if end >= 0 else len(text)]
    comments = [line.partition("#")[2]]
    for _ in range(3):
        above = text.rfind("\n", 0, start - 1) + 1
        before = text[above : start - 1].strip()
        if before.startswith("#"):
            comments.append(before)
        elif not (
            before.startswith("del ")
            or before.endswith("= None")
            # Whether there is one, is asked first.
            or (before.startswith("if ") and before.endswith(":"))
        ):
            break
        start = above
    if any(_KNOWS.search(comment) for comment in comments):
        return False
    return any(_MEANT.search(comment) for comment in comments)


def erased_copies(scope: Scope, wiped: Collection[str]) -> Iterator[tuple[str, tuple[int, int]]]:
    """The paths of keys of which only a copy is erased that was made for nothing else; each with
    its place."""
    for call in scope.calls:
        name = last_part(call.func)
        if _ERASER.search(name) and not _NO_ERASER.search(name) and call.args:
            path = _copied(call.args[0].value)
            if path is not None:
                yield path, (call.pos, call.end)
    for path in wiped:
        bindings = [b for b in scope.bindings.get(path, ()) if b.kind == "value"]
        if len(bindings) == 1 and bindings[0].value is not None:
            original = _copied(bindings[0].value)
            if original is not None and original != path and not _is_used(scope, path):
                yield original, (bindings[0].pos, bindings[0].value.end)


def _copied(expr: s.Expr) -> str | None:
    """The path of a key that an expression is a new copy of."""
    if not isinstance(expr, s.Call) or last_part(expr.func) not in _COPIES:
        return None
    if isinstance(expr.func, s.Attr):
        inner: s.Expr = expr.func.value
    elif len(expr.args) >= 1:
        inner = expr.args[0].value
    else:
        return None
    path = path_of(inner)
    if path is None:
        return _copied(inner)
    return path if is_key_variable(path) else None


def _is_used(scope: Scope, path: str) -> bool:
    """Whether something else is done with a value than to measure and erase it."""
    if any(path_of(value) == path for value in scope.returns):
        return True
    return any(
        path_of(arg.value) == path
        and last_part(call.func) not in _MEASURES
        and not _ERASER.search(last_part(call.func))
        for call in scope.calls
        for arg in call.args
    )
