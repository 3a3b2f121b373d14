"""A field for Django models whose values are envelopes in the database; extra `django`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from keyaudit.remediation.wrapping.envelope import EnvelopeCipher


class EncryptedTextField(models.BinaryField):  # type: ignore[misc,unused-ignore]
    """Text that is encrypted on its way to the database.

        mail = EncryptedTextField(cipher="shop.keys.users_cipher")

    `cipher`: the dotted path of a function without arguments that gives an `EnvelopeCipher` (as
    `managers().cipher("users")`, see `PerProcess`): a path, so that migrations can hold it. The
    context is `{"model": "shop.user", "field": "mail"}`: values cannot be moved to another column.
    None stays NULL; values are not comparable in SQL. Raises as `EnvelopeCipher`.
    """

    description = "encrypted text"

    def __init__(self, *arguments: Any, cipher: str, **options: Any) -> None:
        self._path = cipher
        options.setdefault("editable", True)
        super().__init__(*arguments, **options)

    def deconstruct(self) -> Any:
        """What a migration needs to make the field again."""
        name, path, arguments, options = super().deconstruct()
        options["cipher"] = self._path
        options.pop("editable", None)
        return name, path, arguments, options

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """The envelope of a value."""
        if value is None or isinstance(value, memoryview):
            return super().get_db_prep_value(value, connection, prepared)
        made = self._cipher().encrypt(value.encode(), self._context())
        return super().get_db_prep_value(made, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str | None:
        """The value of an envelope."""
        if value is None:
            return None
        return self._cipher().decrypt(bytes(value), self._context()).decode()

    def to_python(self, value: Any) -> Any:
        """Text as it is."""
        return value

    def value_to_string(self, obj: Any) -> Any:
        """Text as it is, for serializers."""
        return self.value_from_object(obj)

    def formfield(self, **options: Any) -> Any:
        """A field of forms for text."""
        return models.Field.formfield(self, **options)

    def _context(self) -> dict[str, str]:
        return {"model": self.model._meta.label_lower, "field": self.name}

    def _cipher(self) -> EnvelopeCipher:
        opened: Callable[[], EnvelopeCipher] = import_string(self._path)
        return opened()
