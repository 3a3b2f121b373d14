"""Selects the lines that detect-secrets must see, without importing it.

Importing detect-secrets takes longer than scanning a file, and a word such as `password` stands in
many files that hold no secret. So the lines that triage points at are checked here again, by what
the plugins demand beyond what triage patterns can say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from keyaudit.core.paths import suffix
from keyaudit.core.patterns import regex

# By file name extension, what detect-secrets knows (`detect_secrets.util.filetype`).
_YAML = frozenset({".yaml", ".yml", ".eyaml"})
# Where its KeywordDetector needs no quotes around a value.
_UNQUOTED = frozenset({*_YAML, ".cnf", ".conf", ".cfg", ".cf", ".ini", ".properties", ".toml",
                       ".go"})  # fmt: skip
_KNOWN = frozenset({*_UNQUOTED, ".cls", ".example", ".java", ".js", ".m", ".php", ".py", ".pyi",
                    ".swift", ".tf", ".cs", ".c", ".cpp"})  # fmt: skip

# In small letters, as lines are for these. Each begins with a letter of its own: the search for one
# of several letters is fast, for what begins with more alternatives it is not.
_KEYWORD = (
    r"(?:api_?key|auth_?key|service_?key|account_?key|d(?:b|atabase)_?(?:key|pass)"
    r"|priv(?:ate)?_?key|client_?key|key_?pass|password|passwd|pwd|secret|contrase[ñn]a)"
)
_ASSIGNED = r"\w*[\]'\"]{0,2}(?:\[[0-9]*\])?\s*(?::=|:|=>|[=!]{1,3})\s*"
_OTHERWISE = r"\w*(?:(?:.assign)?\(\"|\S{0,50}?\s*['\"`].*['\"`];)"
_NO_NAME = regex(r"\w{400,}")
_COMPARED = regex(rf"['\"`]\s*[!=]{{2,3}}\s*\w*{_KEYWORD}")
_NAMED = regex(rf"{_KEYWORD}(?:{_ASSIGNED}@?['\"`]|{_OTHERWISE})")
_NAMED_BARE = regex(rf"{_KEYWORD}(?:{_ASSIGNED}|{_OTHERWISE})")
# In settings quotes are added around a value, which may stand in the next line, too.
_SET = (
    rf"{_KEYWORD}\w*[\]'\"]{{0,2}}\s*"
    r"(?:[:=]=?|=>|===|!==?)\s*(?:['\"`]{0,3}[\w\\]|[!&*|>#]|['\"]?(?P<below>$))"
)
_SET_THERE = regex(_SET)
_SET_BEFORE = regex(rf"[!=]{{2,3}}\s*\w*{_KEYWORD}")
_SET_LATER = regex(rf"\s*\?.*{_KEYWORD}\w*['\"]?\s*$")
_SETTING = regex(rf"{_SET}|{_SET_BEFORE.pattern}|^{_SET_LATER.pattern}")
_YAML_ENTRY = regex(r"\s*(?:-\s|['\"]?[^\s:'\"]+['\"]?\s*:(?:\s|$)|#|$)")
_AWS = regex(r"aws|(?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)[0-9A-Z]{16}", re.IGNORECASE)
_BASE64 = regex(r"[A-Za-z0-9+/\\_=-]{23,}")
_HEX = regex(r"[0-9a-fA-F]{9,}")
_ONLY_RUN = regex(r"\s*[A-Za-z0-9+/\\_-]+=*\s*")  # in `a=b` the sign ends nothing
_BEFORE = frozenset(" \t'\":=,[{(>|")
_AFTER = frozenset(" \t'\",;#]})")
_SECTION = regex(r"\[.+\]")
_QUIET = frozenset({"", "#", ";", " "})  # begins what is no line of settings, or goes on with one


def split_lines(text: str) -> list[str]:
    """The lines as Python's text files have them: ended by `\\n`, `\\r\\n` or `\\r`."""
    if "\r" not in text:
        return text.split("\n")
    return re.split(r"\r\n|\r|\n", text)


def candidate_lines(
    path: str, text: str, lines: Sequence[str], hits: Mapping[str, Sequence[int]]
) -> dict[int, set[str]]:
    """The lines (from 1) that a plugin may find something in, each with the names of those plugins.

    `hits` is what triage gave: tags to numbers of lines, counted by newlines alone.
    """
    settings = is_yaml(path) or may_be_ini(lines) or may_be_settings(path, lines)
    return refined_candidates(path, lines, tags_by_line(text, hits), settings)


def tags_by_line(text: str, hits: Mapping[str, Sequence[int]]) -> dict[int, set[str]]:
    """The tags of each line (from 1), the other way round than `hits`. Triage counts lines by
    `\\n` alone; here `\\r` ends a line, too."""
    tags: dict[int, set[str]] = {}
    for tag, numbers in hits.items():
        for number in numbers:
            tags.setdefault(number, set()).add(tag)
    if "\r" not in text:
        return tags
    result: dict[int, set[str]] = {}
    first = 1
    pieces = text.split("\n")
    for number, piece in enumerate(pieces, 1):
        count = piece.count("\r") + 1
        if piece.endswith("\r") and number < len(pieces):
            count -= 1
        if number in tags:
            result.update((line, tags[number]) for line in range(first, first + count))
        first += count
    return result


def refined_candidates(
    path: str, lines: Sequence[str], tags: Mapping[int, set[str]], settings: bool
) -> dict[int, set[str]]:
    """The lines of `tags`, and of their plugins those that may find something there.

    `settings`: detect-secrets may read the file as configuration, where it puts quotes around
    values itself; elsewhere it wants to see them.
    """
    yaml, bare = is_yaml(path), suffix(path) in _UNQUOTED
    binary = yaml and "binary" in "\n".join(lines)
    result = {}
    for number, names in tags.items():
        line = lines[number - 1] if number <= len(lines) else ""
        left = {name for name in names if may_find(name, line, settings=settings, bare=bare)}
        if left and yaml:
            around = lines[max(0, number - 2) : number + 1]
            left = {name for name in left if _may_find_in_yaml(name, line, around, binary)}
        if left:
            result[number] = left
    return result


def useful_plugins(path: str, line: str, names: Iterable[str]) -> set[str]:
    """Those of the plugins that may find something in a line which detect-secrets sees
    unchanged."""
    bare = suffix(path) in _UNQUOTED
    return {name for name in names if may_find(name, line, settings=False, bare=bare)}


def may_find(name: str, line: str, *, settings: bool, bare: bool) -> bool:
    """Whether a plugin may find something in a line. `settings` is as in `refined_candidates`;
    `bare`: values in this file need no quotes."""
    if name == "KeywordDetector":
        return _may_be_named(_small(line), settings, bare)
    if name == "Base64HighEntropyString":
        return _varies(_BASE64, line, 23, settings)
    if name == "HexHighEntropyString":
        return _varies(_HEX, line, 9, settings)
    if name == "AWSKeyDetector":
        return _AWS.search(line) is not None
    return True


def _may_be_named(line: str, settings: bool, bare: bool) -> bool:
    if settings and (_SET_THERE.search(line) or _SET_BEFORE.search(line) or _SET_LATER.match(line)):
        return True
    named = _NAMED_BARE if bare else _NAMED
    return named.search(line) is not None or _COMPARED.search(line) is not None


def _small(line: str) -> str:
    """A line in small letters, and in those that re.IGNORECASE takes for ASCII's; words are cut
    short that are no names, in which searches for names would take long."""
    small = _NO_NAME.sub("x" * 20, line.lower())
    return small if small.isascii() else small.replace("\u017f", "s").replace("\u0131", "i")


def _may_find_in_yaml(name: str, line: str, around: Sequence[str], binary: bool) -> bool:
    """What YAML's structure rules out. `around` are the lines before, at and after the line."""
    if name.endswith("HighEntropyString") and not binary:
        # A value of several lines has spaces or newlines in it, unless it is `!!binary`.
        return sum(_ONLY_RUN.fullmatch(other) is not None for other in around) < 2
    if name == "KeywordDetector":
        found = _SETTING.search(_small(line))
        if found and found["below"] is not None:
            return not _YAML_ENTRY.match(around[-1])
    return True


def _varies(pattern: re.Pattern[str], line: str, least: int, settings: bool) -> bool:
    """Whether the line has a run of so many different characters that is, or may be, quoted."""
    if len(line) < least:
        return False
    for match in pattern.finditer(line):
        if len(set(match[0])) < least:
            continue
        before, after = line[: match.start()][-1:], line[match.end() :][:1]
        if before == after and before in ("'", '"'):
            return True
        if settings and (not before or before in _BEFORE) and (not after or after in _AFTER):
            return True
    return False


def is_yaml(path: str) -> bool:
    """Whether detect-secrets reads the file as YAML."""
    return suffix(path) in _YAML


def may_be_ini(lines: Iterable[str]) -> bool:
    """Whether the text may be an INI file: its first line that is neither empty nor a comment
    opens a section. All others configparser refuses."""
    first = next(filter(_says, lines), "")
    return _SECTION.match(first.strip()) is not None


def may_be_settings(path: str, lines: Iterable[str]) -> bool:
    """Whether the text may be settings without sections (`.env`), in a file of no type known by its
    name.

    configparser refuses a text with a line that is neither indented, nor a comment, nor a section,
    and has no `=` or `:`.
    """
    if suffix(path) in _KNOWN:
        return False
    for line in lines:
        if "=" in line or ":" in line or line[:1] in _QUIET:
            continue
        if not (line[0].isspace() or _SECTION.match(line)):
            return False
    return True


def _says(line: str) -> bool:
    """Whether a line of settings is neither empty nor a comment."""
    text = line.lstrip()
    return bool(text) and text[0] not in "#;"
