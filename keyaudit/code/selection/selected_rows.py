"""Which variables hold rows that a statement in SQL asks for, by the text of a file."""

from __future__ import annotations

from keyaudit.core.patterns import regex

# What gives a row, or rows, and tables that have a secret in each.
GIVES_ROW = regex(r"_*(?:fetch_?(?:one|row)|(?:query|select)_?one|get_row)")
GIVES_ROWS = regex(
    r"_*(?:fetch_?(?:all|many|rows?)|execute_?(?:query|sql|select|read_query)"
    r"|(?:run|do|db|sql|exec|make|select)_?query|(?:query|select)_?(?:db|all|rows)|get_rows)"
)
OF_SECRETS = regex(
    r"(?i)(?:\w+_)?(?:users?|accounts?|admins?|members?|customers?|employees?|credentials?|logins?|passwords?"
    r"|secrets?|api_?keys?|tokens?|vault)"
)
_GIVEN = regex(
    r"\b(\w+)[ \t]*(?:=|in\b)[ \t]*(?:await[ \t]+)?(?:\w+\.)*"
    rf"(?:{GIVES_ROW.pattern}|{GIVES_ROWS.pattern})\("
)
_MOST = 12


def names_of_rows(text: str) -> set[str]:
    """The variables that may be given such rows."""
    if "SELECT" not in text and "select " not in text:
        return set()
    return set(sorted(set(_GIVEN.findall(text)))[:_MOST])
