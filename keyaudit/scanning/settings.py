"""Settings of a scan, from a configuration file and the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from keyaudit.core.errors import KeyauditError
from keyaudit.core.levels import Severity
from keyaudit.core.patterns import regex

CONFIG_NAME = "keyaudit.toml"
DEFAULT_MAX_FILE_SIZE = 2_000_000

# What the parser of TOML takes a time for that grows with the square.
_LARGEST = 1 << 20
_LONG_KEY = regex(rb"(?:[\w\"'-]+[ \t]*+\.[ \t]*+){100}")
_UNITS = {"": 1, "b": 1, "kb": 1_000, "mb": 1_000_000, "kib": 1 << 10, "mib": 1 << 20}


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a scan. Paths are absolute, or relative to the working directory.

    `file` is the configuration file, or None. `select` None means all rules. `max_file_size` is in
    bytes; `jobs` 0 means one process for each processor. `limits` overrides limits of the policy,
    by dotted path. Without `comments`, suppression comments do not count. After `timeout` seconds,
    files not yet analyzed are skipped. `source` maps each setting to the file or option it came
    from, for errors.
    """

    file: Path | None = None
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    per_path_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    severity: Severity = Severity.LOW
    policy: str = "default"
    limits: Mapping[str, Any] = field(default_factory=dict)
    rules: tuple[Path, ...] = ()
    exclude: tuple[str, ...] = ()
    baseline: Path | None = None
    max_file_size: int = DEFAULT_MAX_FILE_SIZE
    jobs: int = 0
    comments: bool = True
    timeout: float | None = None
    source: Mapping[str, str] = field(default_factory=dict)

    def where(self, key: str) -> str:
        """The file and key, or the option, that a setting came from, for errors."""
        return self.source.get(key, key)

    def override(self, **options: Any) -> Settings:
        """A copy with the command line's options applied; those that are None were not given."""
        given = {key: value for key, value in options.items() if value is not None}
        names = {key: "--" + key.replace("_", "-") for key in given}
        return replace(self, **given, source={**self.source, **names})


def load(start: Path, file: Path | None = None) -> Settings:
    """The settings of `file`, or of the nearest configuration file from `start` upward.

    Looks for keyaudit.toml, then for [tool.keyaudit] in pyproject.toml, in each folder up to the
    top of the git repository (or of the file system). Without any: the defaults. Raises
    KeyauditError for a file that is missing, not valid TOML, or has a wrong key or type.
    """
    if file is not None:
        table = _table(file, required=True)
        return _settings(file, table if table is not None else {})
    for folder in _upward(start):
        for name in (CONFIG_NAME, "pyproject.toml"):
            candidate = folder / name
            if candidate.is_file():
                table = _table(candidate, required=False)
                if table is not None:
                    return _settings(candidate, table)
    return Settings()


def _upward(start: Path) -> list[Path]:
    start = start.absolute()
    folders = []
    for folder in [start, *start.parents]:
        folders.append(folder)
        if (folder / ".git").exists():
            break
    return folders


def _table(file: Path, *, required: bool) -> dict[str, Any] | None:
    """The table of keyaudit's settings in a file; None when a pyproject.toml has none."""
    import tomllib

    try:
        if not file.is_file():
            raise KeyauditError(
                "there is no such configuration file" if not file.exists() else "is no file",
                where=str(file),
            )
        content = file.read_bytes()
        if not required and file.name == "pyproject.toml" and b"keyaudit" not in content:
            return None  # whatever else is in it, is not ours to judge
        if len(content) > _LARGEST or _LONG_KEY.search(content):
            raise KeyauditError("is too large, or has a key of too many parts", where=str(file))
        data = tomllib.loads(content.decode("utf-8"))
    except OSError as error:
        raise KeyauditError(
            f"cannot be read ({error.strerror})", where=str(file), hint="check its permissions"
        ) from None
    except UnicodeDecodeError:
        raise KeyauditError("is not UTF-8 text", where=str(file)) from None
    except tomllib.TOMLDecodeError as error:
        raise _toml_error(file, str(error)) from None
    except (ValueError, RecursionError):  # a number of thousands of digits; brackets in brackets
        raise KeyauditError("nests too deep, or has too long a number", where=str(file)) from None
    if file.name != "pyproject.toml":
        return data
    tool = data.get("tool")
    table = tool.get("keyaudit") if isinstance(tool, dict) else None
    if table is None:
        if required:
            raise KeyauditError("has no table [tool.keyaudit]", where=str(file))
        return None
    if not isinstance(table, dict):
        raise KeyauditError("tool.keyaudit must be a table", where=str(file))
    return table


def _toml_error(file: Path, text: str) -> KeyauditError:
    found = re.search(r"\(at line (\d+), column \d+\)", text)
    where = f"{file}:{found[1]}" if found else str(file)
    what = re.sub(r"\s*\(at [^)]*\)$", "", text)
    return KeyauditError(f"is not valid TOML: {what[:1].lower()}{what[1:]}", where=where)


def _settings(file: Path, table: Mapping[str, Any]) -> Settings:
    values: dict[str, Any] = {"file": file}
    source: dict[str, str] = {}
    for key, value in table.items():
        where = f"{file}: {key}"
        if key not in _KEYS:
            raise KeyauditError(
                f"unknown key {key!r}", where=str(file), hint=suggestion(key, _KEYS)
            )
        name = key.replace("-", "_")
        values[name] = _KEYS[key](value, where, file)
        source[name] = where
    return Settings(**values, source=source)


def suggestion(word: str, choices: Sequence[str] | Mapping[str, Any]) -> str:
    """A hint for an unknown word: the nearest choice, or all if there are at most 20."""
    from difflib import get_close_matches

    near = get_close_matches(word, list(choices), n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    if len(choices) <= 20:
        return "choose from: " + ", ".join(sorted(choices))
    return "`keyaudit rules list` shows all"


def _wrong(where: str, wanted: str) -> KeyauditError:
    return KeyauditError(f"must be {wanted}", where=where)


def _text(value: object, where: str, file: Path) -> str:
    if not isinstance(value, str) or not value:
        raise _wrong(where, "a text")
    return value


def _texts(value: object, where: str, file: Path) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _wrong(where, "a list of texts")
    return tuple(value)


def _selected(value: object, where: str, file: Path) -> tuple[str, ...]:
    if not (texts := _texts(value, where, file)):
        raise KeyauditError(
            "names no rule, so nothing would be found",
            where=where,
            hint="leave it out to look for every rule",
        )
    return texts


def _paths(value: object, where: str, file: Path) -> tuple[Path, ...]:
    return tuple(file.parent / item for item in _texts(value, where, file))


def _path(value: object, where: str, file: Path) -> Path:
    return file.parent / _text(value, where, file)


def _severity(value: object, where: str, file: Path) -> Severity:
    text = _text(value, where, file)
    try:
        return Severity[text.upper()]
    except KeyError:
        choices = [level.label for level in Severity]
        raise KeyauditError(
            f"{text!r} is no severity", where=where, hint=suggestion(text, choices)
        ) from None


def _per_path(value: object, where: str, file: Path) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise _wrong(where, 'a table of patterns, such as "tests/**" = ["KA301"]')
    return {
        pattern: _texts(rules, f"{where}.{pattern!r}", file) for pattern, rules in value.items()
    }


def _limits(value: object, where: str, file: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(where, "a table of limits")
    return value


def _size(value: object, where: str, file: Path) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    if isinstance(value, str):
        found = re.fullmatch(r"\s*(\d+)\s*([a-z]*)\s*", value.lower())
        if found and found[2] in _UNITS and int(found[1]) > 0:
            return int(found[1]) * _UNITS[found[2]]
    raise _wrong(where, 'a number of bytes, or a text such as "2 MB"')


def _jobs(value: object, where: str, file: Path) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _wrong(where, "a whole number from 0 (0: one worker a processor)")
    return value


_KEYS = {
    "select": _selected,
    "ignore": _texts,
    "per-path-ignores": _per_path,
    "severity": _severity,
    "policy": _text,
    "limits": _limits,
    "rules": _paths,
    "exclude": _texts,
    "baseline": _path,
    "max-file-size": _size,
    "jobs": _jobs,
}
