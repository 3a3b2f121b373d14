"""Scripts and settings that stand within other files: Terraform, templates, units, policies."""

from __future__ import annotations

import pytest

from keyaudit.configs.forms import shell
from tests.caches import shipped
from tests.configs.support import analyze


def said(path: str, text: str) -> list[tuple[str, int]]:
    """The findings in a file: rule and line."""
    return sorted((f.rule_id, f.span.line) for f in analyze({path: text}).findings)


def test_a_heredoc_of_terraform_is_a_script_with_its_own_lines() -> None:
    text = """\
        resource "aws_instance" "web" {
          user_data = <<-EOF
            #!/bin/sh
            echo start
            redis-cli -a "${var.redis_password}" ping
          EOF
        }
        """
    assert ("KA212", 5) in said("main.tf", text)


def test_what_terraform_puts_into_a_command_is_on_its_line_however_it_is_used() -> None:
    text = """\
        resource "null_resource" "x" {
          provisioner "local-exec" {
            command = "echo '${var.app.client_secret}' | ./import"
          }
          provisioner "local-exec" {
            command = "./import ${path.module}/${var.secret_name}"
          }
        }
        """
    assert [at for rule, at in said("main.tf", text) if rule == "KA212"] == [3]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("main.tf", 'resource "x" "y" {\n  provisioner "local-exec" {\n    command = "${'),
        ("main.tf", 'a = <<EOT\n#!/bin/sh\n${join(",", [for x in var.y : x])}\nEOT\n'),
        (
            "t.yaml",
            'Resources:\n  A:\n    Type: AWS::X\n    B: !Join ["", ["#!/bin/sh", !Ref X]]\n',
        ),
        ("t.yaml", "Resources:\n  A:\n    Type: AWS::X\n    B: !Join [!Ref S, !Ref L]\n"),
        ("app.service", "[Service]\nEnvironment=A=\\\nExecStart=\\"),
        ("p.json", '{"Statement": [{"Effect": "Allow", "Action": "kms:*"}, 3], "Version": 1}'),
        ("x.sql", "SET PASSWORD = 'unfinished"),
        ("vpn/server.conf", "server\ncipher\nauth\n<key>\nabc"),
    ],
)
def test_what_is_broken_is_read_as_far_as_it_goes(path: str, text: str) -> None:
    analyze({path: text})


def test_a_policy_with_principals_is_that_of_a_resource_elsewhere() -> None:
    statement = '{"Effect": "Allow", %s"Action": "kms:Decrypt", "Resource": "*"}'
    of_a_user = statement % ""
    of_a_key = statement % '"Principal": {"Service": "x"}, '
    assert said("a.json", f'{{"Version": "1", "Statement": [{of_a_user}]}}') == [("KA430", 1)]
    assert said("a.json", f'{{"Version": "1", "Statement": [{of_a_key}]}}') == []


def test_a_unit_is_given_variables_in_all_ways_of_writing_them() -> None:
    text = """\
        [Service]
        Environment=A_PASSWORD=orders77 B_PASSWORD='orders 77'
        Environment="C_PASSWORD=orders 77"
        Environment='D_PASSWORD=orders77' \\
                    "E_PASSWORD=orders77"
        #Environment=F_PASSWORD=orders77
        Environment=G_PASSWORD=%d/password H_PASSWORD=
        """
    found = [at for rule, at in said("app.service", text) if rule == "KA337"]
    assert found == [2, 2, 3, 4, 5]


# Words that programs are given as well.
_ALSO_WORDS = frozenset(
    {"args", "assignment", "eb", "fetch", "http", "https", "op", "pass", "read", "set", "nice"}
)


def test_the_programs_that_rules_ask_for_are_known_behind_sudo() -> None:
    asked = {
        program
        for rule in shipped().rules.values()
        for match in rule.matches
        if match.kind == "config" and match.parameters["form"] == "shell"
        for program in match.parameters["of"]
        if "*" not in program and program not in _ALSO_WORDS
    }
    script = "\n".join(f"sudo {program} x" for program in sorted(asked))
    found = {one.kind for one in shell.resources(script, "x.sh")}
    assert asked <= found
