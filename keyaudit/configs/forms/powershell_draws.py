"""Secrets that PowerShell draws with `Get-Random`, a generator for simulations, in scripts and in
the recipes of manuals. Found line by line, since a recipe stands within prose."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.configs.forms.script_draws import drawn
from keyaudit.configs.readers.offsets import lines_of
from keyaudit.configs.tree import Resource
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import SECRETS, reading

DRAW = "Get-Random"
_DRAW = regex(r"(?i)(?<![\w-])Get-Random\b")
_LONGEST = 1000
# Bytes of which a text is made, or signs: whatever else is drawn is one number, or one of a list.
_BYTES = regex(r"(?i)ToBase64String|\[byte\[\]\]|:X2?\}|ToString\(.X2")
_SIGNS = regex(r"(?i)(?<!\w)-join\b|\[char\]|(?<!\w)\+=|\.ToCharArray\(\)|\$chars?\[")
_GIVEN = regex(r"\$\{?(?:\w{1,20}:)?(\w{1,80})\}?\s*\+?=(?!=)")
_MAKER = regex(r"(?i)\bfunction\s+(?:\w{1,20}-)?(\w{1,80})")
_SAID = regex(
    r"(?i)\b(?:secret|password|passphrase|token|(?:encryption|signing|api|jwt|\w+_)[ _-]?key)s?\b"
)
_ABOVE = 400  # characters of what is said of a recipe before it, or of a function up to the draw
_SECURE = regex(r"(?i)RandomNumberGenerator|RNGCrypto|Get-SecureRandom")


def resources(text: str, path: str, form: str) -> Iterator[Resource]:
    """What is drawn there, one resource a line: `name` says what it is, by the variable that gets
    it, the function that makes it, or what is said of it right before."""
    place = lines_of(text)
    last = -1
    for draw in _DRAW.finditer(text):
        start = text.rfind("\n", 0, draw.start()) + 1
        end = text.find("\n", draw.end())
        end = len(text) if end < 0 else end
        if start == last or end - start > _LONGEST:
            continue
        line = text[start:end]
        above = text[max(0, start - _ABOVE) : start]
        if line.lstrip().startswith("#") or _SECURE.search(line) or _SECURE.search(above):
            continue
        name = _name(line, above)
        if name:
            last = start
            yield drawn((name, *draw.span()), DRAW, place, path, form)


def _name(line: str, above: str) -> str:
    """What is made in a line; "" if that is no secret."""
    makes_bytes, makes_signs = _BYTES.search(line), _SIGNS.search(line)
    if not makes_bytes and not makes_signs:
        return ""
    given = _GIVEN.search(line)
    if given is not None and reading(given[1]) in SECRETS:
        return given[1]
    makers = _MAKER.findall(above)
    if makers and reading(makers[-1]) in SECRETS:
        return str(makers[-1])
    # What has no name, or one that says nothing, is what the text around it says.
    said = _SAID.findall(above if given is None else "")
    return str(said[-1]).lower().replace(" ", "_") if said else ""
