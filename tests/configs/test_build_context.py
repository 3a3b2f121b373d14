"""What a `.dockerignore` leaves in the folder of an image."""

from __future__ import annotations

import pytest

from keyaudit.configs.build_context import left_in

_GIT = (
    "*.pyc\n# mine\n/secret.txt\n**/certs/*.pem\n.env*\n!.env.example\nsecrets/\ntest_secret.json\n"
)


@pytest.mark.parametrize(
    ("docker", "left"),
    [
        ("docs\nsecret.txt\n**/*.pem\n.env*\nsecrets\n", ()),
        ("docs\n/.*\n*.txt\n", ("certs/*.pem", "secrets/")),
        ("*\n!app\n", ()),
        ("*\n!secret.txt\n", ("secret.txt",)),
        ("**\n", ()),
        ("docs\n.env\n[s]ecret.???\ncerts\nsecrets/**\n", (".env*",)),
    ],
)
def test_of_what_git_ignores(docker: str, left: tuple[str, ...]) -> None:
    assert left_in(docker, _GIT) == left


def test_a_list_of_git_alone() -> None:
    assert left_in("# all\n.git\n.gitignore\n\n", "*.pyc\n") == (".env",)
    assert left_in(".git\ndata/**\n", "*.pyc\n") == ()
