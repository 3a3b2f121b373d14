"""Calls that are made later, or elsewhere: what `executor.submit(f, x)`, `tasks.add_task(f, x)`,
`Thread(target=f, args=(x,))` and `f.delay(x)` of Celery call, with what they hand to it."""

from __future__ import annotations

from keyaudit.code.syntax import (
    Arg,
    Attr,
    Call,
    Const,
    Dict,
    Expr,
    Name,
    Seq,
    last_part,
    literal_text,
)

# How many arguments stand before the function.
_TAKES_FUNCTION = {
    "add_task": 0, "to_thread": 0, "submit": 0, "call_soon": 0, "call_soon_threadsafe": 0,
    "run_in_threadpool": 0, "run_sync": 0, "apply_async": 0, "start_soon": 0,
    "run_in_executor": 1, "call_later": 1, "add_async_executor_job": 0, "add_executor_job": 0,
    "async_add_executor_job": 0, "enqueue": 0, "callLater": 1, "deferToThread": 0,
}  # fmt: skip
_TAKES_TARGET = frozenset({"Thread", "Process", "Timer"})
# Of a task of Celery, dramatiq and huey.
_SENT = frozenset({"delay", "send", "apply_async", "si", "s"})
# What stands for such a call where the function's own name is followed by no bracket.
DEFERS = frozenset(_TAKES_FUNCTION) | _TAKES_TARGET | _SENT
_PACKED = frozenset({"args", "kwargs"})


def deferred(call: Call) -> Call | None:
    """The call that a call has made later; None for any other."""
    word = last_part(call.func)
    if word in _TAKES_TARGET:
        return _of_target(call)
    if word in _TAKES_FUNCTION:
        at = _TAKES_FUNCTION[word]
        if len(call.args) > at and not any(arg.name or arg.star for arg in call.args[: at + 1]):
            function = call.args[at].value
            if isinstance(function, Name | Attr):
                return _made(call, function, call.args[at + 1 :])
    if word in _SENT and isinstance(call.func, Attr) and isinstance(call.func.value, Name | Attr):
        packed = word == "apply_async"
        return _made(call, call.func.value, _unpacked(call) if packed else call.args)
    return None


def _of_target(call: Call) -> Call | None:
    given = call.by_name()
    target = given.get("target", given.get("function"))
    if target is None and last_part(call.func) == "Timer" and len(call.args) > 1:
        target = call.args[1].value
    return _made(call, target, _unpacked(call)) if isinstance(target, Name | Attr) else None


def _unpacked(call: Call) -> list[Arg]:
    """What `args=(x,), kwargs={"y": z}` hands on."""
    found: list[Arg] = []
    for arg in call.args:
        packed = arg.name in _PACKED or (arg.name is None and arg is call.args[0])
        if packed and isinstance(arg.value, Seq):
            found += [Arg(None, "", item) for item in arg.value.items]
        elif packed and isinstance(arg.value, Dict):
            for key, value in arg.value.items:
                name = literal_text(key) if isinstance(key, Const) else None
                if name is not None:
                    found.append(Arg(name, "", value))
    return found


def _made(call: Call, function: Expr, args: list[Arg]) -> Call:
    return Call(call.pos, call.end, function, args, call.scope, call.order, call.context)
