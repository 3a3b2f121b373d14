"""An operator: a store and its root key in a folder, a clock moved by hand, and the command."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from keyaudit.remediation import KeyManager, LocalKey
from tests.cli.support import Done, run
from tests.remediation.fast import FAST

PASSPHRASE = " ".join(("some", "words", "made", "up", "here"))
START = datetime(2026, 1, 1, 9, tzinfo=UTC)


class Operator:
    """Runs `keyaudit keys` in a folder; its `place` is the store's."""

    def __init__(self, folder: Path, place: str = "keys.db") -> None:
        self.folder = folder
        self.place = place
        self.time = START

    def make(self) -> None:
        """A root key that opens quickly, its passphrase in a file, and an empty store."""
        (self.folder / "passphrase").write_text(PASSPHRASE + "\n")
        os.chmod(self.folder / "passphrase", 0o600)  # noqa: PTH101
        LocalKey.create(self.folder / "root.json", PASSPHRASE, parameters=FAST).close()
        self("init", expect=0)

    def now(self) -> datetime:
        return self.time

    def move(self, **step: float) -> None:
        self.time += timedelta(**step)

    def __call__(self, *arguments: str, expect: int | None = 0, by: str | None = None) -> Done:
        return run("keys", *arguments, *(["--by", by] if by else []), folder=self.folder,
                   env=self.environment, expect=expect)  # fmt: skip

    def json(self, *arguments: str, expect: int | None = 0, by: str | None = None) -> Any:
        return json.loads(self(*arguments, "--format", "json", expect=expect, by=by).stdout)

    def approve(self, version: int, by: str, asks: str = "ann") -> None:
        """Ask for the destruction of a version of key `orders`, and say yes to it."""
        asked = self.json("request", "destruction", "orders", str(version), "--why", "w", by=asks)
        self("approve", "orders", asked["request"], "--yes", by=by)

    def manager(self) -> KeyManager:
        """The same store, as code opens it."""
        place = self.place if "://" in self.place else str(self.folder / self.place)
        root = LocalKey.open(self.folder / "root.json", PASSPHRASE)
        return KeyManager.open(place, root, clock=self.now)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "KEYAUDIT_STORE": self.place,
            "KEYAUDIT_ROOT": "root.json",
            "KEYAUDIT_PASSPHRASE_FILE": "passphrase",
            "KEYAUDIT_ANCHORS": "anchors",
        }
