"""Whether detect-secrets, reading a YAML text, could see a secret in it.

Its reader takes YAML apart in Python, and most files that name a password hold none. libyaml says
many times faster which values there are; where the plugins find nothing in any, the reader need not
be asked. What it might refuse, or take otherwise, it is asked about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import yaml

_CORE = "tag:yaml.org,2002:"
_PLAIN_TAGS = frozenset(f"{_CORE}{name}" for name in ("str", "bool", "null"))
# Other numbers the reader may refuse: `0b_` is one by its form.
_NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?")
_NUMBER_TAGS = frozenset({f"{_CORE}int", f"{_CORE}float"})
_MERGE = f"{_CORE}merge"
_COMMENT = re.compile(r"\s+#[\S ]*")  # as detect-secrets has it
# Above this, one of its filters looks at a line no more.
_LONG = 900


class _UnsureError(Exception):
    """The reader may see something else than is seen here."""


def virtual_lines(
    text: str, lines: Sequence[str], tagged: Mapping[int, set[str]]
) -> list[str] | None:
    """What detect-secrets' reader makes lines of: `key: "value"` of every text in a mapping.

    Also the comments of the tagged lines, which it adds to them. In any order, and aliased values
    once. None where that cannot be said for sure.
    """
    loader = getattr(yaml, "CSafeLoader", None)
    if loader is None or max(map(len, lines)) > _LONG:
        return None
    try:
        found = list(_pairs(loader(text).get_single_node()))
    except (yaml.YAMLError, RecursionError, ValueError, _UnsureError):
        return None
    if not found:  # then it looks at the lines as they are
        return None
    made = ['{}: "{}"'.format(key, value.replace('"', '\\"')) for key, value in found]
    for number in tagged:
        comment = _COMMENT.search(lines[number - 1].strip())
        if comment is not None:
            made.append(comment[0])
    return made


def _pairs(root: yaml.Node | None) -> Iterator[tuple[str, str]]:
    stack = [root]
    seen: set[int] = set()
    while stack:
        node = stack.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            if node.tag != f"{_CORE}map":
                raise _UnsureError
            for key, value in node.value:
                _check_key(key, value)
                if value.tag == f"{_CORE}str":
                    yield key.value, value.value
                else:
                    stack.append(value)
        elif isinstance(node, yaml.SequenceNode):
            if node.tag != f"{_CORE}seq":
                raise _UnsureError
            stack += node.value
        elif node.tag in _NUMBER_TAGS:
            if not _NUMBER.fullmatch(node.value):
                raise _UnsureError
        elif node.tag not in _PLAIN_TAGS:
            raise _UnsureError


def _check_key(key: yaml.Node, value: yaml.Node) -> None:
    if not isinstance(key, yaml.ScalarNode) or key.value.startswith("__"):
        raise _UnsureError
    if key.tag == _MERGE:
        if not isinstance(value, yaml.MappingNode):
            raise _UnsureError
    elif key.tag in _NUMBER_TAGS:
        if not _NUMBER.fullmatch(key.value):
            raise _UnsureError
    elif key.tag not in _PLAIN_TAGS:
        raise _UnsureError
