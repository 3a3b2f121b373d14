"""Whether a file is closed to others before something is written to it, or only afterwards."""

from __future__ import annotations

from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context
from keyaudit.code.matching.sinks import Sink

_OTHERS = 0o077
# What is nobody's but the owner's and no program, or is the group's to read as well.
_MODES = {"closed": frozenset({0o400, 0o600}), "to-group": frozenset({0o440, 0o640})}


def is_narrowed_after(context: Context, sink: Sink, narrowed: str = "after") -> bool:
    """Whether a file gets a mode for its owner alone only after the call that writes to it, in the
    same function: until then others may read, or open, what is in it. With `closed` a mode that
    only what is secret gets, with `to-group` one by which the group may read it."""
    if sink.use is None:
        return False
    written = sink.use.call
    # Of a secret it is known that its file is meant; of other texts only where there is one file.
    if narrowed in _MODES and _opened(context, sink) > 1:
        return False
    after = False
    for call in sink.scope.calls:
        kinds = context.kinds_of(call, sink.scope)
        if "private-file" not in kinds:
            continue
        if call.pos < written.pos:
            return False
        modes = _MODES.get(narrowed)
        narrow = _is_narrow(call) if modes is None else _gives_one_of(call, modes)
        after = after or ("chmod" in kinds and call.pos >= written.end and narrow)
    return after


def _opened(context: Context, sink: Sink) -> int:
    """How many files a function opens."""
    scope = sink.scope
    return sum("file-open" in context.kinds_of(call, scope) for call in scope.calls)


def _gives_one_of(call: s.Call, wanted: frozenset[int]) -> bool:
    """Whether a call gives one of these modes, written as a number or, to be read by `int`, as a
    text."""
    modes: list[object] = []
    for value in call.by_position():
        match value:
            case s.Const(value=mode):
                modes.append(mode)
            case s.Call(func=s.Name(id="int")) if len(given := value.by_position()) == 2:
                digits = s.literal_text(given[0]) or ""
                if digits.isdigit() and set(digits) <= set("01234567"):
                    modes.append(int(digits, 8))
    return not wanted.isdisjoint(mode for mode in modes if isinstance(mode, int))


def _is_narrow(call: s.Call) -> bool:
    """Whether a call gives a mode in which others have no part, as far as that is written here."""
    modes = [arg.value.value for arg in call.args
             if isinstance(arg.value, s.Const) and isinstance(arg.value.value, int)]  # fmt: skip
    return not any(mode & _OTHERS for mode in modes)
