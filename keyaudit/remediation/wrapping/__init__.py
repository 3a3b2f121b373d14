"""Stage 2, distribution: envelope encryption and key wrapping under key encryption keys."""
