"""What a text calls a value that is put into it: `"password: %s" % x`, `f"token={x}"`.

A value of which nothing else is known may still be told a secret by the words right before it.
"""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.provenance.designations import LABELLED
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.semantics.placements import inserted, inserted_by
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import CODE, SECRETS, is_aside, reading_of_label

_MAY_LABEL = regex(
    r"(?i)(?:pass|pwd|pw|word|phrase|code|token|secret|key|cred|credentials?|mnemonic|jwt|senha|bearer"
    r"|assertion|cek|dek|kek|psk|cvv|cvc|otp|[码碼令钥鑰鍵ль호ド])s?"
    r"(?:[\"'`)]{0,2}[ \t]*(?:[:：]|=>?)|[ \t])"
)

# Of an answer or an error, a status; of what a text calls a code that lets in, that.
_CODE = regex(r"(?:\w+_)?code")
# What a function goes by is not what it gives: `get_by_path(["twitter", "key"])`.
_BY = regex(r"_(?:by|from|at)_\w+\Z")
_PLACE = regex(r"%[^\s%]*[sr]|\{\w*\}")


def labels(node: s.Expr) -> dict[int, str]:
    """What the text of an expression calls the values it takes in, by their ids; those alone that
    it calls a secret."""
    return _secrets(inserted(node, _MAY_LABEL))


def labels_of_call(call: s.Call, *, puts_in: bool) -> dict[int, str]:
    """What the message of a log or a print calls the arguments after it, by their ids. `puts_in`:
    it is one that puts them into its message, where that has places for them."""
    given = call.by_position()
    found: dict[int, str] = {}
    for number, value in enumerate(given[:-1]):
        text = s.literal_text(value)
        if text is None or not _MAY_LABEL.search(text):
            continue
        if puts_in and _PLACE.search(text):
            found |= _secrets(inserted_by(text, given[number + 1 :]))
        elif said := _said(text, given[number + 1], ""):
            found[id(given[number + 1])] = said
    return found


def labelled(origins: tuple[Origin, ...], said: str) -> tuple[Origin, ...]:
    """Values of which no name says anything, called what the text before them says."""
    return tuple(o.designated(said) if o.kind in LABELLED and not o.called else o for o in origins)


def _secrets(put: Iterator[tuple[str, s.Expr, str]]) -> dict[int, str]:
    said = ((id(value), _said(before, value, following)) for before, value, following in put)
    return {key: label for key, label in said if label}


def _said(before: str, value: s.Expr, following: str) -> str:
    label = reading_of_label(before, following)
    if label == CODE and isinstance(value, s.Name | s.Attr) and _CODE.fullmatch(s.last_part(value)):
        return label
    return label if label in SECRETS and not _is_aside(value) else ""


def _is_aside(value: s.Expr) -> bool:
    """Whether a value is something about a secret by its own name: an error, a status, a path."""
    match value:
        case s.Name(id=name) | s.Attr(name=name):
            return is_aside(name)
        case s.Sub(index=s.Const(value=str() as name)):
            return is_aside(name)
        case s.Call(func=func, args=args):
            last = func.name if isinstance(func, s.Attr) else getattr(func, "id", "")
            if last in ("str", "repr", "format", "dumps", "escape", "quote") and args:
                return _is_aside(args[0].value)
            if last == "get" and args and isinstance(args[0].value, s.Const):
                return is_aside(str(args[0].value.value))
            return is_aside(_BY.sub("", last))
        case s.Const() | s.IfExp() | s.Compare() | s.BoolOp() | s.Unary():
            return True
    return False
