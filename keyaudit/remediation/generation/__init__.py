"""Stage 1, generation: keys, secrets and nonces that nobody can guess."""
