"""Notebooks in a scan: their cells are Python, with places that a reader of the notebook finds."""

from __future__ import annotations

import json

from keyaudit.core.levels import Severity
from keyaudit.reports import json as json_report
from keyaudit.reports import text
from tests.scanning.support import CANARY, Project
from tests.sources.test_notebooks import notebook

_IMPORTS = "from cryptography.hazmat.primitives.ciphers.aead import AESGCM"
_KEY = f'key = b"{CANARY}"  # the "master" key'


def test_a_value_is_followed_from_cell_to_cell(project: Project) -> None:
    cells = ("markdown", "# Keys"), ("code", f"{_IMPORTS}\n{_KEY}"), ("code", "%time\nAESGCM(key)")
    project.write("nb.ipynb", notebook(*cells, indent=1))
    report = project.scan()
    (finding,) = [one for one in report.findings if one.rule_id == "KA301"]
    assert (finding.path, finding.span.name) == ("nb.ipynb", "cell 3:2")
    places = [step.span.name for step in finding.steps]
    assert (places[0], places[-1]) == ("cell 2:2", "cell 3:2")
    lines = (project.folder / "nb.ipynb").read_text().split("\n")
    assert "AESGCM(key)" in lines[finding.span.line - 1]
    shown = text.render(report, project.catalogue.rules)
    assert "nb.ipynb:cell 3:2:8: high KA301" in shown
    assert "  2 | AESGCM(key)\n    |        ^^^" in shown
    assert CANARY[:8] not in shown
    again = json.loads(json_report.render(report, project.catalogue.rules))
    (told,) = [one for one in again["findings"] if one["rule_id"] == "KA301"]
    assert told["span"]["cell"] == {
        "number": 3, "line": 2, "column": 8, "end_line": 2, "end_column": 11,
    }  # fmt: skip
    assert [one.span for one in project.scan().findings] == [one.span for one in report.findings]


def test_a_comment_in_a_cell_counts(project: Project) -> None:
    code = f"{_IMPORTS}\n# keyaudit: ignore[KA301] a made-up key\nAESGCM(b'{CANARY}')"
    project.write("nb.ipynb", notebook(("code", code)))
    report = project.scan()
    assert not [one for one in report.findings if one.rule_id == "KA301"]
    assert [one.rule_id for one in report.suppressed] == ["KA301"]


def test_outputs_and_shell_commands_are_texts(project: Project) -> None:
    secret = "Vr7mKq93zLpW2xTd"
    commands = f"!PGPASSWORD={secret} psql", f"%%bash\nexport DB_PASSWORD={secret}"
    project.write("nb.ipynb", notebook(*(("code", each) for each in commands), indent=1))
    printed = {"output_type": "stream", "name": "stdout", "text": [f"db_password = {secret}\n"]}
    cell = {"cell_type": "code", "source": "print(x)", "outputs": [printed], "metadata": {}}
    content = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    project.write("out.ipynb", json.dumps(content, indent=1))
    found = {(one.path, one.rule_id) for one in project.scan(severity=Severity.LOW).findings}
    assert found == {("nb.ipynb", "KA316"), ("out.ipynb", "KA316")}


def test_a_notebook_that_does_not_parse_is_a_text(project: Project) -> None:
    project.write("nb.ipynb", '{"cells": [{"source": ["password = \\"Vr7mKq93zLpW2xTd\\"\\n"')
    assert [one.rule_id for one in project.scan(severity=Severity.LOW).findings] == ["KA316"]
