"""Takes a value of a Terraform resource from a sensitive variable."""

from __future__ import annotations

import re

from keyaudit.core.patterns import regex
from keyaudit.fixes.changes import Change
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.site import Rewrite, Site
from keyaudit.fixes.text_file import TextFile

_SETTING = regex(r"\s*(?P<key>\w+)\s*=\s*(?P<value>\"[^\"$%\\\n]*\")\s*(?:(?:#|//).*)?\r?\n?")
_BLOCK = regex(
    r"(?m)^(?P<kind>resource|data|module|provider)[ \t]+\"(?P<type>[\w-]+)\""
    r"(?:[ \t]+\"(?P<name>[\w-]+)\")?[ \t]*\{"
)
_TOP = regex(r"(?m)^\w[^\n]*\{")
_HEREDOC = regex(r"<<-?(\w+)\s*$")


def terraform_variable(site: Site, file: TextFile, number: int) -> Rewrite:
    """Replace the literal on a line (from 1) by a variable, which is declared without a default.

    Raises DeclinedError where it is no setting of a block, or the variable is there already.
    """
    found = _SETTING.fullmatch(file.line_text(number))
    if found is None:
        raise DeclinedError("the value is a part of a longer text")
    _require_no_heredoc(file, number)
    start = file.start_of_line(number)
    tops = [one for one in _TOP.finditer(file.text) if one.start() < start]
    block = _BLOCK.match(file.text, tops[-1].start()) if tops else None
    if block is None:
        raise DeclinedError("it is no setting of a resource")
    label = block["name"] if block["kind"] in ("resource", "data") else block["type"]
    name = re.sub(r"\W", "_", f"{label}_{found['key']}")
    folder = file.path.rpartition("/")[0]
    head = f"{folder}/" if folder else ""
    for path in site.project.paths:
        if path.endswith(".tf") and path.rpartition("/")[0] == folder:
            text = (site.project.read(path) or b"").decode("utf-8", "replace")
            if re.search(rf'(?m)^variable[ \t]+"{name}"', text):
                raise DeclinedError(f"there is a variable {name} already")
    own = site.project.text(f"{head}variables.tf")
    target = own if site.project.read(own.path) is not None else file
    end, line = len(target.text), target.newline
    gap = "" if not target.text else line if target.text.endswith("\n") else line * 2
    declared = (f'variable "{name}" {{', "  type      = string", "  sensitive = true", "}", "")
    text = gap + line.join(declared)
    return site.rewrite(
        f"take it from the variable {name}",
        migrate=(
            f"set TF_VAR_{name} wherever Terraform runs, or the variable in a file that git "
            "ignores; the state has the value as well: keep that encrypted, and few its readers",
            "take a new secret: the old one is known to everybody with the source",
        ),
        more=[
            Change(file.path, start + found.start("value"), start + found.end("value"),
                   f"var.{name}"),
            Change(target.path, end, end, text),
        ],
        plain=(f"var.{name}", name, "true", "string"),
    )  # fmt: skip


def _require_no_heredoc(file: TextFile, number: int) -> None:
    """Raise DeclinedError where a line is in a text of several lines."""
    ends = ""
    for line in file.text.split("\n")[: number - 1]:
        if ends:
            ends = "" if line.strip() == ends else ends
        elif (found := _HEREDOC.search(line.rstrip())) is not None:
            ends = found[1]
    if ends:
        raise DeclinedError("the value is a part of a longer text")
