"""The re-encryption of columns in Django and with psycopg, while others write to them: as
docs/remediation.md has it."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import psycopg

from keyaudit.remediation import KeyManager, LocalKey, read_header
from tests.remediation.fast import FAST
from tests.remediation.lifecycle import root
from tests.remediation.test_servers import PASSPHRASE, block

ROWS = 1203
CONTEXT = {"column": "users.mail"}


def test_a_column_with_psycopg(database: str, tmp_path: Path) -> None:
    recipe: dict[str, Any] = {}
    exec(compile(block("psycopg"), "docs/remediation.md", "exec"), recipe)
    with (
        KeyManager.create(tmp_path / "keys.db", root()) as manager,
        psycopg.connect(database, autocommit=True) as connection,
    ):
        manager.create_key("users", by="ann")
        cipher = manager.cipher("users")
        connection.execute("DROP TABLE IF EXISTS users")
        connection.execute("CREATE TABLE users (id bigint PRIMARY KEY, mail bytea)")
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO users VALUES (%s, %s)",
                [(n, cipher.encrypt(b"%d" % n, CONTEXT)) for n in range(1, ROWS + 1)],
            )
        connection.execute("INSERT INTO users VALUES (0, NULL), (%s, NULL)", (ROWS + 1,))
        manager.rotate("users", by="ann")
        stop = threading.Event()
        written: dict[int, bytes] = {}

        def write() -> None:
            """Writes to rows behind and before those that are moved, and deletes some."""
            with psycopg.connect(database, autocommit=True) as other:
                number = 0
                while not stop.is_set():
                    number = number * 7 % 1201 + 1
                    if number % 50 == 0:
                        other.execute("DELETE FROM users WHERE id = %s", (number,))
                        written.pop(number, None)
                    else:
                        made = cipher.encrypt(b"new %d" % number, CONTEXT)
                        done = other.execute(
                            "UPDATE users SET mail = %s WHERE id = %s", (made, number)
                        )
                        if done.rowcount:
                            written[number] = b"new %d" % number

        writer = threading.Thread(target=write)
        writer.start()
        try:
            result = recipe["reencrypt_users"](manager, database)
        finally:
            stop.set()
            writer.join()
        assert result.finished
        assert result.moved > 0
        assert not result.failed
        primary = manager.primary("users").id
        found: dict[int, bytes] = dict(
            connection.execute("SELECT id, mail FROM users WHERE mail IS NOT NULL")
        )
        for number, mail in found.items():
            assert read_header(mail).key_id == primary
            plain = cipher.decrypt(mail, CONTEXT)
            assert plain == written.get(number, b"%d" % number)
        assert written
        again = recipe["reencrypt_users"](manager, database)
        assert (again.moved, again.skipped, again.finished) == (0, len(found), True)
        manager.audit()
        connection.execute("DROP TABLE users")


_KEYS = """
from keyaudit.remediation import KeyManager, LocalKey, PassphraseFile, PerProcess

managers = PerProcess(
    lambda: KeyManager.open("keys.db", LocalKey.open("kek.json", PassphraseFile("phrase")))
)


def users_cipher():
    return managers().cipher("users")
"""
_MODELS = """
from django.db import models

from keyaudit.remediation.integrations.django import EncryptedTextField


class Visible(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(hidden=False)


class Customer(models.Model):
    mail = EncryptedTextField(cipher="shop.keys.users_cipher", null=True)
    hidden = models.BooleanField(default=False)
    objects = Visible()
"""
_SETTINGS = """
SECRET_KEY = "made up for a test"
INSTALLED_APPS = ["shop"]
DATABASES = {"default": {
    "ENGINE": "django.db.backends.sqlite3", "NAME": "shop.db", "OPTIONS": {"timeout": 60},
}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
"""
_FILL = """
import sys

import django

django.setup()
from django.db import connection
from shop.models import Customer

if sys.argv[1] == "make":
    with connection.schema_editor() as editor:
        editor.create_model(Customer)
    Customer._base_manager.bulk_create(
        [Customer(mail=f"{n}@example.org" if n % 400 else None, hidden=n % 3 == 0)
         for n in range(int(sys.argv[2]))]
    )
elif sys.argv[1] == "write":
    print("writing", flush=True)
    for n in range(1, 400):
        Customer._base_manager.filter(pk=n * 3 - 1).update(mail=f"new {n * 3 - 1}")
else:
    for customer in Customer._base_manager.order_by("pk"):
        print(customer.pk, customer.mail)
"""


def test_a_command_of_django(tmp_path: Path) -> None:
    """In a project of its own, with a store of keys beside its database."""
    commands = tmp_path / "shop" / "management" / "commands"
    commands.mkdir(parents=True)
    for folder in (tmp_path / "shop", commands.parent, commands):
        (folder / "__init__.py").write_text("")
    for name, text in (("keys", _KEYS), ("models", _MODELS)):
        (tmp_path / "shop" / f"{name}.py").write_text(text)
    (commands / "reencrypt.py").write_text(block("django"))
    (tmp_path / "settings.py").write_text(_SETTINGS)
    (tmp_path / "fill.py").write_text(_FILL)
    (tmp_path / "phrase").write_text(PASSPHRASE + "\n")
    (tmp_path / "phrase").chmod(0o600)
    environment = {"DJANGO_SETTINGS_MODULE": "settings", "PYTHONPATH": str(tmp_path)}

    def program(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *arguments], cwd=tmp_path, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def output(process: subprocess.Popen[str]) -> str:
        said, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        return said

    kek = LocalKey.create(tmp_path / "kek.json", PASSPHRASE, parameters=FAST)
    with kek, KeyManager.create(tmp_path / "keys.db", kek) as manager:
        manager.create_key("users", by="ann")
        output(program("fill.py", "make", str(ROWS)))
        manager.rotate("users", by="ann")
        writer = program("fill.py", "write")
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        said = output(program("-m", "django", "reencrypt"))
        output(writer)
        assert said.endswith("rows moved\n")
        (job,) = manager.reencryptions("users")
        assert job.finished
        # Nothing of a writer is lost, hidden rows are moved as well, and none needs version 1.
        manager.archive("users", 1, by="ann", why="all data moved")
        told = dict(line.split(" ", 1) for line in output(program("fill.py", "show")).splitlines())
        expected = {str(n + 1): f"{n}@example.org" if n % 400 else "None" for n in range(ROWS)} | {
            str(n * 3 - 1): f"new {n * 3 - 1}" for n in range(1, 400)
        }
        assert told == expected
        assert output(program("-m", "django", "reencrypt")) == "0 rows moved\n"
