"""SecureKey as its user sees it."""

from __future__ import annotations

import copy
import gc
import os
import pickle
import resource
import subprocess
import sys
from array import array
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from keyaudit.remediation import (
    ClosedKeyError,
    SecureKey,
    WeakParameterError,
    WrongPasswordError,
    derive_key,
    derive_subkey,
    wipe,
)
from tests.remediation.fast import FAST


def test_a_generated_key_is_fresh_and_of_the_length_asked_for() -> None:
    with SecureKey.generate() as one, SecureKey.generate() as two, SecureKey.generate(600) as long:
        assert len(one) == 32
        assert one != two
        assert len(long) == 600
        assert bytes(long.view()[-100:]) != bytes(100)
    with pytest.raises(WeakParameterError, match="SP 800-57"):
        SecureKey.generate(8)


@given(st.binary(min_size=1, max_size=5000))
def test_a_key_holds_the_bytes_it_was_given(data: bytes) -> None:
    source = bytearray(data)
    with SecureKey(source) as taken, SecureKey.copy_of(data) as copied:
        assert source == bytes(len(data))
        assert bytes(taken.view()) == data
        assert taken == copied


def test_what_cannot_be_wiped_is_not_taken_over() -> None:
    with pytest.raises(TypeError, match="copy_of"):
        SecureKey(b"0123456789abcdef")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least one byte"):
        SecureKey(bytearray())
    with pytest.raises(ValueError, match="at least one byte"):
        SecureKey.copy_of(b"")


def test_after_close_the_key_is_gone() -> None:
    key = SecureKey.generate()
    assert not key.closed
    key.close()
    key.close()
    assert key.closed
    with pytest.raises(ClosedKeyError):
        key.view()
    with pytest.raises(ClosedKeyError):
        _ = key == SecureKey.generate()


def test_a_view_kept_too_long_shows_neither_the_key_nor_zeros() -> None:
    key = SecureKey.copy_of(bytes(range(32)))
    view = key.view()
    key.close()
    assert bytes(view) not in (bytes(range(32)), bytes(32))


def test_a_failing_fill_wipes_what_it_wrote() -> None:
    views = []

    def fill(view: memoryview) -> None:
        view[:] = b"k" * len(view)
        views.append(memoryview(view))
        raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        SecureKey.filled(16, fill)
    assert bytes(views[0]) not in (b"k" * 16, bytes(16))


def test_views_are_read_only() -> None:
    with SecureKey.generate() as key, pytest.raises(TypeError):
        key.view()[0] = 1


def test_no_text_or_copy_is_made_of_it() -> None:
    data = bytearray(b"sesame-sesame-se")
    with SecureKey(data) as key:
        for text in (repr(key), str(key), f"{key}", f"{key!r:>50}", f"{[key]}"):
            assert "sesame" not in text
            assert "16 bytes, open" in text
        for attempt in (
            lambda: pickle.dumps(key),
            lambda: copy.copy(key),
            lambda: copy.deepcopy(key),
            lambda: bytes(key),
            lambda: hash(key),
            lambda: vars(key),
        ):
            with pytest.raises(TypeError):
                attempt()
        assert key != b"sesame-sesame-se"
        assert not hasattr(key, "__dict__")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="classes are buffers from Python 3.12 on")
def test_it_is_a_buffer_itself() -> None:
    with SecureKey.generate() as key:
        ciphertext = AESGCM(key).encrypt(bytes(12), b"data", None)  # type: ignore[arg-type,unused-ignore]
        assert AESGCM(key.view()).decrypt(bytes(12), ciphertext, None) == b"data"


def test_subkeys_and_password_keys_equal_those_of_the_functions() -> None:
    made = derive_key("violin-umbrella", parameters=FAST)
    with SecureKey.from_password("violin-umbrella", made.record) as key:
        assert bytes(key.view()) == made.key
        with key.derive_subkey("mail", 48, context=b"c") as subkey:
            assert bytes(subkey.view()) == derive_subkey(made.key, "mail", 48, context=b"c")
    with pytest.raises(WrongPasswordError):
        SecureKey.from_password("violin", made.record)


def test_collected_keys_give_their_memory_back() -> None:
    limit = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0]
    for _ in range(64):
        SecureKey.generate()
    gc.collect()
    assert SecureKey.generate().protection.locked or limit < 2**16


def test_it_says_what_it_could_not_get() -> None:
    program = (
        "import os, resource; from keyaudit.remediation import SecureKey\n"
        "kept = SecureKey.generate()\n"
        "resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))\n"
        "if os.geteuid() == 0: os.setuid(65534)\n"
        "keys = [SecureKey.generate() for _ in range(70)] + [SecureKey.generate(200)]\n"
        "for key in keys[-2:]: print(key.protection.locked, *key.protection.missing)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    for line in run.stdout.splitlines():
        assert line.startswith("False mlock: ")
        assert "ulimit -l" in line
    assert len(run.stdout.splitlines()) == 2


def test_keys_do_not_share_bytes_and_few_pages_hold_many() -> None:
    keys = [SecureKey.generate() for _ in range(3000)]
    assert len({bytes(key.view()) for key in keys}) == len(keys)
    limit = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0]
    assert keys[-1].protection.locked or limit < 2**20
    for key in keys[::2]:
        key.close()
    zeros = [SecureKey.filled(40, len) for _ in range(1500)]
    assert all(bytes(key.view()) == bytes(40) for key in zeros)
    assert len({bytes(key.view()) for key in keys[1::2]}) == len(keys) // 2


def test_bytes_that_somebody_still_views_are_not_given_to_another_key() -> None:
    first = SecureKey.copy_of(b"a" * 64)
    view, part = first.view(), first.view()[3:5]
    first.close()
    seen = bytes(view)
    others = [SecureKey.copy_of(b"b" * 64) for _ in range(200)]
    assert bytes(view) == seen
    assert bytes(part) == seen[3:5]
    del view
    others += [SecureKey.copy_of(b"c" * 64) for _ in range(200)]
    assert bytes(part) == seen[3:5]
    assert [bytes(key.view()[:1]) for key in others] == [b"b"] * 200 + [b"c"] * 200


def test_threads_get_keys_of_their_own() -> None:
    def use(number: int) -> bool:
        text = bytes((number,)) * 48
        for _ in range(100):
            with SecureKey.copy_of(text) as key, SecureKey.generate(64):
                view = key.view()
                if bytes(view) != text:
                    return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(use, range(8)))


def test_a_forked_child_can_make_keys_of_its_own() -> None:
    key = SecureKey.generate()
    child = os.fork()
    if child == 0:
        try:
            key.view()
        except ClosedKeyError:
            with SecureKey.generate() as own:
                os._exit(7 if key.closed and not own.closed else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert not key.closed


@given(st.binary(max_size=300))
def test_wiping_zeroes_in_place(data: bytes) -> None:
    buffer = bytearray(data)
    wipe(buffer)
    assert buffer == bytes(len(data))
    with pytest.raises(TypeError, match="cannot be wiped"):
        wipe(data)


def test_whatever_can_be_written_is_wiped_and_nothing_beside_it() -> None:
    buffer = bytearray(b"x" * 40)
    wipe(memoryview(buffer)[4:8])
    wipe(memoryview(buffer)[10:16:2])
    assert [place for place, byte in enumerate(buffer) if not byte] == [4, 5, 6, 7, 10, 12, 14]
    for larger in (array("Q", [7] * 3), array("d", [0.5] * 300)):
        wipe(larger)
        assert not any(larger)
