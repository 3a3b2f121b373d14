"""A Django model field whose values are stored as envelopes; extra `django`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from keyaudit.remediation.wrapping.envelope import EnvelopeCipher


class EncryptedTextField(models.BinaryField):  # type: ignore[misc,unused-ignore]
    """A text field that is encrypted before it is stored in the database, as an envelope.

        mail = EncryptedTextField(cipher="shop.keys.users_cipher")

    `cipher`: the dotted path of a function without arguments that returns an `EnvelopeCipher` (as
    `managers().cipher("users")`, see `PerProcess`). It is a path so that migrations can store it.
    The encryption context is the model's label and the field's name,
    `{"model": "shop.user", "field": "mail"}`, so a value cannot be decrypted in another column.
    None is stored as NULL. SQL cannot compare or search the values. Errors as `EnvelopeCipher`.
    """

    description = "encrypted text"

    def __init__(self, *arguments: Any, cipher: str, **options: Any) -> None:
        self._path = cipher
        options.setdefault("editable", True)
        super().__init__(*arguments, **options)

    def deconstruct(self) -> Any:
        """The name, path and arguments that a migration needs to recreate the field."""
        name, path, arguments, options = super().deconstruct()
        options["cipher"] = self._path
        options.pop("editable", None)
        return name, path, arguments, options

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """The envelope to store for a text; None and an existing `memoryview` are passed on as they
        are."""
        if value is None or isinstance(value, memoryview):
            return super().get_db_prep_value(value, connection, prepared)
        made = self._cipher().encrypt(value.encode(), self._context())
        return super().get_db_prep_value(made, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str | None:
        """The text in a stored envelope; None for NULL. Errors as `EnvelopeCipher.decrypt`."""
        if value is None:
            return None
        return self._cipher().decrypt(bytes(value), self._context()).decode()

    def to_python(self, value: Any) -> Any:
        """The value as it is: text needs no conversion."""
        return value

    def value_to_string(self, obj: Any) -> Any:
        """The decrypted text, for serializers."""
        return self.value_from_object(obj)

    def formfield(self, **options: Any) -> Any:
        """The form field for text input."""
        return models.Field.formfield(self, **options)

    def _context(self) -> dict[str, str]:
        return {"model": self.model._meta.label_lower, "field": self.name}

    def _cipher(self) -> EnvelopeCipher:
        opened: Callable[[], EnvelopeCipher] = import_string(self._path)
        return opened()
