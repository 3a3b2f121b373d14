"""Queries for the keys, versions and policies in a store, and aliases of keys."""

from __future__ import annotations

from keyaudit.remediation.errors import KeyStateError
from keyaudit.remediation.lifecycle.access import Access
from keyaudit.remediation.lifecycle.records import KeyPolicy, KeyVersion, check_name
from keyaudit.remediation.lifecycle.rows import View
from keyaudit.remediation.lifecycle.states import KeyState


class Lookup(Access):
    """The queries of `KeyManager`, and its aliases."""

    def names(self) -> tuple[str, ...]:
        """The names of all keys, sorted."""
        with self._read() as view:
            return tuple(row["name"] for row in view.all("keys"))

    def versions(self, name: str) -> tuple[KeyVersion, ...]:
        """All versions of a key (or of the key that an alias leads to), oldest first, destroyed
        ones included. Raises `UnknownKeyError`."""
        with self._read() as view:
            return self._versions(view, self._resolved(view, name))

    def version(self, name: str, number: int) -> KeyVersion:
        """One version of a key (or of the key that an alias leads to). Raises `UnknownKeyError`."""
        with self._read() as view:
            return self._version(view, self._resolved(view, name), number)

    def primary(self, name: str) -> KeyVersion:
        """The primary version, which protects new data. Raises `KeyStateError` when there is none
        or it is not active, `UnknownKeyError`."""
        with self._read() as view:
            return self._primary(view, self._resolved(view, name))

    def policy(self, name: str) -> KeyPolicy:
        """The policy of a key. Raises `UnknownKeyError`."""
        with self._read() as view:
            return KeyPolicy.of(self._key_row(view, self._resolved(view, name)))

    def algorithm(self, name: str) -> str:
        """The algorithm of a key: the value of a `KeyAlgorithm`, such as `AES-256-GCM`. Raises
        `UnknownKeyError`."""
        with self._read() as view:
            return str(self._key_row(view, self._resolved(view, name))["algorithm"])

    def aliases(self, name: str) -> tuple[str, ...]:
        """The aliases of a key, sorted. Raises `UnknownKeyError`."""
        with self._read() as view:
            self._key_row(view, name)
            return self._aliases(view, name)

    def resolve(self, name: str) -> str:
        """The name of the key that an alias leads to; any other name is returned as it is."""
        with self._read() as view:
            return self._resolved(view, name)

    def set_alias(self, alias: str, name: str, *, by: str) -> None:
        """Make `alias` a second name of the key `name`; an existing alias is moved to that key.
        Raises ValueError for a bad alias, the name of a key and a missing `by`,
        `UnknownKeyError`."""
        with self._change(by, "set-alias", name, None, alias=check_name(alias)) as change:
            self._key_row(change, name)
            if change.find("keys", alias) is not None:
                raise ValueError(f"{alias!r} is a key's own name")
            change.put("aliases", {"alias": alias, "key": name})

    def remove_alias(self, alias: str, *, by: str) -> None:
        """Remove an alias. When there is none, this is only recorded in the audit log. Raises
        ValueError without `by`."""
        with self._change(by, "remove-alias", "", None, alias=alias) as change:
            if change.find("aliases", alias) is not None:
                change.remove("aliases", alias)

    def _resolved(self, view: View, name: str) -> str:
        row = view.find("aliases", name)
        return name if row is None else str(row["key"])

    def _aliases(self, view: View, key: str) -> tuple[str, ...]:
        return tuple(row["alias"] for row in view.all("aliases") if row["key"] == key)

    def _versions(self, view: View, key: str) -> tuple[KeyVersion, ...]:
        primary = self._key_row(view, key)["primary_number"]
        return tuple(KeyVersion.of(row, primary) for row in view.all("versions", key))

    def _primary(self, view: View, key: str) -> KeyVersion:
        """The primary version, if it is active."""
        version = self._primary_or_none(view, key)
        if version is None:
            raise KeyStateError(f"key {key!r} has no active version; activate one, or rotate")
        if version.state is not KeyState.ACTIVE:
            raise KeyStateError(f"{version.id} is {version.state}, and protects no new data")
        return version

    def _primary_or_none(self, view: View, key: str) -> KeyVersion | None:
        number = self._key_row(view, key)["primary_number"]
        return None if number is None else self._version(view, key, number)
