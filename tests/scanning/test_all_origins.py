"""Several values reach one place: one finding, with the way of each of them."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

from click.testing import CliRunner

from keyaudit.cli import main

_SOURCE = """\
    from cryptography.fernet import Fernet

    def box(key):
        return Fernet(key)

    def orders():
        return box(b"WmZq4t7w9zsCbFJaNcRfUjXn2r5u8xAd")

    def bills():
        return box(b"Kx3vPq8LmT5nRz7YbWc2HdGj9sFa4eUi")

    def letters(settings):
        return box(settings.key) or box(b"Tp6hQm1VzX4cLk9BnJr8SwYe3gDf7aUo")
"""


def _scan(folder: Path, *options: str) -> str:
    (folder / "boxes.py").write_text(dedent(_SOURCE))
    arguments = ["scan", str(folder), "--select", "KA301", "--exit-zero", *options]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_json_has_the_steps_of_each(tmp_path: Path) -> None:
    (finding,) = json.loads(_scan(tmp_path, "--format", "json"))["findings"]
    ways = [finding["steps"], *finding["other_ways"]]
    assert sorted(way[0]["span"]["line"] for way in ways) == [7, 10, 13]
    assert {way[-1]["span"]["line"] for way in ways} == {4}


def test_sarif_has_a_code_flow_for_each(tmp_path: Path) -> None:
    (run,) = json.loads(_scan(tmp_path, "--format", "sarif"))["runs"]
    (result,) = run["results"]
    flows = [flow["threadFlows"][0]["locations"] for flow in result["codeFlows"]]
    firsts = (flow[0]["location"]["physicalLocation"]["region"]["startLine"] for flow in flows)
    assert sorted(firsts) == [7, 10, 13]


def test_the_text_names_where_the_others_begin(tmp_path: Path) -> None:
    said = _scan(tmp_path)
    assert "and 2 more origins: 10, 13" in said
    for secret in ("WmZq4t7w", "Kx3vPq8L", "Tp6hQm1V"):
        assert secret not in said


def test_the_worst_is_told(tmp_path: Path) -> None:
    source = dedent("""\
        import logging

        def tell(password):
            logging.info("password %s", password)

        def check(test, form):
            if test:
                password = form["password"]
                tell(password)
            tell(form["pass"])
        """)
    (tmp_path / "app.py").write_text(source)
    arguments = ["scan", str(tmp_path), "--select", "KA401", "--format", "json"]
    result = CliRunner().invoke(main, arguments)
    (finding,) = json.loads(result.stdout)["findings"]
    assert finding["severity"] == "high"
