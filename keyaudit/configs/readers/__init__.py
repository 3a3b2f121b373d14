"""One module a format: text to the tree of `keyaudit.configs.tree`, with the place of each value."""
