"""Programs that compare, verify, connect and tell: codes, tokens, TLS, logs and settings."""

from __future__ import annotations

from tests.fixes.program import program

# Counts the comparisons in constant time that a call makes.
_COUNTED = """
import app, hmac
seen, real = [], hmac.compare_digest
hmac.compare_digest = lambda a, b: seen.append(1) or real(a, b)
try:
    {call}
finally:
    hmac.compare_digest = real
assert seen
"""
# A token library with the calls of PyJWT, since the tests do without the real one.
_JWT = """
import base64, hashlib, hmac, json, sys, types
def _b(data): return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
def _u(text): return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
def encode(payload, key, algorithm="HS256", headers=None):
    text = _b(json.dumps({"alg": algorithm}).encode()) + "." + _b(json.dumps(payload).encode())
    key = key.encode() if isinstance(key, str) else key or b""
    tag = b"" if algorithm == "none" else hmac.new(key, text.encode(), hashlib.sha256).digest()
    return text + "." + _b(tag)
def decode(token, key="", algorithms=None, options=None, verify=True, **more):
    head, body, tag = token.split(".")
    on = verify and (options or {}).get("verify_signature", True)
    if on:
        algorithm = json.loads(_u(head))["alg"]
        if not algorithms or algorithm not in algorithms:
            raise ValueError("algorithm")
        if algorithm != "none" and encode(json.loads(_u(body)), key, algorithm) != token:
            raise ValueError("signature")
    return json.loads(_u(body))
jwt = types.ModuleType("jwt")
jwt.encode, jwt.decode = encode, decode
sys.modules["jwt"] = jwt
"""
_FORGED = (
    _JWT
    + """
import app
token = jwt.encode({"sub": "root"}, "not the key", algorithm="HS256")
for forged in (token, jwt.encode({"sub": "root"}, "", algorithm="none")):
    try:
        app.read(forged)
    except ValueError:
        continue
    raise AssertionError("a forged token is taken")
"""
)
_READ = _JWT + "\nimport app\nassert app.read(app.issue('ann'))['sub'] == 'ann'\n"

ACCESS = [
    # -- comparisons
    program(
        "a walrus in the comparison",
        "KA413",
        """
        import hashlib
        import hmac


        def check(key, body, given: str):
            if (mac := hmac.new(key, body, hashlib.sha256).hexdigest()) == given:
                return mac
            return None
        """,
        """
        import app, hashlib, hmac
        tag = hmac.new(b"k" * 32, b"x", hashlib.sha256).hexdigest()
        assert app.check(b"k" * 32, b"x", tag) == tag and app.check(b"k" * 32, b"x", "ä") is None
        """,
        _COUNTED.format(call='app.check(b"k" * 32, b"x", "y")'),
    ),
    program(
        "any of several codes",
        "KA413",
        """
        import hashlib
        import hmac


        class Checker:
            keys = (b"old" * 8, b"new" * 8)

            def __call__(self, body: bytes, given: bytes) -> bool:
                return any(
                    hmac.new(key, body, hashlib.sha256).digest() == given  # one of ours
                    for key in self.keys
                )
        """,
        """
        import app, hashlib, hmac
        for key in app.Checker.keys:
            assert app.Checker()(b"x", hmac.new(key, b"x", hashlib.sha256).digest())
        assert app.Checker()(b"x", b"") is False
        """,
        _COUNTED.format(call='app.Checker()(b"x", bytes(32))'),
    ),
    program(
        "a comparison in a lambda, and one that is negated",
        "KA413",
        """
        import hashlib
        import hmac

        sign = lambda key, data: hmac.new(key, data, hashlib.sha1).hexdigest()
        valid = lambda key, data, tag: sign(key, data) == tag


        def must(key, data, tag):
            if not hmac.new(key, data, hashlib.sha256).digest() != tag:
                return data
            raise LookupError("changed")
        """,
        """
        import app, hashlib, hmac
        assert app.valid(b"k", b"x", app.sign(b"k", b"x")) and not app.valid(b"k", b"x", None)
        tag = hmac.new(b"k", b"x", hashlib.sha256).digest()
        assert app.must(b"k", b"x", tag) == b"x"
        for wrong in (b"", "t", None):
            try:
                app.must(b"k", b"x", wrong)
            except LookupError:
                continue
            raise SystemExit("taken")
        """,
        _COUNTED.format(call='app.must(b"k", b"x", app.hmac.new(b"k", b"x", "sha256").digest())'),
    ),
    program(
        "a module that is called differently, behind a decorator",
        "KA413",
        """
        import functools
        import hashlib
        import hmac as _mac


        def logged(function):
            @functools.wraps(function)
            def inner(*args, hmac="header"):
                return function(*args, hmac)
            return inner


        @logged
        def check(key, body, hmac):
            return hmac == _mac.new(key, body, hashlib.sha256).hexdigest() and True
        """,
        """
        import app, hashlib, hmac
        tag = hmac.new(b"k" * 32, b"x", hashlib.sha256).hexdigest()
        assert app.check(b"k" * 32, b"x", hmac=tag) is True and app.check(b"k" * 32, b"x") is False
        """,
        _COUNTED.format(call='app.check(b"k" * 32, b"x", hmac="y")'),
    ),
    program(
        "a comparison over two lines",
        "KA413",
        """
        import hmac


        def check(key, body, given):
            return (
                hmac.new(key, body, "sha256").hexdigest()
                == given.strip()
            )
        """,
        """
        import app, hmac
        tag = hmac.new(b"k" * 32, b"x", "sha256").hexdigest()
        assert app.check(b"k" * 32, b"x", tag + "\\n") and not app.check(b"k" * 32, b"x", "t")
        """,
        _COUNTED.format(call='app.check(b"k" * 32, b"x", "y")'),
    ),
    # -- tokens
    program(
        "a token that nobody verifies",
        "KA411",
        """
        import os

        import jwt


        class Tokens:
            def __init__(self):
                self.key = os.environ["TOKEN_KEY"]

            def issue(self, name):
                return jwt.encode({"sub": name}, self.key, algorithm="HS256")

            def read(self, token):
                return jwt.decode(token, options={"verify_signature": False})


        issue, read = Tokens().issue, Tokens().read
        """,
        _READ,
        _FORGED,
        environment={"TOKEN_KEY": "k" * 32},
    ),
    program(
        "verification by an old name",
        "KA411",
        """
        import jwt
        import os

        KEY = os.urandom(32)
        ALGORITHM = "HS256"


        def issue(name):
            return jwt.encode({"sub": name}, KEY, algorithm=ALGORITHM)


        def read(token):
            return jwt.decode(
                token,
                KEY,
                verify=False,
                algorithms=[ALGORITHM],
            )
        """,
        _READ,
        _FORGED,
    ),
    program(
        "no algorithm among the algorithms",
        "KA411",
        """
        import jwt
        import os

        KEY = os.urandom(32)
        ALGORITHMS = ["HS256", "none"]


        def issue(name):
            return jwt.encode({"sub": name}, KEY, algorithm="HS256")


        def read(token):
            return jwt.decode(token, KEY, algorithms=ALGORITHMS)
        """,
        _READ,
        _FORGED,
    ),
    # -- TLS
    program(
        "a session that trusts everybody",
        "KA204",
        """
        import requests


        class Client:
            def __init__(self):
                self.session = requests.Session()
                self.session.verify = False
                self.session.headers["X-Key"] = "v"


        def client():
            return Client()
        """,
        "import app\nassert app.client().session.headers['X-Key'] == 'v'",
        "import app\nassert app.client().session.verify is True",
    ),
    program(
        "options in a mapping",
        "KA204",
        """
        import requests


        def fetch(url):
            options = {"timeout": 3, "verify": False}
            return requests.get(url, **options)
        """,
        """
        import app, requests
        seen = []
        requests.get = lambda *a, **k: seen.append((a, k))
        app.fetch("https://example.org")
        assert seen[0][0] == ("https://example.org",) and seen[0][1]["timeout"] == 3
        """,
        """
        import app, requests
        seen = []
        requests.get = lambda *a, **k: seen.append(k)
        app.fetch("https://example.org")
        assert seen[0].get("verify", True) is True
        """,
    ),
    program(
        "the last argument on a line of its own",
        "KA204",
        """
        import requests


        def send(url, data):
            return requests.post(
                url,
                data=data,  # as it came
                verify=False
            )
        """,
        """
        import app, requests
        seen = []
        requests.post = lambda *a, **k: seen.append((a, k))
        app.send("https://example.org", b"x")
        assert seen[0][1]["data"] == b"x"
        """,
        """
        import app, requests
        seen = []
        requests.post = lambda *a, **k: seen.append(k)
        app.send("https://example.org", b"x")
        assert seen[0].get("verify", True) is True
        """,
    ),
    program(
        "the default context of a process",
        "KA204",
        """
        import ssl
        import urllib.request

        ssl._create_default_https_context = ssl._create_unverified_context


        def opener():
            return urllib.request.build_opener()
        """,
        "import app\nassert app.opener()",
        """
        import ssl
        before = ssl._create_default_https_context = ssl.create_default_context
        try:
            import app
            assert ssl._create_default_https_context is before
        finally:
            ssl._create_default_https_context = before
        """,
    ),
    program(
        "a context by another name",
        "KA204",
        """
        import ssl as tls


        def context():
            made = tls._create_unverified_context()
            made.set_alpn_protocols(["http/1.1"])
            return made
        """,
        "import app, ssl\nassert isinstance(app.context(), ssl.SSLContext)",
        """
        import app, ssl
        made = app.context()
        assert made.verify_mode is ssl.CERT_REQUIRED and made.check_hostname
        """,
    ),
    program(
        "modes by their own name",
        "KA204",
        """
        import ssl


        def context(cafile=None):
            made = ssl.create_default_context(cafile=cafile)
            made.check_hostname = False
            made.verify_mode = ssl.VerifyMode.CERT_NONE
            return made
        """,
        "import app\nassert app.context()",
        """
        import app, ssl
        assert app.context().verify_mode is ssl.CERT_REQUIRED and app.context().check_hostname
        """,
    ),
    program(
        "an old protocol by name",
        "KA205",
        """
        from ssl import PROTOCOL_TLSv1_1, SSLContext


        def context():
            return SSLContext(PROTOCOL_TLSv1_1)
        """,
        "import app\nassert app.context()",
        "import app, ssl\nassert app.context().protocol is ssl.PROTOCOL_TLSv1_2",
    ),
    # -- what is told
    program(
        "a key in an f-string of a log",
        "KA401",
        """
        import logging
        from cryptography.fernet import Fernet

        log = logging.getLogger(__name__)


        def box(name):
            key = Fernet.generate_key()
            log.info(f"made {key!r} for {name:>5} ({len(key)} bytes)")
            return Fernet(key)
        """,
        """
        import app, logging
        lines = []
        logging.getLogger("app").filters = [lambda record: lines.append(record.getMessage())]
        logging.getLogger("app").setLevel("INFO")
        assert app.box("ann")
        assert lines[0].endswith("for   ann (44 bytes)") and lines[0].startswith("made ")
        """,
        """
        import app, logging
        lines = []
        logging.getLogger("app").filters = [lambda record: lines.append(record.getMessage())]
        logging.getLogger("app").setLevel("INFO")
        app.box("ann")
        assert "[redacted]" in lines[0]
        """,
    ),
    program(
        "a key among arguments of a log",
        "KA401",
        """
        import logging
        import os
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        log = logging.getLogger(__name__)


        async def box(name):
            key = os.urandom(32)
            log.warning("key %s of %-5s|", key.hex(), name)
            return AESGCM(key)
        """,
        """
        import app, asyncio, logging
        lines = []
        logging.getLogger("app").filters = [lambda record: lines.append(record.getMessage())]
        assert asyncio.run(app.box("ann")) and lines[0].endswith("of ann  |")
        """,
        """
        import app, asyncio, logging
        lines = []
        logging.getLogger("app").filters = [lambda record: lines.append(record.getMessage())]
        asyncio.run(app.box("ann"))
        assert lines[0] == "key [redacted] of ann  |"
        """,
    ),
    program(
        "a key in an error, put together",
        "KA402",
        """
        import os
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        def seal(data):
            key = os.urandom(32)
            if not data:
                raise ValueError("nothing to seal under {} of {} bytes".format(key.hex(), len(key)))
            return AESGCM(key).encrypt(bytes(12), data, b"v1")
        """,
        """
        import app
        assert app.seal(b"x")
        try:
            app.seal(b"")
        except ValueError as error:
            assert str(error).endswith("of 32 bytes")
        """,
        """
        import app
        try:
            app.seal(b"")
        except ValueError as error:
            assert str(error) == "nothing to seal under [redacted] of 32 bytes"
        """,
    ),
    # -- settings
    program(
        "a default by getenv",
        "KA311",
        """
        import hashlib
        import hmac
        from os import getenv

        KEY = getenv("APP_SIGNING_KEY", "dev-signing-key-please-change-9x")


        def sign(data):
            return hmac.new(KEY.encode(), data, hashlib.sha256).hexdigest()
        """,
        "import app\nassert app.sign(b'x') and app.KEY == 'of the operator, and long enough'",
        """
        import os
        del os.environ["APP_SIGNING_KEY"]
        try:
            import app
        except KeyError as error:
            assert "APP_SIGNING_KEY" in str(error)
        else:
            raise AssertionError
        """,
        environment={"APP_SIGNING_KEY": "of the operator, and long enough"},
        unsafe=True,
    ),
    program(
        "a default after or",
        "KA311",
        """
        import os
        from cryptography.fernet import Fernet


        class Settings:
            token = os.environ.get("APP_TOKEN")
            key = os.environ.get("APP_FERNET_KEY") or "Zm9vYmFyYmF6cXV4cXV1eGNvcmdlZ3JhdWx0Z2FycGw="

            def box(self):
                return Fernet(self.key)
        """,
        "import app\nassert app.Settings().box() and app.Settings.token is None",
        """
        import os
        del os.environ["APP_FERNET_KEY"]
        try:
            import app
        except KeyError:
            pass
        else:
            raise AssertionError
        """,
        environment={"APP_FERNET_KEY": "kGZ6kmMpoMZmKCzdGS28Y1Cw0jbsN6pOTFcBZrJH5wQ="},
        unsafe=True,
    ),
    program(
        "a mode for everybody",
        "KA306",
        """
        import os
        from cryptography.fernet import Fernet


        def save(path="app.key"):
            key = Fernet.generate_key()
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            with os.fdopen(fd, "wb") as file:
                file.write(key)
            return path
        """,
        "import app\nassert len(open(app.save()).read()) == 44",
        "import app, os\nassert os.stat(app.save()).st_mode & 0o777 == 0o600",
    ),
    # -- what a password becomes
    program(
        "a cost by its keyword",
        "KA104",
        """
        import os
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

        ROUNDS = 10_000


        def record(password: bytes) -> tuple[int, bytes, bytes]:
            salt = os.urandom(16)
            kdf = PBKDF2HMAC(algorithm=hashes.SHA256(), length=32, salt=salt, iterations=ROUNDS)
            return ROUNDS, salt, kdf.derive(password)


        def check(password: bytes, kept: tuple[int, bytes, bytes]) -> bool:
            rounds, salt, key = kept
            kdf = PBKDF2HMAC(algorithm=hashes.SHA256(), length=32, salt=salt, iterations=rounds)
            kdf.verify(password, key)
            return True
        """,
        "import app\nassert app.check(b'pw', app.record(b'pw'))",
        "import app\nassert app.record(b'pw')[0] >= 600_000",
        unsafe=True,
    ),
    program(
        "Django's hasher",
        "KA104",
        """
        from django.conf import settings

        if not settings.configured:
            settings.configure()
        from django.contrib.auth.hashers import PBKDF2PasswordHasher


        class Hasher(PBKDF2PasswordHasher):
            iterations = 1000


        def make(password):
            return Hasher().encode(password, "abcdefghijklmnop")
        """,
        "import app\nassert app.make('pw').startswith('pbkdf2_sha256$')",
        "import app\nassert int(app.make('pw').split('$')[1]) >= 600_000",
        variants=False,
    ),
]
