"""What one file passes to a function of another, in a scan from end to end."""

from __future__ import annotations

import pytest

from tests.scanning.support import CANARY, Project, found

CRYPTO = """\
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def seal(data, key):
    return AESGCM(key).encrypt(os.urandom(12), data, b"orders")
"""
ORDERS = f"""\
from app.crypto import seal

MASTER = b"{CANARY}"


def save(order):
    return seal(order, MASTER)
"""


@pytest.fixture
def shop(project: Project) -> Project:
    project.write("app/__init__.py", "")
    project.write("app/crypto.py", CRYPTO)
    project.write("orders.py", ORDERS)
    return project


def test_a_literal_passed_to_another_file_is_reported_where_it_is_passed(shop: Project) -> None:
    report = shop.scan()
    assert found(report, "KA301") == [("KA301", "orders.py", 7)]
    (finding,) = (f for f in report.findings if f.rule_id == "KA301")
    assert [step.path for step in finding.steps] == ["orders.py"] * 3 + ["app/crypto.py"]
    assert CANARY not in repr(report)


def test_a_kept_result_follows_the_other_file(shop: Project) -> None:
    assert found(shop.scan(), "KA301") == found(shop.scan(), "KA301") != []
    shop.write("app/crypto.py", CRYPTO.replace("AESGCM(key)", "AESGCM(load())"))
    assert found(shop.scan(), "KA301") == []
    shop.write("app/crypto.py", CRYPTO)
    shop.write("orders.py", ORDERS.replace("seal(order, MASTER)", "seal(order, load())"))
    assert found(shop.scan(), "KA301") == []


def test_a_suppression_of_such_a_finding_is_used(shop: Project) -> None:
    comment = "  # keyaudit: ignore[KA301] the key of the tutorial"
    shop.write("orders.py", ORDERS.replace("MASTER)\n", f"MASTER){comment}\n"))
    report = shop.scan()
    assert found(report, "KA301") == []
    assert [f.rule_id for f in report.suppressed] == ["KA301"]
    assert [n for n in report.notices if n.kind == "unused-suppression"] == []


def test_a_suppression_that_neither_look_needs_is_reported(shop: Project) -> None:
    extra = "\n\nX = 1  # keyaudit: ignore[KA301] nothing here\n"
    shop.write("orders.py", ORDERS + extra)
    notices = [n for n in shop.scan().notices if n.kind == "unused-suppression"]
    assert [n.path for n in notices] == ["orders.py"]


def test_a_mac_in_the_function_that_passes_the_key_counts(project: Project) -> None:
    project.write(
        "box.py",
        "from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes\n\n\n"
        "def hide(key, iv, data):\n"
        "    return Cipher(algorithms.AES(key), modes.CTR(iv)).encryptor().update(data)\n",
    )
    sender = (
        "import os\nfrom cryptography.fernet import Fernet\nfrom box import hide\n\n\n"
        "def send(key, iv, tag):\n"
        "    hidden = hide(key, iv, Fernet.generate_key())\n"
        "    return hidden\n"
    )
    project.write("sender.py", sender)
    assert found(project.scan(), "KA209") == [("KA209", "sender.py", 7)]
    signed = sender.replace("import os", "import hmac").replace(
        "return hidden", 'return hidden, hmac.new(tag, hidden, "sha256").digest()'
    )
    project.write("sender.py", signed)
    assert found(project.scan(), "KA209") == []


def test_what_the_tree_has_counts_for_what_is_passed_too(project: Project) -> None:
    project.write("box.py", "from cryptography.fernet import Fernet\n\n\n"
                  "def box(key):\n    return Fernet(key)\n")  # fmt: skip
    project.write("app.py", 'import os\nfrom box import box\n\nBOX = box(os.environ["KEY"])\n')
    assert found(project.scan(), "KA503") == [("KA503", "app.py", 4)]
    project.write("other.py", "from cryptography.fernet import MultiFernet\n\n\n"
                  "def many(boxes):\n    return MultiFernet(boxes)\n")  # fmt: skip
    assert found(project.scan(), "KA503") == []
