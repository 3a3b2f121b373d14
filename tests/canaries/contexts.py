"""Where secrets stand: a file's name and the text around them.

`{a}`, `{b}` and `{c}` are canaries, which nothing may recognize; `{t}` has the form of a vendor's
token, so that its line is reported. `{q}` is a canary that can stand in quotes as it is.
"""

from __future__ import annotations

from typing import NamedTuple


class Context(NamedTuple):
    """A file that gets canaries in the places of its text."""

    file: str
    text: str


def _of(file: str, *texts: str) -> list[Context]:
    return [Context(file, text + "\n") for text in texts]


# Names and descriptions of resources are told, as file names are.
_TERRAFORM = """\
resource "aws_db_instance" "main" {{
  password = "{q}"
  username = "{q}"
  storage_encrypted = false
  tags = {{ "{q}" = "{q}" }} # {a}
}}
resource "aws_kms_key" "main" {{
  description = "orders"
  enable_key_rotation = false # {a}
  deletion_window_in_days = 7
}}
variable "token" {{
  default = "{t}"
}}
resource "google_kms_crypto_key" "x" {{
  name = "orders"
  labels = {{ a = "{q}" }}
}}
"""
_CLOUDFORMATION = """\
AWSTemplateFormatVersion: "2010-09-09"
Description: {q}
Parameters:
  Password: {{Type: String, Default: "{q}"}}
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties: {{EnableKeyRotation: false, PendingWindowInDays: 7, Description: orders}}
  Database:
    Type: AWS::RDS::DBInstance
    Properties:
      MasterUserPassword: "{q}"
      StorageEncrypted: false # {q}
"""
_KUBERNETES = """\
apiVersion: v1
kind: Secret
metadata: {{name: a}}
stringData:
  password: "{q}"
  other: {a}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: b}}
spec:
  template:
    spec:
      containers:
        - name: c
          image: d
          env:
            - {{name: API_TOKEN, value: "{t}"}}
            - name: DB_PASSWORD
              value: "{q}" # {q}
"""
_WORKFLOW = """\
on: push
env:
  TOKEN: {t}
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: deploy --token {t} --password '{q}' && echo "{q}"
        env: {{PASSWORD: "{q}"}}
"""
_VALUES = "db:\n  password: '{q}'\n  host: {q}\ntls: {{key: '{q}', token: {t}}}\n"
_PLAYBOOK = (
    "- hosts: all\n  vars: {{db_password: '{q}'}}\n  tasks:\n    - shell: login -p {a} {t}\n"
)
_STATE = """\
{{"version": 4, "resources": [{{"type": "random_password", "name": "x", "instances": [
  {{"attributes": {{"result": "{q}", "bcrypt_hash": "{q}", "token": "{t}"}}}}]}}],
 "outputs": {{"password": {{"value": "{q}", "sensitive": true}}}}}}
"""
_ARM = """\
{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
 "parameters": {{"adminPassword": {{"type": "securestring", "defaultValue": "{q}"}}}},
 "resources": [{{"type": "Microsoft.KeyVault/vaults/secrets", "name": "a/b",
   "apiVersion": "2022-07-01", "properties": {{"value": "{q}", "contentType": "{t} {q}"}}}}]}}
"""
CONTEXTS: list[Context] = [
    *_of(
        ".env",
        "SECRET_KEY={a}",
        "AWS_ACCESS_KEY_ID={t}\nAWS_SECRET_ACCESS_KEY={a}",
        "export DB_PASSWORD={a} API_TOKEN={t}",
        "TOKEN={t} # before: {a}",
        "TOKENS={t},{a},{b}",
        'PASSWORD="{q}" # {t}',
        "{a}={t}",
        "DATABASE_URL=postgres://app:{a}@db.example.org:5432/app?key={t}",
    ),
    *_of(
        "run.sh",
        "docker run -e POSTGRES_PASSWORD={a} -e AWS_ACCESS_KEY_ID={t} acme/api",
        "mysql -u root -p{a} -h db && curl -H 'Authorization: Bearer {t}' https://api.example.com",
        "mysql -u root -p {a} shop # {t}",
        "curl -u admin:{a} https://api.example.com/?token={t}",
        "curl --user {a}:{b} -H 'X-Token: {t}' https://api.example.com",
        "sshpass -p {a} ssh deploy@host {t}",
        "helm upgrade api . --set token={t} --set password={a}",
        "kubectl create secret generic x --from-literal=a={a} --from-literal=t={t}",
        "echo {a} | docker login -u ci --password-stdin; export T={t}",
        "PGPASSWORD='{q}' psql -c \"ALTER USER a PASSWORD '{q}'\" # {t}",
        "az login --service-principal -u {a} -p {b} --tenant {t}",
        "openssl enc -aes-256-cbc -k {a} -in x -out y # {t}",
        "login {a} {b} {t}",
    ),
    *_of(
        "Dockerfile",
        "FROM scratch\nENV TOKEN={t} PASSWORD={a}",
        "ENV API_TOKEN {t} {a}",
        "FROM scratch\nARG TOKEN={t}\nRUN login --key {a} {t}",
    ),
    *_of(
        "config.yaml",
        "password: {a}\ntoken: {t}",
        "a: {{user: bob, password: '{q}', token: {t}}}",
        "env:\n  - name: TOKEN\n    value: {t} {a}",
        "note: |\n  the password is {a}, and the token {t}",
        "users: [{a}, {t}, {b}]",
        "- {a}: {t}",
        "key: >-\n  {a}\n  {t}",
    ),
    *_of(
        "docker-compose.yml",
        "services:\n  db:\n    environment:\n      - POSTGRES_PASSWORD={a}\n      - TOKEN={t} {b}",
    ),
    *_of(
        "settings.json",
        '{{"password": "{q}", "token": "{t}", "other": "{q}"}}',
        '{{"a": ["{q}", "{t}"], "{q}": 1}}',
        '{{"kty": "oct", "k": "{q}", "token": "{t}"}}',
    ),
    *_of("app.properties", "db.password={a}\napi.token={t}", "auth.token = {t} {a}"),
    *_of("app.ini", "[main]\npassword = {a}\ntoken = {t}", "[main]\ndsn = {a}:{b}@host {t}"),
    *_of("app.toml", 'password = "{q}"\ntoken = "{t}" # {a}', 'keys = ["{q}", "{t}"]'),
    *_of(
        "main.tf",
        'resource "x" "y" {{ secret_key = "{q}" access_key = "{t}" }}',
        'variable "token" {{ default = "{t}" }} # {a}',
    ),
    *_of(
        ".netrc",
        "machine api.example.com login {a} password {t}",
        "machine api.example.com login {t} password {a}",
    ),
    *_of(".npmrc", "//registry.npmjs.org/:_authToken={t}\n_password={a} {t}"),
    *_of(".pgpass", "db.example.org:5432:app:{a}:{t}"),
    *_of("users.csv", "name,password,token\nalice,{a},{t}\n{b},{c},{t}", "{a};{t};{b}"),
    *_of(
        "notes.md",
        "| user | password | token |\n|---|---|---|\n| bob | {a} | {t} |",
        "The password is `{q}`, the token {t}.",
        "    password: {a} {t}",
        "Log in with {a} and {b} ({t}).",
    ),
    *_of(
        "server.log",
        "2024-01-02 INFO login user={a} password={b} token={t}",
        "GET /?token={t}&key={a} 200",
        '{{"level": "info", "msg": "key {q} token {t}"}}',
        "failed: {a} <{t}> [{b}]",
    ),
    *_of(
        "conf.xml",
        '<add key="token" value="{t}" /><add key="password" value="{q}" />',
        "<password>{a}</password><token>{t}</token>",
        "<!-- {a} --><token>{t}</token>",
    ),
    *_of("page.html", '<a href="https://u:{a}@example.org/?token={t}">{b}</a>'),
    *_of(
        "app.js",
        'const c = new Client("{q}", "{t}"); // {a}',
        "const c = `${{x}} {q} {t}`;",
        'connect({{password: "{q}", token: "{t}", note: \'{q}\'}})',
        "/* {a} {t} */ run();",
        "/* {t}\n   {a} {t} {b}\n*/",
    ),
    *_of("App.java", 'private static final String TOKEN = "{t}", OLD = "{q}"; // {a}'),
    *_of("main.go", 'var token, old = "{t}", "{q}" // {a}', "var x = `{q} {t}`"),
    *_of("app.rb", "Client.new('{q}', token: '{t}') # {a}"),
    *_of("app.php", "<?php $token = '{t}'; $old = '{q}'; # {a}"),
    *_of("app.c", '#define TOKEN "{t}" /* {a} */'),
    *_of(
        "dump.sql",
        "INSERT INTO users VALUES ('{q}', '{t}', '{q}'); -- {a}",
        "CREATE USER a IDENTIFIED BY '{q}'; -- {t}",
    ),
    *_of("q.graphql", 'query {{ a(token: "{t}", key: "{q}") }} # {a}'),
    *_of("Makefile", "deploy:\n\tlogin --token {t} --password {a} {b}"),
    *_of("nginx.conf", 'proxy_set_header X-Token "{t} {q}"; # {a}'),
    *_of("notes.txt", "{a} {t} {b}", "{a}{t}", "({a})[{t}]<{b}>", "{t}: {a}", "a={a}&t={t}&b={b}"),
    *_of(
        "app.py",
        'token = "{t}"; old = "{q}"  # {a}',
        'connect("{q}", "{t}")',
        'KEYS = {{"{q}": "{t}", "other": b"{q}"}}',
        '"""\nthe token: {t} {q}\n"""',
        "x = f'{{y}} {q} {t} {{z!r:>10}}'",
        'def f():\n    # {a}\n    return "{t}" "{q}"  # {b}',
        'import jwt\njwt.encode({{"a": "{q}"}}, "{q}", "HS256")  # {a}',
        "from cryptography.fernet import Fernet\nK = {{'a': '{q}'}}\n"
        "Fernet(K['a']).encrypt(b'{q}'), '{q}'  # {a}",
        "from cryptography.fernet import Fernet\nC = {{'{q}': {{'k': '{q}'}}}}\n"
        "def f(k):\n    return Fernet(k)\nf(C['{q}']['k'])  # {a}",
        "import hashlib\n"
        "hashlib.pbkdf2_hmac('md5', b'{q}', b'{q}', 10)  # keyaudit: ignore[KA104] {a}",
        "token = '{t}'  # keyaudit: ignore[KA302] it was {a}\n",
        "token = '{t}'  # keyaudit: ignore[{q}] {a}\n",
        "import logging\npassword = '{q}'\nlogging.info('%s {q}', password)",
        "SECRET_KEY = 'django-insecure-{q}'\nINSTALLED_APPS = ['django']  # {a}",
        "import random\nkey = random.randbytes(32)  # {a}\ntoken = '{t}', '{q}'",
        "import hmac\ndef same(mac, k):\n    x = '{q}'\n"
        "    return hmac.new(k, b'{q}', 'md5').digest() == mac  # {a}",
        "import logging\ndef f(password):\n    logging.info('{q} %s', password)  # {a}",
        "from Crypto.Cipher import AES\nAES.new(b'{q}', AES.MODE_ECB)  # {a}",
        "import requests\nrequests.get('https://u:{q}@example.org', verify=False)",
    ),
    *_of("old.py", "print 'x {q}'\ntoken = '{t}'  # {a}"),
    *_of(
        "broken.py",
        'x = """\n{q} {t}\n',
        'def f(:\n    connect("{t}", {a})',
        "{a} = = {b}\ntoken = '{t}'",
    ),
    Context("infra.tf", _TERRAFORM),
    Context("stack.yaml", _CLOUDFORMATION),
    Context("deploy.yaml", _KUBERNETES),
    Context(".github/workflows/ci.yml", _WORKFLOW),
    Context("values.yaml", _VALUES),
    Context("playbook.yml", _PLAYBOOK),
    *_of(
        "book.ipynb",
        '{{"cells": [{{"cell_type": "code", "source": ["token = \'{t}\'\\n", "key = \'{q}\'"]}}]}}',
    ),
    # What runs and deploys programs, beside what stands above.
    *_of(".gitlab-ci.yml", "x:\n  variables: {{TOKEN: '{t}'}}\n  script: login -p {a} {b} {t}"),
    *_of("Jenkinsfile", "environment {{ TOKEN = '{t}'; OLD = '{q}' }} // {a}"),
    *_of("prod.tfvars", 'db_password = "{q}"\napi_token = "{t}" # {a}'),
    Context("terraform.tfstate", _STATE),
    Context("template.json", _ARM),
    *_of("app.service", "[Service]\nEnvironment=TOKEN={t} PASSWORD={a}\nExecStart=/x -p {b}"),
    *_of("deploy.ps1", "$token = '{t}'; Connect-It -Password '{q}' # {a}"),
    *_of("deploy.bat", "set TOKEN={t}\nset PASSWORD={a}\ncmdkey /user:a /pass:{b} {t}"),
    *_of("ansible.cfg", "[defaults]\nprivate_key = {a}\ntoken = {t} ; {b}"),
    # What programs keep for a user.
    *_of(".git-credentials", "https://ci:{a}@git.example.org?t={t}\nhttps://{b}:{t}@example.org"),
    *_of(".docker/config.json", '{{"auths": {{"r.example.org": {{"auth": "{q}", "t": "{t}"}}}}}}'),
    *_of(".htpasswd", "alice:{a}\nbob:{t}:{b}"),
    *_of("pip.conf", "[global]\nindex-url = https://u:{a}@pypi.example.org/{t}"),
    *_of("requirements.txt", "--extra-index-url https://{a}:{t}@pypi.example.org/simple # {b}"),
    *_of(".curlrc", 'user = "u:{q}"\nheader = "Authorization: Bearer {t}" # {a}'),
    *_of(".bash_history", "export T={t} P={a}\nssh-add <<< {b} {t}\nvault login {a} {t}"),
    *_of("authorized_keys", 'command="login {q} {t}" ssh-ed25519 AAAAC3Nz {a}'),
    *_of("id_rsa", "-----BEGIN RSA PRIVATE KEY-----\nComment: {a}\n\n{t}\n{b}\n-----END"),
    # Other tools' reports and baselines, as they lie about in trees.
    *_of(
        "leaks.json",
        '[{{"Secret": "{q}", "Match": "token = {t}", "File": "a.env", "StartLine": 1}}]',
        '{{"results": [{{"code": "x = \'{q}\'", "test_id": "B105", "note": "{t}"}}]}}',
    ),
    # Other languages and texts.
    *_of("appsettings.json", '{{"ConnectionStrings": {{"Db": "Server=a;Password={q};T={t}"}}}}'),
    *_of(
        "web.config", '<add name="Db" connectionString="User=a;Password={q};T={t}" /><!-- {a} -->'
    ),
    *_of("App.vue", "<script>const t = '{t}', o = '{q}' // {a}</script>"),
    *_of("main.rs", 'const T: &str = "{t}"; let old = r#"{q}"#; // {a}'),
    *_of("Main.kt", 'val token = "{t}"; val old = """{q}""" // {a}'),
    *_of("app.lua", "local token = '{t}' -- {a}\nlogin([[{q} {t}]])"),
    *_of("app.cs", 'var token = "{t}"; var old = @"{q}"; /* {a} */'),
    *_of("page.rst", ".. note:: {a} {t}\n\n::\n\n   login {b} {t}\n"),
    *_of("data.xml", "<![CDATA[{a} {t}]]><x k='{q}' t='{t}'/>"),
    *_of("query.log", "ERROR {a}: denied for {t} ({b})\n\tat login({t}, {c})"),
    *_of(
        "follow.py",
        "import jwt\nfrom conf import *\nclass S:\n    key = '{q}'\n    other = {{'{q}': '{q}'}}\n"
        "def f(s=S.key, n='{q}'):  # {a}\n    return jwt.encode({{'{q}': 1}}, s, 'HS256')\n",
        "import os\nfrom cryptography.fernet import Fernet\n"
        "Fernet(os.environ.get('KEY', '{q}'))  # {a}\nprint('{q}', os.getenv('X') or '{q}')",
        "import hashlib\nfrom cryptography.hazmat.primitives.ciphers.aead import AESGCM\n"
        "key = hashlib.sha256(b'{q}').digest()  # {a}\nAESGCM(key).encrypt(b'{q}', b'{q}', b'{q}')",
        "import ssl, requests\ns = requests.Session()\ns.auth = ('{q}', '{q}')\n"
        "s.verify = False  # {a}\ns.get('https://example.org', headers={{'X-Token': '{t} {q}'}})",
        "import secrets\nassert token == '{t}' or token == '{q}', '{q}'  # {a}",
    ),
]
