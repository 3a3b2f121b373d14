"""Programs in varied spelling that migrating fixes mend; stored passwords among them."""

from __future__ import annotations

from tests.fixes.program import program

_FAKE = """
import boto3
asked = []
class Fake:
    def __getattr__(self, name):
        return lambda **given: asked.append((name, given)) or {"CiphertextBlob": b"blob", "Plaintext": b"text" * 8}
boto3.client = lambda *a, **k: Fake()
"""


VARIED_MIGRATING = [
    program(
        "passwords hashed fast, in a class with sqlite",
        "KA416",
        """
        import hashlib
        import hmac
        import os
        import sqlite3


        class Users:
            def __init__(self, path=":memory:"):
                self.db = sqlite3.connect(path)
                self.db.execute("CREATE TABLE IF NOT EXISTS users (name TEXT PRIMARY KEY, salt TEXT, hash TEXT)")

            def register(self, name: str, password: str) -> None:
                salt = os.urandom(16).hex()
                digest = hashlib.sha256((salt + password).encode()).hexdigest()
                self.db.execute("INSERT INTO users VALUES (?, ?, ?)", (name, salt, digest))
                self.db.commit()

            def login(self, name: str, password: str) -> bool:
                row = self.db.execute("SELECT salt, hash FROM users WHERE name = ?", (name,)).fetchone()
                if row is None:
                    return False
                salt, kept = row
                return hmac.compare_digest(hashlib.sha256((salt + password).encode()).hexdigest(), kept)
        """,
        """
        import app, hashlib
        u = app.Users()
        u.register("a", "pw")
        assert u.login("a", "pw") and not u.login("a", "no") and not u.login("b", "pw")
        u.db.execute("INSERT INTO users VALUES (?, ?, ?)", ("old", "s", hashlib.sha256(b"spw").hexdigest()))
        assert u.login("old", "pw") and u.login("old", "pw") and not u.login("old", "no")
        """,
        """
        import app, hashlib
        u = app.Users()
        u.register("a", "pw")
        salt, kept = u.db.execute("SELECT salt, hash FROM users WHERE name = 'a'").fetchone()
        assert kept != hashlib.sha256((salt + "pw").encode()).hexdigest()
        u.db.execute("INSERT INTO users VALUES (?, ?, ?)", ("old", "s", hashlib.sha256(b"spw").hexdigest()))
        assert u.login("old", "pw") and u.login("old", "pw")
        """,
        unsafe=True,
    ),
    program(
        "passwords in a mapping, hashed by MD5 in a helper of another module",
        "KA416",
        {
            "accounts.py": """
            from hashing import password_hash

            USERS = {}


            def sign_up(user, password):
                USERS[user] = password_hash(password)


            def log_in(user, password):
                return user in USERS and USERS[user] == password_hash(password)
            """,
            "hashing.py": """
            import hashlib


            def password_hash(password):
                return hashlib.md5(password.encode("utf-8")).hexdigest()
            """,
        },
        """
        import accounts as a, hashlib
        a.sign_up("u", "pw")
        assert a.log_in("u", "pw") and not a.log_in("u", "no") and not a.log_in("x", "pw")
        a.USERS["old"] = hashlib.md5(b"pw").hexdigest()
        assert a.log_in("old", "pw") and a.log_in("old", "pw") and not a.log_in("old", "no")
        """,
        """
        import accounts as a, hashlib
        a.sign_up("u", "pw"); a.sign_up("v", "pw")
        assert a.USERS["u"] != a.USERS["v"] and a.log_in("u", "pw") and a.log_in("v", "pw")
        a.USERS["old"] = hashlib.md5(b"pw").hexdigest()
        assert a.log_in("old", "pw")
        assert a.USERS["old"] != hashlib.md5(b"pw").hexdigest() and a.log_in("old", "pw")
        """,
        unsafe=True,
    ),
    program(
        "a weak derivation of stored passwords, in two modules",
        "KA104",
        {
            "auth/__init__.py": "",
            "auth/store.py": """
            from __future__ import annotations
            import hashlib as hl
            import os
            from dataclasses import dataclass


            @dataclass
            class Account:
                name: str
                salt: bytes
                verifier: bytes


            ACCOUNTS: dict[str, Account] = {}


            def create(name: str, password: str) -> Account:
                salt = os.urandom(16)
                account = Account(name, salt, hl.pbkdf2_hmac("sha256", password.encode(), salt, 1000))
                ACCOUNTS[name] = account
                return account
            """,
            "auth/login.py": """
            import hashlib
            import hmac

            from auth.store import ACCOUNTS


            def login(name: str, password: str) -> bool:
                account = ACCOUNTS.get(name)
                if account is None:
                    return False
                found = hashlib.pbkdf2_hmac("sha256", password.encode(), account.salt, 1000)
                return hmac.compare_digest(found, account.verifier)
            """,
        },
        """
        import hashlib
        from auth.store import create, ACCOUNTS, Account
        from auth.login import login
        create("u", "pw")
        assert login("u", "pw") and not login("u", "no") and not login("x", "pw")
        ACCOUNTS["old"] = Account("old", b"s" * 16, hashlib.pbkdf2_hmac("sha256", b"pw", b"s" * 16, 1000))
        assert login("old", "pw") and login("old", "pw") and not login("old", "no")
        """,
        """
        import hashlib
        from auth.store import create, ACCOUNTS, Account
        from auth.login import login
        a = create("u", "pw")
        assert hashlib.pbkdf2_hmac("sha256", b"pw", a.salt, 1000) != a.verifier
        ACCOUNTS["old"] = Account("old", b"s" * 16, weak := hashlib.pbkdf2_hmac("sha256", b"pw", b"s" * 16, 1000))
        assert login("old", "pw") and login("old", "pw")
        """,
        unsafe=True,
    ),
    program(
        "a password hashed to a key, at both ends",
        "KA103",
        """
        import hashlib
        import os
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        def lock(password: str, data: bytes) -> bytes:
            key = hashlib.sha256(password.encode()).digest()
            nonce = os.urandom(12)
            return nonce + AESGCM(key).encrypt(nonce, data, b"v1")


        def unlock(password: str, blob: bytes) -> bytes:
            key = hashlib.sha256(password.encode()).digest()
            return AESGCM(key).decrypt(blob[:12], blob[12:], b"v1")
        """,
        "import app\nassert app.unlock('pw', app.lock('pw', b'x')) == b'x'",
        """
        import app, hashlib
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        blob = app.lock("pw", b"x")
        key = hashlib.sha256(b"pw").digest()
        for at in range(0, len(blob) - 12):
            try:
                AESGCM(key).decrypt(blob[at:at+12], blob[at+12:], b"v1")
            except Exception:
                continue
            raise AssertionError("the fast hash is still the key")
        """,
        unsafe=True,
    ),
    program(
        "a key of a class, in hex",
        "KA301",
        """
        import hmac
        from typing import Final


        class Links:
            SECRET: Final = bytes.fromhex("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")

            @classmethod
            def sign(cls, path: str) -> str:
                return path + "?s=" + hmac.new(cls.SECRET, path.encode(), "sha256").hexdigest()
        """,
        "import app\nassert app.Links.sign('/a').startswith('/a?s=') and len(app.Links.SECRET) == 32",
        """
        import app, os
        assert "9f86d081" not in open("app.py").read()
        """,
        unsafe=True,
        environment=dict.fromkeys(("SECRET", "LINKS_SECRET", "LINK_SECRET"), "ab" * 32),
    ),
    program(
        "Flask's secret, set on the application",
        "KA312",
        """
        from flask import Flask

        def create_app(testing=False):
            application = Flask(__name__)
            application.config.update(
                SECRET_KEY="hX7pQ2mVz9KcR4tLs8WnB3yJd6GfA1uE",
                SESSION_COOKIE_SECURE=True,
                TESTING=testing,
            )
            return application
        """,
        """
        import sys, types
        flask = types.ModuleType("flask")
        class Flask:
            def __init__(self, name): self.config = {}
        flask.Flask = Flask
        sys.modules["flask"] = flask
        import app
        c = app.create_app(True).config
        assert c["TESTING"] and c["SESSION_COOKIE_SECURE"] and c["SECRET_KEY"]
        """,
        """
        import sys, types
        flask = types.ModuleType("flask")
        class Flask:
            def __init__(self, name): self.config = {}
        flask.Flask = Flask
        sys.modules["flask"] = flask
        import app
        assert app.create_app(True).config["SECRET_KEY"] == "from outside"
        """,
        unsafe=True,
        environment={"SECRET_KEY": "from outside"},
    ),
    program(
        "ECB of PyCryptodome in a class, two methods and base64",
        "KA408",
        """
        import base64
        from Crypto.Cipher import AES as Aes
        from Crypto.Util.Padding import pad, unpad


        class Cipher:
            def __init__(self, key: bytes):
                self.key = key

            def encrypt(self, text: str) -> str:
                cipher = Aes.new(self.key, Aes.MODE_ECB)
                return base64.b64encode(cipher.encrypt(pad(text.encode("utf-8"), Aes.block_size))).decode()

            def decrypt(self, text: str) -> str:
                cipher = Aes.new(self.key, Aes.MODE_ECB)
                return unpad(cipher.decrypt(base64.b64decode(text)), Aes.block_size).decode("utf-8")
        """,
        "import app\nc = app.Cipher(b'k'*32)\nfor t in ('', 'x', 'é'*40): assert c.decrypt(c.encrypt(t)) == t",
        """
        import app, base64
        c = app.Cipher(b"k"*32)
        assert c.encrypt("x"*64) != c.encrypt("x"*64)
        raw = bytearray(base64.b64decode(c.encrypt("x"*64)))
        raw[-20] ^= 1
        try:
            c.decrypt(base64.b64encode(bytes(raw)).decode())
        except Exception:
            pass
        else:
            raise AssertionError
        """,
        unsafe=True,
    ),
    program(
        "CBC between a package's modules, decorated and with type hints",
        "KA409",
        {
            "vault/__init__.py": "from .writer import write\nfrom .reader import read\n",
            "vault/writer.py": """
            from os import urandom as rand
            from cryptography.hazmat.primitives.ciphers import Cipher as C, algorithms as alg, modes as m
            from cryptography.hazmat.primitives import padding as p


            def write(key: bytes, data: bytes) -> bytes:
                iv = rand(16)
                pad = p.PKCS7(alg.AES.block_size).padder()
                enc = C(alg.AES(key), m.CBC(iv)).encryptor()
                body = enc.update(pad.update(data) + pad.finalize()) + enc.finalize()
                return b"".join([iv, body])
            """,
            "vault/reader.py": """
            import functools
            from cryptography.hazmat.primitives import padding
            from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


            def logged(function):
                @functools.wraps(function)
                def inner(*args):
                    return function(*args)
                return inner


            @logged
            def read(key: bytes, blob: bytes) -> bytes:
                iv, body = blob[:16], blob[16:]
                dec = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
                unpad = padding.PKCS7(128).unpadder()
                return unpad.update(dec.update(body) + dec.finalize()) + unpad.finalize()
            """,
        },
        "import vault\nk = bytes(32)\nfor d in (b'', b'x'*16, b'y'*50): assert vault.read(k, vault.write(k, d)) == d",
        """
        import vault
        k = bytes(32)
        b = bytearray(vault.write(k, b"x"*64)); b[30] ^= 1
        try:
            vault.read(k, bytes(b))
        except Exception:
            pass
        else:
            raise AssertionError
        b = bytearray(vault.write(k, b"x"*64)); b[3] ^= 1
        try:
            vault.read(k, bytes(b))
        except Exception:
            pass
        else:
            raise AssertionError
        """,
        unsafe=True,
    ),
    program(
        "RC4 in one module",
        "KA116",
        """
        from Crypto.Cipher import ARC4


        def scramble(key, data):
            return ARC4.new(key).encrypt(data)


        def unscramble(key, blob):
            return ARC4.new(key).decrypt(blob)
        """,
        "import app\nk = b'k'*16\nassert app.unscramble(k, app.scramble(k, b'data')) == b'data'",
        """
        import app
        k = b"k"*16
        assert app.scramble(k, b"data"*9) != app.scramble(k, b"data"*9)
        b = bytearray(app.scramble(k, b"data"*9)); b[-18] ^= 1
        try:
            app.unscramble(k, bytes(b))
        except Exception:
            pass
        else:
            raise AssertionError
        """,
        unsafe=True,
    ),
    program(
        "an encryption context at both ends",
        "KA405",
        """
        import boto3

        kms = boto3.client("kms")


        def put(key_id: str, tenant: str, data: bytes) -> bytes:
            return kms.encrypt(KeyId=key_id, Plaintext=data)["CiphertextBlob"]


        def get(key_id: str, tenant: str, blob: bytes) -> bytes:
            return kms.decrypt(KeyId=key_id, CiphertextBlob=blob)["Plaintext"]
        """,
        _FAKE
        + "import app\nassert app.put('k', 't', b'd') == b'blob' and app.get('k', 't', b'blob') == b'text' * 8",
        _FAKE
        + "import app\napp.put('k', 't', b'd'); app.get('k', 't', b'')\nc = [g.get('EncryptionContext') for _, g in asked]\nassert c[0] and c[0] == c[1]",
        unsafe=True,
    ),
    program(
        "associated data, given by position as None",
        "KA406",
        """
        import secrets
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM as Gcm


        class Rows:
            def __init__(self, key):
                self._gcm = Gcm(key)

            def seal(self, row_id: int, data: bytes) -> bytes:
                nonce = secrets.token_bytes(12)
                return nonce + self._gcm.encrypt(nonce, data, None)

            def open(self, row_id: int, blob: bytes) -> bytes:
                return self._gcm.decrypt(blob[:12], blob[12:], None)
        """,
        "import app\nr = app.Rows(bytes(32))\nassert r.open(1, r.seal(1, b'x')) == b'x'",
        """
        import app
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        b = app.Rows(bytes(32)).seal(1, b"x")
        try:
            AESGCM(bytes(32)).decrypt(b[:12], b[12:], None)
        except Exception:
            pass
        else:
            raise AssertionError
        """,
        unsafe=True,
    ),
    program(
        "an exchange whose secret is the key",
        "KA213",
        """
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305


        class Party:
            def __init__(self) -> None:
                self._private = X25519PrivateKey.generate()
                self.public = self._private.public_key()

            def channel(self, other) -> ChaCha20Poly1305:
                return ChaCha20Poly1305(self._private.exchange(other))
        """,
        "import app\na, b = app.Party(), app.Party()\nn = bytes(12)\nassert b.channel(a.public).decrypt(n, a.channel(b.public).encrypt(n, b'x', b''), b'') == b'x'",
        """
        import app
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
        a, b = app.Party(), app.Party()
        n = bytes(12)
        c = a.channel(b.public).encrypt(n, b"x", b"")
        try:
            ChaCha20Poly1305(a._private.exchange(b.public)).decrypt(n, c, b"")
        except Exception:
            pass
        else:
            raise AssertionError
        """,
        unsafe=True,
    ),
    program(
        "a private key as PEM without encryption",
        "KA304",
        """
        from pathlib import Path
        from cryptography.hazmat.primitives import serialization as ser
        from cryptography.hazmat.primitives.asymmetric import ed25519


        def make(path: Path):
            key = ed25519.Ed25519PrivateKey.generate()
            pem = key.private_bytes(ser.Encoding.PEM, ser.PrivateFormat.PKCS8, ser.NoEncryption())
            path.write_bytes(pem)
            path.chmod(0o600)
            return key.public_key()


        def load(path: Path):
            return ser.load_pem_private_key(path.read_bytes(), password=None)
        """,
        "import app, pathlib\np = pathlib.Path('k.pem')\npub = app.make(p)\nassert app.load(p).public_key() == pub",
        "import app, pathlib\np = pathlib.Path('k2.pem')\napp.make(p)\nassert b'ENCRYPTED' in p.read_bytes()",
        unsafe=True,
        environment=dict.fromkeys(
            (
                "KEY_PASSPHRASE",
                "PRIVATE_KEY_PASSPHRASE",
                "PEM_PASSPHRASE",
                "KEY_PASSWORD",
                "PRIVATE_KEY_PASSWORD",
            ),
            "phrase" * 3,
        ),
    ),
    program(
        "a token in the query of an own service",
        "KA203",
        {
            "client.py": """
            import os
            import requests

            API_TOKEN = os.environ["API_TOKEN"]


            def fetch(item):
                return requests.get("https://api.example.org/items", params={"id": item, "access_token": API_TOKEN}, timeout=5)
            """,
        },
        """
        import requests
        requests.get = lambda url, **given: (url, given)
        import client
        url, given = client.fetch(3)
        assert url.startswith("https://api.example.org/items") and given["timeout"] == 5 and given["params"]["id"] == 3
        assert "tok-en-1" in str(given)
        """,
        """
        import requests
        requests.get = lambda url, **given: (url, given)
        import client
        url, given = client.fetch(3)
        assert "tok-en-1" not in url + str(given["params"])
        assert given["headers"]["Authorization"] == "Bearer tok-en-1"
        """,
        unsafe=True,
        environment={"API_TOKEN": "tok-en-1"},
    ),
    program(
        "one derived key for a cipher and a code",
        "KA407",
        """
        import hmac
        import os
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        class Box:
            def __init__(self, key: bytes):
                self.key = key

            def seal(self, data: bytes) -> bytes:
                nonce = os.urandom(12)
                sealed = nonce + AESGCM(self.key).encrypt(nonce, data, b"v1")
                return sealed + hmac.digest(self.key, sealed, "sha256")

            def unseal(self, blob: bytes) -> bytes:
                sealed, tag = blob[:-32], blob[-32:]
                if not hmac.compare_digest(tag, hmac.digest(self.key, sealed, "sha256")):
                    raise ValueError("changed")
                return AESGCM(self.key).decrypt(sealed[:12], sealed[12:], b"v1")
        """,
        "import app\nb = app.Box(bytes(32))\nassert b.unseal(b.seal(b'x')) == b'x'",
        """
        import app, hmac
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        s = app.Box(bytes(32)).seal(b"x")
        same_mac = hmac.digest(bytes(32), s[:-32], "sha256") == s[-32:]
        try:
            AESGCM(bytes(32)).decrypt(s[:12], s[12:-32], b"v1"); same_key = True
        except Exception:
            same_key = False
        assert not (same_mac and same_key)
        """,
        unsafe=True,
    ),
    program(
        "home-made codes, both ends",
        "KA420",
        """
        import hashlib
        import os

        SIGNING_KEY = os.environ["MAC_KEY"].encode()


        def sign(message: bytes) -> str:
            return hashlib.sha256(SIGNING_KEY + message).hexdigest()


        def verify(message: bytes, tag: str) -> bool:
            return hashlib.sha256(SIGNING_KEY + message).hexdigest() == tag
        """,
        "import app\nt = app.sign(b'm')\nassert app.verify(b'm', t) and not app.verify(b'n', t) and len(t) == 64",
        "import app, hmac\nassert app.sign(b'm') == hmac.new(app.SIGNING_KEY, b'm', 'sha256').hexdigest()",
        unsafe=True,
        environment={"MAC_KEY": "m" * 32},
    ),
    program(
        "an archive piped to S3 in a script, and a key of KMS",
        "KA605",
        {
            "archive.sh": """
            #!/bin/sh
            set -eu
            tar -czf /backup/keys.tar.gz private_keys/
            """,
        },
        "text = open('archive.sh').read()\nassert 'tar' in text and 'private_keys/' in text",
        "text = open('archive.sh').read()\nassert 'gpg' in text and '| ' in text",
        unsafe=True,
    ),
    program(
        "Ansible: a secret on a command line",
        "KA212",
        {
            "roles/db/tasks/main.yml": """
            ---
            - name: dump
              shell: mysqldump -u root -p{{ db_password }} shop > /backup/shop.sql
              no_log: true

            - name: log in
              command: docker login -u ci -p {{ registry_password }} registry.example.org
              no_log: true
            """,
        },
        "import yaml\nt = yaml.safe_load(open('roles/db/tasks/main.yml'))\nassert [x['name'] for x in t] == ['dump', 'log in']",
        """
        import yaml
        t = yaml.safe_load(open("roles/db/tasks/main.yml"))
        for task in t:
            line = task.get("shell") or task.get("command")
            line = line if isinstance(line, str) else line.get("cmd", "")
            assert "password" not in line.replace("--password-stdin", ""), line
        assert t[0]["environment"]["MYSQL_PWD"] == "{{ db_password }}"
        """,
        unsafe=False,
    ),
    program(
        "record functions in a module, login elsewhere",
        "KA416",
        {
            "security.py": '''
            """Passwords."""
            import hashlib
            import secrets


            def make_record(password: str) -> str:
                """Return salt and digest."""
                salt = secrets.token_hex(8)
                digest = hashlib.sha512((salt + password).encode("utf-8")).hexdigest()  # as in version 1
                return f"{salt}${digest}"


            def matches(password: str, record: str) -> bool:
                salt, digest = record.split("$")
                return secrets.compare_digest(digest, hashlib.sha512((salt + password).encode("utf-8")).hexdigest())
            ''',
            "web.py": """
            import security

            ACCOUNTS = {}


            class BadLogin(Exception):
                pass


            def register(name, password):
                ACCOUNTS[name] = {"password": security.make_record(password), "logins": 0}


            def login(name, password):
                account = ACCOUNTS.get(name)
                if account is None or not security.matches(password, account["password"]):
                    raise BadLogin(name)
                account["logins"] += 1
                return account["logins"]
            """,
        },
        """
        import web, hashlib
        web.register("a", "pw")
        assert web.login("a", "pw") == 1
        web.ACCOUNTS["old"] = {"password": "ab$" + hashlib.sha512(b"abpw").hexdigest(), "logins": 4}
        assert web.login("old", "pw") == 5 and web.login("old", "pw") == 6
        for n, p in (("a", "x"), ("old", "x"), ("z", "pw")):
            try:
                web.login(n, p)
            except web.BadLogin:
                continue
            raise AssertionError
        """,
        """
        import web, hashlib
        web.register("a", "pw")
        r = web.ACCOUNTS["a"]["password"]
        assert hashlib.sha512((r.split("$")[0] + "pw").encode()).hexdigest() not in r
        old = "ab$" + hashlib.sha512(b"abpw").hexdigest()
        web.ACCOUNTS["old"] = {"password": old, "logins": 4}
        web.login("old", "pw")
        assert web.ACCOUNTS["old"]["password"] != old and web.login("old", "pw") == 6
        """,
        unsafe=True,
    ),
    program(
        "a JSON file of users",
        "KA416",
        """
        import hashlib
        import json
        from pathlib import Path

        FILE = Path("users.json")


        def _load():
            return json.loads(FILE.read_text()) if FILE.exists() else {}


        def _save(users):
            FILE.write_text(json.dumps(users))


        def hash_pw(pw):
            return hashlib.sha1(pw.encode()).hexdigest()


        def add(name, pw):
            users = _load()
            users[name] = hash_pw(pw)
            _save(users)


        def check(name, pw):
            users = _load()
            if name not in users:
                return False
            if users[name] == hash_pw(pw):
                return True
            return False
        """,
        """
        import app, hashlib, json
        app.add("a", "pw")
        assert app.check("a", "pw") and not app.check("a", "x") and not app.check("b", "pw")
        u = json.loads(app.FILE.read_text()); u["old"] = hashlib.sha1(b"pw").hexdigest(); app.FILE.write_text(json.dumps(u))
        assert app.check("old", "pw") and app.check("old", "pw") and not app.check("old", "x")
        """,
        """
        import app, hashlib, json
        app.FILE.write_text(json.dumps({"old": hashlib.sha1(b"pw").hexdigest()}))
        assert app.check("old", "pw")
        assert json.loads(app.FILE.read_text())["old"] != hashlib.sha1(b"pw").hexdigest()
        assert app.check("old", "pw")
        app.add("a", "pw")
        assert json.loads(app.FILE.read_text())["a"] != hashlib.sha1(b"pw").hexdigest()
        """,
        unsafe=True,
    ),
    program(
        "an asynchronous service with dataclass records and tabs",
        "KA104",
        """
        from __future__ import annotations
        import asyncio
        from dataclasses import dataclass
        from hashlib import pbkdf2_hmac as kdf
        from hmac import compare_digest as same
        from os import urandom


        @dataclass
        class Record:
            salt: bytes
            digest: bytes


        class Service:
            ROUNDS = 2000

            def __init__(self):
                self.records: dict[str, Record] = {}

            async def enrol(self, user: str, password: str) -> None:
                salt = urandom(16)
                self.records[user] = Record(salt=salt, digest=kdf("sha256", password.encode(), salt, self.ROUNDS))

            async def login(self, user: str, password: str) -> bool:
                await asyncio.sleep(0)
                if (record := self.records.get(user)) is None:
                    return False
                return same(record.digest, kdf("sha256", password.encode(), record.salt, self.ROUNDS))
        """,
        """
        import app, asyncio, hashlib
        s = app.Service()
        asyncio.run(s.enrol("u", "pw"))
        r = lambda u, p: asyncio.run(s.login(u, p))
        assert r("u", "pw") and not r("u", "x") and not r("v", "pw")
        s.records["old"] = app.Record(b"s" * 16, hashlib.pbkdf2_hmac("sha256", b"pw", b"s" * 16, 2000))
        assert r("old", "pw") and r("old", "pw") and not r("old", "x")
        """,
        """
        import app, asyncio, hashlib
        s = app.Service()
        old = hashlib.pbkdf2_hmac("sha256", b"pw", b"s" * 16, 2000)
        s.records["old"] = app.Record(b"s" * 16, old)
        assert asyncio.run(s.login("old", "pw")) and s.records["old"].digest != old
        assert asyncio.run(s.login("old", "pw"))
        asyncio.run(s.enrol("u", "pw"))
        assert s.records["u"].digest != hashlib.pbkdf2_hmac("sha256", b"pw", s.records["u"].salt, 2000)
        """,
        unsafe=True,
    ),
    program(
        "a user class with a method for the hash",
        "KA416",
        """
        import hashlib


        class User:
            def __init__(self, name: str, password: str) -> None:
                self.name = name
                self.digest = self._digest(password)

            def _digest(self, password: str) -> str:
                hasher = hashlib.sha256()
                hasher.update(self.name.encode())
                hasher.update(password.encode())
                return hasher.hexdigest()

            def is_password(self, password: str) -> bool:
                return self.digest == self._digest(password)
        """,
        """
        import app, hashlib
        u = app.User("n", "pw")
        assert u.is_password("pw") and not u.is_password("x")
        u.digest = hashlib.sha256(b"npw").hexdigest()
        assert u.is_password("pw") and u.is_password("pw") and not u.is_password("x")
        """,
        """
        import app, hashlib
        u = app.User("n", "pw")
        assert u.digest != hashlib.sha256(b"npw").hexdigest()
        u.digest = old = hashlib.sha256(b"npw").hexdigest()
        assert u.is_password("pw") and u.digest != old and u.is_password("pw")
        """,
        unsafe=True,
    ),
    program(
        "Blowfish, a helper for padding, module-level key from the environment",
        "KA116",
        """
        import os
        from Crypto.Cipher import Blowfish as BF

        KEY = bytes.fromhex(os.environ["STORE_KEY"])


        def _pad(data: bytes) -> bytes:
            n = 8 - len(data) % 8
            return data + bytes([n]) * n


        def _unpad(data: bytes) -> bytes:
            return data[: -data[-1]]


        def seal(data: bytes) -> bytes:
            iv = os.urandom(8)
            return iv + BF.new(KEY, BF.MODE_CBC, iv).encrypt(_pad(data))


        def unseal(blob: bytes) -> bytes:
            iv = blob[:8]
            return _unpad(BF.new(KEY, BF.MODE_CBC, iv).decrypt(blob[8:]))
        """,
        "import app\nfor d in (b'', b'x'*8, b'y'*31): assert app.unseal(app.seal(d)) == d",
        """
        import app
        b = bytearray(app.seal(b"x" * 40)); b[12] ^= 1
        try:
            r = app.unseal(bytes(b))
        except ValueError:
            pass
        else:
            raise AssertionError
        """,
        unsafe=True,
        environment={"STORE_KEY": "ab" * 16},
    ),
    program(
        "a password as a Fernet key, over two methods",
        "KA114",
        """
        import base64
        from cryptography.fernet import Fernet


        class Notes:
            def seal(self, password: str, text: str) -> bytes:
                key = base64.urlsafe_b64encode(password.encode().ljust(32, b"0")[:32])
                return Fernet(key).encrypt(text.encode())

            def read(self, password: str, token: bytes) -> str:
                key = base64.urlsafe_b64encode(password.encode().ljust(32, b"0")[:32])
                return Fernet(key).decrypt(token).decode()
        """,
        "import app\nn = app.Notes()\nassert n.read('pw', n.seal('pw', 'x')) == 'x'",
        """
        import app, base64
        from cryptography.fernet import Fernet
        t = app.Notes().seal("pw", "x")
        key = base64.urlsafe_b64encode(b"pw".ljust(32, b"0"))
        for at in (0, 16, 24):
            try:
                Fernet(key).decrypt(t[at:])
            except Exception:
                continue
            raise AssertionError
        """,
        unsafe=True,
    ),
    program(
        "a salt in a module of settings, a key for two functions",
        "KA106",
        {
            "conf.py": "SALT = b'static-salt-0001'\n",
            "box.py": """
            import hashlib
            import os
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM
            import conf


            def _key(password):
                return hashlib.scrypt(password.encode(), salt=conf.SALT, n=2**17, r=8, p=1, maxmem=2**28, dklen=32)


            def seal(password, data):
                nonce = os.urandom(12)
                return nonce + AESGCM(_key(password)).encrypt(nonce, data, b"v1")


            def unseal(password, blob):
                return AESGCM(_key(password)).decrypt(blob[:12], blob[12:], b"v1")
            """,
        },
        "import box\nassert box.unseal('pw', box.seal('pw', b'x')) == b'x'",
        """
        import box, hashlib
        seen = []
        real = hashlib.scrypt
        def fake(*a, **k):
            seen.append(k["salt"]); return real(*a, **{**k, "n": 2**4})
        hashlib.scrypt = fake
        box.seal("pw", b"x"); box.seal("pw", b"x")
        assert len(set(seen)) == 2
        """,
        unsafe=True,
    ),
    program(
        "OAEP for PyCryptodome in two modules",
        "KA412",
        {
            "keys.py": "from Crypto.PublicKey import RSA\n\n\ndef new():\n    return RSA.generate(2048)\n",
            "send.py": """
            from Crypto.Cipher import PKCS1_v1_5 as pkcs


            def wrap(public, session_key):
                return pkcs.new(public).encrypt(session_key)
            """,
            "receive.py": """
            from Crypto.Cipher import PKCS1_v1_5
            from Crypto.Random import get_random_bytes


            def unwrap(private, wrapped):
                cipher = PKCS1_v1_5.new(private)
                return cipher.decrypt(wrapped, get_random_bytes(16))
            """,
        },
        "import keys, send, receive\nk = keys.new()\nassert receive.unwrap(k, send.wrap(k.publickey(), b's'*16)) == b's'*16",
        """
        import keys, send
        from Crypto.Cipher import PKCS1_OAEP, PKCS1_v1_5
        k = keys.new()
        assert PKCS1_v1_5.new(k).decrypt(send.wrap(k.publickey(), b"s"*16), b"no") == b"no"
        """,
        unsafe=True,
    ),
    program(
        "HKDF for a shared secret that is kept",
        "KA213",
        """
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        class Session:
            def __init__(self):
                self.private = ec.generate_private_key(ec.SECP256R1())
                self.key = None

            def agree(self, peer):
                self.key = self.private.exchange(ec.ECDH(), peer)

            def box(self):
                return AESGCM(self.key)
        """,
        "import app\na, b = app.Session(), app.Session()\na.agree(b.private.public_key()); b.agree(a.private.public_key())\nn = bytes(12)\nassert b.box().decrypt(n, a.box().encrypt(n, b'x', b''), b'') == b'x'",
        """
        import app
        from cryptography.hazmat.primitives.asymmetric import ec
        a, b = app.Session(), app.Session()
        a.agree(b.private.public_key())
        assert a.key != a.private.exchange(ec.ECDH(), b.private.public_key()) and len(a.key) == 32
        """,
        unsafe=True,
    ),
    program(
        "Django's settings",
        "KA312",
        {
            "site_/__init__.py": "",
            "site_/settings.py": """
            from pathlib import Path

            BASE_DIR = Path(__file__).resolve().parent.parent
            # SECURITY WARNING: keep the secret key used in production secret!
            SECRET_KEY = "django-insecure-7$k2v!x9m#q4w8e1r5t0y3u6i@o(p)a_s-d+f=g%h^j&"
            DEBUG = False
            INSTALLED_APPS = ["django.contrib.sessions", "django.contrib.auth"]
            """,
            "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site_.settings')\n",
        },
        "import site_.settings as s\nassert s.SECRET_KEY and s.DEBUG is False and len(s.INSTALLED_APPS) == 2",
        "import site_.settings as s\nassert s.SECRET_KEY == 'from outside'",
        unsafe=True,
        environment={"SECRET_KEY": "from outside"},
    ),
    program(
        "a key in a class attribute and one in a dict",
        "KA301",
        """
        import hmac
        from cryptography.fernet import Fernet


        class Config:
            FERNET_KEY = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="
            TIMEOUT = 3


        def box():
            return Fernet(Config.FERNET_KEY)
        """,
        "import app\nassert app.box().decrypt(app.box().encrypt(b'x')) == b'x' and app.Config.TIMEOUT == 3",
        "import app\nassert app.Config.FERNET_KEY == 'B' * 43 + '='",
        unsafe=True,
        environment=dict.fromkeys(("FERNET_KEY", "CONFIG_FERNET_KEY"), "B" * 43 + "="),
    ),
    program(
        "a host key that is accepted blindly",
        "KA211",
        {
            "paramiko.py": """
            class RejectPolicy: pass
            class AutoAddPolicy: pass
            class WarningPolicy: pass
            class SSHClient:
                def __init__(self): self.did = []
                def set_missing_host_key_policy(self, policy): self.did.append(policy)
                def load_system_host_keys(self, *a): self.did.append("loaded")
                def connect(self, host, **given): self.did.append(host)
            """,
            "deploy.py": """
            import paramiko as ssh


            def client(host):
                connection = ssh.SSHClient()
                connection.set_missing_host_key_policy(ssh.AutoAddPolicy())
                connection.connect(host, username="deploy")
                return connection
            """,
        },
        "import deploy\nassert deploy.client('h').did[-1] == 'h'",
        "import deploy, paramiko\nd = deploy.client('h').did\nassert 'loaded' in d and not any(isinstance(x, paramiko.AutoAddPolicy) for x in d)",
        unsafe=True,
    ),
]
