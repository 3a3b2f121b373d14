"""What one file gives others, and what those do with it."""

from __future__ import annotations

from textwrap import dedent

from keyaudit.code.engine import analyze, analyze_calls
from keyaudit.core.document import Document
from tests.caches import shipped
from tests.code.support import Files


def test_what_another_file_makes_with_a_predictable_generator_is_named_here() -> None:
    maker = """\
        import hashlib
        import random

        def random_text(length):
            letters = "abcdefghijklmnopqrstuvwxyz0123456789"
            made = ""
            for _ in range(length):
                made += letters[random.randint(0, len(letters) - 1)]
            return made
        """
    catalogue = shipped()
    policy = catalogue.policies["default"]
    files = Files({"common.py": dedent(maker)})
    data = files.read("common.py")
    assert data is not None
    first = analyze(Document("common.py", data), catalogue, policy, files)
    user = """\
        from common import random_text

        def create(database, name):
            mysql_password = random_text(16)
            database.create(name, mysql_password)
            token = random_text(32)
            nickname = random_text(8)
            return token, nickname
        """
    document = Document("accounts.py", dedent(user).encode())
    found = analyze_calls(document, catalogue, policy, files, {}, {"common.py": first.gives})
    assert [(f.rule_id, f.span.line) for f in found.findings] == [("KA101", 4), ("KA101", 6)]


def test_what_is_made_of_an_imported_code_is_read_wherever_it_goes() -> None:
    catalogue = shipped()
    policy = catalogue.policies["default"]
    maker = """\
        import hashlib
        import hmac

        def new_code(config):
            return hmac.new(config.secret.encode(), digestmod=hashlib.sha256)
        """
    files = Files({"codes.py": dedent(maker)})
    data = files.read("codes.py")
    assert data is not None
    first = analyze(Document("codes.py", data), catalogue, policy, files)
    user = """\
        from codes import new_code

        def check(config, url, given):
            expected = signature(config, url)
            if given != expected:
                raise ValueError("not ours")

        def signature(config, url):
            code = new_code(config)
            code.update(url)
            return code.hexdigest()
        """
    document = Document("links.py", dedent(user).encode())
    found = analyze_calls(document, catalogue, policy, files, {}, {"codes.py": first.gives})
    assert [(f.rule_id, f.span.line) for f in found.findings] == [("KA413", 5)]
