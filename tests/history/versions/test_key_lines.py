"""Which versions of code are looked at: those in which a literal may reach a key role."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from keyaudit import code, triage
from keyaudit.catalogue import expected_lines
from keyaudit.catalogue.types import Catalogue
from keyaudit.core.document import Document
from keyaudit.core.levels import Severity
from keyaudit.history.exposure.rules import LITERAL_RULES
from keyaudit.history.versions.key_lines import (
    KeyLine,
    KeyLines,
    lines_of,
    literals_only,
    reported_flows,
    signature,
)
from tests.caches import shipped

# The same in every process of a run, as it is in the names of tests.
_VALUE = random.Random(7).randbytes(16).hex().encode()
_HEAD = b"from cryptography.fernet import Fernet\n"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return shipped()


@pytest.fixture(scope="module")
def key_lines(catalogue: Catalogue) -> KeyLines:
    return KeyLines(catalogue, None)


def _signature(key_lines: KeyLines, data: bytes, imports: Sequence[int]) -> str:
    """That of a program, of which some lines (from 1) name a module of a model."""
    lines = data.split(b"\n")
    hits = key_lines.scan(data)
    told = {}
    for number, line in enumerate(lines, 1):
        tags = [tag for tag, numbers in hits.items() if number in numbers]
        if (key_line := KeyLine.of(line, tags, code=number in imports)) is not None:
            told[number] = key_line
    return signature(lines, told)


def test_examples_of_the_rules_are_looked_at(catalogue: Catalogue, key_lines: KeyLines) -> None:
    words = triage.build(code.triage_words(catalogue), {})
    asked = literals_only(catalogue)
    left_out = []
    for name in sorted(LITERAL_RULES):
        for example in catalogue.rules[name].examples:
            # A version is looked at by itself: no value comes from another file.
            if not example.bad or example.files:
                continue
            data = expected_lines(example.text)[0].encode()
            document = Document(example.path, data)
            found = code.analyze_flows(document, asked, catalogue.policies["default"])
            if all(finding.severity == Severity.NOTE for finding in found):
                continue  # the text rules tell it by its name, or it stands for a key
            if not _signature(key_lines, data, words.scan(data).get("code", ())):
                left_out.append(example.text)
    assert left_out == []


def test_a_key_that_a_function_gives_back_counts(key_lines: KeyLines) -> None:
    given = b"def key():\n    return '" + _VALUE + b"'\nbox = Fernet(key())\n"
    assert len(lines_of(_signature(key_lines, _HEAD + given, [1]))) == 3


def test_signature_is_of_the_lines_that_count(key_lines: KeyLines) -> None:
    secret = b"box = Fernet('" + _VALUE + b"')\n"
    whole = _signature(key_lines, _HEAD + secret, [1])
    assert len(lines_of(whole)) == 2
    assert _signature(key_lines, _HEAD + b"x = 1\n\n    " + secret, [1]) == whole
    other = _signature(key_lines, _HEAD + secret.replace(_VALUE, _VALUE[::-1]), [1])
    assert len(lines_of(other) - lines_of(whole)) == 1


@pytest.mark.parametrize(
    "text",
    [
        b"box = Fernet(load())\n",  # no literal
        b"names = [\n    'a-name-of-something',\n    'another-of-them',\n]\n",
        b"SECRET_NAME = 'name-of-the-secret'\n",  # nothing it could be given to
    ],
)
def test_what_can_be_no_key_is_left_out(key_lines: KeyLines, text: bytes) -> None:
    head = _HEAD if text.startswith(b"box") else b"import os\n"
    assert _signature(key_lines, head + text, [1]) == ""


def test_literal_on_a_line_of_its_own_counts_in_a_call(key_lines: KeyLines) -> None:
    literal = b"    '" + _VALUE + b"',\n"
    assert _signature(key_lines, _HEAD + b"box = Fernet(\n" + literal + b")\n", [1])
    assert _signature(key_lines, _HEAD + b"box = make(Fernet,\n" + literal + b")\n", [1]) == ""


@pytest.mark.parametrize(
    "text",
    [
        b"app.secret_key = Setting('SECRET_KEY')\n",
        b"box = Fernet('changeme')\n",
        b"box = Fernet(settings.get('KEY-OF-THE-BOX'))\n",
        b"box = Fernet(keys['" + _VALUE + b"'])\n",
        b"key = get(\n    'KEY-OF-THE-BOX')\nbox = Fernet(key)\n".replace(b"get", b"settings.get"),
        b"box = {'name-of-a-key': Fernet(key)}\n",
        b"if not Fernet(key):\n    raise KeyError('there-is-no-key')\n",
        b"box = Fernet(key)\n# box = Fernet('" + _VALUE + b"')\n",
    ],
)
def test_what_stands_for_a_key_is_left_out(key_lines: KeyLines, text: bytes) -> None:
    assert _signature(key_lines, _HEAD + text, [1]) == ""
    assert _signature(key_lines, _HEAD + text + b"box = Fernet('" + _VALUE + b"')\n", [1])


@pytest.mark.parametrize(
    "text",
    [
        b"key = os.environ.get('KEY-OF-THE-BOX', '" + _VALUE + b"')\nbox = Fernet(key)\n",
        b"key = os.environ.get('KEY-OF-THE-BOX', 'short')\nbox = Fernet(key)\n",
        b"key = settings.get(\n    'KEY-OF-THE-BOX',\n    'short')\nbox = Fernet(key)\n",
        b"key = settings.get(\n    'KEY',\n    '" + _VALUE + b"')\nbox = Fernet(key)\n",
        b"boxes = {'name-of-a-key': Fernet('" + _VALUE + b"')}\n",
    ],
)
def test_keys_beside_names_are_looked_at(key_lines: KeyLines, text: bytes) -> None:
    assert _signature(key_lines, _HEAD + text, [1])


def test_a_version_says_which_literal_meets_which_call(key_lines: KeyLines) -> None:
    literals = [b"key = b'" + _VALUE[number:] + b"'\n" for number in range(2)]
    calls = [b"box = Fernet(key)\n", b"box = AESGCM(key)\n"]

    def told(*lines: bytes) -> frozenset[str]:
        return reported_flows(_signature(key_lines, _HEAD + b"".join(lines), [1]))

    whole = told(*literals, *calls)
    assert all(told(literal, call) < whole for literal in literals for call in calls)
    assert not told(literals[0], calls[1]) <= told(*literals, calls[0]) | told(literals[1], *calls)


def test_imports_count_of_what_takes_keys(key_lines: KeyLines) -> None:
    text = _HEAD + b"box = Fernet(b'" + _VALUE + b"')\n"
    whole = _signature(key_lines, text, [1])
    assert _signature(key_lines, b"from requests import get\n" + text, [1, 2]) == whole
    assert _signature(key_lines, b"import jwt\n" + text, [1, 2]) != whole
