"""Writes another value in place of the one that is reported.

`options`: `value` is the new text; `limit: true` takes the policy's limit. `keyword` is the
argument to add where the value was left out.
"""

from __future__ import annotations

from keyaudit.fixes.site import Rewrite, Site
from keyaudit.fixes.values import grouped, limit, set_value


def rewrite(site: Site) -> Rewrite:
    """See the module."""
    options = site.options
    text = grouped(limit(site)) if options.get("limit") else str(options["value"])
    if site.finding.steps:
        set_value(site, text)
    else:
        call = site.call()
        site.editor().set_keyword(call, str(options["keyword"]), text)
    return site.rewrite(str(options["title"]).format(value=text))
