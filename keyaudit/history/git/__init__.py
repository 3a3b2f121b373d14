"""What git tells: commits, blobs, tips, and the walk through them."""
