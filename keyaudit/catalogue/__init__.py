"""The catalogue: rules, models and policies, loaded from YAML, checked and merged."""

from keyaudit.catalogue.folders import rules_folder
from keyaudit.catalogue.loading import load
from keyaudit.catalogue.markers import expected_lines

__all__ = ["expected_lines", "load", "rules_folder"]
