"""Options that several commands share, and the settings and requests made of them."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from keyaudit.core.levels import Severity

if TYPE_CHECKING:
    from keyaudit.catalogue.types import Catalogue
    from keyaudit.core.report import Report
    from keyaudit.scanning.settings import Settings

FOLDER = click.Path(path_type=Path)
FILE = click.Path(path_type=Path, allow_dash=False)
LEVELS = click.Choice([level.label for level in reversed(Severity)], case_sensitive=False)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the command line says about what is scanned, and for what. None: not given."""

    paths: tuple[Path, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: str | None = None
    policy: str | None = None
    rules: tuple[Path, ...] = ()
    jobs: int | None = None
    no_cache: bool = False
    config: Path | None = None
    no_config: bool = False
    isolated: bool = False


_OPTIONS = (
    click.argument("paths", nargs=-1, type=FOLDER, metavar="[PATH]..."),
    click.option(
        "--select",
        multiple=True,
        metavar="IDS",
        help="Only these rules: ids, beginnings of ids (KA3), or names; separated by commas.",
    ),
    click.option(
        "--ignore",
        multiple=True,
        metavar="IDS",
        help="Not these rules, beside those that the configuration ignores.",
    ),
    click.option("--severity", type=LEVELS, help="Threshold: lower findings do not count."),
    click.option("--policy", metavar="NAME", help="The limits to hold code to."),
    click.option(
        "--rules",
        multiple=True,
        type=FOLDER,
        metavar="FOLDER",
        help="A folder of further rules, models and policies.",
    ),
    click.option("--jobs", type=click.IntRange(0), metavar="N", help="Processes; 0: one a core."),
    click.option("--no-cache", is_flag=True, help="Neither read nor write kept results."),
    click.option(
        "--config",
        type=FILE,
        metavar="FILE",
        help="The configuration, instead of the nearest keyaudit.toml or pyproject.toml.",
    ),
    click.option("--no-config", is_flag=True, help="Read no configuration file."),
    click.option(
        "--isolated",
        is_flag=True,
        help="Let nothing in the scanned tree mute findings: no configuration file of it, "
        "no suppression comments.",
    ),
)


def choices(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the shared options to a command; it gets them as one argument, `choices`."""

    @functools.wraps(command)
    def wrapped(**options: Any) -> Any:
        names = Choices.__dataclass_fields__
        given = {name: options.pop(name) for name in names}
        for name in ("select", "ignore"):
            given[name] = _words(given[name])
        return command(choices=Choices(**given), **options)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


def _words(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(word.strip() for value in values for word in value.split(",") if word.strip())


def settings_for(given: Choices, *, baseline: Path | None = None) -> Settings:
    """The settings: the configuration's, with the command line's over them.

    The configuration is looked for upward from the folder that holds all the paths.
    """
    from keyaudit.scanning import settings as configured

    if given.no_config and given.config is not None:
        raise click.UsageError("--no-config and --config exclude each other")
    ignored = given.no_config or (given.isolated and given.config is None)
    settings = (
        configured.Settings()
        if ignored
        else configured.load(start_folder(given.paths), given.config)
    )
    if given.isolated:
        settings = replace(settings, comments=False)
    return settings.override(
        select=given.select or None,
        ignore=(*settings.ignore, *given.ignore) if given.ignore else None,
        severity=None if given.severity is None else Severity[given.severity.upper()],
        policy=given.policy,
        rules=(*settings.rules, *given.rules) if given.rules else None,
        jobs=given.jobs,
        baseline=baseline,
    )


def start_folder(paths: Sequence[Path]) -> Path:
    """The deepest folder that holds every path, there or not; the working one without paths."""
    if not paths:
        return Path.cwd()
    common = Path(os.path.commonpath([os.path.abspath(path) for path in paths]))  # noqa: PTH100
    return common if common.is_dir() else common.parent


def load_catalogue(settings: Settings, *, cached: bool = True) -> Catalogue:
    """The shipped rules with those of the settings' folders."""
    from keyaudit import catalogue

    if not cached:
        return catalogue.load(settings.rules)
    from keyaudit.scanning import cache_folder

    return catalogue.load(settings.rules, cache_folder=cache_folder())


def run_scan(
    given: Choices,
    settings: Settings,
    *,
    staged: bool = False,
    judge_by_path: bool = False,
    diff: str | None = None,
    use_baseline: bool = True,
    quiet: bool = False,
    arguments: tuple[str, ...] = (),
) -> tuple[Report, Catalogue]:
    """Scan, with a progress bar where one is due; the report and the catalogue it rests on."""
    from keyaudit.cli.progress import bar
    from keyaudit.scanning import Request, scan

    catalogue = load_catalogue(settings, cached=not given.no_cache)
    request = Request(
        paths=given.paths or (Path(),),
        settings=settings,
        staged=staged,
        judge_by_path=judge_by_path,
        diff=diff,
        use_cache=not given.no_cache,
        use_baseline=use_baseline,
        arguments=arguments,
    )
    progress = bar(quiet)
    try:
        return scan(request, catalogue, progress=progress), catalogue
    finally:
        if progress is not None:
            progress.close()
