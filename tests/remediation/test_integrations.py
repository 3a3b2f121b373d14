"""Envelopes in SQLAlchemy, in Django, and in asynchronous programs."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, create_engine, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from keyaudit.remediation import (
    AsyncCipher,
    DecryptionError,
    EnvelopeCipher,
    KeyManager,
    LocalKey,
    read_header,
)
from keyaudit.remediation.integrations.sqlalchemy import EncryptedType, save_in

KEK = LocalKey.generate("kek")
CIPHER = EnvelopeCipher(KEK)


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    mail: Mapped[str | None] = mapped_column(EncryptedType(CIPHER, {"column": "users.mail"}))
    photo: Mapped[bytes | None] = mapped_column(
        EncryptedType(lambda: CIPHER, {"column": "users.photo"}, binary=True)
    )


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sqlalchemy.Engine]:
    made = create_engine(f"sqlite:///{tmp_path / 'app.db'}")
    Base.metadata.create_all(made)
    yield made
    made.dispose()


def test_a_column_is_encrypted_in_the_database(engine: sqlalchemy.Engine, tmp_path: Path) -> None:
    with Session(engine) as session:
        session.add(User(id=1, mail="ann@example.org", photo=b"\xff\xd8"))
        session.add(User(id=2, mail=None, photo=None))
        session.commit()
    with Session(engine) as session:
        one, two = session.get_one(User, 1), session.get_one(User, 2)
        assert (one.mail, one.photo, two.mail, two.photo) == (
            "ann@example.org",
            b"\xff\xd8",
            None,
            None,
        )
        one.mail = "bob@example.org"
        session.commit()
    assert b"example" not in (tmp_path / "app.db").read_bytes()
    with sqlite3.connect(tmp_path / "app.db") as raw:
        stored = raw.execute("SELECT mail FROM users WHERE id = 1").fetchone()[0]
        raw.execute("UPDATE users SET photo = mail WHERE id = 1")
    raw.close()
    assert read_header(stored).key_id == "kek"
    with Session(engine) as session, pytest.raises(DecryptionError):
        session.get_one(User, 1)


def test_a_column_is_moved_to_a_new_version(
    engine: sqlalchemy.Engine, file_manager: KeyManager
) -> None:
    file_manager.create_key("users", by="ann")
    context = {"column": "users.mail"}
    cipher = file_manager.cipher("users")
    table = Table("raw", MetaData(), Column("id", Integer, primary_key=True),
                  Column("mail", LargeBinary))  # fmt: skip
    table.create(engine)
    with engine.begin() as connection:
        for number in range(3):
            made = cipher.encrypt(b"%d" % number, context)
            connection.execute(insert(table).values(id=number, mail=made))
    file_manager.rotate("users", by="ann")
    save = save_in(engine, table.c.id, table.c.mail)

    def load(id: int) -> bytes | None:
        with engine.connect() as connection:
            return connection.scalar(select(table.c.mail).where(table.c.id == id))

    with engine.connect() as connection:
        rows = [(row.id, row.mail, context) for row in connection.execute(select(table))]
    newer = cipher.encrypt(b"written meanwhile", context)
    assert save(1, rows[1][1], newer) is True
    result = file_manager.reencrypt("users", rows, save, by="ann", job="users", load=load)
    assert (result.moved, result.skipped, result.changed, result.finished) == (2, 1, 1, True)
    kept = load(1)
    assert kept is not None
    assert cipher.decrypt(kept, context) == b"written meanwhile"


def test_asynchronous_programs_are_not_held_up() -> None:
    cipher = AsyncCipher(CIPHER)

    async def work() -> None:
        context = {"row": "1"}
        made = await asyncio.gather(*(cipher.encrypt(b"%d" % n, context) for n in range(20)))
        plain = await asyncio.gather(*(cipher.decrypt(each, context) for each in made))
        assert plain == [b"%d" % n for n in range(20)]
        assert await cipher.decrypt(await cipher.rewrap(made[0], context), context) == b"0"
        text = await cipher.encrypt_text("text", context)
        assert await cipher.decrypt_text(text, context) == "text"
        with pytest.raises(DecryptionError):
            await cipher.decrypt(made[0], {"row": "2"})

    asyncio.run(work())


def the_cipher() -> EnvelopeCipher:
    return CIPHER


@pytest.fixture(scope="module")
def model() -> Any:
    """A Django model over an SQLite database in memory."""
    import django
    from django.conf import settings
    from django.db import connection, models

    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    )
    django.setup()
    from keyaudit.remediation.integrations.django import EncryptedTextField

    class Customer(models.Model):  # type: ignore[misc,unused-ignore]
        mail = EncryptedTextField(cipher=f"{__name__}.the_cipher", null=True)

        class Meta:
            app_label = "shop"

    with connection.schema_editor() as editor:
        editor.create_model(Customer)
    return Customer


def test_a_field_is_encrypted_in_the_database(model: Any) -> None:
    from django.db import connection

    made = model.objects.create(mail="ann@example.org")
    nobody = model.objects.create(mail=None)
    found = model.objects.get(pk=made.pk)
    assert found.mail == "ann@example.org"
    assert model.objects.get(pk=nobody.pk).mail is None
    found.mail = "bob@example.org"
    found.save()
    assert model.objects.get(pk=made.pk).mail == "bob@example.org"
    with connection.cursor() as cursor:
        cursor.execute("SELECT mail FROM shop_customer WHERE id = %s", [made.pk])
        stored = bytes(cursor.fetchone()[0])
    assert read_header(stored).key_id == "kek"
    context = {"model": "shop.customer", "field": "mail"}
    assert CIPHER.decrypt(stored, context) == b"bob@example.org"


def test_a_migration_makes_the_field_again(model: Any) -> None:
    field = model._meta.get_field("mail")
    _, path, arguments, options = field.deconstruct()
    assert path == "keyaudit.remediation.integrations.django.EncryptedTextField"
    assert options == {"cipher": f"{__name__}.the_cipher", "null": True}
    assert type(field)(*arguments, **options)._path == field._path
    assert field.value_to_string(model(mail="x")) == "x"


def test_a_field_of_django_is_moved_by_comparing_and_swapping(model: Any) -> None:
    from django.db import models

    from keyaudit.remediation.integrations.django import envelopes_of, load_from, save_in

    made = [model.objects.create(mail=text) for text in ("a", None, "b")]
    context = {"model": "shop.customer", "field": "mail"}
    rows = {key: (old, bound) for key, old, bound in envelopes_of(model, "mail")}
    assert made[1].pk not in rows
    old, bound = rows[made[0].pk]
    assert bound == context
    save, load = save_in(model, "mail"), load_from(model, "mail")
    assert load(made[0].pk) == old
    new = CIPHER.rewrap(old, context)
    assert not save(made[0].pk, rows[made[2].pk][0], new)  # the row holds another
    assert not save(made[1].pk, old, new)
    assert not save(10_000, old, new)
    assert load(made[0].pk) == old
    assert save(made[0].pk, old, new)
    assert load(made[0].pk) == new
    assert not save(made[0].pk, old, new)
    assert load(10_000) is None
    assert load(made[1].pk) is None
    assert model.objects.get(pk=made[0].pk).mail == "a"

    class Raw(models.Model):  # type: ignore[misc,unused-ignore]
        data = models.BinaryField()

        class Meta:
            app_label = "shop"
            db_table = "shop_customer"

    with pytest.raises(TypeError, match="give `context`"):
        next(envelopes_of(Raw, "data"))
