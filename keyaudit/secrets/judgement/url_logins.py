"""Logins in URLs that are no secret: one that everybody has, an example's, a local service's."""

from __future__ import annotations

import re
import time

from keyaudit.core.context import is_template, is_unfilled
from keyaudit.core.patterns import regex

_QUERY = 300  # characters
_ENDS = regex(r"[?&;](?:e|exp|expires|expiry|se|x-goog-expires)=(\d{10})(?!\d)", re.IGNORECASE)
_WITH_QUERY = (
    r"//(?P<host>[^/:?#\s'\"@,]+)(?::\d+)?(?:/[^\s'\"?]*)?\?(?:[^\s'\"]*&(?:amp;)?)?"
    r"(?:password|pwd|passwd)="
)
_LOCAL = regex(
    r"localhost|127\.0\.0\.1|0\.0\.0\.0|\[?::1\]?"
    # The network of Docker's that only its own machine reaches.
    r"|172\.17\.\d{1,3}\.\d{1,3}|[a-z][\w-]*|.*(?:\.|^)"
    r"(?:example(?:\.\w+)?|test|invalid|localdomain)|(?:host|gateway|kubernetes)\.docker\.internal",
    re.IGNORECASE,
)
_HOST = regex(r"@(?P<host>[^/:?#\s'\"]*)")
# What GitHub takes for the other half of a login by token.
_USERS = frozenset({"x-access-token", "x-oauth-basic"})
_FOR_EXAMPLE = regex(
    r"(?i)\b(?:examples?|e\.g\.|for instance|(?:something|looks?) like|such as)[:,]?"
    r"\s+[\"'`<]*\w[\w+.-]*://\S*$"
)
# Where settings stand, by the name of the file; not a developer's, nor what builds and tests need.
_COMPOSE = regex(
    r"(?i)(?:^|/)(?:docker-|podman-)?(?:compose|stack)(?:[._-](?!(?:[^/]*[._-])?(?:test|ci|dev|e2e))[^/]*)?\.ya?ml$"
)
_IN_SETTINGS = regex(
    r"(?i)(?:^|/)(?!.*(?:test|local|dev(?:elop)|debug|(?:^|[/._-])ci(?:[/._-]|$)))"
    r"(?:(?:[^/]*[._-])?(?:settings?|config(?:uration)?|conf|constants?|defaults?|env)(?:[._-][^/]*)?"
    r"\.(?:py|js|ts|json|rb|php|go|ya?ml|toml|ini|cfg|conf|env|properties)(?:\.\w+)*"
    r"|(?:settings|config|conf|env-config)/[^/]+\.(?:py|js|json|ya?ml|toml|ini|cfg|conf|env|properties)(?:\.\w+)*"
    r"|\.env(?:\.[^/]*)?|[^/]*\.(?:env|ini|cfg|conf|properties)(?:\.(?:example|sample|dist))?"
    r"|application[^/]*\.(?:ya?ml|properties)|appsettings[^/]*\.json)$"
)
_FALLBACK = regex(r"getenv\(|environ\.get\(|process\.env\.|\benv\(|ENV\.fetch\(|[gG]et[eE]nv\w*\(")
_ANYBODY = regex(r"(?i)//(?:db_?)?(?:user|username|usr|login|name)$")
_ANY_PASSWORD = regex(r"(?i)(?:db_?)?(?:pass|password|passwd|pwd|pw|secret)")
_PORT = regex(r"[^/@:?#\s'\"]*:(?:(?P<number>\d{1,9})(?!\d)|port\b)", re.IGNORECASE)
_LAST_PORT = 65_535


def is_public_login(line: str, password: str) -> bool:
    """Whether a URL with a password is of the account that everybody has: `ftp://anonymous:…@x`.

    Or of none: what stands there in the URI of a one-time password is issuer and account.
    """
    if password in _USERS:  # then what stands before it would be the secret
        return True
    everybody = r"//(?:anonymous|ftp|guest)|\b(?:motp|otpauth)://[^\s:@]*"
    return re.search(rf"(?:{everybody}):{re.escape(password)}@", line, re.IGNORECASE) is not None


def is_example_login(line: str, password: str) -> bool:
    """Whether a URL with a password is given for an example.

    The text before it says so, or its port is none (RFC 9293, 3.1: it has 16 bits).
    """
    at = line.find(f":{password}@")
    if at < 0:
        return False
    port = _PORT.match(line, at + len(password) + 2)
    if port is not None and (port["number"] is None or int(port["number"]) > _LAST_PORT):
        return True
    return _FOR_EXAMPLE.search(line[:at]) is not None


def is_local_login(line: str, password: str) -> bool:
    """Whether a URL with a password leads to a development service: `postgres://u:p@db/x`.

    That is a host without a dot or in a reserved domain.
    """
    at = line.find(f":{password}@")
    host = _HOST.match(line, at + 1 + len(password)) if at >= 0 else None
    if host is None:
        host = re.search(_WITH_QUERY + re.escape(password), line)
    return host is not None and _LOCAL.fullmatch(host["host"]) is not None


def is_open_login(line: str, password: str) -> bool:
    """Whether a URL's login is one that everybody has, an example's, or a local service's."""
    return (
        is_local_login(line, password)
        or is_public_login(line, password)
        or is_example_login(line, password)
    )


def is_login_in_settings(path: str, line: str, password: str) -> bool:
    """Whether a URL's login at a service of the same machine or network is what a program is set up
    with: it stands in settings, a compose file, or is what a setting falls back to.

    `path` is that of the file; a login of the kind `user:password` says what to put there, unless
    a compose file sets up the service with it.
    """
    compose = _COMPOSE.search(path) is not None
    if not (compose or _IN_SETTINGS.search(path) or _FALLBACK.search(line)):
        return False
    if line.lstrip().startswith(("#", ";", "//")) or not is_local_login(line, password):
        return False
    if is_public_login(line, password) or is_example_login(line, password):
        return False
    before = line[: max(0, line.find(f":{password}@"))]
    if is_unfilled(password) or is_template(password) or before.endswith("driver://user"):
        return False
    return compose or not (_ANYBODY.search(before) and _ANY_PASSWORD.fullmatch(password))


def has_run_out(line: str, value: str) -> bool:
    """Whether a value stands in the query of a URL that says until when it is good, and that time
    (in seconds since 1970) is past."""
    at = line.find(value)
    query = re.search(r"\?[^\s\"'<>]*\Z", line[max(0, at - _QUERY) : at]) if at > 0 else None
    if query is None:
        return False
    ends = _ENDS.search(query[0] + line[at:][:_QUERY].split('"')[0])
    return ends is not None and int(ends[1]) < time.time()
