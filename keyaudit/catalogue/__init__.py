"""The catalogue: rules, models, kinds of tokens and policies, loaded from YAML and checked."""

from keyaudit.catalogue.folders import rules_folder
from keyaudit.catalogue.loading import load
from keyaudit.catalogue.markers import expected_lines

__all__ = ["expected_lines", "load", "rules_folder"]
