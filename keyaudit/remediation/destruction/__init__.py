"""Stage 7, destruction: of files that held keys."""
