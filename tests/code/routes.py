"""Routes through the language's own means of handing values on: (name, source, what arrives)."""

from __future__ import annotations

from keyaudit.code.provenance.origin import NO_VALUE

_DC = "import lib, os\nfrom dataclasses import dataclass, field\n"

HANDED_ON: list[tuple[str, str, list[object]]] = [
    ("partial", 'import lib, functools\nf = functools.partial(lib.use, b"k")\nf()', [b"k"]),
    ("partial by keyword", 'import lib\nfrom functools import partial\nf = partial(lib.use, key=b"k")\nf()',
     [b"k"]),
    ("partial overridden", 'import lib\nfrom functools import partial\nf = partial(lib.use, key=b"a")\n'
     'f(key=b"b")', [b"b"]),
    ("keywords handed on", 'import lib\ndef g(**kw):\n    lib.use(**kw)\ng(key=b"k")', [b"k"]),
    ("item of the keywords", 'import lib\ndef g(**kw):\n    lib.use(kw["key"])\ng(key=b"k")', [b"k"]),
    ("arguments handed on", 'import lib\ndef g(*a):\n    lib.use(*a)\ng(b"k")', [b"k"]),
    ("item of the arguments", 'import lib\ndef g(x, *a):\n    lib.use(a[0])\ng(1, b"k")', [b"k"]),
    ("star of a tuple", 'import lib\nt = (b"k",)\nlib.use(*t)', [b"k"]),
    ("star of a dict in a dict", 'import lib\nb = {"key": b"k"}\nlib.use(**{**b})', [b"k"]),
    ("star of a dict filled later", 'import lib\nd = {}\nd["key"] = b"k"\nlib.use(**d)', [b"k"]),
    ("decorated", "import lib, functools\ndef d(f):\n    @functools.wraps(f)\n    def w(*a, **k):\n"
     '        return f(*a, **k)\n    return w\n@d\ndef g(k):\n    lib.use(k)\ng(b"k")', [b"k"]),
    ("callable in a dict", 'import lib\nops = {"u": lib.use}\nops["u"](b"k")', [b"k"]),
    ("callable in a class", 'import lib\nclass C:\n    op = lib.use\n    def f(self):\n        self.op(b"k")',
     [b"k"]),
    ("callable in an attribute", "import lib\nclass C:\n    def __init__(self):\n        self.op = lib.use\n"
     '    def f(self):\n        self.op(b"k")', [b"k"]),
    ("nonlocal", "import lib\ndef f():\n    k = None\n    def s():\n        nonlocal k\n        k = b'k'\n"
     "    s()\n    lib.use(k)", ["none", b"k"]),
    ("getattr", 'import lib\nclass C:\n    k = b"a"\nlib.use(getattr(C, "k"))', [b"a"]),
    ("setattr", 'import lib\nclass C: pass\nc = C()\nsetattr(c, "k", b"a")\nlib.use(c.k)', [b"a"]),
]  # fmt: skip

CLASSES: list[tuple[str, str, list[object]]] = [
    ("dataclass field", _DC + "@dataclass\nclass C:\n    a: int\n    k: bytes\nc = C(1, b'k')\nlib.use(c.k)",
     [b"k"]),
    ("dataclass default", _DC + "@dataclass\nclass C:\n    k: bytes = field(default=b'd')\nlib.use(C().k)",
     [b"d"]),
    ("dataclass default replaced", _DC + "@dataclass\nclass C:\n    k: bytes = b'd'\nc = C(k=b'k')\nlib.use(c.k)",
     [b"k"]),
    ("dataclass factory", _DC + "@dataclass\nclass C:\n    k: bytes = field(default_factory=lambda: os.urandom(3))\n"
     "lib.use(C().k)", ["strong-random"]),
    ("class variable of a dataclass", _DC + "from typing import ClassVar\n@dataclass\nclass C:\n"
     "    K: ClassVar[bytes] = b'd'\n    x: int = 0\nlib.use(C.K)", [b"d"]),
    ("named tuple", 'import lib\nfrom typing import NamedTuple\nclass C(NamedTuple):\n    k: bytes\n'
     'lib.use(C(b"k").k)', [b"k"]),
    ("pydantic settings", "import lib\nfrom pydantic_settings import BaseSettings\nclass S(BaseSettings):\n"
     "    key: str = 'k'\nlib.use(S().key)", ["k"]),
    ("base's constructor", "import lib\nclass B:\n    def __init__(self, k):\n        self.k = k\n"
     "    def f(self):\n        lib.use(self.k)\nclass C(B):\n    def __init__(self):\n"
     "        super().__init__(b'k')\nC().f()", [b"k"]),
    ("base's constructor by name", "import lib\nclass B:\n    def __init__(self, k):\n        self.k = k\n"
     "class C(B):\n    def __init__(self, k):\n        B.__init__(self, k)\nlib.use(C(b'k').k)", [b"k"]),
    ("base's method", 'import lib\nclass B:\n    def g(self):\n        return b"k"\nclass C(B):\n    def g(self):\n'
     '        return super().g()\nlib.use(C().g())', [b"k"]),
    ("object handed to a function", "import lib\nclass C:\n    def __init__(self, k): self.k = k\ndef f(c):\n"
     '    lib.use(c.k)\nf(C(b"a"))', [b"a"]),
    ("member of an enum", 'import lib, enum\nclass E(enum.Enum):\n    K = b"a"\nlib.use(E.K.value)', [b"a"]),
    ("with an object", "import lib\nclass G:\n    def __enter__(self):\n        return b'a'\n"
     "    def __exit__(self, *a): pass\nwith G() as k:\n    lib.use(k)", [b"a"]),
    ("with an object that is itself", "import lib\nclass G:\n    def __init__(self, k): self.k = k\n"
     "    def __enter__(self): return self\n    def __exit__(self, *a): pass\nwith G(b'a') as g:\n    lib.use(g.k)",
     [b"a"]),
    ("with a generator", "import lib\nfrom contextlib import contextmanager\n@contextmanager\ndef g():\n"
     "    yield b'a'\nwith g() as k:\n    lib.use(k)", [b"a"]),
]  # fmt: skip

COLLECTIONS: list[tuple[str, str, list[object]]] = [
    ("generator", 'import lib\ndef g():\n    yield b"a"\nfor k in g():\n    lib.use(k)', [b"a"]),
    ("items of a dict", 'import lib\nd = {"a": b"a"}\nfor n, k in d.items():\n    lib.use(k)', [b"a"]),
    ("values of a dict", 'import lib\nd = {"a": b"a"}\nfor k in d.values():\n    lib.use(k)', [b"a"]),
    ("a loop over a dict gives keys", 'import lib\nd = {"name": b"a"}\nfor k in d:\n    lib.use(k)', ["name"]),
    ("enumerate", 'import lib\nfor i, k in enumerate([b"a"]):\n    lib.use(k)', [b"a"]),
    ("zip", 'import lib\nfor i, k in zip([1], [b"a"]):\n    lib.use(k)', [b"a"]),
    ("set display", 'import lib\nfor k in {b"a"}:\n    lib.use(k)', [b"a"]),
    ("dict made by a call", 'import lib\nd = dict(k=b"a")\nlib.use(d["k"])', [b"a"]),
    ("dict in a dict", 'import lib\nb = {"k": b"a"}\nd = {**b, "x": b"c"}\nlib.use(d["k"])', [b"a"]),
    ("last entry wins", 'import lib\nb = {"k": b"a"}\nd = {**b, "k": b"c"}\nlib.use(d["k"])', [b"c"]),
    ("dict updated", 'import lib\nd = {}\nd.update(k=b"a")\nlib.use(d["k"])', [b"a"]),
    ("setdefault may not set", 'import lib, os\nos.environ.setdefault("K", "dev")\nlib.use(os.environ["K"])',
     ["dev", "environment"]),
    ("appended", 'import lib\nd = []\nd.append(b"a")\nlib.use(d[0])', [b"a"]),
    ("extended", 'import lib\nd = []\nd.extend([b"a"])\nlib.use(d[0])', [b"a"]),
    ("joined from what a loop appended", "import lib, os\nd = []\nfor i in range(4):\n    d.append(os.urandom(3))\n"
     "lib.use(b''.join(d))", ["strong-random"]),
    ("joined from a list filled elsewhere", "import lib\nd = []\nfill(d)\nlib.use(b''.join(d))", ["unknown"]),
    ("a buffer that is filled is no literal", "import lib\nd = bytearray(32)\nfill(d)\nlib.use(d)", ["unknown"]),
    ("packed", 'import lib, struct\nlib.use(struct.pack("<2I", 1, 2))', [b"\1\0\0\0\2\0\0\0"]),
    ("what cannot be decoded goes nowhere", "import lib, base64\ndef f(k='0'):\n"
     "    lib.use(base64.b64decode(k))", ["parameter"]),
    ("formatted", 'import lib\nlib.use("{}-{}".format("a", "b").encode())', [NO_VALUE]),
]  # fmt: skip
