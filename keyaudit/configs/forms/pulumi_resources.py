"""What the resources of Pulumi are called by those whose rules hold for them.

Most providers of Pulumi are made from Terraform's and keep its settings; a module and a class take
the place of the one name of a resource. `pulumi_azure_native` is made from Azure's own interface,
`pulumi_kubernetes` from Kubernetes'. (Pulumi Registry, API Docs for Python.)
"""

from __future__ import annotations

import re
from typing import NamedTuple

from keyaudit.configs.tree import Entry, Node, Sequence
from keyaudit.configs.tree import Mapping as Settings
from keyaudit.core.patterns import regex

_PROVIDERS = {
    "pulumi_aws": "aws", "pulumi_gcp": "google", "pulumi_azure": "azurerm", "pulumi_vault": "vault",
    "pulumi_random": "", "pulumi_tls": "tls", "pulumi_github": "github", "pulumi_oci": "oci",
    "pulumi_azuread": "azuread", "pulumi_alicloud": "alicloud", "pulumi_gitlab": "gitlab",
    "pulumi_cloudflare": "cloudflare", "pulumi_digitalocean": "digitalocean",
    "pulumi_hcloud": "hcloud",
}  # fmt: skip
NATIVE, KUBERNETES = "pulumi_azure_native", "pulumi_kubernetes"
# Modules that Terraform calls otherwise, or does not name at all.
_MODULES = {
    "": {"lambda_": "lambda", "index": "", "cfg": "config"},
    "aws": {
        "apigateway": "api_gateway", "cloudhsmv2": "cloudhsm_v2",
        "directoryservice": "directory_service",
    },
    "google": {
        "secretmanager": "secret_manager", "serviceaccount": "service_account",
        "cloudrun": "cloud_run", "cloudrunv2": "cloud_run_v2", "appengine": "app_engine",
        "cloudfunctionsv2": "cloudfunctions2", "certificateauthority": "privateca",
        "projects": "project", "organizations": "organization",
        "artifactregistry": "artifact_registry",
    },
    "azurerm": {
        "keyvault": "key_vault", "compute": "", "network": "", "appservice": "", "core": "",
        "containerservice": "", "monitoring": "monitor", "lighthouse": "", "cosmosdb": "cosmosdb",
    },
    "vault": {"pkisecret": "pki", "approle": "approle"},
    "alicloud": {"rds": "db"},
    "cloudflare": {},
}  # fmt: skip
# Names of Terraform's that are not the module's and the class's.
_KINDS = {
    "aws_rds_instance": "aws_db_instance",
    "aws_rds_parameter_group": "aws_db_parameter_group",
    "aws_rds_proxy": "aws_db_proxy",
    "aws_cloudtrail_trail": "aws_cloudtrail",
    "aws_codepipeline_pipeline": "aws_codepipeline",
    "aws_elb_load_balancer": "aws_elb",
    "aws_elb_load_balancer_policy": "aws_load_balancer_policy",
    "aws_fsx_open_zfs_file_system": "aws_fsx_openzfs_file_system",
    "azurerm_apimanagement_service": "azurerm_api_management",
    "azurerm_appconfiguration_configuration_store": "azurerm_app_configuration",
    "azurerm_authorization_assignment": "azurerm_role_assignment",
    "azurerm_automation_string_variable": "azurerm_automation_variable_string",
    "azurerm_datafactory_factory": "azurerm_data_factory",
    "azurerm_eventhub_event_hub_namespace": "azurerm_eventhub_namespace",
    "azurerm_group": "azurerm_container_group",
    "azurerm_key_vault_key_vault": "azurerm_key_vault",
    "azurerm_registry": "azurerm_container_registry",
    "digitalocean_load_balancer": "digitalocean_loadbalancer",
    "google_privateca_authority": "google_privateca_certificate_authority",
    "google_service_account_account": "google_service_account",
}
# Of EC2, the virtual machines and what belongs to them are named without it.
_WITHOUT_EC2 = frozenset({
    "instance", "launch_template", "launch_configuration", "spot_instance_request", "ami_copy",
    "vpn_connection", "key_pair",
})  # fmt: skip
_VERSION_IN_NAME = regex(r"(?<=^aws_s3)(.*)_v2$")
_API_VERSION = regex(r"v\d\w*")
_NO_RESOURCE = regex(r"(?:Args|ArgsDict|Patch|List|Provider)$")
_NATIVE = {
    "keyvault.Vault": "Microsoft.KeyVault/vaults",
    "keyvault.Key": "Microsoft.KeyVault/vaults/keys",
    "keyvault.Secret": "Microsoft.KeyVault/vaults/secrets",
    "keyvault.ManagedHsm": "Microsoft.KeyVault/managedHSMs",
    "storage.StorageAccount": "Microsoft.Storage/storageAccounts",
    "web.WebApp": "Microsoft.Web/sites",
    "sql.Server": "Microsoft.Sql/servers",
    "sql.TransparentDataEncryption": "Microsoft.Sql/servers/databases/transparentDataEncryption",
    "containerservice.ManagedCluster": "Microsoft.ContainerService/managedClusters",
    "containerregistry.Registry": "Microsoft.ContainerRegistry/registries",
    "containerinstance.ContainerGroup": "Microsoft.ContainerInstance/containerGroups",
    "app.ContainerApp": "Microsoft.App/containerApps",
    "compute.Disk": "Microsoft.Compute/disks",
    "compute.DiskEncryptionSet": "Microsoft.Compute/diskEncryptionSets",
    "compute.VirtualMachine": "Microsoft.Compute/virtualMachines",
    "cache.Redis": "Microsoft.Cache/Redis",
    "redis.Redis": "Microsoft.Cache/Redis",
    "dbforpostgresql.Server": "Microsoft.DBforPostgreSQL/flexibleServers",
    "dbformysql.Server": "Microsoft.DBforMySQL/flexibleServers",
    "documentdb.DatabaseAccount": "Microsoft.DocumentDB/databaseAccounts",
    "cosmosdb.DatabaseAccount": "Microsoft.DocumentDB/databaseAccounts",
    "eventhub.Namespace": "Microsoft.EventHub/namespaces",
    "servicebus.Namespace": "Microsoft.ServiceBus/namespaces",
    "automation.Variable": "Microsoft.Automation/automationAccounts/variables",
    "network.ApplicationGateway": "Microsoft.Network/applicationGateways",
    "cdn.Endpoint": "Microsoft.Cdn/profiles/endpoints",
}
# What Azure's interface calls otherwise, and names whose keys are the program's own.
_CAMEL = {"enable_https_traffic_only": "supportsHttpsTrafficOnly"}
_OWN_KEYS = frozenset(["data", "stringData", "tags", "labels", "annotations", "matchLabels"])
_DEEPEST = 30


class Named(NamedTuple):
    """The form and kind of a resource; of Kubernetes also its `apiVersion`."""

    form: str
    kind: str
    version: str = ""


def named(root: str, rest: str) -> Named | None:
    """What a class of Pulumi's makes: `root` is the package, `rest` the name within it."""
    *modules, last = rest.split(".")
    if not last[:1].isupper() or _NO_RESOURCE.search(last):
        return None
    if root == NATIVE:
        module = next((part for part in modules if not _API_VERSION.fullmatch(part)), "")
        kind = _NATIVE.get(f"{module}.{last}")
        return None if kind is None else Named("arm", kind)
    if root == KUBERNETES:
        if not modules or not _API_VERSION.fullmatch(modules[-1]):
            return None
        group = "" if modules[0] == "core" else f"{modules[0]}/"
        return Named("kubernetes", last, group + modules[-1])
    provider = _PROVIDERS.get(root)
    return None if provider is None else Named("terraform", _kind(provider, modules, last))


def _kind(provider: str, modules: list[str], last: str) -> str:
    module = modules[-1] if modules else ""
    module = _MODULES[""].get(module, module)
    module = _MODULES.get(provider, {}).get(module, module)
    name = _snake(last)
    if (provider, module) == ("aws", "ec2") and name in _WITHOUT_EC2:
        module = ""
    kind = "_".join(filter(None, (provider, module, name)))
    return _VERSION_IN_NAME.sub(r"\1", _KINDS.get(kind, kind))


def _snake(name: str) -> str:
    """`SecretBackendKey` as Terraform writes it: `secret_backend_key`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return spaced.lower()


def add_singular(node: Node, depth: int = 0) -> None:
    """Gives lists of blocks the name that a single block has as well: `rules` also as `rule`."""
    if depth > _DEEPEST:
        return
    if isinstance(node, Sequence):
        for item in node.items:
            add_singular(item, depth + 1)
    elif isinstance(node, Settings):
        for key, entry in list(node.entries.items()):
            add_singular(entry.value, depth + 1)
            listed = entry.value.items if isinstance(entry.value, Sequence) else ()
            if key.endswith("s") and any(isinstance(item, Settings) for item in listed):
                one = f"{key[:-3]}y" if key.endswith("ies") else key[:-1]
                node.entries.setdefault(one, Entry(one, entry.key_span, entry.value))


def camel(node: Node, depth: int = 0) -> Node:
    """Settings by the names that Azure and Kubernetes have: `string_data` as `stringData`."""
    if depth > _DEEPEST:
        return node
    if isinstance(node, Sequence):
        items = [camel(item, depth + 1) for item in node.items]
        return Sequence(items, node.span, node.path, node.hops, node.complete)
    if not isinstance(node, Settings):
        return node
    entries: dict[str, Entry] = {}
    for name, entry in node.entries.items():
        first, *others = name.rstrip("_").split("_")
        key = _CAMEL.get(name) or first + "".join(part[:1].upper() + part[1:] for part in others)
        value = entry.value if key in _OWN_KEYS else camel(entry.value, depth + 1)
        entries[key] = Entry(key, entry.key_span, value)
    return Settings(entries, node.span, node.path, node.hops, node.complete)
