"""Replaces a secret in a deployment file by a reference: compose, GitHub workflows, Kubernetes,
Terraform, Ansible.

The reference is to where such files read secrets from: the environment or `.env` for compose, the
repository's secrets for a workflow, a Secret for a container's environment, a sensitive variable
for Terraform, one that ansible-vault encrypts for Ansible.
"""

from __future__ import annotations

import re

from keyaudit.configs import form_of
from keyaudit.core.patterns import regex
from keyaudit.fixes.changes import Change
from keyaudit.fixes.environment import example_line
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.settings.variables import terraform_variable
from keyaudit.fixes.site import Rewrite, Site
from keyaudit.fixes.text_file import TextFile

_NEW = "take a new secret: the old one is known to everybody with the source"
_ENTRY = regex(
    r"(?P<head>\s*(?:- +)?)(?P<quote>[\"']?)(?P<name>[A-Za-z_]\w*)(?P=quote)(?P<between>\s*:\s+)"
    r"(?P<value>\"[^\"\n]*\"|'[^'\n]*'|[^\s\"'#&*!|>{\[$][^\s#]*)(?P<tail>\s*(?:#.*)?)\r?\n?"
)
_ASSIGNED = regex(
    r"(?P<head>\s*- +)(?P<quote>[\"']?)(?P<name>[A-Za-z_]\w*)=(?P<value>[^\s\"'#$]+)(?P=quote)"
    r"(?P<tail>\s*(?:#.*)?)\r?\n?"
)
_KIND = regex(r"(?m)^kind:\s*[\"']?(?P<kind>\w+)")
_OBJECT = regex(
    r"(?m)^metadata:[ \t]*\r?\n(?:[ \t]+.*\r?\n)*?[ \t]+name:[ \t]*[\"']?(?P<name>[\w.-]+)"
)
_VARIABLES = regex(r"(?:^|/)(?:group_vars|host_vars|vars|defaults)/")
_NAMED = regex(r"\s*(?:- +)?name:\s*[\"']?(?P<name>[\w.-]+)[\"']?\s*(?:#.*)?")


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    file = site.project.text(site.finding.path)
    form = form_of(site.finding.path, file.data)
    number = site.finding.span.line
    if site.finding.span.end_line not in (number, number + 1):
        raise DeclinedError("the value has several lines")
    if form == "compose":
        return _compose(site, file, number)
    if form == "github-actions":
        return _workflow(site, file, number)
    if form == "structured":
        return _kubernetes(site, file, number)
    if form == "ansible":
        return _ansible(site, file, number)
    if form == "terraform" and file.path.endswith(".tf"):
        return terraform_variable(site, file, number)
    raise DeclinedError("it is not known how a secret is referred to there")


def _matched(file: TextFile, number: int) -> tuple[re.Match[str], int]:
    """The match of the entry on a line (from 1), and the offset at which the line begins."""
    line = file.line_text(number)
    found = _ENTRY.fullmatch(line) or _ASSIGNED.fullmatch(line)
    if found is None:
        raise DeclinedError("the value is a part of a longer text")
    return found, file.start_of_line(number)


def _replaced(file: TextFile, found: re.Match[str], start: int, text: str) -> Change:
    return Change(file.path, start + found.start("value"), start + found.end("value"), text)


def _compose(site: Site, file: TextFile, number: int) -> Rewrite:
    found, start = _matched(file, number)
    _require_section(file, number, "environment")
    _require_alone(file, found["value"].strip("\"'"))
    name = found["name"].upper()
    folder = file.path.rpartition("/")[0]
    return site.rewrite(
        f"take it from the variable {name}",
        migrate=(f"set {name} in the environment or in `.env` beside the file, which git ignores; "
                 f"{_NEW}",),
        more=[
            _replaced(file, found, start, f"${{{name}:?set it}}"),
            *example_line(site, name, folder),
        ],
    )  # fmt: skip


def _require_alone(file: TextFile, value: str) -> None:
    """Raise DeclinedError where another setting has the same value, as part of a URL for instance:
    what stands there belongs together."""
    if len(re.findall(rf"(?<!\w){re.escape(value)}(?!\w)", file.text)) > 1:
        raise DeclinedError("the same value stands elsewhere in the file")


def _workflow(site: Site, file: TextFile, number: int) -> Rewrite:
    found, start = _matched(file, number)
    _require_section(file, number, "env", "with")
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", found["name"]).upper()
    if name.startswith("GITHUB_"):
        raise DeclinedError("no secret of a repository may have that name")
    return site.rewrite(
        f"take it from the secret {name} of the repository",
        migrate=(f"make the secret: `gh secret set {name}`; {_NEW}",),
        more=[_replaced(file, found, start, f"${{{{ secrets.{name} }}}}")],
    )


def _kubernetes(site: Site, file: TextFile, number: int) -> Rewrite:
    """Replace the `value: …` of a container's environment variable by a `secretKeyRef`."""
    line = file.line_text(number)
    found = _ENTRY.fullmatch(line)
    text = _document(file, number)
    kind = _KIND.search(text)
    owner = _OBJECT.search(text)
    if found is None or found["name"] != "value" or kind is None or owner is None:
        raise DeclinedError("the value is a part of a longer text")
    if len(_KIND.findall(text)) != 1 or "{{" in text:
        raise DeclinedError("it is not known whose value it is")
    variable = next(
        (
            named["name"]
            for near in (number - 1, number + 1)
            if 0 < near <= file.lines and (named := _NAMED.fullmatch(file.line_text(near).rstrip()))
        ),
        None,
    )
    if variable is None or "-" in found["head"] or found["tail"].strip():
        raise DeclinedError("the variable is written in an unusual way")
    indent = found["head"]
    lines = [f"{indent}valueFrom:", f"{indent}  secretKeyRef:",
             f"{indent}    name: {owner['name']}", f"{indent}    key: {variable}"]  # fmt: skip
    end = file.newline if line.endswith("\n") else ""
    start = file.start_of_line(number)
    text = file.newline.join(lines) + end
    return site.rewrite(
        f"take it from the Secret {owner['name']}",
        migrate=(f"make the Secret {owner['name']} with the key {variable} first, by your operator "
                 f"for secrets or `kubectl create secret generic`; {_NEW}",),
        more=[Change(file.path, start, start + len(line), text)],
        plain=(variable, owner["name"]),
    )  # fmt: skip


def _ansible(site: Site, file: TextFile, number: int) -> Rewrite:
    """Replace the value of a variable by that of an encrypted one, as Ansible's own guide has it:
    `name: "{{ vault_name }}"`."""
    found, start = _matched(file, number)
    if found["head"] or _VARIABLES.search(file.path) is None:
        raise DeclinedError("the value is no variable")
    name = f"vault_{found['name']}"
    for path in site.project.paths:
        if path.endswith((".yml", ".yaml")) and name.encode() in (site.project.read(path) or b""):
            raise DeclinedError(f"there is a variable {name} already")
    return site.rewrite(
        f"take it from the encrypted variable {name}",
        migrate=(
            f"define {name} in a file beside it that `ansible-vault` encrypts, and give the "
            f"playbooks its password; {_NEW}",
        ),
        more=[_replaced(file, found, start, f'"{{{{ {name} }}}}"')],
        plain=(name,),
    )


def _document(file: TextFile, number: int) -> str:
    """The document of a YAML file that a line stands in."""
    place = file.start_of_line(number)
    ends = [found.start() for found in re.finditer(r"(?m)^---", file.text)]
    start = max((end for end in ends if end <= place), default=0)
    return file.text[start : min((end for end in ends if end > place), default=len(file.text))]


def _require_section(file: TextFile, number: int, *names: str) -> None:
    """Raise DeclinedError unless an entry is directly below a key with one of these names."""
    line = file.line_text(number)
    depth = len(line) - len(line.lstrip(" "))
    if line.lstrip().startswith("- "):
        depth += 1  # a list may stand as far left as its key
    for above in range(number - 1, 0, -1):
        text = file.line_text(above)
        bare = text.strip()
        if not bare or bare.startswith("#"):
            continue
        if len(text) - len(text.lstrip(" ")) < depth and not bare.startswith("- "):
            if bare.split("#")[0].strip() in {f"{name}:" for name in names}:
                return
            break
    raise DeclinedError("the value is no variable")
