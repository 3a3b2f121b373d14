"""Stage 3, storage: memory for keys that is locked, kept out of core dumps and children, and
wiped."""
