"""Moving data from old versions of a key to the primary one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from keyaudit.remediation.errors import RemediationError
from keyaudit.remediation.wrapping.context import Context
from keyaudit.remediation.wrapping.envelope import EnvelopeCipher, read_header

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reencryption(Generic[T]):
    """What a run did: how many envelopes were moved, how many were under the primary version
    already, and which could not be moved, each with the name of the error."""

    moved: int
    skipped: int
    failed: tuple[tuple[T, str], ...]


def reencrypt(
    cipher: EnvelopeCipher,
    current_id: str,
    envelopes: Iterable[tuple[T, bytes, Context]],
    save: Callable[[T, bytes], object],
    progress: Callable[[int], object] | None,
    *,
    anew: bool,
) -> Reencryption[T]:
    """See `KeyManager.reencrypt`."""
    moved = skipped = 0
    failed = []
    for done, (name, envelope, context) in enumerate(envelopes, 1):
        try:
            if read_header(envelope).key_id == current_id:
                skipped += 1
            else:
                if anew:
                    new = cipher.encrypt(cipher.decrypt(envelope, context), context)
                else:
                    new = cipher.rewrap(envelope, context)
                save(name, new)
                moved += 1
        except RemediationError as error:
            failed.append((name, type(error).__name__))
        if progress is not None:
            progress(done)
    return Reencryption(moved, skipped, tuple(failed))
