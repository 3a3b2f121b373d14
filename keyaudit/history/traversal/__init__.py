"""Goes through a history: which blobs there are, who brought each in, and where it still stands."""
