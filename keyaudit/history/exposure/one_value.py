"""Makes one secret of what several rules, or detectors, say of one value in one file.

`SECRET_KEY = "…"` that becomes `os.environ.get("SECRET_KEY", "…")` is another finding, by another
rule, and the same key: it has not left, and came with the first of both.
"""

from __future__ import annotations

from collections.abc import Mapping

from keyaudit.core.finding import Finding
from keyaudit.core.patterns import regex
from keyaudit.history.exposure.lives import Secret

# What ends a subject that has a value (see `keyaudit.core.fingerprint.value_digest`).
_DIGEST = regex(r":([0-9a-f]{4})\Z")
_Key = tuple[str, str, str]


def joined(secrets: Mapping[str, Secret]) -> dict[str, Secret]:
    """The secrets by name; those with one value in one file are one, under the name of the first.

    Values are equal by their short digests and previews. Of two findings in one blob the more
    serious stays.
    """
    leaders = {name: name for name in secrets}  # each is led by one that is not after it
    first: dict[_Key, str] = {}
    places = {name: place for place, name in enumerate(secrets)}
    for name, secret in secrets.items():
        for key in {key for f in secret.findings.values() if (key := _key(f)) is not None}:
            pair = {_leader(leaders, first.setdefault(key, name)), _leader(leaders, name)}
            one, *other = sorted(pair, key=places.__getitem__)
            leaders.update(dict.fromkeys(other, one))
    found: dict[str, Secret] = {}
    for name, secret in secrets.items():
        known = found.setdefault(_leader(leaders, name), secret).findings
        for blob, finding in secret.findings.items():
            if blob not in known or finding.severity > known[blob].severity:
                known[blob] = finding
    return found


def _leader(leaders: dict[str, str], name: str) -> str:
    """The first of those that are one with `name`; the way to it becomes shorter."""
    while leaders[name] != name:
        leaders[name] = leaders[leaders[name]]
        name = leaders[name]
    return name


def _key(finding: Finding) -> _Key | None:
    digest = _DIGEST.search(finding.subject)
    if digest is None or finding.preview is None:
        return None
    return finding.path, digest[1], finding.preview
