"""Programs in which keys, tokens, nonces and salts are drawn, in the many ways that code has."""

from __future__ import annotations

from tests.fixes.program import program

_TOKEN = """
import app, random
random.seed(5); one = app.reset_token()
random.seed(5); assert app.reset_token() != one
"""
_NEW_KEY = """
import app, random
random.seed(5); one = app.new_key()
random.seed(5); assert app.new_key() != one
"""

RANDOM = [
    program(
        "an alias of the module",
        "KA101",
        """
        import random as rnd
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        def new_key():
            return rnd.randbytes(16)


        box = lambda: AESGCM(new_key())
        """,
        "import app\nassert len(app.new_key()) == 16 and app.box()",
        _NEW_KEY,
    ),
    program(
        "functions imported by name",
        "KA101",
        """
        from random import choice, randint
        from string import ascii_letters


        def reset_token():
            return "".join(choice(ascii_letters) for _ in range(30))


        def dice():
            return randint(1, 6), choice("abc")


        def send(user):
            user.reset_token = reset_token()
        """,
        "import app\nassert len(app.reset_token()) == 30 and app.dice()[1] in 'abc'",
        _TOKEN + "random.seed(5); one = app.dice()\nrandom.seed(5); assert app.dice() == one\n",
    ),
    program(
        "imported in the function",
        "KA101",
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        def new_key():
            import random
            return random.randbytes(32)


        def box():
            return AESGCM(new_key())
        """,
        "import app\nassert len(app.new_key()) == 32 and app.box()",
        _NEW_KEY,
    ),
    program(
        "choices with a number",
        "KA101",
        """
        import random
        import string


        class Reset:
            @staticmethod
            def make(*, size: int = 40) -> str:
                reset_token = "".join(random.choices(string.hexdigits, k=size))
                return reset_token


        def reset_token():
            return Reset.make()


        def send(user):
            user.reset_token = reset_token()
        """,
        "import app\nassert len(app.reset_token()) == 40 and len(app.Reset.make(size=3)) == 3",
        _TOKEN,
    ),
    program(
        "a sample",
        "KA101",
        """
        import random
        import string


        def reset_token():
            return "".join(random.sample(string.ascii_letters + string.digits, 32))


        def send(user):
            user.reset_token = reset_token()
        """,
        "import app\nassert len(set(app.reset_token())) == 32",
        _TOKEN,
    ),
    program(
        "asynchronous, and a walrus",
        "KA101",
        """
        import asyncio
        import random

        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        async def seal(data: bytes) -> tuple[bytes, bytes]:
            await asyncio.sleep(0)
            if (key := random.randbytes(32)) and data:
                return key, AESGCM(key).encrypt(bytes(12), data, b"v1")
            return key, b""


        def new_key():
            return asyncio.run(seal(b"x"))[0]
        """,
        "import app\nassert len(app.new_key()) == 32",
        _NEW_KEY,
    ),
    program(
        "a default factory of a dataclass",
        "KA101",
        """
        import random
        from dataclasses import dataclass, field

        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        @dataclass
        class Box:
            name: str = "b"
            key: bytes = field(default_factory=lambda: random.randbytes(32))

            def seal(self, data: bytes) -> bytes:
                return AESGCM(self.key).encrypt(bytes(12), data, None)


        def new_key():
            return Box().key
        """,
        "import app\nassert len(app.new_key()) == 32 and app.Box().seal(b'x')",
        _NEW_KEY,
    ),
    program(
        "a parameter called as the module",
        "KA101",
        """
        import random
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        def new_key(secrets=()):
            key = random.randbytes(32)
            for one in secrets:
                key = AESGCM(key).encrypt(bytes(12), one, None)[:32]
            return AESGCM(key) and key
        """,
        "import app\nassert len(app.new_key()) == 32",
        _NEW_KEY,
    ),
    program(
        "a class attribute called as the module",
        "KA101",
        """
        import random
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        class Vault:
            secrets = []

            def new_key(self):
                key = random.randbytes(32)
                self.secrets.append(AESGCM(key))
                return key


        def new_key():
            return Vault().new_key()
        """,
        "import app\nassert len(app.new_key()) == 32 and app.Vault.secrets",
        _NEW_KEY,
    ),
    program(
        "a closure that hides the module",
        "KA101",
        """
        import random
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        def maker(secrets):
            def make():
                key = random.randbytes(32)
                secrets.append(key)
                return AESGCM(key)
            return make


        def new_key():
            kept = []
            maker(kept)()
            return kept[0]
        """,
        "import app\nassert len(app.new_key()) == 32",
        _NEW_KEY,
    ),
    program(
        "a later global called as the module",
        "KA101",
        """
        import random
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        def new_key():
            key = random.randbytes(32)
            AESGCM(key)
            return key


        secrets = ["mine"]
        """,
        "import app\nassert len(app.new_key()) == 32 and app.secrets == ['mine']",
        _NEW_KEY,
    ),
    program(
        "an import under a condition",
        "KA101",
        """
        from typing import TYPE_CHECKING

        try:
            import secrets
        except ImportError:
            secrets = None
        import random
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if TYPE_CHECKING:
            from collections.abc import Iterable


        def new_key(parts: "Iterable[bytes]" = ()):
            key = random.randbytes(32)
            AESGCM(key)
            return key
        """,
        "import app\nassert len(app.new_key()) == 32",
        _NEW_KEY,
    ),
    program(
        "a seed of the clock",
        "KA101",
        """
        import random
        import time
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        def new_key():
            random.seed(time.time())
            key = bytes([random.randint(0, 255) for _ in range(32)])
            AESGCM(key)
            return key
        """,
        "import app\nassert len(app.new_key()) == 32 and app.new_key() != app.new_key()",
        """
        import app, time
        real, time.time = time.time, lambda: 7.0
        try:
            assert app.new_key() != app.new_key()
        finally:
            time.time = real
        """,
    ),
    program(
        "a seed that another module needs",
        "KA101",
        {
            "app.py": """
            import random

            import game
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM

            random.seed(42)


            def new_key():
                return random.randbytes(32)


            def box():
                return AESGCM(new_key()), game.level()
            """,
            "game.py": """
            import random


            def level():
                return random.randint(1, 600)
            """,
        },
        """
        import app, game, random
        random.seed(42)
        assert len(app.new_key()) == 32 and app.box()
        """,
        """
        import app, game, random
        level = game.level()
        random.seed(42)
        assert game.level() == level, "the game goes on as before"
        random.seed(5); one = app.new_key()
        random.seed(5); assert app.new_key() != one
        """,
    ),
    program(
        "in an f-string's neighbour",
        "KA101",
        """
        import random


        def reset_token():
            number = random.randint(10**31, 10**32 - 1)
            token = f"tok-{number}"
            return token


        def send(user):
            user.reset_token = reset_token()
        """,
        "import app\nassert app.reset_token().startswith('tok-') and len(app.reset_token()) == 36",
        _TOKEN,
    ),
    program(
        "over several lines, with comments",
        "KA101",
        """
        import random
        import string


        def reset_token():
            return "".join(  # letters only
                random.choice(
                    string.ascii_letters,  # both cases
                )
                for _ in range(32)
            )


        def send(user):
            user.reset_token = reset_token()
        """,
        "import app\nassert app.reset_token().isalpha() and len(app.reset_token()) == 32",
        _TOKEN,
    ),
    program(
        "an identifier of the host",
        "KA102",
        """
        import hashlib
        import uuid
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        def new_key():
            key = uuid.uuid1().bytes
            AESGCM(key)
            return key
        """,
        "import app\nassert len(app.new_key()) == 16",
        "import app, uuid\nassert uuid.UUID(bytes=app.new_key()).version == 4",
    ),
    program(
        "a short salt in a class",
        "KA107",
        """
        import hashlib
        import os
        from dataclasses import dataclass


        @dataclass(frozen=True)
        class Record:
            salt: bytes
            digest: bytes

            @classmethod
            def of(cls, password: str) -> "Record":
                salt = os.urandom(4)
                return cls(salt, cls._hash(password, salt))

            @staticmethod
            def _hash(password: str, salt: bytes) -> bytes:
                return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=5, maxmem=2**26)

            def check(self, password: str) -> bool:
                return self._hash(password, self.salt) == self.digest
        """,
        "import app\nr = app.Record.of('pw')\nassert r.check('pw') and not r.check('px')",
        "import app\nassert len(app.Record.of('pw').salt) >= 16",
    ),
    program(
        "a salt of the user's name that is stored",
        "KA120",
        """
        import hashlib
        import random


        def record(password):
            salt = random.getrandbits(128).to_bytes(16, "big")
            return salt, hashlib.pbkdf2_hmac("sha256", password, salt, 700_000)


        def check(password, kept):
            return hashlib.pbkdf2_hmac("sha256", password, kept[0], 700_000) == kept[1]
        """,
        "import app\nassert app.check(b'pw', app.record(b'pw'))",
        """
        import app, random
        random.seed(5); one = app.record(b"pw")[0]
        random.seed(5); assert app.record(b"pw")[0] != one
        """,
    ),
    program(
        "a nonce drawn by random",
        "KA404",
        """
        import random
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305


        def seal(key, data):
            nonce = bytes(random.randrange(256) for i in range(12))
            return nonce + ChaCha20Poly1305(key).encrypt(nonce, data, b"v")


        def unseal(key, blob):
            return ChaCha20Poly1305(key).decrypt(blob[:12], blob[12:], b"v")
        """,
        "import app\nkey = bytes(32)\nassert app.unseal(key, app.seal(key, b'x')) == b'x'",
        """
        import app, random
        random.seed(5); one = app.seal(bytes(32), b"x")
        random.seed(5); assert app.seal(bytes(32), b"x") != one
        """,
    ),
    program(
        "a nonce in the source, with the ciphertext",
        "KA403",
        """
        from Crypto.Cipher import AES


        def seal(key, data):
            nonce = b"\\x00" * 12
            cipher = AES.new(key, AES.MODE_GCM, nonce=nonce)
            body, tag = cipher.encrypt_and_digest(data)
            return nonce + tag + body


        def unseal(key, blob):
            cipher = AES.new(key, AES.MODE_GCM, nonce=blob[:12])
            return cipher.decrypt_and_verify(blob[28:], blob[12:28])
        """,
        "import app\nkey = bytes(32)\nassert app.unseal(key, app.seal(key, b'x')) == b'x'",
        "import app\nkey = bytes(32)\nassert app.seal(key, b'x') != app.seal(key, b'x')",
    ),
    program(
        "a nonce at the top of the module, with the ciphertext",
        "KA403",
        """
        import os
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        NONCE = os.urandom(12)


        def seal(key, data):
            return NONCE + AESGCM(key).encrypt(NONCE, data, b"v1")


        def unseal(key, blob):
            return AESGCM(key).decrypt(blob[:12], blob[12:], b"v1")
        """,
        "import app\nkey = bytes(32)\nassert app.unseal(key, app.seal(key, b'x')) == b'x'",
        "import app\nkey = bytes(32)\nassert app.seal(key, b'x') != app.seal(key, b'x')",
    ),
    program(
        "a nonce in a record",
        "KA403",
        """
        import base64
        import json
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        def seal(key, data):
            nonce = b"fixed-nonce!"
            body = AESGCM(key).encrypt(nonce, data, b"v1")
            return json.dumps({
                "nonce": base64.b64encode(nonce).decode(),
                "body": base64.b64encode(body).decode(),
            })


        def unseal(key, text):
            record = json.loads(text)
            nonce = base64.b64decode(record["nonce"])
            return AESGCM(key).decrypt(nonce, base64.b64decode(record["body"]), b"v1")
        """,
        "import app\nkey = bytes(32)\nassert app.unseal(key, app.seal(key, b'x')) == b'x'",
        "import app\nkey = bytes(32)\nassert app.seal(key, b'x') != app.seal(key, b'x')",
    ),
    program(
        "a key of a few letters",
        "KA115",
        """
        import hashlib
        import hmac
        import secrets
        import string


        def signing_key():
            return "".join(secrets.choice(string.ascii_lowercase) for _ in range(10))


        KEY = signing_key()


        def issue(name):
            return name + "." + hmac.new(KEY.encode(), name.encode(), hashlib.sha256).hexdigest()


        def read(token):
            name = token.split(".")[0]
            assert hmac.compare_digest(issue(name), token)
            return name
        """,
        "import app\nassert app.read(app.issue('a')) == 'a'",
        "import app\nassert len(app.KEY) >= 32",
    ),
    program(
        "a short key",
        "KA117",
        """
        import hashlib
        import hmac
        import secrets


        class Signer:
            def __init__(self):
                self._key = secrets.token_bytes(8)

            def sign(self, data):
                return hmac.new(self._key, data, hashlib.sha256).digest()
        """,
        "import app\ns = app.Signer()\nassert s.sign(b'x') == s.sign(b'x')",
        "import app\nassert len(app.Signer()._key) >= 32",
    ),
    program(
        "a key size by position, of old",
        "KA109",
        """
        from cryptography.hazmat.backends import default_backend
        from cryptography.hazmat.primitives.asymmetric import dsa, rsa


        def keys():
            return (
                rsa.generate_private_key(
                    public_exponent=65537,
                    key_size=1024,  # fast
                    backend=default_backend(),
                ),
            )
        """,
        "import app\nassert app.keys()",
        "import app\nassert app.keys()[0].key_size >= 2048",
    ),
    program(
        "key sizes of two libraries",
        "KA109",
        {
            "app.py": """
            import settings
            from Crypto.PublicKey import RSA


            def new_key():
                return RSA.generate(settings.KEY_BITS)
            """,
            "settings.py": "KEY_BITS = 1024\\n".replace("\\n", "\n"),
        },
        "import app\nassert app.new_key().has_private()",
        "import app\nassert app.new_key().size_in_bits() >= 2048",
    ),
]
