"""Values that make bad keys, over every route to a key, and good ones over the same routes.

A table stands for the programs: each value is written into each program, and its rule, and no
other rule about how keys are made, must say so.
"""

from __future__ import annotations

from functools import cache
from textwrap import indent

import pytest

from keyaudit import code
from keyaudit.catalogue.types import Catalogue
from keyaudit.core.document import Document
from tests.caches import shipped
from tests.code.support import Files

IMPORTS = """\
import base64, datetime, getpass, hashlib, os, random, secrets, string, time, uuid
import numpy as np
from dataclasses import dataclass
from functools import partial
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from Crypto.Cipher import AES
from Crypto.Hash import SHA256
"""

# The value, and the rules that must speak of it.
BAD = [
    ("random.randbytes(32)", "KA101"),
    ("random.getrandbits(256).to_bytes(32, 'big')", "KA101"),
    ("''.join(random.choice(string.ascii_letters) for _ in range(32)).encode()", "KA101"),
    ("''.join(random.choices(string.printable, k=32)).encode()", "KA101"),
    ("bytes([random.randint(0, 255) for i in range(32)])", "KA101"),
    ("bytearray(random.getrandbits(8) for _ in range(32))", "KA101"),
    ("bytes(map(lambda _: random.randint(0, 255), range(32)))", "KA101"),
    ("np.random.default_rng().bytes(32)", "KA101"),
    ("('%032x' % random.getrandbits(128)).encode()", "KA101"),
    ("hashlib.sha256(str(random.random()).encode()).digest()", "KA101"),
    ("uuid.uuid1().bytes * 2", "KA102"),
    ("str(time.time()).encode().ljust(32, b'0')", "KA102"),
    ("hashlib.md5(str(datetime.datetime.now()).encode()).hexdigest().encode()", "KA102"),
    ("(b'%032d' % os.getpid())", "KA102"),
    ("time.strftime('%Y%m%d').encode() * 4", "KA102"),
    ("hashlib.sha256(getpass.getpass().encode()).digest()", "KA103"),
    ("SHA256.new(input().encode()).digest()", "KA103"),
    ("hashlib.md5(b'secret').hexdigest().encode()", "KA103"),
    ("getpass.getpass().encode().ljust(32)[:32]", "KA114"),
    ("bytes(input('key'), 'utf-8').zfill(32)", "KA114"),
    ("secrets.token_hex(8).encode()", "KA115"),
    ("secrets.token_hex(32)[:16].encode()", "KA115"),
    ("''.join(secrets.choice(string.digits) for _ in range(16)).encode()", "KA115"),
]
GOOD = [
    "os.urandom(32)",
    "secrets.token_bytes(32)",
    "secrets.token_hex(16).encode()",
    "b'v1' + os.urandom(30)",
    "base64.b64decode(os.environ['KEY'])",
    "open('key', 'rb').read()",
    "random.SystemRandom().getrandbits(256).to_bytes(32, 'big')",
    "hashlib.scrypt(getpass.getpass().encode(), salt=os.urandom(16), n=2**17, r=8, p=1, dklen=32)",
]

USES = [
    "AESGCM(KEY)",
    "AES.new(KEY, AES.MODE_GCM)",
    "ChaCha20Poly1305(key=KEY)",
    "Cipher(algorithms.AES(KEY), modes.GCM(os.urandom(12)))",
    "Fernet(base64.urlsafe_b64encode(KEY))",
]

# `VALUE` is the value; `use(x)` stands for a use of x as a key.
ROUTES = {
    "inline": "x = use(VALUE)",
    "local": "def f():\n    k = VALUE\n    return use(k)",
    "global": "K = VALUE\ndef f():\n    return use(K)",
    "function": "def make():\n    return VALUE\ndef f():\n    return use(make())",
    "attribute": (
        "class C:\n    def __init__(self):\n        self._key = VALUE\n"
        "    def f(self):\n        return use(self._key)"
    ),
    "class attribute": "class C:\n    key = VALUE\n    def f(self):\n        return use(self.key)",
    "constructor": (
        "class C:\n    def __init__(self, key):\n        self.key = key\n"
        "    def f(self):\n        return use(self.key)\nC(VALUE)"
    ),
    "method": (
        "class C:\n    def make(self):\n        return VALUE\n"
        "    def f(self):\n        k = self.make()\n        return use(k)"
    ),
    "static method": (
        "class C:\n    @staticmethod\n    def make():\n        return VALUE\n"
        "    def f(self):\n        return use(C.make())"
    ),
    "property": (
        "class C:\n    @property\n    def key(self):\n        return VALUE\n"
        "    def f(self):\n        return use(self.key)"
    ),
    "argument": "def f(key):\n    return use(key)\nf(VALUE)",
    "keyword argument": "def f(*, key=None):\n    return use(key)\nf(key=VALUE)",
    "two calls": "def g(k):\n    return use(k)\ndef f(key):\n    return g(key)\nf(VALUE)",
    "dict": "conf = {'key': VALUE, 'n': 1}\ndef f():\n    return use(conf['key'])",
    "unpacking": "def pair():\n    return VALUE, 1\nk, n = pair()\nx = use(k)",
    "condition": "def f(a):\n    k = a if a else VALUE\n    return use(k)",
    "or": "def f(a=None):\n    return use(a or VALUE)",
    "branch": "def f(a=None):\n    if a is None:\n        a = VALUE\n    return use(a)",
    "closure": "def f():\n    k = VALUE\n    def g():\n        return use(k)\n    return g",
    "lambda": "make = lambda: VALUE\nx = use(make())",
    "dataclass": "@dataclass\nclass C:\n    key: bytes\ndef f():\n    return use(C(key=VALUE).key)",
    "partial": "def f(k):\n    return use(k)\np = partial(f, VALUE)\np()",
    "walrus": "if (k := VALUE):\n    x = use(k)",
    "try": (
        "def f():\n    try:\n        k = VALUE\n    except OSError:\n        raise\n"
        "    return use(k)"
    ),
    "inherited": (
        "class B:\n    def __init__(self):\n        self.key = VALUE\n"
        "class C(B):\n    def f(self):\n        return use(self.key)"
    ),
    "super": (
        "class B:\n    def __init__(self, key):\n        self.key = key\n"
        "class C(B):\n    def __init__(self):\n        super().__init__(VALUE)\n"
        "    def f(self):\n        return use(self.key)"
    ),
}
# The same from another module, where `keys.py` holds the value.
MODULES = {
    "constant": ("import keys\nx = use(keys.K)", "K = VALUE"),
    "function": ("from keys import make\ndef f():\n    return use(make())",
                 "def make():\n    return VALUE"),
    "class": ("from keys import Keys\ndef f():\n    return use(Keys().key)",
              "class Keys:\n    def __init__(self):\n        self.key = VALUE"),
}  # fmt: skip


@cache
def _catalogue() -> Catalogue:
    return shipped()


def _programs(value: str) -> list[tuple[str, str, dict[str, str]]]:
    """Name, text and other files of every program; the uses take turns."""
    programs: list[tuple[str, str, dict[str, str]]] = [
        (name, text, {}) for name, text in ROUTES.items()
    ]
    programs += [(f"module {n}", text, {"keys.py": keys}) for n, (text, keys) in MODULES.items()]
    found = []
    for number, (name, text, files) in enumerate(programs):
        use = USES[number % len(USES)]
        helper = f"def use(key):\n{indent('return ' + use.replace('KEY', 'key'), '    ')}\n"
        written = {path: IMPORTS + other.replace("VALUE", value) for path, other in files.items()}
        found.append((name, IMPORTS + helper + text.replace("VALUE", value) + "\n", written))
    return found


def _rules(text: str, files: dict[str, str]) -> set[str]:
    loaded = _catalogue()
    document = Document("app.py", text.encode())
    result = code.analyze(document, loaded, loaded.policies["default"], Files(files))
    assert not result.notices
    return {f.rule_id for f in result.findings if f.rule_id.startswith("KA1")}


@pytest.mark.parametrize(("value", "rule"), BAD, ids=[value for value, _ in BAD])
def test_a_bad_key_is_found_on_every_route(value: str, rule: str) -> None:
    found = {name: _rules(text, files) for name, text, files in _programs(value)}
    assert found == {name: {rule} for name in found}


@pytest.mark.parametrize("value", GOOD)
def test_a_good_key_is_silent_on_every_route(value: str) -> None:
    found = {name: _rules(text, files) for name, text, files in _programs(value)}
    assert found == {name: set() for name in found}
