"""A file that is a policy of AWS' IAM, as Terraform, the CDK and scripts read them.

It is a resource of the form `terraform` and the kind `aws_iam_policy`: what is asked of the one is
asked of the other. A policy with principals belongs to a bucket, a key or a role, which stands
elsewhere, so nothing is said of it here.
"""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.configs.tree import Entry, Mapping, Node, Resource, Sequence


def is_one(document: Node) -> bool:
    """Whether a document is a policy of an identity: statements, each with an effect."""
    statements = _statements(document)
    return bool(statements) and all(
        "Effect" in one.entries and not {"Principal", "NotPrincipal"} & one.entries.keys()
        for one in statements
    )


def resources(document: Node, path: str) -> Iterator[Resource]:
    """The policy as a resource."""
    if isinstance(document, Mapping):
        body = Mapping({"policy": Entry("policy", document.span, document)}, document.span, path)
        yield Resource("terraform", "aws_iam_policy", "", document.span, path, body, "the policy")


def _statements(document: Node) -> list[Mapping]:
    found = document.get("Statement") if isinstance(document, Mapping) else None
    listed = found.items if isinstance(found, Sequence) else [found]
    return [one for one in listed if isinstance(one, Mapping)]
