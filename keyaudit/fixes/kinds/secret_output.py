"""Replaces a secret in a log, an exception or an output by `[redacted]`.

The rest of the message stays. Declined where the secret is all that is shown and is used nowhere
else, since showing it may be the program's purpose.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from keyaudit.core.context import is_test_path
from keyaudit.core.location import Span
from keyaudit.core.patterns import regex
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.message_edits import put_into_format, put_into_percent, put_into_sum
from keyaudit.fixes.messages import UNUSUAL, conversions, require_text_accepted
from keyaudit.fixes.python_file import dotted, real_name
from keyaudit.fixes.site import Rewrite, Site
from keyaudit.fixes.value_types import Kind, kind_of

_TEXT = "[redacted]"
# So many characters of a message are found nowhere else by chance.
_LONG = 12
_INDEX = regex(r"(?!.*(?:api|access|auth|secret|private|crypt|sign|session|master)_)\w+_key")
_KEY = regex(r"(?i)key|secret|token")
_PASSED = regex(r"passed to `(?P<to>[\w.]+)")
_TELLS = regex(
    r"(?i)_*(?:log|debug|info|warn|warning|error|critical|exception|echo|print|log_(?!in|out)\w+)_*"
)
_TOLD = regex(r"(?i)pass|pwd|(?<![a-z])pw(?![a-z])|\bpin\b|otp|code")


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    _require_told_here(site)
    node = site.node(ast.expr)
    _require_no_index(site)
    secrets = _secrets(site)
    _require_not_told(site, secrets)
    _require_secret(site, node, secrets)
    _require_unasked(site, node)
    _require_kept(site, node, secrets)
    _Redaction(site, secrets).redact(node)
    return site.rewrite("leave the secret out of the message")


def _require_told_here(site: Site) -> None:
    """Raise DeclinedError where the secret is passed to a function, which shows it: that function
    needs it for something else, unless it is one that only tells."""
    steps = site.finding.steps
    if not steps or (steps[-1].path, steps[-1].span) == (site.finding.path, site.finding.span):
        return
    passed = [found for step in steps if (found := _PASSED.search(step.text))]
    if not passed or _TELLS.fullmatch(passed[-1]["to"].rpartition(".")[2]) is None:
        raise DeclinedError("the function that it is passed to shows it, and is to be mended")


def _require_no_index(site: Site) -> None:
    """Raise DeclinedError where a value is only called a key in a mapping, and something else where
    it is taken from: `repository = record["subscription_key"]` may be what records are found by."""
    step = site.finding.steps[0] if site.finding.steps else None
    target = None
    if step is not None and step.path == site.finding.path and step.path.endswith(".py"):
        target = site.try_node(ast.Name, step.span)
    statement = site.file.parent(target) if target is not None else None
    value = statement.value if isinstance(statement, ast.Assign) else None
    if target is None or not isinstance(value, ast.Subscript):
        return
    key = value.slice.value if isinstance(value.slice, ast.Constant) else None
    if isinstance(key, str) and _INDEX.fullmatch(key) and not _KEY.search(target.id):
        raise DeclinedError("it may be what a record is found by")


def _secrets(site: Site) -> set[str]:
    """The variables that hold the secret along the evidence, as written in the source."""
    found = set()
    for step in site.finding.steps:
        if step.path != site.finding.path:
            continue
        parameter = _parameter(site, step.span)
        if parameter is not None:
            found.add(parameter)
            continue
        node = site.try_node(ast.expr, step.span)
        name = dotted(node) if isinstance(node, ast.Name | ast.Attribute) else None
        if name is not None and not isinstance(getattr(node, "ctx", None), ast.Load):
            found.add(name)
    return found


def _parameter(site: Site, span: Span) -> str | None:
    """The name of a parameter, at `span`, of a function around the finding; else None."""
    start, end = site.place(span)
    found = site.file.starting_at(start, ast.arg)
    if found is None or site.file.text[start:end] not in (found.arg, site.file.source(found)):
        return None
    around = {id(outer) for outer in site.file.ancestors(site.node(ast.expr))}
    function = next(
        (one for one in site.file.ancestors(found) if not isinstance(one, ast.arguments)), None
    )
    return found.arg if id(function) in around else None


def _require_secret(site: Site, node: ast.expr, secrets: set[str]) -> None:
    """Raise DeclinedError where the value is known to be none: it equals a literal there, or is the
    path of a database's file."""
    file = site.file
    inner: ast.AST = node
    for outer in file.ancestors(node):
        if isinstance(outer, ast.If) and any(inner is one for one in outer.body):
            test = outer.test
            if (
                isinstance(test, ast.Compare)
                and isinstance(test.ops[0], ast.Eq)
                and isinstance(test.comparators[0], ast.Constant)
                and dotted(test.left) in {dotted(one) for one in ast.walk(node) if dotted(one)}
            ):
                raise DeclinedError("it is a value that the source has anyway")
        inner = outer
    shown = {name.rpartition(".")[2] for name in secrets}
    shown |= {(dotted(one) or "").rpartition(".")[2] for one in ast.walk(node)}
    for other in file.walk():
        if isinstance(other, ast.Call) and real_name(file, other.func) in (
            "sqlite3.connect", "sqlite3.Connection", "aiosqlite.connect",
        ):  # fmt: skip
            for given in other.args[:1]:
                if (dotted(given) or "").rpartition(".")[2] in shown - {""}:
                    raise DeclinedError("it is the path of a file")


def _require_unasked(site: Site, node: ast.expr) -> None:
    """Raise DeclinedError where another file, a test for instance, has the text of the message."""
    statement = site.file.statement(node)
    for one in ast.walk(statement):
        if not isinstance(one, ast.Constant) or not isinstance(one.value, str):
            continue
        part = max(re.split(r"%\S*|\{[^}]*\}", one.value), key=len).strip()
        if len(part) < _LONG:
            continue
        for file in site.project.readable_with(part):
            if file.path != site.finding.path and is_test_path(file.path):
                raise DeclinedError(f"{file.path} asks for the text of the message")


def _require_not_told(site: Site, secrets: set[str]) -> None:
    """Raise DeclinedError where the output may be the only place at which a user learns a password:
    a newly generated one, or one that the program was asked to find."""
    if not any(_TOLD.search(name) for name in secrets):
        return
    step = site.finding.steps[0]
    made = site.try_node(ast.Call, step.span, step.path) if step.path.endswith(".py") else None
    use = site.use_in(step.path, made) if made is not None else None
    if use is not None and "random" in use.model.kinds:
        raise DeclinedError("whoever reads it may know the new password from nowhere else")
    if site.finding.subject.startswith(("builtins.print", "click.")):
        raise DeclinedError("to show the secret may be what the program is for")


def _require_kept(site: Site, node: ast.expr, secrets: set[str]) -> None:
    """Raise DeclinedError where the value is used only in what is shown."""
    if site.rule.id != "KA402" and not site.options.get("output"):
        return
    shown = {id(inner) for inner in ast.walk(node)}
    for other in site.file.walk():
        if (
            isinstance(other, ast.Name | ast.Attribute)
            and isinstance(other.ctx, ast.Load)
            and id(other) not in shown
            and dotted(other) in secrets
            and not _is_shown(site, other)
        ):
            return
    raise DeclinedError("to show the secret may be what the program is for")


def _is_shown(site: Site, node: ast.AST) -> bool:
    """Whether a value goes into a `print` as well, or is only measured."""
    return any(
        isinstance(outer, ast.Call) and dotted(outer.func) in ("print", "len", "type")
        for outer in site.file.ancestors(node)
    )


class _Redaction:
    """Replaces by `[redacted]` the parts of an expression that show a secret."""

    def __init__(self, site: Site, secrets: set[str]) -> None:
        self._site = site
        self._secrets = secrets
        self._file = site.file
        self._editor = site.editor()

    def redact(self, node: ast.expr) -> None:
        parent = self._file.parent(node)
        if isinstance(parent, ast.keyword) and isinstance(self._file.parent(parent), ast.Call):
            call = self._file.parent(parent)
            assert isinstance(call, ast.Call)
            if not self._parts(node) and _is_event(call):
                self._editor.remove_argument(call, parent)
                return
        if isinstance(parent, ast.Call) and node in parent.args and parent.args[0] is not node:
            self._require_text_conversion(parent, node)
        self._inside(node, whole=True)

    def _inside(self, node: ast.expr, *, whole: bool) -> None:
        parts = self._parts(node)
        if parts is None:
            if whole and not self._is_one_of_several(node):
                raise DeclinedError("the secret is all that is shown")
            if not (whole and self._written_out(node)):
                self._replace(node)
            return
        hits = [part for part in parts if self._shows(part)]
        hits = hits or [part for part in parts if self._is_named_so(part)]
        if not hits:
            raise DeclinedError("it is not known which part is the secret")
        require_text_accepted(node, hits)
        for part in hits:
            if isinstance(part, ast.FormattedValue):
                self._formatted(part)
            else:
                self._inside(part, whole=False)

    def _written_out(self, node: ast.expr) -> bool:
        """Put `[redacted]` into the format string of a call such as `log("made %s", key)`, and
        remove the argument. False where that is not possible."""
        call = self._file.parent(node)
        if not isinstance(call, ast.Call) or node not in call.args:
            return False
        at = call.args.index(node)
        for number, message in enumerate(call.args[:at]):
            if not isinstance(message, ast.Constant) or not isinstance(message.value, str):
                continue
            source = self._file.source(message)
            found = conversions(source)
            is_plain = source[:1] in "\"'" and source[:3] not in ('"""', "'''")
            given = len(call.args) - number - 1
            if not is_plain or len(found) != given or source.count(source[0]) != 2:
                return False
            if any(one.name or not one.is_plain for one in found) or (
                given == 1 and "%%" in source
            ):
                return False
            place = found[at - number - 1]
            start = self._file.start(message)
            self._editor.replace_place(start + place.start, start + place.end, _TEXT)
            self._editor.remove_argument(call, node)
            return True
        return False

    def _parts(self, node: ast.expr) -> list[ast.expr] | None:
        """The parts that a message is composed of; None for an expression that is no message."""
        match node:
            case ast.JoinedStr(values=values):
                return [value for value in values if isinstance(value, ast.FormattedValue)]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return [left, right]
            case ast.BinOp(
                left=ast.Constant(value=str()), op=ast.Mod(), right=ast.Tuple(elts=elts)
            ):
                return list(elts)
            case ast.BinOp(
                left=ast.Constant(value=str()), op=ast.Mod(), right=ast.Dict(values=values)
            ):
                return list(values)
            case ast.BinOp(left=ast.Constant(value=str()), op=ast.Mod(), right=right):
                return [right]
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="format")):
                if node.keywords:
                    return [*node.args, *(keyword.value for keyword in node.keywords)]
                return list(node.args)
            case ast.Dict(values=values):
                return list(values)
            case ast.IfExp(body=body, orelse=orelse):
                # Only a message under a condition; of other values the type may matter.
                shows = [one for one in (body, orelse) if self._shows(one)]
                if shows and all(self._parts(one) is not None for one in shows):
                    return [body, orelse]
        return None

    def _shows(self, node: ast.expr) -> bool:
        start = self._site.finding.steps[0].span if self._site.finding.steps else None
        place = self._site.place(start) if start is not None and self._is_here() else None
        for inner in _shown(node):
            if isinstance(inner, ast.Name | ast.Attribute) and dotted(inner) in self._secrets:
                return True
            if (
                place is not None
                and hasattr(inner, "end_col_offset")
                and not self._file.is_in_text(inner)
                and self._file.place(inner) == place
            ):
                return True
        return False

    def _is_named_so(self, node: ast.expr) -> bool:
        """Whether an expression shows an attribute or a variable of the name that the secret has
        where the evidence begins: a field of an object made elsewhere."""
        step = self._site.finding.steps[0] if self._site.finding.steps else None
        if step is None or not step.path.endswith(".py"):
            return False
        start, end = self._site.place(step.span, step.path)
        words = self._site.editor(step.path).file.text[start:end].split(":")[0].split(".")
        word = words[-1].strip()
        return word.isidentifier() and any(
            (dotted(inner) or "").rpartition(".")[2] == word for inner in _shown(node)
        )

    def _is_here(self) -> bool:
        return self._site.finding.steps[0].path == self._site.finding.path

    def _is_one_of_several(self, node: ast.expr) -> bool:
        parent = self._file.parent(node)
        return isinstance(parent, ast.Call) and len(parent.args) > 1

    def _replace(self, node: ast.expr) -> None:
        if (
            put_into_format(self._editor, node, _TEXT)
            or put_into_percent(self._editor, node, _TEXT)
            or put_into_sum(self._editor, node, _TEXT)
        ):
            return
        prefix = "b" if kind_of(self._site, node) is Kind.BYTES and self._is_added(node) else ""
        self._editor.replace(node, f'{prefix}"{_TEXT}"')

    def _is_added(self, node: ast.expr) -> bool:
        parent = self._file.parent(node)
        return isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Add)

    def _formatted(self, node: ast.FormattedValue) -> None:
        """Replace `{key.hex()}` in an f-string. Raises DeclinedError where its position is not
        certain."""
        if node.format_spec is not None and len(node.format_spec.values) != 1:  # type: ignore[attr-defined]
            raise DeclinedError("the format of the secret is put together")
        text = self._file.text
        start, end = self._file.place(node.value)
        source = text[start:end]
        try:
            same = ast.dump(ast.parse(source, mode="eval").body) == ast.dump(node.value)
        except (SyntaxError, ValueError):
            same = False
        left = len(text[:start].rstrip(" (")) - 1
        right = text.find("}", end)
        between = text[end:right] if right >= 0 else "{"
        if not same or text[left] != "{" or "{" in between or "\n" in between or "\\" in between:
            raise DeclinedError("the f-string is written in an unusual way")
        self._editor.replace_place(left, right + 1, _TEXT)
        self._plain_again(node)

    def _plain_again(self, node: ast.FormattedValue) -> None:
        """Remove the `f` prefix where no replacement field is left."""
        whole = self._file.parent(node)
        if not isinstance(whole, ast.JoinedStr):
            return
        start, end = self._file.place(whole)
        source = self._file.text[start:end]
        values = [value for value in whole.values if isinstance(value, ast.FormattedValue)]
        braces = source.count("{"), source.count("}")
        if len(values) == 1 and braces == (1, 1) and source[:2] in ("f'", 'f"'):
            self._editor.replace_place(start, start + 1, "")

    def _require_text_conversion(self, call: ast.Call, node: ast.expr) -> None:
        """Raise DeclinedError unless a logging call formats this argument as text."""
        first = call.args[0]
        if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
            return
        found = conversions(first.value)
        position = call.args.index(node) - 1
        if found and (position >= len(found) or found[position].type not in "sra"):
            raise DeclinedError(UNUSUAL)


def _shown(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of an expression, except those of which only the length, type, truth or id is
    shown."""
    if isinstance(node, ast.Call) and dotted(node.func) in ("len", "type", "bool", "id"):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _shown(child)


def _is_event(call: ast.Call) -> bool:
    """Whether keyword arguments of a logging call are fields of the event, as of structlog."""
    return isinstance(call.func, ast.Attribute) and call.func.attr in (
        "debug", "info", "warning", "warn", "error", "critical", "exception", "msg", "log", "bind"
    )  # fmt: skip
