"""The changes that make a project hash its passwords with scrypt, and still verify old hashes."""

from __future__ import annotations

import ast
import tokenize
from typing import TYPE_CHECKING

from keyaudit.fixes.editor import Editor
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.passwords import functions
from keyaudit.fixes.passwords.hashings import Hashing
from keyaudit.fixes.passwords.scheme import Checked, Hasher, Scheme
from keyaudit.fixes.passwords.storage import Parameter, Storage
from keyaudit.fixes.python_file import Function, PythonFile, dotted
from keyaudit.fixes.site import Site
from keyaudit.fixes.value_types import Kind

if TYPE_CHECKING:
    from keyaudit.fixes.passwords.login import Login

_BOOLS = (ast.Compare, ast.BoolOp)


class Mending:
    """Changes the functions of one scheme. `verifier` is the function, beside the hasher, that
    compares a password with a stored hash."""

    def __init__(self, site: Site, scheme: Scheme) -> None:
        self._site = site
        self._scheme = scheme
        self._by_call = any(one.call is not None for one in scheme.checks)
        self._written: dict[tuple[str, str], str] = {}
        self._inserted: set[str] = set()

    # -- hashing

    def hash_anew(self) -> None:
        """Make new hashes by scrypt."""
        hasher = self._scheme.hasher
        if hasher is not None:
            self._change_hasher(hasher)
            return
        for file, node in self._scheme.stored:
            one = next(h for h in self._scheme.inline if h.node is node)
            name = self.hasher_name(file, node)
            secret = file.source(one.password)
            self._site.editor(file.path).replace(node, f"{name}({secret})")

    def hasher_name(self, file: PythonFile, at: ast.AST) -> str:
        """The name by which the hasher is known at a node of a file; it is written, or imported,
        where it is missing."""
        hasher = self._scheme.hasher
        if hasher is not None:
            return self._known(file, at, hasher.file, hasher.function.name, hasher.function)
        home = self._scheme.stored[0][0]
        name = self._site.editor(home.path).names.free("hash_password")
        if home.path not in self._inserted:
            self._inserted.add(home.path)
            self._insert_hasher(home, name)
        return self._known(file, at, home, name, None)

    def _insert_hasher(self, home: PythonFile, name: str) -> None:
        editor = self._site.editor(home.path)
        node = self._scheme.stored[0][1]
        one = next(h for h in self._scheme.inline if h.node is node)
        kind, parameter = self._scheme.kind, "password"
        typed = f"{parameter}: {'str' if one.is_text else 'bytes'}"
        result = "str" if kind is Kind.TEXT else "bytes"
        head = (
            f"def {name}({typed}) -> {result}:" if _is_typed(home) else f"def {name}({parameter}):"
        )
        secret = f"{parameter}.encode()" if one.is_text else parameter
        body = functions.hashing(
            secret,
            kind,
            editor.module("hashlib", node),
            editor.module("os", node),
            _same,
        )
        self._above(home, node, [head, '"""Hash a password with scrypt and a new salt."""', *body])

    def _above(self, file: PythonFile, at: ast.AST, lines: list[str]) -> None:
        """Insert a function above the top-level statement that holds a node."""
        editor = self._site.editor(file.path)
        top = file.statement(at)
        for outer in file.ancestors(at):
            if isinstance(outer, ast.stmt):
                top = outer
        unit = editor.unit()
        text = [lines[0], *(unit + one for one in lines[1:]), "", ""]
        editor.before(top, text)

    def _change_hasher(self, hasher: Hasher) -> None:
        """The hasher of old becomes the verifier, if checks call it; a new one takes its place."""
        file, function = hasher.file, hasher.function
        editor = self._site.editor(file.path)
        _require_plain(function)
        indent = editor.indent_of(function) if not function.decorator_list else None
        if indent is None:
            indent = editor.indentation(function.lineno)
        unit = editor.unit()
        secret = self._secret(hasher.hashing, function)
        body = functions.hashing(
            secret, hasher.kind, editor.module("hashlib", function.body[0]),
            editor.module("os", function.body[0]), editor.names.free,
        )  # fmt: skip
        first = file.start_of_line(
            min([function.lineno, *(one.lineno for one in function.decorator_list)])
        )
        start = file.start_of_line(function.body[0].lineno)
        if file.line_of(start) == function.lineno:
            raise DeclinedError("the statement shares its line with another")
        docstring = _docstring(function)
        if docstring is not None:
            start = file.start_of_line((docstring.end_lineno or 0) + 1)
        head = file.text[first:start].replace(file.newline, "\n")
        if "#" in head:
            raise DeclinedError("a comment stands there")
        text = head + "".join(f"{indent}{unit}{one}\n" for one in body)
        if not self._by_call:
            end = file.start_of_line((function.end_lineno or 0) + 1)
            # Whatever is said there is kept, for who reads the change to decide.
            said = [one.text for one in file.tokens_in(start, end) if one.type == tokenize.COMMENT]
            lines = "".join(f"{indent}{unit}{one}\n" for one in [*said, *body])
            editor.replace_place(start, end, lines)
            return
        blank = "\n" if indent else "\n\n"
        editor.insert(first, text + blank)
        self._make_verifier(hasher)

    def _secret(self, one: Hashing, function: Function) -> str:
        """The password as bytes, in the hasher."""
        names = [arg.arg for arg in (*function.args.posonlyargs, *function.args.args)]
        name = dotted(one.password)
        if name not in names:
            raise DeclinedError("the password is looked up in an unusual way")
        return f"{name}.encode()" if one.is_text else name

    def _make_verifier(self, hasher: Hasher) -> None:
        file, function = hasher.file, hasher.function
        editor = self._site.editor(file.path)
        name = self.verifier_name()
        record = editor.names.free("stored")
        arguments = function.args
        kind = hasher.kind
        at = file.text.index(function.name, file.start(function) + len("def "))
        editor.replace_place(at, at + len(function.name), name)
        typed = any(one.annotation is not None for one in arguments.args)
        told = f": {'str' if kind is Kind.TEXT else 'bytes'}" if typed else ""
        last = arguments.args[-1]
        editor.insert(file.end(last), f", {record}{told}")
        if function.returns is not None:
            editor.replace(function.returns, "bool")
        docstring = _docstring(function)
        if docstring is not None:
            assert isinstance(docstring, ast.Expr)
            editor.replace(docstring, '"""Whether a password has this stored hash."""')
        value = function.body[-1]
        assert isinstance(value, ast.Return)
        assert value.value is not None
        hmac = editor.module("hmac", value)
        lines = functions.comparing(
            self._secret(hasher.hashing, function), record, kind, editor.module("hashlib", value),
            hmac, editor.unit(), editor.names.free,
        )  # fmt: skip
        body = function.body[1:] if docstring is not None else function.body
        editor.before(body[0], [f"if not {record}:", f"{editor.unit()}return False", *lines])
        old = file.source(value.value)
        editor.replace(
            value.value,
            functions.compared(old, record, kind, hmac),
        )

    def verifier_name(self) -> str:
        """The name of the verifier, which no file has yet."""
        name = "verify_password"
        paths = {one.path for one in self._files()}
        while any(self._site.editor(path).names.is_taken(name) for path in paths):
            name = f"is_{name}" if not name.startswith("is_") else f"{name}_"
        return name

    def _files(self) -> list[PythonFile]:
        files = [one.file for one in self._scheme.checks]
        return [*files, self._scheme.hasher.file] if self._scheme.hasher is not None else files

    # -- checking

    def check(self, one: Checked, login: Login) -> None:
        """Make a check verify hashes of both kinds, and store a new one where an old one was
        right."""
        file = one.file
        function = file.function(one.check.node)
        if function is None:
            raise DeclinedError("a password is checked outside of a function")
        place = Storage(file, function).place(one.check.stored)
        if isinstance(place, Parameter) and one.hashing is not None:
            self._check_first(one, one.hashing, function, place.name)
            login.after_calls(file, function, place.name, dotted(one.hashing.password))
            return
        if one.call is not None:
            text = self._called(one.call, one.check.stored, file)
            secret = [file.source(each) for each in one.call.args]
        else:
            assert one.hashing is not None
            text = self._verifier_of(one.hashing, one.check.stored, file)
            secret = [file.source(one.hashing.password)]
        if one.check.made is not None:
            self._site.editor(file.path).remove_statement(one.check.made)
        if not one.check.is_equal:
            text = f"not {text}"
        if isinstance(place, Parameter):
            self._site.editor(file.path).replace(one.check.node, text)
            login.after_calls(file, function, place.name, secret[0])
            return
        login.after(file, one.check.node, one.check.stored, place, secret, text,
                    is_equal=one.check.is_equal)  # fmt: skip

    def _called(self, call: ast.Call, stored: ast.expr, file: PythonFile) -> str:
        hasher = self._scheme.hasher
        assert hasher is not None
        if call.keywords or any(isinstance(each, ast.Starred) for each in call.args):
            raise DeclinedError("it is not known what is passed")
        if len(call.args) != len(hasher.function.args.args) - _is_method(hasher.function):
            raise DeclinedError("it is not known what is passed")
        name = self._known(file, call, hasher.file, self.verifier_name(), hasher.function)
        arguments = [file.source(each) for each in (*call.args, stored)]
        return f"{name}({', '.join(arguments)})"

    def _check_first(self, one: Checked, hashing: Hashing, function: Function, record: str) -> None:
        """Compare with a hash of scrypt at the start of the function that checks."""
        file = one.file
        for node in ast.walk(function):
            if isinstance(node, ast.Return) and not _is_bool(node.value):
                raise DeclinedError("the function that checks the password returns other things")
        if isinstance(function, ast.AsyncFunctionDef) or dotted(hashing.password) is None:
            raise DeclinedError("the password is checked in an unusual way")
        editor = self._site.editor(file.path)
        at = one.check.node
        lines = functions.comparing(
            self._secret(hashing, function), record, self._scheme.kind,
            editor.module("hashlib", at), editor.module("hmac", at), editor.unit(),
            editor.names.free,
        )  # fmt: skip
        body = function.body[1:] if _docstring(function) is not None else function.body
        editor.before(body[0], lines)

    def _verifier_of(self, one: Hashing, stored: ast.expr, file: PythonFile) -> str:
        """Write the verifier for a hash that is made in the place of the check, and return its
        call."""
        editor = self._site.editor(file.path)
        given = [one.password]
        parameters = ["password"]
        old = file.source(one.node)
        start = file.start(one.node)
        texts = [(one.password, "password")]
        for other in one.others:
            name = (dotted(other) or "").rpartition(".")[2]
            if isinstance(other, ast.Subscript) and isinstance(other.slice, ast.Constant):
                name = str(other.slice.value)
            if isinstance(other, ast.Name) and self._is_global(file, other):
                continue
            if not name.isidentifier() or (name in parameters and file.source(other) != name):
                raise DeclinedError("the password is hashed in an unusual way")
            texts.append((other, name))
            if name not in parameters:
                parameters.append(name)
                given.append(other)
        for node, name in sorted(texts, key=lambda each: -file.start(each[0])):
            begin, end = file.start(node) - start, file.end(node) - start
            old = old[:begin] + name + old[end:]
        if any(file.is_in_text(node) for node, _ in texts):
            raise DeclinedError("it stands in an f-string")
        name = self.verifier_name()
        call = ", ".join([*(file.source(each) for each in given), file.source(stored)])
        known = self._written.get((file.path, old))
        if known is not None:
            return f"{known}({call})"
        if self._written:
            raise DeclinedError("passwords are hashed in several ways")
        self._written[file.path, old] = name
        kind = self._scheme.kind
        hmac = editor.module("hmac", one.node)
        secret = "password.encode()" if one.is_text else "password"
        lines = functions.comparing(
            secret, "stored", kind, editor.module("hashlib", one.node), hmac, editor.unit(), _same
        )
        missing = ["if not stored:", f"{editor.unit()}return False"]
        old_check = functions.compared(old, "stored", kind, hmac)
        self._above(file, one.node, [
            self._head(name, parameters, one),
            '"""Whether a password has this stored hash, of scrypt or of old."""',
            *missing, *lines, f"return {old_check}",
        ])  # fmt: skip
        return f"{name}({call})"

    def _head(self, name: str, parameters: list[str], one: Hashing) -> str:
        if not _is_typed(one.file) or len(parameters) != 1:
            return f"def {name}({', '.join([*parameters, 'stored'])}):"
        secret = "str" if one.is_text else "bytes"
        stored = "str" if self._scheme.kind is Kind.TEXT else "bytes"
        return f"def {name}(password: {secret}, stored: {stored} | None) -> bool:"

    def _is_global(self, file: PythonFile, node: ast.Name) -> bool:
        binders = self._site.editor(file.path).names.binders(node.id)
        return bool(binders) and all(file.function(one) is None for one in binders)

    # -- names

    def _known(
        self, file: PythonFile, at: ast.AST, home: PythonFile, name: str, like: Function | None
    ) -> str:
        """The name of a function of `home`, at a node of a file; `like` is a function beside it,
        which the file has a name for."""
        editor: Editor = self._site.editor(file.path)
        if like is not None and _is_method(like):
            if file.path != home.path or file.owner(at) is not home.owner(like):
                raise DeclinedError("the password is hashed by a method of another class")
            function = file.function(at)
            first = function.args.args[0].arg if function and function.args.args else None
            if first is None:
                raise DeclinedError("the password is hashed by a method of another class")
            return f"{first}.{name}"
        if file.path == home.path:
            return name
        stem = home.path.removesuffix(".py").removesuffix("/__init__").rpartition("/")[2]
        for node in file.tree.body:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name.rpartition(".")[2] == stem:
                        return f"{alias.asname or alias.name}.{name}"
            if not isinstance(node, ast.ImportFrom):
                continue
            for alias in node.names:
                if alias.name == stem:
                    return f"{alias.asname or alias.name}.{name}"
            if (node.module or "").rpartition(".")[2] == stem:
                for alias in node.names:
                    if alias.name == name:
                        return alias.asname or alias.name
                if editor.names.is_taken(name):
                    raise DeclinedError(f"`{name}` is something else in this file")
                self._import(editor, node, name)
                return name
        raise DeclinedError(
            "the file that checks passwords does not import the one that stores them"
        )

    @staticmethod
    def _import(editor: Editor, node: ast.ImportFrom, name: str) -> None:
        """Import a name from where another one comes from."""
        source = editor.file.source(node)
        if "\n" not in source and len(source) + len(name) < 90 and node.names[-1].name != "*":
            editor.insert(editor.file.end(node), f", {name}")
        else:
            dots = "." * node.level
            editor.after(node, [f"from {dots}{node.module} import {name}"])


def _same(name: str) -> str:
    return name


def _is_method(function: Function) -> bool:
    arguments = function.args.args
    return bool(arguments) and arguments[0].arg in ("self", "cls")


def _require_plain(function: Function) -> None:
    arguments = function.args
    if (
        isinstance(function, ast.AsyncFunctionDef)
        or arguments.vararg or arguments.kwarg or arguments.kwonlyargs or not arguments.args
    ):  # fmt: skip
        raise DeclinedError("the password is hashed in an unusual way")
    if any(dotted(one) not in ("staticmethod", "classmethod") for one in function.decorator_list):
        raise DeclinedError("the password is hashed in an unusual way")


def _docstring(function: Function) -> ast.stmt | None:
    first = function.body[0]
    if (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
        and len(function.body) > 1
    ):
        return first
    return None


def _is_typed(file: PythonFile) -> bool:
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None
        for node in file.walk()
    )


def _is_bool(value: ast.expr | None) -> bool:
    match value:
        case ast.Constant(value=bool()) | ast.UnaryOp(op=ast.Not()):
            return True
        case ast.Call(func=func):
            return (dotted(func) or "").rpartition(".")[2] in ("compare_digest", "bool")
        case ast.BoolOp(values=values):
            return all(_is_bool(one) for one in values)
    return isinstance(value, _BOOLS)
