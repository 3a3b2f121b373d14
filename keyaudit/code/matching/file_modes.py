"""Whether a file is closed to others before something is written to it, or only afterwards."""

from __future__ import annotations

from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context
from keyaudit.code.matching.sinks import Sink

_OTHERS = 0o077


def is_narrowed_after(context: Context, sink: Sink) -> bool:
    """Whether a file gets a mode for its owner alone only after the call that writes to it, in the
    same function: until then others may read, or open, what is in it."""
    if sink.use is None:
        return False
    written = sink.use.call
    after = False
    for call in sink.scope.calls:
        kinds = context.kinds_of(call, sink.scope)
        if "private-file" not in kinds:
            continue
        if call.pos < written.pos:
            return False
        after = after or ("chmod" in kinds and call.pos >= written.end and _is_narrow(call))
    return after


def _is_narrow(call: s.Call) -> bool:
    """Whether a call gives a mode in which others have no part, as far as that is written here."""
    modes = [arg.value.value for arg in call.args
             if isinstance(arg.value, s.Const) and isinstance(arg.value.value, int)]  # fmt: skip
    return not any(mode & _OTHERS for mode in modes)
