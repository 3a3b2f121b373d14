"""How the time of one file grows with its size: about as its lines do, and never over a bound.

    python benchmarks/growth.py
    python benchmarks/growth.py --sizes 500,2000,8000 --shape chain --profile
    python benchmarks/growth.py --files PATH/TO/connection.py PATH/TO/a/tree

Python files of several shapes are generated in several sizes, each full of the words that make an
analyzer look, and each is given to all analyzers, as a scan does it, in this process. Times are
seconds of CPU. `power` is the exponent between the two largest sizes that took long enough to
tell: 1 where twice the lines take twice the time. With `--files`, real files are timed instead;
of a folder, its largest. A file over the bound, or a power over the goal, makes the exit
status 1.
"""

from __future__ import annotations

import argparse
import cProfile
import math
import os
import pstats
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from keyaudit import catalogue
from keyaudit.catalogue.types import Catalogue
from keyaudit.scanning.examine import Examiner
from keyaudit.scanning.settings import DEFAULT_MAX_FILE_SIZE
from keyaudit.sources import WorkingTree

SECONDS = 5.0
POWER = 1.25
_SIZES = (100, 500, 2_000, 5_000, 20_000)
# Below this, the clock and what runs beside say more than the code.
_TELLING = 0.1

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


SHAPES: dict[str, Callable[[int], Iterator[str]]] = {
    make.__name__: make
    for make in (functions, chain, callers, methods, branches, settings, growing, table, services)
}


@cache
def _catalogue() -> Catalogue:
    return catalogue.load()


def cpu_seconds(path: Path, profile: cProfile.Profile | None = None) -> float:
    """Seconds of CPU that the analyzers spend on one file; 0 for one that a scan skips."""
    source = WorkingTree([path], max_size=DEFAULT_MAX_FILE_SIZE)
    entries = source.listing().entries
    if not entries:
        return 0.0
    loaded = _catalogue()
    examiner = Examiner(source, loaded, loaded.policies["default"], None)
    examiner.prepare()
    if profile is not None:
        profile.enable()
    start = time.process_time()
    examiner.examine(entries[0])
    taken = time.process_time() - start
    if profile is not None:
        profile.disable()
    return taken


def power(measured: list[tuple[int, float]]) -> float | None:
    """The exponent between the two largest sizes (lines, seconds); None when both took too
    little time to tell."""
    telling = [(lines, seconds) for lines, seconds in measured if seconds >= _TELLING][-2:]
    if len(telling) < 2:
        return None
    (lines, seconds), (more, longer) = telling
    return math.log(longer / seconds) / math.log(more / lines)


def main() -> int:
    """Prints a table; see the module's description."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--sizes", default=",".join(map(str, _SIZES)), help="lines, with commas")
    parser.add_argument("--shape", action="append", choices=SHAPES, help="these shapes only")
    parser.add_argument("--files", nargs="+", type=Path, metavar="PATH", help="real files instead")
    parser.add_argument("--most", type=int, default=10, help="files of a folder (its largest)")
    parser.add_argument("--profile", action="store_true", help="print what took the time")
    options = parser.parse_args()
    profile = cProfile.Profile() if options.profile else None
    _warm_up()
    missed = (
        _real(options.files, options.most, profile)
        if options.files
        else _generated([int(size) for size in options.sizes.split(",")], options.shape, profile)
    )
    if profile is not None:
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
    for text in missed:
        print(text, file=sys.stderr)
    return 1 if missed else 0


def _warm_up() -> None:
    """Load what a first file loads."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "first.py"
        path.write_text(IMPORTS + "".join(functions(50)), encoding="utf-8")
        cpu_seconds(path)


def _generated(
    sizes: list[int], shapes: list[str] | None, profile: cProfile.Profile | None
) -> list[str]:
    missed = []
    print(f"{'shape':<12}" + "".join(f"{size:>9,}" for size in sizes) + f"{'power':>8}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "generated.py"
        for name in shapes or SHAPES:
            measured = []
            print(f"{name:<12}", end="", flush=True)
            for size in sizes:
                path.write_text(IMPORTS + "".join(SHAPES[name](size)), encoding="utf-8")
                seconds = cpu_seconds(path, profile)
                measured.append((size, seconds))
                print(f"{seconds:>9.2f}", end="", flush=True)
                if seconds > SECONDS:
                    missed.append(f"{name}, {size:,} lines: {seconds:.1f} s, over {SECONDS:.0f}")
            grown = power(measured)
            print(f"{grown:>8.2f}" if grown is not None else f"{'-':>8}")
            if grown is not None and grown > POWER:
                missed.append(f"{name}: the time grows with power {grown:.2f}, over {POWER}")
    return missed


def _real(paths: list[Path], most: int, profile: cProfile.Profile | None) -> list[str]:
    missed = []
    for path in (file for given in paths for file in _largest(given, most)):
        seconds, lines = cpu_seconds(path, profile), path.read_bytes().count(b"\n")
        per = 1000 * seconds / max(lines, 1)
        print(f"{seconds:>7.2f} s {lines:>8,} lines {per:>6.2f} ms a line  {path}", flush=True)
        if seconds > SECONDS:
            missed.append(f"{path}: {seconds:.1f} s, over {SECONDS:.0f}")
    return missed


def _largest(path: Path, most: int) -> list[Path]:
    if path.is_file():
        return [path]
    found = (Path(folder) / name for folder, _, names in os.walk(path) for name in names)
    python = (file for file in found if file.suffix == ".py" and file.is_file())
    return sorted(python, key=lambda file: -file.stat().st_size)[:most]


if __name__ == "__main__":
    sys.exit(main())
