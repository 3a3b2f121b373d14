"""What is compiled once for many tests: the catalogue, and the patterns of triage.

Reading the catalogue's files and checking them takes seconds, and so does compiling triage.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

import pytest

from keyaudit import catalogue
from keyaudit.catalogue.types import Catalogue
from keyaudit.fixes.examples import fix_files
from keyaudit.scanning.needs import Needs


def of_run(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder for `XDG_CACHE_HOME`, which the processes that the tests run in share."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    return str(folder / "caches")


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="keyaudit-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def shipped() -> Catalogue:
    """The shipped catalogue, read once a process. It cannot be changed, so that tests share it."""
    return catalogue.load(cache_folder=_folder())


@cache
def compiled() -> Path:
    """A folder of keyaudit's cache with the catalogue and triage, compiled once a process."""
    Needs(shipped(), _folder()).prepare()
    return _folder()


@cache
def warmed() -> Catalogue:
    """The shipped catalogue, after one look at a program in this process.

    Worker processes are forked: what this process has imported, compiled and indexed by then, none
    of them does again.
    """
    program = b"""\
import hashlib


def digest(password):
    return hashlib.md5(password).hexdigest()
"""
    rules = shipped()
    fix_files({"app.py": program}, rules, rules.policies["default"], cache_folder=compiled())
    return rules


def fill(home: Path) -> Path:
    """Puts what is compiled, but no results, into a folder for `XDG_CACHE_HOME`; gives it back."""
    folder = home / "keyaudit"
    if not folder.exists():
        folder.mkdir(parents=True, mode=0o700)
        for file in compiled().iterdir():
            shutil.copy2(file, folder)
    return home
