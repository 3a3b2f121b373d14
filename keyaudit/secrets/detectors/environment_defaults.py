"""Finds secrets that a program falls back to where its environment has none, in any language:
`os.getenv("DB_PASSWORD", "…")`, `process.env.JWT_SECRET || "…"`, `${JWT_SECRET:…}`.

The name of the variable says that the value is secret, whatever it is called in the program.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from keyaudit.core.context import is_template, is_unfilled
from keyaudit.core.paths import suffix
from keyaudit.core.patterns import regex
from keyaudit.secrets.detection import ENVIRONMENT_DEFAULT, Detection
from keyaudit.secrets.judgement.known_defaults import is_known_default
from keyaudit.secrets.judgement.names import strictness
from keyaudit.secrets.judgement.own_keys import is_own_key_name, is_service_password_name
from keyaudit.secrets.judgement.values import is_secret

_LONGEST = 600
_NAME = r"[\"'`](?P<name>[A-Za-z][\w.:-]{2,60})[\"'`]"
_TEXT = r"[rbuf]{0,2}(?P<quote>[\"'`])(?P<value>[^\"'`\\\n]{3,200})(?P=quote)"
_OR = rf"\s*(?:\|\||\?\?|\?:|\bor\b)\s*{_TEXT}"
_AT_END = r"(?!\s*[+%.\[])"

_PYTHON = (
    regex(
        r"(?:\bgetenv|\benviron\.(?:get|setdefault|pop)|\b(?:[a-z]+_)*env(?:iron)?(?:\.(?:str|get))?"
        r"|\bget_?env\w*|\bconfig)"
        rf"\(\s*{_NAME}\s*,\s*(?:[a-z]+\s*=\s*[\w.]+\s*,\s*)?(?:default\s*=\s*)?{_TEXT}{_AT_END}"
    ),
    regex(
        rf"(?:\bgetenv|\benviron\.get|\benv|\bget_?env\w*)\(\s*{_NAME}[^()\n]{{0,20}}\){_OR}{_AT_END}"
    ),
    # `x = os.environ["SECRET"] if "SECRET" in os.environ else "…"`.
    regex(rf"\bif\s+{_NAME}\s+in\s+(?:os\.)?environ\s+else\s+{_TEXT}{_AT_END}"),
)
_SCRIPT = (
    regex(
        rf"\b(?:process|Bun|import\.meta)\.env(?:\.(?P<name>[A-Za-z_]\w{{2,60}})!?){_OR}{_AT_END}"
    ),
    regex(rf"\b(?:process|Bun|import\.meta)\.env\[\s*{_NAME}\s*\]{_OR}{_AT_END}"),
    regex(rf"\bDeno\.env\.get\(\s*{_NAME}\s*\){_OR}{_AT_END}"),
    # NestJS's service of settings, and functions of a program's own.
    regex(
        rf"\b(?:[cC]onfig(?:Service)?\.get(?:<\w+>)?|getEnv\w*|env\w*)\(\s*{_NAME}\s*,\s*{_TEXT}\s*[,)]"
    ),
    regex(rf"\b[cC]onfigService\.get(?:<\w+>)?\(\s*{_NAME}\s*\){_OR}{_AT_END}"),
)
_PHP = (
    regex(rf"\benv\(\s*{_NAME}\s*,\s*{_TEXT}\s*\)"),
    regex(rf"\bgetenv\(\s*{_NAME}\s*\){_OR}{_AT_END}"),
    regex(rf"\$_(?:ENV|SERVER)\[\s*{_NAME}\s*\]{_OR}{_AT_END}"),
)
_RUBY = (
    regex(rf"\bENV\.fetch\(\s*{_NAME}\s*(?:,\s*|\)\s*\{{\s*){_TEXT}"),
    regex(rf"\bENV\[\s*{_NAME}\s*\]{_OR}{_AT_END}"),
)
_COMPILED = (
    # Functions of a program's own: `getEnv("NAME", "…")`, `envOrDefault(…)`, `utils.GetEnv(…)`.
    regex(
        rf"\b\w*(?:[gG]et_?[eE]nv|[eE]nvOr|lookup_?[eE]nv|[gG]etOrDefault)\w*\(\s*{_NAME}\s*,\s*{_TEXT}\s*\)"
    ),
    regex(rf"\bSetDefault\(\s*{_NAME}\s*,\s*{_TEXT}\s*\)"),  # viper
    regex(
        rf"\benv::var\(\s*{_NAME}\s*\)\s*\.unwrap_or(?:_else)?\(\s*(?:\|_?\w*\|\s*)?(?:String::from\(\s*)?{_TEXT}"
    ),
    regex(rf"\bGetEnvironmentVariable\(\s*{_NAME}\s*\){_OR}{_AT_END}"),
    regex(rf"\b[cC]onfiguration\[\s*{_NAME}\s*\]{_OR}{_AT_END}"),
    regex(rf"\bgetenv\(\s*{_NAME}\s*\){_OR}{_AT_END}"),
)
# What Spring puts into a setting ("Externalized Configuration": `${name:default}`).
_PLACEHOLDER = (
    regex(r"\$\{(?P<name>[A-Za-z][\w.-]{2,60}):(?![-?+=/])(?P<value>[^{}$\s\"']{3,200})\}"),
)
# Where a script asks for a variable otherwise than to assign it: `${NAME:-…}` in a document.
_SHELL = (regex(r"\$\{(?P<name>[A-Za-z_]\w{2,60}):?[-=](?P<value>[^{}$\s\"'`/<>]{3,200})\}"),)
_ASSIGNED = regex(r"\s*(?:(?:export|local|readonly|declare\s+-\w+)\s+)?[A-Za-z_]\w*=")

_BY_ENDING = {
    **dict.fromkeys((".py", ".pyw"), _PYTHON),
    **dict.fromkeys((".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".mts", ".cts", ".vue",
                     ".svelte"), _SCRIPT),
    ".php": _PHP,
    **dict.fromkeys((".rb", ".erb", ".rake", ".ru"), _RUBY),
    **dict.fromkeys((".go", ".rs", ".cs", ".java", ".kt", ".scala", ".swift", ".dart"), _COMPILED),
    **dict.fromkeys((".properties", ".yml", ".yaml"), _PLACEHOLDER),
    **dict.fromkeys((".sh", ".bash", ".ksh", ".zsh"), _SHELL),
}  # fmt: skip
_CALLED = frozenset({".java", ".kt", ".scala"})
_COMMENT = ("#", "//", "*", "/*", ";", "--")
# What says that there is none, or that it opens nothing.
_NONE = regex(
    r"(?i)none|null|nil|undefined|unset|empty|false|true|disabled|optional|not[-_ ]?\w+|no[-_ ]\w+"
    r"|dummy\w*|fake\w*|ignored?|unused|n/?a|\W+|test(?:ing)?|x+|bearer|basic|token|default"
)


def find(path: str, lines: Sequence[str], numbers: Sequence[int]) -> Iterator[Detection]:
    """The detections in the lines (from 1) that triage points at."""
    ending = suffix(path).lower()
    forms = _BY_ENDING.get(ending)
    if forms is None:
        return
    for number in numbers:
        line = lines[number - 1] if number <= len(lines) else ""
        if len(line) > _LONGEST or line.lstrip().startswith(_COMMENT):
            continue
        if forms is _SHELL and _ASSIGNED.match(line):
            continue  # the reader of scripts tells it (KA331)
        told: set[str] = set()
        used = (*forms, *_PLACEHOLDER) if ending in _CALLED else forms
        for form in used:
            for found in form.finditer(line):
                if found["value"] not in told and is_written(found["name"], found["value"]):
                    told.add(found["value"])
                    yield Detection(ENVIRONMENT_DEFAULT, number, found["value"], False, line)


def is_written(name: str, value: str) -> bool:
    """Whether what a setting of this name falls back to is a secret that works as it is."""
    level = strictness(name)
    if is_template(value) and not value.startswith("<"):
        return False
    if is_own_key_name(name):
        return _NONE.fullmatch(value) is None
    if level is None or level == "reference" or _NONE.fullmatch(value) or is_unfilled(value):
        return False
    if level == "password":
        if value.lower() in ("password", "passwd", "pass"):
            return is_service_password_name(name)  # with others it opens nothing
        if is_known_default(value, beside_login=True):
            return True
        return not re.search(r"[\s/\\:<>{}()]", value) or is_secret(value, level)
    return is_known_default(value, beside_login=True) or is_secret(value, level)
