"""For all tests: hypothesis measures no time, since a busy machine is no fault of the code."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("keyaudit", deadline=None)
settings.load_profile("keyaudit")
