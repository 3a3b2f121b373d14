"""Names of libraries that one module of a tree imports for the others."""

from __future__ import annotations

import pytest

from tests.scanning.support import Project, found

_CALLS = """

def seal(key, data, password, salt):
    box = {0}AES.new(key, {0}AES.MODE_ECB)
    return box.encrypt(data), {0}pbkdf2_hmac("sha256", password, salt, 10)
"""


@pytest.mark.parametrize(
    ("head", "prefix"),
    [
        ("from .compat import AES, pbkdf2_hmac", ""),
        ("from app import compat", "compat."),
        ("from .other import *\nfrom .compat import *", ""),
    ],
    ids=["names", "module", "stars"],
)
def test_a_library_by_way_of_another_module(project: Project, head: str, prefix: str) -> None:
    project.write("app/__init__.py", "")
    project.write("app/other.py", "LIMIT = 10\n")
    project.write("app/compat.py",
                  "try:\n    from Crypto.Cipher import AES\nexcept ImportError:\n    AES = None\n"
                  "from hashlib import pbkdf2_hmac\n")  # fmt: skip
    text = f"import hmac\n{head}\n" + _CALLS.format(prefix)
    project.write("app/use.py", text)
    line = text[: text.index("AES.new")].count("\n") + 1
    expected = [("KA104", "app/use.py", line + 1), ("KA408", "app/use.py", line)]
    assert sorted(found(project.scan(), "KA104", "KA408")) == expected
