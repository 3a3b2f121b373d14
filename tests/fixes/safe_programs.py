"""Programs that safe fixes mend."""

from __future__ import annotations

from tests.fixes.program import program

SAFE = [
    program(
        "compare bytes",
        "KA413",
        """
        import hashlib
        import hmac


        def valid(key, body, tag):
            expected = hmac.new(key, body, hashlib.sha256).digest()
            return expected == tag  # a tag of the wrong size is wrong
        """,
        """
        import app, hashlib, hmac
        tag = hmac.new(b"k" * 32, b"x", hashlib.sha256).digest()
        assert app.valid(b"k" * 32, b"x", tag) is True
        assert app.valid(b"k" * 32, b"x", bytearray(tag)) is True
        for wrong in (b"", tag[:-1], tag[::-1], None, "text", 7):
            assert app.valid(b"k" * 32, b"x", wrong) is False
        """,
        """
        import app, hmac
        seen, real = [], hmac.compare_digest
        hmac.compare_digest = lambda a, b: seen.append(1) or real(a, b)
        try:
            app.valid(b"k" * 32, b"x", b"y" * 32)
        finally:
            hmac.compare_digest = real
        assert seen
        """,
    ),
    program(
        "compare text from a header",
        "KA413",
        """
        import hashlib
        import hmac


        class Hook:
            def __init__(self, key):
                self.key = key

            async def check(self, body, headers):
                mac = hmac.new(self.key, body, hashlib.sha256)
                if headers.get("X-Signature") != "sha256=" + mac.hexdigest():
                    raise ValueError("wrong signature")
                return True
        """,
        """
        import app, asyncio, hashlib, hmac
        good = "sha256=" + hmac.new(b"k" * 32, b"x", hashlib.sha256).hexdigest()
        hook = app.Hook(b"k" * 32)
        assert asyncio.run(hook.check(b"x", {"X-Signature": good}))
        for headers in ({}, {"X-Signature": "sha256=ü"}, {"X-Signature": b"x"}, {"X-Signature": ""}):
            try:
                asyncio.run(hook.check(b"x", headers))
            except ValueError:
                continue
            raise AssertionError(headers)
        """,
        """
        import app, asyncio, hmac
        seen, real = [], hmac.compare_digest
        hmac.compare_digest = lambda a, b: seen.append(1) or real(a, b)
        try:
            asyncio.run(app.Hook(b"k" * 32).check(b"x", {"X-Signature": "x"}))
        except ValueError:
            pass
        finally:
            hmac.compare_digest = real
        assert seen
        """,
    ),
    program(
        "token of choices",
        "KA101",
        """
        import random
        import string


        def reset_token(size=24):
            letters = string.ascii_letters + string.digits
            token = "".join(random.choice(letters) for _ in range(size))
            return token


        def send(user):
            user.reset_token = reset_token()
            return user.reset_token
        """,
        """
        import app
        user = type("User", (), {})()
        assert len(app.send(user)) == 24 and app.reset_token(7).isalnum()
        """,
        """
        import app, random
        user = type("User", (), {})()
        random.seed(5); one = app.send(user)
        random.seed(5); assert app.send(user) != one
        """,
    ),
    program(
        "key of bytes",
        "KA101",
        """
        import random
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        def new_key():
            return bytes(random.getrandbits(8) for _ in range(32))


        def box():
            return AESGCM(new_key())


        def dice():
            return random.randint(1, 6)
        """,
        """
        import app
        assert len(app.new_key()) == 32 and app.box() and 1 <= app.dice() <= 6
        """,
        """
        import app, random
        random.seed(5); one = app.new_key()
        random.seed(5); assert app.new_key() != one
        random.seed(5); one = app.dice()
        random.seed(5); assert app.dice() == one, "only the calls in the evidence"
        """,
    ),
    program(
        "a shadowed name",
        "KA101",
        """
        import random
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        def seal(secrets, nonce):
            key = random.randbytes(32)
            return [AESGCM(key).encrypt(nonce, secret, b"x") for secret in secrets]
        """,
        """
        import app
        assert len(app.seal([b"a", b"b"], bytes(12))) == 2
        """,
        """
        import app, random
        random.seed(5); one = app.seal([b"a"], bytes(12))
        random.seed(5); assert app.seal([b"a"], bytes(12)) != one
        """,
    ),
    program(
        "a number as a token",
        "KA101",
        """
        import random
        from dataclasses import dataclass, field


        def session_token():
            return "%032x" % random.getrandbits(128)


        @dataclass
        class Session:
            user: str
            token: str = field(default_factory=session_token)


        def open_session(user):
            session = Session(user)
            session.session_token = session_token()
            return session
        """,
        """
        import app
        assert len(app.open_session("a").session_token) == 32
        """,
        """
        import app, random
        random.seed(5); one = app.session_token()
        random.seed(5); assert app.session_token() != one
        """,
    ),
    program(
        "a hash of a draw",
        "KA101",
        """
        import hashlib
        import random


        def activation_key(name):
            noise = str(random.random()).encode()
            activation_key = hashlib.sha256(noise).hexdigest()
            return activation_key


        def register(accounts, name):
            accounts[name] = activation_key(name)
        """,
        """
        import app
        accounts = {}
        app.register(accounts, "a")
        assert len(accounts["a"]) == 64 and int(accounts["a"], 16)
        """,
        """
        import app, random
        random.seed(5); one = app.activation_key("a")
        random.seed(5); assert app.activation_key("a") != one
        """,
    ),
    program(
        "a draw in another module",
        "KA101",
        {
            "app.py": """
            from cryptography.fernet import Fernet
            from keymaking import make_key


            def box():
                return Fernet(make_key())
            """,
            "keymaking.py": """
            import base64
            import random


            def make_key():
                return base64.urlsafe_b64encode(random.randbytes(32))
            """,
        },
        "import app\nassert app.box().decrypt(app.box().encrypt(b'') and b'') if False else app.box()",
        """
        import keymaking, random
        random.seed(5); one = keymaking.make_key()
        random.seed(5); assert keymaking.make_key() != one
        """,
    ),
    program(
        "a key made of the time",
        "KA102",
        """
        import hashlib
        import time
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        def new_box():
            key = hashlib.sha256(str(time.time()).encode()).digest()
            return key, AESGCM(key)
        """,
        "import app\nassert len(app.new_box()[0]) == 32",
        """
        import app, time
        real, time.time = time.time, lambda: 7.0
        try:
            assert app.new_box()[0] != app.new_box()[0]
        finally:
            time.time = real
        """,
    ),
    program(
        "key size",
        "KA109",
        """
        from cryptography.hazmat.primitives.asymmetric import rsa

        BITS = 1024  # of new keys


        def new_key():
            return rsa.generate_private_key(public_exponent=65537, key_size=BITS)
        """,
        "import app\nassert app.new_key().public_key()",
        "import app\nassert app.new_key().key_size >= 2048",
    ),
    program(
        "public exponent",
        "KA111",
        """
        from cryptography.hazmat.primitives.asymmetric import rsa


        def new_key(size=2048):
            return rsa.generate_private_key(3, size)
        """,
        "import app\nassert app.new_key().key_size == 2048",
        "import app\nassert app.new_key().public_key().public_numbers().e == 65537",
    ),
    program(
        "curve",
        "KA110",
        """
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec


        class Signer:
            curve = ec.SECP192R1()

            def __init__(self):
                self.key = ec.generate_private_key(self.curve)

            def sign(self, data):
                return self.key.sign(data, ec.ECDSA(hashes.SHA256()))
        """,
        "import app\nassert app.Signer().sign(b'x')",
        "import app\nassert app.Signer().key.key_size == 256",
    ),
    program(
        "a cost that the record holds",
        "KA104",
        """
        import hashlib
        import hmac
        import os

        ROUNDS = 1000


        def store(password):
            salt = os.urandom(16)
            digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ROUNDS)
            return f"{ROUNDS}${salt.hex()}${digest.hex()}"


        def check(password, record):
            rounds, salt, digest = record.split("$")
            found = hashlib.pbkdf2_hmac("sha256", password.encode(), bytes.fromhex(salt), int(rounds))
            return hmac.compare_digest(found.hex(), digest)
        """,
        """
        import app, hashlib
        old = hashlib.pbkdf2_hmac("sha256", b"pw", b"s" * 16, 1000).hex()
        assert app.check("pw", f"1000${(b's' * 16).hex()}${old}"), "old records"
        record = app.store("pw")
        assert app.check("pw", record) and not app.check("no", record)
        """,
        "import app\nassert int(app.store('pw').split('$')[0]) >= 600_000",
    ),
    program(
        "werkzeug's method",
        "KA104",
        """
        from werkzeug.security import check_password_hash, generate_password_hash


        def store(password):
            return generate_password_hash(password, method="pbkdf2:sha256:1000")


        def check(password, record):
            return check_password_hash(record, password)
        """,
        "import app\nassert app.check('pw', app.store('pw')) and not app.check('x', app.store('pw'))",
        "import app\nassert int(app.store('pw').split('$')[0].split(':')[2]) >= 600_000",
    ),
    program(
        "requests without verification",
        "KA204",
        """
        import requests


        def fetch(path, timeout=5):
            return requests.get(
                "https://vault.example.org/" + path,
                timeout=timeout,  # seconds
                verify=False,
            )
        """,
        """
        import app, requests
        seen, real = [], requests.get
        requests.get = lambda *a, **k: seen.append((a, k))
        try:
            app.fetch("x")
        finally:
            requests.get = real
        assert seen[0][0] == ("https://vault.example.org/x",) and seen[0][1]["timeout"] == 5
        """,
        """
        import app, requests
        seen, real = [], requests.get
        requests.get = lambda *a, **k: seen.append(k)
        try:
            app.fetch("x")
        finally:
            requests.get = real
        assert seen[0].get("verify", True) is True
        """,
    ),
    program(
        "a context without checks",
        "KA204",
        """
        import ssl
        import urllib.request


        def context():
            made = ssl.create_default_context()
            made.check_hostname = False
            made.verify_mode = ssl.CERT_NONE
            return made


        def fetch(url):
            return urllib.request.urlopen(url, context=context())
        """,
        "import app\nassert app.context()",
        """
        import app, ssl
        assert app.context().check_hostname and app.context().verify_mode == ssl.CERT_REQUIRED
        """,
    ),
    program(
        "a context of no kind",
        "KA204",
        """
        import ssl


        class Client:
            def __init__(self):
                self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                self.context.load_default_certs()
                self.context.check_hostname = False
                self.context.verify_mode = ssl.CERT_NONE
        """,
        "import app\nassert app.Client()",
        """
        import app, ssl
        context = app.Client().context
        assert context.check_hostname and context.verify_mode == ssl.CERT_REQUIRED
        """,
    ),
    program(
        "an old version of TLS",
        "KA205",
        """
        import ssl


        def context():
            made = ssl.create_default_context()
            made.minimum_version = ssl.TLSVersion.TLSv1
            return made
        """,
        "import app\nassert app.context()",
        "import app, ssl\nassert app.context().minimum_version == ssl.TLSVersion.TLSv1_2",
    ),
    program(
        "a protocol of old",
        "KA205",
        """
        import ssl


        def server(chain=None):
            context = ssl.SSLContext(ssl.PROTOCOL_TLSv1)
            if chain:
                context.load_cert_chain(chain)
            return context
        """,
        "import app, warnings\nwarnings.simplefilter('ignore')\nassert app.server()",
        """
        import app, ssl, warnings
        warnings.simplefilter("ignore")
        assert app.server().minimum_version == ssl.TLSVersion.TLSv1_2
        assert app.server().verify_mode == ssl.CERT_NONE, "clients need no certificate"
        """,
    ),
    program(
        "the mode of a key file",
        "KA306",
        """
        import os
        from cryptography.hazmat.primitives import serialization


        def save(pem, path="server.key"):
            with open(path, "wb") as file:
                file.write(pem)
            os.chmod("server.key", 0o644)
        """,
        "import app\napp.save(b'x')\nassert open('server.key', 'rb').read() == b'x'",
        "import app, os\napp.save(b'x')\nassert os.stat('server.key').st_mode & 0o777 == 0o600",
    ),
    program(
        "a key in a log",
        "KA401",
        """
        import logging
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        logger = logging.getLogger(__name__)


        def new_key(name):
            key = AESGCM.generate_key(bit_length=256)
            logger.warning(f"made {key.hex()} for {name}")
            logger.warning("made %s for %s", key.hex(), name)
            return key
        """,
        """
        import app, logging
        seen = []
        handler = logging.Handler()
        handler.emit = lambda record: seen.append(record.getMessage())
        logging.getLogger("app").addHandler(handler)
        assert len(app.new_key("ada")) == 32 and all("for ada" in text for text in seen)
        assert len(seen) == 2
        logging.getLogger("app").removeHandler(handler)
        """,
        """
        import app, logging
        seen = []
        handler = logging.Handler()
        handler.emit = lambda record: seen.append(record.getMessage())
        logging.getLogger("app").addHandler(handler)
        key = app.new_key("ada").hex()
        logging.getLogger("app").removeHandler(handler)
        assert not any(key in text for text in seen)
        """,
    ),
    program(
        "a key in an exception",
        "KA402",
        """
        import os
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        def load():
            key = os.environ["DATA_KEY"].encode()
            if len(key) != 32:
                raise ValueError("the key " + repr(key) + " has %d bytes" % len(key))
            return AESGCM(key)
        """,
        """
        import app
        try:
            app.load()
        except ValueError as error:
            assert "has 5 bytes" in str(error)
        else:
            raise AssertionError
        """,
        """
        import app
        try:
            app.load()
        except ValueError as error:
            assert "short" not in str(error)
        """,
        environment={"DATA_KEY": "short"},
    ),
    program(
        "a default for a secret",
        "KA311",
        """
        import hashlib
        import hmac
        import os

        SECRET = os.environ.get("APP_SECRET", "v9Lw3QxZ0pTn-t4Kq-9xVw2LzT")


        def sign(data):
            return hmac.new(SECRET.encode(), data, hashlib.sha256).hexdigest()
        """,
        "import app\nassert app.SECRET == 'given by the operator'",
        """
        import os
        del os.environ["APP_SECRET"]
        try:
            import app
        except KeyError:
            pass
        else:
            raise AssertionError
        """,
        environment={"APP_SECRET": "given by the operator"},
        unsafe=True,
    ),
    program(
        "a nonce as a default",
        "KA403",
        """
        import os
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        def seal(key, data, nonce=os.urandom(12)):
            '''A sealed message.'''
            return nonce + AESGCM(key).encrypt(nonce, data, b"v1")


        def unseal(key, blob):
            return AESGCM(key).decrypt(blob[:12], blob[12:], b"v1")
        """,
        """
        import app
        key = bytes(range(32))
        assert app.unseal(key, app.seal(key, b"x")) == b"x"
        assert app.seal(key, b"x", b"n" * 12)[:12] == b"n" * 12
        """,
        "import app\nkey = bytes(range(32))\nassert app.seal(key, b'x') != app.seal(key, b'x')",
    ),
    program(
        "a nonce of the object",
        "KA403",
        """
        import os
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        class Box:
            def __init__(self, key):
                self.key = key
                self.nonce = os.urandom(12)

            def seal(self, data):
                body = AESGCM(self.key).encrypt(self.nonce, data, b"v1")
                return self.nonce + body

            def unseal(self, blob):
                return AESGCM(self.key).decrypt(blob[:12], blob[12:], b"v1")
        """,
        """
        import app
        box = app.Box(bytes(range(32)))
        assert box.unseal(box.seal(b"x")) == b"x"
        """,
        "import app\nbox = app.Box(bytes(range(32)))\nassert box.seal(b'x') != box.seal(b'x')",
    ),
    program(
        "a nonce before the loop",
        "KA403",
        """
        import os
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305


        def seal_all(key, chunks):
            box = ChaCha20Poly1305(key)
            nonce = os.urandom(12)
            sealed = []
            for chunk in chunks:
                sealed.append(nonce + box.encrypt(nonce, chunk, b"chunk"))
            return sealed
        """,
        """
        import app
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
        key = bytes(range(32))
        for blob in app.seal_all(key, [b"x", b"x"]):
            assert ChaCha20Poly1305(key).decrypt(blob[:12], blob[12:], b"chunk") == b"x"
        """,
        "import app\none, other = app.seal_all(bytes(range(32)), [b'x', b'x'])\nassert one != other",
    ),
    program(
        "a constant nonce that is sent",
        "KA403",
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        NONCE = b"\\x00" * 12


        def seal(key, data):
            return NONCE + AESGCM(key).encrypt(NONCE, data, b"v1")


        def unseal(key, blob):
            nonce, body = blob[:12], blob[12:]
            return AESGCM(key).decrypt(nonce, body, b"v1")
        """,
        "import app\nkey = bytes(range(32))\nassert app.unseal(key, app.seal(key, b'x')) == b'x'",
        "import app\nkey = bytes(range(32))\nassert app.seal(key, b'x') != app.seal(key, b'x')",
    ),
    program(
        "a nonce made of the time",
        "KA404",
        """
        import time
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        def seal(key, data):
            nonce = int(time.time() * 1000).to_bytes(12, "big")
            return nonce + AESGCM(key).encrypt(nonce, data, b"v1")
        """,
        """
        import app
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        key = bytes(range(32))
        blob = app.seal(key, b"x")
        assert AESGCM(key).decrypt(blob[:12], blob[12:], b"v1") == b"x"
        """,
        """
        import app, time
        real, time.time = time.time, lambda: 7.0
        try:
            assert app.seal(bytes(range(32)), b"x") != app.seal(bytes(range(32)), b"x")
        finally:
            time.time = real
        """,
    ),
    program(
        "a salt that can be guessed",
        "KA120",
        """
        import hashlib
        import random


        def record(password):
            salt = bytes(random.getrandbits(8) for _ in range(16))
            return salt, hashlib.pbkdf2_hmac("sha256", password, salt, 600_000)
        """,
        "import app\nassert len(app.record(b'pw')[0]) == 16",
        """
        import app, random
        random.seed(5); one = app.record(b"pw")[0]
        random.seed(5); assert app.record(b"pw")[0] != one
        """,
    ),
    program(
        "a short salt",
        "KA107",
        """
        import hashlib
        import os


        def record(password):
            salt = os.urandom(4)
            return salt, hashlib.pbkdf2_hmac("sha256", password, salt, 600_000)
        """,
        "import app\nassert app.record(b'pw')[1]",
        "import app\nassert len(app.record(b'pw')[0]) == 16",
    ),
    program(
        "a key of digits",
        "KA115",
        """
        import secrets
        import string
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        def new_key():
            return "".join(secrets.choice(string.digits) for _ in range(16)).encode()


        def box():
            return AESGCM(new_key())
        """,
        "import app\nassert len(app.new_key()) == 16 and app.box()",
        "import app\nassert not all(app.new_key().isdigit() for _ in range(3))",
    ),
    program(
        "one Fernet key",
        "KA503",
        """
        import os
        from cryptography.fernet import Fernet

        fernet = Fernet(os.environ["FERNET_KEY"])


        def seal(value):
            return fernet.encrypt(value)


        def unseal(token):
            return fernet.decrypt(token)
        """,
        "import app\nassert app.unseal(app.seal(b'x')) == b'x'",
        """
        import os
        from cryptography.fernet import Fernet
        old = os.environ["FERNET_KEY"]
        token = Fernet(old).encrypt(b"x")
        os.environ["FERNET_KEY"] = Fernet.generate_key().decode() + "," + old
        import app
        assert app.unseal(token) == b"x"
        """,
        environment={"FERNET_KEY": "A" * 43 + "="},
    ),
    program(
        "a wipe that errors skip",
        "KA706",
        """
        import os
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        kept = []


        def seal(data, nonce):
            key = bytearray(os.urandom(32))
            kept.append(key)
            sealed = AESGCM(key).encrypt(
                nonce, data, b\"\"\"v
            1\"\"\"
            )
            # done with it
            key[:] = bytes(len(key))
            return sealed
        """,
        "import app\nassert app.seal(b'x', bytes(12)) and not any(app.kept[-1])",
        """
        import app
        try:
            app.seal(b"x", b"")
        except ValueError:
            pass
        assert not any(app.kept[-1])
        """,
    ),
    program(
        "a key that nobody wipes",
        "KA701",
        """
        import hashlib
        import hmac

        kept = []


        def tag(password, salt, message):
            key = bytearray(hashlib.pbkdf2_hmac("sha256", password, salt, 600_000))
            made = hmac.new(key, message, "sha256")
            kept.append(made)
            return made.digest()
        """,
        """
        import app, hashlib, hmac
        key = hashlib.pbkdf2_hmac("sha256", b"pw", b"s" * 16, 600_000)
        assert app.tag(b"pw", b"s" * 16, b"m") == hmac.new(key, b"m", "sha256").digest()
        """,
        """
        import inspect, app
        assert "finally" in inspect.getsource(app.tag)
        """,
    ),
    program(
        "a key that is only forgotten",
        "KA702",
        """
        import os
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        taken = []


        def fetch():
            return bytes(range(32))


        def seal(data):
            key = fetch()
            nonce = os.urandom(12)
            sealed = nonce + AESGCM(key).encrypt(nonce, data, b"v1")
            key = b"\\x00" * len(key)
            return sealed
        """,
        """
        import app
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        blob = app.seal(b"x")
        assert AESGCM(bytes(range(32))).decrypt(blob[:12], blob[12:], b"v1") == b"x"
        """,
        """
        import app
        real, seen = app.AESGCM, []
        app.AESGCM = lambda key: seen.append(key) or real(key)
        app.seal(b"x")
        assert not any(seen[0])
        """,
    ),
    program(
        "a copy that outlives the key",
        "KA707",
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        class SecureKey:
            def __init__(self, data):
                self._key = bytearray(data)

            def get_key(self):
                return bytes(self._key)

            def destroy(self):
                for i in range(len(self._key)):
                    self._key[i] = 0


        def seal(held, nonce, data):
            return AESGCM(held.get_key()).encrypt(nonce, data, b"v1")
        """,
        """
        import app
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        sealed = app.seal(app.SecureKey(bytes(range(32))), bytes(12), b"x")
        assert AESGCM(bytes(range(32))).decrypt(bytes(12), sealed, b"v1") == b"x"
        """,
        """
        import app
        held = app.SecureKey(bytes(range(32)))
        given = held.get_key()
        held.destroy()
        assert not any(given)
        """,
    ),
]
