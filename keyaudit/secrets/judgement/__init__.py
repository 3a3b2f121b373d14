"""What a detection is worth: noise, names, surroundings."""
