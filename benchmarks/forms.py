"""Says what keyaudit and other scanners find of passwords in every form, and of what opens nothing.

    python benchmarks/forms.py --count 12 --seed 1 --peer gitleaks=PATH --peer betterleaks=PATH

The samples are made anew and deleted. A peer is given by its name (`gitleaks`, `betterleaks` or
`kingfisher`) and the path of its program; it is run with its own settings, without asking any
service about what it finds.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from keyaudit.scanning import Request, scan
from keyaudit.scanning.settings import Settings
from tests.caches import shipped
from tests.planted import recall, tree

_COMMANDS: Mapping[str, Sequence[str]] = {
    "gitleaks": ("dir", "--no-banner", "--report-format", "json", "--report-path", "OUT", "FOLDER"),
    "betterleaks": ("auto", "FOLDER", "-o", "OUT", "-s", "--no-color"),
    "kingfisher": (
        "scan", "FOLDER", "--no-validate", "--no-update-check", "-f", "jsonl", "-o", "OUT",
    ),
}  # fmt: skip
_PATH = re.compile(r"[sn]\d\d/v\d+/[^\"\\]+")


def main() -> int:
    """Prints recall by form and false alarms, one column for each tool."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=12, help="passwords of each form (12)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PROGRAM")
    options = parser.parse_args()
    peers = dict(peer.split("=", 1) for peer in options.peer)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "samples"
        samples = recall.write(folder, options.count, options.seed)
        found = {"keyaudit": _by_keyaudit(folder)}
        for name, program in peers.items():
            found[name] = _by_peer(name, program, folder, Path(temporary) / f"{name}.json")
    columns = {name: samples.recall(paths) for name, paths in found.items()}
    print("| form | " + " | ".join(columns) + " |")
    print("|---|" + "--:|" * len(columns))
    for form in columns["keyaudit"]:
        print(f"| {form} | " + " | ".join(f"{c[form]:.2f}" for c in columns.values()) + " |")
    means = [sum(column.values()) / len(column) for column in columns.values()]
    print("| **mean** | " + " | ".join(f"**{mean:.2f}**" for mean in means) + " |")
    alarms = [len(samples.alarms(paths)) for paths in found.values()]
    print(f"| false alarms, of {len(samples.innocent)} | " + " | ".join(map(str, alarms)) + " |")
    return int(means[0] < 0.95 or alarms[0] > 0)


def _by_keyaudit(folder: Path) -> set[str]:
    report = scan(Request((folder,), Settings()), shipped())
    return {f.path for f in report.findings if f.rule_id in tree.SECRET_RULES}


def _by_peer(name: str, program: str, folder: Path, output: Path) -> set[str]:
    replaced = {"FOLDER": str(folder), "OUT": str(output)}
    arguments = [replaced.get(argument, argument) for argument in _COMMANDS[name]]
    subprocess.run([program, *arguments], capture_output=True, check=False, cwd=folder.parent)
    text = output.read_text() if output.exists() else ""
    return set(_PATH.findall(text))


if __name__ == "__main__":
    sys.exit(main())
