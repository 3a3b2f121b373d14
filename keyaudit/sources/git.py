"""Calls git so that nothing in a repository can make it start a program.

A repository's configuration can name programs (`core.fsmonitor`, hooks, filters, external diff and
text conversion, a pager, ssh commands, upload-packs for a partial clone) and can point elsewhere
(`core.worktree`). Therefore:

- only plumbing commands are called that run no filter and no diff driver
- settings that could start a program are overridden on the command line
- no transport is allowed, so that no missing object is fetched
- the work tree is always the folder that holds `.git`
- of the `GIT_*` environment variables only those stay that locate the *user's* configuration
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO

_OVERRIDES = (
    "core.fsmonitor=",
    "core.untrackedCache=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.sshCommand=false",
    "core.gitProxy=",
    "core.askPass=",
    "core.alternateRefsCommand=true",
    # What git keeps to be faster, which may have been altered: the objects themselves count.
    "core.commitGraph=false",
    "core.multiPackIndex=false",
    "credential.helper=",
    "diff.external=",
    "protocol.allow=never",
    "safe.bareRepository=explicit",
    "submodule.recurse=false",
)
_FILTERS = ("clean", "smudge", "process")
_KEPT = ("GIT_CONFIG_", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM")
# Set by whoever calls a hook; would put arguments between ours and the repository's files.
_DROPPED = ("GIT_CONFIG_PARAMETERS",)
# A `.gitignore` that is a fifo makes git wait for ever.
TIMEOUT = 60.0


class GitError(Exception):
    """A git command failed: `reason` is `missing`, `unsafe` (owner), `timeout` or `failed`."""

    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(f"{reason}: {detail}" if detail else reason)

    def explain(self, top: str) -> tuple[str, str]:
        """What is wrong, and what to do about it: two texts for the user."""
        if self.reason == "missing":
            return "git is not installed", "install git"
        if self.reason == "unsafe":
            command = f"git config --global --add safe.directory {top}"
            return "git refuses this repository, since another user owns it", f"run `{command}`"
        if self.reason == "timeout":
            return f"git did not answer within {TIMEOUT:.0f} s", "see whether `git status` does"
        return f"git could not read this repository ({self.detail})", "see what `git status` says"


@cache
def find_git() -> str | None:
    """The absolute path of git, or None.

    Relative folders in PATH are ignored, since they could be in the scanned tree.
    """
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        candidate = os.path.join(folder, "git")
        if os.path.isabs(folder) and os.path.isfile(candidate) and os.access(candidate, os.X_OK):
            return candidate
    return None


class Running:
    """A git process that was started; as a context manager it ends the process on exit."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process: subprocess.Popen[bytes] | None = process

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            process.communicate()

    def keep(self) -> Running:
        """Hands the process over to a new object, so that this one does not end it."""
        process, self._process = self._process, None
        assert process is not None
        return Running(process)

    def finish(self, data: bytes = b"") -> bytes:
        """Sends `data` and returns the output when git has ended. Raises GitError.

        Waits `TIMEOUT` seconds at most.
        """
        process = self._process
        assert process is not None
        try:
            output, errors = process.communicate(data, timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            raise GitError("timeout") from None
        if process.returncode:
            raise _failure(errors)
        return output


class Repository:
    """The repository whose work tree is the absolute folder `top`.

    `index` is an index file to use instead of its own; `settings` override its configuration.
    """

    def __init__(
        self, top: str, *, index: str | None = None, settings: Mapping[str, str] | None = None
    ) -> None:
        self.top = top
        self._index = index
        self._settings = settings or {}

    def without_filters(self) -> Repository:
        """The repository with all filters of its configuration disabled. Raises GitError.

        Its files can then be compared with commits without starting a filter program.
        """
        try:
            names = self.run("config", "-z", "--name-only", "--get-regexp", r"^filter\.")
        except GitError as error:
            if error.reason != "failed":
                raise
            return self  # it names none
        drivers = {os.fsdecode(name).rpartition(".")[0] for name in names.split(b"\0") if name}
        settings = {
            f"{driver}.{key}": value
            for driver in sorted(drivers)
            for key, value in (*((key, "") for key in _FILTERS), ("required", "false"))
        }
        return Repository(self.top, index=self._index, settings=settings)

    def run(self, *arguments: str | bytes, data: bytes = b"") -> bytes:
        """The output of a git command, run in `top` with `data` as its input. Raises GitError."""
        with self.begin(*arguments) as running:
            return running.finish(data)

    def begin(self, *arguments: str | bytes) -> Running:
        """Starts a git command without waiting for it. Raises GitError if that fails."""
        return Running(self._start(arguments, subprocess.PIPE))

    def serve(
        self, *arguments: str | bytes, output: IO[bytes] | None = None
    ) -> subprocess.Popen[bytes]:
        """Starts a git process that answers requests, or writes to the file `output`.

        Its error output is dropped. Raises GitError if it cannot be started.
        """
        return self._start(arguments, subprocess.DEVNULL, output)

    def _start(
        self, arguments: Sequence[str | bytes], errors: int, output: IO[bytes] | None = None
    ) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                self._command(arguments),
                cwd=self.top,
                env=self._environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if output is None else output,
                stderr=errors,
            )
        except OSError as error:
            raise GitError("failed", error.strerror or "cannot be started") from None

    def _command(self, arguments: Sequence[str | bytes]) -> list[str | bytes]:
        git = find_git()
        if git is None:
            raise GitError("missing")
        command: list[str | bytes] = [git, "--no-pager"]
        for setting in _OVERRIDES:
            command += ("-c", setting)
        return [*command, *arguments]

    def _environment(self) -> Mapping[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("GIT_") or (name.startswith(_KEPT) and name not in _DROPPED)
        }
        kept.update(
            GIT_WORK_TREE=self.top,
            GIT_CEILING_DIRECTORIES=os.path.dirname(self.top),
            GIT_OPTIONAL_LOCKS="0",
            GIT_TERMINAL_PROMPT="0",
            GIT_NO_LAZY_FETCH="1",
            GIT_NO_REPLACE_OBJECTS="1",
            # Tells of other parents than commits have.
            GIT_GRAFT_FILE=os.devnull,
            # Outranks any `protocol.<name>.allow`; there is no protocol of this name.
            GIT_ALLOW_PROTOCOL="none",
            GIT_ATTR_NOSYSTEM="1",
            LC_ALL="C",
        )
        if self._index is not None:
            kept["GIT_INDEX_FILE"] = self._index
        if self._settings:
            # Not by `-c`, which a name with an equals sign would break.
            given = kept.get("GIT_CONFIG_COUNT", "")
            first = int(given) if given.isdecimal() else 0
            for number, (key, value) in enumerate(self._settings.items(), first):
                kept[f"GIT_CONFIG_KEY_{number}"] = key
                kept[f"GIT_CONFIG_VALUE_{number}"] = value
            kept["GIT_CONFIG_COUNT"] = str(first + len(self._settings))
        return kept


def hook_index(repository: Repository) -> str | None:
    """The index file that git named to a hook, if it is one of this repository's; else None.

    `git commit --all` and `git commit FILE` commit from a separate index. Raises GitError.
    """
    named = os.environ.get("GIT_INDEX_FILE")
    if not named:
        return None
    file = os.path.realpath(os.path.join(repository.top, named))
    folder = repository.run("rev-parse", "--absolute-git-dir")
    home = os.path.realpath(os.fsdecode(folder.rstrip(b"\n")))
    if os.path.dirname(file) != home or not Path(file).is_file():
        return None
    return file


def _failure(stderr: bytes) -> GitError:
    text = stderr.decode("utf-8", "replace")
    if "dubious ownership" in text or "unsafe repository" in text:
        return GitError("unsafe")
    lines = [line for line in text.splitlines() if line.startswith(("fatal:", "error:"))]
    last = lines[-1].split(":", 1)[1].strip() if lines else "no reason given"
    return GitError("failed", "".join(c if c.isprintable() else "?" for c in last)[:200])
