"""Programs about what happens to a key, in every kind of place where statements stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import dedent, indent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.accuracy.measure import Program

# `BODY` stands for the statements, `NAME` for the function's name.
PLACES = {
    "function": "def NAME(key_id, data, kek, path, password, salt):\nBODY",
    "method": (
        "class Keys:\n    def NAME(self, key_id, data, kek, path, password, salt):\n    BODY"
    ),
    "static method": (
        "class Keys:\n    @staticmethod\n"
        "    def NAME(key_id, data, kek, path, password, salt):\n    BODY"
    ),
    "async function": "async def NAME(key_id, data, kek, path, password, salt):\nBODY",
    "nested function": (
        "def outer():\n    def NAME(key_id, data, kek, path, password, salt):\n    BODY\n"
        "    return NAME"
    ),
    "branch": (
        "def NAME(key_id, data, kek, path, password, salt, really=True):\n    if really:\n    BODY"
    ),
    "decorated": (
        "import functools\n@functools.wraps(print)\n"
        "def NAME(key_id, data, kek, path, password, salt):\nBODY"
    ),
    "keyword-only": "def NAME(*, key_id=None, data=b'', kek=None, path='', password, salt):\nBODY",
}


@dataclass(frozen=True)
class Life:
    """Statements that break a rule, and statements that do not; `name` names their function."""

    rule: str
    library: str
    imports: str
    bad: tuple[str, ...]
    good: tuple[str, ...]
    name: str = "process"
    also: frozenset[str] = frozenset()


_BOTO = (
    "import boto3, logging, os\nkms = boto3.client('kms')\nsecrets = boto3.client('secretsmanager')"
)
_AES = (
    "import os, hmac, hashlib, sqlite3\n"
    "from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes\n"
    "from cryptography.hazmat.primitives.ciphers.aead import AESGCM\n"
    "from cryptography.fernet import Fernet"
)
_PLAIN = "import os\nfrom cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes"
_CRYPTO = (
    "import os\nfrom Crypto.Cipher import AES, DES, ARC4, PKCS1_v1_5, PKCS1_OAEP\n"
    "from Crypto.Random import get_random_bytes"
)
_FILES = "import os, pathlib, shutil"
_JWT = "import jwt"
_EXCHANGE = (
    "import socket\nfrom cryptography.hazmat.primitives import hashes, serialization\n"
    "from cryptography.hazmat.primitives.asymmetric import padding, rsa\n"
    "from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey\n"
    "from cryptography.hazmat.primitives.kdf.hkdf import HKDF\n"
    "from cryptography.hazmat.primitives.ciphers.aead import AESGCM\n"
    "from cryptography.fernet import Fernet"
)

LIVES = [
    Life("KA413", "hashlib", _AES,
         ("mac = hmac.new(kek, data, hashlib.sha256).digest()\nreturn mac == path",
          "if hmac.new(kek, data, 'sha256').hexdigest() != path:\n    raise ValueError",
          "tag = hmac.new(kek, b'', 'sha256')\ntag.update(data)\nreturn path == tag.hexdigest()"),
         ("mac = hmac.new(kek, data, hashlib.sha256).digest()\nreturn hmac.compare_digest(mac, path)",
          "return hashlib.sha256(data).hexdigest() == path")),
    Life("KA213", "pyca/cryptography", _EXCHANGE,
         ("shared = X25519PrivateKey.generate().exchange(kek)\nreturn AESGCM(shared)",
          "mine = X25519PrivateKey.generate()\nreturn AESGCM(key=mine.exchange(kek)[:16])"),
         ("shared = X25519PrivateKey.generate().exchange(kek)\n"
          "key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b'mail').derive(shared)\n"
          "return AESGCM(key)",)),
    Life("KA208", "pyca/cryptography", _EXCHANGE,
         ("key = Fernet.generate_key()\npublic = serialization.load_pem_public_key(kek)\n"
          "return public.encrypt(key, padding.PKCS1v15())",),
         ("key = Fernet.generate_key()\npublic = serialization.load_pem_public_key(kek)\n"
          "return public.encrypt(key, padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))",),
         also=frozenset({"KA412"})),
    Life("KA206", "pyca/cryptography", _EXCHANGE,
         ("link = socket.create_connection(('host', 1))\nmine = X25519PrivateKey.generate()\n"
          "return mine.exchange(X25519PublicKey.from_public_bytes(link.recv(32)))",),
         ("link = socket.create_connection(('host', 1))\nmine = X25519PrivateKey.generate()\n"
          "pinned = X25519PublicKey.from_public_bytes(open('peer', 'rb').read())\n"
          "link.sendall(data)\nreturn mine.exchange(pinned)",)),
    Life("KA209", "pyca/cryptography", _AES,
         ("dek = Fernet.generate_key()\nbox = Cipher(algorithms.AES(kek), modes.CTR(os.urandom(16))).encryptor()\n"
          "return box.update(dek) + box.finalize()",),
         ("dek = Fernet.generate_key()\nreturn AESGCM(kek).encrypt(os.urandom(12), dek, b'dek')",
          "box = Cipher(algorithms.AES(kek), modes.CTR(os.urandom(16))).encryptor()\n"
          "return box.update(data) + box.finalize()"),
         also=frozenset({"KA409", "KA503"})),
    Life("KA409", "pyca/cryptography", _PLAIN,
         ("iv = os.urandom(16)\nreturn Cipher(algorithms.AES(kek), modes.CBC(iv)).encryptor().update(data)",
          "mode = modes.CTR(os.urandom(16))\nreturn Cipher(algorithm=algorithms.AES(kek), mode=mode)"),
         ("import hmac\niv = os.urandom(16)\nsealed = Cipher(algorithms.AES(kek), modes.CBC(iv)).encryptor().update(data)\n"
          "return sealed + hmac.new(salt, iv + sealed, 'sha256').digest()",
          "return Cipher(algorithms.AES(kek), modes.GCM(os.urandom(12))).encryptor()")),
    Life("KA409", "PyCryptodome", _CRYPTO,
         ("iv = get_random_bytes(16)\nreturn AES.new(kek, AES.MODE_CBC, iv).encrypt(data)",
          "return AES.new(key=kek, mode=AES.MODE_CFB, iv=os.urandom(16)).encrypt(data)"),
         ("return AES.new(kek, AES.MODE_EAX).encrypt_and_digest(data)",
          "return AES.new(kek, AES.MODE_SIV).encrypt_and_digest(data)")),
    Life("KA116", "PyCryptodome", _CRYPTO,
         ("return DES.new(kek, DES.MODE_OFB, os.urandom(8)).encrypt(data)",
          "return ARC4.new(kek).encrypt(data)"),
         ("return AES.new(kek, AES.MODE_GCM).encrypt_and_digest(data)",),
         also=frozenset({"KA409"})),
    Life("KA406", "pyca/cryptography", _AES,
         ("return AESGCM(kek).encrypt(os.urandom(12), data, None)",
          "aad = b''\nbox = AESGCM(kek)\nreturn box.encrypt(os.urandom(12), data, aad)",
          "return AESGCM(kek).encrypt(nonce=os.urandom(12), data=data, associated_data=None)"),
         ("return AESGCM(kek).encrypt(os.urandom(12), data, path)",
          "aad = b'v1' + path\nreturn AESGCM(kek).encrypt(os.urandom(12), data, aad)")),
    Life("KA407", "pyca/cryptography", _AES,
         ("sealed = AESGCM(kek).encrypt(os.urandom(12), data, b'v1')\n"
          "return sealed + hmac.new(kek, sealed, 'sha256').digest()",
          "box = Fernet(kek)\nreturn hmac.new(kek, box.encrypt(data), 'sha256').digest()"),
         ("sealed = AESGCM(kek).encrypt(os.urandom(12), data, b'v1')\n"
          "return sealed + hmac.new(salt, sealed, 'sha256').digest()",)),
    Life("KA308", "pyca/cryptography", _AES,
         ("key = Fernet.generate_key()\nsealed = Fernet(key).encrypt(data)\n"
          "sqlite3.connect('db').execute('INSERT INTO t VALUES (?, ?)', (sealed, key))",),
         ("sealed = Fernet(kek).encrypt(data)\n"
          "sqlite3.connect('db').execute('INSERT INTO t VALUES (?, ?)', (sealed, path))",),
         also=frozenset({"KA503"})),
    Life("KA405", "boto3 KMS", _BOTO,
         ("return kms.encrypt(KeyId=key_id, Plaintext=data)",
          "client = boto3.Session().client('kms')\nreturn client.decrypt(CiphertextBlob=data)['Plaintext']",
          "return kms.generate_data_key(KeyId=key_id, KeySpec='AES_256')['CiphertextBlob']"),
         ("return kms.encrypt(KeyId=key_id, Plaintext=data, EncryptionContext={'for': path})",
          "options = {'EncryptionContext': {'for': path}}\nreturn kms.decrypt(CiphertextBlob=data, **options)",
          "return password.encrypt(KeyId=key_id, Plaintext=data)")),
    Life("KA501", "boto3 KMS", _BOTO,
         ("key = kms.create_key(Description='x')\nlogging.info('made')\nreturn key",),
         ("key = kms.create_key(Description='x')\nlogging.info('made')\n"
          "kms.enable_key_rotation(KeyId=key['KeyMetadata']['KeyId'])\nreturn key",
          "logging.info('made')\nreturn kms.create_key(KeySpec='RSA_4096', KeyUsage='SIGN_VERIFY')"),
         also=frozenset({"KA509"})),
    Life("KA601", "boto3 KMS", _BOTO,
         ("kms.disable_key(KeyId=key_id)\nlogging.info('archived')",
          "kms.disable_key_rotation(KeyId=key_id)\nkms.disable_key(KeyId=key_id)\nlogging.info('archived')"),
         ("kms.delete_alias(AliasName=path)\nkms.disable_key(KeyId=key_id)\nlogging.info('archived')",
          "kms.disable_key(KeyId=key_id)\nlogging.info('off')\nkms.delete_alias(AliasName=path)"),
         name="archive_key"),
    Life("KA602", "boto3 KMS", _BOTO,
         ("kms.enable_key(KeyId=key_id)\nlogging.info('on')",
          "kms.enable_key(KeyId=key_id)\nlogging.info(data)\nkms.disable_key(KeyId=key_id)"),
         ("kms.enable_key(KeyId=key_id)\ntry:\n    logging.info('on')\nfinally:\n    kms.disable_key(KeyId=key_id)",),
         name="reactivate_for_decryption"),
    Life("KA705", "boto3 KMS", _BOTO,
         ("logging.info('gone')\nkms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=30)",),
         ("if kms.list_grants(KeyId=key_id)['Grants'] or kms.list_aliases(KeyId=key_id)['Aliases']:\n"
          "    raise ValueError(path)\n"
          "logging.info('gone')\nkms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=30)",)),
    Life("KA708", "boto3 KMS", _BOTO,
         ("try:\n    kms.disable_key(KeyId=key_id)\nexcept Exception:\n    pass",
          "try:\n    secrets.delete_secret(SecretId=path)\nexcept:\n    return None"),
         ("try:\n    kms.disable_key(KeyId=key_id)\nexcept Exception:\n    logging.exception('no')\n    raise",
          "try:\n    kms.disable_key(KeyId=key_id)\nexcept kms.exceptions.NotFoundException:\n    pass"),
         also=frozenset({"KA709"})),
    Life("KA709", "boto3 KMS", _BOTO.replace(", logging", ""),
         ("kms.list_grants(KeyId=key_id)\nkms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=30)",),
         ("kms.list_grants(KeyId=key_id)\nprint('deleting', key_id)\n"
          "kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=30)",),
         also=frozenset({"KA415"})),
    Life("KA701", "pyca/cryptography", _AES,
         ("key = bytearray(os.urandom(32))\nreturn AESGCM(key).encrypt(os.urandom(12), data, b'v1')",
          "key = bytearray(hashlib.scrypt(password, salt=salt, n=2**17, r=8, p=1))\n"
          "return AESGCM(key).decrypt(path, data, b'v1')"),
         ("key = bytearray(os.urandom(32))\ntry:\n    return AESGCM(key).encrypt(os.urandom(12), data, b'v1')\n"
          "finally:\n    for i in range(len(key)):\n        key[i] = 0",
          "buffer = bytearray(32)\nreturn buffer + data")),
    Life("KA702", "pyca/cryptography", _AES,
         ("key = os.urandom(32)\nsealed = AESGCM(key).encrypt(os.urandom(12), data, b'v1')\n"
          "key = b'\\x00' * len(key)\nreturn sealed",),
         ("key = os.urandom(32)\nsealed = AESGCM(key).encrypt(os.urandom(12), data, b'v1')\nreturn sealed",)),
    Life("KA703", "files", _FILES + "\nfrom cryptography.fernet import Fernet",
         ("os.remove('keys/server.key')", "pathlib.Path('id_rsa').unlink()",
          "os.unlink(os.path.join(path, 'private_key.pem'))"),
         ("os.remove('cache.json')", "pathlib.Path('report.txt').unlink()", "os.remove(path)")),
    Life("KA314", "hashlib",
         "import os, hashlib\nfrom cryptography.hazmat.primitives.ciphers.aead import AESGCM\n"
         "KEY_CACHE = {}\nRECENT_CACHE = {}\nCOUNTS = {}",
         ("key = AESGCM.generate_key(256)\nKEY_CACHE[key_id] = key",
          "KEY_CACHE[key_id] = hashlib.scrypt(password, salt=salt, n=2**17, r=8, p=1)"),
         ("key = AESGCM.generate_key(256)\nRECENT_CACHE.clear()\nRECENT_CACHE[key_id] = key",
          "key = AESGCM.generate_key(256)\nCOUNTS[key_id] = len(key)",
          "cache = {}\ncache[key_id] = AESGCM.generate_key(256)")),
    Life("KA414", "pyca/cryptography", _AES + "\nfrom keystore import KEY\nBOX = AESGCM(KEY)",
         ("nonce = os.urandom(12)\nreturn nonce + BOX.encrypt(nonce, data, b'v1')",
          "while True:\n    nonce = os.urandom(12)\n    path.write(nonce + BOX.encrypt(nonce, data, b'v1'))"),
         ("nonce = os.urandom(12)\nreturn nonce + AESGCM(kek).encrypt(nonce, data, b'v1')",
          "if key_id.messages_remaining() == 0:\n    raise OverflowError\n"
          "nonce = os.urandom(12)\nreturn nonce + BOX.encrypt(nonce, data, b'v1')"),
         name="handle_request"),
    Life("KA306", "files", _FILES + "\nfrom cryptography.fernet import Fernet",
         ("os.chmod('keys/server.key', 0o644)", "pathlib.Path('id_rsa').chmod(0o755)"),
         ("os.chmod('keys/server.key', 0o600)", "os.chmod('index.html', 0o644)",
          "os.chmod('id_rsa.pub', 0o644)")),
    Life("KA504", "PyJWT", _JWT,
         ("return jwt.encode({'a': path}, kek, algorithm='RS256')",
          "options = {'typ': 'at+jwt'}\nreturn jwt.encode({'a': path}, kek, 'ES256', headers=options)"),
         ("return jwt.encode({'a': path}, kek, algorithm='RS256', headers={'kid': key_id})",
          "return jwt.encode({'a': path}, kek, algorithm='RS256', headers=data)"),
         also=frozenset({"KA509"})),
    Life("KA411", "PyJWT", _JWT,
         ("return jwt.decode(data, options={'verify_signature': False})",
          "return jwt.decode(data, kek, verify=False)",
          "return jwt.decode(data, kek, algorithms=['none'])"),
         ("return jwt.decode(data, kek, algorithms=['RS256'])",
          "return jwt.get_unverified_header(data)")),
    Life("KA304", "pyca/cryptography", _EXCHANGE,
         ("key = rsa.generate_private_key(65537, 3072)\n"
          "pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, "
          "serialization.NoEncryption())\nopen(path, 'wb').write(pem)",),
         ("key = rsa.generate_private_key(65537, 3072)\n"
          "pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, "
          "serialization.BestAvailableEncryption(password))\nopen(path, 'wb').write(pem)",
          "key = rsa.generate_private_key(65537, 3072)\n"
          "pem = key.public_key().public_bytes(serialization.Encoding.PEM, "
          "serialization.PublicFormat.SubjectPublicKeyInfo)\nopen(path, 'wb').write(pem)")),
]  # fmt: skip


def programs() -> Iterator[Program]:
    """Every body in every place."""
    from tests.accuracy.measure import Program
    from tests.accuracy.real_lives import REAL_LIVES

    for life in (*LIVES, *REAL_LIVES):
        for bad, bodies in ((True, life.bad), (False, life.good)):
            for body in bodies:
                for place, text in PLACES.items():
                    yield Program(life.rule, life.library, place, bad,
                                  f"{life.imports}\n{_placed(text, life.name, body)}\n",
                                  also=life.also)  # fmt: skip


def _placed(text: str, name: str, body: str) -> str:
    before, _, after = text.replace("NAME", name).partition("BODY")
    margin = before.rpartition("\n")[2]
    written = indent(dedent(body), margin + "    ")
    return before[: len(before) - len(margin)] + written + after
