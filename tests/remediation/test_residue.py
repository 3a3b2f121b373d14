"""What stays of a key in a process's memory, found by reading all of that memory.

The reader is the parent: a process that searched itself would hold the key to search for.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keyaudit.remediation import LocalKey, SecureKey
from keyaudit.remediation.wrapping import aead, envelope_format
from keyaudit.remediation.wrapping.context import canonical
from keyaudit.remediation.wrapping.message import MessageKey
from tests.remediation.residue import USES, letter

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/mem").exists(), reason="reads memory through Linux's /proc"
)
ROOT = Path(__file__).parent.parent.parent


def copies(pid: int, key: bytes) -> int:
    """How often `key` stands in the readable memory of a process."""
    found = 0
    maps = Path(f"/proc/{pid}/maps").read_text("ascii").splitlines()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in maps:
            span, permissions, *_ = line.split()
            if "r" not in permissions or line.endswith(("[vvar]", "[vsyscall]", "[vvar_vclock]")):
                continue
            start, end = (int(part, 16) for part in span.split("-"))
            try:
                memory.seek(start)
                data = memory.read(end - start)
            except (OSError, ValueError, OverflowError):
                continue
            found += data.count(key)
    return found


def envelope_keys(kek: bytes, envelope: bytes) -> list[bytes]:
    """The keys that come of a key encryption key while an envelope is made: the one that wraps
    the data key, the data key, and the message's."""
    header, _ = envelope_format.parse(memoryview(envelope))
    wrapping = bytearray(32)
    with LocalKey(SecureKey.copy_of(kek), "kek") as key, key.unwrap(header.wrapped, {}) as data_key:
        aead.expand(wrapping, key._key, header.wrapped[:32], b"keyaudit/wrap/1")
        message = MessageKey.of(header, data_key, canonical({}))
        return [bytes(wrapping), data_key.view().tobytes(), bytes(message._buffer[:32])]


def watch(
    way: str, derived: Callable[[bytes, bytes], list[bytes]] = lambda key, note: []
) -> dict[str, int]:
    """Run residue.py; the number of copies found at each point where it waits, of the key that it
    is given and of those that `derived` makes of that key and what it says."""
    key = os.urandom(32)
    command = [sys.executable, "-m", "tests.remediation.residue", way]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(key)
        result = {}
        while line := process.stdout.readline():
            label, pid, *note = line.decode().split()
            keys = [key, *(derived(key, bytes.fromhex(note[0])) if note else [])]
            result[label] = sum(copies(int(pid), each) for each in keys)
            process.stdin.write(b".")
    assert process.returncode == 0
    return result


@pytest.mark.parametrize("way", [*USES, "take"])
def test_a_secure_key_is_there_once_while_open_and_gone_when_closed(way: str) -> None:
    assert watch(way) == {"open": 1, "closed": 0, "exit": 0}


@pytest.mark.parametrize("way", ["subkey", "collected", "bytearray", "purpose"])
def test_nothing_stays_of_a_key_that_was_wiped(way: str) -> None:
    assert watch(way) == {"closed": 0, "exit": 0}


def test_nothing_stays_of_a_passphrase() -> None:
    assert watch("passphrase", lambda key, _: [bytes(map(letter, key))]) == {"closed": 0, "exit": 0}


@pytest.mark.parametrize("way", ["envelope", "unwrap"])
def test_nothing_stays_of_keys_that_wrapped_or_were_wrapped(way: str) -> None:
    if not hasattr(AESGCM, "decrypt_into"):
        pytest.skip("this cryptography decrypts into bytes, of which a copy stays")
    assert watch(way) == {"closed": 0, "exit": 0}


@pytest.mark.parametrize("way", ["message", "cached"])
def test_nothing_stays_of_any_key_of_an_envelope(way: str) -> None:
    if not hasattr(AESGCM, "decrypt_into"):
        pytest.skip("this cryptography decrypts into bytes, of which a copy stays")
    assert watch(way, envelope_keys) == {"closed": 0, "exit": 0}


def test_a_key_left_open_is_wiped_at_interpreter_exit() -> None:
    assert watch("exit") == {"open": 1, "exit": 0}


def test_a_forked_child_has_no_key_and_its_parent_keeps_it() -> None:
    assert watch("fork") == {"child": 0, "open": 1, "exit": 0}


def test_overwriting_the_name_of_a_bytes_object_leaves_the_key() -> None:
    assert watch("seed")["closed"] == 1
