"""Programs that declare cloud resources: Pulumi and the AWS CDK, in Python.

A construct is read as the resource of Terraform or CloudFormation that it stands for, so that one
rule is about all of them. Nothing is run: literals, names that are bound once, and the helpers of
both libraries are understood, everything else is unknown.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from keyaudit.configs.forms.cdk_constructs import CONSTRUCTS, properties
from keyaudit.configs.forms.python_values import Values, snake_to_pascal
from keyaudit.configs.readers.faults import ReadError
from keyaudit.configs.tree import Entry, Node, Resource, Scalar, Sequence, text_of
from keyaudit.configs.tree import Mapping as Settings

FORM = "python-stack"
_LARGEST = 1_000_000
# Providers of Pulumi, which are made from those of Terraform and keep their names of settings.
_PROVIDERS = {
    "pulumi_aws": "aws", "pulumi_gcp": "google", "pulumi_azure": "azurerm", "pulumi_vault": "vault",
    "pulumi_random": "", "pulumi_tls": "tls", "pulumi_github": "github",
}  # fmt: skip
# Modules of Pulumi that Terraform calls otherwise.
_MODULES = {
    "secretmanager": "secret_manager", "keyvault": "key_vault", "serviceaccount": "service_account",
    "lambda_": "lambda", "index": "",
}  # fmt: skip
_KINDS = {
    "aws_rds_instance": "aws_db_instance",
    "aws_cloudtrail_trail": "aws_cloudtrail",
    "aws_ec2_instance": "aws_instance",
    "azurerm_key_vault_key_vault": "azurerm_key_vault",
    "google_compute_ssl_policy": "google_compute_ssl_policy",
}
# What CDK's own constructs call what CloudFormation calls otherwise, of those that are read.
_KEY = {"pending_window": "PendingWindowInDays"}
_POLICIES = {"DESTROY": "Delete", "RETAIN": "Retain", "SNAPSHOT": "Snapshot"}


def resources(text: str, path: str) -> Iterator[Resource]:
    """The resources that a program declares, with `made_by` the dotted name of the construct.

    Raises ReadError for text that is no Python, or longer than 1,000,000 characters.
    """
    if len(text) > _LARGEST:
        raise ReadError(f"is larger than {_LARGEST:,} characters")
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ReadError("is no Python here") from error
    yield from _Program(tree, text, path).resources()


class _Program:
    def __init__(self, tree: ast.Module, text: str, path: str) -> None:
        self._path = path
        self._nodes = [*ast.walk(tree)]
        self._values = Values(self._nodes, text, path)
        self._held = {
            id(node.value): node.targets[0].id
            for node in self._nodes
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }

    def resources(self) -> Iterator[Resource]:
        for node in self._nodes:
            if isinstance(node, ast.Call):
                name = self._values.dotted(node.func)
                root, _, rest = name.partition(".")
                if root in _PROVIDERS and rest:
                    yield from self._pulumi(node, name, root, rest)
                elif root == "aws_cdk" and rest:
                    yield from self._cdk(node, name)

    def _pulumi(self, call: ast.Call, name: str, root: str, rest: str) -> Iterator[Resource]:
        *modules, last = rest.split(".")
        if not last[:1].isupper() or last.endswith("Args"):
            return
        module = _MODULES.get(modules[-1], modules[-1]) if modules else ""
        words = [_PROVIDERS[root], module, _snake(last)]
        kind = "_".join(filter(None, words))
        kind = _KINDS.get(kind, kind)
        body = self._values.settings(call, lambda key: key)
        self._add_options(body)
        yield self._resource("terraform", kind, name, call, body)

    def _add_options(self, body: Settings) -> None:
        """Puts the options of a Pulumi resource where Terraform has them: under `lifecycle`."""
        options = body.entries.pop("opts", None)
        if options is None or not isinstance(options.value, Settings):
            return
        names = {"protect": "prevent_destroy", "ignore_changes": "ignore_changes"}
        inner = {
            names[key]: Entry(names[key], entry.key_span, entry.value)
            for key, entry in options.value.entries.items()
            if key in names
        }
        span = options.key_span
        kept = Settings(inner, span, self._path, complete=options.value.complete)
        listed: list[Node] = [kept]
        body.entries["lifecycle"] = Entry("lifecycle", span, Sequence(listed, span, self._path))

    def _cdk(self, call: ast.Call, name: str) -> Iterator[Resource]:
        parts = name.removeprefix("aws_cdk.").removeprefix("core.").split(".")
        if len(parts) != 2 or not parts[0].startswith("aws_"):
            return
        service, made = parts[0].removeprefix("aws_").rstrip("_"), parts[1]
        if made.startswith("Cfn") and not made.endswith(("Property", "Props")):
            inner = self._values.settings(call, snake_to_pascal)
            kind = f"AWS::{service}::{made.removeprefix('Cfn')}"
            yield self._resource("cloudformation", kind, name, call, self._template(inner, {}))
        elif (service, made) == ("kms", "Key"):
            inner = self._values.settings(call, lambda key: _KEY.get(key, snake_to_pascal(key)))
            entries = {}
            removal = inner.entries.pop("RemovalPolicy", None)
            policy = "Retain" if removal is None else _POLICIES.get(text_of(removal.value) or "")
            if policy is not None and inner.complete:
                span = inner.span if removal is None else removal.value.span
                kept = Scalar(policy, span, self._path)
                entries["DeletionPolicy"] = Entry("DeletionPolicy", span, kept)
            body = self._template(inner, entries)
            yield self._resource("cloudformation", "AWS::KMS::Key", name, call, body)

        elif (construct := CONSTRUCTS.get((service, made))) is not None:
            given = self._values.settings(call, lambda key: key)
            body = self._template(properties(construct, given), {})
            yield self._resource("cloudformation", construct.kind, name, call, body)

    def _template(self, inner: Settings, entries: Mapping[str, Entry]) -> Settings:
        """A resource as a template has it, with its settings under `Properties`."""
        properties = Entry("Properties", inner.span, inner)
        return Settings({**entries, "Properties": properties}, inner.span, self._path,
                        complete=inner.complete)  # fmt: skip

    def _resource(
        self, form: str, kind: str, name: str, call: ast.Call, body: Settings
    ) -> Resource:
        span = self._values.span(call.func)
        return Resource(form, kind, self._held.get(id(call), ""), span, self._path, body,
                        f"`{ast.unparse(call.func)}`", name)  # fmt: skip


def _snake(name: str) -> str:
    """`SecretBackendKey` as Terraform writes it: `secret_backend_key`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return spaced.lower()
