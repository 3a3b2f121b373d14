"""Generates the documentation page on the kinds of tokens (see `pages`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from keyaudit.catalogue.types import TokenKind

FILE = "token-kinds.md"
_NOTICE = (
    "<!-- Written by `make docs` from rules/storage/tokens. Change those files, not this one. -->"
)
_CHECKED = {
    "": "", "crc32-base62": "checksum", "crc32-hex": "checksum", "bech32": "checksum",
    "url-password": "",
}  # fmt: skip


def page(kinds: Mapping[str, TokenKind]) -> str:
    """The Markdown text of the page, with one table for each file of token kinds."""
    parts = [
        _NOTICE,
        "# Kinds of tokens",
        f"{len(kinds)} kinds, which KA302 finds in any text ([secrets.md](secrets.md)). Those that "
        "are told by a name have no form of their own: the name before the value must begin with "
        "one of the words, and say that it is a key, a token or the like. What has a checksum or "
        "another structure is found only where that is right. The word `form` or `name` leads to "
        "where the issuer describes it, for those that were held against that.",
    ]
    for file in sorted({kind.file for kind in kinds.values()}):
        here = [kind for kind in kinds.values() if kind.file == file]
        title = file.rpartition("/")[2].rpartition(".")[0].replace("-", " ")
        title = {"ai": "AI", "ci and registries": "CI and registries"}.get(title, title)
        lines = [
            f"## {title[:1].upper()}{title[1:]}",
            "",
            "| kind | what | severity | told by | structure | opens | to revoke |",
            "|---|---|---|---|---|---|---|",
            *_rows(here),
        ]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _rows(kinds: Iterable[TokenKind]) -> Iterable[str]:
    for kind in kinds:
        told = "name" if kind.names else "form"
        told = f"[{told}]({kind.source})" if kind.source else told
        told += f": {', '.join(kind.names)}" if kind.names else ""
        checked = _CHECKED.get(kind.check, kind.check)
        revoke = f"<{kind.revoke}>" if "://" in kind.revoke else kind.revoke
        cells = (f"`{kind.id}`", kind.title, kind.severity.label, told, checked, kind.opens, revoke)
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
