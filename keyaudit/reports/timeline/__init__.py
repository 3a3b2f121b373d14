"""Timelines: when secrets were added to a repository and removed, as a picture."""

from __future__ import annotations

from keyaudit.reports.timeline.svg import render as render_svg
from keyaudit.reports.timeline.text import render as render_text

__all__ = ["render_svg", "render_text"]
