"""Secrets in files that build or deploy: images, manifests, pipelines.

A secret there is worse than one in code, as images and manifests are handed out, and its remedy is
another: a secret mount, a secret store, a variable of the pipeline.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from keyaudit.core import paths
from keyaudit.core.patterns import regex

IMAGE, COMPOSE, MANIFEST = "ImageValue", "ComposeValue", "ManifestValue"
PIPELINE, TERRAFORM = "PipelineValue", "TerraformValue"
ARGUMENT = "BuildArgument"

_DOCKERFILE = regex(r"(?:.*\.)?(?:docker|container)file(?:[._-].*)?", re.IGNORECASE)
_COMPOSE = regex(r"(?:docker-|podman-)?compose(?:[._-].*)?\.ya?ml", re.IGNORECASE)
_PIPELINE = regex(
    r"(?:.*/)?(?:\.github/workflows/[^/]+\.ya?ml|\.circleci/[^/]+\.ya?ml|\.?gitlab-ci[^/]*\.ya?ml"
    r"|\.gitlab/.*\.ya?ml|\.travis\.ya?ml|azure-pipelines[^/]*\.ya?ml|\.drone\.ya?ml"
    r"|bitbucket-pipelines\.ya?ml|\.?appveyor\.ya?ml|buildspec[^/]*\.ya?ml|cloudbuild[^/]*\.ya?ml"
    r"|jenkinsfile[^/]*|\.woodpecker/[^/]+\.ya?ml|\.buildkite/[^/]+\.ya?ml)",
    re.IGNORECASE,
)
_TERRAFORM = (".tf", ".tfvars", ".tf.json", ".tfvars.json")
# Objects of Kubernetes whose values reach a cluster, by their kinds.
_KIND = regex(
    r"kind:\s*[\"']?(?:Secret|ConfigMap|Pod|Deployment|StatefulSet|DaemonSet|ReplicaSet|Job|CronJob)"
    r"[\"']?\s*(?:#.*)?"
)
_END = regex(r"---(?:\s|$)|\.\.\.\s*$")
_FARTHEST = 400  # lines of one object

_INSTRUCTION = regex(r"\s*(?P<word>[A-Za-z]+)\s+(?P<rest>.*)", re.DOTALL)
_STAGE = regex(r"(?:--\S+\s+)*(?P<base>\S+)(?:\s+[Aa][Ss]\s+(?P<name>\S+))?")


class Argument(NamedTuple):
    """A build argument without a value of its own: the line (from 1) and its name."""

    line: int
    name: str


def place_of(path: str, lines: Sequence[str], number: int) -> str | None:
    """The kind of place a line (from 1) is in, as a rule's `detectors` names it (an image, a
    manifest, a pipeline); None in other files, and in comments."""
    line = lines[number - 1].lstrip()
    if line.startswith(("#", "//")):
        return None
    kind = kind_of(path)
    if kind is None and path.endswith((".yaml", ".yml")) and _is_in_object(lines, number):
        return MANIFEST
    return kind


def kind_of(path: str) -> str | None:
    """The kind of place that a file is by its path alone; None for manifests and all others."""
    name = paths.name(path)
    if _DOCKERFILE.fullmatch(name):
        return IMAGE
    if _COMPOSE.fullmatch(name):
        return COMPOSE
    if _PIPELINE.fullmatch(path):
        return PIPELINE
    if name.endswith(_TERRAFORM):
        return TERRAFORM
    return None


def _is_in_object(lines: Sequence[str], number: int) -> bool:
    """Whether the YAML document around a line is an object of Kubernetes with values in it."""
    above = lines[max(0, number - _FARTHEST) : number - 1][::-1]
    below = lines[number : number + _FARTHEST]
    for part in (above, below):
        for line in part:
            if _END.match(line):
                break
            if _KIND.fullmatch(line):
                return True
    return False


def is_dockerfile(path: str) -> bool:
    """Whether a path is that of a file that builds an image."""
    return _DOCKERFILE.fullmatch(paths.name(path)) is not None


def kept_arguments(lines: Sequence[str]) -> Iterator[Argument]:
    """The build arguments whose value the image's history keeps.

    That is, those before a `RUN` of the last stage, or of one that it is built on: such a `RUN` has
    the argument in its environment, and the history shows it (Docker's reference of `ARG`). A stage
    from which only files are copied is left behind. `ENV NAME=$NAME` keeps it, too.
    """
    stages: list[_Stage] = []
    for number, text in _instructions(lines):
        found = _INSTRUCTION.fullmatch(text)
        if found is None:
            continue
        word, rest = found["word"].upper(), found["rest"]
        if word == "FROM" and (said := _STAGE.match(rest)):
            stages.append(_Stage(said["base"].lower(), (said["name"] or "").lower(), {}, set()))
        elif not stages:
            continue
        elif word == "ARG":
            for part in rest.split():
                name, _, value = part.partition("=")
                if not value.strip("\"'"):
                    stages[-1].arguments.setdefault(name, number)
        elif word == "RUN":
            stages[-1].kept.update(stages[-1].arguments)
        elif word == "ENV":
            stages[-1].kept.update(re.findall(r"\$\{?([A-Za-z_]\w*)", rest))
    chain = stages[-1:]
    while chain and (below := [s for s in stages if s.name and s.name == chain[-1].base]):
        if below[-1] in chain:
            break
        chain.append(below[-1])
    for stage in chain:
        for name, number in stage.arguments.items():
            if name in stage.kept:
                yield Argument(number, name)


class _Stage(NamedTuple):
    base: str
    name: str
    arguments: dict[str, int]  # lines by names
    kept: set[str]


def _instructions(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Each instruction with the number of its first line, its lines put together."""
    begin = 0
    parts: list[str] = []
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("#") or (not line.strip() and not parts):
            continue
        begin = begin if parts else number
        stripped = line.rstrip()
        parts.append(stripped.removesuffix("\\"))
        if not stripped.endswith("\\"):
            yield begin, "\n".join(parts)
            parts.clear()
    if parts:
        yield begin, "\n".join(parts)
