"""Files that speak of no library of cryptography, and are read for what their functions leave out."""

from __future__ import annotations

import pytest

from keyaudit.code.selection.named_functions import may_leave_out


@pytest.mark.parametrize(
    "text",
    [
        "def revoke_tokens(user):\n    pass\n",
        "def session_delete(user):\n    pass\n",
        "async def change_password(user):\n    pass\n",
        "class SecretView:\n    def destroy(self):\n        pass\n",
        "class Key(Base):\n    private_key = Column(Text)\n",
        "class Key(Model):\n    client_secret: Mapped[str] = mapped_column(\n        String)\n",
        'parser.add_argument("--password")\n',
        'import click\n@click.option(\n    "--api-token", "-t"\n)\ndef run(api_token):\n    pass\n',
        "import typer\ndef run(token: str = typer.Argument(...)):\n    pass\n",
    ],
)
def test_is_read(text: str) -> None:
    assert may_leave_out("app/accounts.py", text.encode())
    assert not may_leave_out("tests/test_accounts.py", text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "def delete_comment(comment):\n    pass\n",
        "class Article(Base):\n    title = Column(Text)\n",
        'parser.add_argument("--verbose")\n',
        "def change_color(user):\n    pass\n",
        "",
    ],
)
def test_is_left_alone(text: str) -> None:
    assert not may_leave_out("app/comments.py", text.encode())
