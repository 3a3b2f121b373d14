"""The resources of a file in any format but Terraform, and of the scripts and files within it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from keyaudit.configs.formats import COMPONENTS, MANUALS, SCRIPTS
from keyaudit.configs.forms import (
    dockerfile,
    documents,
    embedded,
    kustomize,
    scripts,
    servers,
    shell,
    templates,
)
from keyaudit.configs.tree import Resource

_DEEPEST = 2


def resources(
    form: str, path: str, text: str, name: str = "", depth: int = 0
) -> Iterator[Resource]:
    """The resources of a file whose format is `form` and whose content is `text`.

    For a file within another, `path` is the outer file, `name` its own name, and `depth` how many
    files it stands in; deeper than 2 is not read. Raises ReadError if the file cannot be parsed,
    after the resources that were found before.
    """
    if form == "python-stack":
        from keyaudit.configs.forms.python_stacks import resources as constructs

        yield from constructs(text, path)
        return
    if form in ("page", "sql"):
        from keyaudit.configs.forms import (
            browser_logouts,
            browser_stores,
            manuals,
            pages,
            powershell_draws,
            script_addresses,
            script_ciphers,
            script_draws,
            script_logs,
            script_paddings,
            sql,
        )

        if form == "sql":
            yield from sql.resources(text, path)
            return
        if path.lower().endswith(MANUALS):
            yield from powershell_draws.resources(text, path, form)
            yield from manuals.resources(text, path, form)
            return
        yield from browser_stores.resources(text, path, form)
        yield from browser_logouts.resources(text, path, form)
        yield from script_logs.resources(text, path, form)
        yield from script_addresses.resources(text, path, form)
        yield from script_draws.resources(text, path, form)
        yield from script_ciphers.resources(text, path, form)
        yield from script_paddings.resources(text, path, form)
        if not path.lower().endswith(SCRIPTS):
            yield from pages.resources(text, path)
        elif path.lower().endswith(COMPONENTS):
            yield from pages.fields(text, path)
        return
    if form in ("systemd", "makefile", "powershell"):
        from keyaudit.configs.forms import makefiles, powershell, powershell_draws, systemd

        if form == "powershell":
            yield from powershell_draws.resources(text, path, "page")
        forms = {"systemd": systemd, "makefile": makefiles, "powershell": powershell}
        yield from forms[form].resources(text, path)
        return
    if "{{" in text:
        yield from templates.resources(text, path)
    if form == "dockerfile":
        yield from dockerfile.resources(text, path)
        yield from _written(scripts.of_dockerfile(text, path), path, depth)
    elif form == "jenkinsfile":
        yield from _written(scripts.of_jenkinsfile(text, path), path, depth)
    elif form == "shell":
        yield from _written(shell.resources(text, path), path, depth)
    elif form == "hcl":
        from keyaudit.configs.forms.hcl_blocks import resources as blocks

        yield from blocks(path, text.encode())
    elif form in servers.FORMS:
        yield from servers.resources(form, text, path)
    elif form == "bicep":
        from keyaudit.configs.forms.bicep import resources as declared

        yield from declared(text, path)
    else:
        for document, made in documents.resources(form, name or path, text):
            for resource in made:
                resource.path = path
                yield resource
            yield from _written(scripts.of_document(document, text, path), path, depth)
            if documents.is_kustomization(name or path):
                yield from kustomize.patches(document, text, path)
            if depth < _DEEPEST:
                yield from embedded.of_document(document, text, path, _Inner(depth + 1))


class _Inner:
    """Reads a file that stands within another, so many files deep."""

    def __init__(self, depth: int) -> None:
        self._depth = depth

    def __call__(self, form: str, path: str, text: str, name: str) -> list[Resource]:
        from keyaudit.configs.readers.faults import ReadError

        found: list[Resource] = []
        # What stands within another file need not be whole.
        with suppress(ReadError):
            found.extend(resources(form, path, text, name, self._depth))
        return found


def _written(made: Iterator[Resource], path: str, depth: int) -> Iterator[Resource]:
    """Commands, and the files that they write."""
    listed = list(made)
    yield from listed
    if depth < _DEEPEST:
        yield from embedded.of_commands(listed, path, _Inner(depth + 1))
