"""HCL other than Terraform: Vault and Consul servers, Packer, Nomad, Terragrunt."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.configs.forms import hcl_scripts
from keyaudit.configs.readers.hcl import Block, read
from keyaudit.configs.resolving.terraform import Module
from keyaudit.configs.tree import Resource


def resources(path: str, data: bytes) -> Iterator[Resource]:
    """The file as a resource of the kind `file`, each top-level block as one, and scripts in it.

    A block's kind is its type and first label, such as `listener.tcp`. Raises ReadError for a file
    above 4,000,000 bytes.
    """
    file = read(path, data)
    module = Module(path.rpartition("/")[0], [file])
    body = module.body(file, file.body)
    yield Resource("hcl", "file", "", body.span, path, body, "the file")
    for block in file.body.blocks:
        inner = module.body(file, block.body)
        yield Resource("hcl", _kind(block), ".".join((block.kind, *block.labels)), block.span,
                       path, inner, f"`{' '.join((block.kind, *block.labels))}`")  # fmt: skip
    yield from hcl_scripts.resources(file)


def _kind(block: Block) -> str:
    return ".".join((block.kind, *block.labels[:1]))
