"""When secrets came into a repository and left it, as a picture."""

from __future__ import annotations

from keyaudit.reports.timeline.svg import render as render_svg
from keyaudit.reports.timeline.text import render as render_text

__all__ = ["render_svg", "render_text"]
