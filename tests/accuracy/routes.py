"""The ways a value takes from where it is made to where it is used.

`VALUE` stands for the value, `use(x)` for its use. Those of the tests of key making are used
as well; these add what the language has besides.
"""

from __future__ import annotations

from tests.rules.test_generation_routes import MODULES, ROUTES

HERE = {
    **ROUTES,
    "default": "def f(key=VALUE):\n    return use(key)\nf()",
    "keyword-only default": "def f(a, *, key=VALUE):\n    return use(key)\nf(1)",
    "args": "def f(*args):\n    return use(args[0])\nf(VALUE)",
    "args passed on": "def g(key):\n    return use(key)\ndef f(*args):\n    return g(*args)\nf(VALUE)",
    "kwargs": "def f(**options):\n    return use(options['key'])\nf(key=VALUE)",
    "kwargs passed on": (
        "def g(key=None):\n    return use(key)\ndef f(**options):\n    return g(**options)\n"
        "f(key=VALUE)"
    ),
    "starred tuple": "def f(a, key):\n    return use(key)\npair = (1, VALUE)\nf(*pair)",
    "starred dict": "def f(key=None):\n    return use(key)\noptions = {'key': VALUE}\nf(**options)",
    "dict.get": "conf = {'key': VALUE, 'n': 1}\ndef f():\n    return use(conf.get('key'))",
    "dict in a dict": "conf = {'a': {'key': VALUE}}\ndef f():\n    return use(conf['a']['key'])",
    "dict filled later": "conf = {}\nconf['key'] = VALUE\ndef f():\n    return use(conf['key'])",
    "loop": "def f():\n    for k in [VALUE]:\n        use(k)",
    "loop of pairs": "def f():\n    for n, k in {'a': VALUE}.items():\n        use(k)",
    "chain of names": "def f():\n    a = b = VALUE\n    c = b\n    return use(c)",
    "reassigned": "def f():\n    k = None\n    k = VALUE\n    return use(k)",
    "nonlocal": (
        "def f():\n    k = VALUE\n    def g():\n        nonlocal k\n        return use(k)\n"
        "    return g()"
    ),
    "global statement": (
        "K = None\ndef load():\n    global K\n    K = VALUE\ndef f():\n    return use(K)"
    ),
    "generator": "def make():\n    yield VALUE\ndef f():\n    for k in make():\n        use(k)",
    "context manager": (
        "from contextlib import contextmanager\n@contextmanager\ndef held():\n    yield VALUE\n"
        "def f():\n    with held() as k:\n        use(k)"
    ),
    "pass-through decorator": (
        "import functools\ndef logged(g):\n    @functools.wraps(g)\n    def inner(*a, **k):\n"
        "        return g(*a, **k)\n    return inner\n@logged\ndef f(k):\n    return use(k)\nf(VALUE)"
    ),
    "callable in a dict": (
        "def make():\n    return VALUE\nmakers = {'a': make}\nx = use(makers['a']())"
    ),
    "partial by keyword": "def f(*, k):\n    return use(k)\np = partial(f, k=VALUE)\np()",
    "dataclass default": (
        "@dataclass\nclass C:\n    n: int = 1\n    key: bytes = VALUE\n"
        "    def f(self):\n        return use(self.key)"
    ),
    "dataclass factory": (
        "from dataclasses import field\n@dataclass\nclass C:\n"
        "    key: bytes = field(default_factory=lambda: VALUE)\ndef f():\n    return use(C().key)"
    ),
    "named tuple": (
        "from typing import NamedTuple\nclass C(NamedTuple):\n    key: bytes\n"
        "def f():\n    return use(C(VALUE).key)"
    ),
    "cached property": (
        "from functools import cached_property\nclass C:\n    @cached_property\n"
        "    def key(self):\n        return VALUE\n    def f(self):\n        return use(self.key)"
    ),
    "class method": (
        "class C:\n    @classmethod\n    def make(cls):\n        return VALUE\n"
        "    @classmethod\n    def f(cls):\n        return use(cls.make())"
    ),
    "set by another method": (
        "class C:\n    def open(self):\n        self._k = VALUE\n"
        "    def f(self):\n        return use(self._k)"
    ),
    "object passed": (
        "class C:\n    def __init__(self, key):\n        self.key = key\n"
        "def f(holder):\n    return use(holder.key)\nf(C(VALUE))"
    ),
    "three functions": (
        "def made():\n    return VALUE\ndef kept():\n    return made()\n"
        "def given():\n    return kept()\ndef f():\n    return use(given())"
    ),
    "async": (
        "async def make():\n    return VALUE\nasync def f():\n    k = await make()\n"
        "    return use(k)"
    ),
}
ELSEWHERE: dict[str, tuple[str, dict[str, str]]] = {
    **{name: (text, {"keys.py": keys}) for name, (text, keys) in MODULES.items()},
    "star import": ("from keys import *\nx = use(K)", {"keys.py": "K = VALUE"}),
    "alias": ("import keys as k\ndef f():\n    return use(k.K)", {"keys.py": "K = VALUE"}),
    "import in a function": ("def f():\n    from keys import K\n    return use(K)",
                             {"keys.py": "K = VALUE"}),
    "conditional import": ("try:\n    from keys import K\nexcept ImportError:\n    raise\nx = use(K)",
                           {"keys.py": "K = VALUE"}),
    "package": ("from conf.keys import K\nx = use(K)",
                {"conf/__init__.py": "", "conf/keys.py": "K = VALUE"}),
    "re-export": ("from conf import K\nx = use(K)",
                  {"conf/__init__.py": "from .keys import K", "conf/keys.py": "K = VALUE"}),
    "two modules": ("from b import make\nx = use(make())",
                    {"b.py": "import keys\ndef make():\n    return keys.K",
                     "keys.py": "K = VALUE"}),
    "object of a module": ("from conf import settings\ndef f():\n    return use(settings.key)",
                           {"conf.py": "class Settings:\n    key = VALUE\nsettings = Settings()"}),
    "dict of a module": ("import conf\ndef f():\n    return use(conf.CONF['key'])",
                         {"conf.py": "CONF = {'key': VALUE}"}),
}  # fmt: skip
# On these another value may arrive too; a rule that asks that every value be wrong is silent.
MIXED = frozenset({"condition", "or", "branch", "keyword argument", "kwargs passed on",
                   "starred dict"})  # fmt: skip
