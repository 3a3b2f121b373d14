"""The store's own keys, wrapped under the root key: for its seals, audit log and certificates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from keyaudit.remediation.errors import DecryptionError, RootKeyError, StoreError, UnknownKeyError
from keyaudit.remediation.lifecycle.seals import Seals, new_generation
from keyaudit.remediation.lifecycle.stores.base import Store
from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.wrapping.kek import KeyEncryptionKey

CHAIN_KEY, SEAL_KEY, SIGNING_KEY = "chain-key", "seal-key", "signing-key"


@dataclass(slots=True)
class StoreSecrets:
    """The keys needed to read and write a store, unwrapped once when it is opened."""

    store_id: str
    seals: Seals
    chain_key: SecureKey

    @classmethod
    def of(cls, store: Store, root: KeyEncryptionKey) -> StoreSecrets:
        """The keys of an open store. Raises `UnknownKeyError` when `root` has another id than the
        store's root key, `RootKeyError` when it does not unwrap the keys, `StoreError` for a store
        that lacks them, and what `root` raises."""
        with store.read() as connection:
            rows = connection.execute("SELECT name, value FROM meta").fetchall()
            head = connection.execute("SELECT generation FROM head").fetchone()
        meta = {row["name"]: bytes(row["value"]) for row in rows}
        for name in ("id", "root", CHAIN_KEY, SEAL_KEY):
            if name not in meta:
                raise StoreError(f"{store.place} is incomplete: it lacks {name}")
        if head is None:
            raise StoreError(f"{store.place} is incomplete: it lacks its head")
        store_id, expected = _text(meta["id"]), _text(meta["root"])
        if root.id != expected:
            raise UnknownKeyError(f"the store's root key is {expected!r}, not {root.id!r}")
        generation = str(head["generation"])
        about = store_context(store_id, SEAL_KEY, generation=generation)
        try:
            seals = Seals(root.unwrap(meta[SEAL_KEY], about), store_id, generation)
            try:
                chain_key = root.unwrap(meta[CHAIN_KEY], store_context(store_id, CHAIN_KEY))
            except BaseException:
                seals.close()
                raise
        except DecryptionError:
            raise RootKeyError(
                f"{store.place}: root key {root.id!r} is not the one that the store's keys are "
                "under, or these were changed"
            ) from None
        return cls(store_id, seals, chain_key)

    def context(self, what: str, **about: str) -> dict[str, str]:
        """The encryption context under which the root key wraps a key of this store."""
        return store_context(self.store_id, what, **about)

    def close(self) -> None:
        """Wipe the keys."""
        self.seals.close()
        self.chain_key.close()


def store_context(store_id: str, what: str, **about: str) -> dict[str, str]:
    """The encryption context for a key in a store. No value is empty: AWS KMS refuses empty
    ones."""
    return {"keyaudit-store": store_id, "what": what, **about}


def new_seals(
    root: KeyEncryptionKey, store_id: str, generation: str | None = None
) -> tuple[Seals, bytes]:
    """Seals with a fresh key, and that key wrapped under the root key. `generation`: by default a
    new one."""
    generation = new_generation() if generation is None else generation
    key = SecureKey.generate()
    try:
        context = store_context(store_id, SEAL_KEY, generation=generation)
        return Seals(key, store_id, generation), root.wrap(key, context)
    except BaseException:
        key.close()
        raise


def signing_key(seed: SecureKey) -> Any:
    """The Ed25519 private key for certificates, from its seed of 32 bytes."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(seed.view())


def public_bytes(private: Any) -> bytes:
    """The public key (32 bytes) of an Ed25519 private key."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    data: bytes = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return data


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise StoreError("a value of the store itself is damaged") from None
