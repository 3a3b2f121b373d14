"""Templates of pages and schemas in SQL, as resources."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from keyaudit.configs.formats import form_of
from keyaudit.configs.forms import browser_stores, manuals, pages, script_logs, sql
from keyaudit.configs.tree import Mapping, plain

_SCHEMA = """\
CREATE TABLE IF NOT EXISTS public.keys (
    id integer PRIMARY KEY, -- of the row, not (yet) a uuid
    key varchar(64) DEFAULT ',)' NOT NULL, /* a , b */
    "user" text,
    amount numeric(10, 2),
    FOREIGN KEY (id) REFERENCES owners (id)
);
alter table only users add column if not exists api_token text;
"""


def _columns(number: int) -> dict[str, object]:
    table = list(sql.resources(_SCHEMA, "schema.sql"))[number]
    columns = table.body.get("columns")
    assert isinstance(columns, Mapping)
    shown = plain(columns)
    assert isinstance(shown, dict)
    return shown


def test_a_table_has_its_columns_and_no_constraint() -> None:
    assert list(_columns(0)) == ["id", "key", "user", "amount"]


def test_a_column_that_is_added_makes_a_table_of_its_own() -> None:
    assert _columns(1) == {"api_token": "text"}


def test_a_column_is_found_where_it_stands() -> None:
    table = next(iter(sql.resources(_SCHEMA, "schema.sql")))
    columns = table.body.get("columns")
    assert isinstance(columns, Mapping)
    assert columns.entries["key"].value.span.line == 3


def test_a_page_shows_variables_and_no_calls_links_or_parts() -> None:
    text = (
        "{{ user.api_key }}\n{{ key_of(user) }} {{ user.api_key[:4] }} {{ user.token|length }}\n"
        '<a href="/reset?{{ user.token }}">{{ row["smtp_password"]|safe }}</a>'
    )
    shown = [(found.name, found.span.line) for found in pages.resources(text, "a.html")]
    assert shown == [("user.api_key", 1), ('row["smtp_password"]', 3)]


def test_documentation_is_no_page_and_a_mail_is_one_of_its_own() -> None:
    text = "{{ user.api_key }}"
    for path in ("docs/a.html", "keys/key_created.html", "templates/email_settings.html"):
        assert not list(pages.resources(text, path))
    assert [r.kind for r in pages.resources(text, "templates/email/welcome.html")] == ["mail"]


def test_only_pages_and_schemas_that_name_a_secret_are_read() -> None:
    assert form_of("a.html", b"<p>{{ user.api_key }}</p>") == "page"
    assert form_of("a.html", b"<p>{{ user.name }}</p>") == ""
    assert form_of("a.sql", b"CREATE TABLE a (token text)") == "sql"
    assert form_of("a.sql", b"CREATE TABLE a (name text)") == ""


@given(st.text(alphabet="()',-*/\n create table keyxt\"{}|.", max_size=200))
def test_any_text_is_read(text: str) -> None:
    list(sql.resources(text, "a.sql"))
    list(sql.resources("create table a (" + text, "a.sql"))
    list(pages.resources(text, "a.html"))
    list(script_logs.resources("console.log(" + text, "a.js", "page"))


def test_what_a_script_keeps_in_the_browser() -> None:
    script = (
        "localStorage.setItem('token', data.token);\n"
        'localStorage["token"] = answer.accessToken\n'
        "localStorage.setItem(`token`, words[0]); localStorage.setItem('api_key', '');\n"
    )
    assert form_of("static/app.js", script.encode()) == "page"
    assert form_of("static/app.js", b"sessionStorage.clear()") == ""
    kept = [plain(r.body) for r in browser_stores.resources(script, "static/app.js", "page")]
    names = [shown["name"] for shown in kept if isinstance(shown, dict)]
    assert names == ["access_token", "access_token", "token"]
    assert not list(browser_stores.resources(script, "static/dist/app.js", "page"))


def test_what_a_script_logs_stands_where_it_is_shown() -> None:
    script = 'start();\nconsole.log("as " + user, {password}, `${a}`);\n'
    assert form_of("static/app.js", script.encode()) == "page"
    assert form_of("static/app.js", b"console.log(user)") == ""
    (logged,) = script_logs.resources(script, "static/app.js", "page")
    assert (logged.name, logged.span.line) == ("password", 2)
    assert script.split("\n")[1][logged.span.column - 1 :].startswith("{password}")
    assert not list(script_logs.resources(script, "static/dist/app.js", "page"))


def test_commands_stand_in_the_blocks_of_a_manual() -> None:
    text = (
        "Run `rm -rf x`:\n\n```sh\n$ curl -k \\\n  https://a.example\n```\n\n```python\ncurl(1)\n```\n"
        "\n~~~\nroot@host:~# wget x\n~~~\n```\ngit pull"
    )
    found = list(manuals.resources(text, "README.md", "page"))
    assert [(one.kind, one.title, one.span.line, one.span.column) for one in found] == [
        ("recipe", "`curl`", 4, 3),
        ("recipe", "`wget`", 13, 14),
        ("recipe", "`git`", 16, 1),
    ]


@given(st.text(alphabet="`~:$> \n.acodebsh-", max_size=300))
def test_any_manual_is_read(text: str) -> None:
    for found in manuals.resources(text, "README.md", "page"):
        assert 1 <= found.span.line <= text.count("\n") + 1
