"""Moves values from the source into environment variables."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from keyaudit.core.patterns import regex
from keyaudit.core.redact import mask_prose
from keyaudit.fixes.changes import VARIABLE_LISTS, Change
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.project import folders_above
from keyaudit.fixes.python_file import PythonFile, dotted
from keyaudit.fixes.site import Site

_AT_TOP = ("pyproject.toml", "setup.py", "requirements.txt", "Pipfile", "manage.py",
           "compose.yaml", "docker-compose.yml")  # fmt: skip
_ROLES = {"framework-secret": "SECRET_KEY", "password": "PASSWORD", "token": "TOKEN",
          "private-key": "PRIVATE_KEY", "salt": "SALT"}  # fmt: skip
_CALLS = {"hmac": "HMAC_KEY", "jwt": "JWT_SECRET", "jose": "JWT_SECRET", "AES": "AES_KEY",
          "AESGCM": "AES_KEY", "Fernet": "FERNET_KEY", "itsdangerous": "SIGNING_KEY"}  # fmt: skip


# What names are made of: other signs are those of a value that somebody made up.
_NAME_LIKE = regex(r"[A-Za-z_][\w.-]*(?: [\w.-]+){0,3}")


def variable_name(site: Site, file: PythonFile, node: ast.expr) -> str:
    """The name of the environment variable for a value: made from the constant that holds it, else
    from what the finding says it is used for."""
    path = _path_to(file, node)
    if path:
        return re.sub(r"\W+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", path)).strip("_").upper()
    call, _, role = site.finding.subject.partition(":")
    for part in reversed(call.strip("`").split(".")):
        if part in _CALLS:
            return _CALLS[part]
    return _ROLES.get(role.split(":")[0], "ENCRYPTION_KEY")


def _path_to(file: PythonFile, node: ast.expr) -> str:
    """`CONFIG_mac` for the value of the key "mac" in `CONFIG = {…}`; "" where no name leads to
    it."""
    parts: list[str] = []
    inner: ast.AST = node
    for outer in file.ancestors(node):
        if isinstance(outer, ast.Dict):
            key = next(
                (k for k, v in zip(outer.keys, outer.values, strict=True) if v is inner), None
            )
            parts.append(_as_name(key))
        elif isinstance(outer, ast.keyword) and outer.arg and len(outer.arg) > 3:
            parts.append(outer.arg)
            break
        elif isinstance(outer, ast.Assign):
            target = outer.targets[0]
            name = dotted(target)
            if name is None and isinstance(target, ast.Subscript):
                name = _as_name(target.slice)
            parts.append((name or "").rpartition(".")[2])
            break
        elif isinstance(outer, ast.AnnAssign):
            parts.append((dotted(outer.target) or "").rpartition(".")[2])
            break
        elif isinstance(outer, ast.arguments):
            parts.append(_parameter(outer, node, file))
            break
        elif isinstance(outer, ast.stmt):
            break
        elif isinstance(outer, ast.Call) and not _converts(outer):
            return ""
        inner = outer
    return "_".join(part for part in reversed(parts) if part)


def _as_name(key: ast.expr | None) -> str:
    """A dict key as text; "" where the key may be a secret itself and must not be shown."""
    text = str(key.value) if isinstance(key, ast.Constant) else ""
    if _NAME_LIKE.fullmatch(text) is None or mask_prose(text) != text:
        return ""
    return text if all(mask_prose(word) == word for word in re.split(r"[\W_]+", text)) else ""


def _converts(call: ast.Call) -> bool:
    """Whether a call only changes the representation of a value, such as `encode`."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else dotted(call.func) or ""
    return name in ("encode", "decode", "fromhex", "b64decode", "urlsafe_b64decode", "unhexlify",
                    "bytes", "bytearray", "str", "strip", "a2b_hex", "dict")  # fmt: skip


def _parameter(arguments: ast.arguments, node: ast.expr, file: PythonFile) -> str:
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = list(zip(reversed(positional), reversed(arguments.defaults), strict=False))
    pairs += [
        (arg, default)
        for arg, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is not None
    ]
    for arg, default in pairs:
        if node is default or any(outer is default for outer in file.ancestors(node)):
            return arg.arg
    return ""


def read(site: Site, path: str, node: ast.Constant, name: str) -> str:
    """The expression that reads the variable `name`, with the type (str or bytes) of the literal
    `node`.

    Bytes that are not printable ASCII are read from hexadecimal. Raises DeclinedError for a literal
    of another type.
    """
    # In the quotes that the literal has.
    written = site.editor(path).file.source(node).lstrip("bBuUrR")
    quote = "'" if written.startswith("'") else '"'
    text = f"{site.editor(path).module('os', node)}.environ[{quote}{name}{quote}]"
    if isinstance(node.value, str):
        return text
    if not isinstance(node.value, bytes):
        raise DeclinedError("the value is no text")
    if all(32 <= octet < 127 for octet in node.value):
        return f"{text}.encode()"
    return f"bytes.fromhex({text})"


def _project_folder(site: Site) -> str:
    """The nearest folder above the finding's file that lists variables, else the nearest that has a
    file typical of a project root; "" for the scan root."""
    folders = list(folders_above(site.finding.path))
    for folder in folders:
        if _present(site, folder, VARIABLE_LISTS):
            return folder
    for folder in folders:
        present = _present(site, folder, _AT_TOP)
        # Inside a package, `manage.py` is a module like others.
        if present == ["manage.py"] and _present(site, folder, ("__init__.py",)):
            continue
        if present:
            return folder
    return ""


def _present(site: Site, folder: str, names: Sequence[str]) -> list[str]:
    """Those of the names that a file in a folder has."""
    head = f"{folder}/" if folder else ""
    return [name for name in names if site.project.read(f"{head}{name}") is not None]


def example_line(
    site: Site, name: str, folder: str | None = None, *, is_optional: bool = False
) -> list[Change]:
    """The change that adds the line `NAME=` to the file in `folder` (by default that of the
    project) that lists its variables: `.env.example`, which is made where there is none. Empty
    where the file has the variable already.

    A variable that may be missing is a comment there, `# NAME=`, and no reason to make the file."""
    project = site.project
    folder = _project_folder(site) if folder is None else folder
    paths = [f"{folder}/{name}" if folder else name for name in VARIABLE_LISTS]
    known = next((one for one in paths if project.read(one) is not None), None)
    if known is None and is_optional:
        return []
    path = known or paths[0]
    file = project.text(path)
    if re.search(rf"(?m)^\s*(?:#\s*)?(?:export\s+)?{re.escape(name)}\s*=", file.text):
        return []
    head = file.newline if file.text and not file.text.endswith("\n") else ""
    end = len(file.text)
    mark = "# " if is_optional else ""
    return [Change(path, end, end, f"{head}{mark}{name}={file.newline}")]
