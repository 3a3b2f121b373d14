"""PowerShell scripts are read to the commands and assignments that they have."""

from __future__ import annotations

import pytest

from keyaudit.configs.forms import powershell
from keyaudit.configs.readers import powershell as reader
from keyaudit.configs.readers.faults import ReadError
from keyaudit.configs.tree import Sequence, text_of


def _commands(text: str) -> list[str]:
    return [" ".join((c.name, *(w.text for w in c.words))) for c in reader.read(text).commands]


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("az login -p $env:SECRET", ["az login -p ${SECRET}"]),
        ('& "C:\\Program Files\\x\\keytool.exe" -list', ["keytool -list"]),
        ("if ($a) { one } else { two; three }", ["one", "two", "three"]),
        ("$x = (curl -k https://a)", ["curl -k https://a"]),
        ("one `\n  -Two 'it''s' # three", ["one -Two it's"]),
        ("<# one #> two", ["two"]),
        ("one -Two:$true", ["one -Two ${true}"]),
        ("$text = 'one two'; \"three\"", []),
        ("@{ Password = \"a\"; B = 'c' }", []),
        ('$a = @"\none two\n"@\nthree', ["three"]),
        ("function Get-It { one }", ["one"]),
        ("x --pass=$secret", ["x --pass=${secret}"]),
        ("one 'never closed", ["one 'never closed"]),
        ("one @'\ntwo\n\"@\nthree", ["one @'", "two", "three"]),
        ("@'\n" * 100_000, []),
        ("{" * 200, []),
        ("", []),
    ],
)
def test_commands(text: str, commands: list[str]) -> None:
    assert _commands(text) == commands


def test_assignments() -> None:
    text = "[string]$a = 'b'\n$env:C = \"$d\"\n[Net.X]::Member = { $true }\n$e.f += 1"
    found = [(a.name, a.value.text) for a in reader.read(text).assignments]
    assert found == [("a", "b"), ("C", "${d}"), ("Member", "{ ${true} }"), ("e", "1")]


def test_places_are_those_of_the_file() -> None:
    command = reader.read("\n  one -Two three").commands[0]
    assert (command.span.line, command.span.column) == (2, 3)
    assert (command.words[1].span.column, command.words[1].span.end_column) == (12, 17)


def test_what_powershell_has_itself_is_of_a_form_of_its_own() -> None:
    found = list(powershell.resources("irm x\nNew-Item y\nopenssl z\n$a = $b", "a.ps1"))
    kinds = [(resource.form, resource.kind) for resource in found]
    assert sorted(kinds) == [
        ("powershell", "assignment"), ("powershell", "invoke-restmethod"),
        ("powershell", "new-item"), ("shell", "openssl"),
    ]  # fmt: skip
    words = found[-1].body.get("words")
    assert isinstance(words, Sequence)
    assert [text_of(word) for word in words.items] == ["z"]


def test_variables_stay_as_they_are() -> None:
    made = powershell.resources("$a = New-Password\nopenssl $a", "a.ps1")
    openssl = next(one for one in made if one.kind == "openssl")
    words = openssl.body.get("words")
    assert isinstance(words, Sequence)
    assert [text_of(word) for word in words.items] == ["${a}"]


def test_too_much_is_said() -> None:
    with pytest.raises(ReadError):
        list(powershell.resources("a\n" * 60_000, "a.ps1"))
    with pytest.raises(ReadError):
        list(powershell.resources("#" * 2_000_001, "a.ps1"))
