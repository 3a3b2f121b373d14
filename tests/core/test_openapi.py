"""Which files describe an interface."""

from __future__ import annotations

import pytest

from keyaudit.core.openapi import is_description


@pytest.mark.parametrize(
    ("path", "text", "is_one"),
    [
        ("api.yaml", "# of ours\nopenapi: 3.0.3\ninfo: {}\n", True),
        ("api.yml", "---\nswagger: '2.0'\n", True),
        ("api.json", '{\n  "openapi": "3.1.0"\n}', True),
        ("api.json", '{"x-note": "ours", "swagger": "2.0"}', True),
        ("api.json", '{"of": {"openapi": "3.1.0"}, "password": "p"}', False),
        ("values.yaml", "docs:\n  openapi: 3.0.3\n", False),
        ("api.yaml", "openapi: true\n", False),
        ("api.py", "openapi: 3.0.3\n", False),
        ("late.yaml", "a: b\n" * 1_000 + "openapi: 3.0.3\n", False),
    ],
)
def test_a_description_says_its_version_first(path: str, text: str, is_one: bool) -> None:
    assert is_description(path, text) is is_one
    assert is_description(path, text.encode()) is is_one
