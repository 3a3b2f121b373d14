"""The packages that a project says it needs, and the versions of them that it allows.

Read are requirements files, pyproject.toml (also Poetry's tables), setup.cfg and Pipfile, in the
folder of a file and in those above it. Nothing of the project is run, so setup.py is not read.
"""

from __future__ import annotations

import configparser
import re
import tomllib
from collections.abc import Iterator
from typing import Any, NamedTuple

from keyaudit.core.patterns import regex
from keyaudit.fixes.project import Project, folders_above

_REQUIREMENT = regex(
    r"\s*(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]\n]*\])?\s*\(?(?P<versions>[^;#@)\n]*)"
)
_CLAUSE = regex(r"(===|==|~=|<=|<|\^|~)\s*v?(\d+(?:\.\d+)*)(\.\*)?")
_FILE_OF_REQUIREMENTS = regex(
    r"(?:requirements(?:[-_.][\w.-]+)?|[\w.-]*[-_.]requirements|requirements/[\w.-]+)\.(?:txt|in)"
)
_NAMES = ("pyproject.toml", "setup.cfg", "Pipfile")
# A file that is larger is none that people write.
_MOST = 1_000_000


class Requirement(NamedTuple):
    """A package (`name` in small letters, with `-`) that the file at `path` asks for; `versions`
    is what the file says of the versions, such as `>=1,<2`."""

    path: str
    name: str
    versions: str

    def allows(self, *version: int) -> bool:
        """Whether a release with at least this version may be installed: `allows(3, 1)`."""
        return all(
            _allows(kind, tuple(int(part) for part in number.split(".")), bool(star), version)
            for kind, number, star in _CLAUSE.findall(self.versions)
        )


def normal(name: str) -> str:
    """The name of a package in the form in which names are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(project: Project, path: str) -> list[Requirement]:
    """What the project of a file asks for: of the nearest folder, upward from the file, in which
    anything says so. A file that cannot be read says nothing."""
    known: dict[str, list[Requirement]] = project.once("requirements by folder", dict)
    for folder in folders_above(path):
        if folder not in known:
            known[folder] = list(_in_folder(project, folder))
        if known[folder]:
            return known[folder]
    return []


def allows(project: Project, path: str, package: str, *version: int) -> bool:
    """Whether the project of the file at `path` allows a version of a package, which it does where
    it says nothing of the package."""
    wanted = normal(package)
    return all(one.allows(*version) for one in declared(project, path) if one.name == wanted)


def manifests(project: Project, folder: str) -> list[str]:
    """The paths of the files in a folder that say what its project needs."""
    head = f"{folder}/" if folder else ""
    listed: dict[str, list[str]] = project.once("files of requirements", lambda: _listed(project))
    found = [f"{head}{name}" for name in _NAMES if project.read(f"{head}{name}") is not None]
    return [*found, *listed.get(folder, ())]


def _listed(project: Project) -> dict[str, list[str]]:
    """The files of requirements by the folder of their project."""
    found: dict[str, list[str]] = {}
    for path in project.paths:
        if not path.endswith((".txt", ".in")) or "requirements" not in path:
            continue
        parts = path.split("/")
        for count in (1, 2):
            if len(parts) >= count and _FILE_OF_REQUIREMENTS.fullmatch("/".join(parts[-count:])):
                found.setdefault("/".join(parts[:-count]), []).append(path)
                break
    return found


def _in_folder(project: Project, folder: str) -> Iterator[Requirement]:
    for path in manifests(project, folder):
        data = project.read(path) or b""
        if len(data) > _MOST:
            continue
        for text in requirement_texts(path, data.decode("utf-8", "replace")):
            found = _REQUIREMENT.match(text)
            if found is not None:
                yield Requirement(path, normal(found["name"]), found["versions"].strip())


def requirement_texts(path: str, text: str) -> list[str]:
    """The requirements that a file states, each as in a requirements file: `flask>=2,<3`."""
    try:
        if path.endswith("pyproject.toml"):
            return list(_of_pyproject(tomllib.loads(text)))
        if path.endswith("Pipfile"):
            return list(_of_table(tomllib.loads(text).get("packages")))
        if path.endswith("setup.cfg"):
            return _of_setup(text)
    except (ValueError, configparser.Error, RecursionError):
        return []
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith(("#", "-"))]


def _of_setup(text: str) -> list[str]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(text)
    lines = parser.get("options", "install_requires", fallback="").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]


def _of_pyproject(data: dict[str, Any]) -> Iterator[str]:
    listed = table(data, "project").get("dependencies")
    if isinstance(listed, list):
        yield from (one for one in listed if isinstance(one, str))
    yield from _of_table(table(data, "tool", "poetry").get("dependencies"))


def table(data: dict[str, Any], *names: str) -> dict[str, Any]:
    """The table under these names, one in the other; an empty one where there is none."""
    for name in names:
        inner = data.get(name)
        data = inner if isinstance(inner, dict) else {}
    return data


def _of_table(listed: object) -> Iterator[str]:
    """`name = "^1.2"` and `name = {version = "^1.2"}` of Poetry and Pipenv."""
    for name, value in listed.items() if isinstance(listed, dict) else ():
        version = value.get("version", "") if isinstance(value, dict) else value
        if name != "python":
            yield f"{name} {version}" if isinstance(version, str) and version != "*" else name


def _allows(kind: str, number: tuple[int, ...], star: bool, wanted: tuple[int, ...]) -> bool:
    """Whether one clause about a version leaves room for `wanted` or a later one."""
    if kind in ("==", "===") and not star:
        return _compared(number, wanted) >= 0
    if kind == "<":
        return _compared(number, wanted) > 0
    if kind == "<=":
        return _compared(number, wanted) >= 0
    if kind == "^":
        first = next((at for at, part in enumerate(number) if part), len(number) - 1)
        prefix = number[: first + 1]
    elif kind == "~":  # of Poetry: the minor version stays
        prefix = number[:2]
    else:
        prefix = number if star else number[:-1]
    return prefix >= wanted[: len(prefix)]


def _compared(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """Negative, 0 or positive as `one` is the earlier, the same or the later version."""
    length = max(len(one), len(other))
    first, second = (version + (0,) * (length - len(version)) for version in (one, other))
    return next((a - b for a, b in zip(first, second, strict=True) if a != b), 0)
