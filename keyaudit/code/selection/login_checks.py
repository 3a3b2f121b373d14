"""Finds out where a project checks what somebody logs in with, and whether it counts or slows down
those who try."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code.selection.stretches import lines_with
from keyaudit.core.patterns import regex

# What checks a password or a short code, by its name; and a query that looks for one.
_CHECKS = regex(
    r"(?:check_password|check_password_hash|checkpw|check_user_password|verify_password"
    r"|verify_pass\w*|validate_login\w*|authenticate_user|authenticate|\.verify|verify_otp"
    r"|verify_totp|compare_digest|secure_compare|constant_time_compare|safe_str_cmp)\("
    r"|(?i:passw(?:or)?d|pwd|passphrase|\bpin)\b(?:[\"']?[\])]|\.data\b)*[ \t]*[!=]="
    r"|[!=]=[ \t]*[\w.]{0,60}(?:[\[(][\"']\w{0,40})?(?i:passw(?:or)?d|pwd)\b"
    r"|(?i:where\b[^\n]{0,120}\b(?:password|\w*pin|\w*otp|\w*_code)[ \t]*=)"
)
# A function that somebody logs in by, or that a code is shown to.
_LOGS_IN = regex(
    r"def[ \t]+\w*(?i:log_?in|sign_?in|authenticat|auth\b|_auth|token|verify|check_pass|reset_pass"
    r"|forgot|otp|2fa|mfa|unlock)\w*[ \t]*\("
)
# What counts, slows down or bans whoever tries, and words of which each match has one: to search
# the lines of those is many times as fast as to search all of a file.
_LIMIT_WORDS = ("imiter", "atelimit", "rate_limit", "RateLimit", "hrottl", "THROTTLE", "ttempt",
                "ockout", "lock_out", "locked_", "aptcha", "APTCHA", "axes", "failed_log",
                "login_fail", "login_limit", "login_rate", "rute_force", "ruteforce", "defender",
                "slowapi")  # fmt: skip
_LIMITS = regex(
    r"(?i)\b(?:\w+_limiter|slowapi|(?:django_)?ratelimit\.\w+|(?:import|from)[ \t]+\w*ratelimit\w*"
    r"|throttle_classes|default_throttle\w*|\w*(?:rate_?limit|throttl)\w*middleware"
    r"|\w*captcha\w*|axes\.(?:middleware|backends|decorators)|[\"']axes[\"']|defender\.\w+"
    r"|\w*lock_?out\w*|locked_(?:until|at|out)|failed_log_?ins?|login_fail\w+"
    r"|\w*(?:login|auth|signin|password)_(?:rate_?)?(?:limit|throttl)\w*"
    r"|brute_?force_?(?:protect|guard|detect|prevent|check)\w*"
    r"|\w*(?:login|log_in|signin|fail(?:ed|ure)?|auth|password|pin|otp|wrong|unlock)_?(?:\w{1,20}_)?"
    r"(?:attempts?|tries))\b"
)


def kinds_of(text: str) -> Iterator[str]:
    """`attempt-limit`, where a file speaks of a limit for those who try to get in."""
    if any(_LIMITS.search(text, *line) for line in lines_with(text, _LIMIT_WORDS)):
        yield "attempt-limit"


def may_stand_in(text: str) -> bool:
    """Whether somebody may be let in by a function of a text."""
    return "def " in text and _LOGS_IN.search(text) is not None and _CHECKS.search(text) is not None
