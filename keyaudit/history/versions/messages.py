"""Collects what is said in no file: messages and authors of commits, messages of tags, and names.

It stays when a file is mended, and goes with every clone. `keyaudit.history.versions.texts` looks
for secrets in it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from keyaudit.core.finding import Finding, History
from keyaudit.history.exposure.lives import iso
from keyaudit.history.git.commits import Commit, Step
from keyaudit.history.incremental.trail import Told
from keyaudit.history.versions.examiner import BlobExaminer
from keyaudit.history.versions.texts import Text, TextOutcome

_CHUNK = 256_000  # bytes of messages that triage looks at together, and of names in one text
_DAY = 86_400  # seconds


class Messages:
    """Hears the commits of a history one by one, and keeps the messages worth an analysis."""

    def __init__(self, examiner: BlobExaminer) -> None:
        """`examiner` has the triage."""
        self._examiner = examiner
        self._authors: set[bytes] = set()
        self._waiting: list[tuple[Step, bytes, bool]] = []
        self._size = 0
        self._suspect: dict[str, Text] = {}  # by the commit, as git may begin anew after a fault

    def hear(self, step: Step) -> None:
        """Takes in one commit; an author is looked at once."""
        author, _, message = step.said.partition(b"\3")
        is_new = author not in self._authors
        if is_new:
            self._authors.add(author)
            message += b"\nAuthor: " + author
        self._waiting.append((step, _as_utf8(message), is_new))
        self._size += len(message)
        if self._size > _CHUNK:
            self._sift()

    def suspects(self) -> list[Text]:
        """Those of the messages that were heard in which there may be something."""
        self._sift()
        return list(self._suspect.values())

    def _sift(self) -> None:
        waiting, self._waiting, self._size = self._waiting, [], 0
        if not waiting:
            return
        if self._examiner.is_slow:  # triage then needs a time limit, too, as all else has there
            numbers: Iterable[int] = range(len(waiting))
        else:
            numbers = self._sifted([message for _, message, _ in waiting])
        for number in numbers:
            step, message, names_author = waiting[number]
            commit = step.commit()
            last = message.count(b"\n") + 1
            text = Text(
                f"(commit {commit.id[:12]})", message, commit, author_line=last * names_author
            )
            self._suspect.setdefault(commit.id, text)

    def _sifted(self, messages: Sequence[bytes]) -> list[int]:
        """The numbers of those messages that have a line worth a look."""
        starts = []
        line = 2  # after an empty first one, so that the text begins with no mark of an encoding
        for message in messages:
            starts.append(line)
            line += message.count(b"\n") + 1
        hits = self._examiner.hits_in_text(b"\n".join([b"", *messages]))
        lines = {line for found in hits.values() for line in found}
        return sorted({max(0, bisect_right(starts, line) - 1) for line in lines})


def tag_texts(tags: Iterable[tuple[Commit, str]]) -> list[Text]:
    """The messages of tags, each given with what a commit is (its own id, time and author)."""
    return [
        Text(f"(tag {tag.id[:12]})", message.encode("utf-8", "replace"), tag)
        for tag, message in tags
    ]


def name_texts(title: str, names: Iterable[str]) -> Iterator[Text]:
    """Some names, each on a line of a text whose place is `title`, or of several such texts."""
    lines: list[bytes] = []
    size = before = 0
    for name in names:
        lines.append(name.encode("utf-8", "replace"))
        size += len(lines[-1]) + 1
        if size > _CHUNK:
            yield Text(title, b"\n".join(lines), lines_before=before)
            before += sum(line.count(b"\n") + 1 for line in lines)
            lines, size = [], 0
    if lines:
        yield Text(title, b"\n".join(lines), lines_before=before)


def told_by(outcomes: Iterable[TextOutcome], earlier: Iterable[Told] = ()) -> tuple[Told, ...]:
    """The findings in what commits and tags say, beside those of `earlier` runs.

    What an author's name tells was told with his first commit, by an earlier run maybe.
    """
    known = {_same(one.finding) for one in earlier}
    return tuple(
        Told(text.commit, finding)
        for text, findings, _ in outcomes
        if text.commit is not None
        for finding in findings
        if finding.span.line != text.author_line or _same(finding) not in known
    )


def lives(told: Iterable[Told], now: int) -> Iterator[tuple[Finding, int, History]]:
    """Each secret in messages once, with the time of the commit that said it first and its life.

    `now` is in seconds since 1970. A message stays until the history is rewritten.
    """
    first: dict[tuple[str, str, str | None], list[Told]] = {}
    for one in told:
        first.setdefault(_same(one.finding), []).append(one)
    for same in first.values():
        same.sort(key=lambda one: (one.commit.time, one.commit.id))
        commit, finding = same[0]
        places = tuple(dict.fromkeys(one.finding.path for one in same))
        days = max(0, now - commit.time) // _DAY
        date = iso(commit.time)
        life = History(commit.id, commit.author, date, None, None, True, days, places)
        yield finding, commit.time, life


def in_names(outcomes: Iterable[TextOutcome]) -> Iterator[tuple[Finding, History]]:
    """The findings in names, and a life for each."""
    for text, findings, _ in outcomes:
        if text.commit is None:
            for finding in findings:
                yield finding, History(None, None, None, None, None, True, None, (text.place,))


def _same(finding: Finding) -> tuple[str, str, str | None]:
    """Equal for findings of one secret."""
    return finding.rule_id, finding.subject, finding.preview


def _as_utf8(text: bytes) -> bytes:
    return text.decode("utf-8", "replace").encode()
