"""Numbers and lengths of time as they are written."""

from __future__ import annotations

import pytest

from keyaudit.core.quantities import quantity, quantity_named


@pytest.mark.parametrize(("value", "unit", "days"), [
    (30, "days", 30.0), ("7776000s", "seconds", 90.0), ("P90D", None, None), ("P90D", "days", 90.0),
    ("P1Y", "days", 365.0), ("P3M", "days", 90.0), ("PT12H", "days", 0.5), ("2160h", "hours", 90.0),
    ("2160h0m0s", "hours", 90.0), ("0", "seconds", 0.0), (86400, "seconds", 1.0),
    ("rate(10 days)", "days", 10.0), ("1y", "seconds", 365.0), ("soon", "days", None),
    ("12 months", "seconds", 360.0), ("2month", "seconds", 60.0), ("60m", "hours", 60 / 1440),
    ("36 min", "hours", 0.025), ("1h 12 m", "seconds", 0.05), ("12 2h", "seconds", None),
    ("12", None, 12.0), (True, "days", None), (None, "days", None), ("P", "days", None),
])  # fmt: skip
def test_quantities(value: object, unit: str | None, days: float | None) -> None:
    assert quantity(value, unit) == days


@pytest.mark.parametrize(("value", "name", "days"), [
    (144000, "REFRESH_TOKEN_EXPIRE_MINUTES", 100.0), ("100", "refresh-token-days", 100.0),
    ("86400000", "jwtExpirationMs", 1.0), ("86400000", "jwt.expiration", None),
    ("604800", "refresh_ttl", 7.0), ("365d", "REFRESH_EXPIRES_IN", 365.0), ("soon", "ttl", None),
    (86400, "items", 1.0),
])  # fmt: skip
def test_a_name_says_what_is_counted(value: object, name: str, days: float | None) -> None:
    assert quantity_named(value, name) == days
