"""What a `.dockerignore` leaves in the folder that goes into an image, of what git's own list says
is secret there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.core.patterns import regex

# What git is told to ignore because it is secret: a key, the settings of one machine, a login.
_SECRET = regex(
    r"(?i)(?:\A|/)(?:\.env(?:\.\*|\.local|\*|rc|\*\.local|\.prod\w*)?|\.?secrets?(?:[._-][\w*.-]*)?|[\w*-]+[._-]secrets?(?:\.\w+)?"
    r"|[\w*.-]*\.(?:key|pem|p12|pfx|jks|keystore|kdbx)|[\w*-]*credentials?(?:\.\w+)?"
    r"|\.(?:netrc|pgpass|npmrc|pypirc|htpasswd)|id_rsa)/?\Z"
)
_PUBLIC = regex(r"(?i)example|sample|template|public|\.pub\b|dist\b|test")
# A list of these lines alone was made without a thought of secrets; then it is asked for what
# everybody keeps the settings of their own machine in.
_OF_GIT = regex(r"\s*(?:#.*|/?(?:\*\*/)?\.git\S*)?\s*\Z")
_USUAL = ".env"


def left_in(ignored_by_docker: str, ignored_by_git: str) -> tuple[str, ...]:
    """The names of secret files in git's list that no line of Docker's list keeps out of the image;
    where that names what is git's alone, the usual file of settings as well."""
    rules = tuple(_rules(ignored_by_docker))
    names = dict.fromkeys(_secret_names(ignored_by_git))
    if all(map(_OF_GIT.match, ignored_by_docker.splitlines())):
        names[_USUAL] = None
    return tuple(name for name in names if not _is_out(_instance(name), rules))


def _secret_names(ignored: str) -> Iterator[str]:
    for line in ignored.splitlines():
        name = line.strip()
        if name and name[0] not in "#!" and _SECRET.search(name) and not _PUBLIC.search(name):
            yield name.removeprefix("**/").removeprefix("/")


def _instance(pattern: str) -> str:
    """A path that a pattern of git's stands for."""
    path = pattern.replace("**", "any").replace("*", "any")
    return f"{path}any" if path.endswith("/") else path


def _rules(listed: str) -> Iterator[tuple[bool, re.Pattern[str]]]:
    """Whether each line keeps out, or lets in again, and the paths that it is for."""
    for line in listed.splitlines():
        text = line.strip()
        if not text or text[0] == "#":
            continue
        out = text[0] != "!"
        # What is named stands for all within it, too.
        yield out, re.compile(rf"{_translated(text.lstrip('!').strip('/'))}(?:/.*)?")


def _translated(pattern: str) -> str:
    """A line of Docker's list as a regular expression: `*` ends at a slash, `**` does not."""
    said = ""
    for part in re.split(r"(\*\*/|\*\*|\*|\?|\[[^\]]*\])", pattern.removeprefix("./")):
        wild = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part)
        is_class = part.startswith("[") and len(part) > 2
        said += wild if wild is not None else part if is_class else re.escape(part)
    return said


def _is_out(path: str, rules: tuple[tuple[bool, re.Pattern[str]], ...]) -> bool:
    """Whether the last line that is for a path keeps it out."""
    last = [out for out, pattern in rules if pattern.fullmatch(path)]
    return bool(last) and last[-1]
