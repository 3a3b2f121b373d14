"""The parameters and results of Ansible's modules in Python.

Ansible writes the parameters of each task into the log of the host it runs on, and shows them and
the results to whoever runs it with `-v`, unless a parameter is marked `no_log`. A result cannot be
marked: only the task that calls the module can be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations.declaration import (
    Declaration,
    dicts_in,
    entries,
    expressions,
    last_item,
)
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import BARE_TOKEN, CODE, KEY, SECRET, SECRETS, TOKEN, reading

OF_ANSIBLE = frozenset({"AnsibleModule", "ansible", "ansible_collections", "argument_spec"})
# What a parameter's description consists of, and what of that says for sure that it is one.
_SPEC = frozenset({
    "type", "required", "default", "choices", "no_log", "aliases", "elements", "options",
    "fallback", "apply_defaults", "removed_in_version", "removed_at_date",
    "removed_from_collection", "deprecated_aliases", "required_if", "required_together",
    "required_one_of", "required_by", "mutually_exclusive", "context",
})  # fmt: skip
_TELLING = frozenset({"type", "required", "no_log", "elements", "aliases", "default"})
_NO_TEXT = frozenset({"bool", "int", "float", "path"})
_TYPES_OF_OTHERS = frozenset({"string", "object", "array", "integer", "boolean", "number"})
# Keys that are shown to others, and names of what is only about a secret.
_PUBLIC = regex(r"(?i)pgp|gpg|public|host_?key|authorized|ssh_keys?\Z|_(?:file|path|name|id)\Z")
_SECRET_ID = regex(r"(?i)(?:\A|_)secret_?id\Z")
# What a module's own documentation says of a parameter.
_IS_ABOUT = regex(
    r"(?i)\bpaths? (?:of|to|in|for)\b|\bfile\b|name of\b|\bids? of\b|whether|public key|version of"
)
_IS_SECRET = regex(
    r"(?i)\bsecret[ _-]?id\b|(?:shared|client) secret|unencrypted private|private key and cert"
    r"|key and certificate concat|\bclient token\b|the password"
)
_MIXED = regex(
    r"(?i)\A(?:secret|pem_?bundle|cert(?:ificate)?_?bundle|bundle|otp|one_time_password)\Z"
)
# Programs in whose words a `secret` is the name of a place.
_STORES = regex(r"(?i)vault|kubernetes|k8s|secrets?_?manager|conjur|docker|swarm|keyring|doppler")
# What gives a secret to whoever asks a store of secrets for one.
_GIVES = regex(
    r"\bsys\.(?:initialize|rekey|generate_root|start_root_token_generation)\(|\.initialize\([^)]*shares"
    r"|\b(?:generate_secret_id|create_custom_secret_id|generate_certificate|issue_certificate"
    r"|generate_root|generate_credentials|create_orphan)\(|\btoken\.create\(|\bcreate_token\("
)
_RESULTS = frozenset({"exit_json", "fail_json"})
_MAX_CALL = 160


def parameters(scope: Scope) -> Iterator[Declaration]:
    """The parameters of a module that are secrets, and that nothing hides."""
    if scope.module.words.all.isdisjoint(OF_ANSIBLE):
        return
    for name, spec, place in described(scope):
        yield from _judged(name, spec, place, scope)


def described(scope: Scope) -> Iterator[tuple[str, dict[str, s.Expr], tuple[int, int]]]:
    """The parameters that a module describes: name, description and place of each."""
    for path, bindings in scope.bindings.items():
        name = last_item(path)
        for binding in bindings if name else ():
            if (value := binding.assigned) is not None:
                spec = _description(value)
                if spec:
                    yield name, spec, (binding.pos, binding.end)
    for display in dicts_in(_given(scope)):
        for name, value, place in entries(display):
            spec = _description(value)
            if spec:
                yield name, spec, place


def _description(value: s.Expr) -> dict[str, s.Expr]:
    """What describes a parameter; {} for anything else."""
    spec = {key: given for key, given, _ in entries(value)}
    if not spec or not spec.keys() <= _SPEC or spec.keys().isdisjoint(_TELLING):
        return {}
    return spec


def _given(scope: Scope) -> Iterator[s.Expr]:
    """What may have descriptions of parameters in it: each expression once, and no call of `dict`
    that is a part of another."""
    for expr in expressions(scope):
        if isinstance(expr, s.Dict | s.Call | s.Seq):
            yield expr


def _judged(
    name: str, spec: dict[str, s.Expr], place: tuple[int, int], scope: Scope
) -> Iterator[Declaration]:
    if "choices" in spec or "options" in spec or _is_hidden(spec) or _is_no_text(spec):
        return
    held = _held(name, scope.module.text)
    if held:
        yield Declaration(name, name, held, place)


def _is_hidden(spec: dict[str, s.Expr]) -> bool:
    """Whether a parameter is marked, or may be: by a value that is only known at run time."""
    marked = spec.get("no_log")
    return marked is not None and not (isinstance(marked, s.Const) and not marked.value)


def _is_no_text(spec: dict[str, s.Expr]) -> bool:
    kind = spec.get("type")
    said = kind.value if isinstance(kind, s.Const) else last_name(kind)
    return said in _NO_TEXT or said in _TYPES_OF_OTHERS


def last_name(expr: s.Expr | None) -> str:
    """The last word of what a parameter's type is called; "" for anything else."""
    return s.last_part(expr) if expr is not None else ""


def _held(name: str, text: str) -> str:
    """What a parameter holds: by its name, and where that says both, by what its documentation
    says of it."""
    said = _documented(name, text)
    if _MIXED.match(name):
        if name == "secret" and _STORES.search(text) is None and not _IS_ABOUT.search(said):
            return SECRET
        return SECRET if _IS_SECRET.search(said) or name == "otp" else ""
    if _SECRET_ID.search(name) or name.endswith("_jwt"):
        return SECRET
    found = reading(name)
    if found not in SECRETS or found == CODE or _PUBLIC.search(name) or _IS_ABOUT.search(said):
        return ""
    return TOKEN if found == BARE_TOKEN else found


def _documented(name: str, text: str) -> str:
    """What stands below a parameter's name in the module's documentation."""
    head = re.search(rf"(?m)^([ ]+){re.escape(name)}:[ ]*\n", text)
    if head is None:
        return ""
    found: list[str] = []
    for line in text[head.end() : head.end() + 600].split("\n"):
        if line.strip() and len(line) - len(line.lstrip()) <= len(head[1]):
            break
        found.append(line)
    return " ".join(found)


def results(scope: Scope) -> Iterator[Declaration]:
    """What a module gives back that is a secret by its name, or by what it was asked for."""
    words = scope.module.words.all
    if words.isdisjoint(OF_ANSIBLE) or words.isdisjoint(_RESULTS):
        return
    text = scope.module.text
    for call in scope.calls:
        if s.last_part(call.func) in _RESULTS:
            named = [(arg.name, arg.value) for arg in call.args if arg.name is not None]
            for name, value in named:
                if _is_secret_result(name, value, text):
                    yield Declaration(name, name, SECRET, (value.pos, value.end))
        elif s.last_part(call.func) == "update":
            yield from _asked([arg.value for arg in call.args], text, (call.pos, call.func.end))
    for value in scope.returns:
        for name, given, place in entries(value):
            if _is_secret_result(name, given, text) or _SECRET_ID.search(s.last_part(given)):
                yield Declaration(name, name, SECRET, place)
            else:
                yield from _asked([given], text, place)
    for path, bindings in scope.bindings.items():
        name = last_item(path)
        if not name or not re.match(r"(?:result|results|ret|output|response|exit_args)\[", path):
            continue
        for binding in bindings:
            if (result := binding.assigned) is not None:
                place = (binding.pos, binding.end)
                if _is_secret_result(name, result, text):
                    yield Declaration(name, name, SECRET, place)
                else:
                    yield from _asked([result], text, place)


def _is_secret_result(name: str, value: s.Expr, text: str) -> bool:
    """Whether a result by that name is a secret: it is not, where its value only says something."""
    if isinstance(value, s.Const | s.Compare | s.Dict | s.Seq) or (
        isinstance(value, s.Unary) and value.op == "not"
    ):
        return False
    if any(True for _ in entries(value)) or (_PUBLIC.search(name) and not _SECRET_ID.search(name)):
        return False  # what describes a parameter is a dict
    if not (_SECRET_ID.search(name) or reading(name) in SECRETS - {CODE, KEY, SECRET}):
        return reading(name) == KEY and "private" in name
    return (
        re.search(r"(?i)hash|mask|redact|encrypt|\blen\(|bool\(", text[value.pos : value.end])
        is None
    )


def _asked(values: list[s.Expr], text: str, place: tuple[int, int]) -> Iterator[Declaration]:
    """A result that a call gives which is known to give a secret."""
    for value in values:
        asked = _GIVES.search(text[value.pos : min(value.end, value.pos + _MAX_CALL)])
        if isinstance(value, s.Call | s.Attr | s.Sub) and asked is not None:
            name = asked[0].rstrip("(").lstrip(".").partition("(")[0]
            yield Declaration(name, name, SECRET, place)
