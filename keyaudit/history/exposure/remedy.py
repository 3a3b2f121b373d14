"""The remedy for secrets that only the history still holds: revoke, then rewrite."""

from __future__ import annotations

from collections.abc import Sequence

from keyaudit.core.finding import Finding
from keyaudit.core.report import Notice

LEAKED = "KA507"
_FEW = 12
_REVOKE = (
    "revoke every key and secret found first: a rewrite does not reach clones and forks. Then "
    "remove the versions of files that hold them (HEAD keeps its files): "
)
_COMMAND = "git filter-repo --sensitive-data-removal --strip-blobs-with-ids "


def remedy(findings: Sequence[Finding]) -> tuple[Notice, ...]:
    """The command that removes the blobs of leaked secrets from the history; it is shown, never
    run. () without such findings."""
    blobs = sorted({
        blob
        for finding in findings
        if finding.history is not None and finding.rule_id == LEAKED
        for blob in finding.history.blobs
    })  # fmt: skip
    if not blobs:
        return ()
    if len(blobs) <= _FEW:
        command = f"{_COMMAND}<(printf '%s\\n' {' '.join(blobs)})"
    else:
        select = f'.findings[] | select(.rule_id == "{LEAKED}") | .history.blobs[]'
        command = (
            f"keyaudit history --format json | jq -r '{select}' > leaked-blobs; "
            f"{_COMMAND}leaked-blobs"
        )
    return (Notice("remedy", _REVOKE + command),)
