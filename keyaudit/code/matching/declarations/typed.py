"""Secrets that a person types and sees: asked for on the terminal, or in the field of a window."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations import typed_fields
from keyaudit.code.matching.declarations.declaration import Declaration
from keyaudit.code.matching.declarations.said import is_off, names_of_results, text_of
from keyaudit.code.matching.surroundings import source_of
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import BARE_TOKEN, CODE, NEUTRAL, PASSWORD, SECRETS, reading

# A question that speaks of a secret and asks for something else: yes or no, a file, a number.
_NOT_ITSELF = regex(
    r"(?i)\?|[\[(]y\b|y/n|yes/no|length|\bfiles?\b|\bpath|\bdirector|\bfolder|how many|number of"
    r"|name\b"
    r"|\bids?\b|\barn\b|confirm that|press (?!enter|return)|\bserial\b|public|\btype\b|choose"
    r"|select|option"
    r"|\bmodel\b|\btarget|\bhash\b|\bextension|\bpython|\bany key\b|\bhow\b|\bexpir|\bdays\b"
)
# One that asks for a secret, for a PIN, and for a code that is good once.
_SECRET = regex(
    r"(?i)\b(?:pass(?:word|phrase|wd|code)s?|pwd|(?:private|master|encryption|decryption|signing"
    r"|api|access"
    r"|secret|license|account) ?_?-?keys?|secret(?: access)? ?keys?|client secret|secrets?"
    r"|seed phrase"
    r"|recovery phrase|mnemonic|(?:api|access|auth|bot|bearer|refresh|personal access) ?_?token"
    r"|token"
    r"|credentials?)\b"
)
_PIN = regex(r"\bPIN\b|(?i:\bpin(?: ?code)?\s*(?::|>|$)|\b(?:your|the|user|so|card) pin\b)")
_CODE = regex(
    r"(?i)\b(?:mfa|2fa|otp|totp|one[- ]time|two[- ]factor|authenticator|verification|authentication"
    r"|security|sms|(?:six|6)[- ]digit|recovery|backup|activation)\b[^\n]{0,40}?\b(?:code|token"
    r"|passcode|password"
    r"|pin)\b|\b(?:otp|totp|(?:mfa|2fa)(?=\s*(?:[:>]|$)))\b"
    r"|\bcode\b[^\n]{0,30}\b(?:authenticator|sms|2fa|mfa)\b"
)
# A question that says nothing, after which the name of the variable tells.
_BARE = regex(r"\W*(?:(?:please|paste|enter|it|here|value|input|type|now)\W*)*\Z", re.IGNORECASE)
# What was printed right before the answer is read is the question.
_PRINTED = regex(
    r"^([ \t]*)(?:print|(?:sys\.)?std(?:out|err)\.write|click\.s?echo|typer\.s?echo"
    r"|console\.print|rprint)"
    r"\([ \t]*[rf]?[\"'](.{0,160}?)[\"'][^\n]*\n(?:[ \t]*(?:sys\.)?std(?:out"
    r"|err)\.flush\(\)[ \t]*\n)?\Z",
    re.MULTILINE,
)
_BEFORE = 300
_MAX_WORDS = 8
_HOLDS_INPUT = frozenset(
    {"moves", "six", "builtins", "__builtin__", "console", "Console", "readline"}
)


class _Way(NamedTuple):
    """A function that asks: the places of the question among its arguments, the name it may be
    given under, and that of the argument that hides what is typed."""

    positions: tuple[int, ...]
    name: str
    hides: str


_WAYS: Mapping[str, _Way] = {
    "input": _Way((0,), "prompt", "password"),
    "raw_input": _Way((0,), "prompt", ""),
    "prompt": _Way((0,), "text", "hide_input"),
    "ask": _Way((0,), "prompt", "password"),
    "text": _Way((0,), "message", ""),
    "Text": _Way((1,), "message", ""),
    "askstring": _Way((0, 1), "prompt", "show"),
    "getText": _Way((1, 2), "label", "echo"),
    "readline": _Way((), "", ""),
}
# Of these words a file must speak for the others to ask a person.
_LIBRARIES = {
    "prompt": ("click", "typer", "prompt_toolkit"), "ask": ("Prompt",),
    "text": ("questionary",), "Text": ("inquirer",),
    "askstring": ("simpledialog", "tkSimpleDialog"), "getText": ("QInputDialog",),
}  # fmt: skip


def typed(scope: Scope) -> Iterator[Declaration]:
    """The secrets that a scope asks for in view, each by the question or the name it is given."""
    results = names_of_results(scope)
    for call in scope.calls:
        one = _asked(call, results.get(id(call), ""), scope) or typed_fields.shown(
            call, results.get(id(call), ""), scope
        )
        if one is not None:
            yield one


def _asked(call: s.Call, name: str, scope: Scope) -> Declaration | None:
    word = s.last_part(call.func)
    way = _WAYS.get(word)
    if way is None or not _asks_person(call, word, scope):
        return None
    given, plain = call.by_name(), call.by_position()
    if any(not is_off(value) for key, value in given.items() if key in (way.hides, "is_password")):
        return None
    if any("assword" in s.last_part(value) for value in (*plain, *given.values())):
        return None  # `QLineEdit.Password`
    parts = [plain[at] for at in way.positions if at < len(plain)]
    parts += [given[key] for key in (way.name, "message") if key in given]
    question = " ".join(text_of(part) for part in parts).strip()
    told = question or _printed_before(call, scope)
    if parts and not question:
        return None  # it is not known what is asked
    if word == "readline" and (not told or "isatty" in source_of(scope)):
        return None  # a program writes it there
    held = held_by(told, name)
    if held not in SECRETS:
        return None
    place = (parts[0].pos, parts[0].end) if len(parts) == 1 else (call.pos, call.func.end)
    asked_for = name or " ".join(told.split()[:_MAX_WORDS]).strip(": >") or "an answer"
    return Declaration(asked_for, word, held, place)


def _asks_person(call: s.Call, word: str, scope: Scope) -> bool:
    func = call.func
    words = scope.module.words.all
    if word == "readline":
        return isinstance(func, s.Attr) and s.last_part(func.value) == "stdin"
    if word in ("input", "raw_input"):
        if isinstance(func, s.Name):
            return True
        holder = func.value if isinstance(func, s.Attr) else func
        made = s.last_part(holder.func) if isinstance(holder, s.Call) else s.last_part(holder)
        return made in _HOLDS_INPUT
    if word == "ask" and not (isinstance(func, s.Attr) and s.last_part(func.value) == "Prompt"):
        return False
    return not words.isdisjoint(_LIBRARIES[word])


def held_by(question: str, name: str) -> str:
    """What the answer to a question is, one of `core.secret_names`: by its words, or where it has
    none by the name that the answer is given."""
    if _NOT_ITSELF.search(question):
        return NEUTRAL
    if _CODE.search(question):
        return CODE
    if _SECRET.search(question) or _PIN.search(question):
        return PASSWORD
    if not _BARE.match(question) and not question.lower().startswith(("paste", "enter ")):
        return NEUTRAL
    if name.lower() == "pin" or name.lower().endswith("_pin"):
        return CODE if "mfa" in name.lower() else PASSWORD
    found = reading(name)
    return NEUTRAL if found == BARE_TOKEN else found


def _printed_before(call: s.Call, scope: Scope) -> str:
    """What the line before a call prints: the question, where the call has none of its own."""
    text = scope.module.text
    start = text.rfind("\n", 0, call.pos) + 1
    found = _PRINTED.search(text, max(0, start - _BEFORE), start)
    line = text[start : call.pos]
    return found[2] if found and line[: len(found[1])] == found[1] else ""
