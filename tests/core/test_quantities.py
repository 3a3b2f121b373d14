"""Numbers and lengths of time as they are written."""

from __future__ import annotations

import pytest

from keyaudit.core.quantities import quantity


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
