"""What stands where a secret would, and opens nothing: hashed, encrypted, and referenced values.

Each is written as a small file of its own, with random text in it where such values have some.
"""

from __future__ import annotations

import base64
import json
import random
import string
import textwrap
from collections.abc import Callable
from dataclasses import dataclass

Write = Callable[[random.Random], str]
_ALNUM = string.ascii_letters + string.digits
_URL_SAFE = _ALNUM + "-_"


@dataclass(frozen=True, slots=True)
class Innocent:
    """`write` makes the text of a file named `path`, in which no secret stands."""

    name: str
    path: str
    write: Write


def _text(source: random.Random, alphabet: str, size: int) -> str:
    return "".join(source.choices(alphabet, k=size))


def _hex(size: int) -> Callable[[random.Random], str]:
    return lambda source: source.randbytes(size).hex()


def _base64(size: int, head: bytes = b"") -> Callable[[random.Random], str]:
    return lambda source: base64.b64encode(head + source.randbytes(size)).decode()


def _bcrypt(source: random.Random) -> str:
    return f"$2b$12${_text(source, './' + _ALNUM, 53)}"


def _argon2(source: random.Random) -> str:
    salt, tag = _text(source, _ALNUM, 22), _text(source, _ALNUM, 43)
    return f"$argon2id$v=19$m=65536,t=3,p=4${salt}${tag}"


def _pbkdf2(source: random.Random) -> str:
    return f"pbkdf2_sha256$600000${_text(source, _ALNUM, 22)}${_base64(32)(source)}"


def _scram(source: random.Random) -> str:
    salt, stored, server = _base64(16), _base64(32), _base64(32)
    return f"SCRAM-SHA-256$4096:{salt(source)}${stored(source)}:{server(source)}"


def _werkzeug(source: random.Random) -> str:
    return f"scrypt:32768:8:1${_text(source, _ALNUM, 16)}${_hex(64)(source)}"


def _ansible(source: random.Random) -> str:
    rows = textwrap.wrap(_hex(160)(source), 80)
    return "$ANSIBLE_VAULT;1.1;AES256\n" + "\n".join(f"  {row}" for row in rows)


def _sops(source: random.Random) -> str:
    data, iv, tag = _base64(20)(source), _base64(32)(source), _base64(16)(source)
    return f"ENC[AES256_GCM,data:{data},iv:{iv},tag:{tag},type:str]"


def _bag(source: random.Random) -> str:
    item = {"encrypted_data": _base64(48)(source) + "\n", "iv": _base64(12)(source) + "\n",
            "auth_tag": _base64(16)(source) + "\n",
            "version": 3, "cipher": "aes-256-gcm"}  # fmt: skip
    return json.dumps({"id": "mysql", "root_password": item}, indent=2)


def _baseline(source: random.Random) -> str:
    found = {"type": "Secret Keyword", "filename": "app/db.py",
             "hashed_secret": _hex(20)(source), "is_verified": False,
             "line_number": 12}  # fmt: skip
    plugins = [{"name": "Base64HighEntropyString", "limit": 4.5}, {"name": "KeywordDetector"}]
    return json.dumps({"version": "1.5.0", "plugins_used": plugins,
                       "results": {"app/db.py": [found]}}, indent=2)  # fmt: skip


def _one(template: str, value: Callable[[random.Random], str] = lambda source: "") -> Write:
    return lambda source: textwrap.dedent(template).lstrip("\n").replace("VALUE", value(source))


_PY, _YAML = "app/db.py", "config/app.yaml"
INNOCENT: tuple[Innocent, ...] = (
    # --- hashed ---
    Innocent("bcrypt", _YAML, _one("admin:\n  password: VALUE\n", _bcrypt)),
    Innocent("argon2", _PY, _one('ADMIN_PASSWORD = "VALUE"\n', _argon2)),
    Innocent("pbkdf2", "users.json", _one('{"user": "app",\n "password": "VALUE"}\n', _pbkdf2)),
    Innocent("scram", "users.sql", _one("CREATE ROLE app PASSWORD 'VALUE';\n", _scram)),
    Innocent("scrypt", _PY, _one('password = "VALUE"\n', _werkzeug)),
    Innocent("hashed_secret", "report.json", _one('{"hashed_secret": "VALUE"}\n', _hex(20))),
    Innocent("hashed_password", _YAML, _one("hashed_password: VALUE\n", _hex(32))),
    Innocent("password_sha256", ".env", _one("ADMIN_PASSWORD_SHA256=VALUE\n", _hex(32))),
    Innocent("token_sha512", _PY, _one('TOKEN_SHA512 = "VALUE"\n', _hex(64))),
    Innocent("api_key_hash", "keys.toml", _one('api_key_hash = "VALUE"\n', _hex(32))),
    Innocent("key_fingerprint", _YAML, _one("signing_key_fingerprint: VALUE\n", _hex(20))),
    Innocent("htpasswd", ".htpasswd", _one(
        "app:VALUE\n", lambda r: f"$apr1${_text(r, _ALNUM, 8)}${_text(r, _ALNUM, 22)}")),
    Innocent("detect-secrets baseline", ".secrets.baseline", _baseline),
    Innocent("shadow", "cloud-init.yaml", _one(
        "users:\n  - name: app\n    passwd: VALUE\n",
        lambda r: f"$6$rounds=4096${_text(r, _ALNUM, 16)}${_text(r, _ALNUM, 86)}")),
    # --- encrypted ---
    Innocent("Ansible Vault", "vars.yaml", _one("db_password: !vault |\n  VALUE\n", _ansible)),
    Innocent("sops", "secrets.yaml", _one("db_password: VALUE\n", _sops)),
    Innocent("SealedSecret", "sealed.yaml", _one("""
        apiVersion: bitnami.com/v1alpha1
        kind: SealedSecret
        metadata:
          name: shop
        spec:
          encryptedData:
            password: VALUE
        """, lambda r: "AgB" + _base64(300)(r))),
    Innocent("dotenvx", ".env", _one('DB_PASSWORD="encrypted:VALUE"\n', _base64(90, b"\4"))),
    Innocent("chef data bag", "data_bags/mysql.json", _bag),
    Innocent("hiera eyaml", "common.eyaml", _one(
        "db::password: ENC[PKCS7,VALUE]\n", _base64(200, b"0\x82"))),
    Innocent("Fernet token", _PY, _one('password = "VALUE"\n', lambda r: (
        base64.urlsafe_b64encode(b"\x80\0\0\0\0" + r.randbytes(84)).decode()))),
    Innocent("jasypt", "app.properties", _one("db.password=ENC(VALUE)\n", _base64(48))),
    Innocent("Spring cipher", "app.properties", _one("db.password={cipher}VALUE\n", _hex(64))),
    Innocent("travis secure", ".travis.yml", _one(
        'env:\n  global:\n    - secure: "VALUE"\n', _base64(256))),
    Innocent("KMS ciphertext", _YAML, _one(
        "db_password_encrypted: VALUE\n", _base64(150, b"\1\2\2"))),
    # --- referenced ---
    Innocent("Google Secret Manager", ".env", _one(
        "DB_PASSWORD=projects/p7X/secrets/db-VALUE/versions/3\n", lambda r: _text(r, _ALNUM, 6))),
    Innocent("gcp scheme", ".env", _one("DB_PASSWORD=sm://shop-7/db-password-VALUE\n", _hex(3))),
    Innocent("doppler", ".env", _one("API_TOKEN=doppler:shop/prd/VALUE\n", _hex(6))),
    Innocent("Key Vault", "app.json", _one(
        '{"DbPassword": "@Microsoft.KeyVault(SecretUri=https://v7.vault.azure.net/secrets/VALUE)"}',
        _hex(8))),
    Innocent("keyvault:", _YAML, _one("db_password: keyvault:shop-7/DbPasswordVALUE\n", _hex(2))),
    Innocent("1Password", ".env", _one("DB_PASSWORD=op://Shop7/VALUE/password\n", _hex(6))),
    Innocent("vault path", _YAML, _one("password: vault:secret/data/shop7#VALUE\n", _hex(4))),
    Innocent("SSM", "app.yaml", _one(
        "password: '{{resolve:ssm-secure:/Shop7/VALUE:3}}'\n", _hex(4))),
    Innocent("Secrets Manager ARN", "main.tf", _one(
        'password_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:Db7-VALUE"\n',
        lambda r: _text(r, _ALNUM, 6))),
    Innocent("from_secret", ".drone.yml", _one(
        "steps:\n  - environment:\n      DB_PASSWORD:\n        from_secret: Db7VALUE\n", _hex(3))),
    Innocent("command substitution", "deploy.sh", _one(
        "export DB_PASSWORD=$(pass show Shop7/VALUE)\n", _hex(4))),
    Innocent("backticks", "deploy.sh", _one("DB_PASSWORD=`pass show Shop7/VALUE`\n", _hex(4))),
    Innocent("shell default", "deploy.sh", _one(
        'DB_PASSWORD="${DB_PASSWORD_VALUE:?is not set}"\n', lambda r: str(r.randrange(10, 99)))),
    Innocent("environment", _PY, _one('password = os.environ["DB7_PASSWORD_VALUE"]\n', _hex(2))),
    Innocent("call", _PY, _one('password = vault.read("shop7/VALUE")["password"]\n', _hex(4))),
    Innocent("__all__", "app/__init__.py", _one(
        '__all__ = ["Password2Hash", "SecretV1Store", "tokenToBase64", "KeyX509Reader"]\n')),
    Innocent("constant names", _PY, _one(
        'PASSWORD_ENV = "SHOP7_DB_PASSWORD_VALUE"\n',
        lambda r: _text(r, string.ascii_uppercase, 4))),
    Innocent("path", _YAML, _one("private_key: /etc/shop7/VALUE/key.pem\n", _hex(4))),
    Innocent("kubernetes reference", "deploy.yaml", _one("""
        kind: Deployment
        spec:
          containers:
            - env:
                - name: DB_PASSWORD
                  valueFrom:
                    secretKeyRef: {name: shop7-VALUE, key: db-password}
        """, _hex(4))),
    Innocent("helm", "templates/secret.yaml", _one("""
        kind: Secret
        data:
          password: {{ .Values.db7.passwordVALUE | b64enc | quote }}
        """, _hex(2))),
    Innocent("GitHub Actions", ".github/workflows/x.yml", _one(
        "env:\n  DB_PASSWORD: ${{ secrets.DB7_VALUE }}\n", _hex(3))),
    Innocent("public key", _YAML, _one("deploy_key: ssh-ed25519 VALUE app@acme\n", lambda r: (
        "AAAAC3NzaC1lZDI1NTE5AAAAI" + _text(r, _ALNUM, 43)))),
    Innocent("csrf", "page.html", _one(
        '<input type="hidden" name="csrf_token" value="VALUE">\n',
        lambda r: _text(r, _URL_SAFE, 40))),
    Innocent("id", _YAML, _one("secret_id: VALUE\naccess_key_id_ref: VALUE\n", _hex(16))),
    Innocent("PowerShell help", "Get-Login.ps1", _one("""
        <#
        .SYNOPSIS
        Prints a login.
        .EXAMPLE
        PS> Get-Login -User app
        Password : VALUE
        #>
        function Get-Login { }
        """, lambda r: _text(r, _ALNUM, 14))),
)  # fmt: skip
