"""Enables certificate checks again.

An argument that disables them is removed, since they are enabled by default; on an SSL context both
settings are restored in the order that Python accepts. Declined where the value comes from a
parameter or the configuration, since somebody may have chosen it.
"""

from __future__ import annotations

import ast
import tokenize

from keyaudit.core.patterns import regex
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import PythonFile, dotted, real_name
from keyaudit.fixes.site import Rewrite, Site

_TITLE = "check the server's certificate"
_NOTE = (
    "where the server's certificate is signed by an authority of your own, name that authority's "
    'certificate (`verify="ca.pem"`, `cafile=`): the connection fails without it'
)

# What makes a context that trusts no authority yet, and what gives it some.
_EMPTY = ("ssl.SSLContext", "ssl_.create_urllib3_context")
_LOADERS = ("load_default_certs", "load_verify_locations", "set_default_verify_paths")
_ON_PURPOSE = regex(r"(?i)unverified|insecure|no_?verify|skip_?verif|without_?verif|_unsafe")
_CHECK_FAILED = regex(r"(?i)ssl|certificate|tls")
_REASON = regex(r"(?i)\b(?:cert|ssl|tls|https|verif|self.?signed|hostname|insecure|mitm)")


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    node = site.node(ast.expr)
    _require_no_reason(site, node)
    _require_first_try(site, node)
    parent = site.file.parent(node)
    if isinstance(parent, ast.Assign) and node in parent.targets:
        _assignment(site, node, parent)
    elif isinstance(node, ast.Attribute | ast.Name) and isinstance(parent, ast.Call):
        _function(site, node, parent)
    else:
        _argument(site, node)
    return site.rewrite(_TITLE, migrate=(_NOTE,))


def _require_no_reason(site: Site, node: ast.expr) -> None:
    """Raise DeclinedError where a comment or a name says that the check is disabled on purpose."""
    file = site.file
    for around in (file.function(node), file.owner(node)):
        if around is not None and _ON_PURPOSE.search(around.name):
            raise DeclinedError(f"the name of `{around.name}` says that it is off")
    statement = file.statement(node)
    first, last = statement.lineno, statement.end_lineno or statement.lineno
    if isinstance(statement, ast.With | ast.AsyncWith | ast.For | ast.If | ast.FunctionDef):
        last = first
    while first > 1 and file.line_text(first - 1).lstrip().startswith("#"):
        first -= 1
    start, end = file.start_of_line(first), file.start_of_line(last + 1)
    for token in file.tokens_in(start, end):
        if token.type == tokenize.COMMENT and _REASON.search(token.text):
            raise DeclinedError("a comment says why it is off")


def _require_first_try(site: Site, node: ast.expr) -> None:
    """Raise DeclinedError in a handler of a failed check, which tries again without: with the check
    on it would only fail once more, and what is done about such servers is the owner's to say."""
    inner: ast.AST = node
    for outer in site.file.ancestors(node):
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef):
            return
        if (
            isinstance(outer, ast.ExceptHandler)
            and inner is not outer.type
            and outer.type is not None
            and _CHECK_FAILED.search(site.file.source(outer.type))
        ):
            raise DeclinedError("it is a second try, after the check has failed")
        inner = outer


def _function(site: Site, node: ast.expr, call: ast.Call) -> None:
    """Fix `ssl._create_unverified_context()`, or a call that is insecure because an argument is
    missing."""
    name = dotted(node) or ""
    if call.func is not node:
        _argument(site, node)
        return
    if site.is_called(call, ".starttls", "smtplib.SMTP_SSL"):
        use = site.use(call)
        if use is not None and use.model.name.startswith("smtplib."):
            ssl = site.editor().module("ssl", call)
            site.editor().set_keyword(call, "context", f"{ssl}.create_default_context()")
            return
    if not name.endswith("_create_unverified_context"):
        raise DeclinedError("it is not known how to switch the check on there")
    module, _, _ = name.rpartition(".")
    if not module:
        raise DeclinedError("the function is imported by its name alone")
    if call.args or any(k.arg not in ("cafile", "capath", "cadata") for k in call.keywords):
        raise DeclinedError("the context is made with other settings")
    site.editor().replace(node, f"{module}.create_default_context")


def _assignment(site: Site, target: ast.expr, statement: ast.Assign) -> None:
    if len(statement.targets) != 1:
        raise DeclinedError("several names are assigned at once")
    name = target.attr if isinstance(target, ast.Attribute) else ""
    if name == "_create_default_https_context":
        _require_always(site, statement)
        _remove(site, statement)
    elif name in ("check_hostname", "verify_mode") and isinstance(target, ast.Attribute):
        _context(site, target)
    elif name == "verify" and isinstance(statement.value, ast.Constant):
        _require_always(site, statement)
        site.editor().replace(statement.value, "True")
    else:
        raise DeclinedError("it is not known how to switch the check on there")


def _require_always(site: Site, statement: ast.stmt) -> None:
    """Raise DeclinedError where a statement is under a condition, since somebody chose that."""
    if any(isinstance(outer, ast.If) for outer in site.file.ancestors(statement)):
        raise DeclinedError("it is switched off under a condition")


def _context(site: Site, target: ast.Attribute) -> None:
    """Restore both settings of an SSL context; Python refuses `check_hostname` without
    `verify_mode`."""
    file, editor = site.file, site.editor()
    owner = dotted(target.value)
    if owner is None:
        raise DeclinedError("the context is looked up in an unusual way")
    function = file.function(target)
    found: dict[str, list[ast.Assign]] = {"check_hostname": [], "verify_mode": []}
    for node in file.walk(function or file.tree):
        if (
            isinstance(node, ast.Assign)
            and len(node.targets) == 1
            and isinstance(node.targets[0], ast.Attribute)
            and node.targets[0].attr in found
            and dotted(node.targets[0].value) == owner
            and file.function(node) is function
        ):
            found[node.targets[0].attr].append(node)
    if any(len(nodes) > 1 for nodes in found.values()):
        raise DeclinedError("the context is set several times")
    for node in (one for nodes in found.values() for one in nodes):
        _require_no_reason(site, node.value)
        if any(isinstance(outer, ast.If) for outer in file.ancestors(node)):
            raise DeclinedError("it is switched off under a condition")
    _require_names(site)
    names = [node for node in found["check_hostname"] if _is_off(node.value)]
    modes = [node for node in found["verify_mode"] if _is_off(node.value)]
    for node in names:
        editor.replace(node.value, "True")
    for node in modes:
        editor.replace(node.value, f"{_module(node.value)}CERT_REQUIRED")
    if names and modes and file.start(names[0]) < file.start(modes[0]):
        # On a context that begins without checks, the names cannot be checked first.
        one, other = names[0], modes[0]
        text = file.source(one), file.source(other)
        del editor.changes[-2:]
        editor.replace(
            one, text[1][: -len(file.source(other.value))] + f"{_module(other.value)}CERT_REQUIRED"
        )
        editor.replace(other, text[0][: -len(file.source(one.value))] + "True")
    if modes:
        _trust_authorities(site, owner, max((*names, *modes), key=file.start))


def _trust_authorities(site: Site, owner: str, last: ast.Assign) -> None:
    """Load the system's authorities, after the statement `last`, into a context that was made with
    none: with the checks on, it would refuse every server."""
    file = site.file
    function = file.function(last)
    makers = [
        node.value
        for node in file.walk(function or file.tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and owner in [dotted(one) for one in node.targets]
    ]
    if not any(real_name(file, one.func).endswith(_EMPTY) for one in makers):
        return
    for node in file.walk():
        if (
            isinstance(node, ast.Attribute)
            and node.attr in _LOADERS
            and dotted(node.value) == owner
            and file.function(node) is function
        ):
            return
    site.editor().after(last, [f"{owner}.load_default_certs()"])


def _require_names(site: Site) -> None:
    """Raise DeclinedError where a socket is wrapped without the server name that the check
    needs."""
    for node in site.file.walk():
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "wrap_socket"
            and not any(one.arg in ("server_hostname", "server_side") for one in node.keywords)
        ):
            raise DeclinedError("the server's name is not known where the socket is wrapped")


def _module(value: ast.expr) -> str:
    """`ssl.` of `ssl.CERT_NONE`."""
    name = dotted(value)
    if name is None or not name.endswith("CERT_NONE"):
        raise DeclinedError("the mode is looked up in an unusual way")
    module = name.removesuffix("CERT_NONE").removesuffix("VerifyMode.")
    if not module:
        raise DeclinedError("the mode is imported by its name alone")
    return module


def _is_off(value: ast.expr) -> bool:
    return (isinstance(value, ast.Constant) and value.value is False) or (
        dotted(value) or ""
    ).endswith("CERT_NONE")


def _remove(site: Site, statement: ast.Assign) -> None:
    value = dotted(statement.value) or ""
    if not value.endswith("_create_unverified_context"):
        raise DeclinedError("the default is set to something else")
    site.editor().remove_statement(statement)


def _require_same_statement(site: Site, file: PythonFile, value: ast.expr, node: ast.expr) -> None:
    """Raise DeclinedError where a value is chosen under a condition, away from its use."""
    if any(isinstance(outer, ast.If) for outer in file.ancestors(file.statement(value))) and (
        file.statement(value) is not site.file.statement(node)
    ):
        raise DeclinedError("it is switched off under a condition")


def _require_no_default(file: PythonFile, options: ast.Dict) -> None:
    """Raise DeclinedError where the options are the defaults of a configuration."""
    statement = file.parent(options)
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    if any("default" in (dotted(one) or "").lower() for one in targets):
        raise DeclinedError("the configuration may switch the check on")


def _is_modelled(site: Site, path: str, call: ast.Call) -> bool:
    """Whether a call is one of a library that checks unless it is told otherwise."""
    file = site.editor(path).file
    return bool(site.project.uses(path).get(file.place(call))) or (
        isinstance(call.func, ast.Call) and dotted(call.func.func) == "getattr"
    )


def _argument(site: Site, node: ast.expr) -> None:
    """Fix `verify=False`, in the call or in a dict of options that is passed to it."""
    path, value = site.first_step(ast.expr)
    file, editor = site.editor(path).file, site.editor(path)
    if isinstance(value, ast.Constant) and value.value == "CERT_NONE":
        _require_same_statement(site, file, value, node)
        editor.replace(value, '"CERT_REQUIRED"')
        return
    if not isinstance(value, ast.Constant) or value.value not in (False, None, 0):
        if dotted(value) and (dotted(value) or "").endswith("CERT_NONE"):
            editor.replace(value, f"{_module(value)}CERT_REQUIRED")
            return
        raise DeclinedError("the value is looked up in an unusual way")
    parent = file.parent(value)
    _require_same_statement(site, file, value, node)
    if isinstance(parent, ast.Dict):
        _require_no_default(file, parent)
    if isinstance(parent, ast.Call):
        raise DeclinedError("the configuration may switch the check on")
    if isinstance(parent, ast.keyword):
        call = file.parent(parent)
        assert isinstance(call, ast.Call)
        if (dotted(call.func) or "").endswith("CertificateOptions"):
            raise DeclinedError("Twisted checks only where it is told whom to trust (`trustRoot`)")
        if parent.arg == "cert_reqs":
            editor.replace(value, '"CERT_REQUIRED"')
        elif parent.arg != "ssl" and value.value is False and not _is_modelled(site, path, call):
            # What it is without the argument, only its own code says.
            editor.replace(value, "True")
        else:
            editor.remove_argument(call, parent)
    elif isinstance(parent, ast.arguments):
        raise DeclinedError("callers may ask for the check to be off")
    elif value.value is False:
        editor.replace(value, "True")
    else:
        raise DeclinedError("the value is looked up in an unusual way")
