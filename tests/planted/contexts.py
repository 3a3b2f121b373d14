"""The forms in which people write a password down, each as a small file of its own.

A `Context` writes the file, and says which characters its syntax has no place for. Lines that a
secret's neighbours are in real files stand around it, so that nothing rests on an empty file.
"""

from __future__ import annotations

import base64
import html
import json
import shlex
import textwrap
from collections.abc import Callable
from dataclasses import dataclass

Write = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Context:
    """`write` makes the text of a file named `path` of a password without `refused`."""

    name: str
    path: str
    write: Write
    refused: str = "\\"


def _python(text: str) -> str:
    """Python's literal of a text, in double quotes, as a formatter has it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _single(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _lines(template: str, quote: Callable[[str], str] = lambda text: text) -> Write:
    """A template, with `VALUE` for the password as `quote` writes it."""
    return lambda password: textwrap.dedent(template).lstrip("\n").replace("VALUE", quote(password))


def _basic(password: str, user: str = "deploy") -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _notebook(password: str) -> str:
    source = ["import os\n", f'os.environ["DB_PASSWORD"] = {_python(password)}\n', "connect()"]
    cell = {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [],
            "source": source}  # fmt: skip
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5},
                      indent=1)  # fmt: skip


def _compact(password: str) -> str:
    filler = {f"feature_{number}": {"enabled": True, "rollout": number} for number in range(60)}
    return json.dumps({**filler, "database": {"user": "app", "password": password}})


def _state(password: str) -> str:
    attributes = {"engine": "postgres", "username": "app", "password": password}
    resource = {"mode": "managed", "type": "aws_db_instance", "name": "main",
                "instances": [{"attributes": attributes}]}  # fmt: skip
    return json.dumps({"version": 4, "terraform_version": "1.9.5", "resources": [resource]})


def _secret(kind: str) -> Write:
    head = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: shop\n"

    def write(password: str) -> str:
        encoded = _base64(password)
        bodies = {
            "data": f"data:\n  main: {encoded}\n  mode: {_base64('production')}\n",
            "stringData": f"stringData:\n  main: {json.dumps(password)}\n",
            "block": f"stringData:\n  main: |\n    {password}\n",
            "folded": f"data:\n  main: >-\n    {encoded}\n",
        }
        return head + bodies[kind]

    return write


def _secret_json(password: str) -> str:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "shop"},
              "data": {"main": _base64(password)}}  # fmt: skip
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": [secret]}, indent=2)


def _account(password: str, width: int) -> str:
    text = json.dumps({"type": "service", "user": "app", "password": password, "region": "eu"},
                      indent=2)  # fmt: skip
    return "\n".join(textwrap.wrap(_base64(text + "\n" * 40), width))


def _ps(text: str) -> str:
    """A text in PowerShell's single quotes, which are doubled within."""
    return "'" + text.replace("'", "''") + "'"


_PY = "app/db.py"
CONTEXTS: tuple[Context, ...] = (
    # --- a type between name and value ---
    Context("python, annotated", _PY, _lines("""
        from app import connect
        db_password: str = VALUE
        """, _python), ""),
    Context("python, a parameter", _PY, _lines("""
        def connect(host: str, password: str = VALUE, port: int = 5432) -> None:
            return None
        """, _python), ""),
    Context("python, Final", _PY, _lines("""
        from typing import Final
        DB_PASSWORD: Final[str] = VALUE
        """, _single), ""),
    Context("python, pydantic", "app/settings.py", _lines("""
        class Settings(BaseSettings):
            user: str = "app"
            db_password: SecretStr = Field(default=SecretStr(VALUE), min_length=8)
        """, _python), ""),
    Context("typescript", "src/db.ts", _lines("""
        export class Database {
          private readonly password: string = VALUE;
        }
        """, _single), ""),
    Context("kotlin", "src/Db.kt", _lines("""
        class Db {
            private val dbPassword: String = VALUE
        }
        """, _python), "$"),
    Context("rust", "src/db.rs", _lines("""
        const DB_PASSWORD: &str = VALUE;
        """, _python), ""),
    Context("swift", "Sources/Db.swift", _lines("""
        let password: String = VALUE
        """, _python), ""),
    Context("go", "db/db.go", _lines("""
        package db

        var dbPassword string = VALUE
        """, _python), ""),
    Context("c#", "src/Db.cs", _lines("""
        public string Password { get; set; } = VALUE;
        """, _python), ""),
    # --- expressions ---
    Context("python, unpacked", _PY, _lines("""
        user, password = "app", VALUE
        """, _python), ""),
    Context("python, or", _PY, _lines("""
        password = os.environ.get("DB_PASSWORD") or VALUE
        """, _python), ""),
    Context("python, a default of the environment", _PY, _lines("""
        value = os.environ.get("DB_PW", VALUE)
        """, _python), ""),
    Context("python, conditional", _PY, _lines("""
        password = VALUE if production else None
        """, _python), ""),
    Context("python, in", _PY, _lines("""
        def check(password):
            if password in ("", VALUE):
                return True
        """, _python), ""),
    Context("python, match", _PY, _lines("""
        def check(password):
            match password:
                case VALUE:
                    return True
        """, _python), ""),
    Context("python, a list", _PY, _lines("""
        PASSWORDS = [
            VALUE,
        ]
        """, _python), ""),
    Context("python, concatenated", _PY, lambda p: (
        f"password = {_python(p[: len(p) // 2])} + {_python(p[len(p) // 2 :])}\n"), ""),
    # --- connections and logins ---
    Context("connection string", "src/Db.cs", _lines("""
        var c = new SqlConnection("Server=db1.acme.com;Database=shop;User Id=sa;Password=VALUE;");
        """), "\\\"'; "),
    Context("libpq", _PY, _lines("""
        db = psycopg.connect("host=db1.acme.com user=app password=VALUE dbname=shop")
        """), "\\\"' "),
    Context("HTTP Basic", "call.sh", _lines("""
        curl -H "Authorization: Basic VALUE" https://api.acme.com/v1/items
        """, _basic), ""),
    Context("npmrc", ".npmrc", _lines("""
        registry=https://npm.acme.com/
        _auth=VALUE
        """, _basic), ""),
    Context("docker config", "config.json", lambda p: json.dumps(
        {"auths": {"registry.acme.com": {"auth": _basic(p)}}}, indent=2), ""),
    Context("requests", _PY, _lines("""
        reply = requests.get("https://api.acme.com/v1", auth=("deploy", VALUE))
        """, _python), ""),
    Context("PDO", "db.php", _lines("""
        <?php
        $db = new PDO('mysql:host=db1.acme.com;dbname=shop', 'app', VALUE);
        """, _single), ""),
    # --- command lines ---
    Context("curl", "call.sh", _lines("""
        curl -sS -u deploy:VALUE https://api.acme.com/v1/items
        """), "\\\"'`$&|;<>(){}[]*?!#~ "),
    Context("sshpass", "copy.sh", _lines("""
        sshpass -p VALUE scp build.tgz deploy@web1.acme.com:/srv/
        """, shlex.quote), "'"),
    Context("mysql", "dump.sh", _lines("""
        mysqldump -u root -pVALUE shop > shop.sql
        """), "\\\"'`$&|;<>(){}[]*?!#~ "),
    Context("docker login", "push.sh", _lines("""
        docker login -u deploy -p VALUE registry.acme.com
        """, shlex.quote), "'"),
    Context("ldapsearch", "find.sh", _lines("""
        ldapsearch -x -D cn=admin,dc=acme,dc=com -w VALUE -b dc=acme,dc=com uid=x
        """, shlex.quote), "'"),
    Context("redis-cli", "ping.sh", _lines("""
        redis-cli -h cache1.acme.com -a VALUE ping
        """, shlex.quote), "'"),
    Context("keytool", "sign.sh", _lines("""
        keytool -genkeypair -keystore app.jks -storepass VALUE -alias app
        """, shlex.quote), "'"),
    Context("powershell", "deploy.ps1", _lines("""
        $value = ConvertTo-SecureString VALUE -AsPlainText -Force
        """, _ps), ""),
    Context("sql", "users.sql", _lines("""
        CREATE USER 'app'@'%' IDENTIFIED BY VALUE;
        """, _single), "\\'"),
    # --- files of their own ---
    Context("pgpass", ".pgpass", _lines("""
        db1.acme.com:5432:shop:app:VALUE
        """), "\\:"),
    Context("netrc", ".netrc", _lines("""
        machine api.acme.com login deploy password VALUE
        """), "\\\"'#"),
    Context("my.cnf", ".my.cnf", _lines("""
        [client]
        user=root
        password=VALUE
        """), "\\\"'#"),
    Context("postman", "shop.postman_collection.json", lambda p: json.dumps(
        {"auth": {"type": "basic", "basic": [
            {"key": "username", "value": "deploy", "type": "string"},
            {"key": "password", "value": p, "type": "string"}]}}, indent=2), ""),
    # --- escaped quotes ---
    Context("notebook", "notes.ipynb", _notebook, ""),
    Context("json in a string", _PY, lambda p: (
        f'BODY = {json.dumps(json.dumps({"user": "app", "password": p}))}\n'), ""),
    Context("curl -d", "call.sh", _lines("""
        curl -d "{\\"user\\":\\"app\\",\\"password\\":\\"VALUE\\"}" https://api.acme.com/v1/login
        """), "\\\"`$!"),
    Context("html", "page.html", lambda p: (
        f"<div data-login=\"{html.escape(json.dumps({'user': 'app', 'password': p}))}\"></div>\n"),
        ""),
    Context("doubled quotes", "Db.vb", _lines("""
        Dim body = "{""user"": ""app"", ""password"": ""VALUE""}"
        """), "\\\""),
    # --- names ---
    Context("env, PGPASSWORD", ".env", _lines("""
        source common.sh
        RATE=5%
        PGPASSWORD=VALUE
        """, shlex.quote), "'"),
    Context("env, CLIENTSECRET", ".env", _lines("""
        LOG=%d %m
        CLIENTSECRET="VALUE"
        """), "\\\"$`"),
    Context("env, DBPASS", "app.env", _lines("""
        MODE=a
        MODE=b
        DBPASS=VALUE
        """), "\\\"'#$` "),
    Context("env, DB_PW", ".env", _lines("""
        DB_USER=app
        DB_PW=VALUE
        """), "\\\"'#$` "),
    Context("php, $pw", "db.php", _lines("""
        <?php
        $user = 'app';
        $pw = VALUE;
        """, _single), ""),
    Context("json, pw", "login.json", lambda p: json.dumps({"user": "app", "pw": p}, indent=2), ""),
    Context("ini, mailpass", "mail.ini", _lines("""
        [mail]
        mailpass = VALUE
        """), "\\\"';#%"),
    Context("yaml, quoted", "app.yaml", _lines("""
        database:
          user: app
          password: VALUE
        """, json.dumps), ""),
    Context("yaml, plain", "app.yaml", _lines("""
        database:
          password: VALUE
          port: 5432
        """), "\\\"'#:{}[]&*!|>%@`,?-"),
    Context("properties", "app.properties", _lines("""
        spring.datasource.username=app
        spring.datasource.password=VALUE
        """), "\\#"),
    Context("toml", "app.toml", _lines("""
        [database]
        password = VALUE
        """, json.dumps), ""),
    Context("terraform", "main.tf", _lines("""
        resource "aws_db_instance" "main" {
          username = "app"
          password = VALUE
        }
        """, json.dumps), "$%"),
    Context("python", _PY, _lines("""
        password = VALUE
        """, _python), ""),
    Context("java", "src/Db.java", _lines("""
        class Db {
            private static final String PASSWORD = VALUE;
        }
        """, _python), ""),
    Context("xml", "app.xml", lambda p: (
        f"<config>\n  <user>app</user>\n  <password>{html.escape(p)}</password>\n</config>\n"), ""),
    # --- Kubernetes ---
    *(Context(f"kind: Secret, {kind}", "shop.yaml", _secret(kind), "\\") for kind in
      ("data", "stringData", "block", "folded")),
    Context("kind: Secret, JSON", "shop.json", _secret_json, ""),
    # --- over lines, and in long ones ---
    Context("wrapped base64", "account.yaml", lambda p: (
        "account: |\n" + textwrap.indent(_account(p, 76), "  ") + "\n"), ""),
    Context("wrapped base64, quoted", _PY, lambda p: (
        "ACCOUNT = (\n" + "".join(f'    "{row}"\n' for row in _account(p, 64).split("\n")) + ")\n"),
        ""),
    Context("wrapped base64, added", "src/A.java", lambda p: (
        "    String account = " + "\n        + ".join(
            f'"{row}"' for row in _account(p, 60).split("\n")) + ";\n"), ""),
    Context("compact json", "settings.json", _compact, ""),
    Context("state", "terraform.tfstate", _state, ""),
)  # fmt: skip
