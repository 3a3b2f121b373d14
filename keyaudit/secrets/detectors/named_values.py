"""Finds values whose names call them secret, in more forms than detect-secrets knows.

detect-secrets' KeywordDetector wants quotes outside configuration files, and has its list of names.
What more is found here is told by `literals` and `bare_values`; in return more is asked of the
value: it must look like one that a program or a careful person made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from keyaudit.core.paths import name as file_name
from keyaudit.core.paths import suffix
from keyaudit.core.patterns import regex
from keyaudit.secrets.detection import NAMED, Detection
from keyaudit.secrets.detectors import bare_values, literals
from keyaudit.secrets.judgement.names import strictness
from keyaudit.secrets.judgement.values import is_secret
from keyaudit.secrets.values.long_lines import parts_of
from keyaudit.secrets.values.wrapped import name_left_open, statement_at, value_elsewhere

_LONGEST_LINE = 100_000  # of what is split into tokens at once
_MOST_BELOW = 1_000  # characters of a value under its name
_CODE = frozenset({
    ".py", ".pyi", ".pyw", ".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".java", ".go", ".c",
    ".h", ".cpp", ".cc", ".hpp", ".cs", ".rb", ".php", ".swift", ".kt", ".kts", ".scala", ".rs",
    ".pl", ".pm", ".lua", ".r", ".jl", ".ex", ".exs", ".erl", ".clj", ".dart", ".m", ".sql",
    ".vue", ".svelte", ".html", ".htm", ".tf", ".proto", ".graphql", ".groovy", ".css", ".vb",
    ".ps1", ".psm1", ".psd1", ".cxx", ".hh", ".mm", ".fs", ".vbs", ".bas", ".nim", ".zig", ".cr",
    ".hs", ".ml", ".mli", ".elm", ".sol", ".coffee", ".bicep", ".hcl", ".nix", ".gradle", ".sbt",
    ".pyx", ".pxd", ".tcl", ".v", ".sv", ".s", ".asm", ".pas", ".d", ".mts", ".cts", ".astro",
    ".es6", ".jsm",
})  # fmt: skip
_SETTINGS = frozenset({
    ".env", ".properties", ".ini", ".cfg", ".cnf", ".conf", ".yaml", ".yml", ".eyaml", ".toml",
    ".tfvars", ".config", ".local", ".prod", ".production", ".staging", ".dev",
})  # fmt: skip
_SETTINGS_NAME = regex(
    r"\.?(?:env|netrc|pgpass|npmrc|pypirc|boto|s3cfg|my\.cnf|flaskenv)(?:[._-].*)?|_netrc"
)
_NEXT = regex(r"\s*(?:[rbuf]{1,2}(?=[\"']))?(?P<quote>[\"']?)")
_BELOW = regex(r"[^\s\"'`]{8,200}(?=\s*$|\s+#)")
_BELOW_QUOTED = {quote: regex(rf"[^\s{quote}\\]{{8,200}}(?={quote})") for quote in "\"'"}
_COMMENT = ("#", "//", "/*", "*", "--", ";", "<!--")


def find(path: str, lines: Sequence[str], numbers: Sequence[int]) -> Iterator[Detection]:
    """The detections in the lines (from 1) that triage points at."""
    bare = suffix(path).lower() not in _CODE
    settings = (
        suffix(path).lower() in _SETTINGS or _SETTINGS_NAME.fullmatch(file_name(path)) is not None
    )
    for number in numbers:
        line = lines[number - 1] if number <= len(lines) else ""
        is_bare = bare or line.lstrip().startswith(_COMMENT)
        for value, at in sorted({*_values(lines, number, is_bare, settings)}):
            yield Detection(NAMED, at, value, False, lines[at - 1])
        following = lines[number] if number < len(lines) else ""
        below = _below(line, following, is_bare)
        if below is not None:
            yield Detection(NAMED, number + 1, below, False, following)
        for text, at in value_elsewhere(lines, number):
            for value in sorted({*_on_line(text, bare, bare)}):
                yield Detection(NAMED, at, value, False, lines[at - 1])


def has_value(line: str) -> bool:
    """Whether a line may have a value whose name calls it a secret, in a file of whatever kind."""
    return any(True for part in parts_of(line, _LONGEST_LINE) for _ in _on_line(part, True, True))


def _values(
    lines: Sequence[str], number: int, bare: bool, settings: bool
) -> Iterator[tuple[str, int]]:
    """The values of the names in a line (from 1), and the lines they stand in."""
    line = lines[number - 1] if number <= len(lines) else ""
    if len(line) > _LONGEST_LINE:
        for part in parts_of(line, _LONGEST_LINE):
            yield from ((value, number) for value in _on_line(part, bare, settings))
        return
    text, starts = statement_at(lines, number)
    for value in bare_values.bare_values(line, bare, settings):
        yield value, number
    for value, column in literals.secret_literals(text):
        row = max(place for place, start in enumerate(starts) if start <= column)
        yield value, number + row


def _on_line(line: str, bare: bool, settings: bool) -> Iterator[str]:
    yield from bare_values.bare_values(line, bare, settings)
    yield from (value for value, _ in literals.secret_literals(line))


def _below(line: str, following: str, bare: bool) -> str | None:
    """The value in the following line of a name at the end of a line; None for none."""
    name = name_left_open(line)
    if name is None:
        return None
    following = following[:_MOST_BELOW]
    level = strictness(name["name"])
    start = _NEXT.match(following)
    if level is None or start is None:
        return None
    quote = start["quote"]
    # In an INI file the next line may be the value, when it is indented.
    is_ini = name["sign"] is None and following[:1].isspace()
    if not quote and not (bare and (is_ini or (name["sign"] or "(") not in ("(", "["))):
        return None
    found = (_BELOW_QUOTED[quote] if quote else _BELOW).match(following, start.end())
    if found is None:
        return None
    return found[0] if is_secret(found[0], level) else None
