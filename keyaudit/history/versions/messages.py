"""Looks for secrets in what is no file: the messages and authors of commits, tags, and names.

They stay when a file is mended, and go with every clone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from keyaudit.catalogue.types import Catalogue, Policy
from keyaudit.core.document import Document
from keyaudit.core.finding import Finding, History
from keyaudit.history.exposure.lives import iso
from keyaudit.history.git.commits import Commit, Step
from keyaudit.history.incremental.trail import Told
from keyaudit.scanning.examine import Examiner
from keyaudit.scanning.needs import CODE, CONFIG, CONTAINER, NOTEBOOK
from keyaudit.secrets.detection import BY_ENTROPY
from keyaudit.sources import Source

_CHUNK = 256_000  # bytes of messages that triage looks at together
_OF_FILES = frozenset({CODE, CONFIG, CONTAINER, NOTEBOOK})
_DAY = 86_400  # seconds


class Messages(Examiner):
    """Hears the commits of a history one by one, and tells what their messages hold."""

    def __init__(
        self, source: Source, catalogue: Catalogue, policy: Policy, folder: Path | None
    ) -> None:
        super().__init__(source, catalogue, policy, folder, BY_ENTROPY)
        self._authors: set[bytes] = set()
        self._waiting: list[tuple[Step, str]] = []
        self._size = 0
        self._suspect: list[tuple[Commit, str]] = []

    def hear(self, step: Step) -> None:
        """Takes in one commit; an author is looked at once."""
        author, _, message = step.said.partition(b"\3")
        if author not in self._authors:
            self._authors.add(author)
            message += b"\nAuthor: " + author
        self._waiting.append((step, message.decode("utf-8", "replace")))
        self._size += len(message)
        if self._size > _CHUNK:
            self._sift()

    def told(self) -> tuple[Told, ...]:
        """The findings in all messages that were heard."""
        self._sift()
        return self._told("commit", self._suspect)

    def told_by(self, tags: Iterable[tuple[Commit, str]]) -> tuple[Told, ...]:
        """The findings in the messages of tags."""
        return self._told("tag", tags)

    def _told(self, kind: str, texts: Iterable[tuple[Commit, str]]) -> tuple[Told, ...]:
        return tuple(
            Told(commit, finding)
            for commit, text in texts
            for finding in self.look(f"({kind} {commit.id[:12]})", text)
        )

    def look(self, title: str, text: str) -> tuple[Finding, ...]:
        """The findings in a text of people, whose place is called `title`."""
        document = Document(title, text.encode("utf-8", "replace"), self._source.origin)
        hits = self._needed.of_text(document)
        wanted = {tag: lines for tag, lines in hits.items() if tag not in _OF_FILES}
        return self._analyze(document, wanted).findings if wanted else ()

    def _sift(self) -> None:
        """Keeps those of the waiting messages in which there may be something."""
        joined = "".join(f"{text}\n" for _, text in self._waiting).encode("utf-8", "replace")
        if joined and self._needed.of_text(Document("(commits)", joined, self._source.origin)):
            for step, text in self._waiting:
                data = text.encode("utf-8", "replace")
                if self._needed.of_text(Document("(commit)", data, self._source.origin)):
                    self._suspect.append((step.commit(), text))
        self._waiting.clear()
        self._size = 0


def lives(told: Iterable[Told], now: int) -> Iterator[tuple[Finding, int, History]]:
    """Each secret in messages once, with the time of the commit that said it first and its life.

    `now` is in seconds since 1970. A message stays until the history is rewritten.
    """
    first: dict[tuple[str, str, str | None], list[Told]] = {}
    for one in told:
        finding = one.finding
        first.setdefault((finding.rule_id, finding.subject, finding.preview), []).append(one)
    for same in first.values():
        same.sort(key=lambda one: (one.commit.time, one.commit.id))
        commit, finding = same[0]
        places = tuple(dict.fromkeys(one.finding.path for one in same))
        days = max(0, now - commit.time) // _DAY
        date = iso(commit.time)
        life = History(commit.id, commit.author, date, None, None, True, days, places)
        yield finding, commit.time, life


def in_names(
    messages: Messages, names: Mapping[str, Sequence[str]]
) -> Iterator[tuple[Finding, History]]:
    """The findings in names, which are given by what they are names of, and a life for each."""
    for title, every in names.items():
        for finding in messages.look(title, "\n".join(every)):
            yield finding, History(None, None, None, None, None, True, None, (title,))
