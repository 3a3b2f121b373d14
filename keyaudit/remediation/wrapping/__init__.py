"""Stage 2, distribution: data keys under key encryption keys, and messages under data keys."""
