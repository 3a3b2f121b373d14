"""Tells the environments of a deployment, such as staging and production, by a file's path."""

from __future__ import annotations

from keyaudit.core.patterns import regex

_ENVIRONMENTS = {
    "dev": "development", "develop": "development", "development": "development",
    "local": "development", "qa": "test", "uat": "test", "test": "test", "testing": "test",
    "ci": "test", "stage": "staging", "stg": "staging", "staging": "staging",
    "preprod": "staging", "sandbox": "sandbox", "demo": "demo",
    "prod": "production", "prd": "production", "production": "production", "live": "production",
}  # fmt: skip
_WORDS = regex(r"[a-z]+")


def environments_of(path: str) -> frozenset[str]:
    """The environments that the words of a path name: `deploy/prd/db.env` gives `production`."""
    words = _WORDS.findall(path.lower())
    return frozenset(_ENVIRONMENTS[word] for word in words if word in _ENVIRONMENTS)
