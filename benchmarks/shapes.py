"""Python files of several shapes, in any size, full of the words that make an analyzer look."""

from __future__ import annotations

from collections.abc import Callable, Iterator

IMPORTS = """\
import hashlib
import hmac
import os
import secrets

import boto3
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

"""


def functions(lines: int) -> Iterator[str]:
    """Functions of their own, each with a key from its own place."""
    for number in range(lines // 9):
        yield f"""
def seal_{number}(data, path="/etc/keys/{number}"):
    with open(path, "rb") as stream:
        key = stream.read(32)
    nonce = os.urandom(12)
    if not data:
        return None
    return nonce + AESGCM(key).encrypt(nonce, data, b"record {number}")

"""


def chain(lines: int) -> Iterator[str]:
    """Functions that each hand their key to the next."""
    number = lines // 4
    yield f"\ndef step_{number}(key, data):\n    return Fernet(key).encrypt(data)\n"
    for below in range(number - 1, -1, -1):
        yield f"\ndef step_{below}(key, data):\n    return step_{below + 1}(key, data)\n\n"
    yield "\nstep_0(os.environ['KEY'], b'data')\n"


def callers(lines: int) -> Iterator[str]:
    """One function that all others call, each with a key of its own."""
    yield "\ndef seal(key, data):\n    return Fernet(key).encrypt(data)\n"
    for number in range(lines // 5):
        yield f"""
def save_{number}(record):
    key = os.environ["KEY_{number}"]
    return seal(key, record.encode())

"""


def methods(lines: int) -> Iterator[str]:
    """One class, whose methods share the key that the first of them is given."""
    yield """
class Vault:
    def __init__(self, path):
        with open(path, "rb") as stream:
            self.key = stream.read(32)
        self.entries = {}
"""
    for number in range(lines // 6):
        yield f"""
    def put_{number}(self, name, value):
        nonce = os.urandom(12)
        sealed = AESGCM(self.key).encrypt(nonce, value, name)
        self.entries[name] = (nonce, sealed)
        return self.put_{max(number - 1, 0)}

"""


def branches(lines: int) -> Iterator[str]:
    """One function of many branches, which give the same few names other values."""
    yield "\ndef choose(kind, data):\n    key, salt = b'', os.urandom(16)\n    done = []\n"
    for number in range(lines // 8):
        yield f"""\
    if kind == {number}:
        key = hashlib.pbkdf2_hmac("sha256", data, salt, {600_000 + number})
    elif kind == -{number + 1}:
        key = hmac.new(key, data, "sha256").digest()
    for part in data:
        salt = salt + bytes([part])
        done.append(Fernet(key).encrypt(salt))

"""
    yield "    return done\n"


def settings(lines: int) -> Iterator[str]:
    """A module of settings: names and dicts at the top level, and what reads them."""
    for number in range(lines // 6):
        yield f"""\
SECRET_{number} = os.environ.get("SECRET_{number}", "")
OPTIONS_{number} = {{
    "key": SECRET_{number},
    "salt": os.urandom(16),
}}
SIGNER_{number} = hmac.new(OPTIONS_{number}["key"].encode(), b"x", "sha256")
"""


def growing(lines: int) -> Iterator[str]:
    """Lists and dicts that grow an item a line, then are gone through."""
    yield "\nKEYS = []\nBY_NAME = {}\n"
    for number in range(lines // 2):
        yield f"KEYS.append(os.urandom({16 + number % 17}))\nBY_NAME['k{number}'] = KEYS[-1]\n"
    yield "for key in KEYS:\n    AESGCM(key).encrypt(os.urandom(12), b'', b'')\n"
    yield "for name in BY_NAME:\n    AESGCM(BY_NAME[name]).encrypt(os.urandom(12), b'', b'')\n"


def table(lines: int) -> Iterator[str]:
    """One literal of many lines."""
    yield "\nKEY_NAMES = {\n"
    for number in range(lines):
        yield f"    'secret-{number}': ('token_{number}', {number}, b'\\x{number % 256:02x}'),\n"
    yield "}\nsealed = Fernet(os.environ['KEY']).encrypt(repr(KEY_NAMES).encode())\n"


def services(lines: int) -> Iterator[str]:
    """Classes as applications have them: a client, a cache, errors, calls of one another."""
    for number in range(lines // 30):
        before = max(number - 1, 0)
        yield f'''
class Service{number}:
    """Keeps the tokens of tenant {number}."""

    region = "eu-{number}"

    def __init__(self, key_id=None, client=None):
        self._client = client or boto3.client("kms", region_name=self.region)
        self._key_id = key_id or os.environ["KEY_ID_{number}"]
        self._cache = {{}}

    def data_key(self, context):
        answer = self._client.generate_data_key(
            KeyId=self._key_id, KeySpec="AES_256", EncryptionContext=context
        )
        return answer["Plaintext"], answer["CiphertextBlob"]

    def seal(self, token, context):
        key, wrapped = self.data_key(context)
        try:
            nonce = os.urandom(12)
            self._cache[token] = AESGCM(key).encrypt(nonce, token.encode(), self._key_id.encode())
        except ValueError as error:
            raise RuntimeError("cannot seal") from error
        return wrapped, nonce, self._cache[token]

    def pass_on(self, token):
        return Service{before}(self._key_id).seal(token, {{"tenant": "{number}"}})

'''


def literals(lines: int) -> Iterator[str]:
    """A module of literals and little else."""
    for number in range(lines // 4):
        yield f"""\
PORT_{number} = {number}
TOKEN_NAME_{number} = "token-{number}"
SALT_{number} = b"salt {number}"
SECRET_{number}_LENGTH = 32
"""
    yield "sealed = Fernet(os.environ['KEY']).encrypt(SALT_1)\n"


def elifs(lines: int) -> Iterator[str]:
    """Functions of a thousand `elif`s."""
    each = min(lines, 2_000)
    for number in range(max(1, lines // each)):
        yield f"\ndef choose_{number}(kind, data):\n    if kind is None:\n        key = data\n"
        for arm in range(each // 2):
            yield f"    elif kind == {arm}:\n"
            yield f"        key = hashlib.sha256(data + b'{arm}').digest()\n"
        yield "    else:\n        key = os.urandom(16)\n    return Fernet(key).encrypt(data)\n\n"


def cases(lines: int) -> Iterator[str]:
    """Functions of a match statement of a thousand cases."""
    each = min(lines, 2_000)
    for number in range(max(1, lines // each)):
        yield f"\ndef choose_{number}(kind, data, key=b''):\n    match kind:\n"
        for arm in range(each // 2):
            yield f"        case {arm}:\n"
            yield f"            key = hashlib.sha256(data + b'{arm}').digest()\n"
        yield "    return Fernet(key).encrypt(data)\n\n"


def nested(lines: int) -> Iterator[str]:
    """Functions of fifty `if`s one in another."""
    for number in range(max(1, lines // 104)):
        yield f"\ndef find_{number}(data, key=None):\n"
        for depth in range(1, 51):
            yield " " * depth + f"if data[{depth}]:\n"
            yield " " * (depth + 1) + f"key = hmac.new(data, b'{depth}', 'sha256').digest()\n"
        yield " return Fernet(key).encrypt(data)\n\n"


def loops(lines: int) -> Iterator[str]:
    """Functions of four loops one in another, each of which makes the key from the key."""
    for number in range(max(1, lines // 14)):
        yield f"\ndef stretch_{number}(data, key=b''):\n    done = []\n"
        for depth in range(1, 5):
            yield "    " * depth + f"for part_{depth} in data:\n"
            yield "    " * (depth + 1) + f"key = hmac.new(key, b'{depth}', 'sha256').digest()\n"
        yield "    " * 5 + "done.append(part_4)\n"
        yield "    return Fernet(key).encrypt(bytes(done))\n\n"


def machine(lines: int) -> Iterator[str]:
    """One loop of many branches, each of which makes the state from the state."""
    yield "\ndef run(codes, key, data):\n    done = []\n"
    yield "    while codes:\n        code = codes.pop()\n"
    for number in range(lines // 8):
        yield f"""\
        if code == {number}:
            key = hashlib.sha256(key + b"{number}").digest()
            done.append(code)
        elif code == -{number}:
            data = hmac.new(key, data, "sha256").digest()
            if not codes:
                return data
            done.append(data)
"""
    yield "    return AESGCM(key).encrypt(data[:12], data, None)\n"


def script(lines: int) -> Iterator[str]:
    """A script that makes each key from the last, some of them in a branch."""
    yield "key = os.environ['KEY'].encode()\n"
    for number in range(lines // 6):
        yield f"""\
data = open("/tmp/part{number}", "rb").read()
if data:
    key = hashlib.sha256(key + data).digest()
    nonce = os.urandom(12)
    data = AESGCM(key).encrypt(nonce, data, None)
open("/tmp/part{number}.sealed", "wb").write(data)
"""


def tries(lines: int) -> Iterator[str]:
    """One function of many `try` statements."""
    yield "\ndef attempt(data, log):\n    key = None\n"
    for number in range(lines // 8):
        yield f"""\
    try:
        key = hashlib.sha256(data + b"{number}").digest()
        Fernet(key).encrypt(data)
    except ValueError as error:
        log.warning("no %s", error)
    except (KeyError, OSError):
        key = os.urandom(32)
    data = data[1:]
"""


def variables(lines: int) -> Iterator[str]:
    """One function of as many variables as branches."""
    yield "\ndef boxes(env, done):\n"
    for number in range(lines // 5):
        yield f"""\
    key_{number} = env.get("KEY_{number}")
    if key_{number} is None:
        key_{number} = os.urandom(32)
    box_{number} = Fernet(key_{number})
    done.append(box_{number}.encrypt(b"{number}"))
"""


def attributes(lines: int) -> Iterator[str]:
    """One class, each of whose methods makes an attribute from the one before."""
    yield "\nclass State:\n    def __init__(self):\n        self.key_0 = os.urandom(32)\n"
    for number in range(1, lines // 6):
        yield f"""
    def step_{number}(self, value):
        self.key_{number} = hashlib.sha256(self.key_{number - 1} + value).digest()
        self.box_{number} = Fernet(self.key_{number})
        return self.box_{number}.encrypt(value)

"""


def chains(lines: int) -> Iterator[str]:
    """Attributes of attributes, twenty deep."""
    deep = ".".join(f"p{number}" for number in range(20))
    yield "\ndef walk(root, data):\n"
    for number in range(lines // 4):
        yield f"""\
    root.{deep}.key_{number} = hashlib.sha256(data).digest()
    node = root.{deep}
    node.box_{number} = Fernet(root.{deep}.key_{number})
    data = node.box_{number}.encrypt(data).strip()
"""


def calls(lines: int) -> Iterator[str]:
    """One function of nothing but calls."""
    yield "\ndef fill(key, out):\n"
    for number in range(lines):
        yield f"    out.put(Fernet(key).encrypt(b'{number}'))\n"


def parts(lines: int) -> Iterator[str]:
    """Sums of a thousand texts, and one text put together from all lines."""
    for number in range(max(1, lines // 2_000)):
        yield f"\ndef text_{number}(key):\n    text = (''\n"
        for part in range(min(lines // 2, 1_000) - 5):
            yield f"        + 'part {part}'\n"
        yield "    )\n    return Fernet(key).encrypt(text.encode())\n\n"
    yield "\ndef build(key, rows):\n    text = ''\n"
    for number in range(lines // 2):
        yield f"    text += 'row {number}: ' + rows[{number}]\n"
    yield "    return Fernet(key).encrypt(text.encode())\n"


def names(lines: int) -> Iterator[str]:
    """A list of the names of keys, and what reads them."""
    yield "\nSECRET_NAMES = [\n"
    for number in range(lines):
        yield f"    'service_{number}_secret_key',\n"
    yield "]\nKEYS = {name: os.environ[name] for name in SECRET_NAMES}\n"
    yield "for name in SECRET_NAMES:\n    Fernet(KEYS[name]).encrypt(b'')\n"


def parser(lines: int) -> Iterator[str]:
    """A generated parser: a method a rule, and its tables."""
    yield "\nclass Parser:\n    def __init__(self, key):\n        self.box = Fernet(key)\n"
    for number in range(lines // 24):
        yield f"""
    def p_rule_{number}(self, p):
        "rule_{number} : SECRET rule_{number + 1}"
        if len(p) == 3:
            p[0] = (p[1], self.box.encrypt(p[2]))
        else:
            p[0] = p[1]
        return p[0]
"""
    yield "\nTABLE = [\n"
    for number in range(lines // 3):
        yield "    [" + ", ".join(str(number * k % 97 - 40) for k in range(1, 9)) + "],\n"
    yield "]\nACTIONS = {\n"
    for number in range(lines // 3):
        yield f"    ({number}, 'SECRET'): ('shift', {number + 1}),\n"
    yield "}\n"


def relay(lines: int) -> Iterator[str]:
    """Functions that each ask the one before for the key."""
    yield "\ndef key_0():\n    return os.environ['KEY']\n\n"
    for number in range(1, lines // 6):
        yield f"""
def key_{number}():
    known = key_{number - 1}()
    Fernet(known).encrypt(b"")
    return known

"""


def vectors(lines: int) -> Iterator[str]:
    """Test vectors: a key in the source in every method."""
    yield "\nclass VectorTest:\n    def setUp(self):\n        self.key = os.urandom(32)\n"
    for number in range(lines // 12):
        yield f"""
    def test_{number}(self):
        key = bytes.fromhex("{number:064x}")
        nonce = b"{number:012d}"
        sealed = AESGCM(key).encrypt(nonce, b"text {number}", None)
        opened = AESGCM(key).decrypt(
            nonce,
            sealed,
            None,
        )
        self.assertEqual(opened, b"text {number}")
        self.assertNotEqual(sealed, AESGCM(self.key).encrypt(nonce, b"{number}", None))
"""


SHAPES: dict[str, Callable[[int], Iterator[str]]] = {
    make.__name__: make
    for make in (
        functions,
        chain,
        callers,
        methods,
        branches,
        settings,
        growing,
        table,
        services,
        literals,
        elifs,
        cases,
        nested,
        loops,
        machine,
        script,
        tries,
        variables,
        attributes,
        chains,
        calls,
        parts,
        names,
        parser,
        relay,
        vectors,
    )
}
