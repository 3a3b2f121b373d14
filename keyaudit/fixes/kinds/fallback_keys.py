"""Reads older secrets of a web framework from an environment variable, which may be empty."""

from __future__ import annotations

import ast

from keyaudit.fixes.dependencies import allows
from keyaudit.fixes.environment import example_line
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.framework_settings import beside_secret
from keyaudit.fixes.python_file import real_name
from keyaudit.fixes.site import Rewrite, Site

_LOADERS = ("getenv", "env", "config", "str", "bytes")
_NAME = "SECRET_KEY_FALLBACKS"
# The first release of each framework that reads the setting; an older one passes it over.
_SINCE = {"Flask": (3, 1), "Django": (4, 1)}


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    statement, place = beside_secret(site, _NAME)
    loader = statement.value.func if isinstance(statement.value, ast.Call) else None
    if isinstance(loader, ast.Name) and loader.id not in _LOADERS:
        raise DeclinedError("the program has means of its own to load secrets")
    for framework, since in _SINCE.items():
        if not allows(site.project, site.finding.path, framework, *since):
            raise DeclinedError(f"the project holds {framework} to a release without the setting")
    editor = site.editor()
    own = _own_reader(site, loader)
    if own is not None:
        editor.after(statement, [f"{place} = {own}"])
    else:
        os = editor.module("os", statement)
        editor.after(
            statement,
            [f'{place} = [key for key in {os}.environ.get("{_NAME}", "").split(",") if key]'],
        )
    return site.rewrite(
        f"read older secrets from the environment variable {_NAME}",
        more=example_line(site, _NAME, is_optional=True),
    )


def _own_reader(site: Site, loader: ast.expr | None) -> str | None:
    """How the project reads a list from its variables, where it has an `Env` (of environs or
    django-environ) that the secret is read with; else None."""
    owner = loader.value if isinstance(loader, ast.Attribute) and loader.attr == "str" else loader
    if not isinstance(owner, ast.Name):
        return None
    binders = site.editor().names.binders(owner.id)
    made = site.file.parent(binders[0]) if len(binders) == 1 else None
    if not isinstance(made, ast.Assign) or not isinstance(made.value, ast.Call):
        return None
    name = real_name(site.file, made.value.func)
    if name not in ("environs.Env", "environ.Env"):
        return None
    call = site.file.parent(loader) if loader is not None else None
    given = call.args[0] if isinstance(call, ast.Call) and call.args else None
    quote = "'" if given is not None and site.file.source(given).startswith("'") else '"'
    return f"{owner.id}.list({quote}{_NAME}{quote}, default=[])"
