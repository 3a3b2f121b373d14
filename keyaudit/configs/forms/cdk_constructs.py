"""Constructs of the AWS CDK that are more than CloudFormation's own, as the resources they make.

Only what a program sets, and what a construct leaves off by default, is told: a default that
depends on a flag of the project is unknown. (CDK API Reference for Python.)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from keyaudit.configs.forms.python_values import snake_to_pascal
from keyaudit.configs.tree import Entry, Node, Scalar, Unknown, put
from keyaudit.configs.tree import Mapping as Settings


class Construct(NamedTuple):
    """What a construct makes: the `kind` of resource; where `settings` of another name are put
    (a path of names); and those `unknown` unless the program sets them."""

    kind: str
    settings: Mapping[str, str] = {}
    unknown: tuple[str, ...] = ()


_DATABASE = {
    "storage_encryption_key": "KmsKeyId",
    "iam_authentication": "EnableIAMDatabaseAuthentication",
    "performance_insight_encryption_key": "PerformanceInsightsKMSKeyId",
}
# Whether it is protected depends on what becomes of it when the stack goes.
_PROTECTED = ("DeletionProtection",)
CONSTRUCTS: Mapping[tuple[str, str], Construct] = {
    ("rds", "DatabaseInstance"): Construct("AWS::RDS::DBInstance", _DATABASE, _PROTECTED),
    ("rds", "DatabaseCluster"): Construct("AWS::RDS::DBCluster", _DATABASE, _PROTECTED),
    ("docdb", "DatabaseCluster"): Construct(
        "AWS::DocDB::DBCluster", {"kms_key": "KmsKeyId"}, (*_PROTECTED, "StorageEncrypted")
    ),
    ("sns", "Topic"): Construct("AWS::SNS::Topic", {"master_key": "KmsMasterKeyId"}),
    ("efs", "FileSystem"): Construct(
        "AWS::EFS::FileSystem", {"kms_key": "KmsKeyId"}, ("Encrypted",)
    ),
    ("ec2", "Volume"): Construct(
        "AWS::EC2::Volume", {"encryption_key": "KmsKeyId"}, ("Encrypted",)
    ),
    ("logs", "LogGroup"): Construct("AWS::Logs::LogGroup", {"encryption_key": "KmsKeyId"}),
    ("ssm", "StringParameter"): Construct(
        "AWS::SSM::Parameter", {"parameter_name": "Name", "string_value": "Value"}
    ),
    ("lambda", "Function"): Construct(
        "AWS::Lambda::Function",
        {"environment": "Environment.Variables", "environment_encryption": "KmsKeyArn"},
    ),
    ("opensearchservice", "Domain"): Construct(
        "AWS::OpenSearchService::Domain",
        {
            "enforce_https": "DomainEndpointOptions.EnforceHTTPS",
            "tls_security_policy": "DomainEndpointOptions.TLSSecurityPolicy",
            "node_to_node_encryption": "NodeToNodeEncryptionOptions.Enabled",
            "encryption_at_rest": "EncryptionAtRestOptions",
        },
        ("DomainEndpointOptions", "NodeToNodeEncryptionOptions", "EncryptionAtRestOptions"),
    ),
    ("apigateway", "DomainName"): Construct("AWS::ApiGateway::DomainName"),
}
_DEEPEST = 20
# How the CDK calls words that CloudFormation spells otherwise.
_WORDS = {"TLS_1_0": "Policy-Min-TLS-1-0-2019-07", "TLS_1_2": "Policy-Min-TLS-1-2-2019-07"}


def properties(construct: Construct, given: Settings) -> Settings:
    """The resource's properties, made of the settings that a program gives the construct."""
    found = Settings({}, given.span, given.path, given.hops, given.complete)
    for name, entry in given.entries.items():
        path = construct.settings.get(name) or snake_to_pascal(name)
        value = entry.value if path.endswith(".Variables") else _pascal(entry.value, 0)
        if path.endswith("TLSSecurityPolicy") and isinstance(value, Scalar):
            value = Scalar(_WORDS.get(str(value.value), value.value), value.span, value.path)
        names = path.split(".")
        put(found, names, Entry(names[-1], entry.key_span, value))
    for name in construct.unknown:
        if name not in found.entries:
            found.entries[name] = Entry(name, given.span, Unknown(given.span, given.path))
    return found


def _pascal(node: Node, depth: int) -> Node:
    """Options, in a call or a dict, by the names that CloudFormation has."""
    if not isinstance(node, Settings) or depth > _DEEPEST:
        return node
    entries: dict[str, Entry] = {}
    for name, entry in node.entries.items():
        key = snake_to_pascal(name)
        entries[key] = Entry(key, entry.key_span, _pascal(entry.value, depth + 1))
    return Settings(entries, node.span, node.path, node.hops, node.complete)
