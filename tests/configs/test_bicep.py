"""Bicep files, judged by the rules for ARM templates."""

from __future__ import annotations

from tests.configs.support import analyze


def rules(text: str) -> list[tuple[str, int]]:
    """The findings in a Bicep file: rule and line."""
    return sorted((f.rule_id, f.span.line) for f in analyze({"main.bicep": text}).findings)


VAULT = """\
param protect bool
resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: 'keys'
  properties: {
    networkAcls: { defaultAction: 'Deny' }
    enablePurgeProtection: %s
  }
}
"""


def test_a_resource_is_judged() -> None:
    assert ("KA710", 6) in rules(VAULT % "false")
    assert rules(VAULT % "true") == []
    assert rules(VAULT % "protect ? true : null") == []  # whoever deploys it decides


def test_defaults_of_parameters_are_followed() -> None:
    text = "param on bool = false\n" + VAULT % "on"
    assert ("KA710", 7) in rules(text)


def test_a_secret_parameter_with_a_default() -> None:
    text = "@secure()\nparam password string%s\n"
    assert rules(text % " = 'winter-Harbour-71'") == [("KA331", 2)]
    assert rules(text % "") == []
    assert rules(text % " = newGuid()") == []


def test_a_nested_resource_has_the_kind_of_the_one_around_it() -> None:
    text = VAULT.replace("}\n}\n", "}\n  resource s 'secrets@2023-07-01' = {\n%s  }\n}\n")
    secret = "    name: 'db'\n    properties: {\n      value: v\n%s    }\n"
    vault = text.replace("%s", "true", 1)
    assert ("KA509", 8) in rules(vault % (secret % ""))
    kept = secret % "      attributes: { exp: 1893456000 }\n"
    assert "KA509" not in {rule for rule, _ in rules(vault % kept)}


def test_conditions_loops_and_what_exists() -> None:
    head = "resource v 'Microsoft.KeyVault/vaults@2023-07-01'"
    body = "{\n  name: 'v'\n  properties: { networkAcls: { defaultAction: 'Deny' } }\n}"
    assert ("KA710", 1) in rules(f"{head} = if (on) {body}\n")
    assert ("KA710", 1) in rules(f"{head} = [for n in names: {body}]\n")
    assert rules(f"{head} existing = {{\n  name: 'v'\n}}\n") == []


def test_circles_and_growth_end() -> None:
    text = "var a = b\nvar b = a\n" + VAULT % "a"
    assert rules(text) == []
    grown = "".join(f"var v{n} = '${{v{n + 1}}}${{v{n + 1}}}'\n" for n in range(200))
    assert rules(grown + VAULT % "v0") == []
    assert rules(VAULT % ("[" * 3000 + "]" * 3000)) == []
