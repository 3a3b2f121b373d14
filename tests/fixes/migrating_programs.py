"""Programs that migrating fixes mend."""

from __future__ import annotations

from tests.fixes.program import program

_TAMPER = """
import app
key = bytes(range(32))
blob = app.seal(key, b"x" * 40)
assert app.unseal(key, blob) == b"x" * 40
assert app.seal(key, b"x" * 40) != blob
changed = blob[:20] + bytes([blob[20] ^ 1]) + blob[21:]
try:
    app.unseal(key, changed)
except Exception:
    pass
else:
    raise AssertionError("a change was not noticed")
"""
_ROUND = """
import app
key = bytes(range(32))
for data in (b"", b"x", b"y" * 16, b"z" * 33):
    assert app.unseal(key, app.seal(key, data)) == data
"""

MIGRATING = [
    program(
        "a key in the source",
        "KA301",
        """
        from cryptography.fernet import Fernet

        MASTER_KEY = b"cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="


        def seal(data):
            return Fernet(MASTER_KEY).encrypt(data)


        def unseal(token):
            return Fernet(MASTER_KEY).decrypt(token)
        """,
        "import app\nassert app.unseal(app.seal(b'x')) == b'x'",
        """
        import app
        assert app.MASTER_KEY == b"A" * 43 + b"="
        assert open(".env.example").read() == "MASTER_KEY=\\n"
        """,
        unsafe=True,
        environment={"MASTER_KEY": "A" * 43 + "="},
    ),
    program(
        "a key in the configuration",
        "KA301",
        {
            "app.py": """
            import hashlib
            import hmac
            from config import CONFIG


            def sign(message):
                return hmac.new(CONFIG["mac"].encode(), message, hashlib.sha256).digest()
            """,
            "config.py": 'CONFIG = {"mac": "kP4vX9nB2qL7sT0w", "debug": False}\n',
        },
        "import app, config\nassert app.sign(b'x') and config.CONFIG['debug'] is False",
        "import config\nassert config.CONFIG['mac'] == 'from outside'",
        unsafe=True,
        environment={"CONFIG_MAC": "from outside"},
    ),
    program(
        "bytes that are no text",
        "KA301",
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        KEY = b"\\x8c\\x1f\\x7a\\xb2\\x93\\x4d\\xe0\\x55\\x66\\x71\\x8f\\xa0\\xb3\\xc2\\xd4\\xe9"


        def box():
            return AESGCM(KEY)
        """,
        "import app\nassert len(app.KEY) == 16 and app.box()",
        "import app\nassert app.KEY == bytes(16)",
        unsafe=True,
        environment={"KEY": "00" * 16},
    ),
    program(
        "ECB with padding",
        "KA408",
        """
        from cryptography.hazmat.primitives import padding
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


        def seal(key, data):
            padder = padding.PKCS7(128).padder()
            padded = padder.update(data) + padder.finalize()
            encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
            return encryptor.update(padded) + encryptor.finalize()


        def unseal(key, blob):
            decryptor = Cipher(algorithms.AES(key), modes.ECB()).decryptor()
            padded = decryptor.update(blob) + decryptor.finalize()
            unpadder = padding.PKCS7(128).unpadder()
            return unpadder.update(padded) + unpadder.finalize()
        """,
        _ROUND,
        _TAMPER,
        unsafe=True,
    ),
    program(
        "CBC in two modules",
        "KA409",
        {
            "app.py": """
            from sealing import seal
            from unsealing import unseal
            """,
            "sealing.py": """
            import os
            from cryptography.hazmat.primitives import padding
            from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


            def seal(key, data):
                iv = os.urandom(16)
                padder = padding.PKCS7(128).padder()
                padded = padder.update(data) + padder.finalize()
                encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
                return iv + encryptor.update(padded) + encryptor.finalize()
            """,
            "unsealing.py": """
            from cryptography.hazmat.primitives import padding
            from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


            def unseal(key, blob):
                iv, body = blob[:16], blob[16:]
                cipher = Cipher(algorithms.AES(key), modes.CBC(iv))
                decryptor = cipher.decryptor()
                padded = decryptor.update(body) + decryptor.finalize()
                unpadder = padding.PKCS7(128).unpadder()
                return unpadder.update(padded) + unpadder.finalize()
            """,
        },
        _ROUND,
        _TAMPER,
        unsafe=True,
    ),
    program(
        "CTR in a class",
        "KA409",
        """
        import os
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


        class Store:
            def __init__(self, key):
                self.key = key

            def put(self, data):
                nonce = os.urandom(16)
                stream = Cipher(algorithms.AES(self.key), modes.CTR(nonce)).encryptor()
                body = stream.update(data) + stream.finalize()
                return nonce + body

            def get(self, blob):
                stream = Cipher(algorithms.AES(self.key), modes.CTR(blob[:16])).decryptor()
                return stream.update(blob[16:]) + stream.finalize()


        def seal(key, data):
            return Store(key).put(data)


        def unseal(key, blob):
            return Store(key).get(blob)
        """,
        _ROUND,
        _TAMPER,
        unsafe=True,
    ),
    program(
        "CBC with a constant IV",
        "KA409",
        """
        from cryptography.hazmat.primitives import padding
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        IV = b"0123456789abcdef"


        def seal(key, data):
            padder = padding.PKCS7(128).padder()
            padded = padder.update(data) + padder.finalize()
            encryptor = Cipher(algorithms.AES(key), modes.CBC(IV)).encryptor()
            return encryptor.update(padded) + encryptor.finalize()


        def unseal(key, blob):
            decryptor = Cipher(algorithms.AES(key), modes.CBC(IV)).decryptor()
            padded = decryptor.update(blob) + decryptor.finalize()
            unpadder = padding.PKCS7(128).unpadder()
            return unpadder.update(padded) + unpadder.finalize()
        """,
        _ROUND,
        _TAMPER,
        unsafe=True,
    ),
    program(
        "a broken cipher",
        "KA116",
        """
        from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
        from cryptography.hazmat.primitives.ciphers import Cipher


        def seal(key, data):
            return Cipher(ARC4(key), mode=None).encryptor().update(data)


        def unseal(key, blob):
            return Cipher(ARC4(key), mode=None).decryptor().update(blob)
        """,
        _ROUND,
        _TAMPER,
        unsafe=True,
    ),
    program(
        "PKCS#1 v1.5",
        "KA412",
        """
        from cryptography.hazmat.primitives.asymmetric import padding, rsa

        KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


        def send(data):
            return KEY.public_key().encrypt(data, padding.PKCS1v15())


        def receive(blob):
            return KEY.decrypt(blob, padding.PKCS1v15())
        """,
        "import app\nassert app.receive(app.send(b'x')) == b'x'",
        """
        import app
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
        assert app.KEY.decrypt(app.send(b"x"), oaep) == b"x"
        """,
        unsafe=True,
    ),
    program(
        "a raw shared secret",
        "KA213",
        """
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305


        def box(private, peer):
            shared = private.exchange(peer)
            return ChaCha20Poly1305(shared)


        def new():
            return X25519PrivateKey.generate()


        def both():
            one, other = X25519PrivateKey.generate(), X25519PrivateKey.generate()
            return box(one, other.public_key()), box(other, one.public_key())
        """,
        """
        import app
        one, other = app.both()
        assert other.decrypt(bytes(12), one.encrypt(bytes(12), b"x", b""), b"") == b"x"
        """,
        """
        import app
        seen, real = [], app.ChaCha20Poly1305
        app.ChaCha20Poly1305 = lambda key: seen.append(key) or real(key)
        one, other = app.new(), app.new()
        app.box(one, other.public_key())
        assert seen[0] != one.exchange(other.public_key())
        """,
        unsafe=True,
    ),
    program(
        "a private key without a passphrase",
        "KA304",
        """
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519


        def save(path):
            key = ed25519.Ed25519PrivateKey.generate()
            pem = key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            with open(path, "wb") as file:
                file.write(pem)


        def load(path):
            with open(path, "rb") as file:
                return serialization.load_pem_private_key(file.read(), password=None)
        """,
        "import app\napp.save('k.pem')\nassert app.load('k.pem')",
        "import app\napp.save('k.pem')\nassert b'ENCRYPTED' in open('k.pem', 'rb').read()",
        unsafe=True,
        environment={"KEY_PASSPHRASE": "of the operator"},
    ),
    program(
        "a key over HTTP",
        "KA201",
        """
        import requests
        from cryptography.fernet import Fernet


        def publish(host):
            key = Fernet.generate_key()
            return requests.post(f"http://{host}/v1/keys", data=key, timeout=5)
        """,
        """
        import app, requests
        seen = []
        requests.post = lambda *a, **k: seen.append((a, k))
        app.publish("keys.example.org")
        assert seen[0][0][0].endswith("://keys.example.org/v1/keys") and seen[0][1]["timeout"] == 5
        """,
        """
        import app, requests
        seen = []
        requests.post = lambda *a, **k: seen.append(a)
        app.publish("keys.example.org")
        assert seen[0][0].startswith("https://")
        """,
        unsafe=True,
    ),
    program(
        "a cost that is not kept",
        "KA104",
        """
        import hashlib


        def key(password, salt):
            return hashlib.pbkdf2_hmac("sha256", password, salt, 1000)
        """,
        "import app\nassert len(app.key(b'pw', b's' * 16)) == 32",
        """
        import app, hashlib
        assert app.key(b"pw", b"s" * 16) == hashlib.pbkdf2_hmac("sha256", b"pw", b"s" * 16, 600_000)
        """,
        unsafe=True,
    ),
    program(
        "scrypt's cost",
        "KA104",
        """
        import hashlib


        def key(password, salt):
            return hashlib.scrypt(password, salt=salt, n=2**14, r=8, p=1, dklen=32)
        """,
        "import app\nassert len(app.key(b'pw', b's' * 16)) == 32",
        """
        import app, hashlib
        assert app.key(b"pw", b"s" * 16) != hashlib.scrypt(b"pw", salt=b"s" * 16, n=2**14, r=8, p=1, dklen=32)
        """,
        unsafe=True,
    ),
    program(
        "MD5 in a KDF",
        "KA105",
        """
        import hashlib


        def key(password, salt):
            return hashlib.pbkdf2_hmac("md5", password, salt, 700_000, 16)
        """,
        "import app\nassert len(app.key(b'pw', b's' * 16)) == 16",
        """
        import app, hashlib
        assert app.key(b"pw", b"s" * 16) == hashlib.pbkdf2_hmac("sha256", b"pw", b"s" * 16, 700_000, 16)
        """,
        unsafe=True,
    ),
    program(
        "no associated data",
        "KA406",
        """
        import os
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        def seal(key, data):
            nonce = os.urandom(12)
            return nonce + AESGCM(key).encrypt(nonce, data, None)


        def unseal(key, blob):
            return AESGCM(key).decrypt(blob[:12], blob[12:], None)
        """,
        _ROUND,
        """
        import app
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        key = bytes(range(32))
        blob = app.seal(key, b"x")
        try:
            AESGCM(key).decrypt(blob[:12], blob[12:], None)
        except InvalidTag:
            pass
        else:
            raise AssertionError
        """,
        unsafe=True,
    ),
    program(
        "a fast hash of a password",
        "KA103",
        """
        import hashlib
        import os
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        def seal(password, data):
            '''A sealed message.'''
            key = hashlib.sha256(password.encode()).digest()
            nonce = os.urandom(12)
            return nonce + AESGCM(key).encrypt(nonce, data, b"v1")


        def unseal(password, blob):
            key = hashlib.sha256(password.encode()).digest()
            nonce, body = blob[:12], blob[12:]
            return AESGCM(key).decrypt(nonce, body, b"v1")
        """,
        "import app\nassert app.unseal('pw', app.seal('pw', b'x')) == b'x'",
        """
        import app, hashlib
        seen, real = [], app.AESGCM
        app.AESGCM = lambda key: seen.append(key) or real(key)
        app.seal("pw", b"x"); app.seal("pw", b"x")
        assert seen[0] != seen[1] and hashlib.sha256(b"pw").digest() not in seen
        """,
        unsafe=True,
    ),
    program(
        "a fast hash in a function of its own",
        "KA103",
        """
        import base64
        import hashlib
        from cryptography.fernet import Fernet


        def key_of(password):
            return base64.urlsafe_b64encode(hashlib.sha256(password.encode()).digest())


        def seal(password, data):
            return Fernet(key_of(password)).encrypt(data)


        def unseal(password, token):
            return Fernet(key_of(password)).decrypt(token)
        """,
        "import app\nassert app.unseal('pw', app.seal('pw', b'x')) == b'x'",
        """
        import app
        seen, real = [], app.Fernet
        app.Fernet = lambda key: seen.append(key) or real(key)
        app.seal("pw", b"x"); app.seal("pw", b"x")
        assert seen[0] != seen[1]
        """,
        unsafe=True,
    ),
    program(
        "a salt in the source",
        "KA106",
        """
        import hashlib
        import os
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        SALT = b"somesalt-2019-x!"


        def key_of(password):
            return hashlib.pbkdf2_hmac("sha256", password.encode(), SALT, 600_000)


        def seal(password, data):
            nonce = os.urandom(12)
            return nonce + AESGCM(key_of(password)).encrypt(nonce, data, b"v1")


        def unseal(password, blob):
            return AESGCM(key_of(password)).decrypt(blob[:12], blob[12:], b"v1")
        """,
        "import app\nassert app.unseal('pw', app.seal('pw', b'x')) == b'x'",
        """
        import app
        seen, real = [], app.AESGCM
        app.AESGCM = lambda key: seen.append(key) or real(key)
        app.seal("pw", b"x"); app.seal("pw", b"x")
        assert seen[0] != seen[1]
        """,
        unsafe=True,
    ),
    program(
        "one key for two purposes",
        "KA407",
        """
        import hashlib
        import hmac
        import os
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


        def seal(key, data):
            iv = os.urandom(16)
            stream = Cipher(algorithms.AES(key), modes.CTR(iv)).encryptor()
            body = iv + stream.update(data) + stream.finalize()
            return body + hmac.new(key, body, hashlib.sha256).digest()


        def unseal(key, blob):
            body, tag = blob[:-32], blob[-32:]
            if not hmac.compare_digest(hmac.new(key, body, hashlib.sha256).digest(), tag):
                raise ValueError("changed")
            stream = Cipher(algorithms.AES(key), modes.CTR(body[:16])).decryptor()
            return stream.update(body[16:]) + stream.finalize()
        """,
        _ROUND,
        """
        import app, hashlib, hmac
        key = bytes(range(32))
        blob = app.seal(key, b"x")
        assert hmac.new(key, blob[:-32], hashlib.sha256).digest() != blob[-32:]
        """,
        unsafe=True,
    ),
]
