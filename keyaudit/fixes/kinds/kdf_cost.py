"""Raises the work factor of a password hash or key derivation.

This is safe where each record stores the cost that it was made with, as with passlib, argon2,
bcrypt, werkzeug and Django. Elsewhere a key or hash can only be derived again at the old cost, so
the fix needs a migration.
"""

from __future__ import annotations

import ast
import re

from keyaudit.core.patterns import regex
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.passwords.checked import require_unchecked
from keyaudit.fixes.python_file import PythonFile, dotted
from keyaudit.fixes.site import Rewrite, Site, is_name
from keyaudit.fixes.values import grouped, limit, literal, number, set_value

_IN_RECORD = ("bcrypt.gensalt", "argon2.PasswordHasher", "argon2.low_level.hash_secret",
              "werkzeug.security.generate_password_hash",
              "flask_bcrypt.Bcrypt.generate_password_hash",
              "flask_bcrypt.generate_password_hash")  # fmt: skip
_MIGRATE = (
    "what was derived with the old cost is not found again with the new one: derive it once more, "
    "at the next login or by a job that decrypts with the old key and encrypts with the new one",
)
_PROTOCOL = regex(
    r"(?i)\bsrp\b|\bscram\b|mtproto|\bwpa2?\b|kerberos|\bbip-?39\b|\brfc[ -]?\d{4}|keystore v\d"
)
# Numbers up to this one are parts of names by chance.
_NO_NUMBER = 999
# scrypt's memory use is 128 * N * r bytes; OpenSSL refuses more than 32 MiB unless told.
_MAXMEM = 128 * 2**17 * 8 * 2


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    name, _, rest = site.finding.subject.partition(":")
    wanted = limit(site)
    if rest.startswith("algorithm"):
        return _method(site, wanted)
    is_cost = rest.startswith("cost") and "bcrypt" not in name
    text = _power(wanted) if is_cost else grouped(wanted)
    recorded = _is_recorded(site, name)
    if not recorded:
        _require_not_written(site)
        require_unchecked(site)
        _require_no_protocol(site)
    if site.finding.steps and recorded and not name.startswith("`"):
        # What writes the cost down follows.
        path, node = literal(site)
        site.editor(path).replace(node, text)
    elif site.finding.steps:
        set_value(site, text)
    else:
        call = site.call()
        use = site.use(call)
        role = rest.split(":")[0]
        keyword = site.parameter(call, role)
        if use is None or use.bound.open:
            raise DeclinedError("it is not known what is passed")
        site.editor().set_keyword(call, keyword, text)
    if is_name(name, ("hashlib.scrypt",)) and is_cost:
        _allow_memory(site)
    if recorded:
        return site.rewrite(f"raise the work factor to {text}")
    return site.rewrite(
        f"raise the work factor to {text}", applicability="migrating", migrate=_MIGRATE
    )


def _require_no_protocol(site: Site) -> None:
    """Raise DeclinedError where a protocol or format says how often: the other side does too."""
    path = literal(site)[0] if site.finding.steps else site.finding.path
    for one in {path, site.finding.path}:
        if _PROTOCOL.search(one) or _PROTOCOL.search(site.editor(one).file.text):
            raise DeclinedError("a protocol says how often it is done")


def _require_not_written(site: Site) -> None:
    """Raise DeclinedError where the old cost occurs in another literal of the file, since records
    may be recognized by it."""
    old = number(site)
    path, node = literal(site) if site.finding.steps else (site.finding.path, None)
    inside = {id(one) for one in ast.walk(node)} if node is not None else set()
    for one in site.editor(path).file.walk():
        named = getattr(one, "attr", None) or getattr(one, "id", None)
        if old and old > _NO_NUMBER and isinstance(named, str) and str(old) in named:
            raise DeclinedError("the old cost is a part of a name in the file")
        if old is None or not isinstance(one, ast.Constant) or id(one) in inside:
            continue
        value = one.value
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        if value == old or re.search(rf"(?<!\d){old}(?!\d)", text):
            raise DeclinedError("the old cost is written elsewhere in the file")


def _power(value: int) -> str:
    exponent = value.bit_length() - 1
    return f"2**{exponent}" if 1 << exponent == value else grouped(value)


def _method(site: Site, wanted: int) -> Rewrite:
    """Raise the number in `pbkdf2:sha256:50000`, which werkzeug stores in front of the hash."""
    path, node = literal(site)
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        raise DeclinedError("the method is put together from parts")
    source = site.editor(path).file.source(node)
    text = re.sub(r":\d+(?=['\"]$)", f":{wanted}", source)
    if text == source:
        raise DeclinedError("the method names no number")
    site.editor(path).replace(node, text)
    return site.rewrite(f"raise the iterations to {wanted:,}")


def _allow_memory(site: Site) -> None:
    call = site.call()
    if any(keyword.arg == "maxmem" for keyword in call.keywords):
        for keyword in call.keywords:
            if keyword.arg == "maxmem":
                site.editor().replace(keyword.value, "2**28")
        return
    site.editor().set_keyword(call, "maxmem", "2**28")


def _is_recorded(site: Site, name: str) -> bool:
    if name in _IN_RECORD or name.startswith(("passlib.", "`")) or "django" in name:
        return True
    return _is_written_beside(site, name)


def _is_written_beside(site: Site, name: str) -> bool:
    """Whether the program itself stores the cost in each record: the function that derives with the
    constant puts it into its output, and other derivations read the cost from elsewhere."""
    old = number(site)
    path, node = literal(site) if site.finding.steps else (site.finding.path, None)
    if node is None or (path != site.finding.path and not _is_of_this_file(site, path, node)):
        return False
    path = site.finding.path
    others = 0
    for uses in site.project.uses(path).values():
        for use in uses:
            if use.model.name != name:
                continue
            role = site.finding.subject.split(":")[1]
            given = [value for _, value in use.arguments.get(role, ())]
            if not given:
                return False
            origins = site.project.context(path).resolver.origins(given[0], use.scope, None)
            if any(origin.kind == "literal" and origin.value == old for origin in origins):
                if len(origins) > 1 or not _mentioned(site.file, given[0].pos, given[0].end):
                    return False
            else:
                others += 1
    return others > 0


def _is_of_this_file(site: Site, path: str, node: ast.expr) -> bool:
    """Whether a constant of another file has a name that only the finding's file asks for."""
    parent = site.editor(path).file.parent(node)
    if not isinstance(parent, ast.Assign) or len(parent.targets) != 1:
        return False
    name = (dotted(parent.targets[0]) or ".").rpartition(".")[2]
    return bool(name) and {file.path for file in site.project.python_with(name)} <= {
        path,
        site.finding.path,
    }


def _mentioned(file: PythonFile, start: int, end: int) -> bool:
    """Whether the name passed there is also put into a value in the same function."""
    node = file.at(start, end, ast.expr)
    name = dotted(node) if node is not None else None
    if node is None or name is None:
        return False
    function = file.function(node)
    top = function if function is not None else file.tree
    return any(
        isinstance(other, ast.Name | ast.Attribute)
        and dotted(other) == name
        and other is not node
        and isinstance(other.ctx, ast.Load)
        and any(isinstance(outer, ast.JoinedStr | ast.Tuple | ast.Dict | ast.Return | ast.Call)
                for outer in file.ancestors(other))
        for other in ast.walk(top)
    )  # fmt: skip
