"""Changes of configuration files as text: replaces or adds a value, and keeps the rest."""
