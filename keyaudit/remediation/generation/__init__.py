"""Stage 1, generation: random keys, secrets, nonces and salts, and keys derived from others."""
