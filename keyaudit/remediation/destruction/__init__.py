"""Stage 7, destruction: erasing files that held keys, and finding data that is still under a
key."""
