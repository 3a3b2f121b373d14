"""The type `Detection`: what a detector found, before it is judged."""

from __future__ import annotations

from dataclasses import dataclass

PRIVATE_KEY = "PrivateKeyDetector"
BY_NAME = "KeywordDetector"
NAMED = "NamedValue"  # see `named_values`
KNOWN_DEFAULT = "KnownDefault"  # see `known_defaults`
ENVIRONMENT_DEFAULT = "EnvironmentDefault"  # see `environment_defaults`
# Those that know no form of a secret, but go by the name before it, or by its looking random.
BASIC_LOGIN = "BasicLogin"  # see `logins`
OBJECT_VALUE = "SecretObjectValue"  # see `secret_objects`
KEY_FILE = "KeyFile"  # see `key_files`
# Those that say what a value is for, whatever it is called.
BY_PLACE = frozenset({BASIC_LOGIN, OBJECT_VALUE, KEY_FILE})
BY_NAMES = frozenset({BY_NAME, NAMED, *BY_PLACE})
BY_ENTROPY = frozenset({"Base64HighEntropyString", "HexHighEntropyString"})
GUESSES = BY_NAMES | BY_ENTROPY
BASIC_AUTH = "BasicAuthDetector"
# keyaudit's own detectors, which judge name and form of a value themselves.
OWN_DETECTORS = BY_PLACE | {NAMED, KNOWN_DEFAULT, ENVIRONMENT_DEFAULT}
# Of which a value that everybody knows is no excuse, but the fault.
IN_FORCE = frozenset({KNOWN_DEFAULT, ENVIRONMENT_DEFAULT})


@dataclass(frozen=True, slots=True)
class Detection:
    """What a detector says: its name, the line (from 1), the value it names.

    The name is that of detect-secrets' class, or of one of keyaudit's own detectors.
    `allowed`: the line is on detect-secrets' allowlist by a `pragma: allowlist secret`.
    `seen` is the line the detector saw, which in configuration files is made of key and value.
    """

    detector: str
    line: int
    value: str
    allowed: bool
    seen: str
