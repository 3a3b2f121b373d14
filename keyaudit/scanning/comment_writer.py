"""Writes suppression comments beside findings, in the comment syntax of each file's language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from keyaudit.core.errors import KeyauditError
from keyaudit.core.finding import Finding
from keyaudit.core.paths import name, suffix
from keyaudit.core.patterns import regex

_HASH = frozenset({
    ".py", ".pyi", ".pyw", ".sh", ".bash", ".zsh", ".yaml", ".yml", ".toml", ".rb", ".pl", ".pm",
    ".r", ".tf", ".tfvars", ".hcl", ".nix", ".ps1", ".psm1", ".ex", ".exs", ".jl", ".env", ".conf",
    ".cfg", ".properties", ".mk", ".cmake", ".dockerfile", ".gitignore", ".npmrc", ".tcl", ".cnf",
})  # fmt: skip
_SLASHES = frozenset({
    ".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".java", ".go", ".c", ".h", ".cpp", ".cc",
    ".hpp", ".cs", ".php", ".swift", ".kt", ".kts", ".scala", ".rs", ".dart", ".groovy",
    ".gradle", ".m", ".mm", ".proto", ".sol", ".bicep", ".jsonc", ".json5", ".scss", ".less",
})  # fmt: skip
_DASHES = frozenset({".sql", ".lua", ".hs", ".elm", ".ada", ".adb"})
_SEMICOLON = frozenset({".ini", ".lisp", ".clj", ".el", ".scm", ".asm"})
_MARKUP = frozenset({".md", ".markdown", ".html", ".htm", ".xml", ".svg", ".xhtml", ".vue"})
_BY_NAME = regex(
    r"(?:.*\.)?(?:dockerfile|containerfile|makefile|jenkinsfile|vagrantfile|gemfile|rakefile)"
    r"(?:\..*)?"
    r"|\.?env(?:\..*)?",
    re.IGNORECASE,
)
# Where a comment after a value would be a part of it.
_OWN_LINE = frozenset({".ini", ".cfg", ".conf", ".properties", ".env", ".cnf", ".npmrc", ".md",
                       ".markdown"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """How many comments were written, and the findings left without one, each with the reason."""

    comments: int
    left: tuple[tuple[Finding, str], ...]


class _LeftError(Exception):
    """No comment can be written into a file; the text says why."""


def write(findings: Iterable[Finding], root: Path, reason: str, until: str = "") -> Written:
    """Writes a suppression comment for each finding: on its line, or else on the line above.

    `root` is the folder that paths start from, `reason` the reason to write, `until` the last day
    it holds (YYYY-MM-DD, or ""). Each file is replaced as a whole. A file that cannot be changed is
    reported in the result, and does not stop the others.
    """
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        by_path.setdefault(finding.path, []).append(finding)
    count = 0
    left: list[tuple[Finding, str]] = []
    for path, found in sorted(by_path.items()):
        try:
            count += _in_file(root / path, path, found, reason, until)
        except _LeftError as error:
            left += ((finding, str(error)) for finding in found)
        except KeyauditError as error:
            left += ((finding, error.what) for finding in found)
        except OSError as error:
            why = f"the file cannot be read ({error.strerror})"
            left += ((finding, why) for finding in found)
    return Written(count, tuple(left))


def signs_of(path: str) -> tuple[str, str] | None:
    """What starts and what ends a comment in a file of this name; None if it has no comments."""
    ending = suffix(path).lower()
    if ending in _HASH or _BY_NAME.fullmatch(name(path)):
        return "# ", ""
    if ending in _SLASHES:
        return "// ", ""
    if ending in _DASHES:
        return "-- ", ""
    if ending in _SEMICOLON:
        return "; ", ""
    if ending == ".css":
        return "/* ", " */"
    return ("<!-- ", " -->") if ending in _MARKUP else None


def _in_file(file: Path, path: str, findings: Sequence[Finding], reason: str, until: str) -> int:
    """How many comments were written. Raises _LeftError, OSError and KeyauditError."""
    from keyaudit.core.whole_files import write as put_in_place

    if "!/" in path:
        raise _LeftError("it is in an archive")
    signs = signs_of(path)
    if signs is None:
        raise _LeftError("such a file has no comments")
    if file.is_symlink():
        raise _LeftError("the file is a link")
    data = file.read_bytes()
    try:
        lines = data.decode("utf-8").splitlines(keepends=True)
    except UnicodeDecodeError:
        raise _LeftError("the file is not in UTF-8") from None
    by_line: dict[int, set[str]] = {}
    for finding in findings:
        by_line.setdefault(finding.span.line, set()).add(finding.rule_id)
    above = suffix(path).lower() in _OWN_LINE or name(path).lower().startswith(".env")
    count = 0
    for number, rules in sorted(by_line.items(), reverse=True):
        if number > len(lines):
            continue
        day = f"until={until} " if until else ""
        comment = f"{signs[0]}keyaudit: ignore[{', '.join(sorted(rules))}] {day}{reason}{signs[1]}"
        line = lines[number - 1]
        body = line.rstrip("\r\n")
        end = line[len(body) :] or "\n"
        if above or _goes_on(body) or "keyaudit:" in body:
            indent = body[: len(body) - len(body.lstrip())]
            lines.insert(number - 1, f"{indent}{comment}{end}")
        else:
            lines[number - 1] = f"{body.rstrip()}  {comment}{line[len(body) :]}"
        count += len(rules)
    put_in_place("".join(lines), file)
    return count


def _goes_on(line: str) -> bool:
    """Whether nothing may follow in a line: a backslash joins it to the next, or a text is open."""
    return line.rstrip().endswith("\\") or any(line.count(q) % 2 for q in ('"""', "'''", "`"))
