"""A re-encryption killed at its writes loses no file, is known to be unfinished, and goes on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from keyaudit.remediation import KeyManager, read_header
from tests.remediation.killing import SUPPORTED, killed_at
from tests.remediation.lifecycle import CONTEXT, Clock, make, root

pytestmark = pytest.mark.skipif(not SUPPORTED, reason="traces system calls on Linux")
FILES = ("a.enc", "b.enc")


@pytest.mark.parametrize("anew", [False, True])
def test_a_kill_during_a_reencryption(tmp_path: Path, anew: bool) -> None:
    source, folder = tmp_path / "source", tmp_path / "work"
    source.mkdir()
    with make(source, Clock()) as manager:
        manager.create_key("orders", by="ann")
        for name in FILES:
            (source / name).write_bytes(manager.cipher("orders").encrypt(name.encode(), CONTEXT))
        manager.rotate("orders", by="ann")

    def opened() -> KeyManager:
        return KeyManager.open(folder / "keys.db", root(), clock=Clock())

    def work() -> None:
        with opened() as manager:
            files = [(folder / name, CONTEXT) for name in FILES]
            manager.reencrypt_files("orders", files, by="ann", job="files", anew=anew)

    kills = 0
    seen = set()
    while True:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(source, folder)
        killed = killed_at(kills, work)
        with opened() as manager:
            manager.audit()
            cipher, current = manager.cipher("orders"), manager.primary("orders").id
            moved = 0
            for name in FILES:
                data = (folder / name).read_bytes()
                assert cipher.decrypt(data, CONTEXT) == name.encode()
                moved += read_header(data).key_id == current
            jobs = manager.reencryptions("orders")
            if jobs and not jobs[0].is_open:
                assert moved == 2
            state = (len(jobs), moved, all(job.is_open for job in jobs))
        if not killed:
            break
        kills += 2  # every second write, to take less time
        if state not in seen:
            seen.add(state)
            work()
            with opened() as manager:
                assert not manager.reencryptions("orders")[0].is_open
    assert {moved for _, moved, _ in seen} == {0, 1, 2}
