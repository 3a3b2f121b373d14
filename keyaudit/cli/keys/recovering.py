"""`keyaudit keys backup`, `root split` and `root recover`: what is needed when all else is lost."""

from __future__ import annotations

from pathlib import Path

import click

from keyaudit.cli.keys.passphrase import PassphraseSource
from keyaudit.cli.keys.roots import opened_root
from keyaudit.cli.keys.session import Session, over_store
from keyaudit.core.errors import KeyauditError
from keyaudit.remediation import LocalKey, copy_store
from keyaudit.remediation.wrapping.files import write_new
from keyaudit.reports.terminal import count

_ID = "id: "


@click.command(short_help="Copy the store: a backup, a recovery, a move.")
@click.argument("target")
@over_store(acts=False)
def backup(session: Session, target: str) -> None:
    """Copy the whole store to TARGET, a file or a database without one, and check the copy row by
    row. It opens with the same root key. With the backup as --store and the lost place as TARGET,
    it is a recovery; then start with an empty folder of --anchors, if the backup is older.

    A version that was destroyed since is in the backup still: destroy old backups with it.
    """
    with opened_root(session.root, session.passphrase) as root:
        # Else a backup that is older than its anchor, as a recovery has it, would be refused.
        anchors = session.anchors if root.anyone_can_wrap else None
        sequence, digest = copy_store(session.store, target, root, anchors=anchors)
    session.answer(
        {"store": session.store, "copy": target, "anchor": f"{sequence}:{digest.hex()}"},
        f"copied {session.store} to {target}, as of record {sequence}, and checked it",
    )


@click.command(short_help="Give the root key to several people, in shares.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--shares", type=click.IntRange(2, 255), default=5, show_default=True, metavar="N")
@click.option("--threshold", type=click.IntRange(2, 255), default=3, show_default=True, metavar="K",
              help="How many of them give the key back.")  # fmt: skip
@over_store(asks=True)
def split(session: Session, folder: Path, shares: int, threshold: int) -> None:
    """Write the root key's file in shares to FOLDER, one file each, to be kept by one person each,
    and not here. Any K of them give the key back (`root recover`); fewer tell nothing."""
    if threshold > shares:
        raise KeyauditError("more shares are needed than there are", where="--threshold")
    session.ask(f"any {threshold} of the {shares} files in {folder} will open everything in the "
                "store")  # fmt: skip
    with opened_root(session.root, session.passphrase) as root:
        if not isinstance(root, LocalKey):
            raise KeyauditError(
                "only a key file is split; a service keeps its keys", where="--root"
            )
        texts = root.split(shares=shares, threshold=threshold)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        files = [folder / f"share-{number}.txt" for number in range(1, shares + 1)]
        for file, text in zip(files, texts, strict=True):
            write_new(file, f"{text}\n{_ID}{root.id}\n".encode())
    session.answer(
        {"files": [str(file) for file in files], "threshold": threshold},
        f"wrote {count(shares, 'share')} to {folder}; any {threshold} give the root key back",
    )


@click.command(short_help="Make the root key's file again, of shares.")
@click.argument("files", nargs=-1, required=True, metavar="SHARE...",
                type=click.Path(path_type=Path, exists=True, dir_okay=False))  # fmt: skip
@click.option("--new-passphrase-file", type=click.Path(path_type=Path), metavar="FILE",
              help="Take the new passphrase from a file.")  # fmt: skip
@click.option("--new-passphrase-fd", type=click.IntRange(0), metavar="N",
              help="Take it from a file descriptor.")  # fmt: skip
@over_store(acts=False, needed=False)
def recover(
    session: Session, files: tuple[Path, ...], new_passphrase_file: Path | None,
    new_passphrase_fd: int | None,
) -> None:  # fmt: skip
    """Make the key file --root, which is not there, of the files that `root split` wrote."""
    if not session.root:
        raise KeyauditError("is needed", where="--root", hint="or set KEYAUDIT_ROOT")
    texts, ids = [], set()
    for file in files:
        share, _, rest = file.read_text("utf-8", errors="replace").partition("\n")
        texts.append(share)
        ids.add(rest.strip().removeprefix(_ID))
    if len(ids) != 1:
        raise KeyauditError("the shares are of several keys")
    source = PassphraseSource(new_passphrase_file, new_passphrase_fd, "Passphrase of the key file")
    id = ids.pop()
    with LocalKey.from_shares(texts, id) as key:
        key.keep(session.root, lambda: source.read(new=True))
    session.answer({"root": id, "file": session.root}, f"made the key file {session.root}: {id}")
