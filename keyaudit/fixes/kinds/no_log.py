"""Keeps what an Ansible task gives out of the log: `no_log: true`."""

from __future__ import annotations

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.kinds.setting import judged
from keyaudit.fixes.settings import yaml
from keyaudit.fixes.site import Rewrite, Site


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    one = judged(site)
    resource = one.hit.resource
    if resource.form != "ansible" or "register" not in resource.body.entries:
        raise DeclinedError("to show it is what the task is for")
    file = site.project.text(site.finding.path)
    change = yaml.add(file, resource.body, ["no_log"], True)
    return site.rewrite("keep what the task gives out of the log", more=(change,))
