"""Programs of kinds that fixes once left alone: they are mended in these spellings as well."""

from __future__ import annotations

from tests.fixes.program import program

FOUND = [
    program(
        "django-like voucher module, constants of alphabets",
        "KA101",
        """
        import random
        import string
        from typing import Iterable, List

        ALPHABET = string.ascii_uppercase + string.digits
        VOUCHER_LENGTH = 12
        TOKEN_LENGTH = 40


        class VoucherError(Exception):
            pass


        class Batch(object):
            def __init__(self, prefix, count):
                self.prefix = prefix
                self.count = count

            def codes(self):  # type: () -> Iterable[str]
                for _ in range(self.count):
                    yield self.prefix + "".join(random.choice(ALPHABET) for _ in range(VOUCHER_LENGTH))


        def reset_token(user_id):
            \"\"\"Token that is mailed to the user.\"\"\"
            token = "".join([random.choice(string.ascii_letters + string.digits) for n in range(TOKEN_LENGTH)])
            return "%d-%s" % (user_id, token)


        def shuffle_banner(items):
            items = list(items)
            random.shuffle(items)
            return items


        def deal(seed, items):
            # a deal must be repeatable from its seed
            rng = random.Random(seed)
            return rng.sample(items, 2)
        """,
        """
        import app
        t = app.reset_token(7)
        assert t.startswith("7-") and len(t) == 42 and t[2:].isalnum()
        assert app.deal(1, [1,2,3,4]) == app.deal(1, [1,2,3,4])
        assert sorted(app.shuffle_banner("abc")) == ["a","b","c"]
        assert len(list(app.Batch("x", 3).codes())) == 3
        """,
        """
        import random, app
        random.seed(1); a = app.reset_token(1); random.seed(1); b = app.reset_token(1)
        assert a != b
        """,
    ),
    program(
        "uuid4-like key from time",
        "KA102",
        """
        import hashlib
        import hmac
        import os
        import time


        class SessionSigner(object):
            def __init__(self, secret=None):
                if secret is None:
                    secret = str(time.time()).encode("ascii")
                self.secret = secret

            def sign(self, value):
                return value + "." + hmac.new(self.secret, value.encode(), hashlib.sha256).hexdigest()

            def unsign(self, signed):
                value, _, signature = signed.rpartition(".")
                if not hmac.compare_digest(self.sign(value), signed):
                    raise ValueError("bad signature")
                return value
        """,
        """
        import app
        s = app.SessionSigner()
        assert s.unsign(s.sign("a.b")) == "a.b"
        t = app.SessionSigner(b"k"); assert t.unsign(t.sign("q")) == "q"
        try: t.unsign("q.0"); raise SystemExit(1)
        except ValueError: pass
        """,
        """
        import time, app
        time.time = lambda: 5.0
        assert app.SessionSigner().secret != app.SessionSigner().secret
        assert len(app.SessionSigner().secret) >= 16
        """,
    ),
    program(
        "short salt in a function with annotations",
        "KA107",
        """
        import hashlib
        import os
        from typing import NamedTuple

        SALT_SIZE: int = 4


        class Record(NamedTuple):
            salt: bytes
            digest: bytes


        def record(password: str) -> Record:
            salt = os.urandom(SALT_SIZE)
            return Record(salt, hashlib.scrypt(password.encode(), salt=salt, n=2**15, r=8, p=3, maxmem=2**27))


        def matches(password: str, known: Record) -> bool:
            return hashlib.scrypt(password.encode(), salt=known.salt, n=2**15, r=8, p=3, maxmem=2**27) == known.digest
        """,
        """
        import app, hashlib
        r = app.record("a"); assert app.matches("a", r) and not app.matches("b", r)
        old = app.Record(b"1234", hashlib.scrypt(b"a", salt=b"1234", n=2**15, r=8, p=3, maxmem=2**27)); assert app.matches("a", old)
        """,
        """
        import app
        assert len(app.record("a").salt) >= 16
        """,
    ),
    program(
        "key from md5 of the password",
        "KA103",
        """
        import hashlib
        import os

        from Crypto.Cipher import AES


        def _key(password):
            return hashlib.sha256(password.encode("utf8")).digest()


        def encrypt(password, text):
            cipher = AES.new(_key(password), AES.MODE_GCM)
            body, tag = cipher.encrypt_and_digest(text)
            return cipher.nonce + tag + body


        def decrypt(password, blob):
            nonce, tag, body = blob[:16], blob[16:32], blob[32:]
            cipher = AES.new(_key(password), AES.MODE_GCM, nonce=nonce)
            return cipher.decrypt_and_verify(body, tag)
        """,
        """
        import app
        assert app.decrypt("p", app.encrypt("p", b"x")) == b"x"
        try: app.decrypt("q", app.encrypt("p", b"x")); raise SystemExit(1)
        except ValueError: pass
        """,
        """
        import app, hashlib
        seen = []
        real = app.AES.new
        app.AES.new = lambda k, *a, **kw: seen.append(bytes(k)) or real(k, *a, **kw)
        assert app.decrypt("p", app.encrypt("p", b"x")) == b"x"
        assert hashlib.sha256(b"p").digest() not in seen
        """,
        unsafe=True,
    ),
    program(
        "paramiko auto add from-import, in a context manager",
        "KA211",
        """
        import os
        from contextlib import contextmanager

        from paramiko import AutoAddPolicy, SSHClient, SSHException


        @contextmanager
        def connected(host, user="deploy"):
            client = SSHClient()
            client.set_missing_host_key_policy(AutoAddPolicy())
            try:
                client.connect(host, username=user, timeout=10)
                yield client
            except SSHException as error:
                raise RuntimeError("no connection to %s" % host) from error
            finally:
                client.close()


        def uptime(host):
            with connected(host) as client:
                return client.exec_command("uptime")[1]
        """,
        """
        import sys, types
        m = types.ModuleType("paramiko")
        class AutoAddPolicy: pass
        class WarningPolicy: pass
        class RejectPolicy: pass
        class SSHException(Exception): pass
        class SSHClient:
            last = None
            def __init__(self): self.policy = RejectPolicy(); self.loaded = 0; SSHClient.last = self
            def set_missing_host_key_policy(self, policy): self.policy = policy
            def load_system_host_keys(self, *a): self.loaded += 1
            def load_host_keys(self, *a): self.loaded += 1
            def connect(self, *a, **k): self.where = a, k
            def exec_command(self, c): return None, [c], None
            def close(self): pass
            def __enter__(self): return self
            def __exit__(self, *a): self.close()
        for c in (AutoAddPolicy, WarningPolicy, RejectPolicy, SSHException, SSHClient): setattr(m, c.__name__, c)
        sys.modules["paramiko"] = m

        import app
        assert app.uptime("h") == ["uptime"]
        """,
        """
        import sys, types
        m = types.ModuleType("paramiko")
        class AutoAddPolicy: pass
        class WarningPolicy: pass
        class RejectPolicy: pass
        class SSHException(Exception): pass
        class SSHClient:
            last = None
            def __init__(self): self.policy = RejectPolicy(); self.loaded = 0; SSHClient.last = self
            def set_missing_host_key_policy(self, policy): self.policy = policy
            def load_system_host_keys(self, *a): self.loaded += 1
            def load_host_keys(self, *a): self.loaded += 1
            def connect(self, *a, **k): self.where = a, k
            def exec_command(self, c): return None, [c], None
            def close(self): pass
            def __enter__(self): return self
            def __exit__(self, *a): self.close()
        for c in (AutoAddPolicy, WarningPolicy, RejectPolicy, SSHException, SSHClient): setattr(m, c.__name__, c)
        sys.modules["paramiko"] = m

        import app
        app.uptime("h")
        c = m.SSHClient.last
        assert isinstance(c.policy, m.RejectPolicy) and c.loaded
        """,
        unsafe=True,
    ),
    program(
        "password on mysqldump's command line",
        "KA212",
        """
        import datetime
        import subprocess


        class Backup:
            def __init__(self, user, password, database):
                self.user = user
                self.password = password
                self.database = database

            def run(self, target):
                command = ["mysqldump", "-u", self.user, "-p" + self.password, self.database]
                with open(target, "wb") as out:
                    subprocess.check_call(command, stdout=out)
                return target
        """,
        """
        import app, subprocess, os
        got = []
        def check_call(c, stdout=None, **k): got.append((c, k)); stdout.write(b"dump")
        subprocess.check_call = check_call
        b = app.Backup("u", "pw", "db"); b.run("x.sql")
        assert open("x.sql").read() == "dump"
        c, k = got[0]
        assert c[0] == "mysqldump" and c[-1] == "db" and "u" in c
        assert "-ppw" in c or k["env"]["MYSQL_PWD"] == "pw"
        """,
        """
        import app, subprocess
        got = []
        def check_call(c, stdout=None, **k): got.append((c, k))
        subprocess.check_call = check_call
        app.Backup("u", "pw", "db").run("x.sql")
        assert "pw" not in " ".join(got[0][0]).replace("-p ", "")
        """,
    ),
    program(
        "shared secret as a key, without kdf",
        "KA213",
        """
        import os

        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        class Peer:
            def __init__(self):
                self.private = ec.generate_private_key(ec.SECP256R1())
                self.public = self.private.public_key()

            def _key(self, other):
                return self.private.exchange(ec.ECDH(), other.public)

            def encrypt(self, other, text):
                nonce = os.urandom(12)
                return nonce + AESGCM(self._key(other)).encrypt(nonce, text, b"peer")

            def decrypt(self, other, blob):
                return AESGCM(self._key(other)).decrypt(blob[:12], blob[12:], b"peer")
        """,
        """
        import app
        a, b = app.Peer(), app.Peer(); assert b.decrypt(a, a.encrypt(b, b"x")) == b"x"
        """,
        """
        import app
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        a, b = app.Peer(), app.Peer(); c = a.encrypt(b, b"x")
        assert b.decrypt(a, c) == b"x"
        try: AESGCM(a.private.exchange(ec.ECDH(), b.public)).decrypt(c[:12], c[12:], b"peer")
        except Exception: pass
        else: raise AssertionError
        """,
        unsafe=True,
    ),
    program(
        "secret in f-string log among others",
        "KA401",
        """
        import logging
        import os

        logger = logging.getLogger("auth")


        class Auth:
            def __init__(self, store):
                self.store = store

            def login(self, user: str, password: str) -> bool:
                logger.info(f"login of {user} with {password} from {os.getpid()}")
                ok = self.store.get(user) == password
                if not ok:
                    logger.warning("wrong password %r for %s (%d tries)", password, user, 1)
                return ok
        """,
        """
        import app, logging
        seen = []
        class H(logging.Handler):
            def emit(self, r): seen.append(r.getMessage())
        app.logger.addHandler(H()); app.logger.setLevel(1)
        a = app.Auth({"bob": "pw-secret"})
        assert a.login("bob", "pw-secret") and not a.login("bob", "other")
        assert any("bob" in s for s in seen) and len(seen) == 3 and "1 tries" in seen[2]
        """,
        """
        import app, logging
        seen = []
        class H(logging.Handler):
            def emit(self, r): seen.append(r.getMessage())
        app.logger.addHandler(H()); app.logger.setLevel(1)
        a = app.Auth({"bob": "pw-secret"}); a.login("bob", "pw-other")
        assert not any("pw-other" in s for s in seen) and any("bob" in s for s in seen)
        """,
    ),
    program(
        "secret in an exception of a function, percent",
        "KA402",
        """
        class AuthError(Exception):
            def __init__(self, message, code=401):
                super().__init__(message)
                self.code = code


        def authenticate(db, username, password):
            known = db.get(username)
            if known is None:
                raise AuthError("unknown user %s" % username, code=404)
            if known != password:
                raise AuthError("password %s of %s is wrong" % (password, username))
            return True
        """,
        """
        import app
        assert app.authenticate({"a": "b"}, "a", "b")
        try: app.authenticate({"a": "b"}, "a", "qqq"); raise SystemExit(1)
        except app.AuthError as e: assert e.code == 401 and "a" in str(e)
        """,
        """
        import app
        try: app.authenticate({"a": "b"}, "a", "qqq")
        except app.AuthError as e: assert "qqq" not in str(e) and "wrong" in str(e)
        """,
    ),
    program(
        "TRAP lambda log with secret and logger.exception, extra dict",
        "KA401",
        """
        import logging

        log = logging.getLogger("x")
        on_login = lambda user, password: log.debug("login", extra={"user": user, "password": password})


        def connect(dsn, api_key, retries=3):
            for n in range(retries):
                try:
                    return dsn(api_key)
                except ValueError:
                    log.exception("no connection with key " + api_key + " at try " + str(n))
            return None
        """,
        """
        import app
        def bad(k): raise ValueError
        assert app.connect(lambda k: k, "kk") == "kk" and app.connect(bad, "kk") is None
        app.on_login("u", "p")
        """,
        """
        import app, logging
        seen = []
        class H(logging.Handler):
            def emit(self, r): seen.append(r.getMessage() + str(r.__dict__.get("password", "")))
        app.log.addHandler(H()); app.log.setLevel(1)
        def bad(k): raise ValueError
        app.connect(bad, "kkk"); app.on_login("u", "ppp")
        assert len(seen) == 4 and not any("kkk" in s or "ppp" in s for s in seen) and "try 2" in seen[2]
        """,
    ),
    program(
        "nonce constant on a class, sent along",
        "KA403",
        """
        import os
        from typing import Tuple

        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        class Box:
            nonce = b"\\x00" * 12

            def __init__(self, key: bytes) -> None:
                self.aead = AESGCM(key)

            def seal(self, text: bytes) -> Tuple[bytes, bytes]:
                return self.nonce, self.aead.encrypt(self.nonce, text, b"box")

            def open(self, sealed: Tuple[bytes, bytes]) -> bytes:
                nonce, body = sealed
                return self.aead.decrypt(nonce, body, b"box")
        """,
        """
        import app
        b = app.Box(b"k" * 32); assert b.open(b.seal(b"x")) == b"x"
        s = b.seal(b"1"); b.seal(b"2"); assert b.open(s) == b"1"
        """,
        """
        import app
        b = app.Box(b"k" * 32); assert b.seal(b"x")[0] != b.seal(b"x")[0]
        """,
    ),
    program(
        "wallet key of ec without expiry: azure key",
        "KA509",
        """
        from datetime import datetime, timedelta, timezone

        from azure.keyvault.keys import KeyClient


        def provision(client: KeyClient, names):
            made = []
            for name in names:
                made.append(client.create_rsa_key(name, size=3072))
            return made
        """,
        """
        import app
        class C:
            def create_rsa_key(self, name, **kw): return name, kw
        assert [n for n, kw in app.provision(C(), ["a", "b"])] == ["a", "b"]
        """,
        """
        import app
        class C:
            def create_rsa_key(self, name, **kw): return name, kw
        assert all(kw.get("expires_on") for n, kw in app.provision(C(), ["a"]))
        """,
    ),
    program(
        "home made mac with concatenation",
        "KA420",
        """
        import hashlib
        import os
        from urllib.parse import urlencode

        API_SECRET = os.environ.get("API_SECRET", "")


        def signed(params):
            query = urlencode(sorted(params.items()))
            sign = hashlib.md5((API_SECRET + query).encode("utf-8")).hexdigest()
            return query + "&sign=" + sign


        def is_genuine(query):
            body, _, sign = query.rpartition("&sign=")
            expected = hashlib.md5((API_SECRET + body).encode("utf-8")).hexdigest()
            return expected == sign
        """,
        """
        import app
        assert app.is_genuine(app.signed({"a": 1, "b": "x y"})) and not app.is_genuine("a=1&sign=00")
        """,
        """
        import app, hashlib
        body, _, sign = app.signed({"a": 1}).rpartition("&sign=")
        assert app.is_genuine(app.signed({"a": 1}))
        assert sign != hashlib.md5((app.API_SECRET + body).encode()).hexdigest()
        """,
        unsafe=True,
        environment={"API_SECRET": "ssssssssssssssssssssssssssssssss"},
    ),
    program(
        "structlog-like event and a percent dict",
        "KA401",
        """
        import logging
        from dataclasses import dataclass

        LOG = logging.getLogger(__name__)


        @dataclass
        class Account:
            name: str
            secret_key: str

            def announce(self) -> None:
                LOG.info("account %(name)s opened with %(key)s" % {"name": self.name, "key": self.secret_key})
                LOG.warning("account {} ({}) is new".format(self.name, self.secret_key))


        def open_account(name: str, secret_key: str) -> Account:
            LOG.debug("opening %s: %s", name, secret_key)
            account = Account(name, secret_key)
            account.announce()
            return account
        """,
        """
        import app
        assert app.open_account("bob", "sss").secret_key == "sss"
        """,
        """
        import app, logging
        seen = []
        class H(logging.Handler):
            def emit(self, r): seen.append(r.getMessage())
        app.LOG.addHandler(H()); app.LOG.setLevel(1)
        app.open_account("bob", "s3cr3t")
        assert len(seen) == 3 and not any("s3cr3t" in s for s in seen) and all("bob" in s for s in seen)
        """,
    ),
    program(
        "exception class with f-string in a FastAPI-like dependency",
        "KA402",
        """
        from typing import Optional


        class HTTPException(Exception):
            def __init__(self, status_code: int, detail: str) -> None:
                super().__init__(detail)
                self.status_code, self.detail = status_code, detail


        TOKENS = {"alice": "t-1"}


        def current_user(token: Optional[str] = None, user: str = "alice") -> str:
            if token is None:
                raise HTTPException(401, "no token")
            if TOKENS.get(user) != token:
                raise HTTPException(status_code=403, detail=f"token {token} does not belong to {user}")
            return user
        """,
        """
        import app
        assert app.current_user("t-1") == "alice"
        try: app.current_user("zzz"); raise SystemExit(1)
        except app.HTTPException as e: assert e.status_code == 403 and "alice" in e.detail
        """,
        """
        import app
        try: app.current_user("zzz")
        except app.HTTPException as e: assert "zzz" not in e.detail
        """,
    ),
    program(
        "numpy-like helper: random passwords with sample and shuffle",
        "KA101",
        """
        import random
        import string

        LOWER, UPPER, DIGITS = string.ascii_lowercase, string.ascii_uppercase, string.digits


        def generate_password(length=16):
            chars = [random.choice(LOWER), random.choice(UPPER), random.choice(DIGITS)]
            chars += [random.choice(LOWER + UPPER + DIGITS) for _ in range(length - 3)]
            random.shuffle(chars)
            password = "".join(chars)
            return password


        def dice():
            return random.randint(1, 6)
        """,
        """
        import app
        p = app.generate_password(20); assert len(p) == 20 and any(c.isdigit() for c in p) and any(c.islower() for c in p) and 1 <= app.dice() <= 6
        """,
        """
        import app, random
        random.seed(3); a = app.generate_password(); random.seed(3); assert app.generate_password() != a
        """,
    ),
    program(
        "file mode in a Path.write_text, settings file with token",
        "KA305",
        """
        import json
        from pathlib import Path


        class CredentialStore:
            def __init__(self, path: Path) -> None:
                self.path = path

            def save(self, user: str, api_token: str) -> None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self.path.write_text(json.dumps({"user": user, "api_token": api_token}))

            def load(self) -> dict:
                return json.loads(self.path.read_text())
        """,
        """
        import app, pathlib
        s = app.CredentialStore(pathlib.Path("a/b.json")); s.save("u", "t"); assert s.load() == {"user": "u", "api_token": "t"}
        s.save("u", "tt"); assert s.load()["api_token"] == "tt"
        """,
        """
        import app, pathlib, os
        os.umask(0)
        s = app.CredentialStore(pathlib.Path("a/b.json")); s.save("u", "t"); assert os.stat("a/b.json").st_mode & 0o77 == 0
        """,
    ),
    program(
        "password in users of a blueprint, sha1 with salt column",
        "KA416",
        """
        import hashlib
        import hmac
        import secrets
        from dataclasses import dataclass, field


        @dataclass
        class User:
            name: str
            salt: str = field(default_factory=lambda: secrets.token_hex(8))
            password_hash: str = ""

            def set_password(self, password: str) -> None:
                self.password_hash = hashlib.sha1((self.salt + password).encode()).hexdigest()

            def check_password(self, password: str) -> bool:
                return hmac.compare_digest(
                    hashlib.sha1((self.salt + password).encode()).hexdigest(), self.password_hash
                )
        """,
        """
        import app, hashlib
        u = app.User("a"); u.set_password("p"); assert u.check_password("p") and not u.check_password("q")
        u.password_hash = hashlib.sha1((u.salt + "old").encode()).hexdigest()
        assert u.check_password("old") and u.check_password("old") and not u.check_password("x")
        """,
        """
        import app, hashlib
        u = app.User("a"); u.set_password("p"); assert u.password_hash != hashlib.sha1((u.salt + "p").encode()).hexdigest()
        """,
        unsafe=True,
    ),
    program(
        "typed rsa key parameters, oaep both ends",
        "KA412",
        """
        from cryptography.hazmat.primitives.asymmetric import padding
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey


        def encrypt_pin(pin: str, key: RSAPublicKey) -> bytes:
            return key.encrypt(pin.encode(), padding.PKCS1v15())


        def decrypt_pin(blob: bytes, key: RSAPrivateKey) -> str:
            return key.decrypt(blob, padding.PKCS1v15()).decode()
        """,
        """
        import app
        from cryptography.hazmat.primitives.asymmetric import rsa
        k = rsa.generate_private_key(65537, 2048)
        assert app.decrypt_pin(app.encrypt_pin("1234", k.public_key()), k) == "1234"
        """,
        """
        import app
        from cryptography.hazmat.primitives.asymmetric import rsa, padding
        k = rsa.generate_private_key(65537, 2048)
        c = app.encrypt_pin("1234", k.public_key())
        assert app.decrypt_pin(c, k) == "1234"
        try: assert k.decrypt(c, padding.PKCS1v15()) != b"1234"
        except ValueError: pass
        """,
        unsafe=True,
    ),
    program(
        "broken cipher: DES3 to disk and back, two modules",
        "KA116",
        {
            "sealer.py": """
        from Crypto.Cipher import DES
        from Crypto.Random import get_random_bytes
        from Crypto.Util.Padding import pad


        def seal(key, text):
            iv = get_random_bytes(8)
            return iv + DES.new(key, DES.MODE_CBC, iv).encrypt(pad(text, 8))
        """,
            "opener.py": """
        from Crypto.Cipher import DES
        from Crypto.Util.Padding import unpad


        def unseal(key, blob):
            return unpad(DES.new(key, DES.MODE_CBC, blob[:8]).decrypt(blob[8:]), 8)
        """,
            "main.py": """
        import os

        from opener import unseal
        from sealer import seal

        KEY = os.urandom(8)


        def round_trip(text):
            return unseal(KEY, seal(KEY, text))
        """,
        },
        """
        import main
        assert main.round_trip(b"some words") == b"some words" and main.round_trip(b"") == b""
        """,
        """
        import main, sealer
        assert main.round_trip(b"some words") == b"some words"
        assert b"DES" not in open("sealer.py", "rb").read()
        """,
        unsafe=True,
    ),
    program(
        "passwords hashed by sha256 in a django-like manager",
        "KA416",
        """
        import hashlib
        import json
        import os


        class Users:
            def __init__(self, path="users.json"):
                self.path = path

            def _read(self):
                if not os.path.exists(self.path):
                    return {}
                with open(self.path) as f:
                    return json.load(f)

            def _write(self, users):
                with open(self.path, "w") as f:
                    json.dump(users, f)

            def add(self, name, password):
                users = self._read()
                users[name] = {"password": hashlib.sha256(password.encode()).hexdigest(), "admin": False}
                self._write(users)

            def check(self, name, password):
                users = self._read()
                if name not in users:
                    return False
                return users[name]["password"] == hashlib.sha256(password.encode()).hexdigest()
        """,
        """
        import app, json, hashlib
        u = app.Users(); u.add("a", "pw"); assert u.check("a", "pw") and not u.check("a", "x") and not u.check("z", "pw")
        d = json.load(open("users.json")); d["old"] = {"password": hashlib.sha256(b"o").hexdigest(), "admin": True}; json.dump(d, open("users.json", "w"))
        assert u.check("old", "o") and u.check("old", "o") and not u.check("old", "p")
        assert json.load(open("users.json"))["old"]["admin"] is True
        """,
        """
        import app, json, hashlib
        u = app.Users(); u.add("a", "pw"); assert u.check("a", "pw")
        assert json.load(open("users.json"))["a"]["password"] != hashlib.sha256(b"pw").hexdigest()
        """,
        unsafe=True,
    ),
]
