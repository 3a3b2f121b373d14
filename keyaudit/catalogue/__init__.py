"""The catalogue: rules, models and policies, loaded from YAML, checked and merged."""
