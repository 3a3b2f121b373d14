"""Kubernetes objects of `kind: Secret`: what stands in `data` and `stringData` is secret by that,
whatever its key is called (Kubernetes API reference, Secret v1).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence

import yaml

from keyaudit.core.patterns import regex
from keyaudit.secrets.detection import OBJECT_VALUE, Detection
from keyaudit.secrets.judgement.names import names_no_secret
from keyaudit.secrets.judgement.values import is_no_secret_value, is_secret
from keyaudit.secrets.values.yaml_size import is_bounded

_END = regex(r"---(?:\s|$)")
# Keys whose values are no secret by their kind: certificates and what says where and who.
_OPEN = regex(
    r"(?:^|[._-])(?:tls\.crt|ca\.crt|ca\.pem|cert|certificate|crt|user|username|login|host|hostname|port|url"
    r"|uri|name|namespace|region|endpoint|email|type|issuer|known_hosts|project|bucket|database|db|mode)$",
    re.IGNORECASE,
)


def find(path: str, lines: Sequence[str], numbers: Sequence[int]) -> Iterator[Detection]:
    """The detections in the objects whose `kind` stands in the lines (from 1)."""
    if not path.endswith((".yaml", ".yml", ".json", ".yml.j2", ".yaml.j2", ".tpl", ".yaml.tmpl")):
        return
    done = 0
    for number in numbers:
        if number <= done:
            continue
        first, last = _document(lines, number)
        done = last
        text = "\n".join(lines[first:last])
        if not is_bounded(text):
            continue
        for key, node in _values(text):
            yield from _judged(key, node, lines, first)


def _document(lines: Sequence[str], number: int) -> tuple[int, int]:
    """The lines (from 0, the last one not in it) of the YAML document around a line (from 1)."""
    first = number - 1
    while first > 0 and not _END.match(lines[first - 1]):
        first -= 1
    last = number
    while last < len(lines) and not _END.match(lines[last]):
        last += 1
    return first, last


def _values(text: str) -> Iterator[tuple[str, yaml.ScalarNode]]:
    """The values of each Secret in a document: `data:KEY` or `stringData:KEY`, and its node."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        root = yaml.compose(text, Loader=loader)
    except (yaml.YAMLError, RecursionError, ValueError):
        return  # a template; what its names tell is told by other detectors
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        elif isinstance(node, yaml.MappingNode):
            fields = {key.value: value for key, value in node.value if _is_text(key)}
            waiting += [value for value in fields.values() if not _is_text(value)]
            kind = fields.get("kind")
            if kind is None or not _is_text(kind) or kind.value != "Secret":
                continue
            for part in ("data", "stringData"):
                if isinstance(values := fields.get(part), yaml.MappingNode):
                    for key, value in values.value:
                        if _is_text(key) and _is_text(value):
                            yield f"{part}:{key.value}", value


def _is_text(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode)


def _judged(
    key: str, node: yaml.ScalarNode, lines: Sequence[str], first: int
) -> Iterator[Detection]:
    part, _, name = key.partition(":")
    written = node.value.strip()
    value = _decoded(written) if part == "data" else written
    if value is None or _OPEN.search(name) or names_no_secret(name):
        return
    if "\n" in value or not is_secret(value, "password") or is_no_secret_value(value):
        return  # a file, which is looked into as encoded text
    at = first + node.start_mark.line
    for number in range(at, min(at + 4, len(lines))):
        if written[:40] in lines[number]:
            yield Detection(OBJECT_VALUE, number + 1, written, False, lines[number])
            return
    yield Detection(OBJECT_VALUE, at + 1, written, False, lines[at])


def _decoded(text: str) -> str | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode().strip()
    except (binascii.Error, ValueError):
        return None
