"""The ways a secret stands in a file: which lines it becomes, in a file of which type."""

from __future__ import annotations

import ast
import base64
import json
import random
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from tests.planted.kinds import Secret

Write = Callable[[Secret], str]


@dataclass(frozen=True, slots=True)
class Form:
    """`write` gives the lines; `fits` says of which secrets it is a form."""

    name: str
    write: Write
    fits: Callable[[Secret], bool] = lambda secret: not secret.lines


def _form(template: str) -> Write:
    """`NAME` and `VALUE` in a template are the secret's."""
    return lambda secret: template.replace("NAME", secret.name).replace("VALUE", secret.value)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _escaped(secret: Secret) -> str:
    return secret.value.replace("\n", "\\n")


def _indented(secret: Secret, by: str) -> str:
    return textwrap.indent(secret.value, by)


def _is_key(secret: Secret) -> bool:
    return secret.lines


def _is_bare(secret: Secret) -> bool:
    return secret.bare


_PAYLOAD = {
    "base64 of NAME=value": lambda s: _base64(f"{s.name}={s.value}\n"),
    "base64 of JSON": lambda s: _base64(json.dumps({"user": "app", s.name: s.value})),
    "hexadecimal of NAME=value": lambda s: f"{s.name}={s.value}\n".encode().hex(),
}


def _payload(kind: str, template: str) -> Write:
    return lambda secret: template.replace("VALUE", _PAYLOAD[kind](secret))


def _payloads(template: str) -> list[Form]:
    return [Form(f"{kind}, {template[:12]}", _payload(kind, template)) for kind in _PAYLOAD]


_PYTHON = [
    Form("python, assigned", lambda s: f'{_identifier(s.name)} = "{s.value}"'),
    Form("python, in a dict", _form('SETTINGS = {"NAME": "VALUE"}')),
    Form("python, an argument", lambda s: f'connect("app", {_identifier(s.name)}="{s.value}")'),
    Form("python, the environment", _form("os.environ['NAME'] = 'VALUE'")),
    Form("python, two arguments", _form('settings.set("NAME", "VALUE")')),
    Form("python, next line", lambda s: f'{_identifier(s.name)} = (\n    "{s.value}"\n)'),
    Form("python, a comment", _form("# NAME = VALUE")),
    Form("python, a comment after code", _form("retries = 3  # NAME: VALUE")),
    Form("python, compared", _form('if given["NAME"] == "VALUE":\n    pass')),
    Form("python, a list", _form('tokens = ["VALUE", "x"]'), _is_bare),
    Form("python, an f-string", _form('url = f"{base}/v1/items?NAME=VALUE&page={page}"')),
    Form("python, a triple-quoted key", lambda s: f'KEY = """{s.value}\n"""', _is_key),
    Form("python, an escaped key", lambda s: f'KEY = "{_escaped(s)}"', _is_key),
    Form("python, a key line by line", lambda s: _line_by_line(s.value), _is_key),
    Form("python, a key in base64", lambda s: f'KEY = "{_base64(s.value)}"', _is_key),
    *_payloads('PAYLOAD = "VALUE"'),
]
_YAML = [
    Form("yaml, bare", _form("NAME: VALUE")),
    Form("yaml, quoted", _form('NAME: "VALUE"')),
    Form("yaml, nested", _form("planted:\n  inner:\n    NAME: 'VALUE'")),
    Form("yaml, a list of variables", _form("planted:\n  - NAME=VALUE")),
    Form("yaml, a block", _form("NAME: |\n  VALUE")),
    Form("yaml, a comment", _form("# NAME: VALUE")),
    Form("yaml, a comment after a pair", _form("retries: 3  # NAME: VALUE")),
    Form("yaml, a command", lambda s: f"run: deploy --{_option(s.name)}={s.value} now"),
    Form("yaml, a flow mapping", _form('planted: {user: app, NAME: "VALUE"}')),
    Form("yaml, name and value", _form("planted:\n  - name: NAME\n    value: VALUE")),
    Form("yaml, a key", lambda s: "server: |\n" + _indented(s, "  "), _is_key),
    Form("yaml, an escaped key", lambda s: f'server: "{_escaped(s)}"', _is_key),
    Form("yaml, a key in wrapped base64", lambda s: "server: |\n" + _wrapped(s), _is_key),
    *_payloads("payload: VALUE"),
]
_JSON = [
    Form("json", _form('  "NAME": "VALUE",')),
    Form("json, nested", _form('  "planted": {"user": "app", "NAME": "VALUE"},')),
    Form("json, name and value", _form('  "planted": [{"name": "NAME", "value": "VALUE"}],')),
    Form("json, an escaped key", lambda s: f'  "server": "{_escaped(s)}",', _is_key),
    *_payloads('  "payload": "VALUE",'),
]
_SETTINGS = [
    Form("settings, bare", _form("NAME=VALUE")),
    Form("settings, quoted", _form('NAME="VALUE"')),
    Form("settings, exported", _form("export NAME=VALUE")),
    Form("settings, a comment", _form("# NAME=VALUE")),
    Form("settings, an escaped key", lambda s: f'SERVER="{_escaped(s)}"', _is_key),
    Form("settings, a key over lines", lambda s: f'SERVER="{s.value}"', _is_key),
    *_payloads("PAYLOAD=VALUE"),
]
_SHELL = [
    *_SETTINGS,
    Form("shell, an option", lambda s: f"deploy --{_option(s.name)} {s.value} --force"),
    Form(
        "shell, a header",
        _form('curl -H "Authorization: Bearer VALUE" https://api.acme.com/v1'),
        lambda s: not s.lines and len(s.value) >= 20 and "://" not in s.value,
    ),
    Form("shell, a key", lambda s: f"cat > server.pem <<END\n{s.value}\nEND", _is_key),
]
_DOCKER = [
    Form("docker, ENV", _form("ENV NAME=VALUE")),
    Form("docker, ENV with a space", _form("ENV NAME VALUE")),
    Form("docker, ARG", _form("ARG NAME=VALUE")),
    Form("docker, RUN", _form("RUN export NAME=VALUE && make")),
    Form("docker, an escaped key", lambda s: f'RUN printf "{_escaped(s)}" > key', _is_key),
]
_INI = [
    Form("ini", _form("[planted]\nNAME = VALUE")),
    Form("ini, a comment", _form("; NAME = VALUE")),
    Form("ini, next line", _form("[planted]\nNAME =\n    VALUE")),
    Form("ini, a key", lambda s: "[planted]\nserver =\n" + _indented(s, "    "), _is_key),
]
_TOML = [
    Form("toml", _form('[planted]\nNAME = "VALUE"')),
    Form("toml, a key", lambda s: f'[planted]\nserver = """\n{s.value}\n"""', _is_key),
]
_SCRIPT = [
    Form("javascript, const", lambda s: f"const {_identifier(s.name)} = '{s.value}';"),
    Form("javascript, in an object", _form('var settings = {"NAME": "VALUE"};')),
    Form("javascript, a comment", _form("// NAME: VALUE")),
    Form("javascript, an escaped key", lambda s: f"const key = '{_escaped(s)}';", _is_key),
]
_GO = [
    Form("go, declared", lambda s: f'\t{_identifier(s.name)} := "{s.value}"'),
    Form("go, const", lambda s: f'const {_identifier(s.name)} = "{s.value}"'),
    Form("go, in a map", _form('\tsettings["NAME"] = "VALUE"')),
    Form("go, a field", lambda s: f'\t\t{_identifier(s.name)}: "{s.value}",'),
    Form("go, a raw key", lambda s: f"const key = `{s.value}\n`", _is_key),
]
_JAVA = [
    Form(
        "java, a constant",
        lambda s: f'    static final String {_identifier(s.name)} = "{s.value}";',
    ),
    Form("java, two arguments", _form('    settings.setProperty("NAME", "VALUE");')),
    Form("java, a comment", _form("    // NAME=VALUE")),
    Form("java, an escaped key", lambda s: f'    String key = "{_escaped(s)}";', _is_key),
]
_TERRAFORM = [
    Form("terraform, an argument", _form('  NAME = "VALUE"')),
    Form(
        "terraform, a variable",
        _form('variable "NAME" {\n  type    = string\n  default = "VALUE"\n}'),
    ),
    Form("terraform, name and value", _form('  {\n    name  = "NAME"\n    value = "VALUE"\n  }')),
    Form("terraform, a key", lambda s: f"  key = <<EOT\n{s.value}\nEOT", _is_key),
]
_MARKUP = [
    Form("markup, a comment", _form("<!-- NAME: VALUE -->")),
    Form("markup, an attribute", _form('<input data-NAME="VALUE">')),
    Form("markup, a key", lambda s: f"<pre>{s.value}</pre>", _is_key),
]
_PROSE = [
    Form("prose, a line", _form("    NAME=VALUE")),
    Form(
        "prose, a sentence",
        _form("The value VALUE is what we used."),
        lambda s: not s.lines and _is_bare(s),
    ),
    Form("prose, a key", lambda s: "\n" + _indented(s, "    ") + "\n", _is_key),
]
_BY_SUFFIX: Mapping[str, Sequence[Form]] = {
    ".py": _PYTHON, ".yaml": _YAML, ".yml": _YAML, ".json": _JSON, ".sh": _SHELL, ".ini": _INI,
    ".cfg": _INI, ".toml": _TOML, ".js": _SCRIPT, ".ts": _SCRIPT, ".html": _MARKUP,
    ".xml": _MARKUP, ".md": _PROSE, ".rst": _PROSE, ".txt": _PROSE, ".env": _SETTINGS,
    ".properties": _SETTINGS[:2], ".go": _GO, ".java": _JAVA, ".tf": _TERRAFORM,
}  # fmt: skip


def forms_for(path: str) -> Sequence[Form]:
    """The forms a secret may take in a file; none for files of other types."""
    name = PurePosixPath(path).name
    if name.startswith("Dockerfile"):
        return _DOCKER
    return _SETTINGS if name.startswith(".env") else _BY_SUFFIX.get(PurePosixPath(path).suffix, ())


def place(path: str, lines: Sequence[str], source: random.Random) -> tuple[int, str] | None:
    """Where one more statement, pair or paragraph may stand: after so many lines, so indented."""
    suffix = PurePosixPath(path).suffix
    if suffix == ".py":
        places = _statements("\n".join(lines))
    elif suffix in (".yaml", ".yml"):
        places = [(n, m[1]) for n, line in enumerate(lines) if (m := _PAIR.match(line))]
        if any(_BLOCK.search(line) for line in lines):
            places = [(n, indent) for n, indent in places if not indent]
    elif suffix == ".json":
        places = [(n, "") for n, line in enumerate(lines) if _MEMBER.match(line)]
    elif suffix in (".ini", ".cfg", ".toml"):
        places = [(n, "") for n, line in enumerate(lines) if line.startswith("[")]
    else:
        places = [(n, "") for n in range(len(lines))]
    return source.choice(places) if places else None


_PAIR = re.compile(r"( *)[A-Za-z][\w-]*:(?: |$)")
_BLOCK = re.compile(r"[|>][-+]?\s*$")
_MEMBER = re.compile(r'\s*"[^"]+": ')


def _statements(text: str) -> list[tuple[int, str]]:
    """The places before the statements of a program, in functions and classes too."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return []
    lines = text.split("\n")
    places = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt) or getattr(node, "decorator_list", None):
            continue
        line = lines[node.lineno - 1]
        indent = line[: node.col_offset]
        before = lines[node.lineno - 2] if node.lineno > 1 else ""
        first = line.startswith("from __future__") or isinstance(node, ast.Expr)
        inside = indent.strip() or line.lstrip().startswith("elif") or before.endswith("\\")
        if not first and not inside:
            places.append((node.lineno - 1, indent))
    return places


def _identifier(name: str) -> str:
    return name.replace("-", "_")


def _option(name: str) -> str:
    return name.lower().replace("_", "-")


def _line_by_line(text: str) -> str:
    return "KEY = (\n" + "".join(f'    "{line}\\n"\n' for line in text.split("\n")) + ")"


def _wrapped(secret: Secret) -> str:
    return "\n".join(f"  {line}" for line in textwrap.wrap(_base64(secret.value), 76))
