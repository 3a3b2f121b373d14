"""A Django model field whose values are stored as envelopes, and the re-encryption of such columns;
extra `django`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.module_loading import import_string

from keyaudit.remediation.wrapping.context import Context

if TYPE_CHECKING:
    from keyaudit.remediation.lifecycle.moves import Save
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
        made = self._cipher().encrypt(value.encode(), self.context())
        return super().get_db_prep_value(made, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str | None:
        """The text in a stored envelope; None for NULL. Errors as `EnvelopeCipher.decrypt`."""
        if value is None:
            return None
        return self._cipher().decrypt(bytes(value), self.context()).decode()

    def to_python(self, value: Any) -> Any:
        """The value as it is: text needs no conversion."""
        return value

    def value_to_string(self, obj: Any) -> Any:
        """The decrypted text, for serializers."""
        return self.value_from_object(obj)

    def formfield(self, **options: Any) -> Any:
        """The form field for text input."""
        return models.Field.formfield(self, **options)

    def context(self) -> dict[str, str]:
        """The encryption context of the field's values."""
        return {"model": self.model._meta.label_lower, "field": self.name}

    def _cipher(self) -> EnvelopeCipher:
        opened: Callable[[], EnvelopeCipher] = import_string(self._path)
        return opened()


_BATCH = 500
"""Rows read at once."""
_RAW = "keyaudit_envelope"


def envelopes_of(
    model: Any,
    field: str,
    *,
    context: Callable[[Any], Context] | None = None,
    using: str | None = None,
) -> Iterator[tuple[Any, bytes, Context]]:
    """The stored envelopes of a field, for `KeyManager.reencrypt`: each row's primary key, envelope
    and context; rows with NULL are left out.

    `field`: the name of an `EncryptedTextField`, or of a `BinaryField` that holds envelopes. For
    the latter `context` gives the context of a row by its primary key. `using`: the name of the
    database, by default the one that Django's routers choose to write to.

    The rows are those of the model's base manager, so that none is left out by a manager that hides
    rows (soft deletion). They are read by ranges of the primary key, 500 at once, without a
    transaction that lasts. Raises TypeError for a `BinaryField` without `context`.
    """
    column = model._meta.get_field(field)
    if context is None and not isinstance(column, EncryptedTextField):
        raise TypeError(f"the context of {field!r} is not known: give `context`")
    rows = _rows(model, field, using).exclude(**{_RAW: None}).order_by("pk")
    last: Any = None
    while True:
        found = rows if last is None else rows.filter(pk__gt=last)
        batch = list(found.values_list("pk", _RAW)[:_BATCH])
        for key, envelope in batch:
            yield key, bytes(envelope), column.context() if context is None else context(key)
        if len(batch) < _BATCH:
            return
        last = batch[-1][0]


def save_in(model: Any, field: str, *, using: str | None = None) -> Save[Any]:
    """A function for the parameter `save` of `KeyManager.reencrypt`. It runs one UPDATE that
    replaces a row's envelope only if the row still holds the old one, and returns whether it did.
    Signals and `save` methods of the model are not called. Arguments as `envelopes_of`."""

    def save(key: Any, old: bytes, new: bytes) -> bool:
        rows = _rows(model, field, using).filter(pk=key, **{_RAW: old})
        return bool(rows.update(**{field: memoryview(new)}) == 1)

    return save


def load_from(model: Any, field: str, *, using: str | None = None) -> Callable[[Any], bytes | None]:
    """A function for the parameter `load` of `KeyManager.reencrypt`: the envelope that a row holds
    now; None when it is gone. Arguments as `envelopes_of`."""

    def load(key: Any) -> bytes | None:
        found = _rows(model, field, using).filter(pk=key).values_list(_RAW, flat=True).first()
        return None if found is None else bytes(found)

    return load


def _rows(model: Any, field: str, using: str | None) -> Any:
    """All rows of a model, with the stored bytes of a field."""
    from django.db import router

    database = router.db_for_write(model) if using is None else using
    raw = models.ExpressionWrapper(models.F(field), output_field=models.BinaryField())
    return model._base_manager.using(database).annotate(**{_RAW: raw})
