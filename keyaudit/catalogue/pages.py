"""`python -m keyaudit.catalogue.pages [--check]`: writes the documentation of rules and tokens.

The pages in docs/rules and docs/token-kinds.md are generated from the catalogue, so that they
cannot differ from it. With `--check` nothing is written: stale, missing and surplus pages are
printed, and make the exit status 1.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from keyaudit.catalogue import load, rules_folder, standards, token_page
from keyaudit.catalogue.types import Example, FixKind, Rule
from keyaudit.core.errors import KeyauditError
from keyaudit.core.levels import Stage

_NOTICE = "<!-- Written by `make docs` from rules/{file}. Change that file, not this one. -->"
_LANGUAGES = {
    ".py": "python", ".json": "json", ".yaml": "yaml", ".yml": "yaml", ".toml": "toml",
    ".sh": "sh", ".tf": "hcl", ".ini": "ini", ".md": "markdown", ".js": "javascript",
}  # fmt: skip


def pages(rules: Mapping[str, Rule]) -> dict[str, str]:
    """The text of each rule's page and of the index, by file name."""
    found = {f"{rule.id}-{rule.name}.md": _page(rule) for rule in rules.values()}
    found["README.md"] = _index(rules)
    return found


def _page(rule: Rule) -> str:
    file = rule.file.removeprefix("rules/")
    parts = [
        _NOTICE.format(file=file),
        f"# {rule.id} {rule.name}",
        f"> {_quoted(rule.message)}",
        f"| stage | severity | confidence |\n|---|---|---|\n"
        f"| {rule.stage} | {rule.severity.label} | {rule.confidence.label} |",
        f"## Why\n\n{rule.why.strip()}",
        f"## Remedy\n\n{rule.remedy.strip()}",
        *(_fix(fix) for fix in rule.fixes),
        "## Reported\n\nThe lines marked `# finding`:",
        *(_example(example) for example in rule.examples if example.bad),
        "## Not reported",
        *(_example(example) for example in rule.examples if not example.bad),
        f"## Standards\n\n{_standards(rule)}",
        "## Mute it\n\nWhere it does not apply, say why beside it:\n\n"
        f"```python\n# keyaudit: ignore[{rule.id}] the reason\n```",
    ]
    return "\n\n".join(parts) + "\n"


def _quoted(message: str) -> str:
    """A message with its placeholders as words in code."""
    return re.sub(r"\{(\w+)\}", r"*\1*", message.strip().replace("\n", " "))


def _example(example: Example) -> str:
    parts = []
    for path, text in (*example.files.items(), (example.path, example.text)):
        if example.files or example.path != "example.py":
            parts.append(f"`{path}`:")
        longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
        fence = "`" * max(3, longest + 1)
        parts.append(f"{fence}{_LANGUAGES.get(Path(path).suffix, '')}\n{text.rstrip()}\n{fence}")
    return "\n\n".join(parts)


def _fix(fix: FixKind) -> str:
    kind = (
        "safe" if fix.applicability == "safe" else "needs `--unsafe`, since something must be moved"
    )
    return (
        f"## Fix safety\n\n`keyaudit fix` mends it (`{fix.kind}`, {kind}).\n\n{fix.safety.strip()}"
    )


def _standards(rule: Rule) -> str:
    lines = []
    for body, sections in rule.standards.items():
        for section in sections:
            name = standards.shown(body, section)
            if body == "cwe":
                name = f"[{name}](https://cwe.mitre.org/data/definitions/{section}.html)"
            lines.append(f"- {name}")
    return "\n".join(lines)


def _index(rules: Mapping[str, Rule]) -> str:
    parts = [
        _NOTICE.format(file=""),
        "# Rules",
        f"{len(rules)} rules, by the stage of a key's life they are about. "
        "[writing-rules.md](../writing-rules.md) says how a rule is written.",
    ]
    for stage in Stage:
        here = [rule for rule in rules.values() if rule.stage is stage]
        if not here:
            continue
        lines = [f"## {stage.number} {stage}", "", "| rule | severity | remedy |", "|---|---|---|"]
        for rule in sorted(here, key=lambda rule: rule.id):
            link = f"[{rule.id} {rule.name}]({rule.id}-{rule.name}.md)"
            remedy = rule.remedy_line.replace("|", "\\|")
            lines.append(f"| {link} | {rule.severity.label} | {remedy} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def differences(wanted: Mapping[str, str], folder: Path) -> list[str]:
    """A line for each page in the folder that is missing, stale, or of no rule."""
    present = {path.name for path in folder.glob("*.md")} if folder.is_dir() else set()
    found = [f"{folder.name}/{name}: missing" for name in sorted(wanted.keys() - present)]
    found += [f"{folder.name}/{name}: of no rule" for name in sorted(present - wanted.keys())]
    for name in sorted(wanted.keys() & present):
        if (folder / name).read_text(encoding="utf-8") != wanted[name]:
            found.append(f"{folder.name}/{name}: stale")
    return found


def write(wanted: Mapping[str, str], folder: Path) -> None:
    """Writes the wanted pages to the folder, and deletes all other pages in it."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes or checks the pages; returns 1 if they differ or the rules are invalid, else 0."""
    parser = argparse.ArgumentParser(prog="python -m keyaudit.catalogue.pages")
    parser.add_argument("--check", action="store_true", help="write nothing; name what differs")
    parser.add_argument("--folder", type=Path, default=rules_folder().parent / "docs" / "rules")
    asked = parser.parse_args(arguments)
    try:
        catalogue = load()
    except KeyauditError as error:
        print(f"error: {error.line()}")
        return 1
    wanted = pages(catalogue.rules)
    kinds, tokens = asked.folder.parent / token_page.FILE, token_page.page(catalogue.tokens)
    if not asked.check:
        write(wanted, asked.folder)
        kinds.write_text(tokens, encoding="utf-8")
        return 0
    found = differences(wanted, asked.folder)
    if not kinds.is_file() or kinds.read_text(encoding="utf-8") != tokens:
        found.append(f"{kinds.name}: {'stale' if kinds.is_file() else 'missing'}")
    for line in found:
        print(f"error: {line}; `make docs` writes the pages")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
