"""CloudFormation, ARM, Kubernetes and others: what their names stand for."""

from __future__ import annotations

import pytest

from keyaudit import configs
from keyaudit.catalogue import expected_lines
from keyaudit.configs.formats import form_of
from keyaudit.core.document import Document
from tests.caches import shipped
from tests.configs.support import analyze, found

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Rotate: {{Type: String, Default: "false"}}
  Given: {{Type: String}}
Conditions:
  Never: !Equals [a, b]
  Chosen: !Equals [!Ref Given, a]
Mappings:
  Map: {{dev: {{rotate: false}}}}
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties:
      EnableKeyRotation: {}
"""


@pytest.mark.parametrize("value", [
    "false", "!Ref Rotate", "!If [Never, true, false]", "!FindInMap [Map, dev, rotate]",
    "!If [Chosen, false, 'false']", "{Ref: Rotate}", "!Sub '${Rotate}'", "!Ref AWS::NoValue",
])  # fmt: skip
def test_cloudformation_that_is_known_to_be_off(value: str) -> None:
    assert [rule for rule, _ in found({"t.yaml": TEMPLATE.format(value)})] == ["KA501"]


@pytest.mark.parametrize("value", [
    "true", "!Ref Given", "!If [Chosen, true, false]", "!ImportValue x", "!GetAtt A.B",
    "'{{resolve:ssm:rotate}}'", "!Sub '${Given}'", "!FindInMap [Map, !Ref Given, rotate]",
    "{'Fn::Transform': x}",
])  # fmt: skip
def test_cloudformation_that_only_the_deployment_knows(value: str) -> None:
    assert found({"t.yaml": TEMPLATE.format(value)}) == []


def test_cloudformation_conditions_that_go_round_end() -> None:
    text = TEMPLATE.format("!If [Round, false, true]").replace(
        "Conditions:", "Conditions:\n  Round: !Not [!Condition Round]"
    )
    assert found({"t.yaml": text}) == []


def test_arm_parameters_and_variables() -> None:
    text = """
    {"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
     "parameters": {"soft": {"type": "bool", "defaultValue": false}, "given": {"type": "bool"}},
     "variables": {"v": "[parameters('soft')]"},
     "resources": [
       {"type": "Microsoft.KeyVault/vaults", "name": "a",
        "properties": {"enablePurgeProtection": true,
                       "enableSoftDelete": "[variables('v')]"}},
       {"type": "Microsoft.KeyVault/vaults", "name": "b",
        "properties": {"enablePurgeProtection": true,
                       "enableSoftDelete": "[parameters('given')]"}}]}
    """
    assert [f for f in found({"azuredeploy.json": text}) if f[0] == "KA711"] == [("KA711", 8)]


def test_kubernetes_lists_and_templates() -> None:
    text = """
    apiVersion: v1
    kind: List
    items:
      - apiVersion: kms.services.k8s.aws/v1alpha1
        kind: Key
        spec: {enableKeyRotation: false}
      - apiVersion: kms.services.k8s.aws/v1alpha1
        kind: Key
        spec:
          enableKeyRotation: {{ .Values.rotate }}
      - apiVersion: kms.services.k8s.aws/v1alpha1
        kind: Key
        spec:
          {{- toYaml .Values.key | nindent 10 }}
    """
    assert found({"templates/key.yaml": text}) == [("KA501", 7)]


def test_a_broken_file_is_reported() -> None:
    (notice,) = analyze({"a.yaml": "apiVersion: v1\nkind: [Secret\nx: }\n"}).notices
    assert notice.kind == "parse-error"
    assert notice.path == "a.yaml"


@pytest.mark.parametrize(("path", "data", "form"), [
    ("a/main.tf", b"", "terraform"), ("x.auto.tfvars", b"", "terraform"),
    ("Dockerfile", b"", "dockerfile"), ("build/app.Dockerfile", b"", "dockerfile"),
    ("docs/dockerfile.md", b"", ""), ("docker-compose.prod.yml", b"", "compose"),
    (".github/workflows/ci.yml", b"", "github-actions"),
    ("a.yaml", b"apiVersion: v1", "structured"),
    ("data.json", b"{}", ""), ("ssl.conf", b"ssl_protocols TLSv1;", "nginx"),
    ("ssl.conf", b"SSLProtocol all", "apache"), ("app.conf", b"x = 1", ""),
    ("pg_hba.conf", b"", "pg-hba"), ("chart/values.yaml", b"", "helm-values"),
    ("main.py", b"AWS::KMS::Key", ""), ("roles/x/tasks/main.yml", b"- copy:", "ansible"),
    # What is made of a template or a sample, tells how that is read.
    ("default.conf.template", b"ssl_protocols TLSv1;", "nginx"),
    ("nginx/sites-available/app", b"ssl_protocols TLSv1;", "nginx"),
    ("nginx.conf.sample.j2", b"ssl_protocols TLSv1;", "nginx"),
    ("app.yml.example", b"tls: off", "settings"), ("app.json.tpl", b"tls: off", "settings"),
    ("docker-compose.yml.dist", b"", "compose"), ("compose.yaml.j2", b"", "compose"),
    ("secret.yaml.tmpl", b"apiVersion: v1", "structured"), ("env.example", b"TOKEN=", "lines"),
    ("app.ini.in", b"tls = off", "lines"), ("redis.conf.example", b"", "redis"),
    ("group_vars/all.yml.sample", b"a: 1", "ansible"),
    # Scripts of packages, with or without a line that says by what they are run.
    ("debian/shop.postinst", b"chmod 600 a", "shell"), ("PKGBUILD", b"pkgname=shop", "shell"),
    ("solaris/preinstall", b"\n#!/bin/bash\ncp a b", "shell"), ("postinst", b"#!/usr/bin/perl", ""),
    ("roles/x/templates/a.yml.j2", b"a: 1", ""), ("README.template", b"TLS", "settings"),
])  # fmt: skip
def test_forms_by_name_and_content(path: str, data: bytes, form: str) -> None:
    assert form_of(path, data) == form


def test_every_bad_example_is_worth_reading() -> None:
    """What the words of a document rule out, no rule may ask for."""
    known = shipped()
    missed = []
    for rule in known.rules.values():
        if any(match.kind == "config" for match in rule.matches):
            for number, example in enumerate(rule.examples, 1):
                data = expected_lines(example.text)[0].encode()
                is_read = configs.needs(example.path, data, known)
                if example.bad and form_of(example.path, data) and not is_read:
                    missed.append((rule.id, number))
    assert not missed


@pytest.mark.parametrize(("path", "text", "rule"), [
    ("run.sh", "#!/bin/sh\ndocker run -e DB_SECRET_KEY=${DB_SECRET_KEY} shop\n", "KA212"),
    ("run.sh", "#!/bin/sh\nkeytool -genkeypair -validity 9000 -alias a\n", "KA522"),
    ("roles/x/tasks/main.yml",
     "- name: x\n  debug:\n    msg:\n      - \"{{ db_password }}\"\n", "KA402"),
    ("roles/x/tasks/main.yml", "- name: x\n  kms_key:\n    policy:\n      Statement:\n"
     "        - {Effect: Allow, Principal: '*'}\n", "KA410"),
])  # fmt: skip
def test_an_alternative_is_asked_where_its_words_stand(path: str, text: str, rule: str) -> None:
    known = shipped()
    document = Document(path, text.encode())
    result = configs.analyze(document, known, known.policies["default"])
    assert configs.needs(path, document.data, known)
    assert rule in {finding.rule_id for finding in result.findings}


def test_a_document_without_the_words_of_rules_is_not_read() -> None:
    known = shipped()
    assert not configs.needs("a.yaml", b"apiVersion: v1\nkind: Service\n", known)
    assert not configs.needs("roles/x/tasks/main.yml", b"- name: x\n  copy: {}\n", known)
    assert configs.needs("run.sh", b"export VAULT_SKIP_VERIFY=1\n", known)
    assert configs.needs("run.json", b'{"run": "\\nssh -o StrictHostKeyChecking=no x"}', known)
    assert not configs.needs("run.sh", b"target=$1\n./curls --unchecked\n", known)


KUSTOMIZATION = """\
resources: [deployment.yaml]
patches:
  - target: {kind: Secret, name: database}
    patch: |-
      - op: replace
        path: /stringData/password
        value: %s
  - patch: |-
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: shop}
      spec:
        template:
          spec:
            containers:
              - name: shop
                env:
                  - name: DB_PASSWORD
                    %s
"""


def test_patches_of_a_kustomization_are_parts_of_objects() -> None:
    files = {
        "kustomization.yaml": KUSTOMIZATION % ("winter-Harbour-71", "value: winter-Harbour-72")
    }
    told = {(f.rule_id, f.span.line) for f in analyze(files).findings}
    assert {("KA332", 7), ("KA337", 19)} <= told
    secret = "valueFrom: {secretKeyRef: {name: database, key: password}}"
    files = {"kustomization.yaml": KUSTOMIZATION % ("${DB_PASSWORD}", secret)}
    assert not {f.rule_id for f in analyze(files).findings} & {"KA332", "KA337"}


def test_what_a_patch_does_not_name_is_not_missing() -> None:
    text = """\
    patches:
      - patch: |-
          apiVersion: kms.cnrm.cloud.google.com/v1beta1
          kind: KMSCryptoKey
          metadata: {name: data}
          spec: {purpose: ENCRYPT_DECRYPT}
    """
    assert analyze({"kustomization.yaml": text}).findings == ()


def test_a_command_in_quotes_over_several_lines() -> None:
    text = """\
- name: Register the key
  ansible.builtin.command: "curl --insecure --header 'PRIVATE-TOKEN: {{ deploy_token }}'
      --data '{{ key | to_json }}'
      https://git.internal/api/v4/keys"
"""
    told = {(f.rule_id, f.span.line) for f in analyze({"roles/x/tasks/main.yml": text}).findings}
    assert {("KA212", 2), ("KA233", 2)} <= told


SCRIPT = """#!/bin/bash
run_cmd() { local what="$1"; shift; "$@"; }
note() { echo "$@"; }
value=$(printf '{%s}' "$1")
run_cmd "Removing the key" rm "$PRIVATE_KEY_FILE"
note rm "$PRIVATE_KEY_FILE"
while (( ${#} )); do shift; done
"""


def test_what_a_function_of_a_script_runs_is_a_command() -> None:
    assert found({"remove.sh": SCRIPT}, rules="KA703") == [("KA703", 5)]


@pytest.mark.parametrize("action", ["{% if keys %}", "{#- no more -#}"])
def test_actions_of_a_template_are_no_words_of_a_script(action: str) -> None:
    text = f"#!/bin/bash\n{action} rm\nrm $PRIVATE_KEY_FILE\n"
    assert found({"remove.sh.j2": text}, rules="KA703") == [("KA703", 3)]
