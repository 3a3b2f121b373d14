"""Who asked a key service for the use of a key, and where; and who is expected to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks a key service, and where. `principal`: the name that the service knows this process
    by (in AWS an ARN), `unknown` when that could not be found out. `region`: where the service is
    asked."""

    principal: str
    region: str


@dataclass(slots=True)
class Noted:
    """What is found out in the course of an operation, for its event."""

    key_id: str
    request: str = ""


@dataclass(frozen=True, slots=True)
class ExpectedCallers:
    """Who may ask for the use of a key, and where. `principals`, `regions`: names, in which `*`
    stands for any text (`arn:aws:sts::111122223333:assumed-role/orders/*`); when empty, all are
    expected. Raises TypeError for a single text in place of a sequence."""

    principals: Sequence[str] = ()
    regions: Sequence[str] = ()

    def __post_init__(self) -> None:
        if isinstance(self.principals, str) or isinstance(self.regions, str):
            raise TypeError("principals and regions are sequences of names")

    def unexpected(self, principal: str, region: str) -> str | None:
        """What is not expected of a caller, in words; None when all is."""
        for what, found, names in (
            ("principal", principal, self.principals),
            ("region", region, self.regions),
        ):
            if names and not any(fnmatchcase(found, _pattern(name)) for name in names):
                return f"{what} {found!r} is not among those expected"
        return None


def _pattern(name: str) -> str:
    """The name as a pattern in which nothing but `*` has a meaning."""
    return name.replace("[", "[[]").replace("?", "[?]")
