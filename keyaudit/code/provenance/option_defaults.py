"""The defaults of options of a command line: of click's and typer's as parameters of the command,
of argparse's as attributes of what was parsed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from keyaudit.code import syntax as s
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part

if TYPE_CHECKING:
    from keyaudit.code.provenance.resolver import Resolver

_PARSED = frozenset({"parse_args", "parse_known_args", "parse_intermixed_args"})
_MAX_OPTIONS = 128


def of_parameter(resolver: Resolver, function: Scope, name: str) -> list[Origin]:
    """The default that a decorator gives a parameter of a command: `@click.option("--verify/
    --no-verify", default=False)`."""
    for decorator in function.decorators[:_MAX_OPTIONS]:
        if (
            isinstance(decorator, s.Call)
            and last_part(decorator.func) in ("option", "argument")
            and name in _names(decorator)
            and function.parent is not None
        ):
            return _default(resolver, decorator, function.parent, _flag(decorator))
    return []


def of_parsed(resolver: Resolver, base: Origin, name: str) -> list[Origin]:
    """The default of the option that an attribute of `parser.parse_args()` is, where the same
    function declares it."""
    made = base.node
    if not isinstance(made, s.Call) or last_part(made.func) not in _PARSED or made.scope is None:
        return []
    for call in made.scope.calls:
        if last_part(call.func) == "add_argument" and name in _names(call):
            return _default(resolver, call, made.scope, _action(call))
    return []


def _names(call: s.Call) -> Iterator[str]:
    """The names under which the value of an option is found."""
    for arg in call.args:
        text = arg.value.value if isinstance(arg.value, s.Const) else None
        if isinstance(text, str) and arg.name in (None, "dest"):
            # `--verify/--no-verify`: the first of both names the parameter.
            yield text.partition("/")[0].strip().lstrip("-").replace("-", "_")


def _default(resolver: Resolver, call: s.Call, scope: Scope, without: bool | None) -> list[Origin]:
    given = next((arg.value for arg in call.args if arg.name == "default"), None)
    if given is None and without is None:
        return []
    value = given if given is not None else s.Const(call.pos, call.end, without)
    return [
        o.transformed("default").with_step(
            scope.module, call.pos, call.end, "the default of an option"
        )
        for o in resolver.origins(resolver.once((call, "default"), lambda: value), scope, None)
        if o.kind != "none"
    ]


def _flag(call: s.Call) -> bool | None:
    """What a flag of click is when it is not given; None for an option that is none."""
    for arg in call.args:
        if arg.name == "is_flag" and isinstance(arg.value, s.Const) and arg.value.value:
            return False
    return None


def _action(call: s.Call) -> bool | None:
    for arg in call.args:
        if arg.name == "action" and isinstance(arg.value, s.Const):
            return {"store_true": False, "store_false": True}.get(str(arg.value.value))
    return None
