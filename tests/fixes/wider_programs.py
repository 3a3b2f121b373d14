"""Programs of several files, or for safe fixes only, that must be left as they are."""

from __future__ import annotations

from textwrap import dedent

# By name: the rule, the files, and whether migrating fixes are wanted.
WIDER: dict[str, tuple[str, dict[str, str], bool]] = {
    "a key that is computed, and never a list": (
        "KA503",
        {
            "app.py": """
                import base64
                import hashlib
                import os
                from cryptography.fernet import Fernet
                def box():
                    key_hash = hashlib.sha256(os.environ["SECRET"].encode()).digest()
                    fernet_key = base64.urlsafe_b64encode(key_hash)
                    return Fernet(fernet_key)
                """,
        },
        True,
    ),
    "the value that stands in for an error is asked for later": (
        "KA412",
        {
            "app.py": """
                from Crypto.Cipher import PKCS1_v1_5
                def send(public_key, data):
                    return PKCS1_v1_5.new(public_key).encrypt(data)
                def receive(private_key, blob):
                    data = PKCS1_v1_5.new(private_key).decrypt(blob, None)
                    if not data:
                        data = b"nothing"
                    return data
                """,
        },
        True,
    ),
    "a key for when the environment has none": (
        "KA301",
        {
            "app.py": """
                import base64
                import os
                from cryptography.fernet import Fernet
                def key():
                    given = os.environ.get("ENCRYPTION_KEY")
                    if given:
                        return base64.urlsafe_b64encode(given.encode()[:32])
                    default_key = b"prompt-manager-default-key-32-byt"
                    return base64.urlsafe_b64encode(default_key[:32])
                def seal(data):
                    return Fernet(key()).encrypt(data)
                """,
        },
        True,
    ),
    "an IV of eight bytes that the library draws": (
        "KA116",
        {
            "app.py": """
                from Crypto.Cipher import DES
                from Crypto.Util.Padding import pad, unpad
                BLOCK = 8
                def encrypt_message(plaintext, session_key):
                    plaintext_bytes = plaintext.encode("utf-8")
                    cipher = DES.new(session_key, DES.MODE_CBC)
                    return cipher.iv + cipher.encrypt(pad(plaintext_bytes, BLOCK))
                def decrypt_message(encrypted_data, session_key):
                    iv = encrypted_data[:BLOCK]
                    cipher = DES.new(session_key, DES.MODE_CBC, iv=iv)
                    return unpad(cipher.decrypt(encrypted_data[BLOCK:]), BLOCK).decode("utf-8")
                """,
        },
        True,
    ),
    "a nonce of eight bytes that the library draws": (
        "KA409",
        {
            "app.py": """
                from Crypto.Cipher import AES
                def seal(key, data):
                    cipher = AES.new(key, AES.MODE_CTR)
                    return cipher.nonce + cipher.encrypt(data)
                def unseal(key, blob):
                    cipher = AES.new(key, AES.MODE_CTR, nonce=blob[:8])
                    return cipher.decrypt(blob[8:])
                """,
        },
        True,
    ),
    "stored passwords are checked through several variables": (
        "KA104",
        {
            "app.py": """
                import hashlib
                import secrets
                ITERATIONS = 100000  # of all records
                def encrypt_pwd(plain_password):
                    salt = secrets.token_hex(16)
                    hashed_bytes = hashlib.pbkdf2_hmac(
                        hash_name="sha256",
                        password=plain_password.encode("utf-8"),
                        salt=salt.encode("utf-8"),
                        iterations=ITERATIONS,
                    )
                    hashed_password = hashed_bytes.hex()
                    return f"{salt}:{hashed_password}"
                def verify_pwd(plain_password, encrypted_password):
                    try:
                        salt, hashed_password = encrypted_password.split(":", 1)
                        verify_hashed_bytes = hashlib.pbkdf2_hmac(
                            hash_name="sha256",
                            password=plain_password.encode("utf-8"),
                            salt=salt.encode("utf-8"),
                            iterations=ITERATIONS,
                        )
                        verify_hashed_password = verify_hashed_bytes.hex()
                        return secrets.compare_digest(verify_hashed_password, hashed_password)
                    except ValueError:
                        return False
                """,
        },
        True,
    ),
    "a default that the server's configuration replaces": (
        "KA312",
        {
            "app.py": """
                import flask
                def create_app(_read_config=True, **config):
                    app = flask.Flask(__name__)
                    # This key is insecure and you should override it on the server
                    app.config["SECRET_KEY"] = "t-ade7-ff25d22efe03023dec"
                    app.config["TESTING"] = False
                    app.config.update(config)
                    if _read_config:
                        app.config.from_pyfile("/etc/app.conf.py")
                    return app
                """,
        },
        True,
    ),
    "verify off under a condition": (
        "KA204",
        {
            "app.py": """
                import requests, os
                session = requests.Session()
                if os.environ.get("DEV"):
                    session.verify = False
                """,
        },
        True,
    ),
    "old records have no cost": (
        "KA104",
        {
            "app.py": """
                import hashlib, os
                ROUNDS = 1000
                def record(password):
                    salt = os.urandom(16)
                    return {"rounds": ROUNDS, "salt": salt, "key": hashlib.pbkdf2_hmac("sha256", password, salt, ROUNDS)}
                def check(password, kept):
                    rounds = kept.get("rounds", ROUNDS)
                    return hashlib.pbkdf2_hmac("sha256", password, kept["salt"], rounds) == kept["key"]
                """,
        },
        False,
    ),
    "the cost checks as well": (
        "KA104",
        {
            "app.py": """
                import hashlib, os, hmac
                ROUNDS = 1000
                def record(password):
                    salt = os.urandom(16)
                    return salt + hashlib.pbkdf2_hmac("sha256", password, salt, ROUNDS)
                def check(password, kept):
                    return hmac.compare_digest(hashlib.pbkdf2_hmac("sha256", password, kept[:16], ROUNDS), kept[16:])
                """,
        },
        False,
    ),
    "salt in a struct": (
        "KA107",
        {
            "app.py": """
                import hashlib, os, struct
                def record(password):
                    salt = os.urandom(8)
                    return struct.pack("8s32s", salt, hashlib.pbkdf2_hmac("sha256", password, salt, 700_000))
                def check(password, kept):
                    salt, key = struct.unpack("8s32s", kept)
                    return hashlib.pbkdf2_hmac("sha256", password, salt, 700_000) == key
                """,
        },
        True,
    ),
    "the size is checked": (
        "KA109",
        {
            "app.py": """
                from cryptography.hazmat.primitives.asymmetric import rsa
                def new():
                    return rsa.generate_private_key(public_exponent=65537, key_size=1024)
                def check(key):
                    if key.key_size != 1024:
                        raise ValueError
                """,
        },
        True,
    ),
    "tried again once the certificate was refused": (
        "KA204",
        {
            "app.py": """
                import requests
                def get(url):
                    try:
                        return requests.get(url), True
                    except requests.exceptions.SSLError:
                        return requests.get(url, verify=False), False
                """,
        },
        True,
    ),
    "a default that another configuration replaces": (
        "KA312",
        {
            "shop/default_settings.py": """
                DEBUG = False
                SECRET_KEY = "n7Kq2xVw9LzTm4RbNc7YdHf3PgJs6AeU"
                """,
            "shop/app.py": """
                from flask import Flask
                def create_app():
                    app = Flask(__name__)
                    app.config.from_object("shop.default_settings")
                    app.config.from_envvar("SHOP_SETTINGS", silent=True)
                    return app
                """,
        },
        True,
    ),
    "a default that a later import replaces": (
        "KA312",
        {
            "shop/settings.py": """
                INSTALLED_APPS = ["django.contrib.sessions"]
                SECRET_KEY = "n7Kq2xVw9LzTm4RbNc7YdHf3PgJs6AeU"
                from shop.local import *
                """,
        },
        True,
    ),
    "a default that the settings built on it replace": (
        "KA312",
        {
            "shop/settings/base.py": """
                INSTALLED_APPS = ["django.contrib.sessions"]
                SECRET_KEY = "n7Kq2xVw9LzTm4RbNc7YdHf3PgJs6AeU"
                """,
            "shop/settings/production.py": """
                import os
                from .base import *
                SECRET_KEY = os.environ["SECRET_KEY"]
                """,
        },
        True,
    ),
    "a framework that does not read older secrets yet": (
        "KA505",
        {
            "requirements.txt": """
                Flask==2.2.2
                """,
            "app.py": """
                import os
                from flask import Flask
                app = Flask(__name__)
                app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]
                """,
        },
        True,
    ),
    "another function tells the public key": (
        "KA207",
        {
            "app.py": """
                from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
                SERVER_KEY = X25519PrivateKey.generate()
                def public():
                    return SERVER_KEY.public_key().public_bytes_raw()
                def agree(peer):
                    return SERVER_KEY.exchange(peer)
                """,
        },
        True,
    ),
    "another file tells the public key": (
        "KA207",
        {
            "app.py": """
                from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
                SERVER_KEY = X25519PrivateKey.generate()
                def agree(peer):
                    return SERVER_KEY.public_key(), SERVER_KEY.exchange(peer)
                """,
            "page.py": """
                from app import SERVER_KEY
                def show():
                    return SERVER_KEY.public_key().public_bytes_raw().hex()
                """,
        },
        True,
    ),
    "a list of suites with rules": (
        "KA207",
        {
            "app.py": """
                import ssl
                context = ssl.create_default_context()
                context.set_ciphers("HIGH:AES128-SHA:!aNULL")
                """,
        },
        True,
    ),
    "drawn from a seed that others know": (
        "KA113",
        {
            "app.py": """
                import random
                from cryptography.hazmat.primitives.ciphers.aead import AESGCM
                generator = random.Random(1234)
                box = AESGCM(generator.randbytes(32))
                """,
        },
        True,
    ),
    "the state of the generator is kept": (
        "KA113",
        {
            "app.py": """
                import random, time
                from cryptography.hazmat.primitives.ciphers.aead import AESGCM
                generator = random.Random(int(time.time()))
                box = AESGCM(generator.randbytes(32))
                def state():
                    return generator.getstate()
                """,
        },
        True,
    ),
    "a key file that is closed to others": (
        "KA305",
        {
            "app.py": """
                from cryptography.fernet import Fernet
                def create(path):
                    key = Fernet.generate_key()
                    with open(path, "wb") as file:
                        file.write(key)
                """,
        },
        True,
    ),
    "added to a file in another folder": (
        "KA305",
        {
            "start.sh": """
                #!/bin/sh
                echo "# settings" > app.env
                cd /srv
                echo "DEPLOY_TOKEN=$DEPLOY_TOKEN" >> app.env
                """,
        },
        True,
    ),
    "a line of several commands": (
        "KA305",
        {
            "start.sh": """
                #!/bin/sh
                echo "$DEPLOY_TOKEN" > token.txt && cp token.txt /srv
                echo "$DEPLOY_TOKEN" > token.txt; TOKEN_FILE=token.txt
                """,
        },
        True,
    ),
    "a password that is encoded for the URL": (
        "KA203",
        {
            "app.py": """
                import requests
                from urllib.parse import quote
                def get(user, given):
                    password = quote(given)
                    return requests.get(f"https://{user}:{password}@example.org/")
                """,
        },
        True,
    ),
    "a parameter that the other side asks for": (
        "KA203",
        {
            "app.py": """
                import requests
                def get(secret_key):
                    return requests.get("https://api.weather.io/v1", params={"k": secret_key})
                """,
        },
        True,
    ),
    "programs that run elsewhere": (
        "KA212",
        {
            "deploy.sh": """
                #!/bin/sh
                sudo mysqldump -p"$DB_PASSWORD" shop > shop.sql
                docker exec cache redis-cli -a "$REDIS_PASS" save
                docker login -u ci -p "$REGISTRY_PASSWORD" registry < settings
                cat settings | docker login -u ci -p "$REGISTRY_PASSWORD" registry
                cat settings | \\
                  docker login -u ci -p "$REGISTRY_PASSWORD" registry
                """,
        },
        True,
    ),
    "a command in backquotes": (
        "KA212",
        {
            "count.sh": """
                #!/bin/sh
                COUNT="`mysql -p"$DB_PASSWORD" -e 'select count(*) from t'`"
                """,
        },
        True,
    ),
    "commands that Python starts in a way of its own": (
        "KA212",
        {
            "app.py": """
                import subprocess
                def deploy(user, password, command):
                    subprocess.check_call(["docker", "login", "-u", user, "-p", password])
                    subprocess.run(["docker", "login", "-p", password], stdin=subprocess.DEVNULL)
                    subprocess.run(["sudo", "mysqldump", f"-p{password}", "shop"])
                    subprocess.run(["svn", "update", "--password", password])
                    environment = {"PATH": "/bin"}
                    subprocess.run(["sshpass", "-p", password, "ssh", "host"], env=environment)
                """,
        },
        True,
    ),
    "an encrypted variable that is there already": (
        "KA316",
        {
            "group_vars/all.yml": """
                db_user: shop
                db_password: "Xk29fLq8vTzR4mWp"
                """,
            "group_vars/web.yml": """
                web_password: "{{ vault_db_password }}"
                """,
        },
        True,
    ),
    "a variable that is there already": (
        "KA330",
        {
            "main.tf": """
                resource "aws_db_instance" "shop" {
                  password = "shop-owner-1"
                }
                """,
            "inputs.tf": """
                variable "shop_password" {
                  type = string
                }
                """,
        },
        True,
    ),
    "a secret in a line of several settings": (
        "KA330",
        {
            "main.tf": """
                resource "aws_db_instance" "shop" {
                  admin = { password = "shop-owner-1" }
                }
                """,
        },
        True,
    ),
    "a task that is there to show it": (
        "KA402",
        {
            "playbooks/site.yml": """
                - hosts: all
                  tasks:
                    - name: Show it
                      ansible.builtin.debug:
                        msg: "{{ root_password }}"
                """,
        },
        True,
    ),
    "asked for its type": (
        "KA503",
        {
            "app.py": """
                import os
                from cryptography.fernet import Fernet
                BOX = Fernet(os.environ["K"])
                def seal(data, box=BOX):
                    if not isinstance(box, Fernet):
                        raise TypeError
                    return box.encrypt(data)
                """,
        },
        True,
    ),
    "makes keys by the object": (
        "KA503",
        {
            "app.py": """
                import os
                from cryptography.fernet import Fernet
                BOX = Fernet(os.environ["K"])
                def seal(data):
                    return BOX.encrypt(data)
                def new():
                    return BOX.generate_key()
                """,
        },
        True,
    ),
    "callers catch the old error": (
        "KA409",
        {
            "app.py": """
                import os
                from cryptography.hazmat.primitives import padding
                from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

                def seal(key, data):
                    iv = os.urandom(16)
                    padder = padding.PKCS7(128).padder()
                    padded = padder.update(data) + padder.finalize()
                    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
                    return iv + encryptor.update(padded) + encryptor.finalize()

                def unseal(key, blob):
                    decryptor = Cipher(algorithms.AES(key), modes.CBC(blob[:16])).decryptor()
                    padded = decryptor.update(blob[16:]) + decryptor.finalize()
                    unpadder = padding.PKCS7(128).unpadder()
                    return unpadder.update(padded) + unpadder.finalize()

                def read(key, blob):
                    try:
                        return unseal(key, blob)
                    except ValueError:
                        return None
                """,
        },
        True,
    ),
    "found by the ciphertext": (
        "KA408",
        {
            "app.py": """
                from Crypto.Cipher import AES
                from Crypto.Util.Padding import pad, unpad
                TABLE = {}

                def seal(key, data):
                    return AES.new(key, AES.MODE_ECB).encrypt(pad(data, 16))

                def unseal(key, blob):
                    return unpad(AES.new(key, AES.MODE_ECB).decrypt(blob), 16)

                def put(key, name, value):
                    TABLE[seal(key, name)] = value

                def get(key, name):
                    return TABLE.get(seal(key, name))
                """,
        },
        True,
    ),
    "compared with the ciphertext": (
        "KA408",
        {
            "app.py": """
                from Crypto.Cipher import AES
                from Crypto.Util.Padding import pad, unpad

                def seal(key, data):
                    return AES.new(key, AES.MODE_ECB).encrypt(pad(data, 16))

                def unseal(key, blob):
                    return unpad(AES.new(key, AES.MODE_ECB).decrypt(blob), 16)

                def login(key, user, password):
                    return user.sealed == seal(key, password)
                """,
        },
        True,
    ),
    "the key file is for a server": (
        "KA304",
        {
            "app.py": """
                import ssl
                from cryptography.hazmat.primitives import serialization
                from cryptography.hazmat.primitives.asymmetric import ec

                def save(path):
                    key = ec.generate_private_key(ec.SECP256R1())
                    with open(path, "wb") as file:
                        file.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))

                def load(path):
                    with open(path, "rb") as file:
                        return serialization.load_pem_private_key(file.read(), password=None)

                def context(path):
                    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
                    made.load_cert_chain("cert.pem", path)
                    return made
                """,
        },
        True,
    ),
    "no line for an import": (
        "KA101",
        {
            "app.py": """
                import random; from cryptography.hazmat.primitives.ciphers.aead import AESGCM
                def box(): key = random.randbytes(32); return AESGCM(key)
                """,
        },
        True,
    ),
    "salt read by two": (
        "KA107",
        {
            "app.py": """
                import hashlib, os
                def record(f, password):
                    salt = os.urandom(8)
                    f.write(salt)
                    f.write(hashlib.pbkdf2_hmac("sha256", password, salt, 700_000))
                def check(f, password):
                    salt = f.read(SIZE)
                    return hashlib.pbkdf2_hmac("sha256", password, salt, 700_000) == f.read(32)
                from sizes import SIZE
                """,
            "sizes.py": """
                SIZE = 8
                """,
        },
        True,
    ),
    "a nonce that only the log has": (
        "KA403",
        {
            "app.py": """
                from cryptography.hazmat.primitives.ciphers.aead import AESGCM
                def seal(key, data):
                    nonce = b"fixed-nonce!"
                    print("nonce", nonce)
                    return AESGCM(key).encrypt(nonce, data, b"v1")
                """,
        },
        True,
    ),
    "constant nonce spelled again": (
        "KA403",
        {
            "app.py": """
                from cryptography.hazmat.primitives.ciphers.aead import AESGCM
                def seal(key, data):
                    nonce = b"fixed-nonce!"
                    body = AESGCM(key).encrypt(nonce, data, b"v1")
                    return {"nonce": nonce, "body": body}
                def unseal(key, record):
                    return AESGCM(key).decrypt(b"fixed-nonce!", record["body"], b"v1")
                """,
        },
        True,
    ),
    "wipe of a key in a generator": (
        "KA701",
        {
            "app.py": """
                import os
                from cryptography.hazmat.primitives.ciphers.aead import AESGCM
                def chunks(datas):
                    key = bytearray(os.urandom(32))
                    for data in datas:
                        yield AESGCM(key).encrypt(bytes(12), data, None)
                """,
        },
        True,
    ),
    "forgotten key used by others later": (
        "KA702",
        {
            "app.py": """
                import os, hmac
                class S:
                    def __init__(self, key):
                        self._key = key
                    def sign(self, data):
                        return hmac.new(self._key, data, "sha256").digest()
                    def clone(self):
                        return S(self._key)
                    def close(self):
                        self._key = b"\\x00" * 32
                """,
        },
        True,
    ),
    "sub class needs bytes": (
        "KA702",
        {
            "app.py": """
                import os, hmac
                class S:
                    def __init__(self):
                        self._key = os.urandom(32)
                    def sign(self, data):
                        return hmac.new(self._key, data, "sha256").digest()
                    def close(self):
                        self._key = b"\\x00" * 32
                """,
            "other.py": """
                from app import S
                class T(S):
                    def header(self):
                        return {self._key: 1}
                """,
        },
        True,
    ),
    "context set by helper": (
        "KA204",
        {
            "app.py": """
                import ssl
                def ctx(secure):
                    c = ssl.create_default_context()
                    if not secure:
                        c.check_hostname = False
                        c.verify_mode = ssl.CERT_NONE
                    return c
                """,
        },
        True,
    ),
    "salt in the encryption of another module": (
        "KA106",
        {
            "app.py": """
                import os, hashlib
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
            "other.py": """
                import app
                def header(password, blob):
                    return app.AESGCM(app.key_of(password)).decrypt(blob[:12], blob[12:], b"v1")
                def nonce(blob):
                    return blob[:12]
                """,
        },
        True,
    ),
    "ciphertext taken apart elsewhere": (
        "KA106",
        {
            "app.py": """
                import os, hashlib
                from cryptography.hazmat.primitives.ciphers.aead import AESGCM
                SALT = b"somesalt-2019-x!"
                def seal(password, data):
                    key = hashlib.pbkdf2_hmac("sha256", password.encode(), SALT, 600_000)
                    nonce = os.urandom(12)
                    return nonce + AESGCM(key).encrypt(nonce, data, b"v1")
                def unseal(password, blob):
                    key = hashlib.pbkdf2_hmac("sha256", password.encode(), SALT, 600_000)
                    return AESGCM(key).decrypt(blob[:12], blob[12:], b"v1")
                """,
            "store.py": """
                from app import seal
                def put(db, password, data):
                    blob = seal(password, data)
                    db.execute("insert", (blob[:12], blob[12:]))
                """,
        },
        True,
    ),
    "ECB block of fixed length": (
        "KA408",
        {
            "app.py": """
                from Crypto.Cipher import AES
                def seal(key, block):
                    return AES.new(key, AES.MODE_ECB).encrypt(block)
                def unseal(key, block):
                    return AES.new(key, AES.MODE_ECB).decrypt(block)
                def header(key, block):
                    out = seal(key, block)
                    assert len(out) == 16
                    return out
                """,
        },
        True,
    ),
    "PyCrypto has no such mode": (
        "KA409",
        {
            "app.py": """
                from Crypto.Cipher import AES
                from Crypto.Random import get_random_bytes

                def seal(key, data):
                    iv = get_random_bytes(16)
                    return iv + AES.new(key, AES.MODE_CFB, iv).encrypt(data)

                def unseal(key, blob):
                    return AES.new(key, AES.MODE_CFB, blob[:16]).decrypt(blob[16:])
                """,
            "requirements.txt": """
                pycrypto==2.6.1
                """,
        },
        True,
    ),
    "a password manager shows the password": (
        "KA402",
        {
            "app.py": """
                import getpass
                from cryptography.fernet import Fernet

                def show(box, token, info):
                    pw = getpass.getpass()
                    if info:
                        print(f"password: {pw}")
                    return Fernet(pw).decrypt(token)
                """,
        },
        True,
    ),
    "a comment above both settings": (
        "KA204",
        {
            "app.py": """
                import ssl

                def context():
                    made = ssl.create_default_context()
                    made.check_hostname = False
                    # the certificate is signed by nobody
                    made.verify_mode = ssl.CERT_NONE
                    return made
                """,
        },
        True,
    ),
    "a port of plain HTTP": (
        "KA201",
        {
            "app.py": """
                import requests
                from cryptography.fernet import Fernet

                def publish(host, port):
                    key = Fernet.generate_key()
                    return requests.post(f"http://{host}:{port}/v1/keys", data=key, timeout=5)
                """,
        },
        True,
    ),
    "secrets by means of its own": (
        "KA505",
        {
            "shop/settings.py": """
                INSTALLED_APPS = ["django.contrib.auth"]

                def load(name):
                    with open(f"/run/secrets/{name}") as file:
                        return file.read()

                SECRET_KEY = load("django")
                """,
        },
        True,
    ),
    "a class that is for no checks": (
        "KA204",
        {
            "app.py": """
                import ssl

                class BackendNoVerify:
                    def context(self):
                        made = ssl.create_default_context()
                        made.check_hostname = False
                        made.verify_mode = ssl.CERT_NONE
                        return made
                """,
        },
        True,
    ),
    "a caller reads the token as a text": (
        "KA103",
        {
            "app.py": """
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
            "page.py": """
                from app import seal

                def cookie(password, data):
                    token = seal(password, data)
                    return "t=" + token.decode()
                """,
        },
        True,
    ),
    "a password that is a key for one end": (
        "KA114",
        {
            "app.py": """
                from cryptography.hazmat.primitives.ciphers.aead import AESGCM

                def unseal(password, blob):
                    key = password.encode().ljust(32)[:32]
                    return AESGCM(key).decrypt(blob[:12], blob[12:], b"v1")
                """,
        },
        True,
    ),
    "a frame of a fixed length": (
        "KA409",
        {
            "app.py": """
                import os
                import struct
                from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

                FRAME = struct.Struct("!16s64s")

                def frame(key, data):
                    iv = os.urandom(16)
                    enc = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
                    return FRAME.pack(iv, enc.update(data.ljust(64)) + enc.finalize())

                def unframe(key, blob):
                    iv, body = FRAME.unpack(blob)
                    dec = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
                    return (dec.update(body) + dec.finalize()).rstrip()
                """,
        },
        True,
    ),
    "a ciphertext in a column of a known size": (
        "KA409",
        {
            "app.py": """
                import os
                import sqlite3
                from Crypto.Cipher import AES
                from Crypto.Util.Padding import pad, unpad

                db = sqlite3.connect(":memory:")
                db.execute("CREATE TABLE cards (id INTEGER, pan BINARY(32) CHECK (length(pan) = 32))")

                def encrypt(key, text):
                    iv = os.urandom(16)
                    return iv + AES.new(key, AES.MODE_CBC, iv).encrypt(pad(text.encode(), 16))

                def decrypt(key, blob):
                    return unpad(AES.new(key, AES.MODE_CBC, blob[:16]).decrypt(blob[16:]), 16).decode()

                def save(key, number, text):
                    db.execute("INSERT INTO cards VALUES (?, ?)", (number, encrypt(key, text)))
                """,
        },
        True,
    ),
    "a frame that another module fills up": (
        "KA409",
        {
            "frames.py": """
                MAX = 48

                def frame(blob):
                    return blob.ljust(MAX, b"0")
                """,
            "wire.py": """
                import os
                from Crypto.Cipher import AES
                from Crypto.Util.Padding import pad, unpad
                from frames import frame

                def send(key, data):
                    iv = os.urandom(16)
                    return frame(iv + AES.new(key, AES.MODE_CBC, iv).encrypt(pad(data, 16)))

                def receive(key, blob):
                    return unpad(AES.new(key, AES.MODE_CBC, blob[:16]).decrypt(blob[16:]), 16)
                """,
        },
        True,
    ),
    "the database compares the hashes": (
        "KA416",
        {
            "app.py": """
                import hashlib

                def register(db, name, password):
                    db.execute("INSERT INTO users VALUES (?, ?)", (name, hashlib.sha1(password.encode()).hexdigest()))

                def login(db, name, password):
                    found = db.execute(
                        "SELECT 1 FROM users WHERE name = ? AND hash = ?",
                        (name, hashlib.sha1(password.encode()).hexdigest()),
                    )
                    return found.fetchone() is not None
                """,
        },
        True,
    ),
    "the column of the hash has no room": (
        "KA416",
        {
            "app.py": """
                import hashlib
                import hmac

                def create(db):
                    db.execute("CREATE TABLE users (name TEXT, hash CHAR(40))")

                def register(db, name, password):
                    db.execute("INSERT INTO users VALUES (?, ?)", (name, hashlib.sha1(password.encode()).hexdigest()))

                def login(db, name, password):
                    row = db.execute("SELECT hash FROM users WHERE name = ?", (name,)).fetchone()
                    return row is not None and hmac.compare_digest(
                        row[0], hashlib.sha1(password.encode()).hexdigest()
                    )
                """,
        },
        True,
    ),
    "who signs is told by the caller": (
        "KA504",
        {
            "setup.py": 'from setuptools import setup\n\nsetup(name="issuer", py_modules=["app"])\n',
            "app.py": """
                import jwt

                def issue(claims, private_pem):
                    return jwt.encode({**claims, "exp": 1}, private_pem, "RS256")
                """,
        },
        True,
    ),
}
WIDER = {
    name: (rule, {path: dedent(text).lstrip() for path, text in files.items()}, unsafe)
    for name, (rule, files, unsafe) in WIDER.items()
}
