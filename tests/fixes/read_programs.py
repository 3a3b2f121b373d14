"""Programs in the shapes of repositories whose fixes were read one by one, each small enough to be
run."""

from __future__ import annotations

from tests.fixes.program import program

# Settings as pydantic reads them: a variable, a line of `.env`, the default, in this order.
_SETTINGS = """
import os, sys, types
class BaseSettings:
    def __init__(self):
        said = dict(one.split("=", 1) for one in open(".env").read().split() if "=" in one)
        for name in type(self).__annotations__:
            default = getattr(type(self), name, ...)
            key = name.upper()
            if isinstance(default, tuple):
                default, key = default
            value = os.environ.get(key, said.get(key, default))
            if value is ...:
                raise ValueError(f"{name} is missing")
            setattr(self, name, value)
def Field(default=..., alias=None):
    return default, alias
module = types.ModuleType("pydantic_settings")
module.BaseSettings, module.Field, module.SettingsConfigDict = BaseSettings, Field, dict
sys.modules["pydantic_settings"] = sys.modules["pydantic"] = module
sys.modules["jwt"] = types.SimpleNamespace(
    encode=lambda claims, key, algorithm: f"{claims}:{key}",
    decode=lambda token, key, algorithms: token.partition(":")[0] if token.endswith(key) else None,
)
"""

_FLASK = """
import sys, types
class Flask:
    def __init__(self, name):
        self.config = {}
sys.modules["flask"] = types.SimpleNamespace(Flask=Flask)
"""

_KEPT = """
import sys, types
asked, clock = [], [0]
def decrypt(CiphertextBlob):
    asked.append(CiphertextBlob)
    return {"Plaintext": b"key of " + CiphertextBlob}
sys.modules["boto3"] = types.SimpleNamespace(client=lambda _: types.SimpleNamespace(decrypt=decrypt))
class TTLCache(dict):
    def __init__(self, maxsize, ttl):
        self.ttl = ttl
def cached(cache, lock):
    def decorate(function):
        def ask(*args):
            with lock:
                if args not in cache or clock[0] - cache[args][1] > cache.ttl:
                    cache[args] = function(*args), clock[0]
                return cache[args][0]
        return ask
    return decorate
sys.modules["cachetools"] = types.SimpleNamespace(TTLCache=TTLCache, cached=cached)
"""

READ = [
    program(
        "a password put together from several samples and shuffled",
        "KA101",
        """
        import random
        import string


        def generate_password(length=6):
            small = random.sample(string.ascii_lowercase, 1)
            big = random.sample(string.ascii_uppercase, 1)
            first = small + big
            rest = random.sample(string.ascii_letters + string.digits, length)
            chars = first + rest
            random.shuffle(chars)
            password = "".join(chars)
            return password


        def dice():
            return random.randint(1, 6)
        """,
        """
        import app
        password = app.generate_password()
        assert len(password) == 8 and password.isalnum()
        assert password.lower() != password != password.upper()
        assert app.dice() in range(1, 7)
        """,
        """
        import random, app
        made = set()
        for _ in range(40):
            random.seed(5)
            made.add("".join(sorted(app.generate_password())))
        assert len(made) > 30, "what is drawn must be new, not only its order"
        random.seed(5); one = app.dice(); random.seed(5)
        assert app.dice() == one
        """,
    ),
    program(
        "a code of digits, by a function that is imported alone",
        "KA101",
        """
        from random import randint

        codes = {}


        def send_reset_code(user, mail):
            password_reset_code = str(randint(1000, 9999))
            codes[user] = password_reset_code
            mail(user, password_reset_code)
        """,
        """
        import app
        sent = []
        app.send_reset_code("ann", lambda *given: sent.append(given))
        assert sent == [("ann", app.codes["ann"])] and len(app.codes["ann"]) == 4
        """,
        """
        import random, app
        assert not hasattr(app, "randint"), "the import is of no use any more"
        found = set()
        for _ in range(20):
            random.seed(1)
            app.send_reset_code("ann", lambda *given: None)
            found.add(app.codes["ann"])
        assert len(found) > 5
        """,
    ),
    program(
        "a field of settings, which a file sets",
        "KA312",
        {
            "app.py": """
            from functools import lru_cache

            from pydantic_settings import BaseSettings


            class Settings(BaseSettings):
                admin_username: str = "admin"
                jwt_secret: str = "change_this_secret_key"
                jwt_algorithm: str = "HS256"

                class Config:
                    env_file = ".env"


            @lru_cache
            def get_settings():
                return Settings()
            """,
            "tokens.py": """
            import jwt

            from app import get_settings

            settings = get_settings()


            def issue(name):
                return jwt.encode(name, settings.jwt_secret, algorithm="HS256")


            def read(token):
                return jwt.decode(token, settings.jwt_secret, algorithms=["HS256"])
            """,
            ".env": """
            JWT_SECRET=of-the-file
            """,
        },
        _SETTINGS + "import tokens\nassert tokens.issue('ann') == 'ann:of-the-file'\n"
        "assert tokens.read('ann:of-the-file') == 'ann'\n"
        "assert tokens.settings.admin_username == 'admin'",
        "open('.env', 'w').close()\n" + _SETTINGS + "import app\n"
        "try:\n    app.Settings()\nexcept ValueError:\n    pass\nelse:\n    raise AssertionError",
        unsafe=True,
    ),
    program(
        "a field with its variable's name",
        "KA311",
        """
        import jwt
        from pydantic import Field
        from pydantic_settings import BaseSettings


        class Settings(BaseSettings):
            port: int = Field(default=3000, alias="PORT")
            jwt_secret: str = Field(default="changeme-changeme", alias="JWT_SECRET")


        settings = Settings()


        def issue(name):
            return jwt.encode(name, settings.jwt_secret, algorithm="HS256")
        """,
        "open('.env', 'w').write('JWT_SECRET=of-the-file')\n"
        + _SETTINGS
        + "import app\nassert app.issue('ann') == 'ann:of-the-file' and app.settings.port == 3000",
        "open('.env', 'w').close()\n"
        + _SETTINGS
        + "try:\n    import app\nexcept ValueError:\n    pass\nelse:\n    raise AssertionError",
        unsafe=True,
    ),
    program(
        "two secrets of one name",
        "KA312",
        {
            "auth.py": """
            import jwt

            SECRET_KEY = "your_secret_key_here"  # Replace with secure key in production


            def issue(name):
                return jwt.encode(name, SECRET_KEY, algorithm="HS256")
            """,
            "mail.py": """
            import jwt

            SECRET_KEY = "your-very-secret-key"


            def link(name):
                return jwt.encode(name, SECRET_KEY, algorithm="HS256")
            """,
        },
        _SETTINGS + "import auth, mail\nassert auth.issue('x').startswith('x:')\n"
        "assert mail.link('x').startswith('x:') and mail.link('x') != auth.issue('x')",
        _SETTINGS + "import auth, mail\nassert auth.issue('x') == 'x:for-logins'\n"
        "assert mail.link('x') == 'x:for-links'",
        unsafe=True,
        environment={"AUTH_SECRET_KEY": "for-logins", "MAIL_SECRET_KEY": "for-links"},
    ),
    program(
        "messages of a chat, each with its IV in front",
        "KA409",
        """
        import base64
        import os

        from Crypto.Cipher import AES
        from Crypto.Util.Padding import pad, unpad

        SHARED_KEY = os.environ["CHAT_KEY"].encode()


        def encrypt_message_for_channel(message):
            iv = os.urandom(16)
            cipher = AES.new(SHARED_KEY, AES.MODE_CBC, iv)
            encrypted = cipher.encrypt(pad(message.encode("utf-8"), AES.block_size))
            return base64.b64encode(iv + encrypted).decode()


        def decrypt_message_of_channel(encrypted_message):
            raw = base64.b64decode(encrypted_message)
            iv = raw[:16]
            cipher = AES.new(SHARED_KEY, AES.MODE_CBC, iv)
            return unpad(cipher.decrypt(raw[16:]), AES.block_size).decode("utf-8")
        """,
        """
        import app
        for text in ("", "hello", "\\u00e9" * 100):
            assert app.decrypt_message_of_channel(app.encrypt_message_for_channel(text)) == text
        assert max(map(len, open("app.py"))) < 90
        """,
        """
        import app, base64
        sealed = bytearray(base64.b64decode(app.encrypt_message_for_channel("hello")))
        sealed[3] ^= 1
        try:
            app.decrypt_message_of_channel(base64.b64encode(sealed))
        except ValueError:
            pass
        else:
            raise AssertionError("a changed message is taken")
        """,
        unsafe=True,
        environment={"CHAT_KEY": "0123456789abcdef"},
    ),
    program(
        "a login in one condition with another",
        "KA413",
        """
        import hashlib

        users = {}


        def hash_password(password):
            return hashlib.sha256(password.encode("utf-8")).hexdigest()


        def register(data):
            users[data["username"]] = {"password": hash_password(data["password"])}


        def login(data):
            username = data.get("username", "").strip()
            password = data.get("password", "")
            if username not in users or users[username]["password"] != hash_password(password):
                return "error"
            return "ok"
        """,
        """
        import app
        app.register({"username": "ann", "password": "winter"})
        app.users["old"] = {"password": None}
        assert app.login({"username": "ann", "password": "winter"}) == "ok"
        assert app.login({"username": "ann", "password": "summer"}) == "error"
        assert app.login({"username": "bob", "password": "winter"}) == "error"
        assert app.login({"username": "old", "password": "winter"}) == "error"
        """,
        """
        assert "compare_digest(" in open("app.py").read()
        assert "(not (" not in open("app.py").read()
        import app
        """,
    ),
    program(
        "a box for tokens, made of a setting",
        "KA503",
        """
        import os
        from typing import Optional

        from cryptography.fernet import Fernet


        class TokenEncryption:
            def __init__(self, encryption_key: Optional[str] = None):
                encryption_key = encryption_key or os.environ["TOKEN_KEY"]
                self.fernet = Fernet(encryption_key.encode())

            def encrypt(self, text: str) -> str:
                return self.fernet.encrypt(text.encode()).decode()

            def decrypt(self, token: str) -> str:
                return self.fernet.decrypt(token.encode()).decode()
        """,
        """
        import app
        from cryptography.fernet import Fernet
        old = Fernet(b"A" * 43 + b"=").encrypt(b"kept").decode()
        box = app.TokenEncryption()
        assert box.decrypt(box.encrypt("x")) == "x" and box.decrypt(old) == "kept"
        """,
        """
        import app
        from cryptography.fernet import Fernet
        old = Fernet(b"A" * 43 + b"=").encrypt(b"kept").decode()
        new = Fernet.generate_key().decode()
        assert app.TokenEncryption(new + "," + "A" * 43 + "=").decrypt(old) == "kept"
        assert open("app.py").read().count("from cryptography.fernet import") == 1
        """,
        environment={"TOKEN_KEY": "A" * 43 + "="},
    ),
    program(
        "Django's settings, with fallbacks from the environment",
        "KA505",
        {
            "shop/settings.py": """
            import os
            from pathlib import Path

            BASE_DIR = Path(__file__).resolve().parent.parent
            SECRET_KEY = os.environ['DJANGO_SECRET_KEY']
            DEBUG = False
            INSTALLED_APPS = ['django.contrib.sessions', 'django.contrib.auth']
            LANGUAGE_CODE = 'de'
            """,
            "shop/__init__.py": "",
        },
        """
        from shop import settings
        assert settings.SECRET_KEY == "new"
        assert max(map(len, open("shop/settings.py"))) < 90
        """,
        """
        from shop import settings
        assert settings.SECRET_KEY_FALLBACKS == ["old", "older"]
        assert '"' not in open("shop/settings.py").read()
        """,
        environment={"DJANGO_SECRET_KEY": "new", "SECRET_KEY_FALLBACKS": "old,older"},
    ),
    program(
        "files encrypted under a password, one class for both ends",
        "KA104",
        """
        from Crypto.Cipher import AES
        from Crypto.Protocol.KDF import PBKDF2
        from Crypto.Random import get_random_bytes


        class FileCipher:
            salt = None

            def encrypt_data(self, clear_data, pwd):
                if self.salt is None:
                    self.salt = get_random_bytes(32)
                    self.key = PBKDF2(pwd, self.salt, dkLen=32)  # the key that you can encrypt with
                cipher_aes = AES.new(self.key, AES.MODE_EAX)
                ciphered_data, tag = cipher_aes.encrypt_and_digest(clear_data)
                return self.salt + cipher_aes.nonce + tag + ciphered_data

            def decrypt_data(self, enc_data, pwd):
                if self.salt is None:
                    self.salt = enc_data[:32]
                    self.key = PBKDF2(pwd, self.salt, dkLen=32)  # the key that you can decrypt with
                cipher_aes = AES.new(self.key, AES.MODE_EAX, nonce=enc_data[32:48])
                return cipher_aes.decrypt_and_verify(enc_data[64:], enc_data[48:64])
        """,
        """
        import app
        sealed = app.FileCipher().encrypt_data(b"data", "pw")
        assert app.FileCipher().decrypt_data(sealed, "pw") == b"data"
        """,
        """
        import app
        counts = []
        real = app.PBKDF2
        def told(*args, **named):
            counts.append(named.get("count", 1000))
            return real(*args, **{**named, "count": 1})
        app.PBKDF2 = told
        sealed = app.FileCipher().encrypt_data(b"data", "pw")
        assert app.FileCipher().decrypt_data(sealed, "pw") == b"data"
        assert min(counts) >= 600_000 and len(set(counts)) == 1
        """,
        unsafe=True,
    ),
    program(
        "a private key in a file, written by a script and read by a server",
        "KA304",
        {
            "gen_cert.py": """
            import os
            import sys

            from cryptography.hazmat.primitives import serialization
            from cryptography.hazmat.primitives.asymmetric import rsa


            def write_key(path):
                entity_private_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
                with open(path, "wb") as f:
                    os.chmod(path, 0o600)
                    f.write(entity_private_key.private_bytes(
                        encoding=serialization.Encoding.PEM,
                        format=serialization.PrivateFormat.TraditionalOpenSSL,
                        encryption_algorithm=serialization.NoEncryption()
                    ))
            """,
            "server.py": """
            from cryptography.hazmat.primitives import serialization


            def load_private_key(key_path):
                with open(key_path, "rb") as f:
                    return serialization.load_pem_private_key(f.read(), password=None)
            """,
        },
        """
        import gen_cert, server
        gen_cert.write_key("one.pem")
        assert server.load_private_key("one.pem").key_size == 2048
        """,
        """
        import gen_cert, server
        gen_cert.write_key("two.pem")
        assert "ENCRYPTED" in open("two.pem").read()
        assert server.load_private_key("two.pem").key_size == 2048
        for name in ("gen_cert.py", "server.py"):
            assert max(map(len, open(name))) < 100
        """,
        unsafe=True,
        environment={"KEY_PASSPHRASE": "winter"},
    ),
    program(
        "a file with a token, made where it is missing",
        "KA305",
        """
        import os
        import secrets


        def generate_env_file(environment_file_path, overwrite=False):
            if os.path.exists(environment_file_path) and not overwrite:
                with open(environment_file_path, "rb") as file:
                    return file.read()
            api_token = secrets.token_hex(16)
            with open(environment_file_path, "wb") as file:
                file.write(f"API_TOKEN={api_token}\\n".encode())
            return None
        """,
        """
        import app
        assert app.generate_env_file("peppers.env") is None
        assert app.generate_env_file("peppers.env").startswith(b"API_TOKEN=")
        """,
        """
        import app, os
        os.umask(0o022)
        app.generate_env_file("other.env")
        assert os.stat("other.env").st_mode & 0o777 == 0o600
        assert max(map(len, open("app.py"))) < 90
        """,
    ),
    program(
        "a message under RSA, with a value that stands in for an error",
        "KA412",
        """
        from Crypto.Cipher import PKCS1_v1_5
        from Crypto.PublicKey import RSA
        from Crypto.Random import get_random_bytes

        KEY = RSA.generate(2048)


        class NotForUs(Exception):
            pass


        def send(data):
            return PKCS1_v1_5.new(KEY.publickey()).encrypt(data)


        def receive(blob):
            sentinel = get_random_bytes(16)
            cipher = PKCS1_v1_5.new(KEY)
            message = cipher.decrypt(blob, sentinel)
            if message == sentinel:
                raise NotForUs("it was encrypted for somebody else")
            return message
        """,
        """
        import app
        assert app.receive(app.send(b"hello")) == b"hello"
        try:
            app.receive(b"x" * 256)
        except app.NotForUs:
            pass
        else:
            raise AssertionError
        """,
        """
        import app
        from Crypto.Cipher import PKCS1_OAEP
        from Crypto.Hash import SHA256
        assert PKCS1_OAEP.new(app.KEY, SHA256).decrypt(app.send(b"hello")) == b"hello"
        assert "sentinel" not in open("app.py").read()
        """,
        unsafe=True,
    ),
    program(
        "one that gives None for an error",
        "KA412",
        """
        from Crypto.Cipher import PKCS1_v1_5
        from Crypto.PublicKey import RSA

        KEY = RSA.generate(2048)


        def send(data):
            cipher = PKCS1_v1_5.new(KEY.publickey())
            return cipher.encrypt(data)


        def receive_all(blobs):
            found = []
            for blob in blobs:
                cipher = PKCS1_v1_5.new(KEY)
                message = cipher.decrypt(blob, None)
                if message is None:
                    continue
                found.append(message)
            return found
        """,
        """
        import app
        assert app.receive_all([app.send(b"a"), b"x" * 256, app.send(b"")]) == [b"a", b""]
        """,
        """
        import app
        assert "PKCS1_v1_5" not in open("app.py").read()
        """,
        unsafe=True,
    ),
    program(
        "a cipher whose IV is read from it, and sent as text",
        "KA409",
        """
        import base64
        import os

        from Crypto.Cipher import AES
        from Crypto.Random import get_random_bytes
        from Crypto.Util.Padding import pad, unpad

        KEY = bytes.fromhex(os.environ["BOX_KEY"])


        def aes_encrypt(data):
            iv = get_random_bytes(16)
            cipher = AES.new(KEY, AES.MODE_CBC, iv)
            sealed = cipher.encrypt(pad(data.encode(), 16))
            head = base64.urlsafe_b64encode(cipher.iv).decode("utf-8").rstrip("=")
            return f"{head}:{base64.urlsafe_b64encode(sealed).decode('utf-8').rstrip('=')}"


        def aes_decrypt(text):
            iv, sealed = text.split(":")
            iv = base64.urlsafe_b64decode(iv + "==")
            sealed = base64.urlsafe_b64decode(sealed + "==")
            cipher = AES.new(KEY, AES.MODE_CBC, iv)
            return unpad(cipher.decrypt(sealed), 16).decode("utf-8")
        """,
        """
        import app
        assert app.aes_decrypt(app.aes_encrypt("caf\u00e9")) == "caf\u00e9"
        """,
        """
        import app
        head, _, sealed = app.aes_encrypt("hello").partition(":")
        try:
            app.aes_decrypt(head + ":" + ("A" if sealed[0] != "A" else "B") + sealed[1:])
        except ValueError:
            pass
        else:
            raise AssertionError
        assert "nonce=iv" in open("app.py").read()
        """,
        unsafe=True,
        environment={"BOX_KEY": "00112233445566778899aabbccddeeff"},
    ),
    program(
        "a program that asks for a passphrase",
        "KA419",
        """
        import hashlib


        def unlock(salt):
            name = input("User name: ")
            passphrase = input("Enter your passphrase: ")
            return name, hashlib.scrypt(passphrase.encode(), salt=salt, n=2**4, r=8, p=1)
        """,
        """
        import builtins, getpass, app
        said = {"User name: ": "ann", "Enter your passphrase: ": "winter"}
        builtins.input = getpass.getpass = said.__getitem__
        assert app.unlock(b"salt")[0] == "ann"
        """,
        """
        import builtins, getpass, app
        builtins.input = {"User name: ": "ann"}.__getitem__
        getpass.getpass = {"Enter your passphrase: ": "winter"}.__getitem__
        assert app.unlock(b"salt")[0] == "ann"
        """,
        unsafe=True,
    ),
    program(
        "the cookie of a login",
        "KA235",
        """
        class Response:
            def __init__(self):
                self.cookies = {}

            def set_cookie(self, name, value, **options):
                self.cookies[name] = value, options


        def login(response, session_token):
            response.set_cookie("session", session_token, httponly=True)
            response.set_cookie("theme", "dark")
            return response
        """,
        """
        import app
        assert app.login(app.Response(), "t").cookies["theme"] == ("dark", {})
        assert app.login(app.Response(), "t").cookies["session"][1]["httponly"]
        """,
        """
        import app
        assert app.login(app.Response(), "t").cookies["session"][1]["secure"] is True
        """,
        unsafe=True,
    ),
    program(
        "keys of a size that is told",
        "KA109",
        """
        import logging

        from Crypto.PublicKey import RSA

        KEY_BITS = 1024


        def new_key():
            logging.getLogger("keys").info("making a key of %d bits", KEY_BITS)
            return RSA.generate(KEY_BITS)


        def describe():
            return f"keys of {KEY_BITS} bits"
        """,
        """
        import app
        assert app.describe().startswith("keys of ") and app.new_key().has_private()
        """,
        """
        import app
        assert app.new_key().size_in_bits() >= 3072
        assert app.describe() == "keys of 3072 bits"
        """,
    ),
    program(
        "a constant of one file that another hands to Flask",
        "KA505",
        {
            "app.py": """
            from flask import Flask

            from config import SECRET_KEY

            app = Flask(__name__)
            app.secret_key = SECRET_KEY
            """,
            "config.py": """
            import os

            # --- Secret Key for Sessions ---
            SECRET_KEY = os.environ['SECRET_KEY']
            SESSION_PERMANENT = False
            """,
        },
        _FLASK + "import app\nassert app.app.secret_key == 'new'",
        _FLASK + "import app, config\nassert app.app.config['SECRET_KEY_FALLBACKS'] == ['old']\n"
        "assert not hasattr(config, 'SECRET_KEY_FALLBACKS'), 'nothing reads it there'",
        environment={"SECRET_KEY": "new", "SECRET_KEY_FALLBACKS": "old"},
    ),
    program(
        "a vault of one class, with one salt for all",
        "KA106",
        """
        import hashlib
        import os

        from cryptography.hazmat.primitives.ciphers.aead import AESGCM


        class Vault:
            SALT = b"of-all-vaults-16"

            def _key(self, password):
                return hashlib.scrypt(password.encode(), salt=self.SALT, n=2**14, r=8, p=1, dklen=32)

            def seal(self, password, data):
                nonce = os.urandom(12)
                return nonce + AESGCM(self._key(password)).encrypt(nonce, data, b"v1")

            def unseal(self, password, blob):
                return AESGCM(self._key(password)).decrypt(blob[:12], blob[12:], b"v1")
        """,
        """
        import app
        vault = app.Vault()
        assert vault.unseal("winter", vault.seal("winter", b"data")) == b"data"
        """,
        """
        import app, hashlib
        salts = []
        real = hashlib.scrypt
        def told(password, *, salt, **options):
            salts.append(salt)
            return real(password, salt=salt, n=2, r=8, p=1, dklen=32)
        app.hashlib.scrypt = told
        vault = app.Vault()
        one, two = vault.seal("winter", b"data"), vault.seal("winter", b"data")
        assert salts[0] != salts[1] and vault.unseal("winter", two) == b"data"
        """,
        unsafe=True,
    ),
    program(
        "a data key that is kept for ever",
        "KA314",
        {
            "app.py": """
            import functools

            import boto3


            @functools.lru_cache(maxsize=16)
            def data_key(blob):
                return boto3.client("kms").decrypt(CiphertextBlob=blob)["Plaintext"]
            """,
            "requirements.txt": "boto3\ncachetools>=5\n",
        },
        _KEPT + "import app\nassert app.data_key(b'1') == app.data_key(b'1') == b'key of 1'\n"
        "assert asked == [b'1']",
        _KEPT + "import app\napp.data_key(b'1')\nclock[0] += 301\napp.data_key(b'1')\n"
        "assert asked == [b'1', b'1']",
    ),
    program(
        "Flask's own cookie",
        "KA236",
        """
        import os

        from flask import Flask


        def create_app():
            app = Flask(__name__)
            app.config['SECRET_KEY'] = os.environ['SECRET_KEY']
            app.config['TESTING'] = False
            return app
        """,
        _FLASK + "import app\nassert app.create_app().config['SECRET_KEY'] == 'new'",
        _FLASK + "import app\nassert app.create_app().config['SESSION_COOKIE_SECURE'] is True",
        unsafe=True,
        environment={"SECRET_KEY": "new"},
    ),
]
