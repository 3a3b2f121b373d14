"""Evaluates one condition on a resource: true, false, or None if known only at run time.

`check` gives a verdict for each value that was looked at: a rule reports those that are true.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from keyaudit.catalogue.types import Policy
from keyaudit.configs.matching import literals
from keyaudit.configs.matching.beside import with_secret_beside
from keyaudit.configs.matching.names import is_secret, variables
from keyaudit.configs.matching.paths import Found, select
from keyaudit.configs.tree import HOLE, Choice, Mapping, Node, Scalar, Sequence, Unknown, text_of
from keyaudit.core.quantities import quantity, quantity_named
from keyaudit.core.rule_patterns import compiled

Truth = bool | None
Asked = MappingType[str, Any]


@dataclass(slots=True)
class Verdict:
    """The value that was looked at (None if it is missing) and whether the condition holds.

    With `below` and `above`, `limit` is the limit and `value` the number (a duration in days).
    """

    found: Found | None
    truth: Truth
    limit: float | None = None
    value: float | None = None


def check(asked: Asked, root: Node, home: str, policy: Policy) -> list[Verdict]:
    """A verdict for each value at the condition's path; one without a value if there is none.

    `asked` are the condition's keys (see docs/writing-rules.md), `root` is the resource's body or
    part, `home` the path of its file; `policy` has the limits.
    """
    named = asked["path"]
    verdicts: list[Verdict] = []
    is_open = False
    for path in [named] if isinstance(named, str) else named:
        selection = select(root, path, home)
        is_open = is_open or selection.open
        for whole in _of_name(selection.found, path, asked):
            if "beside" in asked and not with_secret_beside(whole, root, home):
                continue
            told = False
            for found in _spread([whole], asked):
                verdict = _of_value(asked, found, policy)
                if verdict.truth is True and not found.sure:
                    verdict.truth = None
                # Of a list, the first item that breaks the rule stands for all that do.
                if not (told and verdict.truth):
                    verdicts.append(verdict)
                told = told or verdict.truth is True
    if not verdicts:
        verdicts.append(Verdict(None, _missing(asked, is_open=is_open)))
    elif is_open and not any(v.truth for v in verdicts):
        verdicts.append(Verdict(None, None))
    if "missing" in asked and verdicts and verdicts[0].found is not None:
        return [Verdict(v.found, False if v.truth is not None else None) for v in verdicts]
    return verdicts


def _of_name(found: list[Found], path: str, asked: Asked) -> list[Found]:
    """Of all settings of a document, those of the name that is asked for."""
    pattern = asked.get("key")
    if pattern is None or not path.endswith("**.*"):
        return found
    search = compiled(pattern).search
    meant = {key for key in {one.key for one in found} if search(key)}
    return [one for one in found if one.key in meant] if meant else []


def holds(asked: Asked, root: Node, home: str, policy: Policy) -> Truth:
    """Whether a condition holds for some value at its path; with `every`, for all of them.

    None if that is known only at run time. Arguments are as for `check`.
    """
    truths = [verdict.truth for verdict in check(asked, root, home, policy)]
    if asked.get("every"):
        return False if False in truths else None if None in truths else True
    return True if True in truths else None if None in truths else False


def _missing(asked: Asked, *, is_open: bool) -> Truth:
    if is_open:
        return None
    if "missing" in asked or asked.get("or-missing"):
        return True
    if "fewer-than" in asked:
        return bool(asked.get("or-none"))
    return False


def _spread(found: list[Found], asked: Asked) -> list[Found]:
    """Lists item by item, unless the condition is about the list."""
    if asked.keys() & {"first-in", "fewer-than", "empty", "missing", "present"}:
        return found
    spread: list[Found] = []
    for one in found:
        spread += _items(one, joined=bool(asked.get("joined")))
    return spread


def _items(one: Found, *, joined: bool) -> list[Found]:
    """The items of a list of lists or scalars, or each list of scalars as one text."""
    node = one.node
    if not isinstance(node, Sequence) or any(isinstance(item, Mapping) for item in node.items):
        return [one]
    if joined and node.items and all(isinstance(item, Scalar) for item in node.items):
        text = " ".join(map(_said, node.items))
        return [_item(one, Scalar(text, node.span, node.path, node.hops))]
    found = [deeper for item in node.items for deeper in _items(_item(one, item), joined=joined)]
    if not node.complete:
        found.append(_item(one, Unknown(node.span, node.path)))
    return found


def _said(item: Node) -> str:
    """The text of a scalar, with its holes."""
    if isinstance(item, Scalar) and isinstance(item.value, str) and item.value:
        return item.value
    return text_of(item) or HOLE


def _item(one: Found, item: Node) -> Found:
    here = item.path in ("", one.path) and item.span.line >= one.span.line
    inside = item.span.end_line <= one.span.end_line
    span = item.span if here and inside else one.span
    return Found(item, one.key, one.path, span, one.sure, one.under)


def _of_value(asked: Asked, found: Found, policy: Policy) -> Verdict:
    node = found.node
    if isinstance(node, Choice):
        inner = [_of_value(asked, Found(o, found.key, found.path, found.span), policy)
                 for o in node.options]  # fmt: skip
        said = {verdict.truth for verdict in inner}
        return Verdict(found, said.pop() if len(said) == 1 else None)
    if isinstance(node, Scalar) and node.value is None:
        return Verdict(found, _missing(asked, is_open=False))
    pattern = asked.get("key")
    if pattern is not None and not compiled(pattern).search(found.key):
        return Verdict(found, False)
    apart = asked.get("not-under")
    if apart is not None and compiled(apart).search(found.under):
        return Verdict(found, False)
    if "key-called" in asked and not is_secret(found.key):
        return Verdict(found, False)
    if "missing" in asked:
        return Verdict(found, False)
    if asked.get("present"):
        return Verdict(found, True)
    truths: list[Truth] = []
    limit = number = None
    for name, test in _TESTS.items():
        if name in asked:
            truths.append(test(asked[name], node, asked))
    for name in ("below", "above"):
        if name in asked:
            limit = _limit(asked[name], policy)
            number = _number(node, found.key, asked.get("unit"))
            if limit is None:
                truths.append(False)
            elif number is None:
                truths.append(None if _is_open(node) else False)
            else:
                truths.append(number < limit if name == "below" else number > limit)
    if not truths:
        return Verdict(found, True)
    truth: Truth = False if False in truths else None if None in truths else True
    return Verdict(found, truth, limit, number)


def _number(node: Node, name: str, unit: str | None) -> float | None:
    value = _known(node)
    return quantity_named(value, name) if unit == "by-name" else quantity(value, unit)


def _limit(asked: Any, policy: Policy) -> float | None:
    if not isinstance(asked, dict):
        return float(asked)
    limit = policy.limits.get(asked["policy"])
    value = None if limit is None else limit.value
    return float(value) if isinstance(value, (int, float)) else None


def _known(node: Node) -> object:
    return node.value if isinstance(node, Scalar) and not node.has_holes else None


def _is_open(node: Node) -> bool:
    return isinstance(node, Unknown) or (isinstance(node, Scalar) and node.has_holes)


def _text(node: Node) -> str | None:
    """The text of a scalar, with holes; None for what is no scalar."""
    if isinstance(node, Scalar):
        value = node.value
        return str(value).lower() if isinstance(value, bool) else str(value)
    return None


def _is(wanted: Any, node: Node, asked: Asked) -> Truth:
    text = _text(node)
    if text is None or HOLE in text:
        return None if isinstance(node, Unknown) or text else False
    word = text.strip().lower()
    if word in ("true", "yes", "on", "1", "enabled"):
        return bool(wanted)
    if word in ("false", "no", "off", "0", "disabled"):
        return not wanted
    return False


def _in(wanted: Any, node: Node, asked: Asked) -> Truth:
    text = _text(node)
    if text is None:
        return None if isinstance(node, Unknown) else False
    words = {str(word).lower() for word in wanted}
    if HOLE not in text:
        return text.strip().lower() in words
    pattern = _holed(text.lower())
    return None if any(pattern.fullmatch(word) for word in words) else False


def _not_in(wanted: Any, node: Node, asked: Asked) -> Truth:
    found = _in(wanted, node, asked)
    return None if found is None else not found


@lru_cache(maxsize=1024)
def _holed(text: str) -> re.Pattern[str]:
    parts = [re.escape(part) for part in re.split(f"{HOLE}+", text)]
    return re.compile(".*".join(parts), re.DOTALL)


def _matches(pattern: Any, node: Node, asked: Asked) -> Truth:
    text = _text(node)
    if text is None:
        return None if isinstance(node, Unknown) else False
    found = compiled(pattern).search(text)
    if found is not None:
        return None if HOLE in found[0] else True
    return None if HOLE in text else False


def _not_matches(pattern: Any, node: Node, asked: Asked) -> Truth:
    found = _matches(pattern, node, asked)
    return None if found is None else not found


def _first_in(wanted: Any, node: Node, asked: Asked) -> Truth:
    if not isinstance(node, Sequence):
        return _in(wanted, node, asked)
    if not node.items or not node.complete:
        return None if not node.complete else False
    first = node.items[0]
    if isinstance(first, Mapping) and len(first.entries) == 1:
        return next(iter(first.entries)).lower() in {str(word).lower() for word in wanted}
    return _in(wanted, first, asked)


def _fewer_than(wanted: Any, node: Node, asked: Asked) -> Truth:
    if isinstance(node, Sequence):
        return len(node.items) < int(wanted) if node.complete else None
    return None if _is_open(node) else int(wanted) > 1


def _empty(wanted: Any, node: Node, asked: Asked) -> Truth:
    if isinstance(node, Unknown):
        return None
    if isinstance(node, (Mapping, Sequence)):
        found = not (node.entries if isinstance(node, Mapping) else node.items)
        return found is wanted if node.complete or not found else None
    return (_text(node) == "") is bool(wanted)


def _literal(wanted: Any, node: Node, asked: Asked) -> Truth:
    """A secret written down: as it is, or (`base64`) encoded."""
    if isinstance(node, Unknown):
        return None
    if not isinstance(node, Scalar) or isinstance(node.value, bool) or node.value is None:
        return False
    text = str(node.value)
    if HOLE in text:
        return None
    if wanted == "base64":
        if not literals.is_base64(text):
            return False
        inner = literals.decoded(text)
        return bool(text.strip()) and (inner is None or literals.is_written_down(inner))
    return literals.is_written_down(text)


# What the shell calls the folder it is in, and the command that prints it.
_WORKING_FOLDER = frozenset({"PWD", "OLDPWD", "pwd"})


def _refers_to(wanted: Any, node: Node, asked: Asked) -> Truth:
    """Whether a text is made of a variable that is called a secret: `--pass=${DB_PASSWORD}`."""
    text = _text(node)
    if text is None:
        return None if isinstance(node, Unknown) else False
    names = [*variables(text), *(node.names if isinstance(node, Scalar) else ())]
    return any(is_secret(name) for name in names if name not in _WORKING_FOLDER)


def _puts_in(pattern: Any, node: Node, asked: Asked) -> Truth:
    """Whether a variable of a name that matches is put into a text."""
    text = _text(node)
    if text is None:
        return None if isinstance(node, Unknown) else False
    names = [*variables(text), *(node.names if isinstance(node, Scalar) else ())]
    return any(compiled(pattern).search(name) for name in names)


def _is_called(wanted: Any, node: Node, asked: Asked) -> Truth:
    """Whether a text is a name, and that of a secret."""
    text = _text(node)
    if text is None or HOLE in text:
        return None if isinstance(node, Unknown) or text else False
    return is_secret(text)


_TESTS: dict[str, Callable[[Any, Node, Asked], Truth]] = {
    "is": _is,
    "in": _in,
    "not-in": _not_in,
    "matches": _matches,
    "not-matches": _not_matches,
    "first-in": _first_in,
    "fewer-than": _fewer_than,
    "empty": _empty,
    "literal": _literal,
    "refers-to": _refers_to,
    "puts-in": _puts_in,
    "is-called": _is_called,
}
