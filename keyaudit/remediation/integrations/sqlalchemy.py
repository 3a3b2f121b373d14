"""A SQLAlchemy column type whose values are stored as envelopes; extra `sqlalchemy`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy import LargeBinary, update
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy import Column, Engine

    from keyaudit.remediation.lifecycle.moves import Save
    from keyaudit.remediation.wrapping.context import Context
    from keyaudit.remediation.wrapping.envelope import EnvelopeCipher


class EncryptedType(TypeDecorator[Any]):
    """A column of text (with `binary`: of bytes) that is encrypted before it is stored, as an
    envelope.

        mail: Mapped[str] = mapped_column(EncryptedType(cipher, {"column": "users.mail"}))

    `cipher`: an `EnvelopeCipher`, or a callable that returns one
    (`lambda: managers().cipher("users")`, see `PerProcess`). `context`: the encryption context of
    every value in the column. A value cannot be decrypted in a column with another context; it can
    be moved to another row of the same column, since a column type does not know its row. None is
    stored as NULL. SQL cannot compare or search the values. Errors as `EnvelopeCipher`.
    """

    impl = LargeBinary
    cache_ok = False

    def __init__(
        self,
        cipher: EnvelopeCipher | Callable[[], EnvelopeCipher],
        context: Context,
        *,
        binary: bool = False,
    ) -> None:
        super().__init__()
        self._cipher = cipher
        self._context = context
        self._binary = binary

    def process_bind_param(self, value: Any, dialect: Any) -> bytes | None:
        """The envelope to store for a value; None for None."""
        if value is None:
            return None
        data = value if self._binary else value.encode()
        return self._opened().encrypt(data, self._context)

    def process_result_value(self, value: Any, dialect: Any) -> Any:
        """The value in a stored envelope; None for NULL."""
        if value is None:
            return None
        data = self._opened().decrypt(bytes(value), self._context)
        return data if self._binary else data.decode()

    def _opened(self) -> EnvelopeCipher:
        from keyaudit.remediation.wrapping.envelope import EnvelopeCipher

        return self._cipher if isinstance(self._cipher, EnvelopeCipher) else self._cipher()


def save_in(engine: Engine, id_column: Column[Any], data_column: Column[Any]) -> Save[Any]:
    """A function for the parameter `save` of `KeyManager.reencrypt`, for a column of envelopes
    whose names are the values of `id_column`. It runs one UPDATE that replaces the envelope only if
    the row still holds the old one, and returns whether it did. `data_column`: the column as stored
    (`LargeBinary`), not an `EncryptedType`."""
    table = data_column.table

    def save(name: Any, old: bytes, new: bytes) -> bool:
        statement = (
            update(table)
            .where(id_column == name, data_column == old)
            .values({data_column.name: new})
        )
        with engine.begin() as connection:
            return bool(connection.execute(statement).rowcount == 1)

    return save
