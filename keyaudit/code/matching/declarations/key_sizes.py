"""Sizes of keys of RSA and DSA that a program takes where nobody says another, offers, or lets
pass: an option's default or choices, a setting, the least that a check asks for.

The key itself is made elsewhere, or by others, where no call of a library tells its size.
"""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations.declaration import Declaration, entries, tables_of
from keyaudit.code.selection.key_sizes import is_of_pairs
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import KEY

# What NIST allows for RSA and DSA, and what is below it (SP 800-131A Rev. 2, 3).
_LEAST = 2048
_SHORT = frozenset({512, 768, 1024, 1280, 1536})
_SOUND = frozenset({2048, 3072, 4096, 8192})
_SIZE = regex(
    r"(?i)\A-{0,2}_*(?:\w+[-_])?(?:(?:rsa|dsa|modulus|private_?key|key|cert(?:ificate)?)[-_]?"
    r"(?:key[-_]?)?(?:size|len(?:gth)?|bits|bit[-_]?length)s?|bits|keysize|numbits|nbits|modulus)\Z"
)
_OTHERWISE = regex(r"(?i)max|buffer|chunk|block|aes|hmac|hash|digest|signature|curve|ecc?_")
_HELP = regex(
    r"(?i)\bkey[- ]?(?:size|length)|size of (?:the )?(?:\w+ )?key|(?:rsa|dsa) key|\bbits\b"
)
_ADDS = frozenset({"add_argument", "add_option", "option", "Option", "argument", "Argument"})
# What a key is asked for how large it is.
_MEASURED = regex(
    r"(?i)\A(?:\w+_)?(?:key_?(?:size|len(?:gth)?|bits)|bits|bit_?length|size_in_bits|get_bits"
    r"|modulus_?(?:size|bits|len(?:gth)?)|keysize)\Z"
)
_MAKES = regex(
    r"generate_private_key\(|(?:RSA|DSA)\.generate\(|\.generate_key\(|\bnewkeys\(|Key\.generate\("
)
_MOST_ITEMS = 12


def of(scope: Scope) -> Iterator[Declaration]:
    """The short sizes of a scope, each with its bits."""
    if not is_of_pairs(scope.module.text):
        return
    yield from _options(scope)
    yield from _settings(scope)
    yield from _checked(scope)


def _options(scope: Scope) -> Iterator[Declaration]:
    """The options of a command line that have a short size as default, or offer one."""
    for call in scope.calls:
        if s.last_part(call.func) not in _ADDS:
            continue
        named = {arg.name: arg.value for arg in call.args if arg.name is not None}
        names = [s.literal_text(arg.value) or "" for arg in call.args if arg.name is None]
        names.append(s.literal_text(named.get("dest")) or "")
        said = s.literal_text(named.get("help")) or ""
        if any(map(_OTHERWISE.search, (*names, said))):
            continue
        if not (any(map(_SIZE.match, names)) or _HELP.search(said)):
            continue
        name = next((one for one in names if one.startswith("--")), names[0])
        default, choices = named.get("default"), named.get("choices")
        if default is not None and (bits := _bits(default)) in _SHORT:
            place = (default.pos, default.end)
            yield Declaration(name, f"the size that `{name}` has by default", KEY, place, bits)
        elif choices is not None and (bits := _offered(choices)):
            place = (choices.pos, choices.end)
            yield Declaration(name, f"a size that `{name}` offers", KEY, place, bits)


def _settings(scope: Scope) -> Iterator[Declaration]:
    """The names that are given a short size, or a list of sizes with one."""
    made_here = _MAKES.search(scope.module.text) is not None
    given = [
        (path.rpartition(".")[2], binding.assigned, (binding.pos, binding.end))
        for path, bindings in scope.bindings.items()
        for binding in bindings
    ]
    given += [entry for display in tables_of(scope) for entry in entries(display)]
    for name, value, place in given:
        if value is None or not _SIZE.match(name) or _OTHERWISE.search(name):
            continue
        if not made_here and scope.kind in ("module", "class") and (bits := _bits(value)) in _SHORT:
            yield Declaration(name, f"the size in `{name}`", KEY, place, bits)
        elif bits := _offered(value):
            yield Declaration(name, f"a size that `{name}` offers", KEY, place, bits)


def _checked(scope: Scope) -> Iterator[Declaration]:
    """`if key.key_size < 1024`, where nothing in the function asks for more."""
    found = [
        (bits, s.last_part(left), compare)
        for compare in scope.compares
        for operator, right in compare.rest[:1]
        for left, bits in _asked(compare.left, operator, right)
    ]
    if found and max(bits for bits, _, _ in found) < _LEAST:
        bits, name, compare = max(found, key=lambda one: one[0])
        if bits in _SHORT:
            what = f"the least that is asked of `{name}`"
            yield Declaration(name, what, KEY, (compare.pos, compare.end), bits)


def _asked(left: s.Expr, operator: str, right: s.Expr) -> Iterator[tuple[s.Expr, int]]:
    if isinstance(left, s.Call):
        left = left.func
    bits = _bits(right)
    if operator in ("<", "<=", ">=", ">") and bits is not None:
        name = s.last_part(left) if isinstance(left, s.Name | s.Attr) else ""
        if _MEASURED.match(name) and not _OTHERWISE.search(name):
            yield left, bits if operator in ("<", ">=") else bits + 1


def _bits(value: s.Expr) -> int | None:
    number = value.value if isinstance(value, s.Const) else None
    if isinstance(number, str) and number.isdigit():
        number = int(number)
    return number if type(number) is int else None


def _offered(value: s.Expr) -> int:
    """The least of a list of sizes with a short one and a sound one beside it; 0 for others."""
    items = value.items if isinstance(value, s.Seq) else ()
    if not 2 <= len(items) <= _MOST_ITEMS:
        return 0
    sizes = {_bits(item) for item in items}
    short = {size for size in sizes if size in _SHORT}
    return min(short) if short and not sizes.isdisjoint(_SOUND) else 0
