"""The match kind `config`: settings of resources against what a rule asks."""
