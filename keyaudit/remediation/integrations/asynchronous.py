"""Envelope encryption for asyncio programs, in threads, so that it does not block the event
loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from keyaudit.remediation.wrapping.context import Context

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from keyaudit.remediation.wrapping.envelope import EnvelopeCipher

T = TypeVar("T")


class AsyncCipher:
    """Runs the calls of an `EnvelopeCipher` in threads, since a key service, a key store or the
    encryption of large data takes time.

    `executor`: runs the calls; by default the event loop's own. When a call is cancelled, its
    thread still runs to the end, and the result is discarded.
    """

    def __init__(self, cipher: EnvelopeCipher, *, executor: Executor | None = None) -> None:
        self._cipher = cipher
        self._executor = executor

    async def encrypt(self, data: Buffer, context: Context) -> bytes:
        """See `EnvelopeCipher.encrypt`; same errors."""
        return await self._run(partial(self._cipher.encrypt, data, context))

    async def decrypt(self, envelope: Buffer, context: Context) -> bytes:
        """See `EnvelopeCipher.decrypt`; same errors."""
        return await self._run(partial(self._cipher.decrypt, envelope, context))

    async def encrypt_text(self, text: str, context: Context) -> str:
        """See `EnvelopeCipher.encrypt_text`; same errors."""
        return await self._run(partial(self._cipher.encrypt_text, text, context))

    async def decrypt_text(self, envelope: str, context: Context) -> str:
        """See `EnvelopeCipher.decrypt_text`; same errors."""
        return await self._run(partial(self._cipher.decrypt_text, envelope, context))

    async def rewrap(self, envelope: Buffer, context: Context) -> bytes:
        """See `EnvelopeCipher.rewrap`; same errors."""
        return await self._run(partial(self._cipher.rewrap, envelope, context))

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)
