"""Plants secrets in a history with merges and renames, and looks what is found of them."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from keyaudit.core.context import is_test_path
from keyaudit.core.finding import Finding
from keyaudit.core.levels import Severity
from keyaudit.history import HistoryRequest
from keyaudit.history.run import scan_history
from keyaudit.scanning.settings import Settings
from keyaudit.secrets.judgement import file_kinds
from tests.caches import shipped
from tests.planted.forms import forms_for, place
from tests.planted.kinds import KINDS, Secret, make
from tests.planted.tree import SECRET_RULES, Files, by_name, plant_in

# What a history reports: secrets still in HEAD by their own rule, those removed by KA507.
_REPORTED = SECRET_RULES | {"KA507"}
_FILES = 30
_START = 1_700_000_000
_LEFT = 0.2  # of the branches that are merged, so many are left


@dataclass(slots=True)
class PastPlant:
    """A secret, the commits that brought it in and took it out, and the paths it stood at. `stays`:
    a branch that was left behind has it at its end.
    """

    secret: Secret
    form: str
    text: str
    commit: str
    paths: set[str]
    removed: str | None = None
    branch: str = ""
    stays: bool = False

    @property
    def went(self) -> str | None:
        """The commit with which it left, None while it stands at some end."""
        return None if self.stays else self.removed

    @property
    def path(self) -> str:
        """Where it stands, or stood last."""
        return self.last

    last: str = ""


@dataclass(slots=True)
class PastOutcome:
    """What a look at a history made of its plants. `wrong` are found, but said to have come in or
    gone with another commit, or to stand elsewhere."""

    plants: list[PastPlant]
    missed: list[PastPlant] = field(default_factory=list)
    twice: list[tuple[PastPlant, list[Finding]]] = field(default_factory=list)
    wrong: list[tuple[PastPlant, str]] = field(default_factory=list)
    stray: list[Finding] = field(default_factory=list)


class _Writer:
    """A repository, and what was planted in it."""

    def __init__(self, folder: Path, files: Files, source: random.Random) -> None:
        self.folder = folder
        self.source = source
        self.plants: list[PastPlant] = []
        self.count = 0
        self._kinds = [kind for kind in KINDS if not kind.endswith("encrypted")]
        source.shuffle(self._kinds)
        folder.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")
        groups = list(files.values())
        while len(self.paths()) < _FILES:
            origin, name = source.choice(source.choice(groups))
            path = folder / "src" / name.rpartition("/")[2]
            # What stands in tests is a note, and a history says nothing of notes that are gone.
            if is_test_path(f"src/{path.name}"):
                continue
            try:
                text = origin.read_text()
            except UnicodeDecodeError:
                continue
            if forms_for(path.name) and "\r" not in text and place(name, text.split("\n"), source):
                path.parent.mkdir(exist_ok=True)
                path.write_text(text)
        self.begin = self.commit("begin")

    def git(self, *arguments: str) -> str:
        """What git says. Each commit is an hour after the one before."""
        when = f"@{_START + self.count * 3600} +0000"
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when,
        }  # fmt: skip
        head = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "gc.auto=0"]
        done = subprocess.run(
            [*head, *arguments], cwd=self.folder, env=environment, check=True, capture_output=True
        )
        return done.stdout.decode("utf-8", "replace").strip()

    def paths(self) -> list[str]:
        """The files of the working tree."""
        top = self.folder
        return sorted(
            path.relative_to(top).as_posix()
            for path in top.rglob("*")
            if path.is_file() and ".git" not in path.relative_to(top).parts
        )

    def commit(self, message: str) -> str:
        """Commits what was changed; the commit's id."""
        self.count += 1
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def plant(self, branch: str = "") -> PastPlant | None:
        """A new secret in some file, not yet committed; None where none fits."""
        source = self.source
        secret = make(self._kinds[len(self.plants) % len(self._kinds)], source)
        paths = self.paths()
        taken = {plant.path for plant in self.plants if plant.removed is None}
        for path in source.sample(paths, k=len(paths)):
            if path in taken or (by_name(secret) and file_kinds.is_generated(path)):
                continue
            text = (self.folder / path).read_text()
            forms = [form for form in forms_for(path) if form.fits(secret)]
            at = place(path, text.split("\n"), source)
            if not forms or at is None:
                continue
            form = source.choice(forms)
            planted, where = plant_in(text, path, secret, form, at)
            added = "\n".join(planted.split("\n")[where.first - 1 : where.last])
            (self.folder / path).write_text(planted)
            plant = PastPlant(secret, form.name, added, "", {path}, branch=branch, last=path)
            self.plants.append(plant)
            return plant
        return None

    def remove(self, plant: PastPlant) -> None:
        """Takes a secret out of its file, not yet committed."""
        file = self.folder / plant.path
        before = file.read_text()
        assert before.count(plant.text + "\n") == 1
        file.write_text(before.replace(plant.text + "\n", "", 1))

    def rename(self, path: str) -> str:
        """Moves a file to another folder, not yet committed; its new path."""
        target = f"moved{self.count}/{path.rpartition('/')[2]}"
        (self.folder / target).parent.mkdir(exist_ok=True)
        self.git("mv", path, target)
        for plant in self.plants:
            if plant.path == path and plant.removed is None:
                plant.paths.add(target)
                plant.last = target
        return target


def write_history(
    folder: Path, files: Files, steps: int, source: random.Random
) -> tuple[list[PastPlant], str]:
    """A repository in which each step plants, removes, renames, or merges.

    What was planted, and the first commit, which brings in the real files with what they hold.
    """
    writer = _Writer(folder, files, source)
    for step in range(steps):
        action = ("plant", "rename", "merge", "plant", "remove", "evil")[step % 6]
        if action == "plant":
            _commit_plant(writer, writer.plant())
        elif action == "rename":
            # A file with a secret, where there is one, and something else changes with it.
            held = [plant.path for plant in writer.plants if plant.removed is None]
            writer.rename(source.choice(held or writer.paths()))
            writer.commit("rename")
        elif action == "remove":
            held_plants = [plant for plant in writer.plants if plant.removed is None]
            if held_plants:
                gone = source.choice(held_plants)
                writer.remove(gone)
                gone.removed = writer.commit("remove")
        else:
            _merge(writer, evil=action == "evil")
    return writer.plants, writer.begin


def _commit_plant(writer: _Writer, plant: PastPlant | None) -> None:
    commit = writer.commit("plant")
    if plant is not None:
        plant.commit = commit


def _merge(writer: _Writer, *, evil: bool) -> None:
    """A branch with a secret and a rename is merged into a main that went on, and may be left.

    `evil`: the secret comes in with the merge itself, and stands in neither parent.
    """
    name = f"branch{writer.count}"
    writer.git("checkout", "-q", "-b", name)
    held = {plant.path for plant in writer.plants if plant.removed is None}
    free = [path for path in writer.paths() if path not in held]
    writer.rename(writer.source.choice(free))
    writer.commit("work on a branch")
    if not evil:
        _commit_plant(writer, writer.plant(name))
    stand = [plant for plant in writer.plants if plant.removed is None]
    writer.git("checkout", "-q", "main")
    (writer.folder / f"notes{writer.count}.log").write_text("main went on\n")
    writer.commit("work on main")
    writer.count += 1
    writer.git("merge", "-q", "--no-ff", "--no-commit", name)
    plant = writer.plant() if evil else None
    commit = writer.commit("merge")
    if plant is not None:
        plant.commit = commit
    if writer.source.random() < _LEFT:
        for plant in stand:
            plant.stays = True
    else:
        writer.git("branch", "-q", "-d", name)


def findings_in(folder: Path) -> list[Finding]:
    """What a look at the history finds, notes included."""
    settings = Settings(severity=Severity.NOTE, jobs=1)
    report = scan_history(HistoryRequest(folder, settings, use_cache=False), shipped())
    assert report.complete, report.skipped
    return [f for f in (*report.findings, *report.suppressed) if f.history is not None]


def judge(plants: Sequence[PastPlant], found: Sequence[Finding]) -> PastOutcome:
    """Compares what was planted with what was found."""
    outcome = PastOutcome(list(plants))
    left = [f for f in found if f.rule_id in _REPORTED]
    of = {plant.commit: [f for f in left if _came_with(plant, f)] for plant in plants}
    left = [f for f in left if not any(f in mine for mine in of.values())]
    for plant in plants:
        mine = of[plant.commit] or [f for f in left if _stood_where(plant, f)]
        left = [f for f in left if f not in mine]
        if not mine:
            outcome.missed.append(plant)
            continue
        if len(mine) > 1:
            outcome.twice.append((plant, mine))
        wrong = _wrong(plant, mine[0])
        if wrong:
            outcome.wrong.append((plant, wrong))
    outcome.stray = left
    return outcome


def _came_with(plant: PastPlant, finding: Finding) -> bool:
    return finding.history is not None and finding.history.commit == plant.commit


def _stood_where(plant: PastPlant, finding: Finding) -> bool:
    """Whether a finding with another commit may be about a plant: of those of a file only one
    stands at a time.
    """
    history = finding.history
    assert history is not None
    return bool(plant.paths & set(history.paths)) and plant.went == history.removed_commit


def _wrong(plant: PastPlant, finding: Finding) -> str:
    """What a finding says wrong of a plant; "" for nothing."""
    history = finding.history
    assert history is not None
    told = {
        "came in": (history.commit, plant.commit),
        "went": (history.removed_commit, plant.went),
        "in HEAD": (history.in_head, plant.removed is None),
        "paths": (set(history.paths), plant.paths),
    }
    return ", ".join(f"{what}: {said}" for what, (said, true) in told.items() if said != true)


def measure(files: Files, folder: Path, steps: int, seed: int) -> PastOutcome:
    """Writes a history of so many steps below an empty folder, and looks back at it."""
    plants, begin = write_history(folder, files, steps, random.Random(seed))
    return judge(
        plants, [f for f in findings_in(folder) if f.history and f.history.commit != begin]
    )
