"""Merges checked files to one catalogue in plain data: lists, dicts, texts and numbers only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from keyaudit.catalogue.checks import config_conditions, described_calls, matches_of
from keyaudit.catalogue.schema import suggestion
from keyaudit.catalogue.tokens import plain_tokens
from keyaudit.catalogue.vocabulary import LIMITS
from keyaudit.catalogue.yamlfile import Path, Source

Plain = dict[str, Any]
DEFAULT_POLICY = "default"


def merge(sources: Iterable[tuple[str, Source]]) -> Plain:
    """The plain data of all files, which are given with their kinds.

    Raises KeyauditError, naming both files, if two of them contradict each other.
    """
    by_kind: dict[str, list[Source]] = {"rule": [], "model": [], "policy": [], "tokens": []}
    for kind, source in sources:
        by_kind[kind].append(source)
    policies = _policies(by_kind["policy"])
    return {
        "rules": _rules(by_kind["rule"], policies),
        "models": _models(by_kind["model"]),
        "policies": policies,
        "tokens": plain_tokens(by_kind["tokens"]),
    }


# -- rules


def _rules(sources: list[Source], policies: Plain) -> list[list[Any]]:
    first: dict[str, Source] = {}
    names: dict[str, Source] = {}
    limits = policies.get(DEFAULT_POLICY, ["", {}])[1]
    for source in sources:
        for key, seen in (("id", first), ("name", names)):
            other = seen.setdefault(source.data[key], source)
            if other is not source:
                raise source.error(
                    f"{source.data[key]} is the {key} of {_place(other, (key,))} as well", (key,)
                )
        _check_limits(source, limits)
    return [_rule(first[rule_id], policies) for rule_id in sorted(first)]


def _check_limits(source: Source, limits: Mapping[str, Any]) -> None:
    for path, kind, parameters in matches_of(source.data):
        described = config_conditions if kind == "config" else _own_and_described
        for head, inner in described(parameters):
            for condition in LIMITS:
                asked = inner.get(condition)
                if isinstance(asked, dict) and asked["policy"] not in limits:
                    raise source.error(
                        f"the {DEFAULT_POLICY} policy has no limit {asked['policy']}",
                        (*path, *head, condition, "policy"), suggestion(asked["policy"], limits),
                    )  # fmt: skip


def _own_and_described(parameters: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    yield (), parameters
    yield from described_calls(parameters)


def _rule(source: Source, policies: Plain) -> list[Any]:
    data = source.data
    standards = {body: [str(part) for part in parts] for body, parts in data["standards"].items()}
    examples = []
    for example in data["examples"]:
        text = example["bad"] if "bad" in example else example["good"]
        path = example.get("path", "example.py")
        policy = example.get("policy", DEFAULT_POLICY)
        if policy not in policies:
            raise source.error(f"there is no policy {policy!r}", ("examples",),
                               suggestion(policy, policies))  # fmt: skip
        fixed = example.get("fixed", {})
        if isinstance(fixed, str):
            fixed = {path: fixed}
        files = example.get("files", {})
        examples.append(["bad" in example, text, path, files, policy, fixed])
    matches = [[kind, parameters] for _, kind, parameters in matches_of(data)]
    return [
        data["id"], data["name"], data["stage"], data["severity"], data["confidence"], standards,
        data["message"].strip(), matches, data["why"], data["remedy"], examples, source.label,
        data.get("once") == "project",
        [_fix(fix) for fix in _listed(data.get("fix", []))],
    ]  # fmt: skip


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _fix(spec: Mapping[str, Any]) -> list[Any]:
    return [
        spec["kind"], spec["applicability"], spec["safety"], spec.get("leaves", []),
        spec.get("options", {}),
    ]  # fmt: skip


# -- models


def _models(sources: list[Source]) -> Plain:
    modules: set[str] = set()
    assignments: list[Any] = []
    configurations: list[Any] = []
    receivers: list[Any] = []
    merged: dict[str, dict[str, Any]] = {
        "aliases": {}, "symbols": {}, "calls": {}, "attributes": {}, "words": {}
    }  # fmt: skip
    owners: dict[tuple[str, str], Source] = {}
    for source in sources:
        modules.update(source.data["modules"])
        assignments += (_assignment(a) for a in source.data.get("assignments", ()))
        configurations += source.data.get("configurations", ())
        receivers += (
            [r["name"], r["type"], r.get("messages", False)]
            for r in source.data.get("receivers", ())
        )
        for section, known in merged.items():
            for name, spec in source.data.get(section, {}).items():
                value = _call(spec) if section == "calls" else spec
                if name in known and known[name] != value:
                    other = owners[section, name]
                    raise source.error(
                        f"{_place(other, (section, name))} says something else of it",
                        (section, name),
                    )
                known[name] = value
                owners[section, name] = source
    for name in _types([*merged["calls"], *merged["attributes"]]):
        merged["calls"].setdefault(name, _call({}))
    return {
        "modules": sorted(modules),
        "assignments": assignments,
        "configurations": configurations,
        "receivers": receivers,
        **merged,
    }


def _types(names: Iterable[str]) -> list[str]:
    """The classes whose methods or attributes are modelled: to call one makes an object of it."""
    owners = {name.rpartition(".")[0] for name in names}
    return sorted(owner for owner in owners if owner.rpartition(".")[2][:1].isupper())


def _call(spec: Mapping[str, Any]) -> list[Any]:
    parameters = dict(spec.get("parameters", {}))
    names = list(parameters)
    keyword_only = names.index("*") if "*" in parameters else 1000
    parameters.pop("*", None)
    return [
        spec.get("kinds", []), parameters, keyword_only, spec.get("defaults", {}),
        spec.get("constants", {}), spec.get("returns", {}), spec.get("feeds", []),
        spec.get("given", {}),
    ]  # fmt: skip


def _assignment(spec: Mapping[str, Any]) -> list[Any]:
    return [
        spec["name"], spec["on"], spec["role"], spec.get("of"), spec.get("imports", []),
        spec.get("paths", []), spec.get("kinds", []), spec.get("called"), spec.get("holder"),
        spec.get("beside", []),
    ]  # fmt: skip


# -- policies


def _policies(sources: list[Source]) -> Plain:
    by_name: dict[str, Source] = {}
    for source in sources:
        other = by_name.setdefault(source.data["name"], source)
        if other is not source:
            raise source.error(f"is the name of {_place(other, ('name',))} as well", ("name",))
    return {name: [by_name[name].data["title"], _limits(by_name, name, ())] for name in by_name}


def _limits(by_name: Mapping[str, Source], name: str, below: tuple[str, ...]) -> Plain:
    source = by_name[name]
    base = source.data.get("extends")
    limits: Plain = {}
    if base is not None:
        if base not in by_name:
            raise source.error(
                f"there is no policy {base}", ("extends",), suggestion(base, by_name)
            )
        if base in (name, *below):
            raise source.error(f"{name} extends itself", ("extends",))
        limits = _limits(by_name, base, (*below, name))
    for path, limit in source.data["limits"].items():
        limits[path] = [_merged_limit(limits.get(path), limit["value"]), limit["source"]]
    return limits


def _merged_limit(old: list[Any] | None, new: Any) -> Any:
    """A mapping changes the names it gives and leaves the others."""
    if old is not None and isinstance(old[0], dict) and isinstance(new, dict):
        return {**old[0], **new}
    return new


def _place(source: Source, path: Path) -> str:
    return f"{source.label}:{source.line(path)}"
