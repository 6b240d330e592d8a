"""Sentences into words, by the cheapest description."""
