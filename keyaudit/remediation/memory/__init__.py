"""Stage 3, storage: keys in memory that is locked, kept out of dumps and children, and wiped."""
