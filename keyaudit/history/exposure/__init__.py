"""One life for each secret: attribution, reachability, the rules about time, the remedy."""
