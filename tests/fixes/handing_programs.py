"""Programs that hand secrets on: to commands, files, archives, URLs and the other side."""

from __future__ import annotations

from tests.fixes.program import program

# Stand-ins for programs: each notes its arguments, and what it is given in other ways.
_SHELL = """
import os, subprocess
from pathlib import Path
folder = Path("bin")
folder.mkdir(exist_ok=True)
for name in ("docker", "mysqldump", "redis-cli", "sshpass", "keytool"):
    stand_in = folder / name
    stand_in.write_text(
        '#!/bin/sh\\necho "$0 $*" >> said\\n'
        'case "$*" in *stdin*) cat >> told;; esac\\n'
        'printf "%s" "$MYSQL_PWD$REDISCLI_AUTH$SSHPASS$KEYTOOL_STOREPASS" >> told\\n'
        'case "$*" in *s3cret*) printf s3cret >> told;; esac\\n'
    )
    stand_in.chmod(0o755)
for name in ("said", "told"):
    Path(name).write_text("")
environment = {**os.environ, "PATH": f"{folder.absolute()}:{os.environ['PATH']}"}
for name in ("MYSQL_PWD", "REDISCLI_AUTH", "SSHPASS"):
    environment.pop(name, None)
environment["DEPLOY_PASSWORD"] = "s3cret"
done = subprocess.run(["sh", "deploy.sh"], env=environment, capture_output=True, text=True)
assert done.returncode == 0, done.stderr
"""
_PYTHON = (
    _SHELL.partition("done = ")[0]
    + """
import app
os.environ.update(environment)
app.deploy("ci", "s3cret", "registry")
"""
)
_TLS = """
import app
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
class Connection:
    def __init__(self):
        self.mine, self.sent = X25519PrivateKey.generate(), b""
    def sendall(self, data):
        self.sent += data
    def recv(self, count):
        return self.mine.public_key().public_bytes_raw()
one, other = Connection(), Connection()
for connection in (one, other):
    secret = app.handshake(connection)
    assert secret == connection.mine.exchange(X25519PublicKey.from_public_bytes(connection.sent))
"""
_STORE = """
import sys, types
class Client:
    asked = []
    def put_object(self, **given):
        Client.asked.append(given)
    def generate_data_key(self, **given):
        return {"Plaintext": b"k" * 32, "CiphertextBlob": b"sealed"}
boto3 = types.ModuleType("boto3")
boto3.client = lambda name, **given: Client()
sys.modules["boto3"] = boto3
import app
"""
_SENT = """
import sys
for name in [name for name in sys.modules if name.split(".")[0] == "requests"]:
    del sys.modules[name]  # other programs have a stand-in for it
import requests
sent, asked = [], []
def send(session, request, **given):
    sent.append(request)
    answer = requests.Response()
    answer.status_code = 200
    return answer
real = requests.api.request
requests.Session.send = send
import app
app.releases("ann", "s3cret", "tool")
assert sent[0].headers["Authorization"] == "Basic YW5uOnMzY3JldA=="
"""

HANDING = [
    program(
        "commands of a shell script",
        "KA212",
        {
            "deploy.sh": """
                #!/bin/sh
                set -e
                if ! docker login -u ci -p "$DEPLOY_PASSWORD" registry; then exit 3; fi
                docker login --password=$DEPLOY_PASSWORD -u ci registry || exit 4
                mysqldump -u app "-p$DEPLOY_PASSWORD" shop > shop.sql
                redis-cli -a "${DEPLOY_PASSWORD}" save && \\
                  sshpass -p "$DEPLOY_PASSWORD" scp a ci@host:
                keytool -list \\
                  -storepass "$DEPLOY_PASSWORD" \\
                  -v
                """,
        },
        _SHELL + "assert Path('told').read_text() == 's3cret' * 6, Path('told').read_text()\n",
        _SHELL + "assert 's3cret' not in Path('said').read_text()\n",
        variants=False,
    ),
    program(
        "commands that Python starts",
        "KA212",
        """
        import subprocess

        def deploy(user, password, registry):
            subprocess.run(["docker", "login", "-u", user, "-p", password, registry], check=True)
            subprocess.run(
                ["docker", "login", "-u", user, f"--password={password}", registry], text=True,
                check=True,
            )
            subprocess.check_call(["mysqldump", "-u", user, "-p" + password, "shop"])
            subprocess.check_output(["redis-cli", "-a", password, "save"])
        """,
        _PYTHON + "assert Path('told').read_text() == 's3cret' * 4, Path('told').read_text()\n",
        _PYTHON + "assert 's3cret' not in Path('said').read_text()\n",
    ),
    program(
        "a token in a file",
        "KA305",
        """
        import json

        def remember(path, api_token, user):
            '''Keep the token.'''
            with open(path, "w") as file:  # for the next run
                json.dump({"user": user, "api_token": api_token}, file)
        """,
        "import app, json\n"
        "app.remember('state', 'a', 'ann')\n"
        "app.remember('state', 'b', 'bo')\n"
        "assert json.load(open('state')) == {'user': 'bo', 'api_token': 'b'}\n",
        "import app, os\n"
        "app.remember('other', 'a', 'ann')\n"
        "assert os.stat('other').st_mode & 0o77 == 0\n",
    ),
    program(
        "a token in a file of a script",
        "KA305",
        {
            "start.sh": """
                #!/bin/sh
                if true; then
                  echo "$DEPLOY_TOKEN" > token.txt
                fi
                echo done > other.txt
                """,
        },
        "import os, subprocess\n"
        "os.environ['DEPLOY_TOKEN'] = 's3cret'\n"
        "subprocess.run(['sh', 'start.sh'], check=True)\n"
        "assert open('token.txt').read() == 's3cret\\n'\n"
        "assert os.stat('other.txt').st_mode & 0o40 == 0o40 & ~os.umask(os.umask(0o22))\n",
        "import os, subprocess\n"
        "os.umask(0o22)\n"
        "subprocess.run(['sh', 'start.sh'], check=True)\n"
        "assert os.stat('token.txt').st_mode & 0o77 == 0\n",
        variants=False,
    ),
    program(
        "a token added to a file of a script",
        "KA305",
        {
            "start.sh": """
                #!/bin/sh
                echo '# settings; do not edit' > app.env
                echo "DEPLOY_TOKEN=$DEPLOY_TOKEN" >> app.env
                echo "APP_TOKEN=$DEPLOY_TOKEN" >> app.env
                """,
        },
        "import os, subprocess\n"
        "os.environ['DEPLOY_TOKEN'] = 's3cret'\n"
        "subprocess.run(['sh', 'start.sh'], check=True)\n"
        "assert open('app.env').read().endswith('N=s3cret\\nAPP_TOKEN=s3cret\\n')\n",
        "import os, subprocess\n"
        "os.umask(0o22)\n"
        "subprocess.run(['sh', 'start.sh'], check=True)\n"
        "assert os.stat('app.env').st_mode & 0o77 == 0\n",
        variants=False,
    ),
    program(
        "a key for all exchanges",
        "KA207",
        """
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

        # The server's key.
        SERVER_KEY = X25519PrivateKey.generate()

        def handshake(connection):
            connection.sendall(SERVER_KEY.public_key().public_bytes_raw())
            peer = X25519PublicKey.from_public_bytes(connection.recv(32))
            return SERVER_KEY.exchange(peer)
        """,
        _TLS,
        _TLS + "assert one.sent != other.sent\n",
    ),
    program(
        "suites without forward secrecy",
        "KA207",
        """
        import ssl

        def context():
            made = ssl.create_default_context()
            made.set_ciphers('ECDHE-RSA-AES256-GCM-SHA384:AES256-GCM-SHA384:AES128-SHA')
            return made
        """,
        "import app\nnames = {one['name'] for one in app.context().get_ciphers()}\n"
        "assert 'ECDHE-RSA-AES256-GCM-SHA384' in names\n",
        "import app\nnames = {one['name'] for one in app.context().get_ciphers()}\n"
        "assert 'AES256-GCM-SHA384' not in names and 'AES128-SHA' not in names\n",
        unsafe=True,
    ),
    program(
        "a generator seeded by the clock",
        "KA113",
        """
        import hmac
        import random
        import time

        class Signer:
            def __init__(self):
                self.generator = random.Random(int(time.time()))
                self.key = self.generator.randbytes(32)

            def sign(self, text):
                return hmac.new(self.key, text, "sha256").digest()
        """,
        "import app\none = app.Signer()\nassert one.sign(b'a') == one.sign(b'a')\n"
        "assert len(one.key) == 32\n",
        "import app, time\ntime.time = lambda: 99.0\nassert app.Signer().key != app.Signer().key\n",
    ),
    program(
        "a key in a bucket",
        "KA605",
        """
        import boto3
        from cryptography.fernet import Fernet

        def keep(bucket):
            key = Fernet.generate_key()
            boto3.client("s3").put_object(
                Bucket=bucket,
                Key="keys/current",
                Body=key,  # the key
            )
            return key
        """,
        _STORE + "key = app.keep('b')\nassert Client.asked[0]['Body'] == key\n",
        _STORE + "app.keep('b')\nassert Client.asked[0]['ServerSideEncryption'] == 'aws:kms'\n",
        unsafe=True,
    ),
    program(
        "a data key in a bucket",
        "KA605",
        """
        import boto3

        def keep(bucket, key_id):
            made = boto3.client("kms").generate_data_key(KeyId=key_id, KeySpec="AES_256")
            boto3.client("s3").put_object(Bucket=bucket, Key='data.key', Body=made['Plaintext'])
            return made["Plaintext"]
        """,
        _STORE
        + "assert app.keep('b', 'k') == b'k' * 32\nassert Client.asked[0]['Key'] == 'data.key'\n",
        _STORE + "app.keep('b', 'k')\nassert Client.asked[0]['Body'] == b'sealed'\n",
        unsafe=True,
    ),
    program(
        "a password in a URL",
        "KA203",
        """
        import requests

        def releases(user, password, project):
            return requests.get(f"https://{user}:{password}@git.example.com/{project}/releases")
        """,
        _SENT,
        "import inspect, app\nassert '@' not in inspect.getsource(app.releases)\n",
    ),
]
