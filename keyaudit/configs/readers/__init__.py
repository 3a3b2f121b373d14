"""One module a format: text to the tree of `keyaudit.configs.tree`, each value with its place."""
