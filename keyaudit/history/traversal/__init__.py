"""Goes through the commits: which blobs exist, who added each, and where it still stands."""
