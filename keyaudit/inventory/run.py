"""The inventory of what a command names: files and folders, or a commit."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from keyaudit.catalogue.types import Catalogue
from keyaudit.core.errors import KeyauditError
from keyaudit.inventory.collect import Inventory, collect
from keyaudit.scanning import Request, scan
from keyaudit.scanning.policy import resolve
from keyaudit.scanning.run import open_source
from keyaudit.scanning.settings import Settings


def of_request(paths: Sequence[Path], settings: Settings, catalogue: Catalogue) -> Inventory:
    """The inventory of files and folders, with the findings of a scan of them.

    Raises KeyauditError for invalid paths and settings.
    """
    request = Request(paths=tuple(paths), settings=settings, use_cache=True, use_baseline=False)
    report = scan(request, catalogue)
    with closing(open_source(request)) as source:
        return collect(source, catalogue, resolve(catalogue, settings), report.findings)


def at_revision(root: Path, revision: str, settings: Settings, catalogue: Catalogue) -> Inventory:
    """The inventory of the folder `root` at a commit, branch or tag, without findings.

    Raises KeyauditError where `root` is in no git repository, or the revision does not exist.
    """
    from keyaudit.core.standing import AS_IT_IS
    from keyaudit.sources.commit import CommitTree
    from keyaudit.sources.git import GitError, Repository
    from keyaudit.sources.tops import find_top

    top = find_top(str(root))
    if top is None:
        raise KeyauditError("is in no git repository", where=str(root))
    repository = Repository(top)
    try:
        if revision.startswith("-"):
            raise GitError("failed")
        commit = repository.run("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    except GitError as error:
        if error.reason == "failed":
            raise KeyauditError(f"there is no revision {revision!r}", where=str(root)) from None
        what, hint = error.explain(top)
        raise KeyauditError(what, where=str(root), hint=hint) from None
    tree = CommitTree(
        repository, commit.decode().strip(), str(root), AS_IT_IS,
        max_size=settings.max_file_size, wanted=lambda _: True,
    )  # fmt: skip
    with closing(tree):
        return collect(tree, catalogue, resolve(catalogue, settings))
