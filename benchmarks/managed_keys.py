"""Times messages under keys of a `KeyManager`: by the number of versions, and under a slow key
service.

    python benchmarks/managed_keys.py --versions 1 1000 100000

The stores are files, made here with as many versions as asked for. Messages of 100 bytes are
encrypted and decrypted, under all stores in turns, and the fastest turn of each counts: whatever
else runs on the machine only ever adds time. The goal: a message at 100,000 versions costs at most
1.2 x one at a single version. Then the same under a root key whose service takes 20 ms a call: how
many calls there were, and the rate; beside it an `EnvelopeCipher` right under that service, with
and without a cache of data keys.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from keyaudit.remediation import DataKeyCache, EnvelopeCipher, KeyManager, LocalKey, SecureKey
from keyaudit.remediation.lifecycle.algorithms import ENVELOPE
from keyaudit.remediation.wrapping.context import Context

CONTEXT = {"purpose": "user-pii", "user": "1234"}
DATA = bytes(100)
MESSAGES = 50
"""A turn."""
TURNS = 20
SERVICE_SECONDS = 0.02


class Service(LocalKey):
    """A key service that takes its time."""

    def __init__(self) -> None:
        super().__init__(SecureKey.generate(), "service")
        self.calls = 0

    def wrap(self, key: SecureKey, context: Context) -> bytes:
        self._wait()
        return super().wrap(key, context)

    def unwrap(self, wrapped: bytes, context: Context) -> SecureKey:
        self._wait()
        return super().unwrap(wrapped, context)

    def _wait(self) -> None:
        self.calls += 1
        time.sleep(SERVICE_SECONDS)


def with_versions(file: Path, root: LocalKey, number: int) -> None:
    """Make a store whose one key has that many versions, the last one primary."""
    with KeyManager.create(file, root) as manager:
        manager.create_key("orders", by="bench")
        left = number - 1
        while left:
            made = [manager._make("orders", ENVELOPE) for _ in range(min(left, 10_000))]
            with manager._write() as change:
                for each in made:
                    manager._add_version(change, "orders", each, active=True)
                change.record("bench", "rotate", "orders", None, {"versions": len(made)})
            left -= len(made)


def turn(cipher: EnvelopeCipher, messages: int = MESSAGES) -> float:
    """Seconds that a message takes to be encrypted and decrypted."""
    began = time.perf_counter()
    for _ in range(messages):
        cipher.decrypt(cipher.encrypt(DATA, CONTEXT), CONTEXT)
    return (time.perf_counter() - began) / messages


def by_versions(folder: Path, numbers: list[int]) -> None:
    root = LocalKey.generate("root")
    with ExitStack() as stack:
        ciphers = {}
        opened = {}
        for number in numbers:
            with_versions(folder / f"{number}.db", root, number)
            began = time.perf_counter()
            manager = stack.enter_context(KeyManager.open(folder / f"{number}.db", root))
            opened[number] = time.perf_counter() - began
            ciphers[number] = manager.cipher("orders")
        best = dict.fromkeys(numbers, float("inf"))
        for _ in range(TURNS):
            for number, cipher in ciphers.items():
                best[number] = min(best[number], turn(cipher))
    print("| versions | open, s | message, µs | x one version |")
    print("|--:|--:|--:|--:|")
    for number in numbers:
        ratio = best[number] / best[numbers[0]]
        print(f"| {number:,} | {opened[number]:.2f} | {best[number] * 1e6:.0f} | {ratio:.2f} |")


def under_a_slow_service(folder: Path) -> None:
    service = Service()
    with_versions(folder / "service.db", service, 1)
    print(f"\n| under a service of {SERVICE_SECONDS * 1000:.0f} ms a call | messages/s | calls |")
    print("|---|--:|--:|")
    with KeyManager.open(folder / "service.db", service) as manager:
        ways: dict[str, Callable[[], EnvelopeCipher]] = {
            "a managed key": lambda: manager.cipher("orders"),
            "the service itself, data keys cached": lambda: EnvelopeCipher(
                service, cache=DataKeyCache()
            ),
            "the service itself": lambda: EnvelopeCipher(service),
        }
        for name, make in ways.items():
            service.calls = 0
            seconds = turn(make(), 200)
            print(f"| {name} | {1 / seconds:,.0f} | {service.calls} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--versions", type=int, nargs="+", default=[1, 1000, 100_000])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        by_versions(Path(name), given.versions)
        under_a_slow_service(Path(name))
