"""Pipes an archive of keys that a shell script makes through gpg, for a recipient that a variable
names: `tar -cz keys | gpg --encrypt … --output keys.tgz.gpg`.

Words of the script that name the archive follow. Declined where the archive is read in the script,
or named in another file.
"""

from __future__ import annotations

import re

from keyaudit.configs import form_of
from keyaudit.configs.readers import shell
from keyaudit.core.location import Span
from keyaudit.core.patterns import regex
from keyaudit.fixes.changes import Change
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.site import Rewrite, Site
from keyaudit.fixes.text_file import TextFile

_CLUSTER = regex(r"-?(?=[a-zA-Z]*c)(?P<letters>[a-zA-Z]*)f")
_VARIABLE = "BACKUP_RECIPIENT"
_END = ".gpg"
# What does the same with any file.
_HANDLES = frozenset({"aws", "scp", "rsync", "cp", "mv", "rm", "ls", "chmod", "chown", "gsutil",
                      "rclone", "du", "stat", "sha256sum", "echo", "test", "[", "s3cmd", "mc",
                      "shred"})  # fmt: skip


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    file = site.project.text(site.finding.path)
    if form_of(file.path, file.data) != "shell":
        raise DeclinedError("it is no shell script")
    script = shell.read(file.text)
    place = file.offset_of(site.finding.span)
    command = next(
        (
            one
            for one in script.commands
            if one.name == "tar" and any(_start(file, word.span) == place for word in one.words)
        ),
        None,
    )
    if command is None or command.into or command.to or command.captured:
        raise DeclinedError("the archive is made in an unusual way")
    option, name = _output(file, command)
    archive = file.text[slice(*_place(file, name.span))]
    changes = [*_without(file, option, name, command)]
    end = max(_end(file, word.span) for word in command.words)
    following = file.text[end : file.line_end(file.line_of(end))].strip()
    if following and not following.startswith("#"):
        raise DeclinedError("the line holds more than one command")
    target = _encrypted(archive)
    recipient = f'"${{{_VARIABLE}:?set it}}"'
    changes.append(Change(
        file.path, end, end,
        f" | gpg --batch --yes --encrypt --recipient {recipient} --output {target}",
    ))  # fmt: skip
    changes += _noticed(file, command)
    changes += _renamed(file, script, command, name)
    _require_not_elsewhere(site, name.text)
    return site.rewrite(
        "encrypt the archive with gpg",
        more=changes,
        migrate=(
            f"set {_VARIABLE} where the script runs, and import that public key there; keep its "
            "private key elsewhere. To read an archive: `gpg --decrypt FILE | tar -xz`",
            f"archives have {_END} at the end of their names from now on; encrypt or erase those "
            "that are there",
        ),
        plain=(target, _VARIABLE, "gpg"),
    )


def _noticed(file: TextFile, command: shell.Command) -> list[Change]:
    """Let bash notice a failure of tar as well; other shells have no way to."""
    if "pipefail" in file.text or not re.match(r"#!.*\bbash\b", file.text):
        return []
    line = file.line_text(command.span.line)
    start = file.start_of_line(command.span.line)
    indent = line[: len(line) - len(line.lstrip())]
    return [Change(file.path, start, start, f"{indent}set -o pipefail{file.newline}")]


def _place(file: TextFile, span: Span) -> tuple[int, int]:
    return file.offset(span.line, span.column), file.offset(span.end_line, span.end_column)


def _start(file: TextFile, span: Span) -> int:
    return _place(file, span)[0]


def _end(file: TextFile, span: Span) -> int:
    return _place(file, span)[1]


def _output(file: TextFile, command: shell.Command) -> tuple[shell.Word, shell.Word]:
    """The word with the option `f`, and the archive."""
    words = command.words
    for at, word in enumerate(words[:-1]):
        source = file.text[slice(*_place(file, word.span))]
        is_cluster = at == 0 and _CLUSTER.fullmatch(source) is not None
        if is_cluster or source in ("-f", "--file"):
            name = words[at + 1]
            if name.text in ("-", "") or name.text.startswith("/dev/"):
                break
            return word, name
    raise DeclinedError("the archive is made in an unusual way")


def _without(
    file: TextFile, option: shell.Word, name: shell.Word, command: shell.Command
) -> list[Change]:
    """Let tar write to its standard output."""
    start, end = _place(file, option.span)
    found = _CLUSTER.fullmatch(file.text[start:end])
    last = _end(file, name.span)
    if found is not None and command.words[0] is option:
        return [Change(file.path, start, last, f"-{found['letters']}")]
    begin = start - 1 if file.text[start - 1] == " " else start
    return [Change(file.path, begin, last, "")]


def _encrypted(archive: str) -> str:
    """The name of the encrypted archive, in the same quotes."""
    quote = archive[-1:]
    return f"{archive[:-1]}{_END}{quote}" if quote in "\"'" else f"{archive}{_END}"


def _renamed(
    file: TextFile, script: shell.Script, command: shell.Command, name: shell.Word
) -> list[Change]:
    changes = []
    for other in script.commands:
        for word in other.words:
            if other is command or word.text != name.text:
                if other is not command and name.text in word.text:
                    raise DeclinedError("the archive is named in another way as well")
                continue
            if other.name not in _HANDLES:
                raise DeclinedError("the archive is read in the script")
            start, end = _place(file, word.span)
            changes.append(Change(file.path, start, end, _encrypted(file.text[start:end])))
    return changes


def _require_not_elsewhere(site: Site, name: str) -> None:
    """Raise DeclinedError where another file names the archive."""
    last = name.rpartition("/")[2]
    if "$" in last or not last:
        return
    for path in site.project.paths:
        if path != site.finding.path and last.encode() in (site.project.read(path) or b""):
            raise DeclinedError(f"the archive is named in {path}")
