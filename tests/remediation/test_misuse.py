"""What is given in the place of something else is named at once, and not somewhere within."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from keyaudit.remediation import (
    EnvelopeCipher,
    KeyManager,
    LocalKey,
    Purpose,
    PurposeKey,
    SecureKey,
    Thresholds,
    encrypt_key_for,
    generate_key,
    generate_nonce,
    generate_private_key,
    load_key,
)

RAW: Any = bytes(32)
CIPHER = EnvelopeCipher(LocalKey.generate())
ANYTHING: Any = None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: EnvelopeCipher(RAW), "key encryption key.*not bytes"),
        (lambda: EnvelopeCipher(LocalKey), "key encryption key.*not LocalKey"),  # type: ignore[arg-type]
        (lambda: LocalKey(RAW, "id"), "SecureKey, not bytes"),
        (lambda: PurposeKey(RAW, Purpose.SIGN, "id"), "SecureKey, not bytes"),
        (lambda: load_key({"x": lambda: RAW}, environment="x"), "SecureKey, not bytes"),
        (lambda: CIPHER.encrypt(b"", ANYTHING), "maps text to text"),
        (lambda: CIPHER.encrypt(b"", [("a", "b")]), "maps text to text"),  # type: ignore[arg-type]
        (lambda: generate_key(32), "such as 'AES-256', not 32"),  # type: ignore[arg-type]
        (lambda: generate_nonce(12), "is named"),  # type: ignore[arg-type]
    ],
)
def test_a_wrong_thing_is_a_type_error_that_says_what_is_right(
    wrong: Callable[[], object], words: str
) -> None:
    with pytest.raises(TypeError, match=words):
        wrong()


def test_a_sender_signs_with_ed25519() -> None:
    key: Any = generate_private_key("X25519")
    with SecureKey.generate() as secret, pytest.raises(TypeError, match="Ed25519"):
        encrypt_key_for(key.public_key(), secret, sender=key, context={})


def test_a_purpose_may_be_given_by_its_word() -> None:
    word: Any = "sign"
    with PurposeKey(SecureKey.generate(), word, "id") as key:
        key.verify(b"data", key.sign(b"data"))
    with pytest.raises(ValueError, match="nonsense"):
        PurposeKey(SecureKey.generate(), "nonsense", "id")  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"failures": -1}, {"operations": -1}, {"seconds": 0}])
def test_thresholds_are_not_below_zero(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not below 0"):
        Thresholds(**wrong)


def test_an_error_names_the_file_that_was_meant(tmp_path: Path) -> None:
    """And not the temporary one that is written beside it."""
    (tmp_path / "plain").write_text("data")
    missing, taken = tmp_path / "none" / "file", tmp_path / "taken"
    root = LocalKey.generate()
    KeyManager.create(taken, root).close()
    for kind, file, make in (
        (FileNotFoundError, missing, lambda: KeyManager.create(missing, root)),
        (FileExistsError, taken, lambda: KeyManager.create(taken, root)),
        (
            FileNotFoundError,
            missing,
            lambda: CIPHER.encrypt_file(tmp_path / "plain", missing, {}),
        ),
        (FileExistsError, taken, lambda: LocalKey.create(taken, "some words made up")),
    ):
        with pytest.raises(kind) as raised:
            make()
        assert (raised.value.filename, raised.value.filename2) == (str(file), None)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["plain", "taken"]
