"""The match kind `config`: compares the settings of resources with what a rule asks."""
