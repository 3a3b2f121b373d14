"""A column type for SQLAlchemy whose values are envelopes in the database; extra `sqlalchemy`."""

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
    """A column of text (or, with `binary`, of bytes) that is encrypted on its way to the database.

        mail: Mapped[str] = mapped_column(EncryptedType(cipher, {"column": "users.mail"}))

    `cipher`: an `EnvelopeCipher`, or what gives one (`lambda: managers().cipher("users")`, see
    `PerProcess`). `context` is bound to every value of the column: values cannot be moved to
    another column; within it, from row to row, they can, since a type does not see its row. Values
    are not comparable in SQL, and none of them (None stays NULL). Raises as `EnvelopeCipher`.
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
        """The envelope of a value."""
        if value is None:
            return None
        data = value if self._binary else value.encode()
        return self._opened().encrypt(data, self._context)

    def process_result_value(self, value: Any, dialect: Any) -> Any:
        """The value of an envelope."""
        if value is None:
            return None
        data = self._opened().decrypt(bytes(value), self._context)
        return data if self._binary else data.decode()

    def _opened(self) -> EnvelopeCipher:
        from keyaudit.remediation.wrapping.envelope import EnvelopeCipher

        return self._cipher if isinstance(self._cipher, EnvelopeCipher) else self._cipher()


def save_in(engine: Engine, id_column: Column[Any], data_column: Column[Any]) -> Save[Any]:
    """The `save` of `KeyManager.reencrypt` for a column of envelopes, named by its rows' ids: one
    UPDATE that changes the row only where it has the old envelope still. `data_column` is given as
    it is in the database (`LargeBinary`), not as an `EncryptedType`."""
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
