"""The manual steps that resolve a finding for which there is no automatic fix."""

from __future__ import annotations

from keyaudit.catalogue.types import Rule
from keyaudit.core.finding import Finding

# NIST SP 800-57 part 1, 5.5.2 (compromised keys) and 8.2.3 (key change), in the order of work.
_EXPOSED = frozenset({"KA301", "KA302", "KA303", "KA309", "KA311", "KA312", "KA313", "KA316",
                      "KA507"})  # fmt: skip
_NEW_KEY = frozenset({"KA101", "KA102", "KA109", "KA110", "KA111", "KA112", "KA113", "KA115",
                      "KA117", "KA118", "KA506"})  # fmt: skip
_NEW_FORM = frozenset({"KA103", "KA104", "KA105", "KA106", "KA107", "KA108", "KA114", "KA116",
                       "KA120", "KA403", "KA404", "KA408", "KA409", "KA412", "KA208", "KA209",
                       "KA213", "KA405", "KA406", "KA407"})  # fmt: skip
_SHOWN = frozenset({"KA201", "KA202", "KA203", "KA210", "KA212", "KA401", "KA402", "KA305",
                    "KA308", "KA315", "KA605"})  # fmt: skip


def steps(finding: Finding, rule: Rule) -> list[str]:
    """The steps in order, one sentence each, for this finding. No step contains a secret value."""
    rule_id = finding.rule_id
    place = f"`{finding.path}:{finding.span.line}`"
    if rule_id in _EXPOSED:
        return _exposed(finding, place)
    if rule_id in _NEW_KEY:
        return [
            f"mend the code at {place}: {_lower(rule.remedy_line)}",
            "make new keys with it, in every environment",
            "let verifiers and readers accept old and new keys for as long as both are in use",
            "encrypt and sign again what the old keys protect",
            "revoke and destroy the old keys, and write down when and why",
        ]
    if rule_id in _NEW_FORM:
        return [
            "give the new form of the data a version that the reader can see",
            f"write the new form at {place}: {_lower(rule.remedy_line)}",
            "read both forms, the old one only for what exists already",
            "rewrite what is stored, or let each record be rewritten when it is next used",
            "remove the old form when nothing of it is left",
        ]
    if rule_id in _SHOWN:
        return [
            f"stop it at {place}: {_lower(rule.remedy_line)}",
            "find out where the secret has got to: logs, backups, mails, other systems",
            "treat the secret as disclosed: make a new one and switch its users over",
            "remove the copies, and revoke the old secret",
        ]
    return [f"at {place}: {_lower(rule.remedy_line)}", f"read `keyaudit explain {rule_id}`"]


def _exposed(finding: Finding, place: str) -> list[str]:
    what = "the key" if finding.rule_id in ("KA301", "KA303", "KA309", "KA311") else "the secret"
    found = [
        f"revoke {what} at {place} where it is trusted, before anything else: who has the source "
        "has it",
        "make a new one, and put it into a secrets manager or key service, not into the source",
        "let the program load it when it starts, and refuse to start without it",
    ]
    if finding.rule_id in ("KA301", "KA303", "KA309", "KA311"):
        found.append("encrypt and sign again what the old key protects")
    if finding.history is not None or finding.rule_id == "KA507":
        found.append("look at its uses since it was committed, and report what you find")
    found.append(
        "rewrite the history of the repository only after that: clones and forks keep the old one"
    )
    return found


def _lower(text: str) -> str:
    text = text.strip().removesuffix(".")
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
