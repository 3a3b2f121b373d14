"""Sets a configuration setting to the value that its rule gives (`mend` in a `config` match).

Only the text of the old value is replaced, or the setting is added where it is missing. Declined
where the value comes from elsewhere: a variable, an anchor or a module.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingType
from typing import Any

from keyaudit import configs
from keyaudit.configs.engine import Judged
from keyaudit.configs.tree import Mapping, Node, Scalar, Sequence
from keyaudit.core.document import Document
from keyaudit.core.location import Span
from keyaudit.fixes.changes import Change
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.settings import hcl, yaml
from keyaudit.fixes.settings.removal import entry_of, without
from keyaudit.fixes.settings.values import Value, in_notation, like, quoted
from keyaudit.fixes.site import Rewrite, Site
from keyaudit.fixes.text_file import TextFile

_HCL = frozenset({"terraform", "hcl"})
_TREES = frozenset({"cloudformation", "arm", "kubernetes", "ansible", "compose", "github-actions",
                    "gitlab-ci", "helm-values"})  # fmt: skip


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    one = judged(site)
    mend = one.asked.get("mend")
    if mend is None:
        raise DeclinedError("what is right there, only its owner knows")
    how: MappingType[str, Any] = mend if isinstance(mend, dict | MappingType) else {"to": mend}
    if site.finding.path.endswith((".bicep", ".py")):
        raise DeclinedError("the setting is written in a language that is not rewritten here")
    file = site.project.text(site.finding.path)
    setting = _Setting(site, file, one, how)
    change, title = setting.change()
    return site.rewrite(
        title,
        migrate=(how["note"],) if "note" in how else (),
        more=(change,),
        plain=setting.plain(),
    )


def judged(site: Site) -> Judged:
    """The rule match behind the finding, evaluated again. Raises DeclinedError where it is in
    another file."""
    data = site.project.read(site.finding.path) or b""
    document = Document(site.finding.path, data)
    project = site.project
    found = site.project.once(
        f"settings of {site.finding.path}",
        lambda: configs.judged(document, project.catalogue, project.policy, project.tree),
    )
    for one in found:
        same = (one.finding.rule_id, one.finding.span, one.finding.subject)
        if same == (site.finding.rule_id, site.finding.span, site.finding.subject):
            return one
    raise DeclinedError("it is set elsewhere")


class _Setting:
    def __init__(self, site: Site, file: TextFile, one: Judged, how: MappingType[str, Any]) -> None:
        self._site = site
        self._file = file
        self._asked = one.asked
        self._how = how
        self._hit = one.hit
        self._form = one.hit.resource.form

    def change(self) -> tuple[Change, str]:
        """The change, and its title."""
        found = self._hit.verdict.found
        if found is None or (isinstance(found.node, Scalar) and found.node.value is None):
            return self._added()
        node = found.node
        if node.hops or node.path not in ("", self._file.path):
            raise DeclinedError("the value comes from elsewhere")
        if "last" in self._how:
            return self._moved(node), f"let another than the first of `{found.key}` come first"
        if "remove" in self._how:
            entry = entry_of(self._hit.resource.body, node)
            return without(self._file, entry), f"take `{entry.key}` away"
        if not isinstance(node, Scalar):
            raise DeclinedError("the value is put together from parts")
        if "words" in self._how:
            return self._without_words(node, found.key)
        start, end = self._place(node.span)
        old = self._file.text[start:end]
        value = self._value(node, old)
        if "\n" in old or not old.strip():
            raise DeclinedError("the value is written in an unusual way")
        text = like(old, value, is_hcl=self._form in _HCL or self._is_json())
        if text == old:
            raise DeclinedError("there is nothing to change")
        return Change(self._file.path, start, end, text), f"set `{found.key}` to {text}"

    def plain(self) -> list[str]:
        """The values that the rule itself names; these may be shown, as they are no secrets."""
        how = self._how
        values = [how.get("to"), *how.get("instead", {}).values(), *how.get("words", ())]
        texts = [quoted(one) if isinstance(one, bool) else str(one) for one in values if one != ""]
        return [text for text in texts if text != "None"]

    def _value(self, node: Scalar, old: str) -> Value:
        how = self._how
        if "limit" in how:
            limit = self._hit.verdict.limit
            if limit is None:
                raise DeclinedError("the policy names no number")
            return in_notation(old, limit, self._asked.get("unit"))
        if "instead" in how:
            known = {key.lower(): new for key, new in how["instead"].items()}
            new = known.get(str(node.value).lower(), how.get("to"))
            if new is None:
                raise DeclinedError("it is not known what goes in its place")
            return new  # type: ignore[no-any-return]
        if "to" in how:
            return how["to"]  # type: ignore[no-any-return]
        raise DeclinedError("what is right there, only its owner knows")

    # -- what is missing

    def _added(self) -> tuple[Change, str]:
        value = self._how.get("to")
        if value is None:
            raise DeclinedError("what is right there, only its owner knows")
        paths = self._asked["path"]
        listed = [paths] if isinstance(paths, str) else list(paths)
        root = self._hit.resource.body
        head = self._file.offset_of(self._hit.resource.span)
        if self._hit.scope is not None:
            node = self._hit.scope.node
            if not isinstance(node, Mapping):
                raise DeclinedError("the settings stand elsewhere")
            root, head = node, self._file.offset_of(node.span)
        here, head, names = max(
            (_deepest(self._file, root, head, path.split(".")) for path in listed),
            key=lambda one: -len(one[2]),
        )
        if any("*" in name for name in names):
            raise DeclinedError("it is not known where the setting goes")
        title = f"set `{'.'.join(path for path in listed[0].split('.') if path[0] != '$')}`"
        if self._form in _HCL and not self._is_json():
            return hcl.add(self._file, here, head, names, value), title
        if self._form in _TREES or self._is_json():
            return yaml.add(self._file, here, names, value), title
        raise DeclinedError("it is not known where the setting goes")

    def _is_json(self) -> bool:
        return self._file.path.endswith(".json")

    # -- lists

    def _without_words(self, node: Scalar, key: str) -> tuple[Change, str]:
        """Remove the unwanted words of a directive; where none would be left, write those in
        `words`."""
        line = self._siblings(node)
        kept = [word for word in line if not self._is_unwanted(str(word.value))]
        words = [str(word.value) for word in kept] or list(self._how["words"])
        start = self._file.offset_of(line[0].span)
        _, end = self._place(line[-1].span)
        return (
            Change(self._file.path, start, end, " ".join(words)),
            f"set `{key}` to {' '.join(words)}",
        )

    def _is_unwanted(self, word: str) -> bool:
        """Whether a word breaks the rule."""
        if "in" in self._asked:
            return word.lower() in {str(one).lower() for one in self._asked["in"]}
        return re.search(self._asked["matches"], word) is not None

    def _siblings(self, node: Scalar) -> list[Scalar]:
        """All words of the directive that a word belongs to."""
        todo: list[Node] = [self._hit.resource.body]
        while todo:
            current = todo.pop()
            if isinstance(current, Sequence) and any(item is node for item in current.items):
                words = [item for item in current.items if isinstance(item, Scalar)]
                if len(words) == len(current.items):
                    return words
            if isinstance(current, Mapping):
                todo += [entry.value for entry in current.entries.values()]
            elif isinstance(current, Sequence):
                todo += current.items
        raise DeclinedError("the setting is written in an unusual way")

    def _moved(self, node: Node) -> Change:
        """Move the first item of a list, with its lines, to the end."""
        if not isinstance(node, Sequence) or len(node.items) < 2:
            raise DeclinedError("there is no other to come first")
        file = self._file
        starts = [file.start_of_line(item.span.line) for item in node.items]
        if len(set(starts)) != len(starts):
            raise DeclinedError("the list is written on one line")
        last = node.items[-1].span
        end_line = last.end_line if last.end_column > 1 else last.end_line - 1
        end = file.line_end(max(end_line, last.line))
        block = file.text[starts[0] : end]
        if not block.endswith("\n"):
            raise DeclinedError("the list is written in an unusual way")
        first, rest = file.text[starts[0] : starts[1]], file.text[starts[1] : end]
        if "#" in block or not first.lstrip().startswith("-"):
            raise DeclinedError("comments stand between the items")
        return Change(file.path, starts[0], end, rest + first)

    def _place(self, span: Span) -> tuple[int, int]:
        return self._file.offset(span.line, span.column), self._file.offset(
            span.end_line, span.end_column
        )


def _deepest(
    file: TextFile, root: Mapping, head: int, names: list[str]
) -> tuple[Mapping, int, list[str]]:
    """The innermost existing mapping on the path to a setting, the offset at which it begins, and
    the names that are missing below it."""
    here, rest = root, list(names)
    while len(rest) > 1:
        entry = here.entries.get(rest[0])
        if entry is None:
            break
        inner: Node = entry.value
        if isinstance(inner, Sequence) and len(inner.items) == 1:
            inner = inner.items[0]
        if not isinstance(inner, Mapping):
            raise DeclinedError("the settings stand elsewhere")
        here, rest = inner, rest[1:]
        head = file.offset_of(entry.key_span)
    if rest[0] in here.entries and len(rest) > 1:
        raise DeclinedError("the settings stand elsewhere")
    return here, head, rest
