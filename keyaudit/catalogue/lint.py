"""`python -m keyaudit.catalogue.lint`: checks that the shipped catalogue is valid and complete.

Prints one line for each fault; the exit status is 1 if there are errors, and 0 if there are only
warnings.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator

from keyaudit.catalogue import load, vocabulary
from keyaudit.catalogue.types import Catalogue, Models, Rule
from keyaudit.core.errors import KeyauditError

_EXAMPLES = 3
_LEAST = {"why": 150, "remedy": 120}
_FIRST_LINE = 200
# What the code engine says of a place by itself, without a model.
_OWN_ROLES = frozenset({"comparison", "exception", "receiver", "cached"})


def faults(catalogue: Catalogue) -> tuple[list[str], list[str]]:
    """Two lists of texts about a catalogue: errors and warnings."""
    errors = [text for rule in catalogue.rules.values() for text in _of_rule(rule)]
    errors += _of_match(catalogue)
    return errors, list(_unused(catalogue))


def _of_rule(rule: Rule) -> Iterator[str]:
    place = f"{rule.file}:"
    wanted = f"{rule.stage}/{rule.id}-{rule.name}.yaml"
    if not rule.file.endswith(f"/{wanted}"):
        yield f"{place} the file of this rule is named {wanted}"
    counts = Counter(example.bad for example in rule.examples)
    for bad, word in ((True, "bad"), (False, "good")):
        if counts[bad] < _EXAMPLES:
            yield f"{place} has {counts[bad]} {word} examples; {_EXAMPLES} or more are wanted"
    texts = Counter(example.text for example in rule.examples)
    if any(count > 1 for count in texts.values()):
        yield f"{place} gives the same example twice"
    for key, least in _LEAST.items():
        if len(getattr(rule, key).strip()) < least:
            yield f"{place} {key} is shorter than {least} characters"
    first = rule.remedy_line
    if len(first) > _FIRST_LINE or not first.endswith("."):
        yield f"{place} remedy does not begin with one sentence of at most {_FIRST_LINE} characters"
    if "cwe" not in rule.standards:
        yield f"{place} standards name no cwe"
    if not set(rule.standards) - {"cwe"}:
        yield f"{place} standards name no section of a standard or a guide besides the cwe"
    if rule.message.endswith("."):
        yield f"{place} message ends in a full stop; it stands inside a line"


def _of_match(catalogue: Catalogue) -> Iterator[str]:
    """Rules that ask for what no model gives, and so can never report anything."""
    kinds, roles = _kinds(catalogue.models) | vocabulary.ENGINE_KINDS, _roles(catalogue.models)
    for rule in catalogue.rules.values():
        for match in rule.matches:
            asked = match.parameters
            for key in ("kinds", "call"):
                if key in asked and not kinds & set(asked[key]):
                    yield f"{rule.file}: no model has a call of the kinds {', '.join(asked[key])}"
            wanted = set(asked.get("to", ())) | ({asked["role"]} if "role" in asked else set())
            if wanted and not wanted & (roles | _OWN_ROLES):
                yield f"{rule.file}: no model has the role {', '.join(sorted(wanted))}"


def _kinds(models: Models) -> set[str]:
    found = {kind for call in models.calls.values() for kind in call.kinds}
    found.update(*(sink.kinds for sink in models.assignments), *models.words.values())
    return found.union(*(one.get("kinds", ()) for one in models.configurations))


def _roles(models: Models) -> set[str]:
    found = {sink.role for sink in models.assignments}
    for call in models.calls.values():
        found |= {role for role in call.parameters.values() if role}
        found |= call.defaults.keys() | call.constants.keys()
    return found


def _unused(catalogue: Catalogue) -> Iterator[str]:
    """Words of the vocabulary that no model uses, and models that matter to no rule."""
    models = catalogue.models
    for kind in sorted(vocabulary.CALL_KINDS - vocabulary.ENGINE_KINDS - _kinds(models)):
        yield f"no model has a call of the kind {kind}"
    for role in sorted(vocabulary.ROLES - _roles(models) - _OWN_ROLES):
        yield f"no model gives the role {role}"
    asked_roles, asked_kinds = _asked(catalogue)
    for role in sorted(_roles(models) - asked_roles):
        yield f"no rule asks about the role {role}"
    for kind in sorted(_kinds(models) - asked_kinds):
        yield f"no rule asks about calls of the kind {kind}"
    for alias in sorted(models.aliases):
        if models.aliases[alias] in models.aliases:
            yield f"the alias {alias} stands for another alias"


def _asked(catalogue: Catalogue) -> tuple[set[str], set[str]]:
    """The roles and the kinds of call that rules name anywhere."""
    words: set[str] = set()
    for rule in catalogue.rules.values():
        for match in rule.matches:
            words |= set(_words(dict(match.parameters)))
    return words, words


def _words(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _words(inner)


def main() -> int:
    """Prints the faults of the shipped catalogue; returns 1 if there are errors, else 0."""
    try:
        catalogue = load()
    except KeyauditError as error:
        print(f"error: {error.line()}")
        return 1
    errors, warnings = faults(catalogue)
    for text in errors:
        print(f"error: {text}")
    for text in warnings:
        print(f"warning: {text}")
    counts = (
        f"{len(catalogue.rules)} rules, {len(catalogue.models.calls)} calls,"
        f" {len(catalogue.policies)} policies"
    )
    print(f"{counts}: {len(errors)} errors, {len(warnings)} warnings")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
