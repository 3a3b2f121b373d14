"""What flows: for each use of a library, values that break a rule there and values that do not.

A case is (rule, library, imports, use, bad values, good values); in the use `X` stands for what
arrives. `also` are rules that speak of the program whatever the value, and so say nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

STANDARD = """\
import base64, getpass, hashlib, os, random, secrets, string, struct, time, uuid
from dataclasses import dataclass
from functools import partial
"""


@dataclass(frozen=True)
class Case:
    """One use and its values.

    With `every` the rule asks that every value be wrong; with `local` the value is made in the
    file that uses it (a file that only prints what another one made has nothing to look at).
    """

    rule: str
    library: str
    imports: str
    use: str
    bad: tuple[str, ...]
    good: tuple[str, ...]
    also: frozenset[str] = frozenset()
    every: bool = False
    local: bool = False


# What a key may not be, by the rule that says so, and what it may.
LITERALS = (
    "b'9f3Kq0ZbV7xT2mLwR5cYh8Jd1GsNpUe4'",
    "'9f3Kq0ZbV7xT2mLwR5cYh8Jd1GsNpUe4'.encode()",
    "bytes.fromhex('8c1f7ab2934de05566718fa0b3c2d4e98c1f7ab2934de05566718fa0b3c2d4e9')",
    "base64.b64decode('jB96spNN4FVmcY+gs8LU6Yofq7KTTeBVZnGPoLPC1Ok=')",
    "b'9f3Kq0ZbV7xT' + b'2mLwR5cYh8Jd1GsNpUe4'",
    "struct.pack('>QQQQ', 7423112, 99182, 1234877, 5550123)",
    "(0x8c1f7ab2934de05566718fa0b3c2d4e9).to_bytes(32, 'big')",
    "bytearray(b'9f3Kq0ZbV7xT2mLwR5cYh8Jd1GsNpUe4')",
    'f\'{"9f3Kq0ZbV7xT2mLw"}{"R5cYh8Jd1GsNpUe4"}\'.encode()',
    "'%s%s' % ('9f3Kq0ZbV7xT2mLw', 'R5cYh8Jd1GsNpUe4')",
    "b'9f3Kq0ZbV7xT2mLwR5cYh8Jd1GsNpUe4zzzz'[:32]",
    "b''.join([b'9f3Kq0ZbV7xT2mLw', b'R5cYh8Jd1GsNpUe4'])",
)
WEAK = ("random.randbytes(32)", "random.getrandbits(256).to_bytes(32, 'big')")
GUESSED = ("str(time.time()).encode()", "uuid.uuid1().bytes")
STRONG = ("os.urandom(32)", "secrets.token_bytes(32)", "open('k', 'rb').read()", "load_key()")
FALLBACK = (
    "os.environ.get('APP_KEY', '9f3Kq0ZbV7xT2mLwR5cYh8Jd1GsNpUe4')",
    "os.getenv('APP_KEY') or '9f3Kq0ZbV7xT2mLwR5cYh8Jd1GsNpUe4'",
)
SALT = "b'xK9pQ2vLm4Zr7TyB'"
NONCE = ("b'q8Zr7TyBxK9p'", "bytes(12)", "b'\\0' * 12")

_KEYS = [
    ("pyca/cryptography", "from cryptography.hazmat.primitives.ciphers.aead import AESGCM", "AESGCM(X)"),
    ("pyca/cryptography", "from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305",
     "ChaCha20Poly1305(key=X)"),
    ("pyca/cryptography", "import cryptography.fernet as cf", "cf.Fernet(base64.urlsafe_b64encode(X))"),
    ("pyca/cryptography", "from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes",
     "Cipher(algorithms.AES(X), modes.GCM(os.urandom(12)))"),
    ("pyca/cryptography", "from cryptography.hazmat.primitives import hashes, hmac as mac",
     "mac.HMAC(X, hashes.SHA256())"),
    ("PyCryptodome", "from Crypto.Cipher import AES", "AES.new(X, AES.MODE_GCM)"),
    ("PyCryptodome", "from Cryptodome.Cipher import ChaCha20_Poly1305", "ChaCha20_Poly1305.new(key=X)"),
    ("PyNaCl", "import nacl.secret", "nacl.secret.SecretBox(X)"),
    ("hashlib", "import hmac", "hmac.new(X, b'message', 'sha256')"),
    ("hashlib", "import hashlib", "hashlib.blake2b(b'message', key=X)"),
    ("M2Crypto", "from M2Crypto import EVP", "EVP.hmac(X, b'message', algo='sha256')"),
    ("pyaes", "import pyaes", "pyaes.AESModeOfOperationCBC(X, iv=os.urandom(16))"),
]  # fmt: skip
_SIGNERS = [
    ("PyJWT", "import jwt", "jwt.encode({'sub': 1}, X, algorithm='HS256')"),
    ("PyJWT", "import jwt", "jwt.decode(token(), X, algorithms=['HS256'])"),
    ("python-jose", "from jose import jwt", "jwt.encode({'sub': 1}, X, algorithm='HS256')"),
    ("itsdangerous", "from itsdangerous import URLSafeTimedSerializer", "URLSafeTimedSerializer(X)"),
    ("Django", "from django.core.signing import Signer", "Signer(key=X)"),
    ("Starlette", "from starlette.middleware.sessions import SessionMiddleware",
     "SessionMiddleware(None, secret_key=X, https_only=True)"),
]  # fmt: skip
# Keys of a library whose use says more than what the case is about.
_BESIDE = frozenset(
    # A key that is made whenever the program starts is one that does not last.
    {
        "KA307",
        "KA409",
        "KA503",
        "KA504",
        "KA505",
        "KA406",
        "KA502",
        "KA117",
        "KA112",
        "KA509",
        "KA510",
    }
)


def _of_keys() -> list[Case]:
    cases = []
    for library, imports, use in _KEYS:
        cases += [
            Case("KA301", library, imports, use, LITERALS, STRONG, _BESIDE),
            Case("KA101", library, imports, use, WEAK, (), _BESIDE),
            Case("KA102", library, imports, use, GUESSED, (), _BESIDE),
            Case("KA311", library, imports, use, FALLBACK, ("os.environ['APP_KEY']",), _BESIDE),
        ]
    for library, imports, use in _SIGNERS:
        cases += [
            Case("KA312", library, imports, use, LITERALS[:2] + LITERALS[4:5], STRONG, _BESIDE),
            Case("KA101", library, imports, use, WEAK[:1], (), _BESIDE),
            Case("KA311", library, imports, use, FALLBACK, (), _BESIDE),
        ]
    return cases


_PBKDF2 = "hashlib.pbkdf2_hmac('sha256', getpass.getpass().encode(), X, 600_000)"
_KDF = "from cryptography.hazmat.primitives import hashes\n" \
       "from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC\n" \
       "from cryptography.hazmat.primitives.kdf.scrypt import Scrypt"  # fmt: skip
_SALTS = [
    ("hashlib", "", _PBKDF2),
    ("hashlib", "", "hashlib.scrypt(getpass.getpass().encode(), salt=X, n=2**17, r=8, p=1)"),
    ("pyca/cryptography", _KDF, "PBKDF2HMAC(hashes.SHA256(), 32, X, 600_000)"),
    ("pyca/cryptography", _KDF, "Scrypt(salt=X, length=32, n=2**17, r=8, p=1)"),
    (
        "PyCryptodome",
        "from Crypto.Protocol.KDF import scrypt",
        "scrypt('pw' + input(), X, 32, 2**17, 8, 1)",
    ),
]
_ROUNDS = [
    ("hashlib", "", "hashlib.pbkdf2_hmac('sha256', getpass.getpass().encode(), os.urandom(16), X)"),
    (
        "pyca/cryptography",
        _KDF,
        "PBKDF2HMAC(algorithm=hashes.SHA256(), length=32, salt=os.urandom(16), iterations=X)",
    ),
]
_GCM = "from cryptography.hazmat.primitives.ciphers.aead import AESGCM"
_CIPHER = "from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes"
_LOADED = "load_key()"


def _of_parameters() -> list[Case]:
    cases = [Case("KA106", lib, i, use, (SALT, "'xK9pQ2vLm4Zr7TyB'.encode()"), ("os.urandom(16)", "load_salt()"))
             for lib, i, use in _SALTS]  # fmt: skip
    cases += [Case("KA107", lib, i, use, ("os.urandom(4)", "secrets.token_bytes(8)"), ("os.urandom(16)",),
                   frozenset({"KA115"}))  # many routes hold it under the name of a key
              for lib, i, use in _SALTS]  # fmt: skip
    cases += [Case("KA120", lib, i, use, ("random.randbytes(16)", "uuid.uuid1().bytes"), ("uuid.uuid4().bytes",))
              for lib, i, use in _SALTS]  # fmt: skip
    cases += [Case("KA104", lib, i, use, ("1000", "10 ** 4", "2 ** 12", "100 * 100"), ("600_000", "10 ** 6", "rounds()"))
              for lib, i, use in _ROUNDS]  # fmt: skip
    cases += [
        Case("KA104", "hashlib", "", "hashlib.scrypt(b'p', salt=os.urandom(16), n=X, r=8, p=1)",
             ("1024", "1 << 10"), ("2 ** 17", "1 << 18"), frozenset({"KA301", "KA117"})),
        Case("KA104", "bcrypt", "import bcrypt", "bcrypt.gensalt(X)", ("4", "2 + 3"), ("12", "cost()")),
        Case("KA105", "hashlib", "", "hashlib.pbkdf2_hmac(X, getpass.getpass().encode(), os.urandom(16), 2_000_000)",
             ("'md5'", "'m' + 'd5'", "'MD5'"), ("'sha256'", "'sha512'", "name()")),
        Case("KA105", "pyca/cryptography", _KDF, "PBKDF2HMAC(X, 32, os.urandom(16), 2_000_000)",
             ("hashes.MD5()",), ("hashes.SHA256()",)),
        Case("KA403", "pyca/cryptography", _GCM, f"AESGCM({_LOADED}).encrypt(X, data(), b'v1')", NONCE,
             ("os.urandom(12)", "nonce()"), frozenset({"KA404"})),
        Case("KA404", "pyca/cryptography", _GCM, f"AESGCM({_LOADED}).encrypt(X, data(), b'v1')",
             ("random.randbytes(12)", "str(time.time()).encode()[:12]"), ("secrets.token_bytes(12)",),
             frozenset({"KA403"})),
        Case("KA403", "PyCryptodome", "from Crypto.Cipher import AES", f"AES.new({_LOADED}, AES.MODE_GCM, nonce=X)",
             NONCE, ("os.urandom(12)", "nonce()"), frozenset({"KA404"})),
        Case("KA403", "pyca/cryptography", _CIPHER,
             f"Cipher(algorithms.AES({_LOADED}), modes.CBC(X)).encryptor()", ("b'q8Zr7TyBxK9pQ2vL'", "b'0' * 16"),
             ("os.urandom(16)",), frozenset({"KA409"})),
        Case("KA408", "PyCryptodome", "from Crypto.Cipher import AES", f"AES.new({_LOADED}, X)",
             ("AES.MODE_ECB", "1"), ("AES.MODE_GCM", "AES.MODE_EAX", "mode()")),
        Case("KA408", "pyca/cryptography", _CIPHER, f"Cipher(algorithms.AES({_LOADED}), X)",
             ("modes.ECB()",), ("modes.GCM(os.urandom(12))", "mode()")),
        Case("KA408", "M2Crypto", "from M2Crypto import EVP", f"EVP.Cipher(alg=X, key={_LOADED}, iv=iv(), op=1)",
             ("'aes_128_ecb'", "'aes_256' + '_ecb'"), ("alg()",)),
        Case("KA109", "pyca/cryptography", "from cryptography.hazmat.primitives.asymmetric import rsa",
             "rsa.generate_private_key(65537, X)", ("1024", "512 * 2"), ("3072", "4096", "bits()")),
        Case("KA109", "PyCryptodome", "from Crypto.PublicKey import RSA", "RSA.generate(X)",
             ("1024", "1 << 10"), ("3072", "4096")),
        Case("KA109", "paramiko", "import paramiko", "paramiko.RSAKey.generate(bits=X)", ("1024",), ("4096",)),
        Case("KA109", "rsa", "import rsa", "rsa.newkeys(X)", ("1024", "512"), ("3072",)),
        Case("KA110", "pyca/cryptography", "from cryptography.hazmat.primitives.asymmetric import ec",
             "ec.generate_private_key(X)", ("ec.SECP192R1()",), ("ec.SECP256R1()", "ec.SECP384R1()")),
        Case("KA111", "pyca/cryptography", "from cryptography.hazmat.primitives.asymmetric import rsa",
             "rsa.generate_private_key(public_exponent=X, key_size=3072)", ("3", "1 + 2"), ("65537", "0x10001")),
        Case("KA115", "pyca/cryptography", _GCM, "AESGCM(X)", ("secrets.token_hex(8).encode()",),
             ("secrets.token_hex(16).encode()",), _BESIDE),
        Case("KA114", "PyCryptodome", "from Crypto.Cipher import AES", "AES.new(X, AES.MODE_GCM)",
             ("getpass.getpass().encode().ljust(32)",),
             ("hashlib.scrypt(getpass.getpass().encode(), salt=os.urandom(16), n=2**17, r=8, p=1)",)),
        Case("KA103", "pyca/cryptography", _GCM, "AESGCM(X)",
             ("hashlib.sha256(getpass.getpass().encode()).digest()",), ("hashlib.sha256(os.urandom(64)).digest()",)),
        Case("KA117", "PyJWT", "import jwt", "jwt.encode({'a': 1}, X, algorithm='HS256')",
             ("secrets.token_bytes(8)",), ("secrets.token_bytes(32)", "load_key()"), frozenset({"KA115", "KA504", "KA509"})),
        Case("KA405", "boto3 KMS", "import boto3",
             "boto3.client('kms').encrypt(KeyId='k', Plaintext=data(), EncryptionContext=X)",
             ("None",), ("{'purpose': 'mail'}", "context()"), every=True),
        Case("KA704", "boto3 KMS", "import boto3, logging",
             "(logging.info('gone'), boto3.client('kms').schedule_key_deletion(KeyId='k', PendingWindowInDays=X))",
             ("7", "3 + 4"), ("30", "days()"), frozenset({"KA705", "KA709"})),
        Case("KA711", "boto3", "import boto3, logging",
             "(logging.info('gone'), boto3.client('secretsmanager').delete_secret(SecretId='s', "
             "ForceDeleteWithoutRecovery=X))", ("True",), ("False", "force()"), frozenset({"KA709"})),
        Case("KA604", "boto3 KMS", "import boto3",
             "boto3.client('kms').encrypt(KeyId=X, Plaintext=data(), EncryptionContext={'a': 'b'})",
             ("'alias/orders-old'", "'alias/' + 'retired'"), ("'alias/orders'", "name()")),
        Case("KA204", "requests", "import requests", "requests.get('https://example.org', verify=X)",
             ("False",), ("True", "'/etc/ca.pem'", "bundle()"), every=True),
        Case("KA205", "ssl", "import ssl", "ssl.SSLContext(X)", ("ssl.PROTOCOL_TLSv1", "ssl.PROTOCOL_SSLv3"),
             ("ssl.PROTOCOL_TLS_CLIENT", "version()")),
        Case("KA411", "PyJWT", "import jwt", "jwt.decode(token(), load_key(), algorithms=['HS256'], options=X)",
             ("{'verify_signature': False}",), ("{'verify_exp': False}", "{}", "options()")),
        Case("KA411", "python-jose", "from jose import jwt", "jwt.decode(token(), load_key(), algorithms=X)",
             ("['none']", "['HS256', 'none']"), ("['HS256']", "allowed()")),
        Case("KA412", "M2Crypto", "from M2Crypto import RSA", "RSA.load_pub_key('p').public_encrypt(data(), X)",
             ("RSA.pkcs1_padding",), ("RSA.pkcs1_oaep_padding", "padding()")),
        Case("KA211", "paramiko", "import paramiko", "paramiko.SSHClient().set_missing_host_key_policy(X)",
             ("paramiko.AutoAddPolicy()", "paramiko.AutoAddPolicy"), ("paramiko.RejectPolicy()", "policy()"),
             every=True),
        Case("KA410", "boto3 KMS", "import boto3",
             "boto3.client('kms').put_key_policy(KeyId='k', PolicyName='default', Policy=X)",
             ("'{\"Statement\": [{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"kms:*\"}]}'",),
             ("policy()",), frozenset({"KA415"})),
    ]  # fmt: skip
    return cases


# A key, and things that are none, on their way out.
_SECRETS = ("Fernet.generate_key()", "boto3.client('kms').generate_data_key(KeyId='k', "
            "KeySpec='AES_256', EncryptionContext={'a': 'b'})['Plaintext']")  # fmt: skip
_PLAIN = ("os.urandom(8).hex()", "'a text'", "Fernet(load_key()).encrypt(data())",
          "name()")  # fmt: skip
_SOURCES = "import boto3\nfrom cryptography.fernet import Fernet"
_OUTLETS = [
    ("KA401", "logging", "import logging", "logging.info('the key is %s', X)"),
    ("KA401", "logging", "import logging\nlog = logging.getLogger(__name__)", "log.debug(f'key {X}')"),
    ("KA401", "structlog", "import structlog\nlog = structlog.get_logger()", "log.info('key', value=X)"),
    ("KA401", "loguru", "from loguru import logger", "logger.warning('key {}', X)"),
    ("KA402", "builtins", "", "print(X)"),
    ("KA201", "requests", "import requests", "requests.post('http://api.example.org/k', data=X)"),
    ("KA201", "httpx", "import httpx", "httpx.post('http://api.example.org/k', json={'k': X})"),
    ("KA203", "requests", "import requests", "requests.get('https://api.example.org/', params={'k': X})"),
    ("KA212", "subprocess", "import subprocess", "subprocess.run(['openssl', 'enc', '-K', X])"),
    ("KA305", "files", "from pathlib import Path", "Path('data').write_bytes(X)"),
    ("KA315", "pickle", "import pickle", "pickle.dumps(X)"),
    ("KA605", "boto3", "import boto3", "boto3.client('s3').put_object(Bucket='b', Key='n', Body=X)"),
    ("KA314", "Django", "from django.core.cache import cache", "cache.set('n', X, timeout=None)"),
]  # fmt: skip


def cases() -> list[Case]:
    """All of them."""
    outlets = [
        Case(rule, library, f"{_SOURCES}\n{imports}", use, _SECRETS, _PLAIN,
             frozenset({"KA503", "KA415", "KA405"}), local=True)
        for rule, library, imports, use in _OUTLETS
    ]  # fmt: skip
    return [*_of_keys(), *_of_parameters(), *outlets]
