"""Files of many shapes that searches without care take long over: texts that are one long line,
that begin many things and end none, and that hold more of something than anybody writes.

Each shape is a file's name and a function of a size, which is the number of things in the file.
"""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Callable
from functools import cache

_ALNUM = string.ascii_letters + string.digits
_ARMOR = "-----BEGIN {0}-----\n{1}\n-----END {0}-----\n"


@cache
def _values(count: int, size: int = 20, letters: str = _ALNUM) -> tuple[str, ...]:
    source = random.Random(count)
    return tuple("".join(source.choices(letters, k=size)) for _ in range(count))


def _tokens(count: int) -> list[str]:
    return ["AK" + "IA" + value for value in _values(count, 16, string.ascii_uppercase)]


def _assigned(count: int, text: str) -> str:
    """The text once a value: `{0}` is the value, `{1}` its number."""
    return "".join(text.format(value, number) for number, value in enumerate(_values(count)))


@cache
def moduli(count: int, bits: int = 2048) -> tuple[int, ...]:
    """Odd numbers of so many bits without small factors to speak of: no key's, and as long."""
    source = random.Random(count)
    return tuple(source.getrandbits(bits) | 1 << (bits - 1) | 1 for _ in range(count))


def _jwk_set(count: int) -> str:
    def number(value: int) -> str:
        data = value.to_bytes((value.bit_length() + 7) // 8, "big")
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    rows = [{"kty": "RSA", "n": number(value), "e": "AQAB"} for value in moduli(count)]
    return json.dumps({"keys": rows}, indent=1)


def _chain(count: int, step: str, end: str = "") -> str:
    return step * count + end


SHAPES: dict[str, tuple[str, Callable[[int], str]]] = {
    # Secrets.
    "tokens": ("a.env", lambda n: "TOKENS=" + ",".join(_tokens(n))),
    "token lines": ("b.env", lambda n: "".join(f"T{i}={t}\n" for i, t in enumerate(_tokens(n)))),
    "passwords": ("a.json", lambda n: "{" + _assigned(n, '"password{1}": "{0}", ') + "}"),
    "options": ("run.sh", lambda n: "login" + _assigned(n, " --password {0}")),
    "short options": ("a.sh", lambda n: "mysql" + _assigned(n, " -p{0}")),
    "logins": ("b.sh", lambda n: "curl" + _assigned(n, " -u bob:{0}")),
    "urls": ("a.txt", lambda n: _assigned(n, "https://u{1}:{0}@example.org ")),
    "netrc": (".netrc", lambda n: _assigned(n, "machine m{1} login a password {0} ")),
    "quotes": ("a.js", lambda n: "f(" + _assigned(n, '"{0}",') + ")"),
    "values": ("a.yaml", lambda n: "a: [" + _assigned(n, "{{password: {0}}}, ") + "]"),
    "csv": ("a.csv", lambda n: "password" + _assigned(n, ",{0}") + "\n"),
    "sql": ("a.sql", lambda n: "INSERT INTO u VALUES " + _assigned(n, "('u{1}', '{0}'), ")),
    "xml": ("a.xml", lambda n: _assigned(n, "<password>{0}</password>")),
    "one name": ("c.env", lambda n: "password=" + "".join(_values(n))),
    "python": ("a.py", lambda n: "X = [" + _assigned(n, "'{0}', ") + "]"),
    "python dict": ("b.py", lambda n: "import jwt\nX = {" + _assigned(n, "'password{1}': '{0}', ")
                    + "}\njwt.encode({}, X['password1'], 'HS256')\n"),
    # Comments.
    "ignores": ("c.py", lambda n: _assigned(n, "key = '{0}'  # keyaudit: ignore[KA302] made up\n")),
    "ignores in a line": ("d.py", lambda n: "x = 1  " + "# keyaudit: ignore[KA302] a " * n),
    "ignored ids": ("e.py", lambda n: "# keyaudit: ignore["
                    + ", ".join(["KA302"] * n) + "] a\nx=1"),
    "open ignores": ("f.py", lambda n: "# keyaudit: ignore[" * n),
    "unused ignores": ("g.py", lambda n: "# keyaudit: ignore[KA302] a\nx = 1\n" * n),
    # Armor and material.
    "begin": ("a.pem", lambda n: "-----BEGIN RSA PRIVATE KEY-----\n" * n),
    "begin in a line": ("b.pem", lambda n: "-----BEGIN RSA PRIVATE KEY-----" * n),
    "begin, one end": ("c.pem", lambda n: "-----BEGIN PRIVATE KEY-----\nAAAA\n" * n
                       + "-----END PRIVATE KEY-----\n"),
    "begin in python": ("h.py", lambda n: "K = '''-----BEGIN PRIVATE KEY-----\nMAA=\n'''\n" * n),
    "armor": ("d.pem", lambda n: _ARMOR.format("PRIVATE KEY", "MAA=") * n),
    "headers": ("e.pem", lambda n: _ARMOR.format("RSA PRIVATE KEY", "A: b\n" * n + "\nMAA=")),
    "pgp": ("a.asc", lambda n: "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n" + "lQ==\n" * n),
    "sequences": ("a.der", lambda n: "0\x80" * n),
    "jwk": ("b.json", lambda n: '{"kty": "oct", "k": ' * n),
    "jwk in a line": ("c.json", lambda n: "["
                      + '{"kty": "oct", "k": "AyM1SysPpbyDfgZld3umjw"},' * n),
    "kty": ("d.json", lambda n: '"kty":' * n),
    "rsa keys": ("e.json", _jwk_set),
    "ssh keys": ("known_hosts", lambda n: _assigned(n, "h{1} ssh-rsa AAAAB3NzaC1yc2E{0}\n")),
    # Runs.
    "eyJ": ("d.env", lambda n: "X=" + _chain(n, "eyJ")),
    "eyJ.": ("e.env", lambda n: "X=" + _chain(n, "eyJh.")),
    "eyJ and no end": ("i.py", lambda n: "x = '" + _chain(n, "eyJeyJ-_") + "'"),
    "base64": ("b.txt", lambda n: "".join(_values(n))),
    "base64 in python": ("j.py", lambda n: "x = '" + "".join(_values(n)) + "'"),
    "hexadecimal": ("c.txt", lambda n: "".join(_values(n, 20, "0123456789abcdef"))),
    "digits": ("d.txt", lambda n: _chain(n, "12 ")),
    "blanks": ("f.env", lambda n: "password" + _chain(n, "    ") + "= x8Fk2Lq9Zt7Vb3Nw"),
    "dots": ("g.env", lambda n: "password=" + _chain(n, "....")),
    "names": ("h.env", lambda n: _chain(n, "password_")),
    "names and signs": ("i.env", lambda n: _chain(n, "password=")),
    "colons": ("b.yaml", lambda n: _chain(n, "key: ")),
    "slashes": ("e.txt", lambda n: _chain(n, "://a:")),
    "at signs": ("f.txt", lambda n: "https://" + _chain(n, "a@:")),
    "backslashes": ("b.js", lambda n: 'password = "' + _chain(n, "\\\\")),
    "open quotes": ("c.js", lambda n: _chain(n, "password='")),
    "braces": ("d.js", lambda n: _chain(n, "key={")),
    "equals": ("j.env", lambda n: "token" + _chain(n, "=")),
    "bearer": ("g.txt", lambda n: _chain(n, "Authorization: Bearer ")),
    "stars": ("c.yaml", lambda n: "a: " + _chain(n, "*")),
    # Structure.
    "flow mappings": ("d.yaml", lambda n: "a: " + "{password: " * min(n, 2000)),
    "documents": ("e.yaml", lambda n: "password: x8Fk2Lq9Zt7Vb3Nw\n---\n" * n),
    "anchors": ("f.yaml", lambda n: "".join(f"a{i}: &a{i} {{password: b}}\nb{i}: *a{i}\n"
                                            for i in range(n))),
    "cells": ("a.ipynb", lambda n: json.dumps({"cells": [
        {"cell_type": "code", "source": [f"password = '{v}'\n"]} for v in _values(n)],
        "nbformat": 4})),
    "sections": ("a.ini", lambda n: _assigned(n, "[s{1}]\npassword = {0}\n")),
    "terraform": ("a.tf", lambda n: _assigned(n, 'variable "v{1}" {{\n default = "{0}"\n}}\n')),
    "dockerfile": ("Dockerfile", lambda n: "FROM a\nRUN x " + _assigned(n, "--password {0} \\\n ")),
    "environment": ("docker-compose.yml", lambda n: "services:\n  a:\n    environment:\n"
                    + _assigned(n, "      - PASSWORD{1}={0}\n")),
    "kubernetes": ("g.yaml", lambda n: "kind: Secret\napiVersion: v1\nstringData:\n"
                   + _assigned(n, "  password{1}: {0}\n")),
    "minified": ("a.min.js", lambda n: _assigned(n, 'a{1}=function(b){{return b.key("{0}")}};')),
    "prose": ("a.md", lambda n: _assigned(n, "the password is {0}, and ")),
    "docstring": ("k.py", lambda n: '"""\n' + _assigned(n, "password: {0}\n") + '"""\n'),
    "calls": ("l.py", lambda n: "import jwt\n"
              + _assigned(n, "jwt.encode({{}}, '{0}', 'HS256')\n")),
    "one call": ("m.py", lambda n: "import jwt\njwt.encode({" + _assigned(n, "'a{1}': '{0}', ")
                 + "}, 'x8Fk2Lq9Zt7Vb3Nw', 'HS256')\n"),
    "long argument": ("n.py", lambda n: "import jwt\njwt.encode({}, '" + "".join(_values(n))
                      + "', 'HS256')\n"),
}  # fmt: skip
