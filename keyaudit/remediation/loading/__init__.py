"""Stage 3, storage: where a program gets its key from when it starts."""
