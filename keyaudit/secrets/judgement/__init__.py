"""Judges what a detection is worth: noise, names, surroundings."""
