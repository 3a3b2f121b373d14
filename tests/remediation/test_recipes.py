"""The recipes of docs/remediation.md, run as one program."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from keyaudit import remediation
from tests.remediation import postgresql

PAGE = Path(__file__).parent.parent.parent / "docs" / "remediation.md"
_BLOCK = re.compile(r"^```python(?P<needs> aws| postgresql)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_recipes_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    has_server = postgresql.programs() is not None
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text("utf-8")
    blocks = list(_BLOCK.finditer(text))
    assert len(blocks) > 10
    with mock_aws():
        kms = boto3.client("kms")
        ids = {}
        for alias in ("my-master-key", "old-key"):
            ids[alias] = kms.create_key()["KeyMetadata"]["KeyId"]
            kms.create_alias(AliasName=f"alias/{alias}", TargetKeyId=ids[alias])
        names: dict[str, Any] = {"__name__": "recipes", "old_key_id": ids["old-key"]}
        if has_server:
            names["database_url"] = request.getfixturevalue("database")
        for block in blocks:
            if block["needs"] == " postgresql" and not has_server:
                continue
            # Blank lines before it, so that a traceback gives the page's own line.
            before = "\n" * text.count("\n", 0, block.start(2))
            exec(compile(before + block[2], str(PAGE), "exec"), names)
    assert not (tmp_path / "kek.json").exists()


def test_every_name_that_the_first_table_gives_is_there() -> None:
    table = PAGE.read_text("utf-8").partition("| --- |")[2].partition("\n\n")[0]
    right = [line.rsplit("|", 2)[1] for line in table.splitlines()[1:]]
    for name in re.findall(r"`(\w+)(?:\.(\w+))?`", " ".join(right)):
        value: Any = getattr(remediation, name[0])
        if name[1]:
            assert hasattr(value, name[1]), name
