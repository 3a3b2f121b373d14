"""Servers that fork after they have opened a store: gunicorn with `--preload`, Celery, and the
start methods of multiprocessing, while others rotate. The programs are those of
docs/remediation.md."""

from __future__ import annotations

import base64
import contextlib
import http.client
import multiprocessing
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from keyaudit.remediation import KeyManager, KeyStateError, LocalKey, PerProcess, read_header
from tests.remediation.fast import FAST
from tests.remediation.lifecycle import root

PAGE = Path(__file__).parent.parent.parent / "docs" / "remediation.md"
PASSPHRASE = "some words made up for this test"
_PATIENCE = 120.0
"""Seconds after which a server that does not answer is given up."""


def block(name: str) -> str:
    """The program that the page has for a server."""
    (found,) = re.findall(rf"^```python {name}\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
    return str(found)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[KeyManager]:
    """A store with key `orders` in a folder, as the programs expect it, opened by an operator."""
    (tmp_path / "phrase").write_text(PASSPHRASE + "\n")
    (tmp_path / "phrase").chmod(0o600)
    kek = LocalKey.create(tmp_path / "kek.json", PASSPHRASE, parameters=FAST)
    with kek, KeyManager.create(tmp_path / "keys.db", kek) as manager:
        manager.create_key("orders", by="ann")
        yield manager


class Connection(http.client.HTTPConnection):
    """HTTP over a socket in a folder."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_PATIENCE)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(_PATIENCE)
        self.sock.connect(str(self._path))


@contextlib.contextmanager
def running(folder: Path, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program in a folder, with its children; its output goes to the file `log`."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=folder, stdout=log, stderr=log,
            env=os.environ | {"PYTHONPATH": str(folder)}, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextlib.contextmanager
def gunicorn(folder: Path) -> Iterator[Path]:
    """The application of the page, on a socket in the folder."""
    pytest.importorskip("gunicorn", reason="gunicorn is not installed")
    (folder / "shop.py").write_text(block("gunicorn"))
    # A socket's path is to be short.
    with tempfile.TemporaryDirectory(prefix="keyaudit-") as short:
        path = Path(short) / "s"
        yield from _started(folder, path)


def _started(folder: Path, path: Path) -> Iterator[Path]:
    with running(folder, "gunicorn", "--preload", "--workers", "3", "--bind", f"unix:{path}",
                 "--no-control-socket", "shop:application") as process:  # fmt: skip
        end = time.monotonic() + _PATIENCE
        while not path.exists():
            has_failed = process.poll() is not None or time.monotonic() > end
            assert not has_failed, (folder / "log").read_text()
            time.sleep(0.05)
        yield path


def ask(path: Path, verb: str, text: str) -> tuple[int, str, int]:
    """Status, answer and process of a request."""
    connection = Connection(path)
    try:
        connection.request("POST", f"/{verb}?7", text.encode())
        response = connection.getresponse()
        return response.status, response.read().decode(), int(response.headers["X-Worker"])
    finally:
        connection.close()


def of_all_workers(path: Path, verb: str, text: str, count: int = 3) -> dict[int, tuple[int, str]]:
    """What each of `count` workers answers. They are asked at once, so that none does it all."""
    answers: dict[int, tuple[int, str]] = {}
    end = time.monotonic() + _PATIENCE
    with ThreadPoolExecutor(2 * count) as pool:
        while len(answers) < count:
            assert time.monotonic() < end
            asked = [pool.submit(ask, path, verb, text) for _ in range(2 * count)]
            for each in asked:
                status, answer, process = each.result()
                answers[process] = status, answer
    return answers


def test_gunicorn_with_preload(store: KeyManager, tmp_path: Path) -> None:
    with gunicorn(tmp_path) as path:
        envelopes = []
        for _ in range(5):
            envelopes += [answer[1] for answer in of_all_workers(path, "seal", "text").values()]
            store.rotate("orders", by="ann")  # every worker's next message is under the new one
        ids = [read_header(_bytes(each)).key_id for each in envelopes]
        versions = [version.id for version in store.versions("orders")]
        assert ids == [id for id in versions[:5] for _ in range(3)]
        for envelope in envelopes:
            assert ask(path, "open", envelope)[:2] == (200, "text")
            assert store.cipher("orders").decrypt_text(envelope, {"row": "7"}) == "text"
        # What becomes of a version holds in every worker at once.
        store.archive("orders", 1, by="ann", why="replaced")
        answers = of_all_workers(path, "open", envelopes[0])
        assert set(answers.values()) == {(409, "KeyStateError")}
        # A worker that is killed, between messages or within one, is replaced by one that works.
        for process in list(answers)[:2]:
            os.kill(process, signal.SIGKILL)
        end = time.monotonic() + _PATIENCE
        while True:
            assert time.monotonic() < end
            with contextlib.suppress(OSError, http.client.HTTPException):
                again = of_all_workers(path, "open", envelopes[-1])
                if len(set(again) - set(answers)) == 2:
                    break
        assert set(again.values()) == {(200, "text")}
        store.audit()
    # What the children inherited, and dropped at their ends, was not the store's.
    store.rotate("orders", by="ann")
    store.audit()


def test_gunicorn_does_not_start_with_a_wrong_passphrase(store: KeyManager, tmp_path: Path) -> None:
    (tmp_path / "phrase").write_text("some other words for this test\n")
    pytest.importorskip("gunicorn", reason="gunicorn is not installed")
    (tmp_path / "shop.py").write_text(block("gunicorn"))
    with running(tmp_path, "gunicorn", "--preload", "--bind", f"unix:{tmp_path / 's'}",
                 "--no-control-socket", "shop:application") as process:  # fmt: skip
        assert process.wait(_PATIENCE) != 0
    assert "WrongPasswordError" in (tmp_path / "log").read_text()


_CELERY = """
broker_url = "filesystem://"
broker_transport_options = {
    "data_folder_in": "queue", "data_folder_out": "queue", "control_folder": "control",
}
result_backend = "file://results"
worker_prefetch_multiplier = 1
"""


def test_celery(store: KeyManager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    celery: Any = pytest.importorskip("celery", reason="celery is not installed")
    (tmp_path / "jobs.py").write_text(block("celery"))
    (tmp_path / "celeryconfig.py").write_text(_CELERY)
    for name in ("queue", "control", "results"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    caller = celery.Celery("caller")
    caller.config_from_object(_settings(), force=True)

    def done(name: str, *arguments: str) -> list[str]:
        """The answers of eight tasks at once, so that every process has some."""
        asked = [caller.send_task(f"jobs.{name}", arguments) for _ in range(8)]
        return [str(each.get(timeout=_PATIENCE)) for each in asked]

    with running(tmp_path, "celery", "--app", "jobs", "worker", "--pool", "prefork",
                 "--concurrency", "2", "--without-gossip", "--without-mingle",
                 "--without-heartbeat"):  # fmt: skip
        envelopes = []
        for _ in range(3):
            envelopes += done("seal", "text", "7")
            store.rotate("orders", by="ann")
        ids = [read_header(_bytes(each)).key_id for each in envelopes]
        versions = [version.id for version in store.versions("orders")]
        assert ids == [id for id in versions[:3] for _ in range(8)]
        for envelope in envelopes[::8]:
            assert set(done("unseal", envelope, "7")) == {"text"}
        store.archive("orders", 1, by="ann", why="replaced")
        with pytest.raises(KeyStateError, match="archived"):
            done("unseal", envelopes[0], "7")
    store.audit()


def _settings() -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(_CELERY, names)
    return {name: value for name, value in names.items() if name[0] != "_"}


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Opening:
    """Opens a store in whichever process asks for it."""

    def __init__(self, place: str) -> None:
        self._place = place

    def __call__(self) -> KeyManager:
        return KeyManager.open(self._place, root())


def work(managers: PerProcess[KeyManager], number: int, said: Any, go_on: Any) -> None:
    """A child: encrypts and decrypts until told to stop, and then ends as programs do. It says when
    it has begun, and when it has heard of another key."""
    sealed: list[bytes] = []
    renewed = False
    while not go_on.is_set() or len(sealed) < 5:
        data = b"%d:%d" % (number, len(sealed))
        cipher = managers().cipher("orders")
        sealed.append(cipher.encrypt(data, {"child": str(number)}))
        assert cipher.decrypt(sealed[-1], {"child": str(number)}) == data
        if len(sealed) == 3:
            said.put((number, "began"))
        if not renewed and read_header(sealed[-1]).key_id != read_header(sealed[0]).key_id:
            renewed = True
            said.put((number, "renewed"))
    said.put((number, sealed[-5:] + sealed[:5]))


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_children_of_a_process_that_rotates(method: str, place: str) -> None:
    """The parent has opened the store before it makes them, and rotates while they work."""
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    context: Any = multiprocessing.get_context(method)
    KeyManager.create(place, root()).close()
    managers = PerProcess(Opening(place))
    manager = managers()
    manager.create_key("orders", by="ann")
    before = manager.cipher("orders").encrypt(b"before", {})
    said, go_on = context.Queue(), context.Event()
    children = [
        context.Process(target=work, args=(managers, number, said, go_on)) for number in range(3)
    ]
    for child in children:
        child.start()
    for _ in children:
        assert said.get(timeout=_PATIENCE)[1] == "began"
    for _ in range(6):
        manager.rotate("orders", by="ann")
    # On a slow machine all is rotated before they go on.
    for _ in children:
        assert said.get(timeout=_PATIENCE)[1] == "renewed"
    go_on.set()
    answers = [said.get(timeout=_PATIENCE) for _ in children]
    for child in children:
        child.join(_PATIENCE)
        assert child.exitcode == 0
    seen = set()
    for number, sealed in answers:
        for envelope in sealed:
            seen.add(read_header(envelope).key_id)
            assert manager.cipher("orders").decrypt(envelope, {"child": str(number)})
    assert len(seen) > 1
    assert manager.cipher("orders").decrypt(before, {}) == b"before"
    manager.rotate("orders", by="ann")
    manager.audit()
    manager.close()
