"""`keyaudit keys reencrypt`: encrypted files moved to a key's primary version."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from keyaudit.cli.keys.envelopes import all_files, head
from keyaudit.cli.keys.session import Session, over_store
from keyaudit.cli.progress import bar
from keyaudit.core.errors import KeyauditError
from keyaudit.remediation import EnvelopeFormatError, KeyStateError, Reencryption, read_header
from keyaudit.reports.terminal import count


@click.command(short_help="Move encrypted files to the primary version.")
@click.argument("name")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True),
                metavar="PATH...")  # fmt: skip
@click.option("--context", "pairs", multiple=True, metavar="NAME=VALUE",
              help="The context the files were encrypted with; once for each pair.")  # fmt: skip
@click.option("--job", required=True, metavar="JOB",
              help="Names this body of data: a run closes no other.")  # fmt: skip
@click.option("--anew", is_flag=True,
              help="Encrypt the data itself under fresh data keys.")  # fmt: skip
@over_store()
def reencrypt(
    session: Session, name: str, paths: tuple[Path, ...], pairs: tuple[str, ...], job: str,
    anew: bool,
) -> None:  # fmt: skip
    """Move the files under key NAME (as `EnvelopeCipher.encrypt_file` makes them) in PATH to its
    primary version. Their data key is wrapped anew; the data is not decrypted.

    It is where the version is compromised, as others may know its data keys: such data is
    encrypted anew, in memory, and so is all of it with --anew.

    Cut short, it goes on where it was when run again. Until it has finished, no older version is
    destroyed. Other files are passed over. Exits with 1 when files could not be moved.
    """
    context = _context(pairs)
    with session.manager() as manager:
        name = manager.resolve(name)
        ids = {version.id for version in manager.versions(name)}
        found = list(_under(ids, paths))
        progress = bar(quiet=False)
        try:
            result = manager.reencrypt_files(
                name,
                ((file, context) for file in found),
                by=session.by,
                job=job,
                anew=anew,
                progress=None if progress is None else lambda done: progress(done, len(found)),
            )
        finally:
            if progress is not None:
                progress.close()
    _tell(session, name, job, result)
    if not result.finished:
        raise click.exceptions.Exit(1)


@click.command(short_help="Give up an unfinished re-encryption.")
@click.argument("name")
@click.argument("job")
@click.option("--why", required=True, help="The reason, for the log.")
@over_store(asks=True)
def abandon(session: Session, name: str, job: str, why: str) -> None:
    """Forget re-encryption JOB of key NAME, whose data is gone, so that it no longer stands in the
    way of a destruction."""
    with session.manager() as manager:
        name = manager.resolve(name)
        session.ask(f"re-encryption {job} of {name} will no longer keep older versions from being "
                    "destroyed")  # fmt: skip
        manager.abandon_reencryption(name, job, by=session.by, why=why)
    session.answer({"key": name, "job": job}, f"{name}: re-encryption {job} is given up")


def _tell(session: Session, name: str, job: str, result: Reencryption[Path]) -> None:
    lines = [
        f"{name}: {count(result.moved, 'file')} moved, {result.skipped:,} under the primary "
        f"version already, {len(result.failed):,} failed"
    ]
    lines += [f"  - {file}: {error}" for file, error in result.failed]
    if not result.finished and not result.failed:
        lines.append(f"re-encryption {job} is not finished: a run before came to files that this "
                     "one did not")  # fmt: skip
    if any(error == KeyStateError.__name__ for _, error in result.failed):
        lines += [f"see which version opens nothing: keyaudit keys show {name}; "
                  "keyaudit keys reactivate lets it"]  # fmt: skip
    session.answer(
        {
            "key": name,
            "job": job,
            "moved": result.moved,
            "skipped": result.skipped,
            "changed": result.changed,
            "finished": result.finished,
            "failed": [{"file": str(file), "error": error} for file, error in result.failed],
        },
        "\n".join(lines),
    )


def _context(pairs: tuple[str, ...]) -> Mapping[str, str]:
    context = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key or key in context:
            raise KeyauditError(f"{pair!r} is no NAME=VALUE, or gives a name twice",
                                where="--context")  # fmt: skip
        context[key] = value
    return context


def _under(ids: set[str], paths: tuple[Path, ...]) -> Iterator[Path]:
    """The files that are envelopes under one of these versions."""
    for file in all_files(paths):
        with contextlib.suppress(EnvelopeFormatError):
            if read_header(head(file)).key_id in ids:
                yield file
