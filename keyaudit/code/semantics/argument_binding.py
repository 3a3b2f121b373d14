"""Binds the arguments of a call to the parameters of what is called."""

from __future__ import annotations

from dataclasses import dataclass, field

from keyaudit.catalogue.types import CallModel
from keyaudit.code.syntax import Call, Expr, Param


@dataclass(slots=True)
class Bound:
    """The arguments of a call, in `values` by parameter name. `open`: `*` or `**` may have
    passed others."""

    values: dict[str, Expr] = field(default_factory=dict)
    open: bool = False
    rest: list[Expr] = field(default_factory=list)
    keywords: dict[str, Expr] = field(default_factory=dict)


def bind_model(call: Call, model: CallModel) -> Bound:
    """Binds the arguments of a modelled call to the parameters of its model."""
    names = list(model.parameters)
    bound = Bound()
    position = 0
    for arg in call.args:
        if arg.star:
            bound.open = True
            position = 1000 if arg.star == "*" else position
        elif arg.name is not None:
            bound.values[arg.name] = arg.value
        else:
            if position < min(len(names), model.keyword_only):
                bound.values[names[position]] = arg.value
            position += 1
    return bound


def bind_params(call: Call, params: list[Param], skip_self: bool) -> Bound:
    """Binds the arguments of a call to the parameters of a function of the scanned code.

    What goes into `*args` and `**kwargs` is in `rest` and `keywords`.
    """
    positional = [p for p in params if p.kind == ""]
    if skip_self:
        positional = positional[1:]
    names = {p.name for p in params if p.kind in ("", "only")}
    bound = Bound()
    position = 0
    for arg in call.args:
        if arg.star:
            bound.open = True
            position = 1000 if arg.star == "*" else position
        elif arg.name is not None:
            given = bound.values if arg.name in names else bound.keywords
            given[arg.name] = arg.value
        else:
            if position < len(positional):
                bound.values[positional[position].name] = arg.value
            else:
                bound.rest.append(arg.value)
            position += 1
    return bound
