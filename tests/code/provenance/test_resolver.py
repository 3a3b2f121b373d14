"""Where a value comes from, over the routes it can take. Each case is a whole file."""

from __future__ import annotations

import pytest

from keyaudit.code.provenance.origin import NO_VALUE
from tests.code.routes import CLASSES, COLLECTIONS, HANDED_ON
from tests.code.support import origins_of, summary

KEY = b"0123456789abcdef"

# (name, source, what reaches the key)
ROUTES: list[tuple[str, str, list[object]]] = [
    ("literal", 'import lib\nlib.use(b"k")', [b"k"]),
    ("text encoded", 'import lib\nlib.use("k".encode())', [b"k"]),
    ("concatenation", 'import lib\nlib.use(b"a" + b"b")', [b"ab"]),
    ("repetition", 'import lib\nlib.use(b"ab" * 2)', [b"abab"]),
    ("implicit concatenation", 'import lib\nlib.use(b"a" b"b")', [b"ab"]),
    ("bytes of a list", "import lib\nlib.use(bytes([1, 2]))", [b"\1\2"]),
    ("fromhex", 'import lib\nlib.use(bytes.fromhex("0102"))', [b"\1\2"]),
    ("base64", 'import lib, base64\nlib.use(base64.b64decode("AQI="))', [b"\1\2"]),
    ("padding", 'import lib\nlib.use(b"k".ljust(4, b"0"))', [b"k000"]),
    ("slice", 'import lib\nlib.use(b"abcdef"[:3])', [b"abc"]),
    ("int to bytes", "import lib\nlib.use((258).to_bytes(2, 'big'))", [b"\1\2"]),
    ("bytearray", 'import lib\nlib.use(bytearray(b"k"))', [b"k"]),
    ("alias of import", 'import lib as x\nx.use(b"k")', [b"k"]),
    ("from import", 'from lib import use\nuse(b"k")', [b"k"]),
    ("from import as", 'from lib import use as u\nu(b"k")', [b"k"]),
    ("star import", 'from lib import *\nuse(b"k")', [b"k"]),
    ("other name of the library", 'import libex\nlibex.use(b"k")', [b"k"]),
    ("conditional import", 'try:\n    import lib\nexcept ImportError:\n    lib = None\nlib.use(b"k")',
     [b"k"]),
    ("import in a function", 'def f():\n    from lib import use\n    use(b"k")', [b"k"]),
    ("callable in a variable", 'import lib\ng = lib.use\ng(b"k")', [b"k"]),
    ("local", 'import lib\ndef f():\n    k = b"k"\n    lib.use(k)', [b"k"]),
    ("chain", 'import lib\nA = b"k"\nB = A\ndef f():\n    c = B\n    lib.use(c)', [b"k"]),
    ("keyword argument", 'import lib\nlib.use(key=b"k")', [b"k"]),
    ("double star", 'import lib\nd = {"key": b"k"}\nlib.use(**d)', [b"k"]),
    ("last assignment wins", 'import lib\nk = b"a"\nk = b"b"\nlib.use(k)', [b"b"]),
    ("both branches", 'import lib\ndef f(x):\n    if x:\n        k = b"a"\n    else:\n        k = b"b"\n'
     '    lib.use(k)', [b"a", b"b"]),
    ("branch that returns", 'import lib\ndef f(x):\n    k = b"a"\n    if x:\n        k = b"b"\n'
     '        return\n    lib.use(k)', [b"a"]),
    ("constant test", 'import lib\ndef f():\n    k = b"a"\n    if False:\n        k = b"b"\n'
     '    lib.use(k)', [b"a"]),
    ("conditional expression", 'import lib\ndef f(x):\n    lib.use(b"a" if x else b"b")', [b"a", b"b"]),
    ("loop carries back", 'import lib\ndef f():\n    k = b"a"\n    for i in range(3):\n'
     '        lib.use(k)\n        k = b"b"', [b"a", b"b"]),
    ("try and except", 'import lib\ndef f():\n    try:\n        k = load()\n    except OSError:\n'
     '        k = b"b"\n    lib.use(k)', [b"b", "unknown"]),
    ("tuple unpacking", 'import lib\na, b = b"a", b"b"\nlib.use(b)', [b"b"]),
    ("unpacking a returned tuple", 'import lib\ndef g():\n    return b"a", b"b"\na, b = g()\nlib.use(b)',
     [b"b"]),
    ("list element", 'import lib\nks = [b"a", b"b"]\nlib.use(ks[1])', [b"b"]),
    ("dict element", 'import lib\nks = {"x": b"a", "y": b"b"}\nlib.use(ks["y"])', [b"b"]),
    ("dict get", 'import lib\nks = {"x": b"a"}\nlib.use(ks.get("x"))', [b"a"]),
    ("item assigned", 'import lib\nc = {}\nc["k"] = b"a"\nlib.use(c["k"])', [b"a"]),
    ("loop over a list", 'import lib\nfor k in [b"a", b"b"]:\n    lib.use(k)', [b"a", b"b"]),
    ("comprehension", 'import lib\n[lib.use(k) for k in (b"a", b"b")]', [b"a", b"b"]),
    ("walrus", 'import lib\nif (k := b"a"):\n    lib.use(k)', [b"a"]),
    ("lambda", 'import lib\nf = lambda: b"a"\nlib.use(f())', [b"a"]),
    ("default argument", 'import lib\ndef f(k=b"a"):\n    lib.use(k)', [b"a", "parameter"]),
    ("keyword-only default", 'import lib\ndef f(*, k=b"a"):\n    lib.use(k)\nf()', [b"a"]),
    ("passed by a caller", 'import lib\ndef f(k):\n    lib.use(k)\nf(b"a")', [b"a"]),
    ("two callers", 'import lib\ndef f(k):\n    lib.use(k)\nf(b"a")\nf(k=b"b")', [b"a", b"b"]),
    ("two levels of callers", 'import lib\ndef f(k):\n    lib.use(k)\ndef g(k):\n    f(k)\ng(b"a")', [b"a"]),
    ("kept in a partial", 'import lib\nfrom functools import partial\ndef f(k, n=0):\n    lib.use(k)\n'
     'g = partial(f, b"a")\ng(n=1)', [b"a"]),
    ("mapped", "import lib, random\nlib.use(bytes(map(lambda _: random.getrandbits(8), range(16))))",
     ["weak-random"]),
    ("nobody calls", "import lib\ndef f(k):\n    lib.use(k)", ["parameter"]),
    ("returned", 'import lib\ndef f():\n    return b"a"\nlib.use(f())', [b"a"]),
    ("returned argument", 'import lib\ndef f(k):\n    return k\nlib.use(f(b"a"))\nlib.use(f(b"b"))',
     [b"a", b"b"]),
    ("closure", 'import lib\ndef f():\n    k = b"a"\n    def g():\n        lib.use(k)\n    g()', [b"a"]),
    ("global statement", 'import lib\nK = None\ndef f():\n    global K\n    K = b"a"\ndef g():\n'
     '    lib.use(K)', [b"a", "none"]),
    ("class attribute", 'import lib\nclass C:\n    K = b"a"\n    def f(self):\n        lib.use(self.K)',
     [b"a"]),
    ("class attribute by name", 'import lib\nclass C:\n    K = b"a"\nlib.use(C.K)', [b"a"]),
    ("set in init", 'import lib\nclass C:\n    def __init__(self):\n        self.k = b"a"\n'
     '    def f(self):\n        lib.use(self.k)', [b"a"]),
    ("constructor argument", 'import lib\nclass C:\n    def __init__(self, k):\n        self.k = k\n'
     '    def f(self):\n        lib.use(self.k)\nC(b"a").f()', [b"a"]),
    ("set in another method", 'import lib\nclass C:\n    def s(self):\n        self.k = b"a"\n'
     '    def f(self):\n        lib.use(self.k)', [b"a"]),
    ("inherited", 'import lib\nclass B:\n    K = b"a"\nclass C(B):\n    def f(self):\n'
     '        lib.use(self.K)', [b"a"]),
    ("property", 'import lib\nclass C:\n    @property\n    def k(self):\n        return b"a"\n'
     '    def f(self):\n        lib.use(self.k)', [b"a"]),
    ("method's return", 'import lib\nclass C:\n    def k(self):\n        return b"a"\n    def f(self):\n'
     '        lib.use(self.k())', [b"a"]),
    ("method of an object made elsewhere", 'import lib\nclass C:\n    def k(self):\n        return b"a"\n'
     'c = C()\nlib.use(c.k())', [b"a"]),
    ("augmented", 'import lib\nk = b"a"\nk += b"b"\nlib.use(k)', [NO_VALUE]),
    ("weak random", "import lib, random\nlib.use(bytes([random.getrandbits(8) for _ in range(16)]))",
     ["weak-random"]),
    ("weak random joined", "import lib, random\nlib.use(''.join(random.choice('abc') for _ in range(9)))",
     ["weak-random"]),
    ("literal beside strong random", "import lib, os\nlib.use(b'v1' + os.urandom(16))", ["strong-random"]),
    ("literal beside a parameter", 'import lib\ndef f(x):\n    lib.use(b"v1:" + x)', ["parameter"]),
    ("f-string of a literal", 'import lib\nlib.use(f"{1}abc".encode())', [NO_VALUE]),
    ("clock", "import lib, time\nlib.use(str(time.time()).encode()[:32])", ["clock"]),
    ("environment", 'import lib, os\nlib.use(os.environ["K"])', ["environment"]),
    ("environment with a default", 'import lib, os\nlib.use(os.environ.get("K", "dev"))',
     ["dev", "environment"]),
    ("environment or a default", 'import lib, os\nlib.use(os.getenv("K") or "dev")',
     ["dev", "environment"]),
    ("hash", 'import lib, hashlib\nlib.use(hashlib.md5(b"a").digest())', ["fast-hash"]),
    ("field of a result", 'import lib, boto\nr = boto.client("kms").data_key()\nlib.use(r["Plaintext"])',
     ["key"]),
    ("client in self", 'import lib, boto\nclass C:\n    def __init__(self):\n        self.c = boto.client("kms")\n'
     '    def f(self):\n        r = self.c.data_key()\n        lib.use(r["Plaintext"])', ["key"]),
    ("with statement", 'import lib\nwith open("x") as f:\n    k = b"a"\nlib.use(k)', [b"a"]),
    ("match statement", 'import lib\ndef f(x):\n    match x:\n        case 1:\n            k = b"a"\n'
     '        case _:\n            k = b"b"\n    lib.use(k)', [b"a", b"b"]),
    ("recursion ends", "import lib\ndef f(k):\n    return f(k)\nlib.use(f(b'a'))", ["unknown"]),
    ("await", 'import lib\nasync def f():\n    return b"a"\nasync def g():\n    lib.use(await f())', [b"a"]),
    ("deleted and set again", 'import lib\nk = b"a"\ndel k\nk = b"b"\nlib.use(k)', [b"b"]),
    ("module constant set twice", 'import lib\nK = b"a"\nK = b"b"\ndef f():\n    lib.use(K)', [b"b"]),
    ("parameter reassigned", 'import lib\ndef f(k):\n    k = b"a"\n    lib.use(k)', [b"a"]),
    ("staticmethod", 'import lib\nclass C:\n    @staticmethod\n    def k():\n        return b"a"\n'
     'lib.use(C.k())', [b"a"]),
    ("classmethod", 'import lib\nclass C:\n    K = b"a"\n    @classmethod\n    def f(cls):\n'
     '        lib.use(cls.K)', [b"a"]),
]  # fmt: skip


ALL = [*ROUTES, *HANDED_ON, *CLASSES, *COLLECTIONS]


@pytest.mark.parametrize(("source", "expected"), [r[1:] for r in ALL], ids=[r[0] for r in ALL])
def test_route(source: str, expected: list[object]) -> None:
    assert summary(origins_of(source)) == sorted(expected, key=repr)


MODULES: list[tuple[str, str, dict[str, str]]] = [
    ("imported constant", "import lib\nfrom settings import KEY\nlib.use(KEY)",
     {"settings.py": 'KEY = b"k"'}),
    ("module attribute", "import lib\nimport conf.keys\nlib.use(conf.keys.KEY)",
     {"conf/__init__.py": "", "conf/keys.py": 'KEY = b"k"'}),
    ("module alias", "import lib\nimport conf.keys as ck\nlib.use(ck.KEY)",
     {"conf/__init__.py": "", "conf/keys.py": 'KEY = b"k"'}),
    ("re-exported", "import lib\nfrom conf import KEY\nlib.use(KEY)",
     {"conf/__init__.py": "from conf.keys import KEY", "conf/keys.py": 'KEY = b"k"'}),
    ("re-exported by star", "import lib\nfrom conf import KEY\nlib.use(KEY)",
     {"conf/__init__.py": "from conf.keys import *", "conf/keys.py": 'KEY = b"k"'}),
    ("function of another module", "import lib\nfrom conf import key\nlib.use(key())",
     {"conf.py": 'def key():\n    return b"k"'}),
    ("class of another module", "import lib\nfrom conf import Config\nlib.use(Config.KEY)",
     {"conf.py": 'class Config:\n    KEY = b"k"'}),
    ("under src", "import lib\nfrom pkg.conf import KEY\nlib.use(KEY)",
     {"src/pkg/__init__.py": "", "src/pkg/conf.py": 'KEY = b"k"'}),
]  # fmt: skip


@pytest.mark.parametrize(("source", "files"), [m[1:] for m in MODULES], ids=[m[0] for m in MODULES])
def test_value_from_another_module(source: str, files: dict[str, str]) -> None:
    assert summary(origins_of(source, files)) == [b"k"]


def test_relative_import_reads_the_neighbour() -> None:
    source = "import lib\nfrom .conf import KEY\nlib.use(KEY)"
    found = origins_of(source, {"a/b/conf.py": 'KEY = b"k"'}, path="a/b/app.py")
    assert summary(found) == [b"k"]


def test_trace_leads_from_the_origin_to_the_use() -> None:
    (origin,) = origins_of('import lib\nK = b"abcd"\ndef f(key):\n    lib.use(key)\nf(K)')
    texts = [step.text for step in origin.trace]
    assert texts == ["bytes literal of 4 bytes", "assigned to `K`", "passed to `f` as `key`"]
    assert [step.module.span(step.pos, step.end).line for step in origin.trace] == [2, 2, 5]


def test_what_was_hashed_is_known() -> None:
    source = (
        "import lib, hashlib\ndef f(password):\n    h = hashlib.md5()\n    h.update(password)\n"
    )
    (origin,) = origins_of(source + "    lib.use(h.digest())")
    assert [inner.kind for inner in origin.of] == ["password"]


def test_lengths_are_followed() -> None:
    (origin,) = origins_of("import lib, os\nn = 8\nk = os.urandom(n * 2)\nlib.use(k[:10])")
    assert (origin.kind, origin.length) == ("strong-random", 10)


def test_questions_are_bounded() -> None:
    calls = "".join(f"def f{n}(k):\n    return f{n + 1}(k) + f{n + 1}(k)\n" for n in range(40))
    found = origins_of(f"import lib\n{calls}\nlib.use(f0(b'a'))")
    assert {o.kind for o in found} <= {"unknown", "literal"}


def test_counter_is_none_of_the_numbers_it_starts_from() -> None:
    source = """
        import lib
        class Sealer:
            def __init__(self, key):
                self.box, self.counter = lib.Box(key), 0
            def seal(self):
                self.counter += 1
                return self.box.seal(self.counter.to_bytes(12, "big"))
    """
    assert summary(origins_of(source, role="nonce")) == ["unknown"]


def test_one_unpredictable_part_makes_the_whole_unpredictable() -> None:
    source = """
        import lib, os, time
        lib.use(f"{time.time()}".encode() + os.urandom(16))
    """
    assert summary(origins_of(source)) == ["strong-random"]


def test_modules_that_import_a_name_from_each_other() -> None:
    files = {"a.py": "from b import KEY", "b.py": "from a import KEY"}
    assert summary(origins_of("import lib\nfrom a import KEY\nlib.use(KEY)", files)) == ["unknown"]


def test_class_of_which_only_methods_are_modelled() -> None:
    source = "import lib\nbox = lib.Chest()\nlib.use(box.draw())"
    assert summary(origins_of(source)) == ["key"]


def test_public_key_is_no_literal_key() -> None:
    text = "-----BEGIN PUBLIC KEY-----\\nMCowBQYDK2VwAyEA\\n-----END PUBLIC KEY-----"
    assert summary(origins_of(f'import lib\nlib.use("{text}".encode())')) == ["public-key"]


def test_fields_by_position() -> None:
    source = "import lib\nfirst, second = lib.pair()\nlib.use(second)"
    assert summary(origins_of(source)) == ["key"]


def test_recursion_costs_no_more_than_one_look() -> None:
    source = """
        import lib
        def pack(value, how="x"):
            if value is None:
                return pack("") + pack(how) + pack("a") + pack("b")
            return value.encode(pack(how))
        lib.use(pack(load()))
    """
    assert {o.kind for o in origins_of(source)} <= {"unknown", "literal"}


def test_dict_put_into_itself() -> None:
    source = """
        import lib
        def f(rounds):
            conf = {"key": b"k"}
            for _ in rounds:
                conf = {**conf, "other": 1}
            lib.use(conf["key"])
    """
    assert b"k" in summary(origins_of(source))


def test_object_that_is_called() -> None:
    source = 'import lib\nread = lib.Reader()\nlib.use(read("NAME"))'
    assert summary(origins_of(source)) == ["environment"]


def test_what_is_added_to_none_was_given_a_value_out_of_sight() -> None:
    source = """
        import lib
        class Params:
            def __init__(self):
                self.salt = None
        def use(params: Params):
            p = Params()
            fill(p)
            lib.use(p.salt + b"literal")
    """
    assert summary(origins_of(source)) == ["unknown"]


def test_list_put_into_itself() -> None:
    source = """
        import lib
        def f(rounds):
            keys = [b"k"]
            for _ in rounds:
                keys = [*keys, b"l"]
            for key in keys:
                lib.use(key)
    """
    assert {b"k", b"l"} <= set(summary(origins_of(source)))


def test_decoding_one_of_several_literals() -> None:
    source = """
        import lib, binascii
        def f(key=""):
            lib.use(binascii.unhexlify(key))
        f("0102")
    """
    assert summary(origins_of(source)) == [b"", b"\1\2"]


def test_numbers_that_a_loop_computes_from_one_another() -> None:
    source = """\
    import lib

    def mixed(data):
        a, b, c = 1, 0, 2
        for byte in data:
            a = a + byte
            b = b + a
            c = c * b + a
            a = a * c + b
        lib.use(key=(c + a).to_bytes(8, "big"))

    def plain():
        size = 16
        size = size * 2
        lib.use(key=size)
    """
    assert summary(origins_of(source)) == ["unknown", 32]


def test_a_text_converted_where_it_is_used_comes_from_where_it_is_written() -> None:
    source = """\
    import base64, lib

    def f(config={"master": "c2VjcmV0"}):
        lib.use(key=base64.b64decode(config["master"].encode()))
    """
    (origin,) = origins_of(source)
    assert origin.value == b"secret"
    first = origin.trace[0]
    assert first.module.text[first.pos : first.end] == '"c2VjcmV0"'


def test_a_method_of_a_kind_of_text() -> None:
    source = """\
    import lib

    class Passphrase(str):
        pass

    def f(passphrase):
        lib.use(key=passphrase.encode("utf-8"))

    f(Passphrase(load()))
    """
    assert summary(origins_of(source)) == ["password", "unknown"]


def test_nothing_put_into_a_pattern_does_not_make_it_a_literal() -> None:
    source = """\
    import lib

    def f(digest=""):
        if len(digest) % 2:
            digest = "0%s" % digest
        lib.use(key=digest)
    """
    assert [o.value for o in origins_of(source) if o.kind == "literal" and o.length] == []
