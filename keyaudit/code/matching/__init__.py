"""Matches rules against values and calls: the kinds of match, and what they share."""
