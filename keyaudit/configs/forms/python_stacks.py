"""Programs that declare cloud resources: Pulumi and the AWS CDK, in Python.

A construct is read as the resource of Terraform or CloudFormation that it stands for, so that one
rule is about all of them. Nothing is run: literals, names that are bound once, and the helpers of
both libraries are understood, everything else is unknown.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from keyaudit.configs.forms import pulumi_resources
from keyaudit.configs.forms.cdk_constructs import CONSTRUCTS, properties
from keyaudit.configs.forms.python_values import Values, snake_to_pascal
from keyaudit.configs.readers.faults import ReadError
from keyaudit.configs.tree import Entry, Node, Resource, Scalar, Sequence, text_of
from keyaudit.configs.tree import Mapping as Settings

FORM = "python-stack"
_LARGEST = 1_000_000
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
                if rest and (made := pulumi_resources.named(root, rest)) is not None:
                    yield from self._pulumi(node, name, made)
                elif root == "aws_cdk" and rest:
                    yield from self._cdk(node, name)

    def _pulumi(
        self, call: ast.Call, name: str, made: pulumi_resources.Named
    ) -> Iterator[Resource]:
        body = self._values.settings(call, lambda key: key)
        self._add_positional(call, body)
        if made.form == "terraform":
            self._add_options(body)
            pulumi_resources.add_singular(body)
            yield self._resource("terraform", made.kind, name, call, body)
            return
        body.entries.pop("opts", None)
        known = pulumi_resources.camel(body)
        if not isinstance(known, Settings):
            return
        if made.form == "kubernetes":
            for key, text in (("kind", made.kind), ("apiVersion", made.version)):
                value = Scalar(text, body.span, self._path)
                known.entries[key] = Entry(key, body.span, value)
        else:
            # Some settings stand beside `properties` here that Azure has among them.
            inner = known.get("properties")
            within = inner.entries if isinstance(inner, Settings) else {}
            complete = known.complete and (inner is None or isinstance(inner, Settings))
            entries = {**known.entries, **within}
            properties = Settings(entries, body.span, self._path, complete=complete)
            known.entries["properties"] = Entry("properties", body.span, properties)
        yield self._resource(made.form, made.kind, name, call, known)

    def _add_positional(self, call: ast.Call, body: Settings) -> None:
        """Adds what is passed without a name after that of the resource: settings and options."""
        for given in call.args[1:]:
            value = self._values.value(given, lambda key: key)
            if not isinstance(value, Settings):
                body.complete = False
            elif isinstance(given, ast.Call) and ast.unparse(given.func).endswith("Options"):
                body.entries.setdefault("opts", Entry("opts", value.span, value))
            else:
                body.entries.update(value.entries)
                body.complete = body.complete and value.complete

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
