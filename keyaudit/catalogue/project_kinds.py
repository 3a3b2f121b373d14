"""Kinds of call that tell what a project is, and where they count."""

from __future__ import annotations

from collections.abc import Set

from keyaudit.catalogue.vocabulary import PROJECT_KINDS
from keyaudit.core.context import is_trial_path


def of_the_project(kinds: Set[str], judged: str) -> frozenset[str]:
    """The kinds of call of a file, as the whole project is judged by them.

    Those that say what a project is (it sets up an account of a cloud) are left out where `judged`,
    the path by which the file is judged, is that of a test or an example.
    """
    if not kinds.isdisjoint(PROJECT_KINDS) and is_trial_path(judged):
        return frozenset(kinds - PROJECT_KINDS)
    return frozenset(kinds)
