"""Secrets that leave the file they are made in, in scans from end to end."""

from __future__ import annotations

import pytest

from tests.scanning.support import Project, found

KEYS = """\
from cryptography.fernet import Fernet


def data_key():
    return Fernet.generate_key()


def _inner_key():
    return data_key()


class Vault:
    def master(self):
        return Fernet.generate_key()

    @property
    def current(self):
        return self.master()


def names():
    return ["orders", "users"]


KEY = Fernet.generate_key()
"""

# A file with no word of cryptography: what it does with a secret of another.
FETCHED = (
    ("KA401", "log.info('key %s', keys.data_key())"),
    ("KA401", "key = keys.data_key()\n    log.warning(f'key {key}')"),
    ("KA401", "log.info(keys._inner_key())"),
    ("KA401", "log.info(keys.Vault().master())"),
    ("KA401", "vault = keys.Vault()\n    log.info('%s', vault.current)"),
    ("KA401", "log.error('with %r', keys.KEY)"),
    ("KA402", "print(keys.data_key())"),
    ("KA402", "raise ValueError(keys.data_key())"),
    ("KA201", "requests.post('http://example.com/', data=keys.data_key())"),
)
QUIET = (
    "log.info('names %s', keys.names())",
    "log.info('%s', len(keys.data_key()))",
    "log.info('from %s', keys.data_key.__name__)",
)
HEAD = "import logging\nimport requests\nfrom app import keys\n\nlog = logging.getLogger()\n\n\n"


@pytest.fixture
def app(project: Project) -> Project:
    project.write("app/__init__.py", "")
    project.write("app/keys.py", KEYS)
    return project


def test_secrets_of_another_file(app: Project) -> None:
    text = HEAD + "".join(f"def f{number}():\n    {body}  # {rule}\n\n\n"
                          for number, (rule, body) in enumerate(FETCHED))  # fmt: skip
    app.write("report.py", text)
    lines = text.splitlines()
    expected = [
        (line.rpartition("# ")[2], n) for n, line in enumerate(lines, 1) if "  # KA" in line
    ]
    report = app.scan()
    reported = [(f.rule_id, f.span.line) for f in report.findings if f.path == "report.py"]
    assert sorted(reported) == sorted(expected)


def test_what_is_no_secret_of_another_file(app: Project) -> None:
    text = "".join(f"def f{number}():\n    {body}\n\n\n" for number, body in enumerate(QUIET))
    app.write("report.py", HEAD + text)
    app.write("log.py", HEAD.replace("from app", "from other") + "log.info(keys.data_key())\n")
    assert {f.path for f in app.scan().findings} <= {"app/keys.py"}


def test_a_secret_passed_to_a_file_that_has_no_word_of_it(app: Project) -> None:
    app.write(
        "tell.py",
        "import logging\n\n\ndef tell(what, level=20):\n    logging.log(level, what)\n\n\n"
        "class Teller:\n    def say(self, what):\n        self._say(what)\n\n"
        "    def _say(self, what):\n        print(what)\n",
    )
    app.write(
        "make.py",
        "from cryptography.fernet import Fernet\nfrom tell import Teller, tell\n\n\n"
        "def load():\n    key = Fernet.generate_key()\n    tell(key)\n    Teller().say(key)\n"
        "    tell('made a key')\n    return Fernet(key)\n",
    )
    report = app.scan()
    assert found(report, "KA401") == [("KA401", "make.py", 7)]
    assert found(report, "KA402") == [("KA402", "make.py", 8)]
    (finding,) = (f for f in report.findings if f.rule_id == "KA401")
    assert [step.path for step in finding.steps][-1] == "tell.py"


def test_a_secret_fetched_from_one_file_and_handed_to_another(app: Project) -> None:
    app.write("tell.py", "import logging\n\n\ndef tell(what):\n    logging.info(what)\n")
    app.write("use.py", "from app import keys\nfrom tell import tell\n\n\n"
              "def use():\n    tell(keys.data_key())\n")  # fmt: skip
    assert found(app.scan(), "KA401") == [("KA401", "use.py", 6)]


def test_a_finding_of_both_looks_is_reported_once(app: Project) -> None:
    app.write("both.py", "from cryptography.fernet import Fernet\nfrom app import keys\n\n\n"
              "def box():\n    print(keys.KEY)\n    return Fernet(keys.KEY)\n")  # fmt: skip
    assert found(app.scan(), "KA402") == [("KA402", "both.py", 6)]


def test_a_secret_among_arguments_of_any_name_is_reported_where_it_is_passed(app: Project) -> None:
    app.write("tell.py", "import logging\n\n\ndef tell(what, **values):\n"
              "    said = ', '.join(f'{k}={v}' for k, v in values.items())\n"
              "    logging.info('%s %s', what, said)\n\n\n"
              "def each(*values):\n    for value in values:\n"
              "        logging.info(value)\n")  # fmt: skip
    app.write("make.py", "from cryptography.fernet import Fernet\nfrom tell import each, tell\n\n\n"
              "def load():\n    key = Fernet.generate_key()\n    name = 'orders'\n"
              "    tell('made', name=name, key=key)\n    each(name, key)\n"
              "    return Fernet(key)\n")  # fmt: skip
    report = app.scan()
    assert found(report, "KA401") == [("KA401", "make.py", 8), ("KA401", "make.py", 9)]
    first = next(f for f in report.findings if f.rule_id == "KA401")
    assert "passed to `tell` as `key`" in [step.text for step in first.steps]


def test_an_object_made_elsewhere_is_shown_where_it_was_made(project: Project) -> None:
    project.write("seal.py", "import os\nfrom cryptography.hazmat.primitives.ciphers import ("
                  "Cipher, algorithms, modes)\n\n\ndef chosen():\n"
                  "    return algorithms.TripleDES(os.urandom(24))\n\n\n"
                  "def seal(iv, data):\n    box = Cipher(chosen(), modes.CBC(iv)).encryptor()\n"
                  "    return box.update(data)\n")  # fmt: skip
    (finding,) = (f for f in project.scan().findings if f.rule_id == "KA116")
    assert [step.span.line for step in finding.steps] == [6, 10, 10]
