"""Texts beside the names of secrets that are none, each with a secret in the same place."""

from __future__ import annotations

import pytest

from keyaudit.core.levels import Severity
from tests.secrets.support import findings

_SECRET = "k8Gh2pQ9" + "zX1vB7nM"

_NONE = [
    # A key of an array, as PHP and Ruby write it, is no value.
    (
        "form.php",
        "$types['password'] = array(\n  '#maxlength' => 128,\n  '#process' => 'f1',\n);\n",
    ),
    # What is read, and where it is mounted.
    ("run.sh", "docker run -v $PWD:/tmp/acme2certifier image\n"),
    ("run.sh", 'docker run -v "$(pwd)/data/pgsql/pgpass:/root/.pgpass" image\n'),
    ("paths.py", 'STORED_PASSWD = "{}/keystone.passwd".format(folder)\n'),
    # Names that a database gives its constraints.
    ("migration.py", 'APIKEY_CHECK = "api_apikey_identifier_6e4e2f82_uniq"\n'),
    ("migration.py", f'APIKEY_IDENTIFIER_CONSTRAINT = "{_SECRET}"\n'),
    # An element of a page.
    ("page.js", 'let table = isToken ? "#tokenTable" : "#serviceTokenTable";\n'),
    # What a page says in a language.
    ("static/i18n/de.js", "  password_config: 'Passwortkonfiguration',\n"),
    ("lang/pt_BR.php", "  'password' => 'ConfirmacaoDeSenhas2',\n"),
    ("nginx.conf", "uwsgi_pass mailman3;\n"),
    ("dovecot.conf", "pass_attrs = \\\n    uid=%u,\\\n"),
    # Of a statement over several lines, the words of a comment are no names.
    (
        "main.yml",
        "# characters [[[\n# for passwords made here\ncharacters: 'ascii,digits.-_~&()*='\n",
    ),
    # What a user and a password stand in is no name.
    ("run.sh", "s=$(curl -u 'a:${APassword}' http://$h/a | xmllint --xpath '//a[1]/text()' -)\n"),
    ("run.sh", "export PASSPHRASE=${PASSPHRASE:-preview-passphrase-123}\n"),
    ("Unit.cs", 'if (args.Token == "aws:index/getAmi:getAmi")\n'),
    ("plugins.yaml", "credentials-binding:523.vd859a_4b_122e6\n"),
    (
        "routes.js",
        "tokens: [['variable', '.', 'xml|json|txt|csv|pdf|epub|mobi|html', '_format']],\n",
    ),
    # What PHPUnit sets while it tests.
    ("phpunit.xml", f'<env name="APP_KEY" value="base64:{_SECRET * 2}="/>\n'),
    # Digits and letters in turn, as examples have them.
    ("api.yml", "api_key: 1a2b3c4d5e6f7g8h9i0j\n"),
]
_SOME = [
    ("form.php", f"$db = array('password' => '{_SECRET}');\n"),
    ("run.sh", f"export PGPASS={_SECRET}\n"),
    ("run.sh", f"export PASSPHRASE=${{PASSPHRASE:-{_SECRET}}}\n"),
    ("run.ps1", f"$password = '{_SECRET}'\n"),
    ("paths.py", f'STORED_PASSWD = "{_SECRET}".format(folder)\n'),
    ("migration.py", f'APIKEY = "{_SECRET}_9"\n'),
    ("page.js", f'let token = isToken ? "#{_SECRET}" : "";\n'),
    ("static/i18n/setup.js", f"  password: '{_SECRET}',\n"),
    ("api.yml", "api_key: 1a7b3x4d9e6q2g8h5k0j\n"),
]


@pytest.mark.parametrize(("path", "text"), _NONE)
def test_what_is_no_secret_is_a_note_at_most(path: str, text: str) -> None:
    assert [f for f in findings(text, path) if f.severity > Severity.NOTE] == []


@pytest.mark.parametrize(("path", "text"), _SOME)
def test_what_stands_in_its_place_is_told(path: str, text: str) -> None:
    assert [f.span.line for f in findings(text, path) if f.severity > Severity.NOTE] == [1]
