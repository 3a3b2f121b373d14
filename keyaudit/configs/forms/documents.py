"""YAML and JSON files, where the content of each document tells its format."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from keyaudit.configs.forms import (
    arm,
    cloudformation,
    compose,
    iam_policy,
    kubernetes,
    terraform_json,
    whole,
)
from keyaudit.configs.readers.faults import ReadError
from keyaudit.configs.readers.yaml_reader import read, read_json
from keyaudit.configs.templates import blanked, is_template, mark_incomplete, name_holes
from keyaudit.configs.tree import Entry, Mapping, Node, Resource, Sequence
from keyaudit.core.patterns import regex

_KUSTOMIZATIONS = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
_PIPELINES = frozenset({"github-actions", "gitlab-ci", "circleci", "azure-pipelines", "bitbucket"})


def resources(form: str, path: str, text: str) -> Iterator[tuple[Node, Iterator[Resource]]]:
    """Each document of the file with an iterator of its resources.

    Raises ReadError if the file cannot be parsed.
    """
    for document in _documents(form, path, text):
        yield document, chain(_of_document(form, document, path), _settings(form, document, path))


def is_kustomization(path: str) -> bool:
    """Whether a file is a kustomization, which its name alone tells."""
    return path.rpartition("/")[2] in _KUSTOMIZATIONS


_DEFAULTS = regex(r"(?:.*/)?(?:defaults|group_vars|host_vars)/.*")


def _settings(form: str, document: Node, path: str) -> Iterator[Resource]:
    """The document as what all are: settings; those of a chart or role are `defaults` as well."""
    if isinstance(document, Mapping) and (form == "helm-values" or _DEFAULTS.fullmatch(path)):
        yield from whole.whole("settings", "defaults", document, path)
    if isinstance(document, Mapping):
        yield from whole.whole("settings", "document", document, path)
    elif isinstance(document, Sequence):
        items: dict[str, Entry] = {"items": Entry("items", document.span, document)}
        yield from whole.whole("settings", "document", Mapping(items, document.span, path), path)


def _documents(form: str, path: str, text: str) -> list[Node]:
    if path.endswith(".json"):
        try:
            return [read_json(text)]
        except ReadError:
            if not is_template(text):
                raise
            return [read_json(blanked(text)[0])]
    documents: list[Node] | None = None
    lines: frozenset[int] = frozenset()
    # A pipeline's `${{ … }}` is its own, and no template around it.
    if "{{" not in text or form in _PIPELINES:
        try:
            documents = read(text)
        except ReadError:
            if not is_template(text):
                raise
    if documents is None:
        try:
            whole_text, lines = blanked(text)
            documents = read(whole_text)
        except ReadError:
            documents = read(text)  # `{{ }}` in quotes only, as playbooks have it
    own = text.split("\n") if is_template(text) else []
    for document in documents:
        mark_incomplete(document, lines)
        if own:
            name_holes(document, own)
    return documents


def _of_document(form: str, document: Node, path: str) -> Iterator[Resource]:
    if form == "compose" or (form == "settings" and compose.is_compose(document)):
        yield from compose.resources(document, path)
    elif form in _PIPELINES:
        yield from whole.pipeline(form, document, path)
    elif is_kustomization(path):
        yield from kubernetes.kustomization(document, path)
    elif form in ("settings", "template"):
        return
    elif form in ("helm-values", "sops"):
        yield from whole.whole(form, form, document, path)
    elif kubernetes.is_one(document):
        yield from kubernetes.resources([document], path)
    elif cloudformation.is_one(document):
        yield from cloudformation.resources(document, path)
    elif arm.is_one(document):
        yield from arm.resources(document, path)
    elif iam_policy.is_one(document):
        yield from iam_policy.resources(document, path)
    elif path.endswith(".tf.json"):
        yield from terraform_json.resources(document, path)
    elif isinstance(document, Mapping) and "creation_rules" in document.entries:
        yield from whole.whole("sops", "sops", document, path)
    elif isinstance(document, Sequence) or form == "ansible":
        yield from whole.ansible(document, path)
