"""How programs take a secret other than on their command line, from their own manuals.

Sources: MySQL 8.4 Reference Manual, 6.9 (`MYSQL_PWD`); redis-cli (`REDISCLI_AUTH`); sshpass(1)
(`-e`); openssl-passphrase-options(1) (`env:`); keytool (`:env`); docker login, podman-login(1),
skopeo-login(1), buildah-login(1), helm registry login (`--password-stdin`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Way:
    """Another way for an option that is followed by a secret.

    `variable` is the environment variable that the program reads; "" where it reads its standard
    input. `instead` are the words in the place of the option and its value. `prefix` is what stands
    in front of the secret in the value, `subcommand` a word that must come before. `attached`: the
    secret may follow the option in the same word. `apart`: it may be the next word.
    """

    programs: tuple[str, ...]
    options: tuple[str, ...]
    variable: str
    instead: tuple[str, ...] = ()
    prefix: str = ""
    subcommand: str = ""
    attached: bool = False
    apart: bool = True


_MYSQL = ("mysql", "mysqldump", "mysqladmin", "mysqlimport", "mysqlcheck", "mysqlshow", "mariadb",
          "mariadb-dump", "mariadb-admin", "mariadb-import", "mariadb-check")  # fmt: skip
_OPENSSL = (("-pass", "OPENSSL_PASS"), ("-passin", "OPENSSL_PASSIN"),
            ("-passout", "OPENSSL_PASSOUT"))  # fmt: skip
_KEYTOOL = (("-storepass", "KEYTOOL_STOREPASS"), ("-keypass", "KEYTOOL_KEYPASS"),
            ("-srcstorepass", "KEYTOOL_SRCSTOREPASS"),
            ("-deststorepass", "KEYTOOL_DESTSTOREPASS"))  # fmt: skip

_WAYS = (
    # `--password value` in two words is no such option: the value would be the database.
    Way(_MYSQL, ("-p",), "MYSQL_PWD", attached=True, apart=False),
    Way(_MYSQL, ("--password",), "MYSQL_PWD", apart=False),
    Way(("redis-cli",), ("-a", "--pass"), "REDISCLI_AUTH"),
    Way(("sshpass",), ("-p",), "SSHPASS", ("-e",), attached=True),
    *(Way(("openssl",), (option,), variable, (option, f"env:{variable}"), "pass:")
      for option, variable in _OPENSSL),
    Way(("openssl",), ("-k",), "OPENSSL_PASS", ("-pass", "env:OPENSSL_PASS"), "", "enc"),
    *(Way(("keytool",), (option,), variable, (f"{option}:env", variable))
      for option, variable in _KEYTOOL),
    Way(("docker", "podman", "nerdctl", "buildah", "skopeo", "helm", "oras"), ("-p", "--password"),
        "", ("--password-stdin",), "", "login"),
)  # fmt: skip


def way_of(program: str, before: Sequence[str], word: str, value: str | None) -> Way | None:
    """The other way for the option at `word` (which may hold the value) of a program.

    `before` are the words in front of it, and `value` is the next word, or None. The words are as
    far as they are known, so that a secret may be left out. None where no other way is known.
    """
    for way in _WAYS:
        if program not in way.programs or (way.subcommand and way.subcommand not in before):
            continue
        for option in way.options:
            if word == option:
                if way.apart and value is not None and value.startswith(way.prefix):
                    return way
                continue
            glued = f"{option}=" if option.startswith("--") else option if way.attached else None
            if glued is not None and word.startswith(glued):
                return way
    return None
