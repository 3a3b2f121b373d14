"""Recall and false alarms on labelled code: what reviewers listed, and what keyaudit says of it.

    python benchmarks/recall.py --trees FOLDER [--labels benchmarks/labels/*.tsv] [--misses]

A file of labels has a row a place, with tabs between its columns:

    repository  commit  path  line  rules  stage  verdict  note

`verdict` is `fault` (a reviewer would report it) or `alike` (it looks like one and is right);
`line` is a number or a range such as `12-20`; `rules` are the ids, with commas between them, any of
which says it, or `-` where there is no rule that could (such a fault counts as silent); `stage` is
the one of the key's life. FOLDER holds the trees, `OWNER+NAME` each; one
that is not there is named and left out.

A finding says a place when it is by one of the rules and stands, or begins its steps, at most
three lines from it. A place is *found* at the default severity, *hidden* as a note, or *silent*.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

_LABELS = Path(__file__).parent / "labels"
_COLUMNS = ("repository", "commit", "path", "line", "rules", "stage", "verdict", "note")
_NEAR = 3  # lines
_INCOMPLETE = 3  # the status of a scan that could not read all
_STAGES = (
    "generation", "distribution", "storage", "usage", "rotation", "archival", "destruction",
)  # fmt: skip


class Label(NamedTuple):
    """One labelled place: lines are from 1, `rules` are ids (none where no rule can say it),
    `verdict` is `fault` or `alike`."""

    repository: str
    commit: str
    path: str
    line: int
    last: int
    rules: frozenset[str]
    stage: str
    verdict: str
    note: str


def main() -> int:
    """Prints the tables; 0 when every tree was there."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--trees", type=Path, required=True, help="the folder of the trees")
    parser.add_argument("--labels", type=Path, nargs="+", default=sorted(_LABELS.glob("*.tsv")))
    parser.add_argument("--misses", action="store_true", help="list what is silent or flagged")
    options = parser.parse_args()
    by_tree: defaultdict[str, list[Label]] = defaultdict(list)
    for file in options.labels:
        for label in read(file):
            by_tree[label.repository].append(label)
    said: list[tuple[Label, str]] = []
    absent = 0
    for repository, labels in sorted(by_tree.items()):
        tree = options.trees / repository.replace("/", "+")
        if not tree.is_dir():
            print(f"{repository}: not in {options.trees}, left out", file=sys.stderr)
            absent += 1
            continue
        said += [(label, verdict) for label, verdict in judge(labels, scan(tree))]
    _table(said)
    if options.misses:
        for label, verdict in said:
            if (label.verdict == "fault") != (verdict == "found"):
                where = f"{label.repository} {label.path}:{label.line}"
                print(
                    f"{verdict:<7} {label.verdict} {','.join(sorted(label.rules)) or '-'} {where}"
                )
                print(f"        {label.note}")
    return 1 if absent else 0


def read(file: Path) -> Iterator[Label]:
    """The labels of a file. ValueError names the row that is not of the form above."""
    with file.open(newline="", encoding="utf-8") as rows:
        for number, row in enumerate(csv.reader(rows, delimiter="\t", quoting=csv.QUOTE_NONE), 1):
            if not row or row[0].startswith("#") or row[0] == _COLUMNS[0]:
                continue
            if len(row) != len(_COLUMNS) or row[6] not in ("fault", "alike"):
                raise ValueError(f"{file}:{number}: not a row of {len(_COLUMNS)} columns")
            if row[5] not in _STAGES:
                raise ValueError(f"{file}:{number}: no stage of a key's life: {row[5]}")
            first, _, last = row[3].partition("-")
            rules = frozenset() if row[4] == "-" else frozenset(row[4].split(","))
            lines = (int(first), int(last or first))
            yield Label(row[0], row[1], row[2], *lines, rules, row[5], row[6], row[7])


def scan(tree: Path) -> list[Mapping[str, Any]]:
    """The findings in a tree, notes included; a file that could not be read is named on stderr.

    CalledProcessError where keyaudit fails.
    """
    command = [sys.executable, "-m", "keyaudit", "scan", "--no-cache", "--exit-zero",
               "--severity", "note", "--format", "json", "--output", "-", str(tree)]  # fmt: skip
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if done.returncode not in (0, _INCOMPLETE):
        done.check_returncode()
    findings: list[Mapping[str, Any]] = json.loads(done.stdout)["findings"]
    return findings


def judge(
    labels: Iterable[Label], findings: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[Label, str]]:
    """What is said of each label: `found`, `hidden` or `silent`."""
    places: defaultdict[str, list[tuple[int, int, str, bool]]] = defaultdict(list)
    for finding in findings:
        note = finding["severity"] == "note"
        span = finding["span"]
        spots = [(finding["path"], span["line"], span["end_line"])]
        for step in finding["steps"]:
            spots.append((step["path"], step["span"]["line"], step["span"]["end_line"]))
        for path, first, last in spots:
            places[path].append((first, last, finding["rule_id"], note))
    for label in labels:
        notes = {
            note
            for first, last, rule, note in places[label.path]
            if rule in label.rules and first - _NEAR <= label.last and label.line <= last + _NEAR
        }
        yield label, "found" if False in notes else "hidden" if notes else "silent"


def _table(said: Sequence[tuple[Label, str]]) -> None:
    counts: Counter[tuple[str, str, str]] = Counter(
        (label.verdict, label.stage, verdict) for label, verdict in said
    )
    print(f"{'stage':<14}{'faults':>7}{'found':>7}{'hidden':>8}{'silent':>8}{'recall':>8}"
          f"{'alike':>8}{'flagged':>9}")  # fmt: skip
    for stage in (*_STAGES, "all"):
        stages = _STAGES if stage == "all" else (stage,)
        found, hidden, silent = (
            sum(counts["fault", one, verdict] for one in stages)
            for verdict in ("found", "hidden", "silent")
        )
        alike = sum(
            counts["alike", one, v] for one in stages for v in ("found", "hidden", "silent")
        )
        flagged = sum(counts["alike", one, "found"] for one in stages)
        faults = found + hidden + silent
        recall = f"{found / faults:.2f}" if faults else "-"
        print(f"{stage:<14}{faults:>7}{found:>7}{hidden:>8}{silent:>8}{recall:>8}"
              f"{alike:>8}{flagged:>9}")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
