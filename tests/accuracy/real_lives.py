"""Programs about what happens to a key, in the shapes in which applications write it."""

from __future__ import annotations

from tests.accuracy.lives import Life

_IAM = "import boto3, logging\niam = boto3.client('iam')\nCLIENTS = boto3.session.Session()"
_FERNET = "import os, secrets\nfrom cryptography.fernet import Fernet, MultiFernet\nSTATE = {}"
_HASH = "import hashlib, hmac\nUSERS = {}"
_SEAL = (
    "import os, hashlib\nfrom Crypto.Cipher import AES\n"
    "from cryptography.hazmat.primitives.ciphers.aead import AESGCM"
)
_FILES = "import os, pathlib, tempfile\nfrom cryptography.fernet import Fernet"

REAL_LIVES = [
    Life("KA705", "boto3 IAM", _IAM,
         ("logging.info('gone')\niam.delete_access_key(UserName=path, AccessKeyId=key_id)",
          "client = CLIENTS.client('iam')\nlogging.info('gone')\n"
          "client.delete_access_key(UserName=path, AccessKeyId=key_id)",
          "logging.info('gone')\npath.iam.delete_access_key(AccessKeyId=key_id)"),
         ("iam.get_access_key_last_used(AccessKeyId=key_id)\nlogging.info('gone')\n"
          "iam.delete_access_key(UserName=path, AccessKeyId=key_id)",
          "iam.delete_access_key(UserName=path, AccessKeyId=key_id)\niam.delete_user(UserName=path)",
          "if data['Status'] == 'Inactive':\n"
          "    iam.delete_access_key(UserName=path, AccessKeyId=key_id)")),
    Life("KA711", "hvac", "import hvac, logging\nclient = hvac.Client(url='https://vault:8200')",
         ("logging.info('gone')\n"
          "client.secrets.kv.v2.delete_metadata_and_all_versions(path=path)",
          "logging.info('gone')\n"
          "client.secrets.kv.v2.destroy_secret_versions(path=path, versions=[1])"),
         ("logging.info('new')\n"
          "client.secrets.kv.v2.create_or_update_secret(path=path, secret={'a': data})",)),
    Life("KA510", "pyca/cryptography", _FERNET,
         ("key = Fernet.generate_key()\nSTATE['key'] = key\nreturn Fernet(key)",
          "open(path, 'rb').close()\nSTATE['box'] = Fernet(Fernet.generate_key())"),
         ("STATE['previous'] = STATE['key']\nSTATE['key'] = Fernet.generate_key()",
          "new = Fernet(Fernet.generate_key())\nreturn new.encrypt(Fernet(kek).decrypt(data))",
          "STATE['keys'].insert(0, Fernet.generate_key())\ndel STATE['keys'][3:]"),
         name="rotate_key", also=frozenset({"KA305", "KA503", "KA314"})),
    Life("KA702", "pyca/cryptography", _SEAL,
         ("key = os.urandom(32)\nsealed = AESGCM(key).encrypt(os.urandom(12), data, b'v1')\n"
          "# wipe the key from memory\ndel key\nreturn sealed",
          "key = AESGCM.generate_key(256)\nnonce = os.urandom(12)\n"
          "sealed = AESGCM(key).encrypt(nonce, data, b'v1')\n"
          "key = None  # clear the key from memory\nreturn nonce + sealed"),
         ("key = os.urandom(32)\nsealed = AESGCM(key).encrypt(os.urandom(12), data, b'v1')\n"
          "del key\nreturn sealed",
          "key = None\nfor key in path:\n    data = AESGCM(key).encrypt(os.urandom(12), data, b'v1')\n"
          "return data")),
    Life("KA703", "files", _FILES,
         ("key_path = path\nbox = Fernet(open(key_path, 'rb').read())\nos.remove(key_path)\nreturn box",
          "private_key_file = path\nos.unlink(private_key_file)",
          "os.unlink(data['key_file'])",
          "handle, keyfile = tempfile.mkstemp()\ntry:\n    path.run(keyfile)\nfinally:\n"
          "    os.unlink(keyfile)"),
         ("public_key_path = path\nos.remove(public_key_path)",
          "cache_path = path\nos.remove(cache_path)",
          "os.unlink(data['lock_file'])"),
         also=frozenset({"KA503"})),
    Life("KA606", "files", _FILES + "\nimport shutil",
         ("key_file = path\nshutil.copy(key_file, key_file + '.bak')\nreturn Fernet.generate_key()",
          "os.rename('private_key.pem', 'private_key.pem.old')",
          "target = pathlib.Path('archive') / 'old.key'\npathlib.Path('secret.key').rename(target)"),
         ("key_file = path\nshutil.copy(key_file, key_file + '.tmp')",
          "public_key_path = path\nshutil.copy(public_key_path, 'pub.bak')",
          "os.rename('report.txt', 'report.txt.old')")),
    Life("KA416", "hashlib", _HASH,
         ("USERS[path] = hashlib.sha256(password.encode()).hexdigest()",
          "return hashlib.md5((salt + password).encode()).hexdigest()",
          "digest = hashlib.sha1()\ndigest.update(password.encode())\nreturn digest.hexdigest()",
          "return hashlib.sha512(data['user_password'].encode()).hexdigest()"),
         ("return hashlib.sha256(data).hexdigest(), len(password)",
          "return hashlib.scrypt(password, salt=salt, n=2**17, r=8, p=1)",
          "return hashlib.md5(f'{path}:realm:{password}'.encode()).hexdigest()")),
    Life("KA413", "hashlib", _HASH,
         ("return USERS[path] == hashlib.pbkdf2_hmac('sha256', password, salt, 600_000)",
          "made = hashlib.scrypt(password, salt=salt, n=2**17, r=8, p=1)\n"
          "if made != USERS[path]:\n    raise ValueError"),
         ("made = hashlib.scrypt(password, salt=salt, n=2**17, r=8, p=1)\n"
          "return hmac.compare_digest(made, USERS[path])",)),
    Life("KA418", "PyCryptodome", _SEAL,
         ("iv = hashlib.md5(kek).digest()\nreturn AES.new(kek, AES.MODE_CBC, iv).encrypt(data)",
          "nonce = hashlib.sha256(data).digest()[:12]\n"
          "return nonce + AESGCM(kek).encrypt(nonce, data, b'v1')"),
         ("iv = os.urandom(16)\nreturn iv + AES.new(kek, AES.MODE_CBC, iv).encrypt(data)",),
         also=frozenset({"KA409", "KA404"})),
]  # fmt: skip
