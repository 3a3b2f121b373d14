"""The resources of a YAML or JSON file, whose documents tell what they are."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.configs.forms import arm, cloudformation, kubernetes, terraform_json, whole
from keyaudit.configs.readers.faults import ReadError
from keyaudit.configs.readers.yaml_reader import read, read_json
from keyaudit.configs.templates import blanked, is_template, mark_incomplete
from keyaudit.configs.tree import Mapping, Node, Resource, Sequence

_PIPELINES = frozenset({"github-actions", "gitlab-ci", "circleci", "azure-pipelines", "bitbucket"})


def resources(form: str, path: str, text: str) -> Iterator[Resource]:
    """What the file makes. Raises ReadError for one that cannot be read."""
    for document in _documents(form, path, text):
        yield from _of_document(form, document, path)


def _documents(form: str, path: str, text: str) -> list[Node]:
    if path.endswith(".json"):
        try:
            return [read_json(text)]
        except ReadError:
            if not is_template(text):
                raise
            return [read_json(blanked(text)[0])]
    lines: frozenset[int] = frozenset()
    try:
        documents = read(text)
        # A pipeline's `${{ … }}` is its own, and no template around it.
        if "{{" in text and form not in _PIPELINES:
            raise ReadError("may be a template")
    except ReadError:
        if not is_template(text):
            raise
        try:
            whole_text, lines = blanked(text)
            documents = read(whole_text)
        except ReadError:
            documents = read(text)  # `{{ }}` in quotes only, as playbooks have it
    for document in documents:
        mark_incomplete(document, lines)
    return documents


def _of_document(form: str, document: Node, path: str) -> Iterator[Resource]:
    if form == "compose":
        yield from whole.compose(document, path)
    elif form in _PIPELINES:
        yield from whole.pipeline(form, document, path)
    elif form in ("helm-values", "sops"):
        yield from whole.whole(form, form, document, path)
    elif kubernetes.is_one(document):
        yield from kubernetes.resources([document], path)
    elif cloudformation.is_one(document):
        yield from cloudformation.resources(document, path)
    elif arm.is_one(document):
        yield from arm.resources(document, path)
    elif path.endswith(".tf.json"):
        yield from terraform_json.resources(document, path)
    elif isinstance(document, Mapping) and "creation_rules" in document.entries:
        yield from whole.whole("sops", "sops", document, path)
    elif isinstance(document, Sequence) or form == "ansible":
        yield from whole.ansible(document, path)
