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
        _SETTINGS.replace("open", "(lambda _: __import__('io').StringIO())")
        + "import auth, mail\nassert auth.issue('x').startswith('x:')\n"
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
        app.PBKDF2.__globals__.setdefault("_told", [])
        sealed = app.FileCipher().encrypt_data(b"data", "pw")
        assert app.FileCipher().decrypt_data(sealed, "pw") == b"data"
        """,
        """
        import app, inspect
        counts = []
        real = app.PBKDF2
        def told(*args, **named):
            counts.append(named.get("count", 1000))
            return real(*args, **{**named, "count": 1})
        app.PBKDF2 = told
        sealed = app.FileCipher().encrypt_data(b"data", "pw")
        assert app.FileCipher().decrypt_data(sealed, "pw") == b"data"
        assert min(counts) >= 600_000 and len(set(counts)) == 1
        assert max(map(len, open("app.py"))) < 102
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
]
