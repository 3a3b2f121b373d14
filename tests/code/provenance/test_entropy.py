"""How much of a random value cannot be predicted, through what it is made into."""

from __future__ import annotations

import pytest

from keyaudit.catalogue.types import CallModel, Models
from keyaudit.code.matching.conditions import size_of
from tests.code.support import MODELS, model, origins_of

_CALLS = [
    model("secrets.token_hex", {"nbytes": None},
          returns={"origin": "strong-random", "bytes": "nbytes", "hex": True}),
    model("secrets.token_urlsafe", {"nbytes": None},
          returns={"origin": "strong-random", "bytes": "nbytes", "base64": True}),
    model("secrets.choice", {"seq": None}, returns={"origin": "strong-random", "pick": "seq"}),
    model("random.choices", {"population": None, "k": None},
          returns={"origin": "weak-random", "pick": "population", "count": "k"}),
    model("lib.export", {"encryption": "encryption"},
          returns={"origin": "private-key-object", "when": {"encryption": ["none"]}}),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _more_models(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: dict[str, CallModel] = {**MODELS.calls, **{call.name: call for call in _CALLS}}
    more = Models(MODELS.modules, {**MODELS.aliases, "lib.old": "lib"}, MODELS.symbols, calls,
                  MODELS.attributes, MODELS.assignments)  # fmt: skip
    monkeypatch.setattr("tests.code.support.MODELS", more)


@pytest.mark.parametrize(
    ("value", "bits"),
    [
        ("secrets.token_hex(8)", 64),
        ("secrets.token_hex(16)[:16]", 64),
        ("secrets.token_hex(16).encode()", 128),
        ("secrets.token_urlsafe(12)", 96),
        ("base64.b64decode(secrets.token_urlsafe(12))", 96),
        ("''.join(secrets.choice(string.digits) for _ in range(10))", 33),
        ("''.join(secrets.choice('ab') for _ in range(16)) + secrets.token_hex(2)", 32),
        ("'v1-' + secrets.token_hex(4)", 32),
        ("f'{secrets.token_hex(2)}-{secrets.token_hex(2)}'", 32),
        ("''.join(random.choices('01', k=40))", 40),
    ],
)
def test_at_most_so_many_bits_are_unpredictable(value: str, bits: int) -> None:
    found = origins_of(f"import lib, secrets, string, random, base64\nlib.use({value})")
    assert {origin.bits and int(origin.bits) for origin in found} == {bits}


@pytest.mark.parametrize(
    "value",
    [
        "''.join(secrets.choice(alphabet) for _ in range(10))",
        "''.join(secrets.choice('ab') for _ in names)",
        "''.join(secrets.choice('ab') for i in range(9) if i % 2)",
        "''.join([secrets.choice('ab')] * n)",
        "secrets.token_hex(n)",
    ],
)
def test_what_is_not_known_is_not_guessed(value: str) -> None:
    found = origins_of(f"import lib, secrets\ndef f(alphabet, names, n):\n    lib.use({value})")
    assert {origin.bits for origin in found} == {None}


def test_text_grown_in_a_loop_has_no_known_entropy() -> None:
    source = "import lib, secrets\nt = ''\nfor i in range(99):\n    t += secrets.choice('ab')\nlib.use(t)"
    assert [o.bits for o in origins_of(source) if o.kind == "strong-random"] == [None]


@pytest.mark.parametrize(
    ("value", "picked"),
    [
        ("random.choices(keys, k=1)", True),
        ("''.join(random.choices(letters, k=9))", False),
        ("bytes(random.choices(letters, k=9))", False),
        ("'x' + random.choices(letters, k=1)[0]", False),
    ],
)
def test_one_of_a_list_is_told_from_what_is_put_together(value: str, picked: bool) -> None:
    found = origins_of(f"import lib, random\ndef f(keys, letters):\n    lib.use({value})")
    (origin,) = [o for o in found if o.kind == "weak-random"]
    assert ("pick" in origin.via) is picked


def test_a_call_gives_what_its_model_says_only_for_some_arguments() -> None:
    source = "import lib\nlib.use(lib.export('none'))\nlib.use(lib.export('aes'))"
    assert [o.kind for o in origins_of(source)] == ["private-key-object", "unknown"]


def test_a_longer_path_may_have_another_name_too() -> None:
    assert len(origins_of("from lib.old import use\nuse(b'k')")) == 1


@pytest.mark.parametrize(
    ("name", "bits"),
    [("secp256r1", 256), ("P-384", 384), ("sha3-256", 256), ("SHA512_224", 224), ("sha1", 160),
     ("Ed25519", 255), ("prime192v1", 192), ("ffdhe2048", 2048), ("aes", None), (None, None)],
)  # fmt: skip
def test_size_in_the_name(name: str | None, bits: int | None) -> None:
    assert size_of(name) == bits


@pytest.mark.parametrize(
    ("body", "repeated"),
    [
        ("d = hashlib.md5(p).digest()", False),
        ("for i in range(9):\n        p = hashlib.md5(p).digest()\n    d = p", True),
        ("for i in range(9):\n        p = hashlib.md5(p).digest()\n    d = hashlib.md5(p).digest()", True),
    ],
)  # fmt: skip
def test_a_hash_in_a_loop_is_told_from_a_single_one(body: str, repeated: bool) -> None:
    found = origins_of(f"import lib, hashlib\ndef f(p):\n    {body}\n    lib.use(d)")
    assert {"repeat" in o.via for o in found if o.kind == "fast-hash"} == {repeated}
