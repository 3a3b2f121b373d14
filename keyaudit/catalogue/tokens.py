"""Kinds of tokens: checks of their files, and the patterns that triage searches for.

Each pattern is used twice: as it is by `keyaudit.secrets.tokens`, and in a looser form by triage,
which searches bytes with hyperscan. So it may only use syntax that both understand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from keyaudit.core.patterns import regex

if TYPE_CHECKING:  # slow to import, and not needed to look for tokens
    from keyaudit.catalogue.yamlfile import Path, Source

# What stands between a name and its value.
BETWEEN = r"[\"'\])]{0,3}[ \t]{0,4}(?:=>|:=|[=!]={1,2}|[=:,>(]|[ \t])[ \t]{0,4}[rbuf]{0,2}[\"'`]?"
_REPETITION = regex(r"\{(\d+)(?:,(\d*))?\}")
# So many characters of a long repetition are asked for, and more after a beginning such as `sk-`,
# which stands in many words.
_ENOUGH = 8
_ENOUGH_AFTER_FEW = 16
_FEW = 5
_LONG = 40  # characters
_LETTERS = regex(r"(?:[A-Za-z0-9_-]|\\[./:+-])*")
_LITERAL = regex(r"(?:\(\?:)?(?:[A-Za-z0-9_-]|\\[./:+-]){3}")
_CLASS = regex(r"\[\^?\]?(?:\\.|[^\]\\])*\]")
_OPTIONAL = regex(r"\(\?:[^()]*\)(?:\?|\{0,)")
_UNKNOWN = regex(r"\(\?(?!:|P<secret>)|\\[1-9bBAZ]|[*+?}]\+")
_SECRET = "(?P<secret>"  # noqa: S105


def triage_pattern(pattern: str) -> str:
    """A regular expression for triage that matches in every line that contains such a token.

    If each alternative of the pattern begins with fixed letters, only its beginning is searched
    for, since long repetitions make hyperscan's automaton large.
    """
    plain = pattern.replace(_SECRET, "(?:")
    return _without_open_end(_beginning(plain) if _begins_with_letters(plain) else plain)


def _begins_with_letters(pattern: str) -> bool:
    if not pattern.startswith("(?:"):
        return _LITERAL.match(pattern) is not None
    depth = 0
    at = 3
    starts = [at]
    while at < len(pattern):
        if pattern[at] == "\\":
            at += 1
        elif found := _CLASS.match(pattern, at):
            at = found.end() - 1
        elif pattern[at] == "(":
            depth += 1
        elif pattern[at] == ")":
            if depth == 0:
                break
            depth -= 1
        elif pattern[at] == "|" and depth == 0:
            starts.append(at + 1)
        at += 1
    return all(_LITERAL.match(pattern, start) for start in starts)


def name_pattern(names: Sequence[str]) -> str:
    """A regular expression for the names: `_` in one stands for `_`, `.`, `-` or nothing."""
    return "|".join(name.replace("_", "[_.-]?") for name in names)


def _beginning(pattern: str) -> str:
    """The pattern up to its first long repetition outside of brackets, which is made shorter."""
    own = _LETTERS.match(pattern)
    enough = _ENOUGH if own is None or len(own[0]) >= _FEW else _ENOUGH_AFTER_FEW
    depth = at = 0
    atom = 0  # where what is repeated begins
    while at < len(pattern):
        if pattern[at] not in "{?*+":
            atom = at
        if pattern[at] == "\\":
            at += 2
            continue
        if pattern[at] == "[" and (found := _CLASS.match(pattern, at)):
            at = found.end()
            continue
        if pattern[at] in "()":
            depth += 1 if pattern[at] == "(" else -1
        if pattern[at] == "{" and depth == 0 and (found := _REPETITION.match(pattern, at)):
            least, most = int(found[1]), int(found[2] or found[1])
            if least >= enough:
                return f"{pattern[:at]}{{{enough}}}"
            if most >= enough and pattern[at - 1] != ")":
                return f"{pattern[:at]}{{{least}}}" if least else pattern[:atom]
            at = found.end()
            continue
        at += 1
    return pattern


def _without_open_end(pattern: str) -> str:
    """Matches at each end that is possible are many; one will do."""
    pattern = re.sub(r"(?:\[[^\]]*\]|\w|=)(?:\?|\{0,\d+\})$", "", pattern)
    found = re.search(r"\{(\d+),\d*\}$", pattern)
    return f"{pattern[: found.start()]}{{{found[1]}}}" if found else pattern


def check_tokens(source: Source) -> None:
    """Raises KeyauditError for a kind that its schema allows but that cannot be searched for."""
    seen: set[str] = set()
    for number, token in enumerate(source.data["tokens"]):
        path: Path = ("tokens", number)
        if token["id"] in seen:
            raise source.error(f"{token['id']} is the id of another kind above", (*path, "id"))
        seen.add(token["id"])
        for key in ("pattern", "example"):
            if key in token:
                _check_pattern(source, (*path, key), token[key])
        if not token.keys() & {"names", "check"} and not _is_telling(token["pattern"]):
            raise source.error(
                "has neither three characters in a row nor two signs between long runs "
                "that tell it from other text", (*path, "pattern"),
                "give `names` that stand before such a token, or a `check`",
            )  # fmt: skip


def _check_pattern(source: Source, path: Path, pattern: str) -> None:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise source.error(f"is no regular expression: {error}", path) from None
    if unknown := _UNKNOWN.search(pattern):
        raise source.error(f"has {unknown[0]}, which triage does not understand", path)
    if any(not _shuts_out_newlines(found[0]) for found in _CLASS.finditer(pattern)):
        raise source.error("has a class that a newline is in", path, r"write `\s` in it")
    if compiled.match(""):
        raise source.error("matches nothing at all", path)


def _shuts_out_newlines(characters: str) -> bool:
    return characters.startswith("[^") == bool(re.search(r"\\[sn]", characters))


def _is_telling(pattern: str) -> bool:
    """Whether a pattern tells its token from other text: by fixed letters, or by its build.

    Two different signs at fixed places in a text as long as a key (`1/…:…` of Asana) stand in
    nothing else; the same sign again may well (a UUID, a date, an address of IPv6).
    """
    without = _CLASS.sub(" ", _REPETITION.sub(" ", pattern)).replace("(?:", " ")
    if re.search(r"(?:[A-Za-z0-9_:/@-]|\\[./+]){3}", without):
        return True
    required = _OPTIONAL.sub("", pattern)
    signs = set(re.findall(r"[/:@]|\\[.+]", _CLASS.sub(" ", required.replace("(?:", " "))))
    least = sum(int(found[1]) for found in _REPETITION.finditer(required))
    return len(signs) >= 2 and least >= _LONG


def plain_tokens(sources: Sequence[Source]) -> list[list[Any]]:
    """The kinds of all files in plain data, sorted by id.

    Raises KeyauditError if two files define the same id.
    """
    first: dict[str, Source] = {}
    found = {}
    for source, number, token in _each(sources):
        other = first.setdefault(token["id"], source)
        if other is not source:
            raise source.error(
                f"{token['id']} is a kind of {other.label} as well", ("tokens", number, "id")
            )
        names = token.get("names", [])
        # Where the name tells it, triage has seen a value of a secret's name.
        triage = "" if names else triage_pattern(token["pattern"])
        found[token["id"]] = [
            token["id"], token["title"], token["vendor"], token["pattern"],
            triage, names, token.get("check", ""),
            token["severity"], token["confidence"], token["opens"], token["revoke"],
            token.get("generic", False), token.get("example", ""), token.get("source", ""),
            token.get("private-key", False), source.label,
        ]  # fmt: skip
    return [found[name] for name in sorted(found)]


def _each(sources: Sequence[Source]) -> Iterator[tuple[Source, int, dict[str, Any]]]:
    for source in sources:
        for number, token in enumerate(source.data["tokens"]):
            yield source, number, token
