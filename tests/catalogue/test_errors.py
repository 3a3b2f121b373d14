"""What is wrong with a file is said with the file, the line, the key, and often the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from keyaudit import catalogue
from keyaudit.core.errors import KeyauditError

from .support import MODEL, POLICY, RULE, line_of, write

pytestmark = pytest.mark.usefixtures("small_shipped")


def _error(folder: Path, name: str, text: str) -> KeyauditError:
    write(folder, {name: text})
    with pytest.raises(KeyauditError) as caught:
        catalogue.load([folder])
    return caught.value


# The text to put in place of another, what the error's line holds after it, and words of the error.
RULES = {
    "unknown key": ("severity: high", "severty: high", "severty", "did you mean `severity`?"),
    "missing key": ("confidence: high\n", "", "id:", "lacks `confidence`"),
    "unknown level": ("severity: high", "severity: hihg", "hihg", 'severity: "hihg" is not known'),
    "bad id": ("id: ACME101", "id: acme-1", "acme-1", "is not of the form an id such as"),
    "wrong stage": ("stage: generation", "stage: storage", "id:", "storage is 3"),
    "unknown kind of match": ("  argument:", "  arguments:", "arguments",
                              "did you mean `argument`"),
    "unknown role": ("role: key", "role: kee", "role: kee", "did you mean `key`?"),
    "unknown call kind": ("[cipher]", "[cypher]", "[cypher]", "kinds[1]: \"cypher\" is not known"),
    "unknown condition": ("bytes-below", "byte-below", "byte-below", "did you mean `bytes-below`?"),
    "no condition": (", bytes-below: 16", "", "argument:", "has no condition"),
    "nothing but a role": (", kinds: [cipher], bytes-below: 16", "", "argument:",
                           "says too little"),
    "limit of no number": ("below: 16", "below: lots", "lots", "bytes-below: must be a number"),
    "unknown limit": ("below: 16", "below: {policy: no.such}", "no.such", "has no limit no.such"),
    "unknown placeholder": ("{value} bytes", "{valeu} bytes", "message", "gives no {valeu}"),
    "placeholder not given": ("{value} bytes", "{origin} bytes", "message", "gives no {origin}"),
    "form in placeholder": ("{value} bytes", "{value!r} bytes", "message", "gives no {value}"),
    "unbalanced message": ("{value} bytes", "{value bytes", "message", "is no message"),
    "cwe of no number": ("cwe: [338]", "cwe: [CWE-338]", "CWE-338", "must be a whole number"),
    "no marked line": ("  # finding", "", "- bad:", "marks no line"),
    "marked good line": ("- good: |\n      x = 1", "- good: |\n      x = 1  # finding", "- good:",
                         "marks a line"),
    "neither bad nor good": ("  - good: |\n      x = 1\n", "  - path: x.py\n", "- path",
                             "is either `bad` or `good`"),
    "unknown key in example": ("  - good:", "  - godo:", "godo", "did you mean `good`?"),
    "two kinds of match": ("bytes-below: 16}", "bytes-below: 16}\n  wipe: missing", "match:",
                           "give a list of alternatives"),
    "bad regular expression": ("bytes-below: 16", "matches: '('", "matches",
                               "no regular expression"),
    "described call without a role": ("bytes-below: 16", "empty: true, receiver: {below: 3}",
                                      "receiver", "match.argument.receiver: has conditions"),
    "limit of a described call": ("bytes-below: 16",
                                  "bytes-below: 16, unless-receiver: [{role: mode,"
                                  " below: {policy: no.such}}]", "unless-receiver",
                                  "unless-receiver[1].below.policy: the default policy has no"),
    "pattern of a described call": ("bytes-below: 16",
                                    "bytes-below: 16, receiver: {role: mode, matches: '['}",
                                    "receiver", "receiver.matches: is no regular expression"),
    "search that is quadratic": ("bytes-below: 16",
                                 "bytes-below: 16, receiver: {role: mode, matches: '(?s)(?=.*a)'}",
                                 "receiver", "receiver.matches: looks ahead from each place"),
    "tab": ("stage: generation", "stage:\tgeneration\n\t- x", "- x", "is no valid YAML"),
    "key twice": ("stage: generation", "stage: generation\nstage: storage", "stage: storage",
                  "the key `stage` stands twice"),
    "python object": ("stage: generation", "stage: !!python/name:os.system x", "python/name",
                      "is not allowed"),
    "merge key": ("standards: {", "standards: {<<: {}, ", "<<", "`<<` is not understood"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "at", "words"), RULES.values(), ids=RULES.keys())
def test_rule(tmp_path: Path, old: str, new: str, at: str, words: str) -> None:
    assert old in RULE
    text = RULE.replace(old, new, 1)
    error = _error(tmp_path, "generation/rule.yaml", text)
    assert error.where == f"{tmp_path}/generation/rule.yaml:{line_of(text, at)}"
    assert words in error.line()


MODELS = {
    "unknown section": ("calls:", "call:", "call:", "did you mean `calls`?"),
    "unknown kind": ("aead-encrypt", "aead-encrpyt", "aead-encrpyt", "did you mean `aead-encrypt`"),
    "unknown role": ("nonce: nonce", "nonce: nonse", "parameters", "did you mean `nonce`?"),
    "unknown origin": ("origin: ciphertext", "origin: cyphertext", "cyphertext", "ciphertext"),
    "unknown parameter": ("bytes: size", "bytes: sice", "returns", "did you mean `size`?"),
    "passes no parameter": ("origin: ciphertext, bytes: size", "passes: [dat]", "returns",
                            "returns.passes[1]: `dat` is no parameter"),
    "feeds no parameter": ("    returns:", "    feeds: [dat]\n    returns:", "feeds",
                           "did you mean `data`?"),
    "length without origin": ("origin: ciphertext, ", "", "returns", "needs `origin` beside it"),
    "type of no parameter": ("origin: ciphertext", "origin: ciphertext, type: 'acme.{kind}'",
                             "returns", "`kind` is no parameter"),
    "star with a role": ('"*": ~', '"*": key', '"*"', "must be null"),
    "no url": ("https://acme.example/docs", "the docs", "documentation", "is not of the form"),
    "name with a space": ("  acme.seal:", "  acme seal:", "acme seal", "is not of the form"),
    "default and constant": ("    returns:", "    defaults: {mode: ecb}\n"
                             "    constants: {mode: ecb}\n    returns:", "defaults",
                             "is a constant as well"),
    "name by an alias": ("modules: [acme]", "modules: [acme]\naliases: {acme: corp}", "acme.seal:",
                         "write corp.seal"),
    "of a plain name": ("calls:",
                        "assignments:\n  - {name: k, on: name, of: a.B, role: key}\ncalls:",
                        "- {name", "goes with `on: attribute`"),
    "assignment pattern": ("calls:", "assignments:\n  - {name: '(', on: name, role: key}\ncalls:",
                           "- {name", "is no regular expression"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "at", "words"), MODELS.values(), ids=MODELS.keys())
def test_model(tmp_path: Path, old: str, new: str, at: str, words: str) -> None:
    assert old in MODEL
    text = MODEL.replace(old, new, 1)
    error = _error(tmp_path, "models/acme.yaml", text)
    assert error.where == f"{tmp_path}/models/acme.yaml:{line_of(text, at)}"
    assert words in error.line()


POLICIES = {
    "unknown key": ("source:", "sauce:", "sauce", "did you mean `source`?"),
    "no number": ("value: 32", "value: many", "many", "must be a number"),
    "unknown base": ("extends: default", "extends: defualt", "extends", "did you mean `default`?"),
    "itself": ("extends: default", "extends: acme", "extends", "extends itself"),
    "name": ("name: acme", "name: The Acme", "The Acme", "is not of the form"),
}


@pytest.mark.parametrize(("old", "new", "at", "words"), POLICIES.values(), ids=POLICIES.keys())
def test_policy(tmp_path: Path, old: str, new: str, at: str, words: str) -> None:
    assert old in POLICY
    text = POLICY.replace(old, new, 1)
    error = _error(tmp_path, "policies/acme.yaml", text)
    assert error.where == f"{tmp_path}/policies/acme.yaml:{line_of(text, at)}"
    assert words in error.line()


def test_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(KeyauditError, match="no such folder"):
        catalogue.load([tmp_path / "nowhere"])


def test_file_too_large(tmp_path: Path) -> None:
    assert "larger than" in _error(tmp_path, "big.yaml", "x: " + "y" * 1_000_001).what


def test_empty_file(tmp_path: Path) -> None:
    assert _error(tmp_path, "none.yaml", "# nothing\n").what == "is empty"


def test_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"id: X\nname: caf\xe9\n")
    with pytest.raises(KeyauditError) as caught:
        catalogue.load([tmp_path])
    assert caught.value.where == f"{tmp_path}/latin.yaml:2"
