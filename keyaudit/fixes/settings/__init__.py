"""Changes of configuration as text: a value replaced, or a setting added, the rest as it was."""
