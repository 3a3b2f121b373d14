"""Programs in varied spelling: classes, aliases, several files, asynchronous functions."""

from __future__ import annotations

from tests.fixes.program import program

VARIED = [
    program(
        "a generator of one's own, behind a try",
        "KA101",
        """
        try:
            import random as rnd
        except ImportError:  # pragma: no cover
            rnd = None
        import string
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            from collections.abc import Mapping

        ALPHABET = string.ascii_letters + string.digits


        class Tokens:
            \"\"\"Tokens by user.\"\"\"

            def __init__(self) -> None:
                self.by_user: "Mapping[str, str]" = {}

            def issue(self, user: str) -> str:
                # one token a user
                api_token = "".join(rnd.choice(ALPHABET) for _ in range(40))
                self.by_user[user] = api_token
                return api_token
        """,
        "import app\nt = app.Tokens()\na = t.issue('x')\nassert len(a) == 40 and set(a) <= set(app.ALPHABET) and t.by_user == {'x': a}",
        "import random, app\nrandom.seed(1)\na = app.Tokens().issue('x')\nrandom.seed(1)\nassert app.Tokens().issue('x') != a",
    ),
    program(
        "an instance of Random in a class",
        "KA101",
        """
        import random
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        import os


        class Vault:
            def __init__(self):
                self._rng = random.Random()
                self.key = self._rng.getrandbits(256).to_bytes(32, "big")

            def seal(self, data):
                nonce = os.urandom(12)
                return nonce + AESGCM(self.key).encrypt(nonce, data, b"v1")

            def open(self, blob):
                return AESGCM(self.key).decrypt(blob[:12], blob[12:], b"v1")
        """,
        "import app\nv = app.Vault()\nassert v.open(v.seal(b'x')) == b'x' and len(v.key) == 32",
        """
        import random
        class Fixed(random.Random):
            def __init__(self, *a): super().__init__(7)
        if True:
            random.Random = Fixed
        import app
        assert app.Vault().key != app.Vault().key
        """,
    ),
    program(
        "a password put together and shuffled",
        "KA101",
        """
        from random import choice as pick, shuffle as mix, randint
        import string


        def new_password(length: int = 20) -> str:
            chars = [pick(string.ascii_lowercase), pick(string.ascii_uppercase), pick(string.digits)]
            while len(chars) < length:
                chars.append(pick(string.ascii_letters + string.digits))
            mix(chars)
            password = "".join(chars)
            return password


        def dice() -> int:
            return randint(1, 6)
        """,
        "import app\np = app.new_password()\nassert len(p) == 20 and any(c.isdigit() for c in p) and 1 <= app.dice() <= 6",
        "import random, app\nrandom.seed(1)\na = app.new_password()\nrandom.seed(1)\nassert app.new_password() != a\nrandom.seed(2); d = [app.dice() for _ in range(30)]\nrandom.seed(2); assert d == [app.dice() for _ in range(30)]",
    ),
    program(
        "a reset token of the clock, asynchronous",
        "KA102",
        """
        import asyncio
        import hashlib
        import time

        PENDING: dict[str, str] = {}


        async def reset(user: str) -> str:
            await asyncio.sleep(0)
            reset_token = hashlib.sha256(str(time.time()).encode()).hexdigest()
            PENDING[reset_token] = user
            return reset_token


        async def redeem(token: str) -> str | None:
            return PENDING.pop(token, None)
        """,
        "import app, asyncio\nt = asyncio.run(app.reset('u'))\nassert len(t) == 64 and asyncio.run(app.redeem(t)) == 'u'",
        "import time\ntime.time = lambda: 1.0\nimport app, asyncio\nassert asyncio.run(app.reset('u')) != asyncio.run(app.reset('u'))",
    ),
    program(
        "a size as a dataclass field",
        "KA109",
        """
        from dataclasses import dataclass, field
        from Crypto.PublicKey import RSA


        @dataclass
        class Issuer:
            name: str
            bits: int = 1024
            made: list = field(default_factory=list)

            def issue(self):
                key = RSA.generate(self.bits)
                self.made.append(key.publickey())
                return key
        """,
        "import app\ni = app.Issuer('x')\nk = i.issue()\nassert k.has_private() and len(i.made) == 1 and not i.made[0].has_private()",
        "import app\nassert app.Issuer('x').issue().size_in_bits() >= 2048",
    ),
    program(
        "a curve by another name",
        "KA110",
        """
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP192R1 as Curve
        from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as make


        def signed(message: bytes):
            key = make(Curve())
            return key.public_key(), key.sign(message, ECDSA(hashes.SHA256()))


        def valid(public, signature, message):
            public.verify(signature, message, ECDSA(hashes.SHA256()))
            return True
        """,
        "import app\np, s = app.signed(b'm')\nassert app.valid(p, s, b'm')",
        "import app\np, s = app.signed(b'm')\nassert p.curve.key_size >= 256",
    ),
    program(
        "an exponent among arguments",
        "KA111",
        """
        from cryptography.hazmat.primitives.asymmetric import rsa as _rsa
        from functools import partial

        EXPONENT = 3


        def fresh(size=3072):
            \tmake = None  # set below
            \tmake = _rsa.generate_private_key
            \treturn _rsa.generate_private_key(
            \t\tpublic_exponent=EXPONENT,  # small is quick
            \t\tkey_size=size,
            \t)
        """.replace("            \t", "        \t"),
        "import app\nassert app.fresh().key_size == 3072",
        "import app\nassert app.fresh().public_key().public_numbers().e == 65537",
    ),
    program(
        "a short key for a MAC",
        "KA117",
        """
        import os, hmac
        from hashlib import sha256


        class Signer:
            __slots__ = ("_secret",)

            def __init__(self, secret=None):
                self._secret = secret or os.urandom(4)

            def sign(self, message):
                return hmac.new(self._secret, message, sha256).hexdigest()

            def ok(self, message, mac):
                return hmac.compare_digest(self.sign(message), mac)
        """,
        "import app\ns = app.Signer()\nassert s.ok(b'm', s.sign(b'm')) and not s.ok(b'n', s.sign(b'm'))",
        "import app\nassert len(app.Signer()._secret) >= 16",
    ),
    program(
        "a salt of eight bytes beside its hash",
        "KA107",
        """
        import hashlib, hmac, json, secrets as entropy


        def enrol(password: str) -> str:
            salt = entropy.token_bytes(4)
            digest = hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=5, maxmem=2**26)
            return json.dumps({"salt": salt.hex(), "digest": digest.hex()})


        def check(password: str, record: str) -> bool:
            kept = json.loads(record)
            digest = hashlib.scrypt(
                password.encode(), salt=bytes.fromhex(kept["salt"]), n=2**14, r=8, p=5, maxmem=2**26
            )
            return hmac.compare_digest(digest.hex(), kept["digest"])
        """,
        "import app\nr = app.enrol('pw')\nassert app.check('pw', r) and not app.check('no', r)",
        "import app, json\nassert len(bytes.fromhex(json.loads(app.enrol('pw'))['salt'])) >= 16",
    ),
    program(
        "a pool that trusts everybody",
        "KA204",
        """
        import urllib3
        from urllib3 import PoolManager as Pool

        urllib3.disable_warnings()


        class Client:
            def __init__(self, host: str) -> None:
                self.host = host
                self.pool = Pool(
                    num_pools=2,
                    cert_reqs="CERT_NONE",
                    assert_hostname=False,
                )
        """,
        "import app\nc = app.Client('h')\nassert c.host == 'h'",
        "import app\nkw = app.Client('h').pool.connection_pool_kw\nassert kw.get('cert_reqs') in (None, 'CERT_REQUIRED', 2) and kw.get('assert_hostname') is not False",
    ),
    program(
        "an unverified context of urllib, as a default",
        "KA204",
        """
        import ssl
        from urllib import request as web

        _CONTEXT = ssl._create_unverified_context()


        def get(url: str, timeout: float = 3.0):
            with web.urlopen(url, timeout=timeout, context=_CONTEXT) as answer:
                return answer.read()
        """,
        """
        import app, io
        app.web.urlopen = lambda url, **given: io.BytesIO(b"x")
        assert app.get("https://h") == b"x"
        """,
        """
        import app, io, ssl
        seen = []
        app.web.urlopen = lambda url, **given: seen.append(given) or io.BytesIO(b"x")
        app.get("https://h")
        context = seen[0].get("context")
        assert seen[0]["timeout"] == 3.0
        assert context is None or context.verify_mode == ssl.CERT_REQUIRED and context.check_hostname
        """,
    ),
    program(
        "a floor that is too low, in a context class",
        "KA205",
        """
        from ssl import SSLContext, PROTOCOL_TLS_CLIENT, TLSVersion


        class Strict(SSLContext):
            pass


        def client():
            ctx = SSLContext(PROTOCOL_TLS_CLIENT)
            ctx.minimum_version = TLSVersion.TLSv1_1; ctx.load_default_certs()
            return ctx
        """,
        "import app\nassert app.client().check_hostname",
        "import app, ssl\nassert app.client().minimum_version >= ssl.TLSVersion.TLSv1_2",
    ),
    program(
        "suites that are broken, among others",
        "KA231",
        """
        import ssl


        def server_context():
            ctx = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            ctx.set_ciphers("ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-GCM-SHA384:RC4-SHA:DES-CBC3-SHA:NULL")
            return ctx
        """,
        "import app\nassert any(c['name'] == 'ECDHE-RSA-AES256-GCM-SHA384' for c in app.server_context().get_ciphers())",
        "import re\ntext = open('app.py').read()\nassert 'ECDHE-RSA-AES256-GCM-SHA384' in text and not re.search('RC4-SHA|DES-CBC3|[^!]NULL', text)",
    ),
    program(
        "an f-string that documents itself",
        "KA401",
        """
        import logging
        import os

        log = logging.getLogger(__name__)


        class Uploader:
            def __init__(self, url):
                self.url = url
                self.api_key = os.environ["UPLOAD_API_KEY"]

            def start(self):
                log.info(f"uploading to {self.url} with {self.api_key=!r:>40}")
                return {"Authorization": self.api_key}
        """,
        "import app\nassert app.Uploader('u').start() == {'Authorization': 'qqq-key-qqq'}",
        """
        import app, logging
        seen = []
        class H(logging.Handler):
            def emit(self, record): seen.append(record.getMessage())
        logging.getLogger('app').addHandler(H()); logging.getLogger('app').setLevel(1)
        app.Uploader('http://here').start()
        assert seen and 'http://here' in seen[0] and 'qqq-key' not in seen[0]
        """,
        environment={"UPLOAD_API_KEY": "qqq-key-qqq"},
    ),
    program(
        "a secret among several in an exception",
        "KA402",
        """
        from os import environ as env
        import hmac


        class Refused(Exception):
            pass


        def sign(user, data):
            signing_key = env["SIGNING_KEY"].encode()
            if len(signing_key) < 16:
                raise Refused("user %s: key %r is too short (%d bytes)" % (user, signing_key, len(signing_key)))
            return hmac.new(signing_key, data, "sha256").digest()
        """,
        """
        import app
        try:
            app.sign("u", b"")
        except app.Refused as error:
            assert "user u" in str(error)
        """,
        """
        import app
        try:
            app.sign("u", b"")
        except app.Refused as error:
            assert "7 bytes" in str(error) and "shorty1" not in str(error)
        else:
            raise AssertionError
        """,
        environment={"SIGNING_KEY": "shorty1"},
    ),
    program(
        "openssl's password among other arguments",
        "KA212",
        """
        import os
        import subprocess


        def pack(source: str, target: str) -> None:
            password = os.environ["PACK_PASSWORD"]
            subprocess.run(
                ["openssl", "enc", "-aes-256-cbc", "-pbkdf2", "-k", password, "-in", source, "-out", target],
                check=True,
            )
        """,
        """
        import app, subprocess
        open('s', 'w').write('text')
        app.pack('s', 't')
        out = subprocess.run(['openssl','enc','-d','-aes-256-cbc','-pbkdf2','-k','pw-of-pack','-in','t'], capture_output=True)
        assert out.stdout == b'text', out
        """,
        """
        import app, subprocess
        seen = []
        real = subprocess.run
        subprocess.run = lambda args, **given: seen.append(args) or real(args, **given)
        open('s', 'w').write('text')
        app.pack('s', 't')
        assert seen and not any('pw-of-pack' in a for a in seen[0])
        """,
        environment={"PACK_PASSWORD": "pw-of-pack"},
    ),
    program(
        "a signature that is unequal",
        "KA413",
        """
        import hashlib
        import hmac as mac


        class BadSignature(ValueError): ...


        def parse(secret: bytes, header: str, body: bytes) -> bytes:
            scheme, _, given = header.partition("=")
            if scheme != "sha256" or given != mac.new(secret, body, hashlib.sha256).hexdigest():
                raise BadSignature(scheme)
            return body
        """,
        """
        import app, hmac
        good = "sha256=" + hmac.new(b"k", b"b", "sha256").hexdigest()
        assert app.parse(b"k", good, b"b") == b"b"
        for bad in ("sha1=" + good[7:], good[:-1] + "é", "sha256=", good + "0"):
            try:
                app.parse(b"k", bad, b"b")
            except app.BadSignature:
                pass
            else:
                raise AssertionError(bad)
        """,
        """
        import hmac, app
        seen = []
        real = hmac.compare_digest
        hmac.compare_digest = lambda a, b: seen.append(1) or real(a, b)
        app.parse(b"k", "sha256=" + hmac.new(b"k", b"b", "sha256").hexdigest(), b"b")
        assert seen
        """,
    ),
    program(
        "rotation of a key of a client that a method makes",
        "KA501",
        """
        import boto3


        class Keys:
            def __init__(self, region="eu-west-1"):
                self.region = region

            @property
            def kms(self):
                return boto3.client("kms", region_name=self.region)

            def create(self, alias):
                created = self.kms.create_key(Description=alias, KeyUsage="ENCRYPT_DECRYPT")
                key_id = created["KeyMetadata"]["KeyId"]
                self.kms.create_alias(AliasName="alias/" + alias, TargetKeyId=key_id)
                return key_id
        """,
        """
        import boto3
        asked = []
        class Fake:
            def __getattr__(self, name):
                return lambda **given: asked.append((name, given)) or {"KeyMetadata": {"KeyId": "k"}}
        boto3.client = lambda *a, **k: Fake()
        import app
        assert app.Keys().create("x") == "k" and ("create_alias", {"AliasName": "alias/x", "TargetKeyId": "k"}) in asked
        """,
        """
        import boto3
        asked = []
        class Fake:
            def __getattr__(self, name):
                return lambda **given: asked.append((name, given)) or {"KeyMetadata": {"KeyId": "k"}}
        boto3.client = lambda *a, **k: Fake()
        import app
        app.Keys().create("x")
        assert any(n == "enable_key_rotation" and g["KeyId"] == "k" for n, g in asked)
        """,
    ),
    program(
        "a reactivated key, in a context manager",
        "KA602",
        """
        import boto3

        kms = boto3.client("kms", region_name="eu-west-1")


        def read_old(key_id, blobs):
            kms.enable_key(KeyId=key_id)
            texts = []
            for blob in blobs:
                answer = kms.decrypt(CiphertextBlob=blob, KeyId=key_id)
                texts.append(answer["Plaintext"])
            return texts
        """,
        """
        import boto3
        class Fake:
            def __getattr__(self, name):
                return lambda **given: {"Plaintext": b"t"}
        boto3.client = lambda *a, **k: Fake()
        import app
        assert app.read_old("k", [b"", b""]) == [b"t", b"t"]
        """,
        """
        import boto3
        asked = []
        class Fake:
            def __getattr__(self, name):
                def call(**given):
                    asked.append(name)
                    if name == "decrypt": raise RuntimeError
                return call
        boto3.client = lambda *a, **k: Fake()
        import app
        try:
            app.read_old("k", [b""])
        except RuntimeError:
            pass
        assert asked[-1] == "disable_key"
        """,
    ),
    program(
        "a wipe that comes too late",
        "KA706",
        """
        import hmac
        import os
        from hashlib import sha256


        def stamp(data: bytes, fail: bool = False) -> bytes:
            key = bytearray(os.urandom(32))
            if fail:
                raise RuntimeError("no")
            tag = hmac.new(key, data, sha256).digest()
            for i in range(len(key)):
                key[i] = 0
            return tag
        """,
        "import app\nassert len(app.stamp(b'x')) == 32",
        """
        import app, os, gc
        class Kept(bytearray): pass
        import builtins
        made = []
        def make(*a):
            made.append(Kept(*a)); return made[-1]
        app.bytearray = make
        try:
            app.stamp(b"x", True)
        except RuntimeError:
            pass
        assert made and not any(made[-1])
        """,
    ),
    program(
        "bytes that are put in the place of a key",
        "KA702",
        """
        class Session:
            def __init__(self, key: bytes) -> None:
                self._key = bytearray(key)
                self.open = True

            def tag(self, data: bytes) -> bytes:
                import hmac
                return hmac.new(bytes(self._key), data, "sha256").digest()

            def close(self) -> None:
                self._key = bytearray(len(self._key))
                self.open = False
        """,
        "import app\ns = app.Session(b'k'*32)\nassert s.tag(b'') \ns.close()\nassert not s.open and not any(s._key)",
        "import app\ns = app.Session(b'k'*32)\nheld = s._key\ns.close()\nassert not any(held)",
    ),
    program(
        "one Fernet key of the environment",
        "KA503",
        """
        import os
        from cryptography import fernet


        class Box:
            def __init__(self):
                self._f = fernet.Fernet(os.environ["BOX_KEY"])

            def put(self, data): return self._f.encrypt(data)
            def get(self, token): return self._f.decrypt(token)
        """,
        "import app\nfrom cryptography.fernet import Fernet\nb = app.Box()\nassert b.get(b.put(b'x')) == b'x' and b.get(Fernet('A'*43+'=').encrypt(b'y')) == b'y'",
        "import app\nfrom cryptography.fernet import MultiFernet\nassert isinstance(app.Box()._f, MultiFernet)",
        environment={"BOX_KEY": "A" * 43 + "="},
    ),
    program(
        "a cost that stands in the record, in a package",
        "KA104",
        {
            "shop/__init__.py": "",
            "shop/settings.py": "ITERATIONS = 10_000\n",
            "shop/passwords.py": """
            import base64, hashlib, hmac, os
            from . import settings


            def make(password: str) -> str:
                salt = os.urandom(16)
                key = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, settings.ITERATIONS)
                return "$".join(
                    [str(settings.ITERATIONS), base64.b64encode(salt).decode(), base64.b64encode(key).decode()]
                )


            def check(password: str, record: str) -> bool:
                rounds, salt, key = record.split("$")
                found = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(rounds))
                return hmac.compare_digest(found, base64.b64decode(key))
            """,
        },
        """
        import shop.passwords as p, hashlib, base64
        old = "$".join(["10000", base64.b64encode(b"s"*16).decode(), base64.b64encode(hashlib.pbkdf2_hmac("sha256", b"pw", b"s"*16, 10000)).decode()])
        assert p.check("pw", old) and p.check("pw", p.make("pw")) and not p.check("no", old)
        """,
        "import shop.passwords as p\nassert int(p.make('x').split('$')[0]) >= 600_000",
    ),
    program(
        "session cookies of random.choice, several functions and a subclass",
        "KA101",
        """
        import random
        import string as s


        class Base:
            def session_id(self) -> str:
                raise NotImplementedError


        class Sessions(Base):
            def __init__(self, size: int = 32) -> None:
                self.size = size

            def session_id(self) -> str:
                session_token = ''.join(random.choices(s.ascii_letters + s.digits, k=self.size))
                return session_token


        def shuffled(deck):
            copy = list(deck)
            random.shuffle(copy)
            return copy
        """,
        "import app\nassert len(app.Sessions().session_id()) == 32 and sorted(app.shuffled([3, 1])) == [1, 3]",
        "import app, random\nrandom.seed(1); a = app.Sessions().session_id()\nrandom.seed(1); assert a != app.Sessions().session_id()\nrandom.seed(2); d = app.shuffled(range(20))\nrandom.seed(2); assert d == app.shuffled(range(20))",
    ),
    program(
        "an OTP of randint",
        "KA101",
        """
        from random import randint
        import logging

        logger = logging.getLogger(__name__)


        def new_otp(digits: int = 6) -> str:
            otp = str(randint(10 ** (digits - 1), 10**digits - 1))
            return otp
        """,
        "import app\nfor _ in range(50): assert len(app.new_otp()) == 6 and 100000 <= int(app.new_otp()) <= 999999",
        "import app, random\nrandom.seed(1); a = [app.new_otp() for _ in range(4)]\nrandom.seed(1); assert a != [app.new_otp() for _ in range(4)]",
    ),
    program(
        "a request in a loop without verification",
        "KA204",
        """
        import requests as rq
        from typing import Iterable


        def fetch_all(urls: Iterable[str], session=None):
            s = session or rq.Session()
            return [s.get(u, timeout=2, verify=False).text for u in urls]
        """,
        """
        import app
        class S:
            def get(self, u, **given):
                class A: text = u
                return A
        assert app.fetch_all(["a"], S()) == ["a"]
        """,
        """
        import app
        seen = []
        class S:
            def get(self, u, **given):
                seen.append(given)
                class A: text = u
                return A
        app.fetch_all(["a"], S())
        assert seen[0].get("verify", True) is True and seen[0]["timeout"] == 2
        """,
    ),
    program(
        "a key with percent formatting in a log, by a mapping",
        "KA401",
        """
        import logging, secrets

        LOG = logging.getLogger("keys")


        def rotate(name):
            new_key = secrets.token_bytes(32)
            LOG.warning("rotated %(name)s to %(key)s", {"name": name, "key": new_key.hex()})
            return new_key
        """,
        "import app\nassert len(app.rotate('x')) == 32",
        """
        import app, logging
        seen = []
        class H(logging.Handler):
            def emit(self, r): seen.append(r.getMessage())
        app.LOG.addHandler(H())
        k = app.rotate("nm")
        assert "nm" in seen[0] and k.hex() not in seen[0]
        """,
    ),
    program(
        "an error with format and a named field",
        "KA402",
        """
        import os


        class KeyProblem(RuntimeError):
            def __init__(self, message: str) -> None:
                super().__init__(message)


        def load(path: str) -> bytes:
            with open(path, "rb") as source:
                private_key = source.read()
            if not private_key.startswith(b"-----BEGIN"):
                raise KeyProblem("{path}: not PEM: {private_key!r:.20}".format(path=path, private_key=private_key))
            return private_key
        """,
        "import app\nopen('k', 'wb').write(b'-----BEGIN x')\nassert app.load('k') == b'-----BEGIN x'",
        """
        import app
        open("k", "wb").write(b"sosecret")
        try:
            app.load("k")
        except app.KeyProblem as e:
            assert "sosecret" not in str(e) and "k: not PEM" in str(e)
        else:
            raise AssertionError
        """,
    ),
    program(
        "a nonce of a counter that begins anew",
        "KA403",
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        def seal(key, data, nonce=b"\\x00" * 12):
            return nonce + AESGCM(key).encrypt(nonce, data, b"h")


        def unseal(key, blob):
            return AESGCM(key).decrypt(blob[:12], blob[12:], b"h")
        """,
        "import app\nk = bytes(32)\nassert app.unseal(k, app.seal(k, b'x')) == b'x' and app.seal(k, b'x', b'n'*12)[:12] == b'n'*12",
        "import app\nk = bytes(32)\nassert app.seal(k, b'x')[:12] != app.seal(k, b'x')[:12]",
    ),
    program(
        "a webhook that compares in a generator",
        "KA413",
        """
        import hmac
        import hashlib
        from contextlib import suppress


        def check(secrets_: list[bytes], body: bytes, header: str) -> bool:
            with suppress(ValueError):
                version, signature = header.split(",", 1)
                if version == "v1":
                    return any(
                        hmac.new(secret, body, hashlib.sha256).hexdigest() == signature for secret in secrets_
                    )
            return False
        """,
        """
        import app, hmac
        good = hmac.new(b"b", b"x", "sha256").hexdigest()
        assert app.check([b"a", b"b"], b"x", "v1," + good) and not app.check([b"a"], b"x", "v1," + good)
        assert not app.check([b"b"], b"x", "v2," + good) and not app.check([b"b"], b"x", "nope") and not app.check([b"b"], b"x", "v1,é")
        """,
        """
        import hmac
        seen = []
        real = hmac.compare_digest
        hmac.compare_digest = lambda a, b: seen.append(1) or real(a, b)
        import app
        app.check([b"b"], b"x", "v1," + "0" * 64)
        assert seen
        """,
    ),
    program(
        "a secret deleted at once, by a helper with kwargs",
        "KA711",
        """
        import boto3


        class Secrets:
            def __init__(self, client=None):
                self._client = client or boto3.client("secretsmanager", region_name="eu-west-1")

            def drop(self, name: str) -> None:
                self._client.delete_secret(
                    SecretId=name,
                    ForceDeleteWithoutRecovery=True,  # quick
                )
        """,
        "import app\nclass C:\n    def delete_secret(self, **g): self.g = g\nc = C()\napp.Secrets(c).drop('n')\nassert c.g['SecretId'] == 'n'",
        "import app\nclass C:\n    def delete_secret(self, **g): self.g = g\nc = C()\napp.Secrets(c).drop('n')\nassert not c.g.get('ForceDeleteWithoutRecovery')",
    ),
]
