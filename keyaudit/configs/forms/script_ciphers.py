"""How scripts in JavaScript and TypeScript encrypt and sign: what they ask CryptoJS, jsrsasign and
Node for by a name in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.configs.forms.script_places import found, is_made, start_of_code
from keyaudit.configs.readers.offsets import lines_of
from keyaudit.configs.tree import Resource
from keyaudit.core.patterns import regex

KIND = "crypto-call"
_CALL = regex(
    r"(?<![\w$])(?:crypto\.|CryptoJS\.|\w{1,40}\.)?"
    r"(?P<name>createCipher(?:iv)?|createSign|signString"
    r"|(?:AES|DES|TripleDES|RC4|RC4Drop|Rabbit)\.encrypt)\((?P<args>[^;\n]{0,240})"
)
_QUOTED = regex(r"[\"'`]([\w.#-]{1,40})[\"'`]")
# A key, and no passphrase of which one is made.
_IS_KEY = regex(r"(?i)\biv\b|enc\.\w+\.parse|pbkdf2|parse\(|wordarray|\bkeyBytes|derived")


def resources(text: str, path: str, form: str) -> Iterator[Resource]:
    """The calls, one resource each: its `name`, the `algorithm` that it is told in a text, and
    whether its key is made of a `passphrase` by the library."""
    if is_made(path):
        return
    place = lines_of(text)
    for call in _CALL.finditer(text):
        start = start_of_code(text, call.start())
        if start is None:
            continue
        name, args = call["name"], call["args"]
        if name.endswith(".encrypt") and "CryptoJS" not in text:
            continue
        told = _QUOTED.findall(args)
        settings = {
            "name": name,
            "algorithm": _algorithm(name, told, args),
            "passphrase": "yes" if _of_passphrase(name, args, text, start) else "no",
        }
        yield found(form, KIND, name, settings, place(*call.span("name")), path)


def _algorithm(name: str, told: list[str], args: str) -> str:
    if name.endswith(".encrypt"):
        mode = re.search(r"\bmode\.(\w{3,6})", args)
        return f"{name[:-8]}-{mode[1]}" if mode else name[:-8]
    if not told:
        return ""
    return told[-1] if name == "signString" else told[0]


def _of_passphrase(name: str, args: str, text: str, start: int) -> bool:
    """Whether the library makes the key of a passphrase, by rounds of MD5: Node's `createCipher`
    does, and CryptoJS where its second argument is a text."""
    if name == "createCipher":
        return True
    parts = args.split(",", 1)
    if not name.endswith(".encrypt") or len(parts) < 2 or _IS_KEY.search(parts[1]):
        return False
    key = re.match(r"\s*(?:this\.)?([\w$]+)", parts[1])
    if key is None:
        return re.match(r"\s*[\"'`]", parts[1]) is not None
    # A variable that was made a key of in the lines before.
    before = text[max(0, start - 2000) : start]
    made = re.search(rf"(?<![\w$]){re.escape(key[1])}\s*=[^;\n]{{0,200}}", before)
    return made is None or _IS_KEY.search(made[0]) is None
