"""Programs that encrypt, in shapes beyond the plainest, and what is kept of keys."""

from __future__ import annotations

from tests.fixes.program import program

_ROUND = """
import app
key = bytes(range(32))
for data in (b"", b"x", b"y" * 16, bytes(1000)):
    assert app.unseal(key, app.seal(key, data)) == data
"""
_TAMPER = """
import app
key = bytes(range(32))
blob = app.seal(key, b"a message of some length, longer than a block")
for place in (0, len(blob) // 2, len(blob) - 1):
    changed = bytearray(blob)
    changed[place] ^= 1
    try:
        app.unseal(key, bytes(changed))
    except Exception:
        continue
    raise AssertionError("it was changed, and read")
"""

SEALING = [
    program(
        "PyCryptodome's CBC with pad",
        "KA409",
        """
        from Crypto.Cipher import AES
        from Crypto.Random import get_random_bytes
        from Crypto.Util.Padding import pad, unpad


        def seal(key, data):
            iv = get_random_bytes(AES.block_size)
            cipher = AES.new(key, AES.MODE_CBC, iv)
            return iv + cipher.encrypt(pad(data, AES.block_size))


        def unseal(key, blob):
            cipher = AES.new(key, AES.MODE_CBC, blob[:AES.block_size])
            return unpad(cipher.decrypt(blob[AES.block_size:]), AES.block_size)
        """,
        _ROUND,
        _TAMPER,
        unsafe=True,
    ),
    program(
        "PyCryptodome draws the IV",
        "KA409",
        """
        import base64
        from Crypto.Cipher import AES
        from Crypto.Util.Padding import pad, unpad


        def seal(key, data):
            cipher = AES.new(key, AES.MODE_CBC)
            body = cipher.encrypt(pad(data, 16))
            return base64.b64encode(cipher.iv + body)


        def unseal(key, text):
            blob = base64.b64decode(text)
            cipher = AES.new(key, AES.MODE_CBC, blob[:16])
            return unpad(cipher.decrypt(blob[16:]), 16)
        """,
        _ROUND,
        """
        import app, base64
        key = bytes(range(32))
        blob = bytearray(base64.b64decode(app.seal(key, b"a message of some length")))
        blob[20] ^= 1
        try:
            app.unseal(key, base64.b64encode(bytes(blob)))
        except ValueError:
            pass
        else:
            raise AssertionError("it was changed, and read")
        """,
        unsafe=True,
    ),
    program(
        "ECB in one expression",
        "KA408",
        """
        from Crypto.Cipher import AES
        from Crypto.Util.Padding import pad, unpad


        class Vault:
            @staticmethod
            def seal(key: bytes, data: bytes) -> bytes:
                return AES.new(key, AES.MODE_ECB).encrypt(pad(data, AES.block_size))

            @classmethod
            def unseal(cls, key: bytes, blob: bytes) -> bytes:
                return unpad(AES.new(key, AES.MODE_ECB).decrypt(blob), AES.block_size)


        seal, unseal = Vault.seal, Vault.unseal
        """,
        _ROUND,
        _TAMPER,
        unsafe=True,
    ),
    program(
        "CFB, with names of its own",
        "KA409",
        """
        import os as _os
        from cryptography.hazmat.primitives.ciphers import (
            Cipher as C,
            algorithms as algos,
            modes as m,
        )

        AESGCM = "a name that is taken"


        def seal(key, data):
            \"\"\"Seal it.\"\"\"
            nonce = _os.urandom(16)
            e = C(algos.AES(key), m.CFB(nonce)).encryptor()
            return b"".join((nonce, e.update(data) + e.finalize()))


        def unseal(key, blob):
            d = C(algos.AES(key), m.CFB(blob[:16])).decryptor()
            return d.update(blob[16:]) + d.finalize()
        """,
        _ROUND + "assert app.AESGCM == 'a name that is taken'\n",
        _TAMPER,
        unsafe=True,
    ),
    program(
        "three modules",
        "KA408",
        {
            "app.py": """
            from pkg.read import unseal
            from pkg.write import seal
            """,
            "pkg/__init__.py": "",
            "pkg/write.py": """
            from Crypto.Cipher import AES
            from Crypto.Util.Padding import pad


            def seal(key, data):
                return AES.new(key, AES.MODE_ECB).encrypt(pad(data, 16))
            """,
            "pkg/read.py": """
            from Crypto.Cipher import AES
            from Crypto.Util.Padding import unpad


            def unseal(key, blob):
                return unpad(AES.new(key, AES.MODE_ECB).decrypt(blob), 16)
            """,
        },
        _ROUND,
        _TAMPER,
        unsafe=True,
    ),
    program(
        "triple DES with a key of its own length",
        "KA116",
        """
        import os
        from Crypto.Cipher import DES3
        from Crypto.Util.Padding import pad, unpad


        def seal(key, data):
            iv = os.urandom(8)
            return iv + DES3.new(key[:24], DES3.MODE_CBC, iv).encrypt(pad(data, 8))


        def unseal(key, blob):
            return unpad(DES3.new(key[:24], DES3.MODE_CBC, blob[:8]).decrypt(blob[8:]), 8)
        """,
        _ROUND,
        _TAMPER,
        unsafe=True,
    ),
    program(
        "an asynchronous store in CTR",
        "KA409",
        """
        import asyncio
        import os

        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


        class Store:
            def __init__(self, key: bytes) -> None:
                self._key = key

            async def put(self, data: bytes) -> bytes:
                await asyncio.sleep(0)
                nonce = os.urandom(16)
                cipher = Cipher(algorithms.AES(self._key), modes.CTR(nonce))
                encryptor = cipher.encryptor()
                return nonce + encryptor.update(data) + encryptor.finalize()

            async def get(self, blob: bytes) -> bytes:
                nonce, body = blob[:16], blob[16:]
                cipher = Cipher(algorithms.AES(self._key), modes.CTR(nonce))
                decryptor = cipher.decryptor()
                return decryptor.update(body) + decryptor.finalize()


        def seal(key, data):
            return asyncio.run(Store(key).put(data))


        def unseal(key, blob):
            return asyncio.run(Store(key).get(blob))
        """,
        _ROUND,
        _TAMPER,
        unsafe=True,
    ),
    program(
        "OAEP by PyCryptodome",
        "KA412",
        """
        from Crypto.Cipher import PKCS1_v1_5
        from Crypto.PublicKey import RSA

        KEY = RSA.generate(2048)


        def send(data):
            return PKCS1_v1_5.new(KEY.publickey()).encrypt(data)


        def receive(blob):
            return PKCS1_v1_5.new(KEY).decrypt(blob, None)
        """,
        "import app\nassert app.receive(app.send(b'x')) == b'x'",
        "import app\nfrom Crypto.Cipher import PKCS1_OAEP\nassert app.receive(app.send(b'x')) == b'x' and PKCS1_OAEP.new(app.KEY, __import__('Crypto.Hash.SHA256').Hash.SHA256).decrypt(app.send(b'x')) == b'x'",
        unsafe=True,
    ),
    program(
        "associated data in two modules",
        "KA406",
        {
            "app.py": """
            from reading import unseal
            from writing import seal
            """,
            "reading.py": """
            from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305


            def unseal(key, blob):
                return ChaCha20Poly1305(key).decrypt(blob[:12], blob[12:], None)
            """,
            "writing.py": """
            import os
            from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305


            def seal(key, data):
                nonce = os.urandom(12)
                return nonce + ChaCha20Poly1305(key).encrypt(nonce, data, associated_data=None)
            """,
        },
        _ROUND,
        """
        import app
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
        key = bytes(range(32))
        blob = app.seal(key, b"x")
        try:
            ChaCha20Poly1305(key).decrypt(blob[:12], blob[12:], None)
        except InvalidTag:
            pass
        else:
            raise AssertionError
        """,
        unsafe=True,
    ),
    program(
        "a key in a mapping",
        "KA301",
        """
        from typing import Final

        from cryptography.fernet import Fernet

        SETTINGS: Final = {
            "name": "app",
            "fernetKey": b"Zm9vYmFyYmF6cXV4cXV1eGNvcmdlZ3JhdWx0Z2FycGw=",  # of 2019
        }


        def box():
            return Fernet(SETTINGS["fernetKey"])
        """,
        "import app\nassert app.box() and app.SETTINGS['name'] == 'app'",
        "import app\nassert app.SETTINGS['fernetKey'] == b'kGZ6kmMpoMZmKCzdGS28Y1Cw0jbsN6pOTFcBZrJH5wQ='",
        unsafe=True,
        environment={"SETTINGS_FERNET_KEY": "kGZ6kmMpoMZmKCzdGS28Y1Cw0jbsN6pOTFcBZrJH5wQ="},
    ),
    program(
        "a key as a default of a dataclass",
        "KA301",
        """
        import hashlib
        import hmac
        from dataclasses import dataclass


        @dataclass
        class Signer:
            signing_key: str = "q8Zr5vLw2Xn9Tb4Yk7Hc3Mf6Pj1Gd0Sa"

            def sign(self, data: bytes) -> str:
                return hmac.new(self.signing_key.encode(), data, hashlib.sha256).hexdigest()
        """,
        "import app\nassert app.Signer().sign(b'x') and app.Signer('other').signing_key == 'other'",
        "import app\nassert app.Signer().signing_key == 'of the operator'",
        unsafe=True,
        environment={"SIGNING_KEY": "of the operator"},
    ),
    program(
        "a key in a call",
        "KA301",
        """
        import hashlib
        import hmac


        def sign(data):
            return hmac.new("q8Zr5vLw2Xn9Tb4Yk7Hc3Mf6Pj1Gd0Sa".encode("utf-8"), data, hashlib.sha256).digest()
        """,
        "import app\nassert len(app.sign(b'x')) == 32",
        "import app, hashlib, hmac\nassert app.sign(b'x') == hmac.new(b'of the operator', b'x', hashlib.sha256).digest()",
        unsafe=True,
        environment={"HMAC_KEY": "of the operator"},
    ),
    program(
        "credentials of a service",
        "KA302",
        """
        def connect(boto3, region="eu-west-1"):
            return boto3.Session(
                region_name=region,
                aws_access_key_id="AKIAQ7MZ2XW5VLRT9CBD",
                aws_secret_access_key="t0Kx9vQ2mB7Lr4WzY8sDcNf3HgJp6AeUi1RqXoVy",  # of the build
            )
        """,
        "import app\nassert app.connect(type('B', (), {'Session': lambda **k: k}))['region_name'] == 'eu-west-1'",
        "import app\nassert app.connect(type('B', (), {'Session': lambda **k: k}))['aws_access_key_id'] == 'of the operator'",
        unsafe=True,
        environment={"AWS_ACCESS_KEY_ID": "of the operator", "AWS_SECRET_ACCESS_KEY": "s"},
    ),
    program(
        "a shared secret of a curve",
        "KA213",
        """
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        class Peer:
            def __init__(self):
                self.private = ec.generate_private_key(ec.SECP256R1())

            def box(self, other):
                secret = self.private.exchange(ec.ECDH(), other.private.public_key())
                return AESGCM(secret)
        """,
        """
        import app
        one, other = app.Peer(), app.Peer()
        blob = one.box(other).encrypt(bytes(12), b"x", b"")
        assert other.box(one).decrypt(bytes(12), blob, b"") == b"x"
        """,
        """
        import app
        from cryptography.hazmat.primitives.asymmetric import ec
        seen, real = [], app.AESGCM
        app.AESGCM = lambda key: seen.append(key) or real(key)
        one, other = app.Peer(), app.Peer()
        one.box(other)
        assert seen[0] != one.private.exchange(ec.ECDH(), other.private.public_key())
        """,
        unsafe=True,
    ),
    program(
        "a salt that is empty",
        "KA106",
        """
        import os
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC


        class Safe:
            def _key(self, password: str) -> bytes:
                kdf = PBKDF2HMAC(hashes.SHA256(), 32, b"safe-salt-000001", 700_000)
                return kdf.derive(password.encode())

            def seal(self, password: str, data: bytes) -> bytes:
                nonce = os.urandom(12)
                return nonce + AESGCM(self._key(password)).encrypt(nonce, data, b"safe")

            def unseal(self, password: str, blob: bytes) -> bytes:
                return AESGCM(self._key(password)).decrypt(blob[:12], blob[12:], b"safe")
        """,
        "import app\ns = app.Safe()\nassert s.unseal('pw', s.seal('pw', b'x')) == b'x'",
        """
        import app
        seen, real = [], app.AESGCM
        app.AESGCM = lambda key: seen.append(key) or real(key)
        app.Safe().seal("pw", b"x"); app.Safe().seal("pw", b"x")
        assert seen[0] != seen[1]
        """,
        unsafe=True,
    ),
    # -- the end of a key
    program(
        "a wipe behind two statements",
        "KA706",
        """
        import os
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        def seal(data):
            key = bytearray(os.urandom(32))
            kept.append(key)
            blob = AESGCM(key).encrypt(bytes(12), data, b"v1")
            check(blob)
            for index in range(len(key)):
                key[index] = 0
            return blob


        kept = []


        def check(blob):
            if len(blob) < 20:
                raise ValueError("too short")
        """,
        "import app\nassert app.seal(b'four or more')",
        """
        import app
        try:
            app.seal(b"x")
        except ValueError:
            pass
        assert bytes(app.kept[-1]) == bytes(32)
        """,
    ),
    program(
        "a key that a method forgets",
        "KA702",
        """
        import hashlib
        import hmac
        import os


        class Signer:
            def __init__(self):
                self._key = os.urandom(32)

            def sign(self, data):
                return hmac.new(self._key, data, hashlib.sha256).digest()

            def close(self):
                self._key = b"\\x00" * 32
        """,
        "import app\ns = app.Signer()\nassert s.sign(b'x') == s.sign(b'x')\ns.close()",
        "import app\ns = app.Signer()\nheld = s._key\ns.close()\nassert bytes(held) == bytes(32)",
    ),
    program(
        "a Fernet key of a file",
        "KA503",
        """
        from pathlib import Path

        from cryptography.fernet import Fernet


        def box(path="fernet.key"):
            return Fernet(Path(path).read_bytes())


        def seal(data):
            return box().encrypt(data)


        def unseal(token):
            return box().decrypt(token)
        """,
        """
        from cryptography.fernet import Fernet
        open("fernet.key", "wb").write(Fernet.generate_key())
        import app
        assert app.unseal(app.seal(b"x")) == b"x"
        """,
        """
        from cryptography.fernet import Fernet
        old, new = Fernet.generate_key(), Fernet.generate_key()
        open("fernet.key", "wb").write(old)
        import app
        token = app.seal(b"x")
        open("fernet.key", "wb").write(new + b"," + old)
        assert app.unseal(token) == b"x" and Fernet(new).decrypt(app.seal(b"y")) == b"y"
        """,
    ),
    program(
        "a password as a key",
        "KA114",
        """
        import os
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        def seal(password: str, data: bytes) -> bytes:
            nonce = os.urandom(12)
            box = AESGCM(password.encode().ljust(32, b"0")[:32])
            return nonce + box.encrypt(nonce, data, b"v1")


        def unseal(password: str, blob: bytes) -> bytes:
            box = AESGCM(password.encode().ljust(32, b"0")[:32])
            return box.decrypt(blob[:12], blob[12:], b"v1")
        """,
        "import app\nassert app.unseal('pw', app.seal('pw', b'x')) == b'x'",
        """
        import app
        seen, real = [], app.AESGCM
        app.AESGCM = lambda key: seen.append(key) or real(key)
        app.seal("pw", b"x"); app.seal("pw", b"x")
        assert seen[0] != seen[1] and not seen[0].startswith(b"pw")
        """,
        unsafe=True,
    ),
    program(
        "a password as a Fernet key",
        "KA114",
        """
        import base64
        from cryptography.fernet import Fernet


        class Notes:
            def seal(self, password, text):
                key = base64.urlsafe_b64encode(password.ljust(32)[:32].encode())
                return Fernet(key).encrypt(text.encode())

            def unseal(self, password, token):
                key = base64.urlsafe_b64encode(password.ljust(32)[:32].encode())
                return Fernet(key).decrypt(token).decode()
        """,
        "import app\nn = app.Notes()\nassert n.unseal('pw', n.seal('pw', 'x')) == 'x'",
        """
        import app
        seen, real = [], app.Fernet
        app.Fernet = lambda key: seen.append(key) or real(key)
        app.Notes().seal("pw", "x"); app.Notes().seal("pw", "x")
        assert seen[0] != seen[1]
        """,
        unsafe=True,
    ),
]
