"""To go through the commits since an earlier run gives what to go through all of them gives."""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keyaudit.history.git.repository import BareRepository
from keyaudit.history.git.tips import Tips
from keyaudit.history.incremental.trail import Trail, decode, encode
from keyaudit.history.traversal.walk import Walk, walk

PATHS = ("b", "docs/a", "b/c")
DAY = 86_400
START = 1_600_000_000


class Made(NamedTuple):
    """A commit: its day, its parents by number among those before, the texts that it writes."""

    day: int
    parents: tuple[int, ...]
    files: dict[str, int | None]


class State(NamedTuple):
    """So many commits of a history, with refs that name some, of which the first is HEAD's."""

    size: int
    refs: list[int]
    tagged: list[int]


class Story(NamedTuple):
    commits: list[Made]
    before: State
    after: State
    forget: bool


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """A history as one run saw it, and as the next one does; dates may go back."""
    texts = st.dictionaries(
        st.sampled_from(PATHS), st.none() | st.integers(0, 3), min_size=0, max_size=3
    )
    commits = []
    for number in range(draw(st.integers(1, 14))):
        near = st.integers(max(0, number - 4), number - 1) if number else st.nothing()
        parents = draw(st.lists(near, max_size=min(number, 2), unique=True)) if number else []
        if number and not parents and draw(st.integers(0, 3)):
            parents = [number - 1]
        day = draw(st.integers(0, 6))
        commits.append(Made(day, tuple(parents), draw(texts)))

    def state(least: int) -> State:
        count = draw(st.integers(least, len(commits)))
        some = st.lists(st.integers(0, count - 1), min_size=1, max_size=3)
        return State(count, draw(some) + [count - 1] * draw(st.integers(0, 1)), draw(some)[1:])

    before = state(1)
    return Story(commits, before, state(before.size), draw(st.booleans()))


def git(folder: Path, *arguments: str, data: str = "") -> str:
    """What git says."""
    head = ["git", f"--git-dir={folder}", "-c", "user.name=Ada", "-c", "user.email=a@example.com"]
    done = subprocess.run(
        [*head, *arguments], input=data, text=True, capture_output=True, check=True
    )
    return done.stdout


def write(folder: Path, commits: list[Made], state: State, ids: list[str]) -> None:
    """Makes the commits of a state that are not there yet, and its refs alone."""
    lines = ["feature done"]
    marks = {}
    for number in range(len(ids), state.size):
        made = commits[number]
        when = f"{START + made.day * DAY} +0000"
        marks[number] = f":{number + 1}"
        lines += [f"commit refs/heads/made{number}", f"mark {marks[number]}"]
        lines += [f"author Ada{number} <a@example.com> {when}", f"committer Ada <a> {when}"]
        lines += ["data 0"]
        of = [marks.get(parent) or ids[parent] for parent in made.parents]
        lines += [f"{word} {name}" for word, name in zip(("from", "merge"), of, strict=False)]
        for path, text in made.files.items():
            if text is None:
                lines.append(f"D {path}")
            else:
                lines += [f"M 100644 inline {path}", f"data {len(f'text {text}')}", f"text {text}"]
    for number, mark in marks.items():
        lines += [f"get-mark {mark}"] if number else []
    lines += ["get-mark :1"] if 0 in marks else []
    said = git(folder, "fast-import", "--quiet", "--force", data="\n".join([*lines, "done", ""]))
    found = said.split()
    ids += found[-1:] * (0 in marks) + found[: len(found) - (0 in marks)]
    old = git(folder, "for-each-ref", "--format=delete %(refname)")
    git(folder, "update-ref", "--stdin", data=old)
    names = ["main", *(f"side{number}" for number in range(1, len(state.refs)))]
    new = [f"create refs/heads/{n} {ids[at]}\n" for n, at in zip(names, state.refs, strict=True)]
    git(folder, "update-ref", "--stdin", data="".join(new))
    for number, at in enumerate(state.tagged):
        git(folder, "tag", "-a", "-m", "kept", f"tag{number}", ids[at])


def gone_through(folder: Path, kept: Trail | None, stack: ExitStack) -> Walk:
    repository = BareRepository(str(folder))
    starts = Tips(repository, stack).starts()
    assert starts is not None
    found = walk(repository, starts, kept, stack)
    assert found is not None
    return found


def kept_of(walked: Walk, covered: frozenset[str], doubtful: frozenset[str] = frozenset()) -> Trail:
    """What the next run reads."""
    trail = walked.follow(covered, doubtful)
    trail.nothing = set(trail.blobs) - covered
    data = encode(trail)
    assert data is not None
    read = decode(data)
    assert read == trail
    return read


def blob_of(number: int) -> str:
    """The id of a text that `write` writes."""
    text = f"text {number}".encode()
    return hashlib.sha1(b"blob %d\0%s" % (len(text), text), usedforsecurity=False).hexdigest()


def at_ends(folder: Path) -> frozenset[str]:
    """The blobs that some ref or HEAD has at its end, as git tells of each."""
    refs = git(folder, "for-each-ref", "--format=%(refname)").split()
    rows = [r for ref in refs for r in git(folder, "ls-tree", "-r", ref).splitlines()]
    return frozenset(row.split()[2] for row in rows)


def in_a_repository(act: Callable[[Path], None]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve() / "made.git"
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(folder)], check=True)
        act(folder)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(stories(), st.integers(0, 2), st.sets(st.integers(0, 3)))
def test_going_on_gives_what_going_through_all_gives(
    story: Story, skip: int, doubt: set[int]
) -> None:
    def act(folder: Path) -> None:
        ids: list[str] = []
        with ExitStack() as stack:
            write(folder, story.commits, story.before, ids)
            first = gone_through(folder, None, stack)
            covered = frozenset(sorted(first.trail.blobs)[skip::2])
            texts = frozenset(map(blob_of, doubt))
            kept = kept_of(first, covered, covered & texts)
            assert kept.standing.now() == at_ends(folder) & covered & texts
            paths = {blob: known.path for blob, known in kept.blobs.items()}
            write(folder, story.commits, story.after, ids)
            if story.forget:
                git(folder, "repack", "-a", "-d", "-q")
            whole = gone_through(folder, None, stack)
            again = gone_through(folder, kept, stack)
            assert again.trail.blobs == whole.trail.blobs
            assert again.trail.skewed == whole.trail.skewed
            wanted = covered | (whole.trail.blobs.keys() - paths.keys())
            for doubtful in (wanted & texts, wanted, frozenset[str]()):
                after, all_told = again.follow(wanted, doubtful), whole.follow(wanted, doubtful)
                assert after.changes == all_told.changes
                standing = after.standing.now()
                assert standing == all_told.standing.now() == at_ends(folder) & doubtful
                assert again.dropped() == whole.dropped()
                assert decode(encode(after) or b"") == after
            everything = frozenset(whole.trail.blobs)
            changes = whole.follow(everything, everything).changes
            assert again.follow(everything, everything).changes == changes
            came = [change.commit.id for change in changes]
            for commit, made in zip(ids, story.commits, strict=False):
                for parent in {ids[number] for number in made.parents} & {*came}:
                    assert commit not in came or came.index(parent) < came.index(commit)
            # Nothing counts as known that was looked at as another path's, or never.
            for blob in again.trail.nothing:
                assert blob not in covered
                assert whole.trail.blobs[blob].path == paths[blob]
            reached = git(folder, "rev-list", "--objects", "--all", "--no-object-names")
            told = git(folder, "cat-file", "--batch-check", data=reached).splitlines()
            assert {line.split()[0] for line in told if " blob " in line} == everything

    in_a_repository(act)


def test_of_one_commit_more_only_that_one_is_gone_through() -> None:
    def act(folder: Path) -> None:
        commits = [Made(day, (day - 1,) * (day > 0), {"a": day}) for day in range(5)]
        ids: list[str] = []
        with ExitStack() as stack:
            write(folder, commits, State(4, [3, 1], [2]), ids)
            first = gone_through(folder, None, stack)
            kept = kept_of(first, frozenset(first.trail.blobs))
            write(folder, commits, State(5, [4, 1], [2]), ids)
            again = gone_through(folder, kept, stack)
            assert not first.is_short
            assert again.is_short
            every = frozenset(again.trail.blobs)
            assert len(again.follow(every, frozenset()).changes) == 5
            assert again.is_short

    in_a_repository(act)


def test_refs_of_blobs_and_shallow_clones_are_left_to_git() -> None:
    def act(folder: Path) -> None:
        write(folder, [Made(0, (), {"a": 1})], State(1, [0], []), [])
        repository = BareRepository(str(folder))
        with ExitStack() as stack:
            git(folder, "tag", "blob", git(folder, "rev-parse", "main:a").strip())
            starts = Tips(repository, stack).starts()
            assert starts is not None
            assert walk(repository, starts, None, stack) is None
            (folder / "shallow").write_text(git(folder, "rev-parse", "main"))
            assert Tips(repository, stack).starts() is None

    in_a_repository(act)


@given(st.binary(max_size=30))
def test_what_is_no_trail_is_none(data: bytes) -> None:
    assert decode(data) is None
