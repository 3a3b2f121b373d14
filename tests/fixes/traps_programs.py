"""Programs that must be left as they are, each for a reason."""

from __future__ import annotations

from textwrap import dedent

TRAPS: dict[str, tuple[str, str]] = {
    "the same key is drawn again from a seed": (
        "KA101",
        """
        import random
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        def key_of(password):
            random.seed(password)
            return random.randbytes(32)

        def open_box(password, nonce, blob):
            return AESGCM(key_of(password)).decrypt(nonce, blob, b"v1")
        """,
    ),
    "the same key is drawn again from a constant": (
        "KA101",
        """
        import random
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        random.seed(99)
        KEY = random.randbytes(32)

        def unseal(nonce, blob):
            return AESGCM(KEY).decrypt(nonce, blob, b"v1")
        """,
    ),
    "what is hashed is kept": (
        "KA102",
        """
        import hashlib
        import time
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        def seal(nonce, data):
            stamp = str(time.time())
            key = hashlib.sha256(stamp.encode()).digest()
            return stamp, AESGCM(key).encrypt(nonce, data, b"v1")
        """,
    ),
    "a key of the day": (
        "KA102",
        """
        import datetime
        import hashlib
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        def box():
            day = datetime.date.today().isoformat()
            return AESGCM(hashlib.sha256(day.encode()).digest())
        """,
    ),
    "a module of the project has the name": (
        "KA101",
        """
        import random
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        def box():
            return AESGCM(random.randbytes(32))
        """,
    ),
    "ciphertexts have a known length": (
        "KA109",
        """
        from cryptography.hazmat.primitives.asymmetric import rsa

        def new_key():
            return rsa.generate_private_key(65537, 1024)

        def split(message):
            return message[:128], message[128:]
        """,
    ),
    "a size that serves for other things": (
        "KA109",
        """
        from cryptography.hazmat.primitives.asymmetric import rsa

        BITS = 1024

        def new_key():
            return rsa.generate_private_key(65537, BITS)

        def size():
            return BITS // 8
        """,
    ),
    "the curve that peers agree on": (
        "KA110",
        """
        from cryptography.hazmat.primitives.asymmetric import ec

        def agree(peer):
            return ec.generate_private_key(ec.SECP192R1()).exchange(ec.ECDH(), peer)
        """,
    ),
    "types that nobody knows": (
        "KA413",
        """
        import hashlib, hmac
        from codecs import lookup

        def valid(key, body, given, encode):
            return encode(hmac.new(key, body, hashlib.sha256).digest()) == encode(given)
        """,
    ),
    "a chain of comparisons": (
        "KA413",
        """
        import hashlib, hmac

        def same(key, body, one, other):
            return hmac.new(key, body, hashlib.sha256).digest() == one == other
        """,
    ),
    "the operator switches it off": (
        "KA204",
        """
        import ssl

        class Client:
            def __init__(self, insecure):
                self.context = ssl.create_default_context()
                if insecure:
                    self.context.check_hostname = False
                    self.context.verify_mode = ssl.CERT_NONE
        """,
    ),
    "callers decide": (
        "KA204",
        """
        import requests

        def fetch(url, verify=False):
            return requests.get(url, verify=verify)
        """,
    ),
    "to show the key is what it is for": (
        "KA402",
        """
        from cryptography.fernet import Fernet

        def main():
            key = Fernet.generate_key()
            print("FERNET_KEY=" + key.decode())
        """,
    ),
    "a number in the message": (
        "KA401",
        """
        import logging, os
        from cryptography.fernet import Fernet

        KEY = os.environ["FERNET_KEY"]

        def load():
            logging.info("key %d", KEY)
            return Fernet(KEY)
        """,
    ),
    "the nonce is found elsewhere": (
        "KA403",
        """
        import os
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        class Box:
            def __init__(self, key):
                self.key, self.nonce = key, os.urandom(12)

            def seal(self, data):
                return self.nonce + AESGCM(self.key).encrypt(self.nonce, data, b"v1")

            def unseal(self, blob):
                return AESGCM(self.key).decrypt(self.nonce, blob[12:], b"v1")
        """,
    ),
    "the nonce goes nowhere": (
        "KA403",
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        NONCE = b"\\x00" * 12

        def seal(key, data):
            return AESGCM(key).encrypt(NONCE, data, b"v1")
        """,
    ),
    "one nonce for all chunks": (
        "KA403",
        """
        import os
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        def seal_all(key, chunks):
            nonce = os.urandom(12)
            sealed = []
            for chunk in chunks:
                sealed.append(ChaCha20Poly1305(key).encrypt(nonce, chunk, b"x"))
            return nonce, sealed
        """,
    ),
    "a nonce made of a time that is kept": (
        "KA404",
        """
        import time
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        def seal(key, data):
            stamp = time.time_ns()
            return stamp, AESGCM(key).encrypt(stamp.to_bytes(12, "big"), data, b"v1")
        """,
    ),
    "an IV made of the key": (
        "KA404",
        """
        import hashlib
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        def cipher(password, salt):
            key = hashlib.pbkdf2_hmac("sha256", password, salt, 600_000)
            iv = hashlib.md5(key).digest()
            return Cipher(algorithms.AES(key), modes.CBC(iv))
        """,
    ),
    "a salt that is cut off by its length": (
        "KA107",
        """
        import hashlib, os

        def record(password):
            salt = os.urandom(8)
            return salt + hashlib.pbkdf2_hmac("sha256", password, salt, 600_000)

        def salt_of(record):
            return record[:8]
        """,
    ),
    "a key in the format of others": (
        "KA408",
        """
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        def read(key, blob):
            decryptor = Cipher(algorithms.AES(key), modes.ECB()).decryptor()
            return decryptor.update(blob) + decryptor.finalize()
        """,
    ),
    "a cipher for a stream": (
        "KA409",
        """
        import os
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        def pump(key, source, sink):
            iv = os.urandom(16)
            sink.write(iv)
            encryptor = Cipher(algorithms.AES(key), modes.CTR(iv)).encryptor()
            for chunk in source:
                sink.write(encryptor.update(chunk))
            sink.write(encryptor.finalize())

        def unseal(key, blob):
            decryptor = Cipher(algorithms.AES(key), modes.CTR(blob[:16])).decryptor()
            return decryptor.update(blob[16:]) + decryptor.finalize()
        """,
    ),
    "errors of the old cipher": (
        "KA409",
        """
        import os
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        def seal(key, data):
            iv = os.urandom(16)
            encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
            return iv + encryptor.update(data) + encryptor.finalize()

        def unseal(key, blob):
            try:
                decryptor = Cipher(algorithms.AES(key), modes.CBC(blob[:16])).decryptor()
                return decryptor.update(blob[16:]) + decryptor.finalize()
            except ValueError:
                return None
        """,
    ),
    "one end of the encryption": (
        "KA412",
        """
        from cryptography.hazmat.primitives.asymmetric import padding, rsa

        def send(key: rsa.RSAPublicKey, data):
            return key.encrypt(data, padding.PKCS1v15())
        """,
    ),
    "one end of the context": (
        "KA405",
        """
        import boto3

        def seal(key_id, data):
            return boto3.client("kms").encrypt(KeyId=key_id, Plaintext=data)["CiphertextBlob"]
        """,
    ),
    "the context that is there already": (
        "KA405",
        """
        import boto3

        kms = boto3.client("kms")

        def seal(key_id, data):
            return kms.encrypt(KeyId=key_id, Plaintext=data)["CiphertextBlob"]

        def unseal(blob, user):
            return kms.decrypt(CiphertextBlob=blob, EncryptionContext={"user": user})["Plaintext"]
        """,
    ),
    "a key that cannot rotate": (
        "KA501",
        """
        import boto3

        def new_key():
            return boto3.client("kms").create_key(KeySpec="RSA_3072", KeyUsage="SIGN_VERIFY")
        """,
    ),
    "the name is needed at once": (
        "KA711",
        """
        import boto3

        client = boto3.client("secretsmanager")

        def renew(name, value):
            client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
            client.create_secret(Name=name, SecretString=value)
        """,
    ),
    "a key that is meant to stay on": (
        "KA602",
        """
        import boto3

        def reactivate(key_id):
            client = boto3.client("kms")
            client.enable_key(KeyId=key_id)
            return {"key": key_id, "state": "enabled"}
        """,
    ),
    "a cipher that outlives the function": (
        "KA701",
        """
        import hashlib
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        def encryptor(password, salt, nonce):
            key = bytearray(hashlib.pbkdf2_hmac("sha256", password, salt, 600_000))
            made = Cipher(algorithms.AES(key), modes.GCM(nonce))
            return made.encryptor()
        """,
    ),
    "a key that must be bytes": (
        "KA702",
        """
        from nacl.signing import SigningKey

        class Keys:
            def __init__(self, seed):
                self.privkey = seed

            def sign(self, message):
                return SigningKey(self.privkey).sign(message)

            def lock(self):
                self.privkey = b"\\x00" * 32
        """,
    ),
    "who asks for the key needs bytes": (
        "KA707",
        """
        import base64
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        class DataKey:
            def __init__(self, data):
                self._key = bytearray(data)

            def raw(self):
                return bytes(self._key)

            def close(self):
                self._key[:] = bytes(len(self._key))

        def shown(data_key):
            return AESGCM, base64.b64encode(data_key.raw()).decode()
        """,
    ),
    "only a look at the token": (
        "KA411",
        """
        import jwt

        def issuer(token):
            return jwt.decode(token, options={"verify_signature": False})["iss"]
        """,
    ),
    "a secret among other text": (
        "KA302",
        """
        URL = "postgresql://shop:n7Kq2xVw9LzT@db.shop.acme-corp.com/shop"
        """,
    ),
    "a suppression": (
        "KA204",
        """
        import requests

        def probe(url):
            return requests.get(url, verify=False)  # keyaudit: ignore[KA204] of a lab device
        """,
    ),
    "an exchange of which parts are taken": (
        "KA213",
        """
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        def boxes(private: X25519PrivateKey, peer):
            shared = private.exchange(peer)
            return AESGCM(shared[:16]), AESGCM(shared[16:])
        """,
    ),
    "a server on the same machine": (
        "KA201",
        """
        import requests
        from cryptography.fernet import Fernet

        def hand_over():
            key = Fernet.generate_key()
            return requests.post("http://localhost:8200/v1/keys", data=key)
        """,
    ),
}
TRAPS = {name: (rule, dedent(text).lstrip("\n")) for name, (rule, text) in TRAPS.items()}
