"""Functions of Helm charts and Ansible that generate keys, certificates and random values.

Each call is a resource of the form `template` whose kind is the function, with `arguments`,
`setting` (the key or variable that gets the value), `holder` (the kind of the Kubernetes object it
stands in), and `kept`: whether the template first looks for the value of an earlier run, so that an
upgrade keeps it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from keyaudit.configs.forms import script_places
from keyaudit.configs.readers.offsets import lines_of
from keyaudit.configs.tree import HOLE, Entry, Mapping, Node, Resource, Scalar, Sequence
from keyaudit.core.location import Span
from keyaudit.core.patterns import regex

FORM = "template"
_ACTION = regex(r"\{\{-?(.*?)-?\}\}", re.DOTALL)
_CALL = regex(
    r"\b(genCA(?:WithKey)?|genSelfSignedCert(?:WithKey)?|genSignedCert(?:WithKey)?|genPrivateKey"
    r"|rand(?:AlphaNum|Alpha|Numeric|Ascii|Bytes)|derivePassword)\b([^|{}]*)"
)
_ARGUMENT = regex(r'"(?:\\.|[^"\\])*"|`[^`]*`|\([^()]*(?:\([^()]*\)[^()]*)*\)|[^\s()]+')
_OPENS = regex(r"\s*(if|with|range|define|block)\b")
_ASSIGNED = regex(r"\s*(\$\w+)\s*:?=")
# What reads the value that the last run left in the cluster.
_LOOKS = regex(
    r"\blookup\b|passwords\.manage|secrets\.(?:lookup|exists)|\.IsInstall|\$\w*(?i:existing|previous|current|stored|old)"
)
_INSTALLED = regex(r"helm\.sh/hook['\"]?\s*:\s*['\"]?pre-install['\"]?\s*$", re.MULTILINE)
_SETTING = regex(r"^\s*(?:-\s+)?[\"']?([\w./-]+)[\"']?\s*[:=]\s")


# A variable of a container in a helper, with the branches of the template between its two lines.
_VARIABLE = regex(
    r"^[ \t]*-[ \t]+name:[ \t]*[\"']?([\w.-]+)[\"']?[ \t]*\n"
    r"(?:[ \t]*(?:\{\{[^\n]*|valueFrom:[^\n]*|secretKeyRef:[^\n]*|name:[^\n]*|key:[^\n]*)?\n){0,12}"
    r"[ \t]*value:[ \t]*(\{\{[^\n]*)$",
    re.MULTILINE,
)


def _variables(text: str, path: str) -> Iterator[Resource]:
    """The variables of containers that a chart's helper defines, as `variable`."""
    place = lines_of(text)
    for found in _VARIABLE.finditer(text):
        span = place(*found.span(2))
        body = {
            "name": Entry("name", span, Scalar(found[1], span, path)),
            "value": Entry("value", span, Scalar(found[2].strip(), span, path)),
        }
        yield Resource(FORM, "variable", found[1], span, path, Mapping(body, span, path),
                       f"the variable `{found[1]}`")  # fmt: skip


_DOCUMENT = regex(r"^---[^\n]*$", re.MULTILINE)
_CONFIG_MAP = regex(r"^kind:[ \t]*[\"']?ConfigMap\b", re.MULTILINE)
_ENTRY = regex(
    r"^[ \t]+[\"']?(?P<name>[\w.-]{3,80})[\"']?:[ \t]+[\"']?(?P<value>\{\{[^\n{}]{1,200}\}\})",
    re.MULTILINE,
)


def _config_map_entries(text: str, path: str) -> Iterator[Resource]:
    """What a template's ConfigMaps get from the values of whoever installs it, as `entry`."""
    place = lines_of(text)
    ends = [*(found.start() for found in _DOCUMENT.finditer(text)), len(text)]
    begin = 0
    for end in ends:
        if _CONFIG_MAP.search(text, begin, end):
            for found in _ENTRY.finditer(text, begin, end):
                yield script_places.found(FORM, "entry", found["name"], found.groupdict(),
                                          place(*found.span("value")), path)  # fmt: skip
        begin = end


def resources(text: str, path: str) -> Iterator[Resource]:
    """The calls of generating functions in a template, with Ansible's `lookup('password', …)`, and
    in a chart's helpers (`.tpl`) the variables of containers, in its ConfigMaps their entries."""
    if "ConfigMap" in text:
        yield from _config_map_entries(text, path)
    if path.endswith(".tpl") and "value:" in text:
        yield from _variables(text, path)
    if "lookup(" in text:
        yield from _password_lookups(text, path)
    if "gen" not in text and "rand" not in text and "derivePassword" not in text:
        return
    yield from _Template(text, path).calls()


class _Template:
    def __init__(self, text: str, path: str) -> None:
        self._text = text
        self._path = path
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._actions = list(_ACTION.finditer(text))
        self._looked = self._looked_up()
        self._installed = _INSTALLED.search(text) is not None

    def _looked_up(self) -> set[str]:
        """The variables that hold what was looked up, or are made of such."""
        found: set[str] = set()
        for _ in range(2):
            for action in self._actions:
                assigned = _ASSIGNED.match(action[1])
                if assigned is not None and self._looks(action[1][assigned.end() :], found):
                    found.add(assigned[1])
        return found

    def _looks(self, said: str, known: set[str]) -> bool:
        return _LOOKS.search(said) is not None or any(
            re.search(rf"{re.escape(name)}\b", said) for name in known
        )

    def calls(self) -> Iterator[Resource]:
        around: list[bool] = []
        for action in self._actions:
            said = action[1]
            opens = _OPENS.match(said)
            if opens is not None:
                around.append(opens[1] in ("if", "with") and self._looks(said, self._looked))
            elif re.match(r"\s*else\b", said) and around:
                around[-1] = around[-1] or self._looks(said, self._looked)
            elif re.match(r"\s*end\b", said) and around:
                around.pop()
            if said.lstrip().startswith("/*"):
                continue
            for call in _CALL.finditer(said):
                kept = any(around) or self._installed or self._looks(said, self._looked)
                kept = kept or self._kept_later(said)
                yield self._resource(action, call, kept=kept)

    def _kept_later(self, said: str) -> bool:
        """Whether a variable that holds what is made is only the answer where nothing was found."""
        assigned = _ASSIGNED.match(said)
        if assigned is None:
            return False
        name = re.compile(rf"{re.escape(assigned[1])}\b")
        uses = [a[1] for a in self._actions if name.search(a[1]) and a[1] is not said]
        uses = [use for use in uses if not use.startswith(said)]
        return bool(uses) and any(self._looks(use, self._looked) for use in uses)

    def _resource(self, action: re.Match[str], call: re.Match[str], *, kept: bool) -> Resource:
        begin = action.start(1) + call.start(1)
        span = self._span(begin, begin + len(call[1]))
        line = self._text[self._starts[span.line - 1] :].split("\n", 1)[0]
        setting = _SETTING.match(line)
        items: list[Node] = []
        for part in _ARGUMENT.finditer(call[2]):
            at = begin + len(call[1]) + part.start()
            place = self._span(at, at + len(part[0]))
            items.append(_scalar(part[0].rstrip(")"), place, self._path))
        body: dict[str, Node] = {
            "arguments": Sequence(items, span, self._path),
            "kept": Scalar(kept, span, self._path),
        }
        if setting is not None:
            name = setting[1]
            if name.lower() in ("key", "secret", "password"):
                name = f"{self._section(begin)}{name}"
            body["setting"] = Scalar(name, span, self._path)
        assigned = _ASSIGNED.match(action[1])
        if assigned is not None:
            body["setting"] = Scalar(assigned[1].lstrip("$"), span, self._path)
        kinds = re.findall(r"^kind:\s*(\w+)", self._text[:begin], re.MULTILINE)
        if kinds:
            body["holder"] = Scalar(kinds[-1], span, self._path)
        entries = {key: Entry(key, value.span, value) for key, value in body.items()}
        return Resource(FORM, call[1], "", span, self._path,
                        Mapping(entries, span, self._path), f"`{call[1]}`")  # fmt: skip

    def _section(self, begin: int) -> str:
        """The `[section]` of INI or TOML that a line stands in, with a dot after it."""
        found = re.findall(r"^\s*\[([\w.-]+)\]\s*$", self._text[:begin], re.MULTILINE)
        return f"{found[-1]}." if found else ""

    def _span(self, begin: int, end: int) -> Span:
        first = bisect_right(self._starts, begin)
        last = bisect_right(self._starts, end)
        return Span(first, begin - self._starts[first - 1] + 1,
                    last, end - self._starts[last - 1] + 1)  # fmt: skip


_LOOKUP = regex(
    r"lookup\(\s*(['\"])(?:ansible\.builtin\.)?password\1\s*,(?P<rest>[^{}]*?)\)\s*(?:\)|\||\}\}|$|\s)"
)


def _password_lookups(text: str, path: str) -> Iterator[Resource]:
    """Ansible's `lookup('password', …)` as `password-lookup`, with its `length` and `seed`."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    for found in _LOOKUP.finditer(text):
        line = bisect_right(starts, found.start())
        column = found.start() - starts[line - 1] + 1
        span = Span(line, column, line, column + len("lookup"))
        length = re.search(r"length=(\d{1,4})", found["rest"])
        seed = re.search(r"seed=\s*['\"]?([\w.]+)", found["rest"])
        body: dict[str, Node] = {"text": Scalar(found["rest"], span, path)}
        if length is not None:
            body["length"] = Scalar(int(length[1]), span, path)
        if seed is not None:
            body["seed"] = Scalar(seed[1], span, path)
        entries = {key: Entry(key, span, value) for key, value in body.items()}
        yield Resource(FORM, "password-lookup", "", span, path, Mapping(entries, span, path),
                       "the password")  # fmt: skip


def _scalar(text: str, span: Span, path: str) -> Scalar:
    if text.isdigit() and len(text) < 10:
        return Scalar(int(text), span, path)
    if len(text) > 1 and text[0] in '"`' and text[-1] == text[0]:
        return Scalar(text[1:-1], span, path, quoted=True)
    return Scalar(HOLE, span, path)
