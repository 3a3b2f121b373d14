"""Replaces the reported value by another one.

Options of the rule: `value` is the new source text, `limit: true` takes the policy's limit instead;
`keyword` names the argument to add where the value was left out (by default what the call's model
has for the role); `title` is the fix's title.
"""

from __future__ import annotations

from keyaudit.fixes.site import Rewrite, Site
from keyaudit.fixes.values import grouped, limit, set_value


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    options = site.options
    text = grouped(limit(site)) if options.get("limit") else str(options["value"])
    if site.finding.steps:
        set_value(site, text)
    else:
        call = site.call()
        role = site.finding.subject.partition(":")[2].split(":")[0]
        keyword = options.get("keyword") or site.parameter(call, role)
        site.editor().set_keyword(call, str(keyword), text)
    return site.rewrite(str(options["title"]).format(value=text))
