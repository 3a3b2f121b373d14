"""Binds the arguments of a call to the parameters of what is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from keyaudit.catalogue.types import CallModel
from keyaudit.code.syntax import Arg, Call, Const, Dict, Expr, Param


@dataclass(slots=True)
class Bound:
    """`values` by parameter name. `open`: `*` or `**` may have passed what is not in it."""

    values: dict[str, Expr] = field(default_factory=dict)
    open: bool = False


def bind_model(call: Call, model: CallModel, extra: Mapping[str, Expr] | None = None) -> Bound:
    """The arguments of a modelled call; `extra` are keyword arguments known from a `**` dict."""
    names = list(model.parameters)
    bound = Bound(dict(extra or {}))
    position = 0
    for arg in call.args:
        if arg.star:
            bound.open = bound.open or extra is None or arg.star == "*"
            position = 1000 if arg.star == "*" else position
        elif arg.name is not None:
            bound.values[arg.name] = arg.value
        else:
            if position < min(len(names), model.keyword_only):
                bound.values[names[position]] = arg.value
            position += 1
    return bound


def bind_params(call: Call, params: list[Param], skip_self: bool) -> Bound:
    """The arguments of a call of a function of the scanned code."""
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
            if arg.name in names:
                bound.values[arg.name] = arg.value
        else:
            if position < len(positional):
                bound.values[positional[position].name] = arg.value
            position += 1
    return bound


def keywords_of(display: Dict) -> dict[str, Expr] | None:
    """The entries of a dict display as keyword arguments; None when a key is not constant."""
    found: dict[str, Expr] = {}
    for key, value in display.items:
        if not isinstance(key, Const) or not isinstance(key.value, str):
            return None
        found[key.value] = value
    return found


def double_star(call: Call) -> Arg | None:
    """The `**` argument, when there is exactly one and no `*`."""
    stars = [arg for arg in call.args if arg.star]
    return stars[0] if len(stars) == 1 and stars[0].star == "**" else None
