"""Fields and options into which a person types a secret that is shown to them."""

from __future__ import annotations

import re

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations.declaration import Declaration
from keyaudit.code.matching.declarations.said import is_off, text_of
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import (
    BARE_TOKEN,
    CODE,
    PASSWORD,
    SECRETS,
    TOKEN,
    name_of_field,
    reading,
)

# A field of one line: of Tk and what is built on it, of Qt, of wx, and how each hides its text.
_FIELDS = {
    "Entry": ("tkinter", "Tkinter", "ttk", "customtkinter", "ttkbootstrap"),
    "CTkEntry": ("customtkinter", "CTkEntry"),
    "QLineEdit": ("QLineEdit",),
    "TextCtrl": ("wx",),
}  # fmt: skip
_HIDES = regex(
    r"show[\"']?\]?[ \t]*=|setEchoMode|TE_PASSWORD|set_visibility|echo_?mode", re.IGNORECASE
)
_LABEL = regex(r"(?s).*\b\w*Label\(.{0,120}?text[ \t]*=[ \t]*(\w+|[rf]?[\"'][^\"'\n]{0,80}[\"'])")
_PLAIN_TEXT = regex(r"(?s)\A[rf]?[\"'](.*)[\"']\Z")
_BEFORE = 320
# click's and typer's own, and what a program makes of these: `jit_option(…)`, `SecretOption(…)`.
_OPTION = regex(r"(?:\w*_)?option|\w*Option")
# ... which are given the names of the option by a name, too.
_NAMES = ("param_decls", "name", "names")
_SEED = regex(r"(?:^|_)(?:mnemonic|seed|recovery)_?(?:words|phrase)$")
_PIN = regex(r"(?i)(?:^|_)pin$")
_ASKED_FOR = regex(
    r"(?i)\b(?:password|passphrase|passcode|(?:api|secret|private|master|access|encryption) key"
    r"|mnemonic"
    r"|(?:api|access|auth) token)\b"
)
_CODE_ASKED_FOR = regex(
    r"(?i)\b(?:mfa|2fa|otp|totp|one-time|two-factor|verification)\b.{0,12}\bcode\b|\botp\b"
)


def shown(call: s.Call, name: str, scope: Scope) -> Declaration | None:
    """What a call makes a person type in view: a field of a window, by the `name` it is given or
    the label before it; an option that asks for its value."""
    word = s.last_part(call.func)
    if word in _FIELDS:
        return _field(call, word, name, scope)
    return _option(call, scope) if _OPTION.fullmatch(word) else None


def _field(call: s.Call, word: str, name: str, scope: Scope) -> Declaration | None:
    words = scope.module.words.all
    if words.isdisjoint(_FIELDS[word]) or any(arg.star for arg in call.args):
        return None
    text = scope.module.text
    if _HIDES.search(text, call.pos, call.end):
        return None
    own = name_of_field(name)
    held = _held(own) or ("" if _has_own_label(own, text) else _labelled(call, scope))
    if held not in SECRETS or (name and _is_hidden_later(name, text)):
        return None
    return Declaration(name or word, word, held, (call.pos, call.func.end))


def _held(name: str) -> str:
    if _PIN.search(name):
        return PASSWORD
    found = reading(name)
    if found == BARE_TOKEN:  # what a person types is no word of a text
        return TOKEN
    return found if found in SECRETS else ""


def _labelled(call: s.Call, scope: Scope) -> str:
    """What the label right before a field asks for."""
    text = scope.module.text
    before = text[max(0, call.pos - _BEFORE) : call.pos]
    # Another field between the two is what the label belongs to.
    before = re.split(r"\b(?:Entry|QLineEdit|Button|Checkbutton|Combobox)\(", before)[-1]
    label = _LABEL.match(before)
    if label is None:
        return ""
    quoted = _PLAIN_TEXT.match(label[1])
    said = quoted[1] if quoted else ""
    if not quoted:
        bound = [b.value for b in scope.bindings.get(label[1], ()) if b.value is not None]
        said = " ".join(text_of(value) for value in bound)
    if _CODE_ASKED_FOR.search(said):
        return CODE
    return PASSWORD if _ASKED_FOR.search(said) else ""


def _has_own_label(own: str, text: str) -> bool:
    """Whether a field has a label of its own by their names: `name_label` of `name_entry`, however
    many labels stand before the fields."""
    if len(own) < 2 or own.isdigit():
        return False
    word = re.escape(own)
    return re.search(rf"\b(?:{word}_?(?:label|lbl|l)|(?:label|lbl|l)_?{word})\b", text) is not None


def _is_hidden_later(name: str, text: str) -> bool:
    hidden = rf"\b{re.escape(name)}\b(?:\.|\[)[^\n]{{0,80}}"
    return any(_HIDES.search(found[0]) for found in re.finditer(hidden, text))


def _option(call: s.Call, scope: Scope) -> Declaration | None:
    """An option of click or typer that asks where it is not given, and shows what is typed."""
    given = call.by_name()
    prompt = given.get("prompt")
    if prompt is None or is_off(prompt) or scope.module.words.all.isdisjoint({"click", "typer"}):
        return None
    if "hide_input" in given and not is_off(given["hide_input"]):
        return None
    is_password = s.last_part(call.func) == "password_option"
    if is_password and "hide_input" not in given:
        return None  # it hides what is typed by default
    declared = [*call.by_position(), *(given[key] for key in _NAMES if key in given)]
    parts = [part for one in declared
             for part in (one.items if isinstance(one, s.Seq) else (one,))]  # fmt: skip
    names = [text.lstrip("-").replace("-", "_")
             for text in map(s.literal_text, parts) if text is not None]  # fmt: skip
    name = max(names, key=len, default="")
    held = PASSWORD if is_password or _SEED.search(name) else _held(name)
    if held not in SECRETS:
        return None
    return Declaration(name, "option", held, (prompt.pos, prompt.end))
