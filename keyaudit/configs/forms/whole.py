"""Formats where the file is one resource, and so are its parts: pipelines, Ansible."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from keyaudit.configs.templates import put_in
from keyaudit.configs.tree import HOLE, Entry, Mapping, Node, Resource, Scalar, Sequence, text_of
from keyaudit.core.location import Span
from keyaudit.core.patterns import regex

TOP = Span(1, 1, 1, 1)


def whole(form: str, kind: str, root: Node, path: str) -> Iterator[Resource]:
    """The file as one resource of this form and kind; nothing if `root` is no mapping."""
    if isinstance(root, Mapping):
        yield Resource(form, kind, "", first_key(root), path, root, kind)


def pipeline(form: str, root: Node, path: str) -> Iterator[Resource]:
    """The pipeline file, each of its jobs, and each of its steps, as resources.

    A step has the `permissions` of its job or, where that has none, of the file.
    """
    if not isinstance(root, Mapping):
        return
    yield Resource(form, "pipeline", "", first_key(root), path, root, "the pipeline")
    listed = root.get("jobs")
    if form == "gitlab-ci":
        jobs = {k: e for k, e in root.entries.items() if isinstance(e.value, Mapping)}
    elif isinstance(listed, Mapping):
        jobs = listed.entries
    else:
        jobs = {}
    for name, entry in jobs.items():
        if not isinstance(entry.value, Mapping):
            continue
        yield Resource(form, "job", f"job.{name}", entry.key_span, path, entry.value,
                       f"job `{name}`")  # fmt: skip
    for step in _steps(root, None, 0):
        name = text_of(step.get("name")) or text_of(step.get("uses")) or ""
        title = f"step `{name}`" if name else "a step"
        yield Resource(form, "step", "", first_key(step), path, step, title)


def _steps(node: Node, permissions: Entry | None, depth: int) -> Iterator[Mapping]:
    if depth > 12 or not isinstance(node, (Mapping, Sequence)):
        return
    if isinstance(node, Sequence):
        for item in node.items:
            yield from _steps(item, permissions, depth + 1)
        return
    permissions = node.entries.get("permissions", permissions)
    for key, entry in node.entries.items():
        if key == "steps" and isinstance(entry.value, Sequence):
            for item in entry.value.items:
                if isinstance(item, Mapping):
                    yield _permitted(item, permissions)
        yield from _steps(entry.value, permissions, depth + 1)


def _permitted(step: Mapping, permissions: Entry | None) -> Mapping:
    if permissions is None:
        return step
    return replace(step, entries={**step.entries, "permissions": permissions})


_PLAYS = ("tasks", "pre_tasks", "post_tasks", "handlers", "block", "rescue", "always")


def ansible(root: Node, path: str) -> Iterator[Resource]:
    """The plays (`play`) and tasks of a playbook; a task's kind is its module, without collection.

    A file that is a mapping is one resource of the kind `variables`.
    """
    if not isinstance(root, Sequence):
        if isinstance(root, Mapping):
            yield Resource("ansible", "variables", "", first_key(root), path, root, "variables")
        return
    for item in root.items:
        if not isinstance(item, Mapping):
            continue
        if "hosts" in item.entries or "import_playbook" in item.entries:
            yield Resource("ansible", "play", "", first_key(item), path, item, "a play")
        yield from _tasks(item, path, 0)


def _tasks(item: Mapping, path: str, depth: int) -> Iterator[Resource]:
    if depth > 10:
        return
    inner = [key for key in _PLAYS if isinstance(item.get(key), Sequence)]
    for key in inner:
        listed = item.get(key)
        for task in listed.items if isinstance(listed, Sequence) else ():
            if isinstance(task, Mapping):
                yield from _tasks(task, path, depth + 1)
    if "hosts" in item.entries or "block" in item.entries:
        return
    for key in item.entries:
        module = key.rpartition(".")[2]
        if key not in _WORDS and not key.startswith("with_"):
            name = text_of(item.get("name"))
            title = f"task `{name}`" if name else f"a task of {module}"
            yield Resource("ansible", module, "", item.entries[key].key_span, path,
                           _task(item, key), title)  # fmt: skip
            return


# What a task says beside its module.
_WORDS = frozenset(
    [
        "name",
        "when",
        "register",
        "notify",
        "tags",
        "become",
        "become_user",
        "become_method",
        "become_flags",
        "vars",
        "loop",
        "loop_control",
        "until",
        "retries",
        "delay",
        "changed_when",
        "failed_when",
        "ignore_errors",
        "no_log",
        "delegate_to",
        "delegate_facts",
        "run_once",
        "environment",
        "args",
        "check_mode",
        "diff",
        "any_errors_fatal",
        "async",
        "poll",
        "connection",
        "listen",
        "collections",
        "module_defaults",
        "throttle",
        "timeout",
        "remote_user",
        "port",
        "ignore_unreachable",
        "debugger",
        "roles",
        "tasks",
        "pre_tasks",
        "post_tasks",
        "handlers",
        "block",
        "rescue",
        "always",
        "hosts",
        "gather_facts",
        "action",
        "local_action",
    ]
)


# Modules whose text is a command, and no list of arguments.
_COMMANDS = frozenset(["command", "shell", "raw", "script", "win_command", "win_shell", "expect"])
_PAIR = regex(r"(?:^|\s)(\w+)=(\"[^\"]*\"|'[^']*'|(?:\{\{.*?\}\}|\S)*)", re.DOTALL)


def _task(item: Mapping, key: str) -> Mapping:
    """The task with what its module is given under `$module`."""
    entry = item.entries[key]
    given = entry.value
    if isinstance(given, Scalar) and key.rpartition(".")[2] not in _COMMANDS:
        given = _pairs(given) or given
    entries = {**item.entries, "$module": Entry("$module", entry.key_span, given)}
    return Mapping(entries, item.span, item.path, complete=item.complete)


def _pairs(given: Scalar) -> Mapping | None:
    """The arguments of a module that are written in one text: `dest=/etc/app mode=0644`."""
    if not isinstance(given.value, str):
        return None
    found: dict[str, Entry] = {}
    for pair in _PAIR.finditer(given.value):
        text = pair[2]
        bare = text[1:-1] if text[:1] in ("'", '"') else text
        names = given.names if HOLE in bare else put_in(bare)
        value = Scalar(bare, given.span, given.path, given.hops, names=names)
        found.setdefault(pair[1], Entry(pair[1], given.span, value))
    return Mapping(found, given.span, given.path) if found else None


def first_key(root: Mapping) -> Span:
    """The place of the first key, where a file is spoken of as a whole."""
    first = next(iter(root.entries.values()), None)
    return root.span if first is None else first.key_span
