"""`keyaudit keys`: the life of keys in a store, for operators. A thin layer over `KeyManager`.

Nothing here is imported before the command is called, and so is `keyaudit.remediation`.
"""

from __future__ import annotations

import itertools
import json
from typing import Any

import click

from keyaudit.cli.group import Commands
from keyaudit.cli.output import put

_HERE = "keyaudit.cli.keys"
_SUBCOMMANDS = {
    "abandon": f"{_HERE}.moving:abandon",
    "activate": f"{_HERE}.using:activate",
    "add-version": f"{_HERE}.publishing:add_version",
    "alias": f"{_HERE}.making:alias",
    "approve": f"{_HERE}.approving:approve",
    "archive": f"{_HERE}.retiring:archive",
    "audit": f"{_HERE}.audit:audit",
    "backup": f"{_HERE}.recovering:backup",
    "cancel": f"{_HERE}.destroying:cancel",
    "certificate": f"{_HERE}.certificates:certificate",
    "compromise": f"{_HERE}.retiring:compromise",
    "deactivate": f"{_HERE}.retiring:deactivate",
    "destroy": f"{_HERE}.destroying:destroy",
    "end-reactivation": f"{_HERE}.retiring:end_reactivation",
    "generate": f"{_HERE}.making:generate",
    "init": f"{_HERE}.making:init",
    "jwks": f"{_HERE}.publishing:jwks",
    "list": f"{_HERE}.looking:list_keys",
    "policy": f"{_HERE}.making:policy",
    "promote": f"{_HERE}.publishing:promote",
    "reactivate": f"{_HERE}.retiring:reactivate",
    "reencrypt": f"{_HERE}.moving:reencrypt",
    "request": f"{_HERE}.approving:request",
    "requests": f"{_HERE}.approving:requests",
    "root": f"{_HERE}.rekeying:root",
    "rotate": f"{_HERE}.using:rotate",
    "scan": f"{_HERE}.destroying:scan",
    "schedule-destruction": f"{_HERE}.destroying:schedule",
    "show": f"{_HERE}.looking:show",
    "suspend": f"{_HERE}.using:suspend",
    "test-archive": f"{_HERE}.publishing:test_archive",
    "upgrade": f"{_HERE}.upgrading:upgrade",
    "accept-clock": f"{_HERE}.upgrading:accept_clock",
    "withdraw": f"{_HERE}.approving:withdraw",
}


class Keys(Commands):
    """The group, which answers wrong use in JSON too when that is asked for."""

    def invoke(self, ctx: click.Context) -> Any:
        given = [*ctx._protected_args, *ctx.args]
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            if "--format=json" in given or ("--format", "json") in itertools.pairwise(given):
                put(json.dumps({"error": error.format_message()}, indent=2) + "\n")
            raise


@click.group(cls=Keys, subcommands=_SUBCOMMANDS, short_help="Keep keys, and end them.")
def keys() -> None:
    """Make, rotate, archive and destroy the keys of a store.

    A store is a file, or a PostgreSQL database (postgresql://host/database). Its keys are
    encrypted under a root key that is not in it: a key file under a passphrase, or a key of a key
    service. docs/keys-command.md walks through a key's life.

    \b
    Exit status:
      0  done
      1  refused: the key's state or use does not allow it, or the audit log was changed
      2  wrong use: options, names, passphrase
      3  the store or the key service failed
    """
