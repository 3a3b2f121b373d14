"""Changes the root key of a store."""

from __future__ import annotations

from functools import partial

from keyaudit.remediation.errors import StoreError
from keyaudit.remediation.lifecycle.access import Access, check_root
from keyaudit.remediation.lifecycle.ledger import Ledger
from keyaudit.remediation.lifecycle.records import check_actor
from keyaudit.remediation.lifecycle.rows import Change, View
from keyaudit.remediation.lifecycle.store_keys import (
    CHAIN_KEY,
    SEAL_KEY,
    SIGNING_KEY,
    StoreSecrets,
    new_seals,
)
from keyaudit.remediation.lifecycle.stores.schema import TABLES, USAGE
from keyaudit.remediation.wrapping.kek import KeyEncryptionKey

_TRIES = 5


class Rekeying(Access):
    """The operation of `KeyManager` that changes the root key."""

    def change_root(self, root: KeyEncryptionKey, *, by: str) -> None:
        """Wrap all keys of the store under another root key, completely or not at all; from then on
        the store opens with that one. All rows get new seals, under a key that holders of the old
        root key do not know. Other processes that have the store open get `UnknownKeyError` until
        they open it again. Raises what the root keys raise, ValueError without `by` and as
        `KeyManager.create` for a root key that anybody can wrap under, `StoreError`
        when others keep changing the store meanwhile."""
        by = check_actor(by)
        check_root(root, self._anchors)
        for _ in range(_TRIES):
            # The key services are asked before the transaction, and again if others wrote since.
            with self._read() as view:
                before = self._seen
                rows = view.all("versions")
                secrets = {row["name"]: row["value"] for row in view.all("meta")}
            seals, sealing = new_seals(root, self._store_id)
            wrapped = {SEAL_KEY: sealing}
            for what in (CHAIN_KEY, SIGNING_KEY):
                context = self._secrets.context(what)
                with self._root.unwrap(bytes(secrets[what]), context) as secret:
                    wrapped[what] = root.wrap(secret, context)
            materials = {}
            for row in rows:
                if row["material"] is None:
                    continue
                about = self._secrets.context("material", key=row["key"], token=row["token"])
                with self._root.unwrap(bytes(row["material"]), about) as secret:
                    materials[row["key"], row["number"]] = root.wrap(secret, about)
            with self._store.write() as connection:
                self._followed(connection)
                if self._seen != before:
                    continue
                ledger = Ledger(seals, self._secrets.chain_key)
                old = View(connection, self._seals, self._known(), lambda: self._now(connection))
                ledger.head = self._known().head
                change = Change(
                    connection, seals, ledger, partial(getattr, old, "now"), self._secrets.chain_key
                )
                self._ledger = None
                _seal_anew(old, change, wrapped | {"root": root.id.encode()}, materials)
                change.record(by, "change-root", "", None, {"root": root.id})
                ledger.apply(change.changes())
                ledger.write_head(connection, *change.last, change.now, new=False)
                for row_of in connection.execute("SELECT * FROM usage").fetchall():
                    self._seals.check(USAGE, row_of)
                    connection.execute(
                        "UPDATE usage SET seal = ? WHERE id = ?",
                        (seals.of_row(USAGE, row_of), row_of["id"]),
                    )
            self._secrets.seals.close()
            self._secrets = StoreSecrets(self._store_id, seals, self._secrets.chain_key)
            self._root, self._ledger, self._seen = root, ledger, ledger.head
            self._kept.clear()
            self._keys.revoke()
            self._store.scrub()
            self._tell(change)
            return
        raise StoreError(f"{self._store.place}: others keep changing it; try again")

    def _known(self) -> Ledger:
        assert self._ledger is not None
        return self._ledger


def _seal_anew(
    old: View,
    change: Change,
    meta: dict[str, bytes],
    materials: dict[tuple[str, int], bytes],
) -> None:
    """Write every row with a seal of the new generation, and the keys wrapped under the new root
    key."""
    for table in TABLES:
        for row in old.all(table):
            if table == "meta" and row["name"] in meta:
                row["value"] = meta[row["name"]]
            if table == "versions" and row["material"] is not None:
                row["material"] = materials[row["key"], row["number"]]
            change.replace(table, row)
