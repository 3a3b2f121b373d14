"""Configuration and infrastructure code: reads files, resolves their values, and applies rules.

Reading, resolving and matching are imported on first use, since most files are no configuration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyaudit.configs.formats import form_of
from keyaudit.configs.key_references import may_have_any

if TYPE_CHECKING:
    from keyaudit.catalogue.types import Catalogue, Policy
    from keyaudit.configs.engine import Judged
    from keyaudit.configs.tree import Resource
    from keyaudit.core.document import Document
    from keyaudit.core.result import DocumentResult, TreeReader

__all__ = ["analyze", "form_of", "identify", "judged", "needs", "resources"]


def needs(path: str, data: bytes, catalogue: Catalogue) -> bool:
    """Whether the file is configuration that a rule of the catalogue may report something in.

    Terraform files always are, since a rule may need the other files of their module. Of other
    files, only the words are looked at: nothing is parsed. A file of one environment, in whatever
    format, also is when it may name a key of a cloud service.
    """
    if may_have_any(path, data):
        return True
    form = form_of(path, data)
    if not form:
        return False
    from keyaudit.configs.rules import index

    # Terraform is read with the other files of its module, whatever words stand in this one.
    if form == "terraform" or path.endswith(".tf.json"):
        return True
    return index(catalogue).concerns(form, data)


def analyze(
    document: Document, catalogue: Catalogue, policy: Policy, tree: TreeReader | None = None
) -> DocumentResult:
    """See `keyaudit.configs.engine.analyze`."""
    from keyaudit.configs.engine import analyze as run

    return run(document, catalogue, policy, tree)


def judged(
    document: Document, catalogue: Catalogue, policy: Policy, tree: TreeReader | None = None
) -> list[Judged]:
    """See `keyaudit.configs.engine.judged`."""
    from keyaudit.configs.engine import judged as run

    return run(document, catalogue, policy, tree)


def resources(
    document: Document, catalogue: Catalogue, policy: Policy, tree: TreeReader | None = None
) -> list[Resource]:
    """See `keyaudit.configs.engine.resources`."""
    from keyaudit.configs.engine import resources as run

    return run(document, catalogue, policy, tree)


def identify(tree: TreeReader, path: str) -> str:
    """The content id of a dependency that ends in `/*`: a digest of a module's file names."""
    from keyaudit.configs.module_files import listing_id

    return listing_id(tree, path.removesuffix("/*"))
